/*
 * What cuSPARSE and hipSPARSE hand around: descriptors, which are objects of the host, and how kernels read what they describe. Elements have their type
 * from the descriptor, so each operation is compiled for the types that it may meet, and indices tell their width when they are read.
 * Source: cuSPARSE documentation, sections on data types, storage formats and the generic API's descriptors.
 */
#ifndef FAULTLINE_SPARSE_TYPES_H
#define FAULTLINE_SPARSE_TYPES_H
#include "blas/complex.h"
#include "blas/mixed.h"
#include <cstdint>
#include <type_traits>

namespace faultline {
namespace sparse {
using blas::complex;
using blas::run;
using blas::scalar_of;
/* cusparseStatus_t's numbers, which HIP's are, too. */
enum { SUCCESS = 0, NO_HANDLE = 1, NO_MEMORY = 2, INVALID = 3, ZERO_PIVOT = 9, NOT_SUPPORTED = 10 };
enum { CSR = 1, CSC = 2, COO = 3 };
enum { PLAIN = 0, TRANSPOSED = 1, CONJUGATED = 2 };
struct handle : blas::handle {};
inline bool is_operation(int op) { return op >= PLAIN && op <= CONJUGATED; }

template <class T> __host__ __device__ T conjugate(T a, bool) { return a; }
template <class R> __host__ __device__ complex<R> conjugate(complex<R> a, bool wanted) { return {a.x, wanted ? -a.y : a.y}; }
/* The root of a pivot, whose imaginary part is none. */
template <class T> __host__ __device__ T root(T a) { return (T)::sqrt(a); }
template <class R> __host__ __device__ complex<R> root(complex<R> a) { return {(R)::sqrt(a.x)}; }
template <class T> __device__ void add(T *to, T value) { atomicAdd(to, value); }
template <class R> __device__ void add(complex<R> *to, complex<R> value) {
    atomicAdd(&to->x, value.x);
    atomicAdd(&to->y, value.y);
}
/* old * factor as BLAS has it: what a factor of zero is applied to is not read. */
template <class T, class C> __host__ __device__ T scaled(T factor, C c, ptrdiff_t i) { return factor == T(0) ? T(0) : factor * c.get(i); }

/* Elements of the type that is computed with, and of another one (blas/mixed.h). */
template <class T> struct typed {
    using value = T;
    static constexpr bool same = true;
    T *place;
    typed(const void *p, cudaDataType) : place((T *)p) {}
    __host__ __device__ T get(ptrdiff_t i) const { return place[i]; }
    __host__ __device__ void set(ptrdiff_t i, T v) const { place[i] = v; }
};
template <class T> struct mixed {
    using value = T;
    static constexpr bool same = false;
    blas::elements at;
    mixed(const void *p, cudaDataType type) : at(blas::vector_of(p, type)) {}
    __host__ __device__ T get(ptrdiff_t i) const { return at.get<T>(i); }
    __host__ __device__ void set(ptrdiff_t i, T v) const { at.set(i, v); }
};
template <class A> struct type_tag { using type = A; };
/* Calls f for the one type of all operands. */
template <class F> int with_type(cudaDataType type, F f) {
    switch (type) {
    case CUDA_R_32F: return f(type_tag<typed<float>>());
    case CUDA_R_64F: return f(type_tag<typed<double>>());
    case CUDA_C_32F: return f(type_tag<typed<complex<float>>>());
    case CUDA_C_64F: return f(type_tag<typed<complex<double>>>());
    default: return NOT_SUPPORTED;
    }
}
/* The same where the factors may have another type than the result: as the documentation's tables list them. */
template <class F> int with_types(cudaDataType a, cudaDataType x, cudaDataType y, cudaDataType compute, F f) {
    if (a == x && a == y && a == compute) return with_type(compute, f);
    bool small = a == CUDA_R_16F || a == CUDA_R_16BF;
    if (a == x && compute == CUDA_R_32F && ((small && (y == a || y == CUDA_R_32F)) || (a == CUDA_R_8I && y == CUDA_R_32F))) return f(type_tag<mixed<float>>());
    if (a == x && compute == CUDA_R_32I && a == CUDA_R_8I && y == CUDA_R_32I) return f(type_tag<mixed<int>>());
    return NOT_SUPPORTED;
}
inline size_t bytes_of(cudaDataType type) {
    switch (type) {
    case CUDA_R_8I: case CUDA_R_8U: return 1;
    case CUDA_R_16F: case CUDA_R_16BF: return 2;
    case CUDA_R_32F: case CUDA_R_32I: return 4;
    case CUDA_R_64F: case CUDA_C_32F: return 8;
    case CUDA_C_64F: return 16;
    default: return 0;
    }
}
/* For what only moves elements, or asks whether they are zero: minus zero is. */
template <class W> struct cell {
    W bits, magnitude;
    __host__ __device__ bool is_zero(W w) const { return (w & magnitude) == 0; }
};
struct wide_word { unsigned long long low, high; };
template <> struct cell<wide_word> {
    __host__ __device__ bool is_zero(wide_word w) const { return ((w.low | w.high) << 1) == 0; }
};
template <class F> int with_cells(cudaDataType type, F f) {
    switch (type) {
    case CUDA_R_8I: case CUDA_R_8U: return f(cell<unsigned char>{0, 0xff});
    case CUDA_R_16F: case CUDA_R_16BF: return f(cell<unsigned short>{0, 0x7fff});
    case CUDA_R_32F: return f(cell<unsigned>{0, 0x7fffffff});
    case CUDA_R_32I: return f(cell<unsigned>{0, 0xffffffff});
    case CUDA_R_64F: return f(cell<unsigned long long>{0, 0x7fffffffffffffff});
    case CUDA_C_32F: return f(cell<unsigned long long>{0, 0x7fffffff7fffffff});
    case CUDA_C_64F: return f(cell<wide_word>{});
    default: return NOT_SUPPORTED;
    }
}
template <class W> W word_of(cell<W>);

/* Where indices are. A size_t or long has 32 bits here: a program that says 64 bits of an array of those means what they have where it was written. */
struct index_place {
    void *place;
    bool narrow;
    index_place(const void *p = nullptr) : place((void *)p), narrow(false) {}
    template <class T> index_place(T *p) : place((void *)p), narrow(std::is_same_v<std::remove_cv_t<T>, long> || std::is_same_v<std::remove_cv_t<T>, unsigned long>) {}
};
struct indices {
    void *place;
    bool wide;
    int base;
    __host__ __device__ ptrdiff_t get(ptrdiff_t i) const { return (ptrdiff_t)(wide ? ((const long long *)place)[i] : ((const int *)place)[i]) - base; }
    __host__ __device__ void set(ptrdiff_t i, ptrdiff_t value) const {
        if (wide) ((long long *)place)[i] = value + base;
        else ((int *)place)[i] = (int)value + base;
    }
    __host__ __device__ indices from(ptrdiff_t i) const { return {(char *)place + i * (wide ? 8 : 4), wide, base}; }
};
/* The numbers of cusparseIndexType_t: 16U, 32I, 64I. */
struct index_array {
    index_place at;
    int type, base;
    indices get() const { return {at.place, type == 3 && !at.narrow, base}; }
};
inline bool is_index(int type, int base) { return (type == 2 || type == 3) && (base == 0 || base == 1); }

/* `lines` are offsets of rows (CSR) or columns (CSC), or each entry's row (COO); `places` each entry's other index. */
struct matrix {
    int format;
    int64_t rows, columns, nnz;
    index_array lines, places;
    void *values;
    cudaDataType type;
    int batch = 1;
    int64_t lines_stride = 0, stride = 0;
    int upper = 0, unit = 0;
    int64_t count() const { return format == CSC ? columns : rows; }
};
struct dense_matrix {
    int64_t rows, columns, lead;
    void *values;
    cudaDataType type;
    bool by_rows;
    int batch = 1;
    int64_t stride = 0;
};
struct dense_vector {
    int64_t size;
    void *values;
    cudaDataType type;
};
struct sparse_vector {
    int64_t size, nnz;
    index_array places;
    void *values;
    cudaDataType type;
};
struct matrix_kind { int type = 0, upper = 0, unit = 0, base = 0; };

/* Where the elements of op(a dense matrix) are. */
struct grid {
    ptrdiff_t rows, columns, row, column, batch;
    bool conjugated;
    __host__ __device__ ptrdiff_t at(ptrdiff_t i, ptrdiff_t j, ptrdiff_t which = 0) const { return i * row + j * column + which * batch; }
};
inline grid grid_of(const dense_matrix *m, int op) {
    ptrdiff_t row = (ptrdiff_t)(m->by_rows ? m->lead : 1), column = (ptrdiff_t)(m->by_rows ? 1 : m->lead), batch = m->batch > 1 ? (ptrdiff_t)m->stride : 0;
    if (op == PLAIN) return {(ptrdiff_t)m->rows, (ptrdiff_t)m->columns, row, column, batch, false};
    return {(ptrdiff_t)m->columns, (ptrdiff_t)m->rows, column, row, batch, op == CONJUGATED};
}
inline grid grid_of(const dense_vector *v) { return {(ptrdiff_t)v->size, 1, 1, 0, 0, false}; }

/* The entries of op(a sparse matrix): of each line, unless they are listed (COO). `flipped`: lines are columns. */
struct pattern {
    indices lines, places;
    bool listed, flipped, conjugated;
    ptrdiff_t rows, columns, count, nnz, lines_stride, stride;
    __host__ __device__ pattern of(ptrdiff_t which) const {
        pattern p = *this;
        p.lines = lines.from(which * lines_stride), p.places = places.from(which * stride);
        return p;
    }
    /* The line of an entry of compressed ones. */
    __host__ __device__ ptrdiff_t line_of(ptrdiff_t entry) const {
        if (listed) return lines.get(entry);
        ptrdiff_t low = 0, high = count;
        while (low < high) {
            ptrdiff_t middle = (low + high) / 2;
            if (lines.get(middle + 1) <= entry) low = middle + 1;
            else high = middle;
        }
        return low;
    }
};
inline pattern pattern_of(const matrix *m, int op = PLAIN) {
    bool swap = op != PLAIN, listed = m->format == COO;
    return {m->lines.get(), m->places.get(), listed, (m->format == CSC) != swap, op == CONJUGATED, (ptrdiff_t)(swap ? m->columns : m->rows), (ptrdiff_t)(swap ? m->rows : m->columns), (ptrdiff_t)m->count(), (ptrdiff_t)m->nnz, (ptrdiff_t)(m->batch > 1 ? listed ? m->stride : m->lines_stride : 0), (ptrdiff_t)(m->batch > 1 ? m->stride : 0)};
}
/* Calls f(row, column, entry) for each entry; a line, or an entry where they are listed, has a thread. */
template <class F> void each_entry(const handle *h, const pattern &p, F f) {
    run(h, (size_t)(p.listed ? p.nnz : p.count), [=] __device__(size_t i) mutable {
        ptrdiff_t own = (ptrdiff_t)i, line = p.listed ? p.lines.get(own) : own, end = p.listed ? own + 1 : p.lines.get(own + 1);
        for (ptrdiff_t e = p.listed ? own : p.lines.get(own); e < end; e++) {
            ptrdiff_t place = p.places.get(e);
            f(p.flipped ? place : line, p.flipped ? line : place, e);
        }
    });
}

/* Memory of the device for a while: freeing it waits for the kernels that use it. */
template <class T> struct scratch {
    T *data = nullptr;
    const handle *user;
    scratch(const handle *h, size_t n) : user(h) {
        if (cudaMalloc((void **)&data, (n ? n : 1) * sizeof(T)) != cudaSuccess) data = nullptr;
    }
    ~scratch() { blas::release(user->stream, data); }
    scratch(const scratch &) = delete;
    scratch &operator=(const scratch &) = delete;
};
template <class T> T read(const handle *h, const T *from) {
    T value;
    cudaStreamSynchronize(h->stream);
    cudaMemcpy(&value, from, sizeof value, cudaMemcpyDeviceToHost);
    return value;
}
/* Sums before each: set(i, count(0) + … + count(i - 1)) for i up to n. The place of count(i) may be that of set(i). */
template <class G, class S> int scan(const handle *h, ptrdiff_t n, G count, S set) {
    enum { PARTS = 256 };
    scratch<int> space(h, PARTS + 1);
    int *parts = space.data;
    if (!parts) return NO_MEMORY;
    ptrdiff_t size = (n + PARTS - 1) / PARTS;
    run(h, PARTS, [=] __device__(size_t t) {
        int sum = 0;
        for (ptrdiff_t i = (ptrdiff_t)t * size; i < n && i < ((ptrdiff_t)t + 1) * size; i++) sum += count(i);
        parts[t] = sum;
    });
    run(h, 1, [=] __device__(size_t) {
        int sum = 0;
        for (int t = 0; t < PARTS; t++) {
            int part = parts[t];
            parts[t] = sum;
            sum += part;
        }
        set(n, sum);
    });
    run(h, PARTS, [=] __device__(size_t t) {
        int sum = parts[t];
        for (ptrdiff_t i = (ptrdiff_t)t * size; i < n && i < ((ptrdiff_t)t + 1) * size; i++) {
            int part = count(i);
            set(i, sum);
            sum += part;
        }
    });
    return SUCCESS;
}
/* Entries are sorted by an index above, with what tells them apart below; short ones by insertion, others as a heap. */
using key = unsigned long long;
__host__ __device__ inline key key_of(ptrdiff_t index, ptrdiff_t rest) { return (key)(unsigned)index << 32 | (unsigned)rest; }
__host__ __device__ inline ptrdiff_t index_of(key k) { return (ptrdiff_t)(k >> 32); }
__host__ __device__ inline ptrdiff_t rest_of(key k) { return (ptrdiff_t)(unsigned)k; }
__host__ __device__ inline void sift(key *keys, ptrdiff_t root, ptrdiff_t n) {
    key moved = keys[root];
    for (ptrdiff_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && keys[child] < keys[child + 1]) child++;
        if (keys[child] <= moved) break;
        keys[root] = keys[child];
    }
    keys[root] = moved;
}
__host__ __device__ inline void sort(key *keys, ptrdiff_t n) {
    if (n <= 24) {
        for (ptrdiff_t i = 1; i < n; i++) {
            key k = keys[i];
            ptrdiff_t at = i;
            for (; at > 0 && keys[at - 1] > k; at--) keys[at] = keys[at - 1];
            keys[at] = k;
        }
        return;
    }
    for (ptrdiff_t i = n / 2 - 1; i >= 0; i--) sift(keys, i, n);
    for (ptrdiff_t i = n - 1; i > 0; i--) {
        key greatest = keys[0];
        keys[0] = keys[i];
        keys[i] = greatest;
        sift(keys, 0, i);
    }
}
/* Stretches of one buffer, one after the other. */
struct stretches {
    char *place;
    size_t used = 0;
    template <class T> T *take(size_t n) {
        used = (used + 15) & ~(size_t)15;
        T *from = (T *)(place + used);
        used += n * sizeof(T);
        return from;
    }
};
} // namespace sparse
} // namespace faultline
#endif
