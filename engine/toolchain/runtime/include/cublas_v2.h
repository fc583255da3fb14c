/*
 * cuBLAS over blas/kernels.h: levels 1 to 3 as far as they are listed here, for float and double, products of mixed types, and factorizations in batches, also of complex
 * numbers. Calls are in C++ that nvcc compiles, since their kernels come with them. Source: cuBLAS documentation.
 */
#ifndef FAULTLINE_CUBLAS_V2_H
#define FAULTLINE_CUBLAS_V2_H
#define CUBLAS_V2_H_
#define CUBLAS_API_H_
#include "blas/dense.h"
#include "blas/mixed.h"

typedef enum { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_NOT_INITIALIZED = 1, CUBLAS_STATUS_ALLOC_FAILED = 3, CUBLAS_STATUS_INVALID_VALUE = 7, CUBLAS_STATUS_ARCH_MISMATCH = 8, CUBLAS_STATUS_MAPPING_ERROR = 11, CUBLAS_STATUS_EXECUTION_FAILED = 13, CUBLAS_STATUS_INTERNAL_ERROR = 14, CUBLAS_STATUS_NOT_SUPPORTED = 15, CUBLAS_STATUS_LICENSE_ERROR = 16 } cublasStatus_t;
typedef enum { CUBLAS_OP_N = 0, CUBLAS_OP_T = 1, CUBLAS_OP_C = 2 } cublasOperation_t;
typedef enum { CUBLAS_FILL_MODE_LOWER = 0, CUBLAS_FILL_MODE_UPPER = 1, CUBLAS_FILL_MODE_FULL = 2 } cublasFillMode_t;
typedef enum { CUBLAS_DIAG_NON_UNIT = 0, CUBLAS_DIAG_UNIT = 1 } cublasDiagType_t;
typedef enum { CUBLAS_SIDE_LEFT = 0, CUBLAS_SIDE_RIGHT = 1 } cublasSideMode_t;
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
inline const char *cublasGetStatusName(cublasStatus_t status) {
    switch (status) {
#define FAULTLINE_STATUS(name) case CUBLAS_STATUS_##name: return "CUBLAS_STATUS_" #name;
        FAULTLINE_STATUS(SUCCESS) FAULTLINE_STATUS(NOT_INITIALIZED) FAULTLINE_STATUS(ALLOC_FAILED) FAULTLINE_STATUS(INVALID_VALUE) FAULTLINE_STATUS(ARCH_MISMATCH) FAULTLINE_STATUS(MAPPING_ERROR)
        FAULTLINE_STATUS(EXECUTION_FAILED) FAULTLINE_STATUS(INTERNAL_ERROR) FAULTLINE_STATUS(NOT_SUPPORTED) FAULTLINE_STATUS(LICENSE_ERROR)
#undef FAULTLINE_STATUS
    }
    return "unknown status";
}
inline const char *cublasGetStatusString(cublasStatus_t status) { return status == CUBLAS_STATUS_SUCCESS ? "success" : status == CUBLAS_STATUS_INVALID_VALUE ? "an unsupported value or parameter was passed to the function" : status == CUBLAS_STATUS_NOT_SUPPORTED ? "the functionality requested is not supported" : status == CUBLAS_STATUS_NOT_INITIALIZED ? "the library was not initialized" : "the cuBLAS operation failed"; }

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
/* What follows is compiled only if a program calls it: templates, whose kernels a call brings. `own` makes complex numbers of NVIDIA's ones that can be calculated with. */
#define FAULTLINE_BLAS_DENSE(name, parameters, sizes, call)                                                                          \
    template <int called = 0> inline cublasStatus_t name parameters {                                                                \
        using faultline::blas::own, faultline::blas::own_t;                                                                          \
        if (!h) return CUBLAS_STATUS_NOT_INITIALIZED;                                                                                \
        if (sizes) return CUBLAS_STATUS_INVALID_VALUE;                                                                               \
        return (cublasStatus_t)faultline::blas::call;                                                                                \
    }
