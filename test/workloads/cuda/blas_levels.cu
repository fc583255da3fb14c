/* cuBLAS: transposed products, updates, sums and batches, with scalars of the host and of the device, against loops of the host. */
#include <cmath>
#include <cstdio>
#include <cublas_v2.h>

static int wrong = 0;
static void near(const char *what, double got, double wanted) {
    if (std::fabs(got - wanted) <= 1e-9 * (1 + std::fabs(wanted))) return;
    printf("blas_levels: %s is %g, not %g\n", what, got, wanted);
    wrong++;
}
static double *managed(int n, int seed) {
    double *values;
    cudaMallocManaged(&values, n * sizeof *values);
    for (int i = 0; i < n; i++) values[i] = (double)((i * 37 + seed) % 23) - 11;
    return values;
}

int main() {
    const int m = 13, n = 9, k = 7, batch = 3;
    double *a = managed(m * n, 1), *b = managed(m * n, 5), *x = managed(2 * m, 2), *y = managed(2 * m, 3), *c = managed(m * m * batch, 4);
    double *scalars = managed(2, 0), *result = managed(2, 0);
    scalars[0] = 2, scalars[1] = -1;
    cublasHandle_t handle;
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS) return 2;
    const double alpha = 2, beta = -1, *host_y = managed(2 * m, 3), *host_a = managed(m * n, 1), *host_c = managed(m * m * batch, 4);

    /* y = 2 Aᵀx - y, with steps; once more with the device's scalars. */
    for (int device = 0; device < 2; device++) {
        cublasSetPointerMode(handle, device ? CUBLAS_POINTER_MODE_DEVICE : CUBLAS_POINTER_MODE_HOST);
        for (int i = 0; i < 2 * m; i++) y[i] = host_y[i];
        cublasDgemv(handle, CUBLAS_OP_T, m, n, device ? scalars : &alpha, a, m, x, 2, device ? scalars + 1 : &beta, y, 1);
        cudaDeviceSynchronize();
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int i = 0; i < m; i++) sum += a[i + j * m] * x[2 * i];
            near("gemv", y[j], 2 * sum - host_y[j]);
        }
        cublasDdot(handle, m, x, 1, y, -1, device ? result : &result[1]);
        cudaDeviceSynchronize();
        double sum = 0;
        for (int i = 0; i < m; i++) sum += x[i] * y[m - 1 - i];
        near("dot", device ? result[0] : result[1], sum);
    }
    cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_HOST);

    cublasDger(handle, m, n, &alpha, x, 1, y, 1, a, m);
    cudaDeviceSynchronize();
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) near("ger", a[i + j * m], host_a[i + j * m] + 2 * x[i] * y[j]);

    cublasDgeam(handle, CUBLAS_OP_T, CUBLAS_OP_N, n, m, &alpha, a, m, &beta, b, n, c, n);
    cudaDeviceSynchronize();
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) near("geam", c[i + j * n], 2 * a[j + i * m] - b[i + j * n]);

    /* Products of k columns of A, transposed, with those of B: as a batch of pointers, and with a stride. */
    double **pointers;
    cudaMallocManaged(&pointers, 3 * batch * sizeof *pointers);
    for (int s = 0; s < batch; s++) pointers[s] = a + s * m, pointers[batch + s] = b + s, pointers[2 * batch + s] = c + s * k * k;
    for (int strided = 0; strided < 2; strided++) {
        for (int i = 0; i < m * m * batch; i++) c[i] = host_c[i];
        if (strided) cublasDgemmStridedBatched(handle, CUBLAS_OP_T, CUBLAS_OP_N, k, k, m, &alpha, a, m, m, b, m, 1, &beta, c, k, k * k, batch);
        else cublasDgemmBatched(handle, CUBLAS_OP_T, CUBLAS_OP_N, k, k, m, &alpha, pointers, m, pointers + batch, m, &beta, pointers + 2 * batch, k, batch);
        cudaDeviceSynchronize();
        for (int s = 0; s < batch; s++)
            for (int i = 0; i < k; i++)
                for (int j = 0; j < k; j++) {
                    double sum = 0;
                    for (int l = 0; l < m; l++) sum += a[s * m + l + i * m] * b[s + l + j * m];
                    near("batch", c[s * k * k + i + j * k], 2 * sum - host_c[s * k * k + i + j * k]);
                }
    }
    near("a negative size", cublasDaxpy(handle, -1, &alpha, x, 1, y, 1), CUBLAS_STATUS_INVALID_VALUE);
    cublasDestroy(handle);
    printf("blas_levels: %d wrong\n", wrong);
    return wrong != 0;
}
