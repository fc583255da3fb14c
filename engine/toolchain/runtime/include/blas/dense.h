/*
 * Factorizations and solutions behind cuBLAS's batches and cuSOLVER's dense half. A factorization is one block a matrix, whose threads share the elements and meet at
 * barriers; of many small matrices each has a thread of its own. A solution is one thread a right-hand side. Results are what LAPACK's routines of the same names leave.
 * Source: LAPACK Users' Guide; cuBLAS and cuSOLVER documentation.
 */
#ifndef FAULTLINE_BLAS_DENSE_H
#define FAULTLINE_BLAS_DENSE_H
#include "complex.h"
#include "kernels.h"

namespace faultline {
namespace blas {
/* The threads that share a matrix. Alone, there is nobody to wait for. */
template <bool together> struct team {
    int rank, size;
    __device__ void join() const {
        if constexpr (together) __syncthreads();
    }
};
template <class F> __global__ void by_blocks(int count, F f) {
    for (int which = blockIdx.x; which < count; which += gridDim.x) f(which, team<true>{(int)threadIdx.x, (int)blockDim.x});
}
/* f(which, team) for each matrix of n columns. */
template <class F> void for_each_matrix(cudaStream_t stream, int count, int n, F f) {
    handle inside{stream};
    if (count >= 32 && n <= 64) run(&inside, (size_t)count, [=] __device__(size_t which) { f((int)which, team<false>{0, 1}); });
    else if (count > 0) by_blocks<<<count < 65535 ? count : 65535, n > 128 ? 256 : n > 16 ? 64 : 32, 0, stream>>>(count, f);
}

/* PA = LU in place; pivots count from 1, and without any nothing is exchanged. Gives the first column without a pivot, from 1, or 0. */
template <class T, class G> __device__ int lu(T *a, int lead, int m, int n, int *pivots, G g) {
    int singular = 0, least = m < n ? m : n;
    for (int k = 0; k < least; k++) {
        T *column = a + (ptrdiff_t)k * lead;
        if (pivots) {
            if (g.rank == 0) {
                int best = k;
                for (int i = k + 1; i < m; i++)
                    if (weight(column[i]) > weight(column[best])) best = i;
                pivots[k] = best + 1;
            }
            g.join();
            int other = pivots[k] - 1;
            if (other != k) for (int j = g.rank; j < n; j += g.size) {
                T value = a[k + (ptrdiff_t)j * lead];
                a[k + (ptrdiff_t)j * lead] = a[other + (ptrdiff_t)j * lead];
                a[other + (ptrdiff_t)j * lead] = value;
            }
            g.join();
        }
        T pivot = column[k];
        if (pivot == T(0)) {
            if (!singular) singular = k + 1;
            continue;
        }
        for (int i = k + 1 + g.rank; i < m; i += g.size) column[i] = column[i] / pivot;
        g.join();
        int rows = m - k - 1, all = rows * (n - k - 1);
        for (int e = g.rank; e < all; e += g.size) {
            int i = k + 1 + e % rows, j = k + 1 + e / rows;
            a[i + (ptrdiff_t)j * lead] -= column[i] * a[k + (ptrdiff_t)j * lead];
        }
        g.join();
    }
    return singular;
}
/* op(A) x = b in place, where one triangle of A is read. */
template <class T> __device__ void solve_triangle(const T *a, int lead, bool upper, bool transposed, bool conjugated, bool unit, int n, T *x, ptrdiff_t step) {
    bool backward = upper != transposed;
    for (int s = 0; s < n; s++) {
        int i = backward ? n - 1 - s : s;
        T sum = x[i * step];
        for (int j = backward ? i + 1 : 0; j < (backward ? n : i); j++) {
            T factor = transposed ? a[j + (ptrdiff_t)i * lead] : a[i + (ptrdiff_t)j * lead];
            sum -= (conjugated ? conjugate(factor) : factor) * x[j * step];
        }
        T diagonal = a[i + (ptrdiff_t)i * lead];
        x[i * step] = unit ? sum : sum / (conjugated ? conjugate(diagonal) : diagonal);
    }
}
/* op(A) x = b in place with what lu() left. */
template <class T> __device__ void solve_lu(const T *a, int lead, const int *pivots, bool transposed, bool conjugated, int n, T *x) {
    if (transposed) {
        solve_triangle(a, lead, true, true, conjugated, false, n, x, 1);
        solve_triangle(a, lead, false, true, conjugated, true, n, x, 1);
    }
    for (int s = 0; pivots && s < n; s++) {
        int i = transposed ? n - 1 - s : s, other = pivots[i] - 1;
        T value = x[i];
        x[i] = x[other];
        x[other] = value;
    }
    if (!transposed) {
        solve_triangle(a, lead, false, false, false, true, n, x, 1);
        solve_triangle(a, lead, true, false, false, false, n, x, 1);
    }
}
/* A = LL^H or U^HU in place. Gives the order of the leading part that is not positive definite, or 0. */
template <class T, class G> __device__ int cholesky(T *a, int lead, int n, bool upper, G g) {
    ptrdiff_t down = upper ? lead : 1, right = upper ? 1 : lead;
    for (int k = 0; k < n; k++) {
        real_t<T> diagonal = real_part(a[k * (down + right)]);
        if (!(diagonal > 0)) return k + 1;
        g.join();
        real_t<T> root = ::sqrt(diagonal);
        if (g.rank == 0) a[k * (down + right)] = T(root);
        for (int i = k + 1 + g.rank; i < n; i += g.size) a[i * down + k * right] = a[i * down + k * right] / T(root);
        g.join();
        int rows = n - k - 1;
        for (int e = g.rank; e < rows * rows; e += g.size) {
            int i = k + 1 + e % rows, j = k + 1 + e / rows;
            if (i >= j) a[i * down + j * right] -= a[i * down + k * right] * conjugate(a[j * down + k * right]);
        }
        g.join();
    }
    return 0;
}
/* c := (I - factor v v^H) c, where v begins with a 1 that is not stored; conjugated, by the conjugates of v's elements. */
template <class T> __device__ void reflect(const T *v, int n, T factor, T *c, ptrdiff_t step = 1, bool conjugated = false) {
    T sum = c[0];
    for (int i = 1; i < n; i++) sum += (conjugated ? v[i] : conjugate(v[i])) * c[i * step];
    sum *= factor;
    c[0] -= sum;
    for (int i = 1; i < n; i++) c[i * step] -= (conjugated ? conjugate(v[i]) : v[i]) * sum;
}
/* A = QR in place, by reflections. */
template <class T, class G> __device__ void qr(T *a, int lead, int m, int n, T *factors, G g) {
    for (int k = 0; k < (m < n ? m : n); k++) {
        T *column = a + k + (ptrdiff_t)k * lead;
        if (g.rank == 0) {
            real_t<T> rest = 0, first = squared(column[0]);
            for (int i = 1; i < m - k; i++) rest += squared(column[i]);
            if (rest == 0 && imaginary_part(column[0]) == 0) factors[k] = T(0);
            else {
                real_t<T> length = ::sqrt(first + rest), beta = real_part(column[0]) > 0 ? -length : length;
                factors[k] = (T(beta) - column[0]) / T(beta);
                T divisor = column[0] - T(beta);
                for (int i = 1; i < m - k; i++) column[i] = column[i] / divisor;
                column[0] = T(beta);
            }
        }
        g.join();
        for (int j = k + 1 + g.rank; j < n; j += g.size) reflect(column, m - k, conjugate(factors[k]), a + k + (ptrdiff_t)j * lead);
        g.join();
    }
}
/* Of what qr() left, the first n columns of the product of k reflections, in its place: from the last reflection, which changes the fewest. */
template <class T, class G> __device__ void unfold(T *a, int lead, int m, int n, int k, const T *factors, G g) {
    for (int j = k; j < n; j++)
        for (int i = g.rank; i < m; i += g.size) a[i + (ptrdiff_t)j * lead] = T(i == j);
    g.join();
    for (int r = k - 1; r >= 0; r--) {
        T *column = a + (ptrdiff_t)r * lead, factor = factors[r];
        for (int j = r + 1 + g.rank; j < n; j += g.size) reflect(column + r, m - r, factor, a + r + (ptrdiff_t)j * lead);
        g.join();
        for (int i = g.rank; i < m; i += g.size) column[i] = i < r ? T(0) : i == r ? T(1) - factor : -factor * column[i];
        g.join();
    }
}

template <class T> int lu_batched(cudaStream_t stream, int m, int n, T *const *a, T *one, int lead, int *pivots, int *info, int batch) {
    return for_each_matrix(stream, batch, m > n ? m : n, [=] __device__(int which, auto g) {
        int singular = lu(a ? a[which] : one, lead, m, n, pivots ? pivots + (ptrdiff_t)which * (m < n ? m : n) : nullptr, g);
        if (g.rank == 0 && info) info[which] = singular;
    }), 0;
}
template <class T> int solve_lu_batched(cudaStream_t stream, bool transposed, bool conjugated, int n, int columns, const T *const *a, const T *one, int lead, const int *pivots, T *const *b, T *one_b, int lead_b, int batch) {
    handle inside{stream};
    return run(&inside, (size_t)columns * (size_t)batch, [=] __device__(size_t i) {
        int which = (int)(i / (size_t)columns);
        solve_lu(a ? a[which] : one, lead, pivots ? pivots + (ptrdiff_t)which * n : nullptr, transposed, conjugated, n, (b ? b[which] : one_b) + (ptrdiff_t)(i % (size_t)columns) * lead_b);
    }), 0;
}
template <class T> int invert_lu_batched(cudaStream_t stream, int n, const T *const *a, int lead, const int *pivots, T *const *c, int lead_c, int *info, int batch) {
    handle inside{stream};
    return run(&inside, (size_t)n * (size_t)batch, [=] __device__(size_t i) {
        int which = (int)(i / (size_t)n), column = (int)(i % (size_t)n), singular = 0;
        for (int k = n; k > 0; k--)
            if (a[which][(k - 1) * (ptrdiff_t)(lead + 1)] == T(0)) singular = k;
        if (column == 0) info[which] = singular;
        if (singular) return;
        T *x = c[which] + (ptrdiff_t)column * lead_c;
        for (int k = 0; k < n; k++) x[k] = T(k == column);
        solve_lu(a[which], lead, pivots ? pivots + (ptrdiff_t)which * n : nullptr, false, false, n, x);
    }), 0;
}
template <class T> int invert_batched(cudaStream_t stream, int n, const T *const *a, int lead, T *const *c, int lead_c, int *info, int batch) {
    struct { T *copies, **places; int *pivots; } memory;
    size_t each = (size_t)n * (size_t)n;
    if (cudaMalloc((void **)&memory.copies, (size_t)batch * each * sizeof(T)) != cudaSuccess) return 3;
    if (cudaMalloc((void **)&memory.places, (size_t)batch * sizeof(T *)) != cudaSuccess || cudaMalloc((void **)&memory.pivots, (size_t)batch * (size_t)n * sizeof(int)) != cudaSuccess) return 3;
    handle inside{stream};
    run(&inside, (size_t)batch * each, [=] __device__(size_t i) {
        size_t which = i / each;
        if (i % each == 0) memory.places[which] = memory.copies + i;
        memory.copies[i] = a[which][i % (size_t)n + (ptrdiff_t)(i % each / (size_t)n) * lead];
    });
    lu_batched<T>(stream, n, n, memory.places, nullptr, n, memory.pivots, info, batch);
    invert_lu_batched<T>(stream, n, memory.places, n, memory.pivots, c, lead_c, info, batch);
    cudaStreamSynchronize(stream);
    release(stream, memory.copies), release(stream, memory.places), release(stream, memory.pivots);
    return 0;
}
template <class T> int qr_batched(cudaStream_t stream, int m, int n, T *const *a, T *one, int lead, T *const *factors, T *one_factors, int batch) {
    return for_each_matrix(stream, batch, m > n ? m : n, [=] __device__(int which, auto g) { qr(a ? a[which] : one, lead, m, n, factors ? factors[which] : one_factors, g); }), 0;
}
template <class T> int unfold_qr(cudaStream_t stream, int m, int n, int k, T *a, int lead, const T *factors) {
    return for_each_matrix(stream, n > 0, m, [=] __device__(int, auto g) { unfold(a, lead, m, n, k, factors, g); }), 0;
}
/*
 * C := op(Q) C or C op(Q), where Q is the product of the k reflections that qr() left, by one thread a column, or a row. A row is reflected as the column of which it is
 * the transposition, by the conjugates, and so is what is transposed alone.
 */
template <class T> int multiply_qr(cudaStream_t stream, bool right, int op, int m, int n, int k, const T *a, int lead, const T *factors, T *c, int lead_c) {
    handle inside{stream};
    int length = right ? n : m;
    bool forward = right != (op != 0), conjugated = right != (op == 1);
    return run(&inside, (size_t)(right ? m : n), [=] __device__(size_t line) {
        ptrdiff_t step = right ? lead_c : 1;
        T *x = c + (right ? (ptrdiff_t)line : (ptrdiff_t)line * lead_c);
        for (int s = 0; s < k; s++) {
            int r = forward ? s : k - 1 - s;
            reflect(a + r + (ptrdiff_t)r * lead, length - r, op == 2 ? conjugate(factors[r]) : factors[r], x + r * step, step, conjugated);
        }
    }), 0;
}
/* The x that brings Ax nearest to b, in place of b. */
template <class T> int least_squares_batched(cudaStream_t stream, int m, int n, int columns, T *const *a, int lead, T *const *c, int lead_c, int *info, int batch) {
    T *factors;
    if (cudaMalloc((void **)&factors, (size_t)batch * (size_t)n * sizeof(T)) != cudaSuccess) return 3;
    for_each_matrix(stream, batch, m, [=] __device__(int which, auto g) { qr(a[which], lead, m, n, factors + (ptrdiff_t)which * n, g); });
    handle inside{stream};
    run(&inside, (size_t)columns * (size_t)batch, [=] __device__(size_t i) {
        int which = (int)(i / (size_t)columns), singular = 0;
        T *x = c[which] + (ptrdiff_t)(i % (size_t)columns) * lead_c;
        for (int k = 0; k < n; k++) {
            const T *column = a[which] + k + (ptrdiff_t)k * lead;
            if (!singular && *column == T(0)) singular = k + 1;
            reflect(column, m - k, conjugate(factors[(ptrdiff_t)which * n + k]), x + k);
        }
        if (info && i % (size_t)columns == 0) info[which] = singular;
        if (!singular) solve_triangle(a[which], lead, true, false, false, false, n, x, 1);
    });
    cudaStreamSynchronize(stream);
    release(stream, factors);
    return 0;
}
/* B := alpha op(A)^-1 B or alpha B op(A)^-1; from the right it is the other transposition that is solved for, by rows. */
template <class T> int trsm(const handle *h, bool right, bool upper, bool transposed, bool conjugated, bool unit, int m, int n, const T *alpha, const T *const *a, const T *one, int lead, T *const *b, T *one_b, int lead_b, int batch) {
    auto factor = scalar_of(h, alpha);
    int lines = right ? m : n, length = right ? n : m;
    return run(h, (size_t)lines * (size_t)batch, [=] __device__(size_t i) {
        int which = (int)(i / (size_t)lines), line = (int)(i % (size_t)lines);
        ptrdiff_t step = right ? lead_b : 1;
        T *x = (b ? b[which] : one_b) + (right ? line : line * (ptrdiff_t)lead_b), scale = factor();
        for (int k = 0; k < length; k++) x[k * step] = scale == T(0) ? T(0) : scale * x[k * step];
        if (!(scale == T(0))) solve_triangle(a ? a[which] : one, lead, upper, transposed != right, conjugated, unit, length, x, step);
    }), 0;
}
template <class I> int say(cudaStream_t stream, I *info, int value) {
    handle inside{stream};
    return info ? (run(&inside, 1, [=] __device__(size_t) { *info = value; }), 0) : 0;
}
template <class T> int cholesky_batched(cudaStream_t stream, bool upper, int n, T *const *a, T *one, int lead, int *info, int batch) {
    return for_each_matrix(stream, batch, n, [=] __device__(int which, auto g) {
        int minor = cholesky(a ? a[which] : one, lead, n, upper, g);
        if (g.rank == 0) info[which] = minor;
    }), 0;
}
template <class T> int solve_cholesky(cudaStream_t stream, bool upper, int n, int columns, const T *a, int lead, T *b, int lead_b, int *info) {
    handle inside{stream};
    return run(&inside, (size_t)columns, [=] __device__(size_t i) {
        T *x = b + (ptrdiff_t)i * lead_b;
        solve_triangle(a, lead, upper, upper, upper, false, n, x, 1);
        solve_triangle(a, lead, upper, !upper, !upper, false, n, x, 1);
        if (i == 0 && info) *info = 0;
    }), 0;
}
/* op is 0, 1 for a transposition, 2 for that of the conjugates. */
template <class T> __host__ __device__ T operand(const T *a, int lead, int op, int row, int column) {
    T value = at(a, lead, op != 0, row, column);
    return op == 2 ? conjugate(value) : value;
}
template <class T> int complex_gemm(const handle *h, int ta, int tb, int m, int n, int k, const T *alpha, const T *a, int la, long long sa, const T *b, int lb, long long sb, const T *beta, T *c, int lc, long long sc, int batch) {
    auto al = scalar_of(h, alpha), be = scalar_of(h, beta);
    return run(h, (size_t)m * (size_t)n * (size_t)batch, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)m), column = (int)(i / (size_t)m % (size_t)n), which = (int)(i / (size_t)m / (size_t)n);
        const T *left = a + which * sa, *right = b + which * sb;
        T sum = 0, *to = c + which * sc + row + (ptrdiff_t)column * lc, old = be();
        for (int j = 0; j < k; j++) sum += operand(left, la, ta, row, j) * operand(right, lb, tb, j, column);
        *to = al() * sum + (old == T(0) ? T(0) : old * *to);
    }), 0;
}
/* C := diag(x) A or A diag(x) */
template <class T> int dgmm(const handle *h, bool right, int m, int n, const T *a, int la, const T *x, int dx, T *c, int lc) {
    return run(h, (size_t)m * (size_t)n, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)m), column = (int)(i / (size_t)m);
        c[row + (ptrdiff_t)column * lc] = a[row + (ptrdiff_t)column * la] * *element(x, right ? column : row, right ? n : m, dx);
    }), 0;
}
template <bool greatest, class T> int complex_extreme(const handle *h, int n, const T *x, int dx, int *result) {
    return reduce(h, n, result, -1, [] __device__(int i) { return i; }, [=] __device__(int i, int j) {
        real_t<T> a = weight(*element(x, i, n, dx)), b = weight(*element(x, j, n, dx));
        if (a == b) return i < j ? i : j;
        return (a > b) == greatest ? i : j;
    }, [] __device__(int i) { return i + 1; });
}
} // namespace blas
} // namespace faultline
#endif
