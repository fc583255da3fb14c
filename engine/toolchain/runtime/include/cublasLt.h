/*
 * cuBLASLt over blas/matmul.h. Descriptors are objects of the host, with the values that programs set; there is one algorithm, and it needs no workspace. Which types go
 * together is cuBLAS's table for real numbers; orders in tiles, planes and complex numbers are refused with CUBLAS_STATUS_NOT_SUPPORTED. Source: cuBLAS documentation, cuBLASLt.
 */
#ifndef FAULTLINE_CUBLASLT_H
#define FAULTLINE_CUBLASLT_H
#include "blas/matmul.h"
#include "cublas_v2.h"

typedef enum { CUBLASLT_ORDER_COL = 0, CUBLASLT_ORDER_ROW = 1, CUBLASLT_ORDER_COL32 = 2, CUBLASLT_ORDER_COL4_4R2_8C = 3, CUBLASLT_ORDER_COL32_2R_4R4 = 4 } cublasLtOrder_t;
typedef enum { CUBLASLT_POINTER_MODE_HOST = 0, CUBLASLT_POINTER_MODE_DEVICE = 1, CUBLASLT_POINTER_MODE_DEVICE_VECTOR = 2, CUBLASLT_POINTER_MODE_ALPHA_DEVICE_VECTOR_BETA_ZERO = 3, CUBLASLT_POINTER_MODE_ALPHA_DEVICE_VECTOR_BETA_HOST = 4 } cublasLtPointerMode_t;
typedef enum {
    CUBLASLT_EPILOGUE_DEFAULT = 1, CUBLASLT_EPILOGUE_RELU = 2, CUBLASLT_EPILOGUE_RELU_AUX = 130, CUBLASLT_EPILOGUE_BIAS = 4, CUBLASLT_EPILOGUE_RELU_BIAS = 6, CUBLASLT_EPILOGUE_RELU_AUX_BIAS = 134,
    CUBLASLT_EPILOGUE_DRELU = 136, CUBLASLT_EPILOGUE_DRELU_BGRAD = 152, CUBLASLT_EPILOGUE_GELU = 32, CUBLASLT_EPILOGUE_GELU_AUX = 160, CUBLASLT_EPILOGUE_GELU_BIAS = 36, CUBLASLT_EPILOGUE_GELU_AUX_BIAS = 164,
    CUBLASLT_EPILOGUE_DGELU = 192, CUBLASLT_EPILOGUE_DGELU_BGRAD = 208, CUBLASLT_EPILOGUE_BGRADA = 256, CUBLASLT_EPILOGUE_BGRADB = 512
} cublasLtEpilogue_t;
typedef enum {
    CUBLASLT_MATMUL_DESC_COMPUTE_TYPE = 0, CUBLASLT_MATMUL_DESC_SCALE_TYPE = 1, CUBLASLT_MATMUL_DESC_POINTER_MODE = 2, CUBLASLT_MATMUL_DESC_TRANSA = 3, CUBLASLT_MATMUL_DESC_TRANSB = 4, CUBLASLT_MATMUL_DESC_TRANSC = 5,
    CUBLASLT_MATMUL_DESC_FILL_MODE = 6, CUBLASLT_MATMUL_DESC_EPILOGUE = 7, CUBLASLT_MATMUL_DESC_BIAS_POINTER = 8, CUBLASLT_MATMUL_DESC_BIAS_BATCH_STRIDE = 10, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER = 11,
    CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD = 12, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_BATCH_STRIDE = 13, CUBLASLT_MATMUL_DESC_ALPHA_VECTOR_BATCH_STRIDE = 14, CUBLASLT_MATMUL_DESC_SM_COUNT_TARGET = 15,
    CUBLASLT_MATMUL_DESC_A_SCALE_POINTER = 17, CUBLASLT_MATMUL_DESC_B_SCALE_POINTER = 18, CUBLASLT_MATMUL_DESC_C_SCALE_POINTER = 19, CUBLASLT_MATMUL_DESC_D_SCALE_POINTER = 20, CUBLASLT_MATMUL_DESC_AMAX_D_POINTER = 21,
    CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_DATA_TYPE = 22, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_SCALE_POINTER = 23, CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_AMAX_POINTER = 24, CUBLASLT_MATMUL_DESC_FAST_ACCUM = 25, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE = 26
} cublasLtMatmulDescAttributes_t;
typedef enum { CUBLASLT_MATRIX_LAYOUT_TYPE = 0, CUBLASLT_MATRIX_LAYOUT_ORDER = 1, CUBLASLT_MATRIX_LAYOUT_ROWS = 2, CUBLASLT_MATRIX_LAYOUT_COLS = 3, CUBLASLT_MATRIX_LAYOUT_LD = 4, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT = 5, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET = 6, CUBLASLT_MATRIX_LAYOUT_PLANE_OFFSET = 7 } cublasLtMatrixLayoutAttribute_t;
typedef enum { CUBLASLT_MATMUL_PREF_SEARCH_MODE = 0, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES = 1, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK = 3, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES = 5, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES = 6, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES = 7, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES = 8, CUBLASLT_MATMUL_PREF_MAX_WAVES_COUNT = 9, CUBLASLT_MATMUL_PREF_IMPL_MASK = 12 } cublasLtMatmulPreferenceAttributes_t;
typedef enum { CUBLASLT_SEARCH_BEST_FIT = 0, CUBLASLT_SEARCH_LIMITED_BY_ALGO_ID = 1 } cublasLtMatmulSearch_t;

