/*
 * cuBLASXt: products of matrices that stand in memory of the host or of a device. Their elements are copied to the first of the selected devices, multiplied there by cublas_v2.h's
 * kernels, and the result is copied back before the call returns; block dimensions are only remembered. Scalars are the host's. Source: cuBLAS documentation, "Using the cuBLASXt API".
 */
#ifndef FAULTLINE_CUBLASXT_H
#define FAULTLINE_CUBLASXT_H
#define CUBLAS_XT_H_
#include "cublas_v2.h"
#include "cuda/refused.h"

typedef enum { CUBLASXT_FLOAT = 0, CUBLASXT_DOUBLE = 1, CUBLASXT_COMPLEX = 2, CUBLASXT_DOUBLECOMPLEX = 3 } cublasXtOpType_t;
typedef enum { CUBLASXT_GEMM = 0, CUBLASXT_SYRK = 1, CUBLASXT_HERK = 2, CUBLASXT_SYMM = 3, CUBLASXT_HEMM = 4, CUBLASXT_TRSM = 5, CUBLASXT_SYR2K = 6, CUBLASXT_HER2K = 7, CUBLASXT_SPMM = 8, CUBLASXT_SYRKX = 9, CUBLASXT_HERKX = 10, CUBLASXT_TRMM = 11, CUBLASXT_ROUTINE_MAX = 12 } cublasXtBlasOp_t;
typedef enum { CUBLASXT_PINNING_DISABLED = 0, CUBLASXT_PINNING_ENABLED = 1 } cublasXtPinnedMode_t;
struct cublasXtContext {
    int device, block;
    cublasXtPinnedMode_t pinning;
};
typedef cublasXtContext *cublasXtHandle_t;

