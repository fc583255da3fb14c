/* cuBLASLt: layouts, batches, epilogues and their gradients, scalars of the host and of the device, types that are mixed; what is refused. */
#include <cmath>
#include <cstdio>
#include <cublasLt.h>
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <initializer_list>

static int wrong = 0;
static void near(const char *what, double got, double wanted, double tolerance = 1e-5) {
    if (std::fabs(got - wanted) <= tolerance * (1 + std::fabs(wanted))) return;
    printf("blas_lt: %s is %g, not %g\n", what, got, wanted);
    wrong++;
}
template <class T> static T *managed(int n, int seed) {
    T *values;
    cudaMallocManaged(&values, n * sizeof *values);
    for (int i = 0; i < n; i++) values[i] = (T)(float)((i * 37 + seed) % 23 - 11);
    return values;
}

static const int M = 13, N = 9, K = 7, BATCH = 2;
static cublasLtHandle_t handle;

struct product {
    cublasLtMatmulDesc_t desc;
    cublasLtMatrixLayout_t a, b, c;
    cublasLtMatmulPreference_t preference;
    product(cublasComputeType_t compute, cudaDataType_t scale, cudaDataType_t in, cudaDataType_t out) {
        cublasOperation_t transposed = CUBLAS_OP_T;
        cublasLtMatmulDescCreate(&desc, compute, scale);
        cublasLtMatmulDescSetAttribute(desc, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed);
        cublasLtMatrixLayoutCreate(&a, in, K, M, K);
        cublasLtMatrixLayoutCreate(&b, in, K, N, K);
        cublasLtMatrixLayoutCreate(&c, out, M, N, M);
        cublasLtMatmulPreferenceCreate(&preference);
    }
    ~product() {
        cublasLtMatmulPreferenceDestroy(preference);
        cublasLtMatmulDescDestroy(desc);
        for (auto layout : {a, b, c}) cublasLtMatrixLayoutDestroy(layout);
    }
    template <class T> cublasStatus_t set(cublasLtMatmulDescAttributes_t attribute, T value) { return cublasLtMatmulDescSetAttribute(desc, attribute, &value, sizeof value); }
    cublasStatus_t run(const void *alpha, const void *x, const void *y, const void *beta, void *to) {
        cublasLtMatmulHeuristicResult_t found;
        int count = 0;
        cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(handle, desc, a, b, c, c, preference, 1, &found, &count);
        if (status != CUBLAS_STATUS_SUCCESS || count != 1) return status;
        status = cublasLtMatmul(handle, desc, alpha, x, a, y, b, beta, to, c, to, c, &found.algo, nullptr, 0, 0);
        cudaDeviceSynchronize();
        return status;
    }
};
template <class T> static double sum_of(const T *x, const T *y, int i, int j) {
    double sum = 0;
    for (int l = 0; l < K; l++) sum += (double)(float)x[l + i * K] * (double)(float)y[l + j * K];
    return sum;
}
template <class In, class Out, class Scale> static void types(const char *what, cublasComputeType_t compute, cudaDataType_t scale, cudaDataType_t in, cudaDataType_t out, double tolerance) {
    In *x = managed<In>(M * K, 1), *y = managed<In>(K * N, 5);
    Out *to = managed<Out>(M * N, 3), *old = managed<Out>(M * N, 3);
    Scale alpha = (Scale)2.0f, beta = (Scale)-1.0f;
    product p(compute, scale, in, out);
    near(what, p.run(&alpha, x, y, &beta, to), CUBLAS_STATUS_SUCCESS);
    for (int i = 0; i < M * N; i++) near(what, (double)(float)to[i], 2 * sum_of(x, y, i % M, i / M) - (double)(float)old[i], tolerance);
}
static double gelu(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }

