/*
 * Discrete Fourier transforms behind cuFFT and hipFFT. What a program gives is copied into a workspace as complex numbers without gaps; each dimension is then a sequence of
 * passes between the two halves of the workspace (Stockham's order, so that nothing is put in order afterwards), of radix 4, 2, 3, 5 and 7 with a thread a butterfly, and of
 * other primes up to 61 with a thread an element; a length with a greater prime is a convolution of a power of two (Bluestein). An inverse is a forward transform between
 * conjugates. Roots are computed once with a plan. Source: cuFFT documentation; Van Loan, Computational Frameworks for the Fast Fourier Transform.
 */
#ifndef FAULTLINE_FFT_TRANSFORM_H
#define FAULTLINE_FFT_TRANSFORM_H
#include "blas/dense.h"

namespace faultline {
namespace fft {
using blas::complex;
using blas::conjugate;
enum { GREATEST_PRIME = 61, MOST_PASSES = 32 };

/* One dimension: `length` is what its passes transform, which is more than `n` for a convolution. The tables are in the device's memory. */
struct axis {
    unsigned n, length, passes, radix[MOST_PASSES];
    bool convolved;
    void *roots, *chirp, *filter;
};
/* Where numbers are in a program's memory: those of dimension d are embedded in `embed[d]`. */
struct layout {
    unsigned n[3], embed[3];
    long long stride, distance;
    __host__ __device__ ptrdiff_t place(unsigned batch, unsigned i, unsigned j, unsigned k) const { return (ptrdiff_t)(batch * distance + (((long long)i * embed[1] + j) * embed[2] + k) * stride); }
};
struct plan {
    cudaStream_t stream;
    int type, rank;
    bool made, given, unallocated;
    layout in, out;
    unsigned batch;
    /* Whether the program said where its numbers are, or they have no gaps but those of a transform in place. */
    bool advanced;
    axis axes[3];
    void *work;
    size_t bytes;
};

inline void factorize(axis &a, unsigned n) {
    a.n = n, a.convolved = false, a.passes = 0, a.length = n;
    unsigned rest = n;
    while (rest % 4 == 0) a.radix[a.passes++] = 4, rest /= 4;
    for (unsigned p = 2; rest > 1 && p <= GREATEST_PRIME; p++)
        while (rest % p == 0) a.radix[a.passes++] = p, rest /= p;
    if (rest == 1) return;
    a.convolved = true, a.passes = 0, a.length = 1;
    while (a.length < 2 * n - 1) a.length *= 2;
    for (rest = a.length; rest % 4 == 0; rest /= 4) a.radix[a.passes++] = 4;
    if (rest == 2) a.radix[a.passes++] = 2;
}
/* exp(-2 pi i k / n). */
inline complex<double> root(unsigned long long k, unsigned long long n) {
    double angle = -6.283185307179586476925 * (double)(k % n) / (double)n;
    return {::cos(angle), ::sin(angle)};
}
/* Of the host, for a plan's filter; `length` is a power of two. */
inline void transform_on_host(complex<double> *x, unsigned length) {
    for (unsigned i = 1, j = 0; i < length; i++) {
        unsigned bit = length >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) {
            complex<double> value = x[i];
            x[i] = x[j];
            x[j] = value;
        }
    }
    for (unsigned half = 1; half < length; half *= 2)
        for (unsigned k = 0; k < half; k++) {
            complex<double> w = root(k, 2 * half);
            for (unsigned i = k; i < length; i += 2 * half) {
                complex<double> even = x[i], odd = w * x[i + half];
                x[i] = even + odd, x[i + half] = even - odd;
            }
        }
}
/* `n` numbers of `of`, in the device's memory, in the plan's precision. */
template <class F> bool tabulate(void **table, unsigned n, bool twice, F of) {
    size_t bytes = (size_t)n * (twice ? sizeof(complex<double>) : sizeof(complex<float>));
    void *values = ::malloc(bytes);
    if (!values) return false;
    for (unsigned i = 0; i < n; i++) {
        complex<double> value = of(i);
        if (twice) ((complex<double> *)values)[i] = value;
        else ((complex<float> *)values)[i] = {(float)value.x, (float)value.y};
    }
    bool done = cudaMalloc(table, bytes) == cudaSuccess && cudaMemcpy(*table, values, bytes, cudaMemcpyHostToDevice) == cudaSuccess;
    return ::free(values), done;
}
inline bool tabulate(axis &a, bool twice) {
    if (a.n == 1) return true;
    if (!tabulate(&a.roots, a.length, twice, [&](unsigned i) { return root(i, a.length); })) return false;
    if (!a.convolved) return true;
    auto chirp = [&](unsigned i) { return root((unsigned long long)i * i, 2ull * a.n); };
    if (!tabulate(&a.chirp, a.n, twice, chirp)) return false;
    complex<double> *filter = (complex<double> *)::calloc(a.length, sizeof *filter);
    if (!filter) return false;
    for (unsigned i = 0; i < a.n; i++) filter[i] = filter[(a.length - i) % a.length] = conjugate(chirp(i));
    transform_on_host(filter, a.length);
    bool done = tabulate(&a.filter, a.length, twice, [&](unsigned i) { return complex<double>(filter[i].x / a.length, filter[i].y / a.length); });
    return ::free(filter), done;
}
inline void release(plan *p) {
    for (axis &a : p->axes) cudaFree(a.roots), cudaFree(a.chirp), cudaFree(a.filter);
    if (!p->given) cudaFree(p->work);
}
/* How many numbers half of the workspace has room for. */
inline unsigned long long room(const plan *p) {
    unsigned long long all = (unsigned long long)p->batch * p->axes[0].n * p->axes[1].n * p->axes[2].n, most = all;
    for (const axis &a : p->axes) {
        unsigned long long needed = all / a.n * a.length;
        if (needed > most) most = needed;
    }
    return most;
}

template <int r, class R> __device__ void butterfly(complex<R> *x, const complex<R> *roots, unsigned step) {
    if constexpr (r == 2) {
        complex<R> sum = x[0] + x[1];
        x[1] = x[0] - x[1], x[0] = sum;
    } else if constexpr (r == 4) {
        complex<R> a = x[0] + x[2], b = x[0] - x[2], c = x[1] + x[3], d = x[1] - x[3];
        d = {d.y, -d.x};
        x[0] = a + c, x[1] = b + d, x[2] = a - c, x[3] = b - d;
    } else {
        complex<R> out[r];
        for (int s = 0; s < r; s++) {
            out[s] = x[0];
            for (int t = 1; t < r; t++) out[s] += x[t] * roots[(unsigned)(s * t % r) * step];
        }
        for (int s = 0; s < r; s++) x[s] = out[s];
    }
}
/* From one half of the workspace into the other: `outer` times `n` numbers that stand `inner` from each other. `done` is the product of the radices before. */
template <int r, class R> void pass(const blas::handle *h, const complex<R> *from, complex<R> *to, const complex<R> *roots, unsigned outer, unsigned n, unsigned inner, unsigned done) {
    unsigned part = n / r;
    blas::run(h, (size_t)outer * part * inner, [=] __device__(size_t i) {
        unsigned q = (unsigned)i % inner, rest = (unsigned)i / inner, j = rest % part, first = rest / part * n * inner + q, k = j % done;
        complex<R> x[r];
        x[0] = from[first + j * inner];
        for (unsigned t = 1; t < r; t++) x[t] = from[first + (j + t * part) * inner] * roots[t * k * (part / done)];
        butterfly<r>(x, roots, part);
        unsigned at = first + ((j - k) * r + k) * inner;
        for (unsigned s = 0; s < r; s++) to[at + s * done * inner] = x[s];
    });
}
template <class R> void any_pass(const blas::handle *h, const complex<R> *from, complex<R> *to, const complex<R> *roots, unsigned outer, unsigned n, unsigned inner, unsigned done, unsigned r) {
    unsigned part = n / r;
    blas::run(h, (size_t)outer * n * inner, [=] __device__(size_t i) {
        unsigned q = (unsigned)i % inner, rest = (unsigned)i / inner, e = rest % n, first = rest / n * n * inner + q, s = e / done % r, k = e % done, j = e / (done * r) * done + k;
        complex<R> sum = from[first + j * inner];
        for (unsigned t = 1; t < r; t++) sum += from[first + (j + t * part) * inner] * roots[(t * k * (part / done) + s * t % r * part) % n];
        to[first + e * inner] = sum;
    });
}
/* All passes of one dimension; gives which half they end in, and which is free. */
template <class R> void passes(const blas::handle *h, complex<R> *&from, complex<R> *&to, const axis &a, unsigned outer, unsigned inner) {
    const complex<R> *roots = (const complex<R> *)a.roots;
    for (unsigned i = 0, done = 1; i < a.passes; done *= a.radix[i++]) {
        switch (a.radix[i]) {
        case 2: pass<2>(h, from, to, roots, outer, a.length, inner, done); break;
        case 3: pass<3>(h, from, to, roots, outer, a.length, inner, done); break;
        case 4: pass<4>(h, from, to, roots, outer, a.length, inner, done); break;
        case 5: pass<5>(h, from, to, roots, outer, a.length, inner, done); break;
        case 7: pass<7>(h, from, to, roots, outer, a.length, inner, done); break;
        default: any_pass(h, from, to, roots, outer, a.length, inner, done, a.radix[i]);
        }
        complex<R> *other = from;
        from = to, to = other;
    }
}
template <class R> void transform(const blas::handle *h, complex<R> *&from, complex<R> *&to, const axis &a, unsigned outer, unsigned inner) {
    if (!a.convolved) return passes(h, from, to, a, outer, inner);
    const complex<R> *chirp = (const complex<R> *)a.chirp, *filter = (const complex<R> *)a.filter;
    unsigned n = a.n, length = a.length;
    complex<R> *x = from, *y = to;
    blas::run(h, (size_t)outer * length * inner, [=] __device__(size_t i) {
        unsigned q = (unsigned)i % inner, rest = (unsigned)i / inner, e = rest % length;
        y[i] = e < n ? x[(rest / length * n + e) * inner + q] * chirp[e] : complex<R>(0);
    });
    from = y, to = x;
    passes(h, from, to, a, outer, inner);
    complex<R> *z = from;
    blas::run(h, (size_t)outer * length * inner, [=] __device__(size_t i) { z[i] = conjugate(z[i] * filter[(unsigned)i / inner % length]); });
    passes(h, from, to, a, outer, inner);
    complex<R> *last = from, *free = to;
    blas::run(h, (size_t)outer * n * inner, [=] __device__(size_t i) {
        unsigned q = (unsigned)i % inner, rest = (unsigned)i / inner, e = rest % n;
        free[i] = conjugate(last[(rest / n * length + e) * inner + q]) * chirp[e];
    });
    from = free, to = last;
}
enum { COMPLEX, REAL, HALF };
/* A half is the first half of the last dimension, and what is missing there are conjugates of what stands opposite. */
template <class R, int in, int out> void execute(const plan *p, const void *input, void *output, bool inverse) {
    blas::handle inside{p->stream};
    unsigned n0 = p->axes[0].n, n1 = p->axes[1].n, n2 = p->axes[2].n, all = n0 * n1 * n2, batch = p->batch;
    complex<R> *from = (complex<R> *)p->work, *to = from + room(p);
    layout li = p->in, lo = p->out;
    if (!p->advanced && (in == REAL || out == REAL)) {
        /* In place, a row of real numbers has room for its half of complex ones. */
        layout &real = in == REAL ? li : lo;
        if (input == output) real.embed[2] = 2 * (n2 / 2 + 1), real.distance = (long long)n0 * n1 * real.embed[2];
    }
    complex<R> *x = from;
    blas::run(&inside, (size_t)batch * all, [=] __device__(size_t e) {
        unsigned k = (unsigned)e % n2, j = (unsigned)e / n2 % n1, i = (unsigned)e / n2 / n1 % n0, which = (unsigned)e / all;
        complex<R> value;
        if constexpr (in == REAL) value = complex<R>(((const R *)input)[li.place(which, i, j, k)]);
        else if (in == HALF && k > n2 / 2) value = conjugate(((const complex<R> *)input)[li.place(which, i ? n0 - i : 0, j ? n1 - j : 0, n2 - k)]);
        else value = ((const complex<R> *)input)[li.place(which, i, j, k)];
        x[e] = inverse ? conjugate(value) : value;
    });
    unsigned outer = batch, inner = all;
    for (const axis &a : p->axes) {
        inner /= a.n;
        if (a.n > 1) transform(&inside, from, to, a, outer, inner);
        outer *= a.n;
    }
    unsigned kept = out == HALF ? n2 / 2 + 1 : n2;
    complex<R> *y = from;
    blas::run(&inside, (size_t)batch * n0 * n1 * kept, [=] __device__(size_t e) {
        unsigned k = (unsigned)e % kept, j = (unsigned)e / kept % n1, i = (unsigned)e / kept / n1 % n0, which = (unsigned)e / kept / n1 / n0;
        complex<R> value = y[((which * n0 + i) * n1 + j) * n2 + k];
        if (inverse) value = conjugate(value);
        if constexpr (out == REAL) ((R *)output)[lo.place(which, i, j, k)] = value.x;
        else ((complex<R> *)output)[lo.place(which, i, j, k)] = value;
    });
}
} // namespace fft
} // namespace faultline
#endif
