/* Products of matrices and of vectors whose elements are halves, bfloats, bytes or doubles, as each call says, against loops of the host. */
#include <cmath>
#include <cstdio>
#include <cublas_v2.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>

enum { M = 9, N = 7, K = 12, BATCH = 2 };

template <class T> T make(int i) { return T((float)(i % 7 - 3)); }
template <class T> double number(T x) { return (double)(float)x; }
template <> double number(double x) { return x; }

template <class T, class C, class S> int product(cublasHandle_t h, cudaDataType type, cudaDataType to, cublasComputeType_t compute) {
    T *a, *b;
    C *c;
    cudaMallocManaged(&a, BATCH * M * K * sizeof(T));
    cudaMallocManaged(&b, BATCH * K * N * sizeof(T));
    cudaMallocManaged(&c, BATCH * M * N * sizeof(C));
    for (int i = 0; i < BATCH * M * K; i++) a[i] = make<T>(i);
    for (int i = 0; i < BATCH * K * N; i++) b[i] = make<T>(i + 2);
    for (int i = 0; i < BATCH * M * N; i++) c[i] = make<C>(i);
    S alpha = S(2), beta = S(3);
    int wrong = cublasGemmStridedBatchedEx(h, CUBLAS_OP_T, CUBLAS_OP_N, M, N, K, &alpha, a, type, K, M * K, b, type, K, K * N, &beta, c, to, M, M * N, BATCH, compute, CUBLAS_GEMM_DEFAULT) != CUBLAS_STATUS_SUCCESS;
    cudaDeviceSynchronize();
    for (int i = 0; i < BATCH * M * N; i++) {
        int which = i / (M * N), row = i % M, column = i / M % N;
        double sum = 0;
        for (int j = 0; j < K; j++) sum += number(a[which * M * K + j + row * K]) * number(b[which * K * N + j + column * K]);
        wrong += std::fabs(number(c[i]) - (2 * sum + 3 * number(make<C>(i)))) > 0.5;
    }
    cudaFree(a), cudaFree(b), cudaFree(c);
    return wrong;
}

template <class T> int dot(cublasHandle_t h, cudaDataType type, cudaDataType compute) {
    T *x, *result, here = T(0.0f);
    cudaMallocManaged(&x, 100 * sizeof(T));
    cudaMallocManaged(&result, sizeof(T));
    for (int i = 0; i < 100; i++) x[i] = T(0.5f);
    cublasSetPointerMode(h, CUBLAS_POINTER_MODE_DEVICE);
    int wrong = cublasDotEx(h, 100, x, type, 1, x, type, 1, result, type, compute) != CUBLAS_STATUS_SUCCESS;
    cudaDeviceSynchronize();
    cublasSetPointerMode(h, CUBLAS_POINTER_MODE_HOST);
    wrong += cublasDotEx_64(h, 50, x, type, -2, x, type, 2, &here, type, compute) != CUBLAS_STATUS_SUCCESS;
    wrong += (number(*result) != 25) + (number(here) != 12.5);
    cudaFree(x), cudaFree(result);
    return wrong;
}

int main() {
    cublasHandle_t h;
    cublasCreate(&h);
    int wrong = product<__half, __half, float>(h, CUDA_R_16F, CUDA_R_16F, CUBLAS_COMPUTE_32F);
    wrong += product<__half, float, float>(h, CUDA_R_16F, CUDA_R_32F, CUBLAS_COMPUTE_32F);
    wrong += product<__nv_bfloat16, float, float>(h, CUDA_R_16BF, CUDA_R_32F, CUBLAS_COMPUTE_32F_FAST_16BF);
    wrong += product<signed char, int, int>(h, CUDA_R_8I, CUDA_R_32I, CUBLAS_COMPUTE_32I);
    wrong += product<double, double, double>(h, CUDA_R_64F, CUDA_R_64F, CUBLAS_COMPUTE_64F);
    wrong += product<__half, __half, __half>(h, CUDA_R_16F, CUDA_R_16F, CUBLAS_COMPUTE_16F);
    wrong += dot<float>(h, CUDA_R_32F, CUDA_R_32F) + dot<double>(h, CUDA_R_64F, CUDA_R_64F) + dot<__half>(h, CUDA_R_16F, CUDA_R_32F);
    float none = 0;
    wrong += cublasDotEx(h, 1, &none, CUDA_C_32F, 1, &none, CUDA_C_32F, 1, &none, CUDA_C_32F, CUDA_C_32F) != CUBLAS_STATUS_NOT_SUPPORTED;
    printf("blas_mixed: %d wrong\n", wrong);
    cublasDestroy(h);
    return wrong != 0;
}
