/* hipBLASLt, hipBLAS's batches, hipSOLVER, hipFFT and HIP's floats of eight bits by their own names. */
#include <cmath>
#include <cstdio>
#include <hip/hip_fp8.h>
#include <hip/hip_runtime.h>
#include <hipblas/hipblas.h>
#include <hipblaslt/hipblaslt.h>
#include <hipfft/hipfft.h>
#include <hipsolver/hipsolver.h>

static int wrong = 0;
static void near(const char *what, double got, double wanted) {
    if (std::fabs(got - wanted) <= 1e-5) return;
    printf("solvers: %s is %g, not %g\n", what, got, wanted);
    wrong++;
}
template <class T> static T *managed(size_t n) {
    T *values;
    (void)hipMallocManaged(&values, n * sizeof *values);
    return values;
}

int main() {
    /* ReLU(AB + bias) of eight bits without infinities, into such. */
    const int n = 4;
    auto *a = managed<hipblaslt_f8_fnuz>(n * n), *b = managed<hipblaslt_f8_fnuz>(n * n), *c = managed<hipblaslt_f8_fnuz>(n * n);
    auto *bias = managed<hipblasLtHalf>(n);
    for (int i = 0; i < n * n; i++) a[i] = hipblaslt_f8_fnuz((float)(i % 3 - 1)), b[i] = hipblaslt_f8_fnuz((float)(i % 5 - 2)), c[i] = hipblaslt_f8_fnuz(0.0f);
    for (int i = 0; i < n; i++) bias[i] = (float)i;
    hipblasLtHandle_t lt;
    hipblasLtMatmulDesc_t desc;
    hipblasLtMatrixLayout_t layout;
    hipblasLtMatmulPreference_t preference;
    hipblasLtMatmulHeuristicResult_t found;
    hipblasLtEpilogue_t epilogue = HIPBLASLT_EPILOGUE_RELU_BIAS;
    hipDataType half = HIP_R_16F;
    int count = 0;
    float one = 1, zero = 0;
    hipblasLtCreate(&lt);
    hipblasLtMatmulDescCreate(&desc, HIPBLAS_COMPUTE_32F, HIP_R_32F);
    hipblasLtMatmulDescSetAttribute(desc, HIPBLASLT_MATMUL_DESC_EPILOGUE, &epilogue, sizeof epilogue);
    hipblasLtMatmulDescSetAttribute(desc, HIPBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof bias);
    hipblasLtMatmulDescSetAttribute(desc, HIPBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, &half, sizeof half);
    hipblasLtMatrixLayoutCreate(&layout, HIP_R_8F_E4M3_FNUZ, n, n, n);
    hipblasLtMatmulPreferenceCreate(&preference);
    near("a heuristic", hipblasLtMatmulAlgoGetHeuristic(lt, desc, layout, layout, layout, layout, preference, 1, &found, &count), HIPBLAS_STATUS_SUCCESS);
    near("a product", hipblasLtMatmul(lt, desc, &one, a, layout, b, layout, &zero, c, layout, c, layout, &found.algo, nullptr, 0, 0), HIPBLAS_STATUS_SUCCESS);
    (void)hipDeviceSynchronize();
    for (int i = 0; i < n * n; i++) {
        float sum = (float)(i % n);
        for (int l = 0; l < n; l++) sum += (float)a[i % n + l * n] * (float)b[l + i / n * n];
        near("a layer", (float)c[i], std::fmax(sum, 0));
    }
    hipblasLtMatmulPreferenceDestroy(preference);
    hipblasLtMatrixLayoutDestroy(layout);
    hipblasLtMatmulDescDestroy(desc);
    hipblasLtDestroy(lt);

    near("too large", __hip_cvt_float_to_fp8(1000, __HIP_SATFINITE, __HIP_E4M3_FNUZ), 0x7f);
    near("infinite", __hip_cvt_float_to_fp8(INFINITY, __HIP_SATFINITE, __HIP_E4M3_FNUZ), 0x80);
    near("minus nothing", __hip_cvt_float_to_fp8(-0.0f, __HIP_SATFINITE, __HIP_E5M2_FNUZ), 0);
    near("the least", (float)__hip_fp8_e4m3_fnuz(0x1p-10f), 0x1p-10f);
    near("two", __hip_fp8x2_e4m3_fnuz(make_float2(1, -2)).__x, 0xc840);

    /* [4 2; 2 3] x = [8; 7], by LU in a batch, and by Cholesky. */
    double *matrix = managed<double>(4), *right = managed<double>(2), *work, **places = managed<double *>(2);
    int *pivots = managed<int>(2), *info = managed<int>(1), size = 0;
    const double rows[] = {4, 2, 2, 3};
    hipblasHandle_t blas;
    hipsolverHandle_t solver;
    hipblasCreate(&blas);
    hipsolverCreate(&solver);
    for (int way = 0; way < 2; way++) {
        for (int i = 0; i < 4; i++) matrix[i] = rows[i];
        right[0] = 8, right[1] = 7, places[0] = matrix, places[1] = right;
        if (way == 0) {
            hipblasDgetrfBatched(blas, 2, places, 2, pivots, info, 1);
            hipblasDgetrsBatched(blas, HIPBLAS_OP_N, 2, 1, places, 2, pivots, places + 1, 2, &size, 1);
        } else {
            hipsolverDpotrf_bufferSize(solver, HIPSOLVER_FILL_MODE_LOWER, 2, matrix, 2, &size);
            work = managed<double>(size);
            hipsolverDpotrf(solver, HIPSOLVER_FILL_MODE_LOWER, 2, matrix, 2, work, size, info);
            hipsolverDpotrs(solver, HIPSOLVER_FILL_MODE_LOWER, 2, 1, matrix, 2, right, 2, work, size, info);
        }
        (void)hipDeviceSynchronize();
        near("a solution", right[0], 1.25);
        near("a solution", right[1], 1.5);
    }
    /* The same by QR, whose triangle the host solves. */
    for (int i = 0; i < 4; i++) matrix[i] = rows[i];
    right[0] = 8, right[1] = 7;
    double *factors = managed<double>(2);
    hipsolverDgeqrf_bufferSize(solver, 2, 2, matrix, 2, &size);
    hipsolverDgeqrf(solver, 2, 2, matrix, 2, factors, managed<double>(size), size, info);
    hipsolverDormqr_bufferSize(solver, HIPSOLVER_SIDE_LEFT, HIPSOLVER_OP_T, 2, 1, 2, matrix, 2, factors, right, 2, &size);
    hipsolverDormqr(solver, HIPSOLVER_SIDE_LEFT, HIPSOLVER_OP_T, 2, 1, 2, matrix, 2, factors, right, 2, managed<double>(size), size, info);
    (void)hipDeviceSynchronize();
    near("a solution by QR", right[1] / matrix[3], 1.5);
    near("a solution by QR", (right[0] - matrix[2] * right[1] / matrix[3]) / matrix[0], 1.25);
    hipsolverDgeqrf(solver, 2, 2, matrix, 2, factors, work, size, info);
    hipsolverDorgqr_bufferSize(solver, 2, 2, 2, matrix, 2, factors, &size);
    hipsolverDorgqr(solver, 2, 2, 2, matrix, 2, factors, managed<double>(size), size, info);
    (void)hipDeviceSynchronize();
    near("a basis", matrix[0] * matrix[2] + matrix[1] * matrix[3], 0);
    hipsolverDestroy(solver);
    hipblasDestroy(blas);

    /* One of six turns round in step 1. */
    hipfftComplex *wave = managed<hipfftComplex>(6);
    for (int i = 0; i < 6; i++) wave[i] = {(float)std::cos(2 * M_PI * i / 6), (float)std::sin(2 * M_PI * i / 6)};
    hipfftHandle plan;
    hipfftPlan1d(&plan, 6, HIPFFT_C2C, 1);
    hipfftExecC2C(plan, wave, wave, HIPFFT_FORWARD);
    (void)hipDeviceSynchronize();
    for (int i = 0; i < 6; i++) near("a wave", wave[i].x, i == 1 ? 6 : 0);
    hipfftExecC2C(plan, wave, wave, HIPFFT_BACKWARD);
    (void)hipDeviceSynchronize();
    near("the wave again", wave[0].x, 6);
    hipfftDestroy(plan);
    printf("solvers: %d wrong\n", wrong);
    return wrong != 0;
}