int main() {
    if (cublasLtCreate(&handle) != CUBLAS_STATUS_SUCCESS) return 2;
    types<float, float, float>("float", CUBLAS_COMPUTE_32F, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F, 1e-6);
    types<double, double, double>("double", CUBLAS_COMPUTE_64F, CUDA_R_64F, CUDA_R_64F, CUDA_R_64F, 1e-12);
    types<__half, __half, __half>("half", CUBLAS_COMPUTE_16F, CUDA_R_16F, CUDA_R_16F, CUDA_R_16F, 1e-3);
    types<__half, float, float>("half into float", CUBLAS_COMPUTE_32F, CUDA_R_32F, CUDA_R_16F, CUDA_R_32F, 1e-6);
    types<__nv_bfloat16, __nv_bfloat16, float>("bfloat16", CUBLAS_COMPUTE_32F, CUDA_R_32F, CUDA_R_16BF, CUDA_R_16BF, 4e-3);
    types<signed char, int, int>("integers", CUBLAS_COMPUTE_32I, CUDA_R_32I, CUDA_R_8I, CUDA_R_32I, 0);

    float *x = managed<float>(M * K * BATCH, 1), *y = managed<float>(K * N * BATCH, 5), *to = managed<float>(M * N * BATCH, 3), *bias = managed<float>(M, 7), *factors = managed<float>(M, 9);
    for (int i = 0; i < K * N * BATCH; i++) y[i] *= 0.05f;
    float one = 1, zero = 0, *scalars = managed<float>(2, 0);
    scalars[0] = 2, scalars[1] = 0;

    /* Small values also come from eight bits with saturation. */
    {
        signed char *left = managed<signed char>(M * K, 1), *right = managed<signed char>(K * N, 5), *out = managed<signed char>(M * N, 0);
        product p(CUBLAS_COMPUTE_32I, CUDA_R_32F, CUDA_R_8I, CUDA_R_8I);
        float third = 1 / 3.0f;
        near("eight bits", p.run(&third, left, right, &zero, out), CUBLAS_STATUS_SUCCESS);
        for (int i = 0; i < M * N; i++) near("eight bits", out[i], std::fmax(-128, std::fmin(127, std::rint(sum_of(left, right, i % M, i / M) * third))));
    }
    /* Epilogues, with what they keep, and their gradients. */
    const int lead = 128;
    unsigned *bits = managed<unsigned>(lead * N / 32, 0);
    float *kept = managed<float>(lead * N, 0), *gradient = managed<float>(M, 0);
    for (int epilogue : {CUBLASLT_EPILOGUE_RELU, CUBLASLT_EPILOGUE_BIAS, CUBLASLT_EPILOGUE_RELU_BIAS, CUBLASLT_EPILOGUE_RELU_AUX_BIAS, CUBLASLT_EPILOGUE_GELU, CUBLASLT_EPILOGUE_GELU_AUX_BIAS}) {
        product p(CUBLAS_COMPUTE_32F, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F);
        p.set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue);
        p.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
        p.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, (long long)lead);
        p.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, epilogue & 32 ? (void *)kept : bits);
        near("an epilogue", p.run(&one, x, y, &zero, to), CUBLAS_STATUS_SUCCESS);
        for (int i = 0; i < M * N; i++) {
            double value = sum_of(x, y, i % M, i / M) + (epilogue & 4 ? bias[i % M] : 0);
            if (epilogue & 128 && epilogue & 32) near("what is kept", kept[i % M + i / M * lead], value);
            if (epilogue & 128 && epilogue & 2 && std::fabs(value) > 1e-4) near("a bit", bits[(i % M + i / M * lead) / 32] >> (i % M + i / M * lead) % 32 & 1, value > 0);
            near("an epilogue", to[i], epilogue & 2 ? std::fmax(value, 0) : epilogue & 32 ? gelu(value) : value, 1e-4);
        }
    }
    for (int epilogue : {CUBLASLT_EPILOGUE_DRELU_BGRAD, CUBLASLT_EPILOGUE_DGELU, CUBLASLT_EPILOGUE_BGRADA}) {
        product p(CUBLAS_COMPUTE_32F, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F);
        p.set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue);
        p.set(CUBLASLT_MATMUL_DESC_BIAS_POINTER, gradient);
        p.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD, (long long)lead);
        p.set(CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER, epilogue & 64 ? (void *)kept : bits);
        near("a gradient", p.run(&one, x, y, &zero, to), CUBLAS_STATUS_SUCCESS);
        for (int i = 0; i < M; i++) {
            double sum = 0, row = 0;
            for (int j = 0; j < N; j++) {
                double value = sum_of(x, y, i, j), at = kept[i + j * lead];
                if (epilogue & 8) value = bits[(i + j * lead) / 32] >> (i + j * lead) % 32 & 1 ? value : 0;
                if (epilogue & 64) value *= (gelu(at + 1e-5) - gelu(at - 1e-5)) / 2e-5;
                near("a gradient", to[i + j * M], value, 1e-4);
                sum += value;
            }
            for (int l = 0; l < K; l++) row += x[l + i * K];
            if (epilogue == CUBLASLT_EPILOGUE_DRELU_BGRAD) near("a bias's gradient", gradient[i], sum, 1e-4);
            if (epilogue == CUBLASLT_EPILOGUE_BGRADA) near("a sum of A", gradient[i], row);
        }
    }
    /* A batch; the result by rows; scalars of the device, one for all and one a row. */
    for (int pointers : {CUBLASLT_POINTER_MODE_DEVICE, CUBLASLT_POINTER_MODE_ALPHA_DEVICE_VECTOR_BETA_ZERO}) {
        product p(CUBLAS_COMPUTE_32F, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F);
        p.set(CUBLASLT_MATMUL_DESC_POINTER_MODE, pointers);
        int count = BATCH, order = CUBLASLT_ORDER_ROW;
        long long strides[] = {M * K, K * N, M * N}, row = N;
        for (int i = 0; i < 3; i++) {
            cublasLtMatrixLayoutSetAttribute(i == 0 ? p.a : i == 1 ? p.b : p.c, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof count);
            cublasLtMatrixLayoutSetAttribute(i == 0 ? p.a : i == 1 ? p.b : p.c, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &strides[i], sizeof strides[i]);
        }
        cublasLtMatrixLayoutSetAttribute(p.c, CUBLASLT_MATRIX_LAYOUT_ORDER, &order, sizeof order);
        cublasLtMatrixLayoutSetAttribute(p.c, CUBLASLT_MATRIX_LAYOUT_LD, &row, sizeof row);
        bool vector = pointers != CUBLASLT_POINTER_MODE_DEVICE;
        near("a batch", p.run(vector ? factors : scalars, x, y, scalars + 1, to), CUBLAS_STATUS_SUCCESS);
        for (int which = 0; which < BATCH; which++)
            for (int i = 0; i < M * N; i++) near("a batch", to[which * M * N + i], (vector ? factors[i / N] : 2) * sum_of(x + which * M * K, y + which * K * N, i / N, i % N), 1e-4);
    }
    /* What is refused, and what attributes say. */
    {
        product p(CUBLAS_COMPUTE_32F, CUDA_R_32F, CUDA_R_32F, CUDA_R_32F), mixed(CUBLAS_COMPUTE_32F, CUDA_R_32F, CUDA_R_64F, CUDA_R_32F);
        near("types that do not go together", mixed.run(&one, x, y, &zero, to), CUBLAS_STATUS_NOT_SUPPORTED);
        near("an attribute of another size", cublasLtMatmulDescSetAttribute(p.desc, CUBLASLT_MATMUL_DESC_TRANSA, &one, 1), CUBLAS_STATUS_INVALID_VALUE);
        near("an unknown attribute", p.set((cublasLtMatmulDescAttributes_t)99, 1), CUBLAS_STATUS_INVALID_VALUE);
        unsigned long long rows = 0;
        size_t written = 0;
        near("rows", cublasLtMatrixLayoutGetAttribute(p.a, CUBLASLT_MATRIX_LAYOUT_ROWS, &rows, sizeof rows, &written), CUBLAS_STATUS_SUCCESS);
        near("rows", (double)rows, K);
        near("bytes", (double)written, 8);
        p.set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
        near("a bias that is nowhere", p.run(&one, x, y, &zero, to), CUBLAS_STATUS_INVALID_VALUE);
        int order = CUBLASLT_ORDER_COL32;
        cublasLtMatrixLayoutSetAttribute(p.c, CUBLASLT_MATRIX_LAYOUT_ORDER, &order, sizeof order);
        near("tiles", p.run(&one, x, y, &zero, to), CUBLAS_STATUS_NOT_SUPPORTED);
        rows = K + 1;
        cublasLtMatrixLayoutSetAttribute(p.b, CUBLASLT_MATRIX_LAYOUT_ROWS, &rows, sizeof rows);
        near("shapes that do not go together", p.run(&one, x, y, &zero, to), CUBLAS_STATUS_INVALID_VALUE);
    }
    cublasLtDestroy(handle);
    printf("blas_lt: %d wrong\n", wrong);
    return wrong != 0;
}
