/* cuBLAS: a product of matrices and levels 1 and 2, against loops of the host. */
#include <cmath>
#include <cstdio>
#include <cublas_v2.h>
#include <vector>

int main() {
    const int m = 24, n = 17, k = 31;
    std::vector<float> a(m * k), b(k * n), c(m * n, 1.0f);
    for (int i = 0; i < m * k; i++) a[i] = (float)(i % 7) - 3;
    for (int i = 0; i < k * n; i++) b[i] = (float)(i % 5) - 2;
    float *da, *db, *dc;
    cudaMalloc(&da, a.size() * sizeof(float));
    cudaMalloc(&db, b.size() * sizeof(float));
    cudaMalloc(&dc, c.size() * sizeof(float));
    cublasHandle_t handle;
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS) return 2;
    cublasSetMatrix(m, k, sizeof(float), a.data(), m, da, m);
    cublasSetMatrix(n, k, sizeof(float), b.data(), n, db, n);
    cublasSetMatrix(m, n, sizeof(float), c.data(), m, dc, m);
    const float alpha = 2, beta = 3;
    cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_T, m, n, k, &alpha, da, m, db, n, &beta, dc, m);
    cublasGetMatrix(m, n, sizeof(float), dc, m, c.data(), m);
    int wrong = 0;
    for (int row = 0; row < m; row++)
        for (int column = 0; column < n; column++) {
            float sum = 0;
            for (int j = 0; j < k; j++) sum += a[row + j * m] * b[column + j * n];
            wrong += std::fabs(c[row + column * m] - (2 * sum + 3)) > 1e-3f;
        }
    double *x, *y, dot, norm, one = 1;
    int greatest;
    cudaMallocManaged(&x, 1000 * sizeof *x);
    cudaMallocManaged(&y, 1000 * sizeof *y);
    for (int i = 0; i < 1000; i++) x[i] = i == 321 ? -50 : 2, y[i] = 1;
    cublasIdamax(handle, 1000, x, 1, &greatest);
    cublasDdot(handle, 1000, x, 1, y, 1, &dot);
    cublasDaxpy(handle, 500, &one, x, 2, y, 1);
    cublasDnrm2(handle, 500, y, 1, &norm);
    wrong += greatest != 322 || dot != 999 * 2 - 50 || std::fabs(norm - std::sqrt(500 * 9.0)) > 1e-9;
    printf("blas: dot %g, greatest at %d, %d wrong\n", dot, greatest, wrong);
    cublasDestroy(handle);
    return wrong != 0;
}
