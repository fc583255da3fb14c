/* cuBLAS's batches: LU with what solves and inverts by it, QR, least squares and triangles, of few larger matrices and of many small ones; complex products. */
#include <cmath>
#include <cstdio>
#include <cublas_v2.h>

static int wrong = 0;
static void near(const char *what, double got, double wanted, double tolerance = 1e-8) {
    if (std::fabs(got - wanted) <= tolerance * (1 + std::fabs(wanted))) return;
    printf("blas_batched: %s is %g, not %g\n", what, got, wanted);
    wrong++;
}
template <class T> static T *managed(size_t n) {
    T *values;
    cudaMallocManaged(&values, n * sizeof *values);
    return values;
}
static double element(int which, int i, int j) { return (double)((i * 37 + j * 11 + i * j + which * 5) % 23 - 11) + (i == j ? 30 : 0); }
/* `batch` matrices, and where each is. */
struct matrices {
    double *data, **places;
    matrices(int rows, int columns, int batch) : data(managed<double>((size_t)rows * columns * batch)), places(managed<double *>(batch)) {
        for (int s = 0; s < batch; s++) {
            places[s] = data + (size_t)rows * columns * s;
            for (int e = 0; e < rows * columns; e++) places[s][e] = element(s, e % rows, e / rows);
        }
    }
};
static cublasHandle_t handle;

static void factorize(int n, int batch) {
    matrices a(n, n, batch), same(n, n, batch), inverse(n, n, batch), b(n, 2, batch);
    int *pivots = managed<int>(n * batch), *info = managed<int>(batch), status = 1;
    near("getrf", cublasDgetrfBatched(handle, n, a.places, n, pivots, info, batch), CUBLAS_STATUS_SUCCESS);
    near("getri", cublasDgetriBatched(handle, n, a.places, n, pivots, inverse.places, n, info, batch), CUBLAS_STATUS_SUCCESS);
    near("getrs", cublasDgetrsBatched(handle, CUBLAS_OP_N, n, 2, a.places, n, pivots, b.places, n, &status, batch), CUBLAS_STATUS_SUCCESS);
    cudaDeviceSynchronize();
    near("status", status, 0);
    for (int s = 0; s < batch; s++) {
        near("info", info[s], 0);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                double one = 0, sum = 0;
                for (int l = 0; l < n; l++) {
                    one += element(s, i, l) * inverse.places[s][l + j * n];
                    if (j < 2) sum += element(s, i, l) * b.places[s][l + j * n];
                }
                near("an inverse", one, i == j);
                if (j < 2) near("a solution", sum, element(s, i, j));
            }
    }
    if (n > 32) {
        near("an inverse of more than 32", cublasDmatinvBatched(handle, n, same.places, n, inverse.places, n, info, batch), CUBLAS_STATUS_INVALID_VALUE);
        return;
    }
    for (int e = 0; e < n * n; e++) inverse.data[e] = 0;
    cublasDmatinvBatched(handle, n, same.places, n, inverse.places, n, info, batch);
    cudaDeviceSynchronize();
    for (int i = 0; i < n; i++) {
        double one = 0;
        for (int l = 0; l < n; l++) one += element(0, i, l) * inverse.places[0][l + i * n];
        near("an inverse at once", one, 1);
    }
    /* A matrix of zeros has no pivot. */
    for (int e = 0; e < n * n; e++) same.data[e] = 0;
    cublasDgetrfBatched(handle, n, same.places, n, nullptr, info, batch);
    cudaDeviceSynchronize();
    near("a column without a pivot", info[0], 1);
}