typedef faultline::blas::handle *cublasLtHandle_t;
typedef struct {
    cublasComputeType_t compute;
    cudaDataType_t scale;
    cublasLtPointerMode_t pointers;
    cublasOperation_t transa, transb, transc;
    int fill;
    cublasLtEpilogue_t epilogue;
    void *bias, *auxiliary;
    long long bias_stride, auxiliary_lead, auxiliary_stride, alpha_stride;
    const float *scale_a, *scale_b, *scale_c, *scale_d, *scale_auxiliary;
    float *greatest, *greatest_auxiliary;
    int multiprocessors, auxiliary_type, bias_type;
    signed char fast;
} cublasLtMatmulDescOpaque_t;
typedef struct {
    cudaDataType_t type;
    cublasLtOrder_t order;
    unsigned long long rows, columns;
    long long lead, stride, plane;
    int batch;
} cublasLtMatrixLayoutOpaque_t;
typedef struct {
    unsigned search, reduction, alignment[4];
    unsigned long long workspace, implementations;
    float waves;
} cublasLtMatmulPreferenceOpaque_t;
typedef struct { unsigned long long data[8]; } cublasLtMatmulAlgo_t;
typedef cublasLtMatmulDescOpaque_t *cublasLtMatmulDesc_t;
typedef cublasLtMatrixLayoutOpaque_t *cublasLtMatrixLayout_t;
typedef cublasLtMatmulPreferenceOpaque_t *cublasLtMatmulPreference_t;
typedef struct {
    cublasLtMatmulAlgo_t algo;
    size_t workspaceSize;
    cublasStatus_t state;
    float wavesCount;
    int reserved[4];
} cublasLtMatmulHeuristicResult_t;

inline cublasStatus_t cublasLtCreate(cublasLtHandle_t *handle) { return cublasCreate(handle); }
inline cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) { return cublasDestroy(handle); }
inline size_t cublasLtGetVersion(void) { return 120000; }
inline size_t cublasLtGetCudartVersion(void) { return 12000; }
inline const char *cublasLtGetStatusString(cublasStatus_t status) { return cublasGetStatusString(status); }
inline const char *cublasLtGetStatusName(cublasStatus_t status) { return cublasGetStatusName(status); }

inline cublasStatus_t cublasLtMatmulDescInit(cublasLtMatmulDesc_t desc, cublasComputeType_t compute, cudaDataType_t scale) {
    if (!desc) return CUBLAS_STATUS_INVALID_VALUE;
    *desc = cublasLtMatmulDescOpaque_t{};
    desc->compute = compute, desc->scale = scale, desc->epilogue = CUBLASLT_EPILOGUE_DEFAULT, desc->auxiliary_type = desc->bias_type = -1;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t *desc, cublasComputeType_t compute, cudaDataType_t scale) { return desc ? cublasLtMatmulDescInit(*desc = new cublasLtMatmulDescOpaque_t, compute, scale) : CUBLAS_STATUS_INVALID_VALUE; }
