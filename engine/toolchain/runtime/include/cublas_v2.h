/*
 * cuBLAS over blas/kernels.h: levels 1 to 3 as far as they are listed here, for float and double, and products of mixed types. Calls are in C++ that nvcc compiles, since
 * their kernels come with them. Source: cuBLAS documentation.
 */
#ifndef FAULTLINE_CUBLAS_V2_H
#define FAULTLINE_CUBLAS_V2_H
#define CUBLAS_V2_H_
#define CUBLAS_API_H_
#include "blas/mixed.h"

typedef enum { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_NOT_INITIALIZED = 1, CUBLAS_STATUS_ALLOC_FAILED = 3, CUBLAS_STATUS_INVALID_VALUE = 7, CUBLAS_STATUS_ARCH_MISMATCH = 8, CUBLAS_STATUS_MAPPING_ERROR = 11, CUBLAS_STATUS_EXECUTION_FAILED = 13, CUBLAS_STATUS_INTERNAL_ERROR = 14, CUBLAS_STATUS_NOT_SUPPORTED = 15, CUBLAS_STATUS_LICENSE_ERROR = 16 } cublasStatus_t;
typedef enum { CUBLAS_OP_N = 0, CUBLAS_OP_T = 1, CUBLAS_OP_C = 2 } cublasOperation_t;
typedef enum { CUBLAS_POINTER_MODE_HOST = 0, CUBLAS_POINTER_MODE_DEVICE = 1 } cublasPointerMode_t;
typedef enum { CUBLAS_ATOMICS_NOT_ALLOWED = 0, CUBLAS_ATOMICS_ALLOWED = 1 } cublasAtomicsMode_t;
typedef enum { CUBLAS_DEFAULT_MATH = 0, CUBLAS_TENSOR_OP_MATH = 1, CUBLAS_PEDANTIC_MATH = 2, CUBLAS_TF32_TENSOR_OP_MATH = 3 } cublasMath_t;
typedef enum { CUBLAS_COMPUTE_16F = 64, CUBLAS_COMPUTE_16F_PEDANTIC = 65, CUBLAS_COMPUTE_32F = 68, CUBLAS_COMPUTE_32F_PEDANTIC = 69, CUBLAS_COMPUTE_64F = 70, CUBLAS_COMPUTE_64F_PEDANTIC = 71, CUBLAS_COMPUTE_32I = 72, CUBLAS_COMPUTE_32I_PEDANTIC = 73, CUBLAS_COMPUTE_32F_FAST_16F = 74, CUBLAS_COMPUTE_32F_FAST_16BF = 75, CUBLAS_COMPUTE_32F_FAST_TF32 = 77 } cublasComputeType_t;
typedef enum { CUBLAS_GEMM_DFALT = -1, CUBLAS_GEMM_DEFAULT = -1, CUBLAS_GEMM_DEFAULT_TENSOR_OP = 99, CUBLAS_GEMM_DFALT_TENSOR_OP = 99 } cublasGemmAlgo_t;
typedef cudaDataType cublasDataType_t;
typedef faultline::blas::handle *cublasHandle_t;