int main() {
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS) return 2;
    factorize(37, 2);
    factorize(9, 40);

    /* Least squares: what is left stands at right angles on all columns. */
    const int m = 15, n = 7, batch = 3;
    {
        matrices a(m, n, batch), b(m, 1, batch), q(m, n, batch), factors(n, 1, batch);
        for (int s = 0; s < batch; s++)
            for (int i = 0; i < m; i++) b.places[s][i] = i * i % 7 + s;
        int status = 1, *info = managed<int>(batch);
        near("gels", cublasDgelsBatched(handle, CUBLAS_OP_N, m, n, 1, a.places, m, b.places, m, &status, info, batch), CUBLAS_STATUS_SUCCESS);
        near("geqrf", cublasDgeqrfBatched(handle, m, n, q.places, m, factors.places, &status, batch), CUBLAS_STATUS_SUCCESS);
        cudaDeviceSynchronize();
        for (int s = 0; s < batch; s++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int i = 0; i < m; i++) {
                    double rest = i * i % 7 + s;
                    for (int l = 0; l < n; l++) rest -= element(s, i, l) * b.places[s][l];
                    sum += rest * element(s, i, j);
                }
                near("what is left", sum, 0);
                for (int k = 0; k < n; k++) near("R", q.places[s][j < k ? j + k * m : k + j * m], a.places[s][j < k ? j + k * m : k + j * m]);
            }
            near("info", info[s], 0);
        }
        near("fewer rows than columns", cublasDgelsBatched(handle, CUBLAS_OP_N, n, m, 1, a.places, m, b.places, m, &status, info, batch), CUBLAS_STATUS_NOT_SUPPORTED);
        near("a negative size", cublasDgelsBatched(handle, CUBLAS_OP_N, m, -1, 1, a.places, m, b.places, m, &status, info, batch), CUBLAS_STATUS_INVALID_VALUE);
        near("which parameter", status, -3);
    }
    /* Triangles, from both sides, of both kinds, transposed or not; alpha of the device once. */
    double *alpha = managed<double>(1);
    for (int kind = 0; kind < 16; kind++) {
        bool right = kind & 1, upper = kind & 2, transposed = kind & 4, unit = kind & 8;
        int order = right ? n : m;
        matrices a(order, order, batch), b(m, n, batch);
        *alpha = 3;
        cublasSetPointerMode(handle, kind & 1 ? CUBLAS_POINTER_MODE_DEVICE : CUBLAS_POINTER_MODE_HOST);
        auto side = right ? CUBLAS_SIDE_RIGHT : CUBLAS_SIDE_LEFT;
        auto fill = upper ? CUBLAS_FILL_MODE_UPPER : CUBLAS_FILL_MODE_LOWER;
        auto operation = transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
        auto diagonal = unit ? CUBLAS_DIAG_UNIT : CUBLAS_DIAG_NON_UNIT;
        for (int e = 0; e < order * order * batch; e++) a.data[e] /= unit ? 100 : 1;
        if (kind & 2) cublasDtrsmBatched(handle, side, fill, operation, diagonal, m, n, alpha, a.places, order, b.places, m, batch);
        else for (int s = 0; s < batch; s++) cublasDtrsm(handle, side, fill, operation, diagonal, m, n, alpha, a.places[s], order, b.places[s], m);
        cudaDeviceSynchronize();
        for (int s = 0; s < batch; s++)
            for (int i = 0; i < m; i++)
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int l = 0; l < order; l++) {
                        int row = right ? l : i, column = right ? j : l;
                        if (transposed) { int other = row; row = column, column = other; }
                        double factor = row == column && unit ? 1 : row == column || (row < column) == upper ? a.places[s][row + column * order] : 0;
                        sum += factor * (right ? b.places[s][i + l * m] : b.places[s][l + j * m]);
                    }
                    near("a triangle", sum, 3 * element(s, i, j));
                }
    }
    cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_HOST);

    /* Complex numbers: a product with the conjugate, rows scaled, the greatest. */
    const int k = 5;
    cuDoubleComplex *x = managed<cuDoubleComplex>(k * k), *y = managed<cuDoubleComplex>(k * k), *z = managed<cuDoubleComplex>(k * k), one = make_cuDoubleComplex(0, 1), none = make_cuDoubleComplex(0, 0);
    for (int e = 0; e < k * k; e++) x[e] = make_cuDoubleComplex(element(0, e % k, e / k), e), y[e] = make_cuDoubleComplex(e, element(1, e % k, e / k));
    cublasZgemm(handle, CUBLAS_OP_C, CUBLAS_OP_N, k, k, k, &one, x, k, y, k, &none, z, k);
    cudaDeviceSynchronize();
    for (int e = 0; e < k * k; e++) {
        cuDoubleComplex sum = none;
        for (int l = 0; l < k; l++) sum = cuCadd(sum, cuCmul(cuConj(x[l + e % k * k]), y[l + e / k * k]));
        near("a complex product", z[e].x, -sum.y);
        near("a complex product", z[e].y, sum.x);
    }
    cublasZdgmm(handle, CUBLAS_SIDE_LEFT, k, k, x, k, y, 1, z, k);
    int place = 0;
    cublasIzamax(handle, k * k, x, 1, &place);
    cudaDeviceSynchronize();
    near("rows scaled", z[7].x, cuCmul(x[7], y[2]).x);
    for (int e = 0; e < k * k; e++) near("the greatest", std::fabs(x[place - 1].x) + std::fabs(x[place - 1].y) >= std::fabs(x[e].x) + std::fabs(x[e].y), 1);

    cublasDestroy(handle);
    printf("blas_batched: %d wrong\n", wrong);
    return wrong != 0;
}
