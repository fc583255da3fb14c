/* cuSOLVER, and cuBLAS's batches of factorizations: what solves, inverts and takes apart matrices of real and complex numbers, each put together again. */
#include <cmath>
#include <cstdio>
#include <cublas_v2.h>
#include <cusolverDn.h>
#include <initializer_list>

static int wrong = 0;
static void near(const char *what, double got, double wanted, double tolerance = 1e-9) {
    if (std::fabs(got - wanted) <= tolerance * (1 + std::fabs(wanted))) return;
    printf("solver: %s is %g, not %g\n", what, got, wanted);
    wrong++;
}
template <class T> static T *managed(size_t n) {
    T *values;
    cudaMallocManaged(&values, n * sizeof *values);
    return values;
}
static double element(int i, int j) { return (double)((i * 37 + j * 11 + i * j) % 23 - 11) + (i == j ? 4 : 0); }

int main() {
    const int n = 40, m = 50, columns = 3, batch = 3;
    cusolverDnHandle_t solver;
    cublasHandle_t blas;
    if (cusolverDnCreate(&solver) != CUSOLVER_STATUS_SUCCESS || cublasCreate(&blas) != CUBLAS_STATUS_SUCCESS) return 2;
    double *a = managed<double>(m * m), *b = managed<double>(m * m), *x = managed<double>(m * m), *factors = managed<double>(m), *values = managed<double>(m);
    int *pivots = managed<int>(m * batch), *info = managed<int>(batch), size = 0;

    /* LU: Ax = b and Aᵀx = b with x = 1, 2, 3 … */
    for (int transposed = 0; transposed < 2; transposed++) {
        for (int i = 0; i < n * n; i++) a[i] = element(i % n, i / n);
        for (int c = 0; c < columns; c++)
            for (int i = 0; i < n; i++) {
                b[i + c * n] = 0;
                for (int j = 0; j < n; j++) b[i + c * n] += (transposed ? element(j, i) : element(i, j)) * (j + c + 1);
            }
        cusolverDnDgetrf_bufferSize(solver, n, n, a, n, &size);
        double *work = managed<double>(size);
        near("getrf", cusolverDnDgetrf(solver, n, n, a, n, work, pivots, info), CUSOLVER_STATUS_SUCCESS);
        near("getrs", cusolverDnDgetrs(solver, transposed ? CUBLAS_OP_T : CUBLAS_OP_N, n, columns, a, n, pivots, b, n, info), CUSOLVER_STATUS_SUCCESS);
        cudaDeviceSynchronize();
        near("info", info[0], 0);
        for (int i = 0; i < n * columns; i++) near("a solution by LU", b[i], i % n + i / n + 1);
    }
    /* Cholesky of BBᵀ + 1, from either triangle; the other one stays as it is. */
    for (cublasFillMode_t fill : {CUBLAS_FILL_MODE_LOWER, CUBLAS_FILL_MODE_UPPER}) {
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                x[i + j * n] = i == j;
                for (int l = 0; l < n; l++) x[i + j * n] += element(i, l) * element(j, l);
                a[i + j * n] = (fill == CUBLAS_FILL_MODE_LOWER) == (i >= j) || i == j ? x[i + j * n] : 77;
            }
        for (int i = 0; i < n; i++) {
            b[i] = 0;
            for (int j = 0; j < n; j++) b[i] += x[i + j * n] * (j + 1);
        }
        cusolverDnDpotrf_bufferSize(solver, fill, n, a, n, &size);
        double *work = managed<double>(size);
        cusolverDnDpotrf(solver, fill, n, a, n, work, size, info);
        cusolverDnDpotrs(solver, fill, n, 1, a, n, b, n, info + 1);
        cudaDeviceSynchronize();
        near("info", info[0], 0);
        near("the other triangle", fill == CUBLAS_FILL_MODE_LOWER ? a[n] : a[1], 77);
        for (int i = 0; i < n; i++) near("a solution by Cholesky", b[i], i + 1, 1e-7);
        a[0] = -1;
        cusolverDnDpotrf(solver, fill, n, a, n, work, size, info);
        cudaDeviceSynchronize();
        near("not positive definite", info[0], 1);
    }
    /* Singular values of more rows than columns, one column twice: A = U S Vᵀ, and U's columns are a basis. */
    {
        auto at = [=](int i, int j) { return element(i, j == 5 ? 4 : j); };
        for (int i = 0; i < m * n; i++) a[i] = at(i % m, i / m);
        double *u = b, *vt = x;
        cusolverDnDgesvd_bufferSize(solver, m, n, &size);
        double *work = managed<double>(size);
        near("gesvd", cusolverDnDgesvd(solver, 'A', 'A', m, n, a, m, values, u, m, vt, n, work, size, nullptr, info), CUSOLVER_STATUS_SUCCESS);
        cudaDeviceSynchronize();
        near("info", info[0], 0);
        near("the least singular value", values[n - 1], 0);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < n; l++) sum += u[i + l * m] * values[l] * vt[l + j * n];
                near("U S V", sum, at(i, j));
            }
        for (int i = 0; i < m; i++)
            for (int j = 0; j < m; j++) {
                double sum = 0;
                for (int l = 0; l < m; l++) sum += u[l + i * m] * u[l + j * m];
                near("a basis", sum, i == j);
            }
        near("more columns than rows", cusolverDnDgesvd_bufferSize(solver, n, m, &size), CUSOLVER_STATUS_INVALID_VALUE);
    }
    /* Eigenvalues of 2, -1 beside it, which are known; each vector is one. */
    {
        for (int i = 0; i < n * n; i++) a[i] = i % n == i / n ? 2 : std::abs(i % n - i / n) == 1 ? -1 : 0;
        cusolverDnDsyevd_bufferSize(solver, CUSOLVER_EIG_MODE_VECTOR, CUBLAS_FILL_MODE_LOWER, n, a, n, values, &size);
        double *work = managed<double>(size);
        cusolverDnDsyevd(solver, CUSOLVER_EIG_MODE_VECTOR, CUBLAS_FILL_MODE_LOWER, n, a, n, values, work, size, info);
        cudaDeviceSynchronize();
        for (int k = 0; k < n; k++) {
            near("an eigenvalue", values[k], 2 - 2 * std::cos(M_PI * (k + 1) / (n + 1)));
            for (int i = 0; i < n; i++) near("an eigenvector", 2 * a[i + k * n] - (i ? a[i - 1 + k * n] : 0) - (i + 1 < n ? a[i + 1 + k * n] : 0), values[k] * a[i + k * n]);
        }
    }
    /* Singular values of complex numbers. */
    {
        const int k = 6;
        cuComplex *c = managed<cuComplex>(k * k), *u = managed<cuComplex>(k * k), *vt = managed<cuComplex>(k * k);
        float *s = managed<float>(k);
        for (int i = 0; i < k * k; i++) c[i] = make_cuComplex((float)element(i % k, i / k), (float)element(i / k, i % k + 3));
        cusolverDnCgesvd_bufferSize(solver, k, k, &size);
        cuComplex *work = managed<cuComplex>(size);
        cusolverDnCgesvd(solver, 'S', 'S', k, k, c, k, s, u, k, vt, k, work, size, nullptr, info);
        cudaDeviceSynchronize();
        for (int i = 0; i < k; i++)
            for (int j = 0; j < k; j++) {
                cuComplex sum = make_cuComplex(0, 0);
                for (int l = 0; l < k; l++) sum = cuCaddf(sum, cuCmulf(make_cuComplex(u[i + l * k].x * s[l], u[i + l * k].y * s[l]), vt[l + j * k]));
                near("a complex U S V", sum.x, element(i, j), 1e-4);
                near("a complex U S V", sum.y, element(j, i + 3), 1e-4);
            }
    }
    /* QR: the product of R's columns with each other is that of A's. */
    for (int i = 0; i < m * n; i++) a[i] = x[i] = element(i % m, i / m);
    cusolverDnDgeqrf_bufferSize(solver, m, n, a, m, &size);
    cusolverDnDgeqrf(solver, m, n, a, m, factors, managed<double>(size), size, info);
    cudaDeviceSynchronize();
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double own = 0, wanted = 0;
            for (int l = 0; l <= i && l <= j; l++) own += a[l + i * m] * a[l + j * m];
            for (int l = 0; l < m; l++) wanted += x[l + i * m] * x[l + j * m];
            near("R'R", own, wanted);
        }

    /* What that QR left as a factor: Q R = A, and R^T Q^T = A^T from the right; then as a matrix, whose columns are a basis. */
    double *r = managed<double>(m * m), *basis = managed<double>(m * m);
    auto multiply = [&](cublasSideMode_t side, cublasOperation_t t, int rows, int others, double *c) {
        near("ormqr's size", cusolverDnDormqr_bufferSize(solver, side, t, rows, others, n, a, m, factors, c, rows, &size), CUSOLVER_STATUS_SUCCESS);
        near("ormqr", cusolverDnDormqr(solver, side, t, rows, others, n, a, m, factors, c, rows, managed<double>(size), size, info), CUSOLVER_STATUS_SUCCESS);
        cudaDeviceSynchronize();
        near("info", info[0], 0);
    };
    auto upper = [&](int i, int j) { return i <= j ? a[i + j * m] : 0; };
    for (int i = 0; i < m * n; i++) r[i] = upper(i % m, i / m), b[i % m * n + i / m] = r[i];
    multiply(CUBLAS_SIDE_LEFT, CUBLAS_OP_N, m, n, r);
    multiply(CUBLAS_SIDE_RIGHT, CUBLAS_OP_T, n, m, b);
    for (int i = 0; i < m * n; i++) near("Q R", r[i], x[i]), near("R^T Q^T", b[i % m * n + i / m], x[i]);
    multiply(CUBLAS_SIDE_LEFT, CUBLAS_OP_T, m, n, r);
    multiply(CUBLAS_SIDE_RIGHT, CUBLAS_OP_N, n, m, b);
    for (int i = 0; i < m * n; i++) near("Q^T A", r[i], upper(i % m, i / m)), near("A^T Q", b[i % m * n + i / m], upper(i % m, i / m));
    for (int columns : {n, m}) {
        for (int i = 0; i < m * n; i++) basis[i] = a[i];
        cusolverDnDorgqr_bufferSize(solver, m, columns, n, basis, m, factors, &size);
        near("orgqr", cusolverDnDorgqr(solver, m, columns, n, basis, m, factors, managed<double>(size), size, info), CUSOLVER_STATUS_SUCCESS);
        cudaDeviceSynchronize();
        near("info", info[0], 0);
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l <= j; l++) sum += basis[i + l * m] * a[l + j * m];
                near("Q's columns by R", sum, x[i + j * m]);
            }
        for (int i = 0; i < columns; i++)
            for (int j = 0; j < columns; j++) {
                double sum = 0;
                for (int l = 0; l < m; l++) sum += basis[l + i * m] * basis[l + j * m];
                near("Q^T Q", sum, i == j);
            }
    }
    near("more reflections than rows", cusolverDnDormqr(solver, CUBLAS_SIDE_LEFT, CUBLAS_OP_N, m, n, m + 1, a, m, factors, r, m, nullptr, 0, info), CUSOLVER_STATUS_INVALID_VALUE);
    near("more columns than rows", cusolverDnDorgqr(solver, n, m, n, a, m, factors, nullptr, 0, info), CUSOLVER_STATUS_INVALID_VALUE);
    /* The same of complex numbers, with each side and operation against products with the matrix Q. */
    {
        const int k = 5;
        typedef cuDoubleComplex number;
        number *v = managed<number>(k * k), *q = managed<number>(k * k), *c = managed<number>(k * k), *phases = managed<number>(k);
        for (int i = 0; i < k * k; i++) v[i] = make_cuDoubleComplex(element(i % k, i / k), element(i / k, i % k + 3));
        cusolverDnZgeqrf_bufferSize(solver, k, k, v, k, &size);
        cusolverDnZgeqrf(solver, k, k, v, k, phases, managed<number>(size), size, info);
        cudaMemcpy(q, v, k * k * sizeof *q, cudaMemcpyDefault);
        cusolverDnZungqr_bufferSize(solver, k, k, k, q, k, phases, &size);
        near("ungqr", cusolverDnZungqr(solver, k, k, k, q, k, phases, managed<number>(size), size, info), CUSOLVER_STATUS_SUCCESS);
        cudaDeviceSynchronize();
        for (int i = 0; i < k; i++)
            for (int j = 0; j < k; j++) {
                number sum = make_cuDoubleComplex(0, 0);
                for (int l = 0; l <= j; l++) sum = cuCadd(sum, cuCmul(q[i + l * k], v[l + j * k]));
                near("a complex Q R", sum.x, element(i, j)), near("a complex Q R", sum.y, element(j, i + 3));
            }
        auto start = [](int i, int j) { return make_cuDoubleComplex(element(j + 1, i), element(i, j + 2)); };
        for (cublasSideMode_t side : {CUBLAS_SIDE_LEFT, CUBLAS_SIDE_RIGHT})
            for (cublasOperation_t t : {CUBLAS_OP_N, CUBLAS_OP_T, CUBLAS_OP_C}) {
                auto of_q = [&](int i, int j) { return t == CUBLAS_OP_N ? q[i + j * k] : t == CUBLAS_OP_T ? q[j + i * k] : cuConj(q[j + i * k]); };
                for (int i = 0; i < k * k; i++) c[i] = start(i % k, i / k);
                cusolverDnZunmqr_bufferSize(solver, side, t, k, k, k, v, k, phases, c, k, &size);
                near("unmqr", cusolverDnZunmqr(solver, side, t, k, k, k, v, k, phases, c, k, managed<number>(size), size, info), CUSOLVER_STATUS_SUCCESS);
                cudaDeviceSynchronize();
                for (int i = 0; i < k; i++)
                    for (int j = 0; j < k; j++) {
                        number sum = make_cuDoubleComplex(0, 0);
                        for (int l = 0; l < k; l++) sum = cuCadd(sum, side == CUBLAS_SIDE_LEFT ? cuCmul(of_q(i, l), start(l, j)) : cuCmul(start(i, l), of_q(l, j)));
                        near("a complex product with Q", c[i + j * k].x, sum.x), near("a complex product with Q", c[i + j * k].y, sum.y);
                    }
            }
    }

    near("no handle", cusolverDnDestroy(nullptr), CUSOLVER_STATUS_NOT_INITIALIZED);
    cusolverDnDestroy(solver);
    cublasDestroy(blas);
    printf("solver: %d wrong\n", wrong);
    return wrong != 0;
}