inline cublasStatus_t cublasXtCreate(cublasXtHandle_t *handle) {
    if (!handle) return CUBLAS_STATUS_INVALID_VALUE;
    *handle = new cublasXtContext{-1, 2048, CUBLASXT_PINNING_DISABLED};
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasXtDestroy(cublasXtHandle_t h) {
    if (!h) return CUBLAS_STATUS_NOT_INITIALIZED;
    delete h;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasXtDeviceSelect(cublasXtHandle_t h, int count, int devices[]) {
    int all = 0;
    if (!h) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (count < 1 || !devices || cudaGetDeviceCount(&all) != cudaSuccess) return CUBLAS_STATUS_INVALID_VALUE;
    for (int i = 0; i < count; i++)
        if (devices[i] < 0 || devices[i] >= all) return CUBLAS_STATUS_INVALID_VALUE;
    return h->device = devices[0], CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasXtSetBlockDim(cublasXtHandle_t h, int block) { return !h ? CUBLAS_STATUS_NOT_INITIALIZED : block <= 0 ? CUBLAS_STATUS_INVALID_VALUE : (h->block = block, CUBLAS_STATUS_SUCCESS); }
inline cublasStatus_t cublasXtGetBlockDim(cublasXtHandle_t h, int *block) { return !h ? CUBLAS_STATUS_NOT_INITIALIZED : !block ? CUBLAS_STATUS_INVALID_VALUE : (*block = h->block, CUBLAS_STATUS_SUCCESS); }
inline cublasStatus_t cublasXtSetPinningMemMode(cublasXtHandle_t h, cublasXtPinnedMode_t mode) { return !h ? CUBLAS_STATUS_NOT_INITIALIZED : (unsigned)mode > CUBLASXT_PINNING_ENABLED ? CUBLAS_STATUS_INVALID_VALUE : (h->pinning = mode, CUBLAS_STATUS_SUCCESS); }
inline cublasStatus_t cublasXtGetPinningMemMode(cublasXtHandle_t h, cublasXtPinnedMode_t *mode) { return !h ? CUBLAS_STATUS_NOT_INITIALIZED : !mode ? CUBLAS_STATUS_INVALID_VALUE : (*mode = h->pinning, CUBLAS_STATUS_SUCCESS); }
/* No part of a product is the host's. */
inline cublasStatus_t cublasXtSetCpuRoutine(cublasXtHandle_t h, cublasXtBlasOp_t, cublasXtOpType_t, void *) { return h ? CUBLAS_STATUS_NOT_SUPPORTED : CUBLAS_STATUS_NOT_INITIALIZED; }
inline cublasStatus_t cublasXtSetCpuRatio(cublasXtHandle_t h, cublasXtBlasOp_t, cublasXtOpType_t, float) { return h ? CUBLAS_STATUS_NOT_SUPPORTED : CUBLAS_STATUS_NOT_INITIALIZED; }

namespace faultline {
namespace blas {
/* A copy of a matrix on the device that is current, without what stands between its columns. */
template <class T> struct copied {
    T *place = nullptr;
    size_t rows, columns;
    copied(size_t rows, size_t columns) : rows(rows), columns(columns) {}
    ~copied() { cudaFree(place); }
    bool none() const { return rows == 0 || columns == 0; }
    size_t pitch() const { return rows * sizeof(T); }
    int lead() const { return rows > 1 ? (int)rows : 1; }
    bool allocate() { return none() || ((unsigned long long)rows * columns <= 0xffffffffull / sizeof(T) && cudaMalloc((void **)&place, pitch() * columns) == cudaSuccess); }
    bool take(const T *from, size_t from_lead) { return none() || cudaMemcpy2D(place, pitch(), from, from_lead * sizeof(T), pitch(), columns, cudaMemcpyDefault) == cudaSuccess; }
    bool give(T *to, size_t to_lead) const { return none() || cudaMemcpy2D(to, to_lead * sizeof(T), place, pitch(), pitch(), columns, cudaMemcpyDefault) == cudaSuccess; }
};
template <class T> bool kept(T beta) { return !(beta == T(0)); }
/* multiply(handle) is of the copies. C is only read if something of it is kept. */
template <class T, class F> cublasStatus_t multiply_copies(copied<T> &a, const T *from_a, size_t la, copied<T> &b, const T *from_b, size_t lb, copied<T> &c, T *to_c, size_t lc, bool kept, F multiply) {
    if (!a.allocate() || !b.allocate() || !c.allocate()) return CUBLAS_STATUS_ALLOC_FAILED;
    if (!a.take(from_a, la) || !b.take(from_b, lb) || (kept && !c.take(to_c, lc))) return CUBLAS_STATUS_MAPPING_ERROR;
    handle inside{};
    cublasStatus_t status = multiply(&inside);
    return status != CUBLAS_STATUS_SUCCESS || c.give(to_c, lc) ? status : CUBLAS_STATUS_EXECUTION_FAILED;
}
} // namespace blas
} // namespace faultline

#define FAULTLINE_XT_GEMM(T, type)                                                                                                   \
    template <int called = 0> inline cublasStatus_t cublasXt##T##gemm(cublasXtHandle_t h, cublasOperation_t ta, cublasOperation_t tb, size_t m, size_t n, size_t k, const type *alpha, const type *a, size_t la, const type *b, size_t lb, const type *beta, type *c, size_t lc) { \
        bool no_ta = ta == CUBLAS_OP_N, no_tb = tb == CUBLAS_OP_N;                                                                   \
        if (!h || h->device < 0) return CUBLAS_STATUS_NOT_INITIALIZED;                                                               \
        if ((unsigned)ta > CUBLAS_OP_C || (unsigned)tb > CUBLAS_OP_C || !alpha || !beta || m > 0x7fffffff || n > 0x7fffffff || k > 0x7fffffff) return CUBLAS_STATUS_INVALID_VALUE; \
        size_t rows_a = no_ta ? m : k, rows_b = no_tb ? k : n;                                                                       \
        if (la < (rows_a > 1 ? rows_a : 1) || lb < (rows_b > 1 ? rows_b : 1) || lc < (m > 1 ? m : 1)) return CUBLAS_STATUS_INVALID_VALUE; \
        if (m == 0 || n == 0) return CUBLAS_STATUS_SUCCESS;                                                                          \
        int before = 0;                                                                                                              \
        cudaGetDevice(&before), cudaSetDevice(h->device);                                                                            \
        cublasStatus_t status;                                                                                                       \
        {                                                                                                                            \
            faultline::blas::copied<type> ca(rows_a, no_ta ? k : m), cb(rows_b, no_tb ? n : k), cc(m, n);                            \
            status = faultline::blas::multiply_copies(ca, a, la, cb, b, lb, cc, c, lc, faultline::blas::kept(*faultline::blas::own(beta)), [&](cublasHandle_t inside) {      \
                return cublas##T##gemm(inside, ta, tb, (int)m, (int)n, (int)k, alpha, ca.place, ca.lead(), cb.place, cb.lead(), beta, cc.place, cc.lead()); \
            });                                                                                                                      \
        }                                                                                                                            \
        cudaSetDevice(before);                                                                                                       \
        return status;                                                                                                               \
    }
FAULTLINE_XT_GEMM(S, float)
FAULTLINE_XT_GEMM(D, double)
FAULTLINE_XT_GEMM(C, cuComplex)
FAULTLINE_XT_GEMM(Z, cuDoubleComplex)
#undef FAULTLINE_XT_GEMM

/* The rest of level 3. */
#define FAULTLINE_XT_REFUSED(name) FAULTLINE_REFUSED("Faultline does not support this function of cuBLASXt: write it as products by cublasXtSgemm, or use cublas_v2.h") cublasStatus_t name(...);
#define FAULTLINE_XT_SYMMETRIC(T) FAULTLINE_XT_REFUSED(cublasXt##T##syrk) FAULTLINE_XT_REFUSED(cublasXt##T##syrkx) FAULTLINE_XT_REFUSED(cublasXt##T##syr2k) FAULTLINE_XT_REFUSED(cublasXt##T##symm) FAULTLINE_XT_REFUSED(cublasXt##T##spmm) FAULTLINE_XT_REFUSED(cublasXt##T##trsm) FAULTLINE_XT_REFUSED(cublasXt##T##trmm)
#define FAULTLINE_XT_HERMITIAN(T) FAULTLINE_XT_REFUSED(cublasXt##T##herk) FAULTLINE_XT_REFUSED(cublasXt##T##herkx) FAULTLINE_XT_REFUSED(cublasXt##T##her2k) FAULTLINE_XT_REFUSED(cublasXt##T##hemm)
FAULTLINE_XT_SYMMETRIC(S) FAULTLINE_XT_SYMMETRIC(D) FAULTLINE_XT_SYMMETRIC(C) FAULTLINE_XT_SYMMETRIC(Z) FAULTLINE_XT_HERMITIAN(C) FAULTLINE_XT_HERMITIAN(Z)
#undef FAULTLINE_XT_HERMITIAN
#undef FAULTLINE_XT_SYMMETRIC
#undef FAULTLINE_XT_REFUSED
#endif