inline cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t desc) { return delete desc, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasLtMatrixLayoutInit(cublasLtMatrixLayout_t layout, cudaDataType type, unsigned long long rows, unsigned long long columns, long long lead) {
    if (!layout) return CUBLAS_STATUS_INVALID_VALUE;
    *layout = cublasLtMatrixLayoutOpaque_t{type, CUBLASLT_ORDER_COL, rows, columns, lead, 0, 0, 1};
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t *layout, cudaDataType type, unsigned long long rows, unsigned long long columns, long long lead) { return layout ? cublasLtMatrixLayoutInit(*layout = new cublasLtMatrixLayoutOpaque_t, type, rows, columns, lead) : CUBLAS_STATUS_INVALID_VALUE; }
inline cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) { return delete layout, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasLtMatmulPreferenceInit(cublasLtMatmulPreference_t preference) {
    if (!preference) return CUBLAS_STATUS_INVALID_VALUE;
    *preference = cublasLtMatmulPreferenceOpaque_t{0, ~0u, {256, 256, 256, 256}, 0, ~0ull, 0};
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t *preference) { return preference ? cublasLtMatmulPreferenceInit(*preference = new cublasLtMatmulPreferenceOpaque_t) : CUBLAS_STATUS_INVALID_VALUE; }
inline cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) { return delete preference, CUBLAS_STATUS_SUCCESS; }

/* Where a descriptor has an attribute, and how long that is. Programs give a size_t where NVIDIA has 64 bits, so four bytes will do for eight; all of these are counts. */
struct faultline_attribute {
    void *place;
    size_t bytes;
    cublasStatus_t set(const void *value, size_t given) const {
        if (!place || !value || (given != bytes && !(bytes == 8 && given == 4))) return CUBLAS_STATUS_INVALID_VALUE;
        if (bytes > given) __builtin_memset(place, 0, bytes);
        __builtin_memcpy(place, value, given);
        return CUBLAS_STATUS_SUCCESS;
    }
    cublasStatus_t get(void *value, size_t given, size_t *written) const {
        if (!place || (!given && !written) || (given && !value)) return CUBLAS_STATUS_INVALID_VALUE;
        if (given && given != bytes && !(bytes == 8 && given == 4)) return CUBLAS_STATUS_INVALID_VALUE;
        if (given) __builtin_memcpy(value, place, given);
        if (written) *written = given ? given : bytes;
        return CUBLAS_STATUS_SUCCESS;
    }
};
inline faultline_attribute faultline_attribute_of(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t attribute) {
#define FAULTLINE_AT(name, field) case CUBLASLT_MATMUL_DESC_##name: return {&d->field, sizeof d->field};
    if (d) switch (attribute) {
        FAULTLINE_AT(COMPUTE_TYPE, compute) FAULTLINE_AT(SCALE_TYPE, scale) FAULTLINE_AT(POINTER_MODE, pointers) FAULTLINE_AT(TRANSA, transa) FAULTLINE_AT(TRANSB, transb) FAULTLINE_AT(TRANSC, transc)
        FAULTLINE_AT(FILL_MODE, fill) FAULTLINE_AT(EPILOGUE, epilogue) FAULTLINE_AT(BIAS_POINTER, bias) FAULTLINE_AT(BIAS_BATCH_STRIDE, bias_stride) FAULTLINE_AT(EPILOGUE_AUX_POINTER, auxiliary)
        FAULTLINE_AT(EPILOGUE_AUX_LD, auxiliary_lead) FAULTLINE_AT(EPILOGUE_AUX_BATCH_STRIDE, auxiliary_stride) FAULTLINE_AT(ALPHA_VECTOR_BATCH_STRIDE, alpha_stride) FAULTLINE_AT(SM_COUNT_TARGET, multiprocessors)
        FAULTLINE_AT(A_SCALE_POINTER, scale_a) FAULTLINE_AT(B_SCALE_POINTER, scale_b) FAULTLINE_AT(C_SCALE_POINTER, scale_c) FAULTLINE_AT(D_SCALE_POINTER, scale_d) FAULTLINE_AT(AMAX_D_POINTER, greatest)
        FAULTLINE_AT(EPILOGUE_AUX_DATA_TYPE, auxiliary_type) FAULTLINE_AT(EPILOGUE_AUX_SCALE_POINTER, scale_auxiliary) FAULTLINE_AT(EPILOGUE_AUX_AMAX_POINTER, greatest_auxiliary) FAULTLINE_AT(FAST_ACCUM, fast)
        FAULTLINE_AT(BIAS_DATA_TYPE, bias_type)
    }
#undef FAULTLINE_AT
    return {};
}
inline faultline_attribute faultline_attribute_of(cublasLtMatrixLayout_t d, cublasLtMatrixLayoutAttribute_t attribute) {
    if (d) switch (attribute) {
        case CUBLASLT_MATRIX_LAYOUT_TYPE: return {&d->type, 4};
        case CUBLASLT_MATRIX_LAYOUT_ORDER: return {&d->order, 4};
        case CUBLASLT_MATRIX_LAYOUT_ROWS: return {&d->rows, 8};
        case CUBLASLT_MATRIX_LAYOUT_COLS: return {&d->columns, 8};
        case CUBLASLT_MATRIX_LAYOUT_LD: return {&d->lead, 8};
        case CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT: return {&d->batch, 4};
        case CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET: return {&d->stride, 8};
        case CUBLASLT_MATRIX_LAYOUT_PLANE_OFFSET: return {&d->plane, 8};
    }
    return {};
}
inline faultline_attribute faultline_attribute_of(cublasLtMatmulPreference_t d, cublasLtMatmulPreferenceAttributes_t attribute) {
    if (d) switch (attribute) {
        case CUBLASLT_MATMUL_PREF_SEARCH_MODE: return {&d->search, 4};
        case CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES: return {&d->workspace, 8};
        case CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK: return {&d->reduction, 4};
        case CUBLASLT_MATMUL_PREF_MAX_WAVES_COUNT: return {&d->waves, 4};
        case CUBLASLT_MATMUL_PREF_IMPL_MASK: return {&d->implementations, 8};
        default: if (attribute >= CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES && attribute <= CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES) return {&d->alignment[attribute - CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES], 4};
    }
    return {};
}
inline cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t desc, cublasLtMatmulDescAttributes_t attribute, const void *value, size_t bytes) { return faultline_attribute_of(desc, attribute).set(value, bytes); }
inline cublasStatus_t cublasLtMatmulDescGetAttribute(cublasLtMatmulDesc_t desc, cublasLtMatmulDescAttributes_t attribute, void *value, size_t bytes, size_t *written) { return faultline_attribute_of(desc, attribute).get(value, bytes, written); }
inline cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t layout, cublasLtMatrixLayoutAttribute_t attribute, const void *value, size_t bytes) { return faultline_attribute_of(layout, attribute).set(value, bytes); }
inline cublasStatus_t cublasLtMatrixLayoutGetAttribute(cublasLtMatrixLayout_t layout, cublasLtMatrixLayoutAttribute_t attribute, void *value, size_t bytes, size_t *written) { return faultline_attribute_of(layout, attribute).get(value, bytes, written); }
inline cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t attribute, const void *value, size_t bytes) { return faultline_attribute_of(preference, attribute).set(value, bytes); }
inline cublasStatus_t cublasLtMatmulPreferenceGetAttribute(cublasLtMatmulPreference_t preference, cublasLtMatmulPreferenceAttributes_t attribute, void *value, size_t bytes, size_t *written) { return faultline_attribute_of(preference, attribute).get(value, bytes, written); }

