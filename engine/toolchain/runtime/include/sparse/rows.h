/*
 * Kernels that make rows of a sparse matrix from those of others: products (SpGEMM), sums (csrgeam2), transposes, sorting, counts.
 * Source: cuSPARSE documentation; Gustavson, Two Fast Algorithms for Sparse Matrices (1978), for the product by rows.
 */
#ifndef FAULTLINE_SPARSE_ROWS_H
#define FAULTLINE_SPARSE_ROWS_H
#include "types.h"

namespace faultline {
namespace sparse {
/* A product between its phases. `offsets` is of the partial products of each row and stays in the first buffer, the rest in the second one. */
struct product {
    int *offsets = nullptr, *counts = nullptr;
    key *keys = nullptr;
    void *sums = nullptr;
    int64_t partial = -1;
    bool computed = false;
};
template <int = 0> int estimate(const handle *h, const matrix *a, const matrix *b, product *d) {
    pattern pa = pattern_of(a), pb = pattern_of(b);
    int *offsets = d->offsets;
    run(h, (size_t)pa.rows, [=] __device__(size_t row) {
        int count = 0;
        for (ptrdiff_t e = pa.lines.get((ptrdiff_t)row), end = pa.lines.get((ptrdiff_t)row + 1); e < end; e++) {
            ptrdiff_t k = pa.places.get(e);
            count += (int)(pb.lines.get(k + 1) - pb.lines.get(k));
        }
        offsets[row] = count;
    });
    if (int status = scan(h, pa.rows, [=] __device__(ptrdiff_t i) { return offsets[i]; }, [=] __device__(ptrdiff_t i, int sum) { offsets[i] = sum; })) return status;
    d->partial = read(h, offsets + pa.rows);
    return SUCCESS;
}
inline size_t lay_out(product *d, ptrdiff_t rows, size_t element, void *buffer, void **values) {
    stretches s{(char *)buffer};
    d->keys = s.take<key>((size_t)d->partial);
    *values = s.take<char>((size_t)d->partial * element);
    d->sums = s.take<char>((size_t)d->partial * element);
    d->counts = s.take<int>((size_t)rows + 1);
    return s.used;
}
/* Partial products of a row are sorted by column; those of one column add up in the order of A's entries. */
template <class T> int multiply_rows(const handle *h, const matrix *a, const matrix *b, product *d, T *values) {
    pattern pa = pattern_of(a), pb = pattern_of(b);
    const T *va = (const T *)a->values, *vb = (const T *)b->values;
    int *offsets = d->offsets, *counts = d->counts;
    key *keys = d->keys;
    T *sums = (T *)d->sums;
    run(h, (size_t)pa.rows, [=] __device__(size_t row) {
        ptrdiff_t first = offsets[row], n = 0, made = -1;
        for (ptrdiff_t e = pa.lines.get((ptrdiff_t)row), end = pa.lines.get((ptrdiff_t)row + 1); e < end; e++) {
            ptrdiff_t k = pa.places.get(e);
            for (ptrdiff_t f = pb.lines.get(k), last = pb.lines.get(k + 1); f < last; f++, n++) {
                keys[first + n] = key_of(pb.places.get(f), n);
                values[first + n] = va[e] * vb[f];
            }
        }
        sort(keys + first, n);
        for (ptrdiff_t i = 0; i < n; i++) {
            key k = keys[first + i];
            T value = values[first + rest_of(k)];
            if (made >= 0 && index_of(keys[first + made]) == index_of(k)) sums[first + made] += value;
            else {
                made++;
                keys[first + made] = k;
                sums[first + made] = value;
            }
        }
        counts[row] = (int)made + 1;
    });
    return scan(h, pa.rows, [=] __device__(ptrdiff_t i) { return counts[i]; }, [=] __device__(ptrdiff_t i, int sum) { counts[i] = sum; });
}
template <class T> int copy_rows(const handle *h, const product *d, const matrix *c, const void *alpha, const void *beta) {
    auto al = scalar_of(h, (const T *)alpha), be = scalar_of(h, (const T *)beta);
    pattern p = pattern_of(c);
    const int *offsets = d->offsets, *counts = d->counts;
    const key *keys = d->keys;
    const T *sums = (const T *)d->sums;
    typed<T> to(c->values, c->type);
    run(h, (size_t)p.rows + 1, [=] __device__(size_t i) { p.lines.set((ptrdiff_t)i, counts[i]); });
    return run(h, (size_t)p.rows, [=] __device__(size_t row) {
        for (ptrdiff_t i = 0, e = counts[row], n = counts[row + 1] - e; i < n; i++) {
            p.places.set(e + i, index_of(keys[offsets[row] + i]));
            to.set(e + i, al() * sums[offsets[row] + i] + scaled(be(), to, e + i));
        }
    }), SUCCESS;
}

/* Rows of two matrices, whose columns ascend, one after the other by column: f(column, entry of a or -1, entry of b or -1). */
template <class F> __device__ void merge_rows(const indices &la, const indices &pa, const indices &lb, const indices &pb, ptrdiff_t row, F f) {
    ptrdiff_t i = la.get(row), a = la.get(row + 1), j = lb.get(row), b = lb.get(row + 1);
    while (i < a || j < b) {
        ptrdiff_t left = i < a ? pa.get(i) : PTRDIFF_MAX, right = j < b ? pb.get(j) : PTRDIFF_MAX;
        f(left < right ? left : right, left <= right ? i : -1, right <= left ? j : -1);
        i += left <= right, j += right <= left;
    }
}
/* The total goes where the pointer mode says. */
template <int = 0> int put(const handle *h, const int *from, int minus, int *to) {
    if (h->device_scalars) return run(h, 1, [=] __device__(size_t) { *to = *from - minus; }), SUCCESS;
    return *to = read(h, from) - minus, SUCCESS;
}
template <int = 0> int count_sum(const handle *h, ptrdiff_t rows, indices la, indices pa, indices lb, indices pb, indices lc, int *total) {
    run(h, (size_t)rows, [=] __device__(size_t row) {
        ptrdiff_t count = 0;
        merge_rows(la, pa, lb, pb, (ptrdiff_t)row, [&](ptrdiff_t, ptrdiff_t, ptrdiff_t) { count++; });
        lc.set((ptrdiff_t)row, count);
    });
    if (int status = scan(h, rows, [=] __device__(ptrdiff_t i) { return (int)lc.get(i); }, [=] __device__(ptrdiff_t i, int sum) { lc.set(i, sum); })) return status;
    return put(h, (const int *)lc.place + rows, lc.base, total);
}
template <class T> int sum_rows(const handle *h, ptrdiff_t rows, const T *alpha, const T *a, indices la, indices pa, const T *beta, const T *b, indices lb, indices pb, T *c, indices lc, indices pc) {
    auto al = scalar_of(h, alpha), be = scalar_of(h, beta);
    return run(h, (size_t)rows, [=] __device__(size_t row) {
        ptrdiff_t e = lc.get((ptrdiff_t)row);
        merge_rows(la, pa, lb, pb, (ptrdiff_t)row, [&](ptrdiff_t column, ptrdiff_t i, ptrdiff_t j) {
            pc.set(e, column);
            c[e++] = (i < 0 ? T(0) : al() * a[i]) + (j < 0 ? T(0) : be() * b[j]);
        });
    }), SUCCESS;
}

/* The transpose's lines, each in the order of the lines that it is made of. The buffer has a key for each entry and a number for each column. */
inline size_t transpose_bytes(ptrdiff_t columns, ptrdiff_t nnz) { return sizeof(key) * (size_t)nnz + sizeof(int) * ((size_t)columns + 1); }
template <int = 0> int transpose(const handle *h, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t nnz, const void *values, indices lines, indices places, void *out, indices out_lines, indices out_places, cudaDataType type, bool numeric, void *buffer) {
    key *keys = (key *)buffer;
    int *cursor = (int *)(keys + nnz);
    run(h, (size_t)columns, [=] __device__(size_t i) { cursor[i] = 0; });
    run(h, (size_t)nnz, [=] __device__(size_t e) { atomicAdd(cursor + places.get((ptrdiff_t)e), 1); });
    if (int status = scan(h, columns, [=] __device__(ptrdiff_t i) { return cursor[i]; }, [=] __device__(ptrdiff_t i, int sum) {
            cursor[i] = sum;
            out_lines.set(i, sum);
        })) return status;
    run(h, (size_t)rows, [=] __device__(size_t row) {
        for (ptrdiff_t e = lines.get((ptrdiff_t)row), end = lines.get((ptrdiff_t)row + 1); e < end; e++) keys[atomicAdd(cursor + places.get(e), 1)] = key_of((ptrdiff_t)row, e);
    });
    run(h, (size_t)columns, [=] __device__(size_t i) {
        ptrdiff_t first = out_lines.get((ptrdiff_t)i);
        sort(keys + first, out_lines.get((ptrdiff_t)i + 1) - first);
    });
    run(h, (size_t)nnz, [=] __device__(size_t e) { out_places.set((ptrdiff_t)e, index_of(keys[e])); });
    if (!numeric) return SUCCESS;
    return with_cells(type, [&](auto kind) {
        using W = decltype(word_of(kind));
        const W *from = (const W *)values;
        W *to = (W *)out;
        return run(h, (size_t)nnz, [=] __device__(size_t e) { to[e] = from[rest_of(keys[e])]; }), SUCCESS;
    });
}
template <int = 0> int sort_rows(const handle *h, ptrdiff_t rows, indices lines, int *places, int *permutation, void *buffer) {
    key *keys = (key *)buffer;
    return run(h, (size_t)rows, [=] __device__(size_t row) {
        ptrdiff_t first = lines.get((ptrdiff_t)row), end = lines.get((ptrdiff_t)row + 1);
        for (ptrdiff_t e = first; e < end; e++) keys[e] = key_of(places[e], permutation ? permutation[e] : 0);
        sort(keys + first, end - first);
        for (ptrdiff_t e = first; e < end; e++) {
            places[e] = (int)index_of(keys[e]);
            if (permutation) permutation[e] = (int)rest_of(keys[e]);
        }
    }), SUCCESS;
}
/* Of a dense matrix by columns, what is not zero in each row or column. */
template <class T> int count_nonzero(const handle *h, bool by_columns, ptrdiff_t rows, ptrdiff_t columns, const T *a, ptrdiff_t lead, int *counts, int *total) {
    ptrdiff_t lines = by_columns ? columns : rows, across = by_columns ? rows : columns;
    run(h, (size_t)lines, [=] __device__(size_t line) {
        int count = 0;
        for (ptrdiff_t k = 0; k < across; k++) count += !(a[by_columns ? k + (ptrdiff_t)line * lead : (ptrdiff_t)line + k * lead] == T(0));
        counts[line] = count;
    });
    return blas::reduce(h, (int)lines, total, 0, [=] __device__(int i) { return counts[i]; }, [] __device__(int p, int q) { return p + q; }, [] __device__(int p) { return p; }) ? NO_MEMORY : SUCCESS;
}
template <int = 0> int compress(const handle *h, const int *rows_of, ptrdiff_t nnz, ptrdiff_t rows, int *offsets, int base) {
    return run(h, (size_t)rows + 1, [=] __device__(size_t row) {
        ptrdiff_t low = 0, high = nnz;
        while (low < high) {
            ptrdiff_t middle = (low + high) / 2;
            if (rows_of[middle] - base < (ptrdiff_t)row) low = middle + 1;
            else high = middle;
        }
        offsets[row] = (int)low + base;
    }), SUCCESS;
}
template <int = 0> int expand(const handle *h, const int *offsets, ptrdiff_t rows, int *rows_of, int base) {
    return run(h, (size_t)rows, [=] __device__(size_t row) {
        for (ptrdiff_t e = offsets[row] - base; e < offsets[row + 1] - base; e++) rows_of[e] = (int)row + base;
    }), SUCCESS;
}
} // namespace sparse
} // namespace faultline
#endif