#define FAULTLINE_BLAS_FACTORS(T, type)                                                                                              \
    FAULTLINE_BLAS_DENSE(cublas##T##getrfBatched, (cublasHandle_t h, int n, type *const a[], int lead, int *pivots, int *info, int batch), n < 0 || batch < 0 || lead < (n > 1 ? n : 1), lu_batched(h->stream, n, n, own(a), (own_t<type> *)nullptr, lead, pivots, info, batch)) \
    FAULTLINE_BLAS_DENSE(cublas##T##getriBatched, (cublasHandle_t h, int n, const type *const a[], int lead, const int *pivots, type *const c[], int lc, int *info, int batch), n < 0 || batch < 0 || lead < (n > 1 ? n : 1) || lc < (n > 1 ? n : 1), invert_lu_batched(h->stream, n, own(a), lead, pivots, own(c), lc, info, batch)) \
    FAULTLINE_BLAS_DENSE(cublas##T##matinvBatched, (cublasHandle_t h, int n, const type *const a[], int lead, type *const c[], int lc, int *info, int batch), n < 0 || n > 32 || batch < 0 || lead < (n > 1 ? n : 1) || lc < (n > 1 ? n : 1), invert_batched(h->stream, n, own(a), lead, own(c), lc, info, batch)) \
    template <int called = 0> inline cublasStatus_t cublas##T##getrsBatched(cublasHandle_t h, cublasOperation_t t, int n, int columns, const type *const a[], int lead, const int *pivots, type *const b[], int lb, int *info, int batch) { \
        using faultline::blas::own, faultline::blas::own_t;                                                                          \
        if (!h) return CUBLAS_STATUS_NOT_INITIALIZED;                                                                                \
        if (!info) return CUBLAS_STATUS_INVALID_VALUE;                                                                               \
        *info = n < 0 ? -2 : columns < 0 ? -3 : lead < (n > 1 ? n : 1) ? -5 : lb < (n > 1 ? n : 1) ? -8 : batch < 0 ? -10 : 0;      \
        if (*info) return CUBLAS_STATUS_INVALID_VALUE;                                                                               \
        return (cublasStatus_t)faultline::blas::solve_lu_batched(h->stream, t != CUBLAS_OP_N, t == CUBLAS_OP_C, n, columns, own(a), (const own_t<type> *)nullptr, lead, pivots, own(b), (own_t<type> *)nullptr, lb, batch); \
    }                                                                                                                                \
    template <int called = 0> inline cublasStatus_t cublas##T##geqrfBatched(cublasHandle_t h, int m, int n, type *const a[], int lead, type *const factors[], int *info, int batch) { \
        using faultline::blas::own, faultline::blas::own_t;                                                                          \
        if (!h) return CUBLAS_STATUS_NOT_INITIALIZED;                                                                                \
        if (!info) return CUBLAS_STATUS_INVALID_VALUE;                                                                               \
        *info = m < 0 ? -1 : n < 0 ? -2 : lead < (m > 1 ? m : 1) ? -4 : batch < 0 ? -7 : 0;                                         \
        if (*info) return CUBLAS_STATUS_INVALID_VALUE;                                                                               \
        return (cublasStatus_t)faultline::blas::qr_batched(h->stream, m, n, own(a), (own_t<type> *)nullptr, lead, own(factors), (own_t<type> *)nullptr, batch); \
    }                                                                                                                                \
    template <int called = 0> inline cublasStatus_t cublas##T##gelsBatched(cublasHandle_t h, cublasOperation_t t, int m, int n, int columns, type *const a[], int lead, type *const c[], int lc, int *info, int *singular, int batch) { \
        using faultline::blas::own;                                                                                                  \
        if (!h) return CUBLAS_STATUS_NOT_INITIALIZED;                                                                                \
        if (!info) return CUBLAS_STATUS_INVALID_VALUE;                                                                               \
        *info = m < 0 ? -2 : n < 0 ? -3 : columns < 0 ? -4 : lead < (m > 1 ? m : 1) ? -6 : lc < (m > 1 ? m : 1) ? -8 : batch < 0 ? -11 : 0; \
        if (*info) return CUBLAS_STATUS_INVALID_VALUE;                                                                               \
        if (t != CUBLAS_OP_N || m < n) return CUBLAS_STATUS_NOT_SUPPORTED;                                                           \
        return (cublasStatus_t)faultline::blas::least_squares_batched(h->stream, m, n, columns, own(a), lead, own(c), lc, singular, batch); \
    }                                                                                                                                \
    FAULTLINE_BLAS_DENSE(cublas##T##trsm, (cublasHandle_t h, cublasSideMode_t side, cublasFillMode_t fill, cublasOperation_t t, cublasDiagType_t diagonal, int m, int n, const type *alpha, const type *a, int lead, type *b, int lb), m < 0 || n < 0 || fill > CUBLAS_FILL_MODE_UPPER || lb < (m > 1 ? m : 1) || lead < (side == CUBLAS_SIDE_LEFT ? m : n), \
        trsm(h, side == CUBLAS_SIDE_RIGHT, fill == CUBLAS_FILL_MODE_UPPER, t != CUBLAS_OP_N, t == CUBLAS_OP_C, diagonal == CUBLAS_DIAG_UNIT, m, n, own(alpha), (const own_t<type> *const *)nullptr, own(a), lead, (own_t<type> *const *)nullptr, own(b), lb, 1)) \
    FAULTLINE_BLAS_DENSE(cublas##T##trsmBatched, (cublasHandle_t h, cublasSideMode_t side, cublasFillMode_t fill, cublasOperation_t t, cublasDiagType_t diagonal, int m, int n, const type *alpha, const type *const a[], int lead, type *const b[], int lb, int batch), m < 0 || n < 0 || batch < 0 || fill > CUBLAS_FILL_MODE_UPPER || lb < (m > 1 ? m : 1) || lead < (side == CUBLAS_SIDE_LEFT ? m : n), \
        trsm(h, side == CUBLAS_SIDE_RIGHT, fill == CUBLAS_FILL_MODE_UPPER, t != CUBLAS_OP_N, t == CUBLAS_OP_C, diagonal == CUBLAS_DIAG_UNIT, m, n, own(alpha), own(a), (const own_t<type> *)nullptr, lead, own(b), (own_t<type> *)nullptr, lb, batch)) \
    FAULTLINE_BLAS_DENSE(cublas##T##dgmm, (cublasHandle_t h, cublasSideMode_t side, int m, int n, const type *a, int lead, const type *x, int dx, type *c, int lc), m < 0 || n < 0, dgmm(h, side == CUBLAS_SIDE_RIGHT, m, n, own(a), lead, own(x), dx, own(c), lc)) \
    FAULTLINE_BLAS_DENSE(cublas##T##dgmm_64, (cublasHandle_t h, cublasSideMode_t side, long long m, long long n, const type *a, long long lead, const type *x, long long dx, type *c, long long lc), m < 0 || n < 0 || m > 0x7fffffff || n > 0x7fffffff, dgmm(h, side == CUBLAS_SIDE_RIGHT, (int)m, (int)n, own(a), (int)lead, own(x), (int)dx, own(c), (int)lc))
FAULTLINE_BLAS_FACTORS(S, float)
FAULTLINE_BLAS_FACTORS(D, double)
FAULTLINE_BLAS_FACTORS(C, cuComplex)
FAULTLINE_BLAS_FACTORS(Z, cuDoubleComplex)
#undef FAULTLINE_BLAS_FACTORS
#define FAULTLINE_BLAS_COMPLEX(T, I, type)                                                                                           \
    FAULTLINE_BLAS_DENSE(cublas##T##gemm, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const type *alpha, const type *a, int la, const type *b, int lb, const type *beta, type *c, int lc), m < 0 || n < 0 || k < 0, complex_gemm(h, ta, tb, m, n, k, own(alpha), own(a), la, 0, own(b), lb, 0, own(beta), own(c), lc, 0, 1)) \
    FAULTLINE_BLAS_DENSE(cublas##T##gemm_64, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, long long m, long long n, long long k, const type *alpha, const type *a, long long la, const type *b, long long lb, const type *beta, type *c, long long lc), m < 0 || n < 0 || k < 0 || m > 0x7fffffff || n > 0x7fffffff || k > 0x7fffffff, complex_gemm(h, ta, tb, (int)m, (int)n, (int)k, own(alpha), own(a), (int)la, 0, own(b), (int)lb, 0, own(beta), own(c), (int)lc, 0, 1)) \
    FAULTLINE_BLAS_DENSE(cublas##T##gemmStridedBatched, (cublasHandle_t h, cublasOperation_t ta, cublasOperation_t tb, int m, int n, int k, const type *alpha, const type *a, int la, long long sa, const type *b, int lb, long long sb, const type *beta, type *c, int lc, long long sc, int batch), m < 0 || n < 0 || k < 0 || batch < 0, complex_gemm(h, ta, tb, m, n, k, own(alpha), own(a), la, sa, own(b), lb, sb, own(beta), own(c), lc, sc, batch)) \
    FAULTLINE_BLAS_DENSE(cublasI##I##amax, (cublasHandle_t h, int n, const type *x, int dx, int *result), n < 0, complex_extreme<true>(h, n, own(x), dx, result)) \
    FAULTLINE_BLAS_DENSE(cublasI##I##amin, (cublasHandle_t h, int n, const type *x, int dx, int *result), n < 0, complex_extreme<false>(h, n, own(x), dx, result))
FAULTLINE_BLAS_COMPLEX(C, c, cuComplex)
FAULTLINE_BLAS_COMPLEX(Z, z, cuDoubleComplex)
#undef FAULTLINE_BLAS_COMPLEX
#undef FAULTLINE_BLAS_DENSE
/* Whole is what a program has for 64 bits: long long, or long where that is as wide elsewhere. */
template <class Whole> inline cublasStatus_t cublasIcamax_64(cublasHandle_t h, long long n, const cuComplex *x, long long dx, Whole *result) {
    if (!h) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (n < 0 || n > 0x7fffffff) return CUBLAS_STATUS_INVALID_VALUE;
    if (h->device_scalars) return CUBLAS_STATUS_NOT_SUPPORTED;
    int place = 0;
    cublasStatus_t status = (cublasStatus_t)faultline::blas::complex_extreme<true>(h, (int)n, faultline::blas::own(x), (int)dx, &place);
    return *result = place, status;
}
inline cublasStatus_t cublasSnrm2_64(cublasHandle_t h, long long n, const float *x, long long dx, float *result) { return n > 0x7fffffff ? CUBLAS_STATUS_INVALID_VALUE : cublasSnrm2(h, (int)n, x, (int)dx, result); }
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
#define cublasStrsm_v2 cublasStrsm
#define cublasDtrsm_v2 cublasDtrsm
#define cublasCtrsm_v2 cublasCtrsm
#define cublasZtrsm_v2 cublasZtrsm
#define cublasCgemm_v2 cublasCgemm
#define cublasZgemm_v2 cublasZgemm
#define cublasIcamax_v2 cublasIcamax
#define cublasIzamax_v2 cublasIzamax
#define cublasIcamin_v2 cublasIcamin
#define cublasIzamin_v2 cublasIzamin
#endif