inline bool faultline_is_fp8(int type) { return faultline::blas::fp8_kind_of(type) >= 0; }
/* What a bias is made of, if the program does not say. */
inline cudaDataType faultline_bias_type(cublasLtMatmulDesc_t d, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t out) {
    if (d->bias_type >= 0) return (cudaDataType)d->bias_type;
    if (out->type == CUDA_R_8I) return d->scale;
    if (faultline_is_fp8(out->type)) return c->type == CUDA_R_16F ? CUDA_R_16F : CUDA_R_16BF;
    return faultline_is_fp8(a->type) && out->type == CUDA_R_32F ? CUDA_R_16BF : out->type;
}
/* Whether the types go together, by the documentation's table. */
inline bool faultline_matmul_types(cublasLtMatmulDesc_t d, int a, int b, int c, int out) {
    cudaDataType sums = faultline_compute_type(d->compute);
    if (sums == CUDA_R_64F || sums == CUDA_R_16F) return d->scale == sums && a == sums && b == sums && c == sums && out == sums;
    if (sums == CUDA_R_32I) return a == CUDA_R_8I && b == CUDA_R_8I && c == out && ((d->scale == CUDA_R_32I && c == CUDA_R_32I) || (d->scale == CUDA_R_32F && c == CUDA_R_8I));
    if (d->scale != CUDA_R_32F) return false;
    if (faultline_is_fp8(a)) {
        if (!faultline_is_fp8(b) || (a == CUDA_R_8F_E5M2 && b == CUDA_R_8F_E5M2)) return false;
        bool wide = c == CUDA_R_16F || c == CUDA_R_16BF;
        return faultline_is_fp8(out) ? wide || c == out : c == out && (wide || c == CUDA_R_32F);
    }
    return a == b && c == out && (a == CUDA_R_16F || a == CUDA_R_16BF ? c == a || c == CUDA_R_32F : (a == CUDA_R_32F || a == CUDA_R_8I) && c == CUDA_R_32F);
}
inline cublasStatus_t faultline_matmul_check(cublasLtMatmulDesc_t d, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t out) {
    if (!d || !a || !b || !c || !out) return CUBLAS_STATUS_INVALID_VALUE;
    bool ta = d->transa != CUBLAS_OP_N, tb = d->transb != CUBLAS_OP_N;
    unsigned long long m = ta ? a->columns : a->rows, k = ta ? a->rows : a->columns, n = tb ? b->rows : b->columns;
    if ((tb ? b->columns : b->rows) != k || out->rows != m || out->columns != n || c->rows != m || c->columns != n) return CUBLAS_STATUS_INVALID_VALUE;
    const cublasLtMatrixLayout_t all[] = {a, b, c, out};
    for (cublasLtMatrixLayout_t x : all) {
        if (x->batch != out->batch || x->batch < 1) return CUBLAS_STATUS_INVALID_VALUE;
        if (x->order != CUBLASLT_ORDER_COL && x->order != CUBLASLT_ORDER_ROW) return CUBLAS_STATUS_NOT_SUPPORTED;
        if (x->lead < (long long)(x->order == CUBLASLT_ORDER_COL ? x->rows : x->columns)) return CUBLAS_STATUS_INVALID_VALUE;
        if (x->plane || x->rows > 0x7fffffff || x->columns > 0x7fffffff) return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    if (d->transc != CUBLAS_OP_N || (unsigned)d->pointers > 4 || !faultline_matmul_types(d, a->type, b->type, c->type, out->type)) return CUBLAS_STATUS_NOT_SUPPORTED;
    switch (d->epilogue) {
    case CUBLASLT_EPILOGUE_DEFAULT: return CUBLAS_STATUS_SUCCESS;
    case CUBLASLT_EPILOGUE_RELU: case CUBLASLT_EPILOGUE_BIAS: case CUBLASLT_EPILOGUE_RELU_BIAS: case CUBLASLT_EPILOGUE_GELU: case CUBLASLT_EPILOGUE_GELU_BIAS: case CUBLASLT_EPILOGUE_BGRADA: case CUBLASLT_EPILOGUE_BGRADB: break;
    case CUBLASLT_EPILOGUE_RELU_AUX: case CUBLASLT_EPILOGUE_RELU_AUX_BIAS: case CUBLASLT_EPILOGUE_DRELU: case CUBLASLT_EPILOGUE_DRELU_BGRAD: case CUBLASLT_EPILOGUE_GELU_AUX: case CUBLASLT_EPILOGUE_GELU_AUX_BIAS: case CUBLASLT_EPILOGUE_DGELU: case CUBLASLT_EPILOGUE_DGELU_BGRAD:
        if (d->auxiliary_lead < (long long)m || d->auxiliary_lead % (d->epilogue & (faultline::blas::RELU | faultline::blas::DRELU) ? 128 : 8)) return CUBLAS_STATUS_NOT_SUPPORTED;
        if (d->auxiliary_type >= 0 && !faultline::blas::is_element((cudaDataType)d->auxiliary_type)) return CUBLAS_STATUS_NOT_SUPPORTED;
        break;
    default: return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    return d->scale == CUDA_R_64F || d->scale == CUDA_R_32I || !faultline::blas::is_element(faultline_bias_type(d, a, c, out)) ? CUBLAS_STATUS_NOT_SUPPORTED : CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t preference, int wanted, cublasLtMatmulHeuristicResult_t *results, int *found) {
    if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (!preference || wanted <= 0 || !results || !found) return CUBLAS_STATUS_INVALID_VALUE;
    *found = 0;
    cublasStatus_t status = faultline_matmul_check(desc, a, b, c, d);
    if (status != CUBLAS_STATUS_SUCCESS) return status;
    *results = cublasLtMatmulHeuristicResult_t{};
    results->wavesCount = 1;
    *found = 1;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulAlgoGetIds(cublasLtHandle_t handle, cublasComputeType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t, int wanted, int ids[], int *found) {
    if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (wanted <= 0 || !ids || !found) return CUBLAS_STATUS_INVALID_VALUE;
    ids[0] = 0, *found = 1;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulAlgoInit(cublasLtHandle_t handle, cublasComputeType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t, cudaDataType_t, int id, cublasLtMatmulAlgo_t *algo) {
    if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (id != 0 || !algo) return CUBLAS_STATUS_INVALID_VALUE;
    *algo = cublasLtMatmulAlgo_t{};
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulAlgoCheck(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b, cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d, const cublasLtMatmulAlgo_t *algo, cublasLtMatmulHeuristicResult_t *result) {
    if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
    if (!algo || !result) return CUBLAS_STATUS_INVALID_VALUE;
    *result = cublasLtMatmulHeuristicResult_t{};
    result->wavesCount = 1;
    return result->state = faultline_matmul_check(desc, a, b, c, d);
}
inline faultline::blas::matrix faultline_matrix(cublasLtMatrixLayout_t layout, const void *place) {
    return {faultline::blas::vector_of(place, layout->type), (long long)layout->rows, (long long)layout->columns, layout->lead, layout->stride, layout->batch, layout->order == CUBLASLT_ORDER_ROW};
}
inline cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t desc, const void *alpha, const void *a, cublasLtMatrixLayout_t la, const void *b, cublasLtMatrixLayout_t lb, const void *beta, const void *c, cublasLtMatrixLayout_t lc, void *d, cublasLtMatrixLayout_t ld, const cublasLtMatmulAlgo_t *, void *, size_t, cudaStream_t stream) {
    if (!handle) return CUBLAS_STATUS_NOT_INITIALIZED;
    cublasStatus_t status = faultline_matmul_check(desc, la, lb, lc, ld);
    if (status != CUBLAS_STATUS_SUCCESS) return status;
    faultline::blas::handle inside{stream, desc->pointers != CUBLASLT_POINTER_MODE_HOST};
    bool vectors = desc->pointers >= CUBLASLT_POINTER_MODE_DEVICE_VECTOR, zero = desc->pointers == CUBLASLT_POINTER_MODE_ALPHA_DEVICE_VECTOR_BETA_ZERO;
    if (!alpha || (!beta && !zero) || !a || !b || !d) return CUBLAS_STATUS_INVALID_VALUE;
    int kind = desc->epilogue;
    if ((kind & (faultline::blas::BIAS | faultline::blas::BIAS_GRADIENT | faultline::blas::GRADIENT_OF_A | faultline::blas::GRADIENT_OF_B)) && !desc->bias) return CUBLAS_STATUS_INVALID_VALUE;
    if ((kind & faultline::blas::AUXILIARY) && !desc->auxiliary) return CUBLAS_STATUS_INVALID_VALUE;
    faultline::blas::row_factor first{faultline::blas::factor_of(&inside, alpha, desc->scale), vectors, desc->alpha_stride}, second{};
    inside.device_scalars = desc->pointers == CUBLASLT_POINTER_MODE_DEVICE || desc->pointers == CUBLASLT_POINTER_MODE_DEVICE_VECTOR;
    if (!zero) second = {faultline::blas::factor_of(&inside, beta, desc->scale), desc->pointers == CUBLASLT_POINTER_MODE_DEVICE_VECTOR, desc->alpha_stride};
    if (!zero && !c && (inside.device_scalars || second.one.value != 0)) return CUBLAS_STATUS_INVALID_VALUE;
    cudaDataType kept = desc->auxiliary_type >= 0 ? (cudaDataType)desc->auxiliary_type : ld->type;
    /* Factors of scale are only for numbers of eight bits. */
    faultline::blas::epilogue e{kind, {desc->bias, faultline_bias_type(desc, la, lc, ld)}, {desc->auxiliary, kept}, desc->bias_stride, desc->auxiliary_lead, desc->auxiliary_stride,
        faultline_is_fp8(la->type) ? desc->scale_a : nullptr, faultline_is_fp8(lb->type) ? desc->scale_b : nullptr, faultline_is_fp8(lc->type) ? desc->scale_c : nullptr, faultline_is_fp8(ld->type) ? desc->scale_d : nullptr,
        faultline_is_fp8(kept) ? desc->scale_auxiliary : nullptr, faultline_is_fp8(ld->type) ? (unsigned *)desc->greatest : nullptr, faultline_is_fp8(kept) ? (unsigned *)desc->greatest_auxiliary : nullptr};
    return (cublasStatus_t)faultline::blas::matmul(&inside, faultline_matrix(la, a), desc->transa != CUBLAS_OP_N, faultline_matrix(lb, b), desc->transb != CUBLAS_OP_N, first, second, zero, faultline_matrix(lc, c), faultline_matrix(ld, d), e, faultline_compute_type(desc->compute), desc->scale);
}
#endif