inline cublasStatus_t cublasCreate(cublasHandle_t *handle) {
    *handle = new faultline::blas::handle{};
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasDestroy(cublasHandle_t handle) {
    if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasSetStream(cublasHandle_t h, cudaStream_t stream) { return h->stream = stream, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasGetStream(cublasHandle_t h, cudaStream_t *stream) { return *stream = h->stream, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasSetPointerMode(cublasHandle_t h, cublasPointerMode_t mode) { return h->device_scalars = mode == CUBLAS_POINTER_MODE_DEVICE, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasGetPointerMode(cublasHandle_t h, cublasPointerMode_t *mode) { return *mode = (cublasPointerMode_t)h->device_scalars, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasSetMathMode(cublasHandle_t h, cublasMath_t mode) { return h->math = mode, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasSetAtomicsMode(cublasHandle_t h, cublasAtomicsMode_t mode) { return h->atomics = mode, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasGetVersion(cublasHandle_t, int *version) { return *version = 120000, CUBLAS_STATUS_SUCCESS; }
inline const char *cublasGetStatusString(cublasStatus_t status) { return status == CUBLAS_STATUS_SUCCESS ? "success" : status == CUBLAS_STATUS_INVALID_VALUE ? "an unsupported value or parameter was passed to the function" : "the cuBLAS operation failed"; }
inline const char *cublasGetStatusName(cublasStatus_t status) { return status == CUBLAS_STATUS_SUCCESS ? "CUBLAS_STATUS_SUCCESS" : status == CUBLAS_STATUS_INVALID_VALUE ? "CUBLAS_STATUS_INVALID_VALUE" : "CUBLAS_STATUS_EXECUTION_FAILED"; }

/* Columns with a step between their elements, or between their beginnings, are rows of a two-dimensional copy. */
inline cublasStatus_t cublasSetVector(int n, int bytes, const void *x, int dx, void *y, int dy) {
    return cudaMemcpy2D(y, (size_t)dy * bytes, x, (size_t)dx * bytes, bytes, n, cudaMemcpyHostToDevice) == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_MAPPING_ERROR;
}
inline cublasStatus_t cublasGetVector(int n, int bytes, const void *x, int dx, void *y, int dy) {
    return cudaMemcpy2D(y, (size_t)dy * bytes, x, (size_t)dx * bytes, bytes, n, cudaMemcpyDeviceToHost) == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_MAPPING_ERROR;
}
inline cublasStatus_t cublasSetMatrix(int rows, int columns, int bytes, const void *a, int la, void *b, int lb) {
    return cudaMemcpy2D(b, (size_t)lb * bytes, a, (size_t)la * bytes, (size_t)rows * bytes, columns, cudaMemcpyHostToDevice) == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_MAPPING_ERROR;
}
inline cublasStatus_t cublasGetMatrix(int rows, int columns, int bytes, const void *a, int la, void *b, int lb) {
    return cudaMemcpy2D(b, (size_t)lb * bytes, a, (size_t)la * bytes, (size_t)rows * bytes, columns, cudaMemcpyDeviceToHost) == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_MAPPING_ERROR;
}

#define FAULTLINE_BLAS_CALL(name, parameters, sizes, call)                                                                           \
    inline cublasStatus_t name parameters {                                                                                          \
        if (!h) return CUBLAS_STATUS_NOT_INITIALIZED;                                                                                \
        if (sizes) return CUBLAS_STATUS_INVALID_VALUE;                                                                               \
        return (cublasStatus_t)faultline::blas::call;                                                                                \
    }
FAULTLINE_BLAS_CALL(cublasSaxpy, (cublasHandle_t h, int n, const float *alpha, const float *x, int dx, float *y, int dy), n < 0, axpy(h, n, alpha, x, dx, y, dy))
FAULTLINE_BLAS_CALL(cublasSscal, (cublasHandle_t h, int n, const float *alpha, float *x, int dx), n < 0, scal(h, n, alpha, x, dx))
FAULTLINE_BLAS_CALL(cublasScopy, (cublasHandle_t h, int n, const float *x, int dx, float *y, int dy), n < 0, copy(h, n, x, dx, y, dy))
FAULTLINE_BLAS_CALL(cublasSswap, (cublasHandle_t h, int n, float *x, int dx, float *y, int dy), n < 0, swap(h, n, x, dx, y, dy))
FAULTLINE_BLAS_CALL(cublasSdot, (cublasHandle_t h, int n, const float *x, int dx, const float *y, int dy, float *result), n < 0, dot(h, n, x, dx, y, dy, result))
FAULTLINE_BLAS_CALL(cublasSasum, (cublasHandle_t h, int n, const float *x, int dx, float *result), n < 0, asum(h, n, x, dx, result))
FAULTLINE_BLAS_CALL(cublasSnrm2, (cublasHandle_t h, int n, const float *x, int dx, float *result), n < 0, nrm2(h, n, x, dx, result))
FAULTLINE_BLAS_CALL(cublasSgemv, (cublasHandle_t h, cublasOperation_t t, int m, int n, const float *alpha, const float *a, int lead, const float *x, int dx, const float *beta, float *y, int dy), m < 0 || n < 0, gemv(h, t != CUBLAS_OP_N, m, n, alpha, a, lead, x, dx, beta, y, dy))
FAULTLINE_BLAS_CALL(cublasSger, (cublasHandle_t h, int m, int n, const float *alpha, const float *x, int dx, const float *y, int dy, float *a, int lead), m < 0 || n < 0, ger(h, m, n, alpha, x, dx, y, dy, a, lead))
FAULTLINE_BLAS_CALL(cublasSgemm, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const float *alpha, const float *a, int la, const float *b, int lb, const float *beta, float *c, int lc), m < 0 || n < 0 || k < 0, gemm(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, la, 0, b, lb, 0, beta, c, lc, 0, 1))
FAULTLINE_BLAS_CALL(cublasSgemmStridedBatched, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const float *alpha, const float *a, int la, long long sa, const float *b, int lb, long long sb, const float *beta, float *c, int lc, long long sc, int batch), m < 0 || n < 0 || k < 0 || batch < 0, gemm(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, la, sa, b, lb, sb, beta, c, lc, sc, batch))
FAULTLINE_BLAS_CALL(cublasSgemmBatched, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const float *alpha, const float *const a[], int la, const float *const b[], int lb, const float *beta, float *const c[], int lc, int batch), m < 0 || n < 0 || k < 0 || batch < 0, gemm_of_pointers(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, la, b, lb, beta, c, lc, batch))
FAULTLINE_BLAS_CALL(cublasSgeam, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, const float *alpha, const float *a, int la, const float *beta, const float *b, int lb, float *c, int lc), m < 0 || n < 0, geam(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, alpha, a, la, beta, b, lb, c, lc))
inline cublasStatus_t cublasIsamax(cublasHandle_t h, int n, const float *x, int dx, int *result) { return (cublasStatus_t)faultline::blas::extreme<true>(h, n, x, dx, result); }
inline cublasStatus_t cublasIsamin(cublasHandle_t h, int n, const float *x, int dx, int *result) { return (cublasStatus_t)faultline::blas::extreme<false>(h, n, x, dx, result); }
FAULTLINE_BLAS_CALL(cublasDaxpy, (cublasHandle_t h, int n, const double *alpha, const double *x, int dx, double *y, int dy), n < 0, axpy(h, n, alpha, x, dx, y, dy))
FAULTLINE_BLAS_CALL(cublasDscal, (cublasHandle_t h, int n, const double *alpha, double *x, int dx), n < 0, scal(h, n, alpha, x, dx))
FAULTLINE_BLAS_CALL(cublasDcopy, (cublasHandle_t h, int n, const double *x, int dx, double *y, int dy), n < 0, copy(h, n, x, dx, y, dy))
FAULTLINE_BLAS_CALL(cublasDswap, (cublasHandle_t h, int n, double *x, int dx, double *y, int dy), n < 0, swap(h, n, x, dx, y, dy))
FAULTLINE_BLAS_CALL(cublasDdot, (cublasHandle_t h, int n, const double *x, int dx, const double *y, int dy, double *result), n < 0, dot(h, n, x, dx, y, dy, result))
FAULTLINE_BLAS_CALL(cublasDasum, (cublasHandle_t h, int n, const double *x, int dx, double *result), n < 0, asum(h, n, x, dx, result))
FAULTLINE_BLAS_CALL(cublasDnrm2, (cublasHandle_t h, int n, const double *x, int dx, double *result), n < 0, nrm2(h, n, x, dx, result))
FAULTLINE_BLAS_CALL(cublasDgemv, (cublasHandle_t h, cublasOperation_t t, int m, int n, const double *alpha, const double *a, int lead, const double *x, int dx, const double *beta, double *y, int dy), m < 0 || n < 0, gemv(h, t != CUBLAS_OP_N, m, n, alpha, a, lead, x, dx, beta, y, dy))
FAULTLINE_BLAS_CALL(cublasDger, (cublasHandle_t h, int m, int n, const double *alpha, const double *x, int dx, const double *y, int dy, double *a, int lead), m < 0 || n < 0, ger(h, m, n, alpha, x, dx, y, dy, a, lead))
FAULTLINE_BLAS_CALL(cublasDgemm, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const double *alpha, const double *a, int la, const double *b, int lb, const double *beta, double *c, int lc), m < 0 || n < 0 || k < 0, gemm(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, la, 0, b, lb, 0, beta, c, lc, 0, 1))
FAULTLINE_BLAS_CALL(cublasDgemmStridedBatched, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const double *alpha, const double *a, int la, long long sa, const double *b, int lb, long long sb, const double *beta, double *c, int lc, long long sc, int batch), m < 0 || n < 0 || k < 0 || batch < 0, gemm(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, la, sa, b, lb, sb, beta, c, lc, sc, batch))
FAULTLINE_BLAS_CALL(cublasHgemmStridedBatched, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const __half *alpha, const __half *a, int la, long long sa, const __half *b, int lb, long long sb, const __half *beta, __half *c, int lc, long long sc, int batch), m < 0 || n < 0 || k < 0 || batch < 0, gemm(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, la, sa, b, lb, sb, beta, c, lc, sc, batch))
FAULTLINE_BLAS_CALL(cublasDgemmBatched, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const double *alpha, const double *const a[], int la, const double *const b[], int lb, const double *beta, double *const c[], int lc, int batch), m < 0 || n < 0 || k < 0 || batch < 0, gemm_of_pointers(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, la, b, lb, beta, c, lc, batch))
FAULTLINE_BLAS_CALL(cublasHgemmBatched, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const __half *alpha, const __half *const a[], int la, const __half *const b[], int lb, const __half *beta, __half *const c[], int lc, int batch), m < 0 || n < 0 || k < 0 || batch < 0, gemm_of_pointers(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, la, b, lb, beta, c, lc, batch))
FAULTLINE_BLAS_CALL(cublasDgeam, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, const double *alpha, const double *a, int la, const double *beta, const double *b, int lb, double *c, int lc), m < 0 || n < 0, geam(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, alpha, a, la, beta, b, lb, c, lc))
inline cublasStatus_t cublasIdamax(cublasHandle_t h, int n, const double *x, int dx, int *result) { return (cublasStatus_t)faultline::blas::extreme<true>(h, n, x, dx, result); }
inline cublasStatus_t cublasIdamin(cublasHandle_t h, int n, const double *x, int dx, int *result) { return (cublasStatus_t)faultline::blas::extreme<false>(h, n, x, dx, result); }
/* What alpha, beta and the sums are. */
inline cudaDataType faultline_compute_type(cudaDataType type) { return type; }
inline cudaDataType faultline_compute_type(cublasComputeType_t type) {
    return type == CUBLAS_COMPUTE_64F || type == CUBLAS_COMPUTE_64F_PEDANTIC ? CUDA_R_64F : type == CUBLAS_COMPUTE_32I || type == CUBLAS_COMPUTE_32I_PEDANTIC ? CUDA_R_32I : type == CUBLAS_COMPUTE_16F || type == CUBLAS_COMPUTE_16F_PEDANTIC ? CUDA_R_16F : CUDA_R_32F;
}
template <class Compute> FAULTLINE_BLAS_CALL(cublasGemmEx, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const void *alpha, const void *a, cudaDataType at, int la, const void *b, cudaDataType bt, int lb, const void *beta, void *c, cudaDataType ct, int lc, Compute compute, cublasGemmAlgo_t), m < 0 || n < 0 || k < 0, gemm_ex(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, at, la, 0, b, bt, lb, 0, beta, c, ct, lc, 0, 1, faultline_compute_type(compute)))
template <class Compute> FAULTLINE_BLAS_CALL(cublasGemmStridedBatchedEx, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const void *alpha, const void *a, cudaDataType at, int la, long long sa, const void *b, cudaDataType bt, int lb, long long sb, const void *beta, void *c, cudaDataType ct, int lc, long long sc, int batch, Compute compute, cublasGemmAlgo_t), m < 0 || n < 0 || k < 0 || batch < 0, gemm_ex(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, at, la, sa, b, bt, lb, sb, beta, c, ct, lc, sc, batch, faultline_compute_type(compute)))
FAULTLINE_BLAS_CALL(cublasSgemmEx, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const float *alpha, const void *a, cudaDataType at, int la, const void *b, cudaDataType bt, int lb, const float *beta, void *c, cudaDataType ct, int lc), m < 0 || n < 0 || k < 0, gemm_ex(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, at, la, 0, b, bt, lb, 0, beta, c, ct, lc, 0, 1, CUDA_R_32F))
FAULTLINE_BLAS_CALL(cublasHgemm, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const __half *alpha, const __half *a, int la, const __half *b, int lb, const __half *beta, __half *c, int lc), m < 0 || n < 0 || k < 0, gemm_ex(h, ta != CUBLAS_OP_N, tb != CUBLAS_OP_N, m, n, k, alpha, a, CUDA_R_16F, la, 0, b, CUDA_R_16F, lb, 0, beta, c, CUDA_R_16F, lc, 0, 1, CUDA_R_16F))
FAULTLINE_BLAS_CALL(cublasDotEx, (cublasHandle_t h, int n, const void *x, cudaDataType xt, int dx, const void *y, cudaDataType yt, int dy, void *result, cudaDataType rt, cudaDataType), n < 0, dot_ex(h, n, x, xt, dx, y, yt, dy, result, rt))
FAULTLINE_BLAS_CALL(cublasDotEx_64, (cublasHandle_t h, long long n, const void *x, cudaDataType xt, long long dx, const void *y, cudaDataType yt, long long dy, void *result, cudaDataType rt, cudaDataType), n < 0 || n > 0x7fffffff, dot_ex(h, n, x, xt, dx, y, yt, dy, result, rt))
#undef FAULTLINE_BLAS_CALL
#define cublasCreate_v2 cublasCreate
#define cublasDestroy_v2 cublasDestroy
#define cublasSetStream_v2 cublasSetStream
#define cublasGetStream_v2 cublasGetStream
#define cublasSetPointerMode_v2 cublasSetPointerMode
#define cublasGetPointerMode_v2 cublasGetPointerMode
#define cublasGetVersion_v2 cublasGetVersion
#define cublasSaxpy_v2 cublasSaxpy
#define cublasSscal_v2 cublasSscal
#define cublasScopy_v2 cublasScopy
#define cublasSswap_v2 cublasSswap
#define cublasSdot_v2 cublasSdot
#define cublasSasum_v2 cublasSasum
#define cublasSnrm2_v2 cublasSnrm2
#define cublasSgemv_v2 cublasSgemv
#define cublasSger_v2 cublasSger
#define cublasSgemm_v2 cublasSgemm
#define cublasSgemmStridedBatched_v2 cublasSgemmStridedBatched
#define cublasSgemmBatched_v2 cublasSgemmBatched
#define cublasSgeam_v2 cublasSgeam
#define cublasIsamax_v2 cublasIsamax
#define cublasIsamin_v2 cublasIsamin
#define cublasDaxpy_v2 cublasDaxpy
#define cublasDscal_v2 cublasDscal
#define cublasDcopy_v2 cublasDcopy
#define cublasDswap_v2 cublasDswap
#define cublasDdot_v2 cublasDdot
#define cublasDasum_v2 cublasDasum
#define cublasDnrm2_v2 cublasDnrm2
#define cublasDgemv_v2 cublasDgemv
#define cublasDger_v2 cublasDger
#define cublasDgemm_v2 cublasDgemm
#define cublasDgemmStridedBatched_v2 cublasDgemmStridedBatched
#define cublasDgemmBatched_v2 cublasDgemmBatched
#define cublasDgeam_v2 cublasDgeam
#define cublasIdamax_v2 cublasIdamax
#define cublasIdamin_v2 cublasIdamin
#endif
