/*
 * Singular values and eigenvalues, by Jacobi's rotations from one side: the columns of a matrix are turned in pairs until all are orthogonal. One block a matrix, and each
 * round takes pairs that have no column in common, a pair a thread. Eigenvalues of a Hermitian matrix are the singular values of one that a shift made positive.
 * Source: Golub and Van Loan, Matrix Computations, chapter 8.
 */
#ifndef FAULTLINE_BLAS_SPECTRUM_H
#define FAULTLINE_BLAS_SPECTRUM_H
#include "dense.h"

namespace faultline {
namespace blas {
enum { SWEEPS = 40 };
/* Turns columns p and q of A, and of V beside it. Gives whether they were not orthogonal yet. */
template <class T> __device__ bool turn(T *a, int m, T *v, int n, int p, int q) {
    using R = real_t<T>;
    const R tiny = sizeof(R) == 4 ? (R)1.2e-7 : (R)2.3e-16;
    T *x = a + (ptrdiff_t)p * m, *y = a + (ptrdiff_t)q * m, product = T(0);
    R xx = 0, yy = 0;
    for (int i = 0; i < m; i++) xx += squared(x[i]), yy += squared(y[i]), product += conjugate(x[i]) * y[i];
    R length = ::sqrt(squared(product));
    if (length == 0 || length <= tiny * ::sqrt(xx) * ::sqrt(yy)) return false;
    R zeta = (yy - xx) / (2 * length), t = (zeta < 0 ? -1 : 1) / ((zeta < 0 ? -zeta : zeta) + ::sqrt(1 + zeta * zeta)), c = 1 / ::sqrt(1 + t * t), s = c * t;
    T phase = conjugate(product) / T(length);
    for (int i = 0; i < m; i++) {
        T left = x[i], right = phase * y[i];
        x[i] = T(c) * left - T(s) * right, y[i] = T(s) * left + T(c) * right;
    }
    for (int i = 0; i < n; i++) {
        T left = v[i + (ptrdiff_t)p * n], right = phase * v[i + (ptrdiff_t)q * n];
        v[i + (ptrdiff_t)p * n] = T(c) * left - T(s) * right, v[i + (ptrdiff_t)q * n] = T(s) * left + T(c) * right;
    }
    return true;
}
/* Turns all; `turned` is two counters. Gives whether it came to an end. */
template <class T> __device__ bool turn_all(T *a, int m, T *v, int n, int *turned, team<true> g) {
    for (int e = g.rank; e < n * n; e += g.size) v[e] = T(e / n == e % n);
    int players = n + (n & 1);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        if (g.rank == 0) turned[sweep & 1] = 0;
        g.join();
        for (int round = 0; round < players - 1; round++) {
            /* A tournament: the last stays, the others go round. */
            for (int pair = g.rank; pair < players / 2; pair += g.size) {
                int p = pair == 0 ? players - 1 : (round + pair) % (players - 1), q = (round + players - 1 - pair) % (players - 1);
                if (p >= n || q >= n) continue;
                if (turn(a, m, v, n, p < q ? p : q, p < q ? q : p)) atomicAdd(&turned[sweep & 1], 1);
            }
            g.join();
        }
        if (turned[sweep & 1] == 0) return true;
    }
    return false;
}
/* The workspace: a copy of A, V, and after them lengths, an order, and counters. */
template <class T> struct spectrum_space {
    T *copy, *v;
    real_t<T> *lengths;
    int *order, *turned;
    spectrum_space(T *work, int m, int n) : copy(work), v(work + (ptrdiff_t)m * n), lengths((real_t<T> *)(v + (ptrdiff_t)n * n)), order((int *)(lengths + n)), turned(order + n) {}
    static long long size(long long m, long long n) { return m * n + n * n + 2 * n + 4; }
};
/* Lengths of columns, and their order: the greatest first, or last. */
template <class T> __device__ void rank_columns(spectrum_space<T> s, int m, int n, bool ascending, team<true> g) {
    for (int j = g.rank; j < n; j += g.size) {
        real_t<T> sum = 0;
        for (int i = 0; i < m; i++) sum += squared(s.copy[i + (ptrdiff_t)j * m]);
        s.lengths[j] = ::sqrt(sum);
    }
    g.join();
    for (int j = g.rank; j < n; j += g.size) {
        int place = 0;
        for (int k = 0; k < n; k++) place += s.lengths[k] > s.lengths[j] || (s.lengths[k] == s.lengths[j] && k < j);
        s.order[ascending ? n - 1 - place : place] = j;
    }
    g.join();
}
/* `u` gets m columns of m if `whole`, or n; `vt` gets n rows. Each may be none. */
template <class T> int singular_values(cudaStream_t stream, int m, int n, const T *a, int lead, real_t<T> *values, T *u, int lead_u, bool whole, T *vt, int lead_vt, T *work, int *info) {
    spectrum_space<T> s(work, m, n);
    by_blocks<<<1, n > 128 ? 256 : 64, 0, stream>>>(1, [=] __device__(int, team<true> g) {
        for (int e = g.rank; e < m * n; e += g.size) s.copy[e] = a[e % m + (ptrdiff_t)(e / m) * lead];
        bool done = turn_all(s.copy, m, s.v, n, s.turned, g);
        if (g.rank == 0 && info) *info = done ? 0 : 1;
        rank_columns(s, m, n, false, g);
        for (int j = g.rank; j < n; j += g.size) {
            int from = s.order[j];
            real_t<T> length = s.lengths[from];
            values[j] = length;
            for (int i = 0; u && i < m; i++) u[i + (ptrdiff_t)j * lead_u] = length > 0 ? s.copy[i + (ptrdiff_t)from * m] / T(length) : T(0);
            for (int i = 0; vt && i < n; i++) vt[j + (ptrdiff_t)i * lead_vt] = conjugate(s.v[i + (ptrdiff_t)from * n]);
        }
        g.join();
        /* Columns that belong to no singular value but 0 are any that make the others a basis: unit vectors, less what the others have of them. */
        if (u && g.rank == 0) for (int j = 0, next = 0; j < (whole ? m : n); j++) {
            if (j < n && values[j] > 0) continue;
            for (int tries = 0; tries < m; tries++, next = (next + 1) % m) {
                T *x = u + (ptrdiff_t)j * lead_u;
                real_t<T> rest = 0;
                for (int i = 0; i < m; i++) x[i] = T(i == next);
                for (int twice = 0; twice < 2; twice++)
                    for (int k = 0; k < (j < n ? n : j); k++) {
                        if (k == j || (k > j && !(values[k] > 0))) continue;
                        const T *y = u + (ptrdiff_t)k * lead_u;
                        T product = T(0);
                        for (int i = 0; i < m; i++) product += conjugate(y[i]) * x[i];
                        for (int i = 0; i < m; i++) x[i] -= product * y[i];
                    }
                for (int i = 0; i < m; i++) rest += squared(x[i]);
                if (4 * rest * m < 1) continue;
                for (int i = 0; i < m; i++) x[i] = x[i] / T(::sqrt(rest));
                break;
            }
        }
    });
    return 0;
}
/* Eigenvalues from the least, and eigenvectors in place of A if they are wanted. */
template <class T> int eigenvalues(cudaStream_t stream, bool vectors, bool upper, int n, T *a, int lead, real_t<T> *values, T *work, int *info) {
    spectrum_space<T> s(work, n, n);
    by_blocks<<<1, n > 128 ? 256 : 64, 0, stream>>>(1, [=] __device__(int, team<true> g) {
        for (int e = g.rank; e < n * n; e += g.size) {
            int i = e % n, j = e / n;
            T value = (i <= j) == upper || i == j ? a[i + (ptrdiff_t)j * lead] : conjugate(a[j + (ptrdiff_t)i * lead]);
            s.copy[e] = i == j ? T(real_part(value)) : value;
        }
        g.join();
        /* No eigenvalue is beyond the greatest sum of a row. */
        for (int j = g.rank; j < n; j += g.size) {
            s.lengths[j] = 0;
            for (int i = 0; i < n; i++) s.lengths[j] += ::sqrt(squared(s.copy[i + (ptrdiff_t)j * n]));
        }
        g.join();
        real_t<T> shift = 0;
        for (int j = 0; j < n; j++) shift = s.lengths[j] > shift ? s.lengths[j] : shift;
        g.join();
        for (int j = g.rank; j < n; j += g.size) s.copy[j * (ptrdiff_t)(n + 1)] += T(shift);
        g.join();
        bool done = turn_all(s.copy, n, s.v, n, s.turned, g);
        if (g.rank == 0 && info) *info = done ? 0 : 1;
        rank_columns(s, n, n, true, g);
        for (int j = g.rank; j < n; j += g.size) {
            values[j] = s.lengths[s.order[j]] - shift;
            for (int i = 0; vectors && i < n; i++) a[i + (ptrdiff_t)j * lead] = s.v[i + (ptrdiff_t)s.order[j] * n];
        }
    });
    return 0;
}
} // namespace blas
} // namespace faultline
#endif
