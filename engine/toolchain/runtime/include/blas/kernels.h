/*
 * The kernels behind cuBLAS, hipBLAS and rocBLAS: plain, one thread an element of the result. Matrices are stored by columns. Scalars are read where
 * the pointer mode says: a kernel gets the address of one of the device's, and the value of one of the host's.
 * Source: BLAS Technical Forum Standard; cuBLAS Library documentation.
 */
#ifndef FAULTLINE_BLAS_KERNELS_H
#define FAULTLINE_BLAS_KERNELS_H
#include "cuda_runtime.h"

namespace faultline {
namespace blas {
struct handle {
    cudaStream_t stream;
    bool device_scalars;
    int math, atomics;
};
template <class T> struct scalar {
    T value;
    const T *place;
    __host__ __device__ T operator()() const { return place ? *place : value; }
};
template <class T> scalar<T> scalar_of(const handle *h, const T *p) { return h->device_scalars ? scalar<T>{T(), p} : scalar<T>{*p, nullptr}; }

template <class F> __global__ void each(size_t n, F f) {
    for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < n; i += (size_t)gridDim.x * blockDim.x) f(i);
}
template <class F> void run(const handle *h, size_t n, F f) {
    size_t blocks = (n + 127) / 128;
    if (n > 0) each<<<(unsigned)(blocks < 2048 ? blocks : 2048), 128, 0, h->stream>>>(n, f);
}
/* Frees what a call took for itself. What a graph is captured with stays: it may be launched at any time. */
inline void release(cudaStream_t stream, void *memory) {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    cudaStreamIsCapturing(stream, &status);
    if (status == cudaStreamCaptureStatusNone) cudaFree(memory);
}
/* With a negative step the vector begins at its end. */
template <class T> __host__ __device__ T *element(T *x, int i, int n, int step) { return x + (step >= 0 ? (ptrdiff_t)i * step : (ptrdiff_t)(i - n + 1) * step); }

enum { PARTS = 256 };
/* finish(combine(… of(i) …)) goes to the host or the device, as the pointer mode says. */
template <class R, class S, class F, class C, class E> int reduce(const handle *h, int n, R *result, S zero, F of, C combine, E finish) {
    struct space { S part[PARTS]; R result; } *memory;
    if (cudaMalloc((void **)&memory, sizeof(space)) != cudaSuccess) return 3;
    int parts = n < PARTS ? n : (int)PARTS;
    run(h, (size_t)(parts > 0 ? parts : 0), [=] __device__(size_t t) mutable {
        S sum = of((int)t);
        for (int i = (int)t + parts; i < n; i += parts) sum = combine(sum, of(i));
        memory->part[t] = sum;
    });
    R *out = h->device_scalars ? result : &memory->result;
    run(h, 1, [=] __device__(size_t) mutable {
        S sum = parts > 0 ? memory->part[0] : zero;
        for (int t = 1; t < parts; t++) sum = combine(sum, memory->part[t]);
        *out = finish(sum);
    });
    if (!h->device_scalars) {
        cudaStreamSynchronize(h->stream);
        cudaMemcpy(result, &memory->result, sizeof(R), cudaMemcpyDeviceToHost);
    }
    release(h->stream, memory);
    return 0;
}
template <class T> int axpy(handle *h, int n, const T *alpha, const T *x, int dx, T *y, int dy) {
    auto a = scalar_of(h, alpha);
    return run(h, (size_t)n, [=] __device__(size_t i) { *element(y, (int)i, n, dy) += a() * *element(x, (int)i, n, dx); }), 0;
}
template <class T> int scal(handle *h, int n, const T *alpha, T *x, int dx) {
    auto a = scalar_of(h, alpha);
    return run(h, (size_t)n, [=] __device__(size_t i) { *element(x, (int)i, n, dx) *= a(); }), 0;
}
template <class T> int copy(handle *h, int n, const T *x, int dx, T *y, int dy) {
    return run(h, (size_t)n, [=] __device__(size_t i) { *element(y, (int)i, n, dy) = *element(x, (int)i, n, dx); }), 0;
}
template <class T> int swap(handle *h, int n, T *x, int dx, T *y, int dy) {
    return run(h, (size_t)n, [=] __device__(size_t i) {
        T value = *element(x, (int)i, n, dx);
        *element(x, (int)i, n, dx) = *element(y, (int)i, n, dy);
        *element(y, (int)i, n, dy) = value;
    }), 0;
}
template <class T> int dot(handle *h, int n, const T *x, int dx, const T *y, int dy, T *result) {
    return reduce(h, n, result, T(), [=] __device__(int i) { return *element(x, i, n, dx) * *element(y, i, n, dy); }, [] __device__(T a, T b) { return a + b; }, [] __device__(T a) { return a; });
}
template <class T> int asum(handle *h, int n, const T *x, int dx, T *result) {
    return reduce(h, n, result, T(), [=] __device__(int i) { T v = *element(x, i, n, dx); return v < 0 ? -v : v; }, [] __device__(T a, T b) { return a + b; }, [] __device__(T a) { return a; });
}
/* In double, so that squares neither overflow nor vanish for floats. */
template <class T> int nrm2(handle *h, int n, const T *x, int dx, T *result) {
    return reduce(h, n, result, 0.0, [=] __device__(int i) { double v = *element(x, i, n, dx); return v * v; }, [] __device__(double a, double b) { return a + b; }, [] __device__(double a) { return (T)::sqrt(a); });
}
/* The first of the greatest or least by magnitude, counted from 1. */
template <bool greatest, class T> int extreme(handle *h, int n, const T *x, int dx, int *result) {
    return reduce(h, n, result, -1, [] __device__(int i) { return i; }, [=] __device__(int i, int j) {
        T a = *element(x, i, n, dx), b = *element(x, j, n, dx);
        a = a < 0 ? -a : a, b = b < 0 ? -b : b;
        if (a == b) return i < j ? i : j;
        return (a > b) == greatest ? i : j;
    }, [] __device__(int i) { return i + 1; });
}
/* op(A)[row, column] */
template <class T> __host__ __device__ T at(const T *a, int lead, bool transposed, int row, int column) { return transposed ? a[column + (ptrdiff_t)row * lead] : a[row + (ptrdiff_t)column * lead]; }
template <class T> int gemv(handle *h, bool transposed, int m, int n, const T *alpha, const T *a, int lead, const T *x, int dx, const T *beta, T *y, int dy) {
    auto al = scalar_of(h, alpha), be = scalar_of(h, beta);
    int rows = transposed ? n : m, columns = transposed ? m : n;
    return run(h, (size_t)rows, [=] __device__(size_t r) {
        T sum = 0, *to = element(y, (int)r, rows, dy), b = be();
        for (int c = 0; c < columns; c++) sum += at(a, lead, transposed, (int)r, c) * *element(x, c, columns, dx);
        *to = al() * sum + (b == T(0) ? T(0) : b * *to);
    }), 0;
}
template <class T> int ger(handle *h, int m, int n, const T *alpha, const T *x, int dx, const T *y, int dy, T *a, int lead) {
    auto al = scalar_of(h, alpha);
    return run(h, (size_t)m * (size_t)n, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)m), column = (int)(i / (size_t)m);
        a[row + (ptrdiff_t)column * lead] += al() * *element(x, row, m, dx) * *element(y, column, n, dy);
    }), 0;
}
template <class T>
int gemm(handle *h, bool ta, bool tb, int m, int n, int k, const T *alpha, const T *a, int la, long long sa, const T *b, int lb, long long sb, const T *beta, T *c, int lc, long long sc, int batch) {
    auto al = scalar_of(h, alpha), be = scalar_of(h, beta);
    return run(h, (size_t)m * (size_t)n * (size_t)batch, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)m), column = (int)(i / (size_t)m % (size_t)n), which = (int)(i / (size_t)m / (size_t)n);
        const T *left = a + which * sa, *right = b + which * sb;
        T sum = 0, *to = c + which * sc + row + (ptrdiff_t)column * lc, old = be();
        for (int j = 0; j < k; j++) sum += at(left, la, ta, row, j) * at(right, lb, tb, j, column);
        *to = al() * sum + (old == T(0) ? T(0) : old * *to);
    }), 0;
}
template <class T>
int gemm_of_pointers(handle *h, bool ta, bool tb, int m, int n, int k, const T *alpha, const T *const *a, int la, const T *const *b, int lb, const T *beta, T *const *c, int lc, int batch) {
    auto al = scalar_of(h, alpha), be = scalar_of(h, beta);
    return run(h, (size_t)m * (size_t)n * (size_t)batch, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)m), column = (int)(i / (size_t)m % (size_t)n), which = (int)(i / (size_t)m / (size_t)n);
        T sum = 0, *to = c[which] + row + (ptrdiff_t)column * lc, old = be();
        for (int j = 0; j < k; j++) sum += at(a[which], la, ta, row, j) * at(b[which], lb, tb, j, column);
        *to = al() * sum + (old == T(0) ? T(0) : old * *to);
    }), 0;
}
template <class T> int geam(handle *h, bool ta, bool tb, int m, int n, const T *alpha, const T *a, int la, const T *beta, const T *b, int lb, T *c, int lc) {
    auto al = scalar_of(h, alpha), be = scalar_of(h, beta);
    return run(h, (size_t)m * (size_t)n, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)m), column = (int)(i / (size_t)m);
        T left = al(), right = be();
        c[row + (ptrdiff_t)column * lc] = (left == T(0) ? T(0) : left * at(a, la, ta, row, column)) + (right == T(0) ? T(0) : right * at(b, lb, tb, row, column));
    }), 0;
}
} // namespace blas
} // namespace faultline
#endif
