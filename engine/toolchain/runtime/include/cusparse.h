/*
 * cuSPARSE over sparse/: the generic API for CSR, CSC and COO with indices of 32 and 64 bits, and the conversions, sums and incomplete factors of the
 * legacy one. What a combination of types, formats and algorithms is not listed for returns CUSPARSE_STATUS_NOT_SUPPORTED. Functions are templates so that a
 * program compiles the kernels of those that it calls. Source: cuSPARSE documentation.
 */
#ifndef FAULTLINE_CUSPARSE_H
#define FAULTLINE_CUSPARSE_H
/* By which helpers know it. */
#define CUSPARSEAPI
#define CUSPARSE_H_
#include "cuComplex.h"
#include "sparse/kernels.h"
#include "sparse/rows.h"
#include "sparse/solve.h"
#define CUSPARSE_VER_MAJOR 12
#define CUSPARSE_VER_MINOR 5
#define CUSPARSE_VER_PATCH 0
#define CUSPARSE_VER_BUILD 0
#define CUSPARSE_VERSION (CUSPARSE_VER_MAJOR * 1000 + CUSPARSE_VER_MINOR * 100 + CUSPARSE_VER_PATCH)

typedef enum { CUSPARSE_STATUS_SUCCESS = 0, CUSPARSE_STATUS_NOT_INITIALIZED = 1, CUSPARSE_STATUS_ALLOC_FAILED = 2, CUSPARSE_STATUS_INVALID_VALUE = 3, CUSPARSE_STATUS_ARCH_MISMATCH = 4, CUSPARSE_STATUS_MAPPING_ERROR = 5, CUSPARSE_STATUS_EXECUTION_FAILED = 6, CUSPARSE_STATUS_INTERNAL_ERROR = 7, CUSPARSE_STATUS_MATRIX_TYPE_NOT_SUPPORTED = 8, CUSPARSE_STATUS_ZERO_PIVOT = 9, CUSPARSE_STATUS_NOT_SUPPORTED = 10, CUSPARSE_STATUS_INSUFFICIENT_RESOURCES = 11 } cusparseStatus_t;
typedef enum { CUSPARSE_POINTER_MODE_HOST = 0, CUSPARSE_POINTER_MODE_DEVICE = 1 } cusparsePointerMode_t;
typedef enum { CUSPARSE_ACTION_SYMBOLIC = 0, CUSPARSE_ACTION_NUMERIC = 1 } cusparseAction_t;
typedef enum { CUSPARSE_MATRIX_TYPE_GENERAL = 0, CUSPARSE_MATRIX_TYPE_SYMMETRIC = 1, CUSPARSE_MATRIX_TYPE_HERMITIAN = 2, CUSPARSE_MATRIX_TYPE_TRIANGULAR = 3 } cusparseMatrixType_t;
typedef enum { CUSPARSE_FILL_MODE_LOWER = 0, CUSPARSE_FILL_MODE_UPPER = 1 } cusparseFillMode_t;
typedef enum { CUSPARSE_DIAG_TYPE_NON_UNIT = 0, CUSPARSE_DIAG_TYPE_UNIT = 1 } cusparseDiagType_t;
typedef enum { CUSPARSE_INDEX_BASE_ZERO = 0, CUSPARSE_INDEX_BASE_ONE = 1 } cusparseIndexBase_t;
typedef enum { CUSPARSE_OPERATION_NON_TRANSPOSE = 0, CUSPARSE_OPERATION_TRANSPOSE = 1, CUSPARSE_OPERATION_CONJUGATE_TRANSPOSE = 2 } cusparseOperation_t;
typedef enum { CUSPARSE_DIRECTION_ROW = 0, CUSPARSE_DIRECTION_COLUMN = 1 } cusparseDirection_t;
typedef enum { CUSPARSE_SOLVE_POLICY_NO_LEVEL = 0, CUSPARSE_SOLVE_POLICY_USE_LEVEL = 1 } cusparseSolvePolicy_t;
typedef enum { CUSPARSE_CSR2CSC_ALG_DEFAULT = 1, CUSPARSE_CSR2CSC_ALG1 = 1 } cusparseCsr2CscAlg_t;
typedef enum { CUSPARSE_FORMAT_CSR = 1, CUSPARSE_FORMAT_CSC = 2, CUSPARSE_FORMAT_COO = 3, CUSPARSE_FORMAT_BLOCKED_ELL = 5, CUSPARSE_FORMAT_BSR = 6, CUSPARSE_FORMAT_SLICED_ELLPACK = 7 } cusparseFormat_t;
typedef enum { CUSPARSE_ORDER_COL = 1, CUSPARSE_ORDER_ROW = 2 } cusparseOrder_t;
typedef enum { CUSPARSE_INDEX_16U = 1, CUSPARSE_INDEX_32I = 2, CUSPARSE_INDEX_64I = 3 } cusparseIndexType_t;
typedef enum { CUSPARSE_SPMAT_FILL_MODE = 0, CUSPARSE_SPMAT_DIAG_TYPE = 1 } cusparseSpMatAttribute_t;
typedef enum { CUSPARSE_SPMV_ALG_DEFAULT = 0, CUSPARSE_SPMV_COO_ALG1 = 1, CUSPARSE_SPMV_CSR_ALG1 = 2, CUSPARSE_SPMV_CSR_ALG2 = 3, CUSPARSE_SPMV_COO_ALG2 = 4, CUSPARSE_SPMV_SELL_ALG1 = 5 } cusparseSpMVAlg_t;
typedef enum { CUSPARSE_SPMM_ALG_DEFAULT = 0, CUSPARSE_SPMM_COO_ALG1 = 1, CUSPARSE_SPMM_COO_ALG2 = 2, CUSPARSE_SPMM_COO_ALG3 = 3, CUSPARSE_SPMM_CSR_ALG1 = 4, CUSPARSE_SPMM_COO_ALG4 = 5, CUSPARSE_SPMM_CSR_ALG2 = 6, CUSPARSE_SPMM_CSR_ALG3 = 12, CUSPARSE_SPMM_BLOCKED_ELL_ALG1 = 13, CUSPARSE_SPMM_BSR_ALG1 = 14 } cusparseSpMMAlg_t;
typedef enum { CUSPARSE_SPGEMM_DEFAULT = 0, CUSPARSE_SPGEMM_CSR_ALG_DETERMINITIC = 1, CUSPARSE_SPGEMM_CSR_ALG_DETERMINISTIC = 1, CUSPARSE_SPGEMM_CSR_ALG_NONDETERMINITIC = 2, CUSPARSE_SPGEMM_CSR_ALG_NONDETERMINISTIC = 2, CUSPARSE_SPGEMM_ALG1 = 3, CUSPARSE_SPGEMM_ALG2 = 4, CUSPARSE_SPGEMM_ALG3 = 5 } cusparseSpGEMMAlg_t;
typedef enum { CUSPARSE_SPSV_ALG_DEFAULT = 0 } cusparseSpSVAlg_t;
typedef enum { CUSPARSE_SPSM_ALG_DEFAULT = 0 } cusparseSpSMAlg_t;
typedef enum { CUSPARSE_SDDMM_ALG_DEFAULT = 0 } cusparseSDDMMAlg_t;
typedef enum { CUSPARSE_SPARSETODENSE_ALG_DEFAULT = 0 } cusparseSparseToDenseAlg_t;
typedef enum { CUSPARSE_DENSETOSPARSE_ALG_DEFAULT = 0 } cusparseDenseToSparseAlg_t;
typedef faultline::sparse::handle *cusparseHandle_t;
typedef faultline::sparse::matrix_kind *cusparseMatDescr_t;
typedef faultline::sparse::matrix *cusparseSpMatDescr_t;
typedef const faultline::sparse::matrix *cusparseConstSpMatDescr_t;
typedef faultline::sparse::dense_matrix *cusparseDnMatDescr_t;
typedef const faultline::sparse::dense_matrix *cusparseConstDnMatDescr_t;
typedef faultline::sparse::dense_vector *cusparseDnVecDescr_t;
typedef const faultline::sparse::dense_vector *cusparseConstDnVecDescr_t;
typedef faultline::sparse::sparse_vector *cusparseSpVecDescr_t;
typedef const faultline::sparse::sparse_vector *cusparseConstSpVecDescr_t;
typedef faultline::sparse::product *cusparseSpGEMMDescr_t;
typedef faultline::sparse::solution *cusparseSpSVDescr_t;
typedef faultline::sparse::solution *cusparseSpSMDescr_t;
typedef faultline::sparse::factor_info *csrilu02Info_t;
typedef faultline::sparse::factor_info *csric02Info_t;

#define FAULTLINE_SPARSE template <int = 0> inline cusparseStatus_t
#define FAULTLINE_SPARSE_NEEDS(handle, arguments)                                                                                    \
    if (!(handle)) return CUSPARSE_STATUS_NOT_INITIALIZED;                                                                           \
    if (!(arguments)) return CUSPARSE_STATUS_INVALID_VALUE

inline cusparseStatus_t cusparseCreate(cusparseHandle_t *handle) {
    if (!handle) return CUSPARSE_STATUS_INVALID_VALUE;
    *handle = new faultline::sparse::handle{};
    return CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseDestroy(cusparseHandle_t h) {
    if (!h) return CUSPARSE_STATUS_NOT_INITIALIZED;
    delete h;
    return CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseGetVersion(cusparseHandle_t h, int *version) {
    FAULTLINE_SPARSE_NEEDS(h, version);
    return *version = CUSPARSE_VERSION, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseGetProperty(libraryPropertyType type, int *value) {
    if (!value) return CUSPARSE_STATUS_INVALID_VALUE;
    return *value = type == MAJOR_VERSION ? CUSPARSE_VER_MAJOR : type == MINOR_VERSION ? CUSPARSE_VER_MINOR : CUSPARSE_VER_PATCH, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSetStream(cusparseHandle_t h, cudaStream_t stream) {
    FAULTLINE_SPARSE_NEEDS(h, true);
    return h->stream = stream, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseGetStream(cusparseHandle_t h, cudaStream_t *stream) {
    FAULTLINE_SPARSE_NEEDS(h, stream);
    return *stream = h->stream, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSetPointerMode(cusparseHandle_t h, cusparsePointerMode_t mode) {
    FAULTLINE_SPARSE_NEEDS(h, mode == CUSPARSE_POINTER_MODE_HOST || mode == CUSPARSE_POINTER_MODE_DEVICE);
    return h->device_scalars = mode == CUSPARSE_POINTER_MODE_DEVICE, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseGetPointerMode(cusparseHandle_t h, cusparsePointerMode_t *mode) {
    FAULTLINE_SPARSE_NEEDS(h, mode);
    return *mode = (cusparsePointerMode_t)h->device_scalars, CUSPARSE_STATUS_SUCCESS;
}
inline const char *cusparseGetErrorName(cusparseStatus_t status) {
    static const char *const names[] = {"CUSPARSE_STATUS_SUCCESS", "CUSPARSE_STATUS_NOT_INITIALIZED", "CUSPARSE_STATUS_ALLOC_FAILED", "CUSPARSE_STATUS_INVALID_VALUE", "CUSPARSE_STATUS_ARCH_MISMATCH", "CUSPARSE_STATUS_MAPPING_ERROR", "CUSPARSE_STATUS_EXECUTION_FAILED", "CUSPARSE_STATUS_INTERNAL_ERROR", "CUSPARSE_STATUS_MATRIX_TYPE_NOT_SUPPORTED", "CUSPARSE_STATUS_ZERO_PIVOT", "CUSPARSE_STATUS_NOT_SUPPORTED", "CUSPARSE_STATUS_INSUFFICIENT_RESOURCES"};
    return (unsigned)status < sizeof names / sizeof *names ? names[status] : "unrecognized error code";
}
inline const char *cusparseGetErrorString(cusparseStatus_t status) {
    static const char *const texts[] = {"success", "initialization error", "out of memory", "invalid value", "architecture mismatch", "mapping error", "kernel launch failure", "internal error", "matrix type not supported", "zero pivot", "operation not supported", "insufficient resources"};
    return (unsigned)status < sizeof texts / sizeof *texts ? texts[status] : "unrecognized error code";
}

/* Descriptors of the legacy functions. */
inline cusparseStatus_t cusparseCreateMatDescr(cusparseMatDescr_t *d) {
    if (!d) return CUSPARSE_STATUS_INVALID_VALUE;
    return *d = new faultline::sparse::matrix_kind{}, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseDestroyMatDescr(cusparseMatDescr_t d) {
    delete d;
    return CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSetMatType(cusparseMatDescr_t d, cusparseMatrixType_t value) { return d && (unsigned)value <= CUSPARSE_MATRIX_TYPE_TRIANGULAR ? d->type = value, CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE; }
inline cusparseMatrixType_t cusparseGetMatType(const cusparseMatDescr_t d) { return (cusparseMatrixType_t)d->type; }
inline cusparseStatus_t cusparseSetMatIndexBase(cusparseMatDescr_t d, cusparseIndexBase_t value) { return d && (unsigned)value <= CUSPARSE_INDEX_BASE_ONE ? d->base = value, CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE; }
inline cusparseIndexBase_t cusparseGetMatIndexBase(const cusparseMatDescr_t d) { return (cusparseIndexBase_t)d->base; }
inline cusparseStatus_t cusparseSetMatFillMode(cusparseMatDescr_t d, cusparseFillMode_t value) { return d && (unsigned)value <= CUSPARSE_FILL_MODE_UPPER ? d->upper = value, CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE; }
inline cusparseFillMode_t cusparseGetMatFillMode(const cusparseMatDescr_t d) { return (cusparseFillMode_t)d->upper; }
inline cusparseStatus_t cusparseSetMatDiagType(cusparseMatDescr_t d, cusparseDiagType_t value) { return d && (unsigned)value <= CUSPARSE_DIAG_TYPE_UNIT ? d->unit = value, CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE; }
inline cusparseDiagType_t cusparseGetMatDiagType(const cusparseMatDescr_t d) { return (cusparseDiagType_t)d->unit; }

/* Descriptors of the generic API. Those of constant memory are the same objects. */
namespace faultline {
namespace sparse {
inline cusparseStatus_t make(matrix **to, int format, int64_t rows, int64_t columns, int64_t nnz, index_place lines, index_place places, const void *values, int lines_type, int places_type, int base, cudaDataType type) {
    if (!to || rows < 0 || columns < 0 || nnz < 0 || base < 0 || base > 1) return CUSPARSE_STATUS_INVALID_VALUE;
    if (!is_index(lines_type, base) || !is_index(places_type, base) || bytes_of(type) == 0) return CUSPARSE_STATUS_NOT_SUPPORTED;
    /* What the memory here cannot hold: indices of entries have 31 bits in kernels. */
    if (rows > 0x7ffffffe || columns > 0x7ffffffe || nnz > 0x7ffffffe) return CUSPARSE_STATUS_INSUFFICIENT_RESOURCES;
    return *to = new matrix{format, rows, columns, nnz, {lines, lines_type, base}, {places, places_type, base}, (void *)values, type}, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t set_places(matrix *m, int format, index_place lines, index_place places, void *values) {
    if (!m || m->format != format) return CUSPARSE_STATUS_INVALID_VALUE;
    m->lines.at = lines, m->places.at = places, m->values = values;
    return CUSPARSE_STATUS_SUCCESS;
}
inline bool are_set(const matrix *m) { return m && (m->lines.at.place || (m->format == COO && m->nnz == 0)) && (m->nnz == 0 || (m->places.at.place && m->values)); }
inline bool fits(const matrix *m, int64_t rows, int64_t columns, int op) { return op == PLAIN ? m->rows == rows && m->columns == columns : m->rows == columns && m->columns == rows; }
template <class D> cusparseStatus_t destroy(D *d) {
    delete d;
    return CUSPARSE_STATUS_SUCCESS;
}
} // namespace sparse
} // namespace faultline
inline cusparseStatus_t cusparseCreateCsr(cusparseSpMatDescr_t *m, int64_t rows, int64_t columns, int64_t nnz, faultline::sparse::index_place offsets, faultline::sparse::index_place places, void *values, cusparseIndexType_t offsets_type, cusparseIndexType_t places_type, cusparseIndexBase_t base, cudaDataType type) { return faultline::sparse::make(m, CUSPARSE_FORMAT_CSR, rows, columns, nnz, offsets, places, values, offsets_type, places_type, base, type); }
inline cusparseStatus_t cusparseCreateCsc(cusparseSpMatDescr_t *m, int64_t rows, int64_t columns, int64_t nnz, faultline::sparse::index_place offsets, faultline::sparse::index_place places, void *values, cusparseIndexType_t offsets_type, cusparseIndexType_t places_type, cusparseIndexBase_t base, cudaDataType type) { return faultline::sparse::make(m, CUSPARSE_FORMAT_CSC, rows, columns, nnz, offsets, places, values, offsets_type, places_type, base, type); }
inline cusparseStatus_t cusparseCreateCoo(cusparseSpMatDescr_t *m, int64_t rows, int64_t columns, int64_t nnz, faultline::sparse::index_place lines, faultline::sparse::index_place places, void *values, cusparseIndexType_t index, cusparseIndexBase_t base, cudaDataType type) { return faultline::sparse::make(m, CUSPARSE_FORMAT_COO, rows, columns, nnz, lines, places, values, index, index, base, type); }
inline cusparseStatus_t cusparseCreateConstCsr(cusparseConstSpMatDescr_t *m, int64_t rows, int64_t columns, int64_t nnz, faultline::sparse::index_place offsets, faultline::sparse::index_place places, const void *values, cusparseIndexType_t offsets_type, cusparseIndexType_t places_type, cusparseIndexBase_t base, cudaDataType type) { return faultline::sparse::make((cusparseSpMatDescr_t *)m, CUSPARSE_FORMAT_CSR, rows, columns, nnz, offsets, places, values, offsets_type, places_type, base, type); }
inline cusparseStatus_t cusparseCreateConstCsc(cusparseConstSpMatDescr_t *m, int64_t rows, int64_t columns, int64_t nnz, faultline::sparse::index_place offsets, faultline::sparse::index_place places, const void *values, cusparseIndexType_t offsets_type, cusparseIndexType_t places_type, cusparseIndexBase_t base, cudaDataType type) { return faultline::sparse::make((cusparseSpMatDescr_t *)m, CUSPARSE_FORMAT_CSC, rows, columns, nnz, offsets, places, values, offsets_type, places_type, base, type); }
inline cusparseStatus_t cusparseCreateConstCoo(cusparseConstSpMatDescr_t *m, int64_t rows, int64_t columns, int64_t nnz, faultline::sparse::index_place lines, faultline::sparse::index_place places, const void *values, cusparseIndexType_t index, cusparseIndexBase_t base, cudaDataType type) { return faultline::sparse::make((cusparseSpMatDescr_t *)m, CUSPARSE_FORMAT_COO, rows, columns, nnz, lines, places, values, index, index, base, type); }
/* Formats in blocks and slices. */
inline cusparseStatus_t cusparseCreateBlockedEll(cusparseSpMatDescr_t *, int64_t, int64_t, int64_t, int64_t, void *, void *, cusparseIndexType_t, cusparseIndexBase_t, cudaDataType) { return CUSPARSE_STATUS_NOT_SUPPORTED; }
inline cusparseStatus_t cusparseCreateBsr(cusparseSpMatDescr_t *, int64_t, int64_t, int64_t, int64_t, int64_t, void *, void *, void *, cusparseIndexType_t, cusparseIndexType_t, cusparseIndexBase_t, cudaDataType, cusparseOrder_t) { return CUSPARSE_STATUS_NOT_SUPPORTED; }
inline cusparseStatus_t cusparseCreateSlicedEll(cusparseSpMatDescr_t *, int64_t, int64_t, int64_t, int64_t, int64_t, void *, void *, void *, cusparseIndexType_t, cusparseIndexType_t, cusparseIndexBase_t, cudaDataType) { return CUSPARSE_STATUS_NOT_SUPPORTED; }
inline cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t m) { return faultline::sparse::destroy(m); }
inline cusparseStatus_t cusparseCsrSetPointers(cusparseSpMatDescr_t m, faultline::sparse::index_place offsets, faultline::sparse::index_place places, void *values) { return faultline::sparse::set_places(m, CUSPARSE_FORMAT_CSR, offsets, places, values); }
inline cusparseStatus_t cusparseCscSetPointers(cusparseSpMatDescr_t m, faultline::sparse::index_place offsets, faultline::sparse::index_place places, void *values) { return faultline::sparse::set_places(m, CUSPARSE_FORMAT_CSC, offsets, places, values); }
inline cusparseStatus_t cusparseCooSetPointers(cusparseSpMatDescr_t m, faultline::sparse::index_place lines, faultline::sparse::index_place places, void *values) { return faultline::sparse::set_places(m, CUSPARSE_FORMAT_COO, lines, places, values); }
inline cusparseStatus_t cusparseCsrGet(cusparseSpMatDescr_t m, int64_t *rows, int64_t *columns, int64_t *nnz, void **offsets, void **places, void **values, cusparseIndexType_t *offsets_type, cusparseIndexType_t *places_type, cusparseIndexBase_t *base, cudaDataType *type) {
    if (!m || m->format != CUSPARSE_FORMAT_CSR) return CUSPARSE_STATUS_INVALID_VALUE;
    *rows = m->rows, *columns = m->columns, *nnz = m->nnz, *offsets = m->lines.at.place, *places = m->places.at.place, *values = m->values;
    *offsets_type = (cusparseIndexType_t)m->lines.type, *places_type = (cusparseIndexType_t)m->places.type, *base = (cusparseIndexBase_t)m->lines.base, *type = m->type;
    return CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseCooGet(cusparseSpMatDescr_t m, int64_t *rows, int64_t *columns, int64_t *nnz, void **lines, void **places, void **values, cusparseIndexType_t *index, cusparseIndexBase_t *base, cudaDataType *type) {
    if (!m || m->format != CUSPARSE_FORMAT_COO) return CUSPARSE_STATUS_INVALID_VALUE;
    *rows = m->rows, *columns = m->columns, *nnz = m->nnz, *lines = m->lines.at.place, *places = m->places.at.place, *values = m->values;
    *index = (cusparseIndexType_t)m->lines.type, *base = (cusparseIndexBase_t)m->lines.base, *type = m->type;
    return CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpMatGetSize(cusparseConstSpMatDescr_t m, int64_t *rows, int64_t *columns, int64_t *nnz) {
    if (!m || !rows || !columns || !nnz) return CUSPARSE_STATUS_INVALID_VALUE;
    return *rows = m->rows, *columns = m->columns, *nnz = m->nnz, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpMatGetFormat(cusparseConstSpMatDescr_t m, cusparseFormat_t *format) {
    if (!m || !format) return CUSPARSE_STATUS_INVALID_VALUE;
    return *format = (cusparseFormat_t)m->format, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpMatGetIndexBase(cusparseConstSpMatDescr_t m, cusparseIndexBase_t *base) {
    if (!m || !base) return CUSPARSE_STATUS_INVALID_VALUE;
    return *base = (cusparseIndexBase_t)m->lines.base, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpMatGetValues(cusparseSpMatDescr_t m, void **values) {
    if (!m || !values) return CUSPARSE_STATUS_INVALID_VALUE;
    return *values = m->values, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpMatSetValues(cusparseSpMatDescr_t m, void *values) {
    if (!m || !values) return CUSPARSE_STATUS_INVALID_VALUE;
    return m->values = values, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpMatSetAttribute(cusparseSpMatDescr_t m, cusparseSpMatAttribute_t attribute, const void *value, size_t bytes) {
    if (!m || !value || bytes != sizeof(int) || *(const int *)value < 0 || *(const int *)value > 1) return CUSPARSE_STATUS_INVALID_VALUE;
    if (attribute != CUSPARSE_SPMAT_FILL_MODE && attribute != CUSPARSE_SPMAT_DIAG_TYPE) return CUSPARSE_STATUS_INVALID_VALUE;
    return (attribute == CUSPARSE_SPMAT_FILL_MODE ? m->upper : m->unit) = *(const int *)value, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpMatGetAttribute(cusparseConstSpMatDescr_t m, cusparseSpMatAttribute_t attribute, void *value, size_t bytes) {
    if (!m || !value || bytes != sizeof(int) || (attribute != CUSPARSE_SPMAT_FILL_MODE && attribute != CUSPARSE_SPMAT_DIAG_TYPE)) return CUSPARSE_STATUS_INVALID_VALUE;
    return *(int *)value = attribute == CUSPARSE_SPMAT_FILL_MODE ? m->upper : m->unit, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseCsrSetStridedBatch(cusparseSpMatDescr_t m, int batch, int64_t offsets_stride, int64_t stride) {
    if (!m || m->format != CUSPARSE_FORMAT_CSR || batch < 1 || offsets_stride < 0 || stride < 0) return CUSPARSE_STATUS_INVALID_VALUE;
    return m->batch = batch, m->lines_stride = offsets_stride, m->stride = stride, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseCooSetStridedBatch(cusparseSpMatDescr_t m, int batch, int64_t stride) {
    if (!m || m->format != CUSPARSE_FORMAT_COO || batch < 1 || stride < 0) return CUSPARSE_STATUS_INVALID_VALUE;
    return m->batch = batch, m->stride = stride, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpMatGetStridedBatch(cusparseConstSpMatDescr_t m, int *batch) {
    if (!m || !batch) return CUSPARSE_STATUS_INVALID_VALUE;
    return *batch = m->batch, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseCreateDnMat(cusparseDnMatDescr_t *m, int64_t rows, int64_t columns, int64_t lead, void *values, cudaDataType type, cusparseOrder_t order) {
    if (!m || rows < 0 || columns < 0 || (order != CUSPARSE_ORDER_ROW && order != CUSPARSE_ORDER_COL) || lead < (order == CUSPARSE_ORDER_ROW ? columns : rows)) return CUSPARSE_STATUS_INVALID_VALUE;
    if (faultline::sparse::bytes_of(type) == 0) return CUSPARSE_STATUS_NOT_SUPPORTED;
    return *m = new faultline::sparse::dense_matrix{rows, columns, lead, values, type, order == CUSPARSE_ORDER_ROW}, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseCreateConstDnMat(cusparseConstDnMatDescr_t *m, int64_t rows, int64_t columns, int64_t lead, const void *values, cudaDataType type, cusparseOrder_t order) { return cusparseCreateDnMat((cusparseDnMatDescr_t *)m, rows, columns, lead, (void *)values, type, order); }
inline cusparseStatus_t cusparseDestroyDnMat(cusparseConstDnMatDescr_t m) { return faultline::sparse::destroy(m); }
inline cusparseStatus_t cusparseDnMatGet(cusparseDnMatDescr_t m, int64_t *rows, int64_t *columns, int64_t *lead, void **values, cudaDataType *type, cusparseOrder_t *order) {
    if (!m) return CUSPARSE_STATUS_INVALID_VALUE;
    return *rows = m->rows, *columns = m->columns, *lead = m->lead, *values = m->values, *type = m->type, *order = m->by_rows ? CUSPARSE_ORDER_ROW : CUSPARSE_ORDER_COL, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseDnMatGetValues(cusparseDnMatDescr_t m, void **values) {
    if (!m || !values) return CUSPARSE_STATUS_INVALID_VALUE;
    return *values = m->values, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseDnMatSetValues(cusparseDnMatDescr_t m, void *values) {
    if (!m || !values) return CUSPARSE_STATUS_INVALID_VALUE;
    return m->values = values, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseDnMatSetStridedBatch(cusparseDnMatDescr_t m, int batch, int64_t stride) {
    if (!m || batch < 1 || stride < 0) return CUSPARSE_STATUS_INVALID_VALUE;
    return m->batch = batch, m->stride = stride, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseDnMatGetStridedBatch(cusparseConstDnMatDescr_t m, int *batch, int64_t *stride) {
    if (!m || !batch || !stride) return CUSPARSE_STATUS_INVALID_VALUE;
    return *batch = m->batch, *stride = m->stride, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseCreateDnVec(cusparseDnVecDescr_t *v, int64_t size, void *values, cudaDataType type) {
    if (!v || size < 0) return CUSPARSE_STATUS_INVALID_VALUE;
    if (faultline::sparse::bytes_of(type) == 0) return CUSPARSE_STATUS_NOT_SUPPORTED;
    return *v = new faultline::sparse::dense_vector{size, values, type}, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseCreateConstDnVec(cusparseConstDnVecDescr_t *v, int64_t size, const void *values, cudaDataType type) { return cusparseCreateDnVec((cusparseDnVecDescr_t *)v, size, (void *)values, type); }
inline cusparseStatus_t cusparseDestroyDnVec(cusparseConstDnVecDescr_t v) { return faultline::sparse::destroy(v); }
inline cusparseStatus_t cusparseDnVecGet(cusparseDnVecDescr_t v, int64_t *size, void **values, cudaDataType *type) {
    if (!v) return CUSPARSE_STATUS_INVALID_VALUE;
    return *size = v->size, *values = v->values, *type = v->type, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseDnVecGetValues(cusparseDnVecDescr_t v, void **values) {
    if (!v || !values) return CUSPARSE_STATUS_INVALID_VALUE;
    return *values = v->values, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseDnVecSetValues(cusparseDnVecDescr_t v, void *values) {
    if (!v || !values) return CUSPARSE_STATUS_INVALID_VALUE;
    return v->values = values, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseCreateSpVec(cusparseSpVecDescr_t *v, int64_t size, int64_t nnz, faultline::sparse::index_place places, void *values, cusparseIndexType_t index, cusparseIndexBase_t base, cudaDataType type) {
    if (!v || size < 0 || nnz < 0 || nnz > size || (int)base < 0 || (int)base > 1) return CUSPARSE_STATUS_INVALID_VALUE;
    if (!faultline::sparse::is_index(index, base) || faultline::sparse::bytes_of(type) == 0) return CUSPARSE_STATUS_NOT_SUPPORTED;
    return *v = new faultline::sparse::sparse_vector{size, nnz, {places, index, base}, values, type}, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseCreateConstSpVec(cusparseConstSpVecDescr_t *v, int64_t size, int64_t nnz, faultline::sparse::index_place places, const void *values, cusparseIndexType_t index, cusparseIndexBase_t base, cudaDataType type) { return cusparseCreateSpVec((cusparseSpVecDescr_t *)v, size, nnz, places, (void *)values, index, base, type); }
inline cusparseStatus_t cusparseDestroySpVec(cusparseConstSpVecDescr_t v) { return faultline::sparse::destroy(v); }
inline cusparseStatus_t cusparseSpVecGet(cusparseSpVecDescr_t v, int64_t *size, int64_t *nnz, void **places, void **values, cusparseIndexType_t *index, cusparseIndexBase_t *base, cudaDataType *type) {
    if (!v) return CUSPARSE_STATUS_INVALID_VALUE;
    return *size = v->size, *nnz = v->nnz, *places = v->places.at.place, *values = v->values, *index = (cusparseIndexType_t)v->places.type, *base = (cusparseIndexBase_t)v->places.base, *type = v->type, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpVecGetIndexBase(cusparseConstSpVecDescr_t v, cusparseIndexBase_t *base) {
    if (!v || !base) return CUSPARSE_STATUS_INVALID_VALUE;
    return *base = (cusparseIndexBase_t)v->places.base, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpVecGetValues(cusparseSpVecDescr_t v, void **values) {
    if (!v || !values) return CUSPARSE_STATUS_INVALID_VALUE;
    return *values = v->values, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpVecSetValues(cusparseSpVecDescr_t v, void *values) {
    if (!v || !values) return CUSPARSE_STATUS_INVALID_VALUE;
    return v->values = values, CUSPARSE_STATUS_SUCCESS;
}

/* Vectors. */
FAULTLINE_SPARSE cusparseAxpby(cusparseHandle_t h, const void *alpha, cusparseConstSpVecDescr_t x, const void *beta, cusparseDnVecDescr_t y) {
    FAULTLINE_SPARSE_NEEDS(h, alpha && x && beta && y && x->size == y->size);
    cudaDataType compute = x->type == CUDA_R_16F || x->type == CUDA_R_16BF ? CUDA_R_32F : x->type;
    return (cusparseStatus_t)faultline::sparse::with_types(x->type, x->type, y->type, x->type == y->type ? compute : CUDA_R_8U, [&](auto tag) { return faultline::sparse::axpby<typename decltype(tag)::type>(h, alpha, x, beta, y); });
}
FAULTLINE_SPARSE cusparseRot(cusparseHandle_t h, const void *c, const void *s, cusparseSpVecDescr_t x, cusparseDnVecDescr_t y) {
    FAULTLINE_SPARSE_NEEDS(h, c && s && x && y && x->size == y->size);
    if (x->type != y->type) return CUSPARSE_STATUS_NOT_SUPPORTED;
    return (cusparseStatus_t)faultline::sparse::with_type(x->type, [&](auto tag) { return faultline::sparse::rotate<typename decltype(tag)::type>(h, c, s, x, y); });
}
FAULTLINE_SPARSE cusparseGather(cusparseHandle_t h, cusparseConstDnVecDescr_t y, cusparseSpVecDescr_t x) {
    FAULTLINE_SPARSE_NEEDS(h, y && x && x->size == y->size);
    return x->type != y->type ? CUSPARSE_STATUS_NOT_SUPPORTED : (cusparseStatus_t)faultline::sparse::move(h, x, y, true);
}
FAULTLINE_SPARSE cusparseScatter(cusparseHandle_t h, cusparseConstSpVecDescr_t x, cusparseDnVecDescr_t y) {
    FAULTLINE_SPARSE_NEEDS(h, y && x && x->size == y->size);
    return x->type != y->type ? CUSPARSE_STATUS_NOT_SUPPORTED : (cusparseStatus_t)faultline::sparse::move(h, x, y, false);
}
FAULTLINE_SPARSE cusparseSpVV_bufferSize(cusparseHandle_t h, cusparseOperation_t op, cusparseConstSpVecDescr_t x, cusparseConstDnVecDescr_t y, const void *result, cudaDataType, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, x && y && result && bytes && faultline::sparse::is_operation(op));
    return *bytes = 0, CUSPARSE_STATUS_SUCCESS;
}
FAULTLINE_SPARSE cusparseSpVV(cusparseHandle_t h, cusparseOperation_t op, cusparseConstSpVecDescr_t x, cusparseConstDnVecDescr_t y, void *result, cudaDataType compute, void *) {
    FAULTLINE_SPARSE_NEEDS(h, x && y && result && x->size == y->size && faultline::sparse::is_operation(op));
    return (cusparseStatus_t)faultline::sparse::with_types(x->type, y->type, compute, compute, [&](auto tag) { return faultline::sparse::dot<typename decltype(tag)::type>(h, op == CUSPARSE_OPERATION_CONJUGATE_TRANSPOSE, x, y, result); });
}

/* Products. */
FAULTLINE_SPARSE cusparseSpMV_bufferSize(cusparseHandle_t h, cusparseOperation_t op, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnVecDescr_t x, const void *beta, cusparseDnVecDescr_t y, cudaDataType compute, cusparseSpMVAlg_t alg, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, alpha && beta && a && x && y && bytes && faultline::sparse::is_operation(op) && faultline::sparse::fits(a, y->size, x->size, op));
    bool listed = a->format == CUSPARSE_FORMAT_COO, of_listed = alg == CUSPARSE_SPMV_COO_ALG1 || alg == CUSPARSE_SPMV_COO_ALG2;
    if (alg < 0 || alg > CUSPARSE_SPMV_COO_ALG2 || (alg != CUSPARSE_SPMV_ALG_DEFAULT && listed != of_listed)) return CUSPARSE_STATUS_NOT_SUPPORTED;
    *bytes = 0;
    return (cusparseStatus_t)faultline::sparse::with_types(a->type, x->type, y->type, compute, [](auto) { return faultline::sparse::SUCCESS; });
}
FAULTLINE_SPARSE cusparseSpMV_preprocess(cusparseHandle_t h, cusparseOperation_t op, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnVecDescr_t x, const void *beta, cusparseDnVecDescr_t y, cudaDataType compute, cusparseSpMVAlg_t alg, void *) {
    size_t bytes;
    return cusparseSpMV_bufferSize(h, op, alpha, a, x, beta, y, compute, alg, &bytes);
}
FAULTLINE_SPARSE cusparseSpMV(cusparseHandle_t h, cusparseOperation_t op, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnVecDescr_t x, const void *beta, cusparseDnVecDescr_t y, cudaDataType compute, cusparseSpMVAlg_t alg, void *) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseSpMV_bufferSize(h, op, alpha, a, x, beta, y, compute, alg, &bytes)) return status;
    if (!faultline::sparse::are_set(a)) return CUSPARSE_STATUS_INVALID_VALUE;
    return (cusparseStatus_t)faultline::sparse::with_types(a->type, x->type, y->type, compute, [&](auto tag) {
        using A = typename decltype(tag)::type;
        return faultline::sparse::multiply(h, faultline::sparse::pattern_of(a, op), A(a->values, a->type), 0, A(x->values, x->type), faultline::sparse::grid_of(x), A(y->values, y->type), faultline::sparse::grid_of(y), alpha, beta, 1);
    });
}
FAULTLINE_SPARSE cusparseSpMM_bufferSize(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b, const void *beta, cusparseDnMatDescr_t c, cudaDataType compute, cusparseSpMMAlg_t alg, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, alpha && beta && a && b && c && bytes && faultline::sparse::is_operation(oa) && faultline::sparse::is_operation(ob));
    if (!faultline::sparse::fits(a, c->rows, ob == CUSPARSE_OPERATION_NON_TRANSPOSE ? b->rows : b->columns, oa) || c->columns != (ob == CUSPARSE_OPERATION_NON_TRANSPOSE ? b->columns : b->rows)) return CUSPARSE_STATUS_INVALID_VALUE;
    /* One factor may be that of all products. */
    if ((a->batch != 1 && a->batch != c->batch) || (b->batch != 1 && b->batch != c->batch)) return CUSPARSE_STATUS_INVALID_VALUE;
    bool listed = a->format == CUSPARSE_FORMAT_COO, of_listed = alg == CUSPARSE_SPMM_COO_ALG1 || alg == CUSPARSE_SPMM_COO_ALG2 || alg == CUSPARSE_SPMM_COO_ALG3 || alg == CUSPARSE_SPMM_COO_ALG4, of_lines = alg == CUSPARSE_SPMM_CSR_ALG1 || alg == CUSPARSE_SPMM_CSR_ALG2 || alg == CUSPARSE_SPMM_CSR_ALG3;
    if (alg != CUSPARSE_SPMM_ALG_DEFAULT && !(listed ? of_listed : of_lines)) return CUSPARSE_STATUS_NOT_SUPPORTED;
    *bytes = 0;
    return (cusparseStatus_t)faultline::sparse::with_types(a->type, b->type, c->type, compute, [](auto) { return faultline::sparse::SUCCESS; });
}
FAULTLINE_SPARSE cusparseSpMM_preprocess(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b, const void *beta, cusparseDnMatDescr_t c, cudaDataType compute, cusparseSpMMAlg_t alg, void *) {
    size_t bytes;
    return cusparseSpMM_bufferSize(h, oa, ob, alpha, a, b, beta, c, compute, alg, &bytes);
}
FAULTLINE_SPARSE cusparseSpMM(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b, const void *beta, cusparseDnMatDescr_t c, cudaDataType compute, cusparseSpMMAlg_t alg, void *) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseSpMM_bufferSize(h, oa, ob, alpha, a, b, beta, c, compute, alg, &bytes)) return status;
    if (!faultline::sparse::are_set(a)) return CUSPARSE_STATUS_INVALID_VALUE;
    return (cusparseStatus_t)faultline::sparse::with_types(a->type, b->type, c->type, compute, [&](auto tag) {
        using A = typename decltype(tag)::type;
        return faultline::sparse::multiply(h, faultline::sparse::pattern_of(a, oa), A(a->values, a->type), a->batch > 1 ? (ptrdiff_t)a->stride : 0, A(b->values, b->type), faultline::sparse::grid_of(b, ob), A(c->values, c->type), faultline::sparse::grid_of(c, CUSPARSE_OPERATION_NON_TRANSPOSE), alpha, beta, c->batch);
    });
}
FAULTLINE_SPARSE cusparseSDDMM_bufferSize(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b, const void *beta, cusparseSpMatDescr_t c, cudaDataType compute, cusparseSDDMMAlg_t alg, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, alpha && beta && a && b && c && bytes && faultline::sparse::is_operation(oa) && faultline::sparse::is_operation(ob));
    auto left = faultline::sparse::grid_of(a, oa), right = faultline::sparse::grid_of(b, ob);
    if (left.columns != right.rows || left.rows != c->rows || right.columns != c->columns || (a->batch != 1 && a->batch != c->batch) || (b->batch != 1 && b->batch != c->batch)) return CUSPARSE_STATUS_INVALID_VALUE;
    if (alg != CUSPARSE_SDDMM_ALG_DEFAULT || a->type == CUDA_R_8I) return CUSPARSE_STATUS_NOT_SUPPORTED;
    *bytes = 0;
    return (cusparseStatus_t)faultline::sparse::with_types(a->type, b->type, c->type, compute, [](auto) { return faultline::sparse::SUCCESS; });
}
FAULTLINE_SPARSE cusparseSDDMM_preprocess(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b, const void *beta, cusparseSpMatDescr_t c, cudaDataType compute, cusparseSDDMMAlg_t alg, void *) {
    size_t bytes;
    return cusparseSDDMM_bufferSize(h, oa, ob, alpha, a, b, beta, c, compute, alg, &bytes);
}
FAULTLINE_SPARSE cusparseSDDMM(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstDnMatDescr_t a, cusparseConstDnMatDescr_t b, const void *beta, cusparseSpMatDescr_t c, cudaDataType compute, cusparseSDDMMAlg_t alg, void *) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseSDDMM_bufferSize(h, oa, ob, alpha, a, b, beta, c, compute, alg, &bytes)) return status;
    if (!faultline::sparse::are_set(c)) return CUSPARSE_STATUS_INVALID_VALUE;
    return (cusparseStatus_t)faultline::sparse::with_types(a->type, b->type, c->type, compute, [&](auto tag) {
        using A = typename decltype(tag)::type;
        return faultline::sparse::sample(h, A(a->values, a->type), faultline::sparse::grid_of(a, oa), A(b->values, b->type), faultline::sparse::grid_of(b, ob), faultline::sparse::pattern_of(c), A(c->values, c->type), alpha, beta, c->batch);
    });
}
inline cusparseStatus_t cusparseSpGEMM_createDescr(cusparseSpGEMMDescr_t *d) {
    if (!d) return CUSPARSE_STATUS_INVALID_VALUE;
    return *d = new faultline::sparse::product{}, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpGEMM_destroyDescr(cusparseSpGEMMDescr_t d) { return faultline::sparse::destroy(d); }
namespace faultline {
namespace sparse {
inline cusparseStatus_t check_product(const handle *h, int oa, int ob, const void *alpha, const matrix *a, const matrix *b, const void *beta, const matrix *c, cudaDataType compute, int alg, const product *d) {
    FAULTLINE_SPARSE_NEEDS(h, alpha && beta && are_set(a) && are_set(b) && c && d && is_operation(oa) && is_operation(ob) && a->columns == b->rows && c->rows == a->rows && c->columns == b->columns);
    /* Algorithms 2 and 3 have a phase more, which bounds the memory. */
    if (oa != PLAIN || ob != PLAIN || a->format != CSR || b->format != CSR || c->format != CSR || a->batch != 1 || b->batch != 1 || c->batch != 1 || alg < 0 || alg > CUSPARSE_SPGEMM_ALG1) return CUSPARSE_STATUS_NOT_SUPPORTED;
    return a->type == compute && b->type == compute && c->type == compute ? (cusparseStatus_t)with_type(compute, [](auto) { return SUCCESS; }) : CUSPARSE_STATUS_NOT_SUPPORTED;
}
} // namespace sparse
} // namespace faultline
FAULTLINE_SPARSE cusparseSpGEMM_workEstimation(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstSpMatDescr_t b, const void *beta, cusparseSpMatDescr_t c, cudaDataType compute, cusparseSpGEMMAlg_t alg, cusparseSpGEMMDescr_t d, size_t *bytes, void *buffer) {
    if (cusparseStatus_t status = faultline::sparse::check_product(h, oa, ob, alpha, a, b, beta, c, compute, alg, d)) return status;
    if (!bytes) return CUSPARSE_STATUS_INVALID_VALUE;
    size_t needed = sizeof(int) * ((size_t)a->rows + 1);
    if (!buffer) return *bytes = needed, CUSPARSE_STATUS_SUCCESS;
    if (*bytes < needed) return CUSPARSE_STATUS_INSUFFICIENT_RESOURCES;
    d->offsets = (int *)buffer, d->computed = false;
    return (cusparseStatus_t)faultline::sparse::estimate(h, a, b, d);
}
FAULTLINE_SPARSE cusparseSpGEMM_getNumProducts(cusparseSpGEMMDescr_t d, int64_t *products) {
    if (!d || !products || d->partial < 0) return CUSPARSE_STATUS_INVALID_VALUE;
    return *products = d->partial, CUSPARSE_STATUS_SUCCESS;
}
FAULTLINE_SPARSE cusparseSpGEMM_compute(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstSpMatDescr_t b, const void *beta, cusparseSpMatDescr_t c, cudaDataType compute, cusparseSpGEMMAlg_t alg, cusparseSpGEMMDescr_t d, size_t *bytes, void *buffer) {
    if (cusparseStatus_t status = faultline::sparse::check_product(h, oa, ob, alpha, a, b, beta, c, compute, alg, d)) return status;
    if (!bytes || d->partial < 0) return CUSPARSE_STATUS_INVALID_VALUE;
    void *values;
    faultline::sparse::product laid = *d;
    size_t needed = faultline::sparse::lay_out(&laid, (ptrdiff_t)a->rows, faultline::sparse::bytes_of(compute), buffer, &values);
    if (!buffer) return *bytes = needed, CUSPARSE_STATUS_SUCCESS;
    if (*bytes < needed) return CUSPARSE_STATUS_INSUFFICIENT_RESOURCES;
    *d = laid;
    int status = faultline::sparse::with_type(compute, [&](auto tag) {
        using T = typename decltype(tag)::type::value;
        return faultline::sparse::multiply_rows<T>(h, a, b, d, (T *)values);
    });
    if (status) return (cusparseStatus_t)status;
    c->nnz = faultline::sparse::read(h, d->counts + a->rows), d->computed = true;
    return CUSPARSE_STATUS_SUCCESS;
}
FAULTLINE_SPARSE cusparseSpGEMM_copy(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstSpMatDescr_t b, const void *beta, cusparseSpMatDescr_t c, cudaDataType compute, cusparseSpGEMMAlg_t alg, cusparseSpGEMMDescr_t d) {
    if (cusparseStatus_t status = faultline::sparse::check_product(h, oa, ob, alpha, a, b, beta, c, compute, alg, d)) return status;
    if (!d->computed || !faultline::sparse::are_set(c)) return CUSPARSE_STATUS_INVALID_VALUE;
    return (cusparseStatus_t)faultline::sparse::with_type(compute, [&](auto tag) { return faultline::sparse::copy_rows<typename decltype(tag)::type::value>(h, d, c, alpha, beta); });
}

/* Triangular systems. The buffer of the analysis is used until the last solution. */
inline cusparseStatus_t cusparseSpSV_createDescr(cusparseSpSVDescr_t *d) {
    if (!d) return CUSPARSE_STATUS_INVALID_VALUE;
    return *d = new faultline::sparse::solution{}, CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t cusparseSpSV_destroyDescr(cusparseSpSVDescr_t d) { return faultline::sparse::destroy(d); }
inline cusparseStatus_t cusparseSpSM_createDescr(cusparseSpSMDescr_t *d) { return cusparseSpSV_createDescr(d); }
inline cusparseStatus_t cusparseSpSM_destroyDescr(cusparseSpSMDescr_t d) { return faultline::sparse::destroy(d); }
namespace faultline {
namespace sparse {
inline cusparseStatus_t check_system(int op, const matrix *a, const grid &b, cudaDataType bt, const grid &c, cudaDataType ct, cudaDataType compute, int alg) {
    if (a->rows != a->columns || b.rows != a->rows || c.rows != a->rows || b.columns != c.columns || !is_operation(op)) return CUSPARSE_STATUS_INVALID_VALUE;
    if (a->type != compute || bt != compute || ct != compute || a->batch != 1 || b.batch != 0 || c.batch != 0 || alg != 0) return CUSPARSE_STATUS_NOT_SUPPORTED;
    return (cusparseStatus_t)with_type(compute, [](auto) { return SUCCESS; });
}
template <int = 0> cusparseStatus_t analyze(const handle *h, int op, const matrix *a, solution *d, void *buffer) {
    if (!buffer || !are_set(a)) return CUSPARSE_STATUS_INVALID_VALUE;
    d->a = a, d->op = op, d->upper = a->upper, d->unit = a->unit, d->analyzed = true;
    return (cusparseStatus_t)make_plan(h, &d->p, pattern_of(a, op), (a->upper != 0) == (op == PLAIN) ? UPPER : LOWER, buffer);
}
} // namespace sparse
} // namespace faultline
FAULTLINE_SPARSE cusparseSpSV_bufferSize(cusparseHandle_t h, cusparseOperation_t op, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnVecDescr_t x, cusparseDnVecDescr_t y, cudaDataType compute, cusparseSpSVAlg_t alg, cusparseSpSVDescr_t d, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, alpha && a && x && y && d && bytes);
    faultline::sparse::plan p;
    *bytes = faultline::sparse::lay_out(&p, (ptrdiff_t)a->rows, (ptrdiff_t)a->nnz, nullptr);
    return faultline::sparse::check_system(op, a, faultline::sparse::grid_of(x), x->type, faultline::sparse::grid_of(y), y->type, compute, alg);
}
FAULTLINE_SPARSE cusparseSpSV_analysis(cusparseHandle_t h, cusparseOperation_t op, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnVecDescr_t x, cusparseDnVecDescr_t y, cudaDataType compute, cusparseSpSVAlg_t alg, cusparseSpSVDescr_t d, void *buffer) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseSpSV_bufferSize(h, op, alpha, a, x, y, compute, alg, d, &bytes)) return status;
    return faultline::sparse::analyze(h, op, a, d, buffer);
}
FAULTLINE_SPARSE cusparseSpSV_solve(cusparseHandle_t h, cusparseOperation_t op, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnVecDescr_t x, cusparseDnVecDescr_t y, cudaDataType compute, cusparseSpSVAlg_t alg, cusparseSpSVDescr_t d) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseSpSV_bufferSize(h, op, alpha, a, x, y, compute, alg, d, &bytes)) return status;
    if (!faultline::sparse::is_analyzed(d, a, op)) return CUSPARSE_STATUS_INVALID_VALUE;
    return (cusparseStatus_t)faultline::sparse::with_type(compute, [&](auto tag) {
        using T = typename decltype(tag)::type::value;
        return faultline::sparse::solve(h, d, a, alpha, (const T *)x->values, faultline::sparse::grid_of(x), (T *)y->values, faultline::sparse::grid_of(y));
    });
}
FAULTLINE_SPARSE cusparseSpSM_bufferSize(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b, cusparseDnMatDescr_t c, cudaDataType compute, cusparseSpSMAlg_t alg, cusparseSpSMDescr_t d, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, alpha && a && b && c && d && bytes && faultline::sparse::is_operation(ob));
    faultline::sparse::plan p;
    *bytes = faultline::sparse::lay_out(&p, (ptrdiff_t)a->rows, (ptrdiff_t)a->nnz, nullptr);
    return faultline::sparse::check_system(oa, a, faultline::sparse::grid_of(b, ob), b->type, faultline::sparse::grid_of(c, CUSPARSE_OPERATION_NON_TRANSPOSE), c->type, compute, alg);
}
FAULTLINE_SPARSE cusparseSpSM_analysis(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b, cusparseDnMatDescr_t c, cudaDataType compute, cusparseSpSMAlg_t alg, cusparseSpSMDescr_t d, void *buffer) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseSpSM_bufferSize(h, oa, ob, alpha, a, b, c, compute, alg, d, &bytes)) return status;
    return faultline::sparse::analyze(h, oa, a, d, buffer);
}
/* hipSPARSE's has the buffer once more. */
FAULTLINE_SPARSE cusparseSpSM_solve(cusparseHandle_t h, cusparseOperation_t oa, cusparseOperation_t ob, const void *alpha, cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t b, cusparseDnMatDescr_t c, cudaDataType compute, cusparseSpSMAlg_t alg, cusparseSpSMDescr_t d, void * = nullptr) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseSpSM_bufferSize(h, oa, ob, alpha, a, b, c, compute, alg, d, &bytes)) return status;
    if (!faultline::sparse::is_analyzed(d, a, oa)) return CUSPARSE_STATUS_INVALID_VALUE;
    return (cusparseStatus_t)faultline::sparse::with_type(compute, [&](auto tag) {
        using T = typename decltype(tag)::type::value;
        return faultline::sparse::solve(h, d, a, alpha, (const T *)b->values, faultline::sparse::grid_of(b, ob), (T *)c->values, faultline::sparse::grid_of(c, CUSPARSE_OPERATION_NON_TRANSPOSE));
    });
}

/* From and to dense matrices. */
FAULTLINE_SPARSE cusparseSparseToDense_bufferSize(cusparseHandle_t h, cusparseConstSpMatDescr_t a, cusparseDnMatDescr_t b, cusparseSparseToDenseAlg_t alg, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, a && b && bytes && a->rows == b->rows && a->columns == b->columns);
    return *bytes = 0, a->type == b->type && alg == CUSPARSE_SPARSETODENSE_ALG_DEFAULT && a->batch == 1 && b->batch == 1 ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_NOT_SUPPORTED;
}
FAULTLINE_SPARSE cusparseSparseToDense(cusparseHandle_t h, cusparseConstSpMatDescr_t a, cusparseDnMatDescr_t b, cusparseSparseToDenseAlg_t alg, void *) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseSparseToDense_bufferSize(h, a, b, alg, &bytes)) return status;
    return faultline::sparse::are_set(a) ? (cusparseStatus_t)faultline::sparse::to_dense(h, a, b) : CUSPARSE_STATUS_INVALID_VALUE;
}
FAULTLINE_SPARSE cusparseDenseToSparse_bufferSize(cusparseHandle_t h, cusparseConstDnMatDescr_t a, cusparseSpMatDescr_t b, cusparseDenseToSparseAlg_t alg, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, a && b && bytes && a->rows == b->rows && a->columns == b->columns);
    *bytes = sizeof(int) * ((size_t)b->count() + 1);
    return a->type == b->type && alg == CUSPARSE_DENSETOSPARSE_ALG_DEFAULT && a->batch == 1 && b->batch == 1 ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_NOT_SUPPORTED;
}
FAULTLINE_SPARSE cusparseDenseToSparse_analysis(cusparseHandle_t h, cusparseConstDnMatDescr_t a, cusparseSpMatDescr_t b, cusparseDenseToSparseAlg_t alg, void *buffer) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseDenseToSparse_bufferSize(h, a, b, alg, &bytes)) return status;
    if (!buffer) return CUSPARSE_STATUS_INVALID_VALUE;
    if (int status = faultline::sparse::count_entries(h, a, b, (int *)buffer)) return (cusparseStatus_t)status;
    return b->nnz = faultline::sparse::read(h, (int *)buffer + b->count()), CUSPARSE_STATUS_SUCCESS;
}
FAULTLINE_SPARSE cusparseDenseToSparse_convert(cusparseHandle_t h, cusparseConstDnMatDescr_t a, cusparseSpMatDescr_t b, cusparseDenseToSparseAlg_t alg, void *buffer) {
    size_t bytes;
    if (cusparseStatus_t status = cusparseDenseToSparse_bufferSize(h, a, b, alg, &bytes)) return status;
    return buffer && faultline::sparse::are_set(b) ? (cusparseStatus_t)faultline::sparse::to_sparse(h, a, b, (int *)buffer) : CUSPARSE_STATUS_INVALID_VALUE;
}

/* The legacy API: indices of 32 bits; with S, D, C or Z for the type. */
FAULTLINE_SPARSE cusparseCreateIdentityPermutation(cusparseHandle_t h, int n, int *p) {
    FAULTLINE_SPARSE_NEEDS(h, n >= 0 && (p || n == 0));
    return faultline::sparse::run(h, (size_t)n, [=] __device__(size_t i) { p[i] = (int)i; }), CUSPARSE_STATUS_SUCCESS;
}
FAULTLINE_SPARSE cusparseXcoo2csr(cusparseHandle_t h, const int *rows_of, int nnz, int m, int *offsets, cusparseIndexBase_t base) {
    FAULTLINE_SPARSE_NEEDS(h, nnz >= 0 && m >= 0 && offsets && (rows_of || nnz == 0));
    return (cusparseStatus_t)faultline::sparse::compress(h, rows_of, nnz, m, offsets, base);
}
FAULTLINE_SPARSE cusparseXcsr2coo(cusparseHandle_t h, const int *offsets, int nnz, int m, int *rows_of, cusparseIndexBase_t base) {
    FAULTLINE_SPARSE_NEEDS(h, nnz >= 0 && m >= 0 && offsets && (rows_of || nnz == 0));
    return (cusparseStatus_t)faultline::sparse::expand(h, offsets, m, rows_of, base);
}
FAULTLINE_SPARSE cusparseXcsrsort_bufferSizeExt(cusparseHandle_t h, int m, int n, int nnz, const int *, const int *, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, m >= 0 && n >= 0 && nnz >= 0 && bytes);
    return *bytes = sizeof(faultline::sparse::key) * (size_t)nnz, CUSPARSE_STATUS_SUCCESS;
}
FAULTLINE_SPARSE cusparseXcsrsort(cusparseHandle_t h, int m, int n, int nnz, const cusparseMatDescr_t d, const int *offsets, int *places, int *p, void *buffer) {
    FAULTLINE_SPARSE_NEEDS(h, m >= 0 && n >= 0 && nnz >= 0 && d && offsets && (nnz == 0 || (places && buffer)));
    if (d->type != CUSPARSE_MATRIX_TYPE_GENERAL) return CUSPARSE_STATUS_MATRIX_TYPE_NOT_SUPPORTED;
    return (cusparseStatus_t)faultline::sparse::sort_rows(h, m, {(void *)offsets, false, d->base}, places, p, buffer);
}
FAULTLINE_SPARSE cusparseXcscsort_bufferSizeExt(cusparseHandle_t h, int m, int n, int nnz, const int *offsets, const int *places, size_t *bytes) { return cusparseXcsrsort_bufferSizeExt(h, n, m, nnz, offsets, places, bytes); }
FAULTLINE_SPARSE cusparseXcscsort(cusparseHandle_t h, int m, int n, int nnz, const cusparseMatDescr_t d, const int *offsets, int *places, int *p, void *buffer) { return cusparseXcsrsort(h, n, m, nnz, d, offsets, places, p, buffer); }
FAULTLINE_SPARSE cusparseCsr2cscEx2_bufferSize(cusparseHandle_t h, int m, int n, int nnz, const void *, const int *, const int *, void *, int *, int *, cudaDataType type, cusparseAction_t, cusparseIndexBase_t, cusparseCsr2CscAlg_t alg, size_t *bytes) {
    FAULTLINE_SPARSE_NEEDS(h, m >= 0 && n >= 0 && nnz >= 0 && bytes);
    return *bytes = faultline::sparse::transpose_bytes(n, nnz), faultline::sparse::bytes_of(type) && alg == CUSPARSE_CSR2CSC_ALG1 ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_NOT_SUPPORTED;
}
FAULTLINE_SPARSE cusparseCsr2cscEx2(cusparseHandle_t h, int m, int n, int nnz, const void *values, const int *offsets, const int *places, void *to, int *to_offsets, int *to_places, cudaDataType type, cusparseAction_t action, cusparseIndexBase_t base, cusparseCsr2CscAlg_t alg, void *buffer) {
    FAULTLINE_SPARSE_NEEDS(h, m >= 0 && n >= 0 && nnz >= 0 && offsets && to_offsets && buffer && (nnz == 0 || (places && to_places && (action == CUSPARSE_ACTION_SYMBOLIC || (values && to)))));
    if (!faultline::sparse::bytes_of(type) || alg != CUSPARSE_CSR2CSC_ALG1) return CUSPARSE_STATUS_NOT_SUPPORTED;
    return (cusparseStatus_t)faultline::sparse::transpose(h, m, n, nnz, values, {(void *)offsets, false, base}, {(void *)places, false, base}, to, {to_offsets, false, base}, {to_places, false, base}, type, action == CUSPARSE_ACTION_NUMERIC, buffer);
}
FAULTLINE_SPARSE cusparseXcsrgeam2Nnz(cusparseHandle_t h, int m, int n, const cusparseMatDescr_t da, int, const int *la, const int *pa, const cusparseMatDescr_t db, int, const int *lb, const int *pb, const cusparseMatDescr_t dc, int *lc, int *total, void *) {
    FAULTLINE_SPARSE_NEEDS(h, m >= 0 && n >= 0 && da && db && dc && la && lb && lc && total);
    if (da->type || db->type || dc->type) return CUSPARSE_STATUS_MATRIX_TYPE_NOT_SUPPORTED;
    return (cusparseStatus_t)faultline::sparse::count_sum(h, m, {(void *)la, false, da->base}, {(void *)pa, false, da->base}, {(void *)lb, false, db->base}, {(void *)pb, false, db->base}, {lc, false, dc->base}, total);
}
inline cusparseStatus_t cusparseCreateCsrilu02Info(csrilu02Info_t *info) {
    if (!info) return CUSPARSE_STATUS_INVALID_VALUE;
    *info = new faultline::sparse::factor_info{};
    return cudaMalloc((void **)&(*info)->pivot, sizeof(int)) == cudaSuccess ? CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_ALLOC_FAILED;
}
inline cusparseStatus_t cusparseDestroyCsrilu02Info(csrilu02Info_t info) {
    if (info) cudaFree(info->pivot);
    return faultline::sparse::destroy(info);
}
inline cusparseStatus_t cusparseCreateCsric02Info(csric02Info_t *info) { return cusparseCreateCsrilu02Info(info); }
inline cusparseStatus_t cusparseDestroyCsric02Info(csric02Info_t info) { return cusparseDestroyCsrilu02Info(info); }
FAULTLINE_SPARSE cusparseXcsrilu02_zeroPivot(cusparseHandle_t h, csrilu02Info_t info, int *position) {
    FAULTLINE_SPARSE_NEEDS(h, info && position);
    return (cusparseStatus_t)faultline::sparse::zero_pivot(h, info, position);
}
FAULTLINE_SPARSE cusparseXcsric02_zeroPivot(cusparseHandle_t h, csric02Info_t info, int *position) { return cusparseXcsrilu02_zeroPivot(h, info, position); }
namespace faultline {
namespace sparse {
inline cusparseStatus_t check_factor(const handle *h, int m, int nnz, const matrix_kind *d, const void *values, const int *offsets, const int *places, const factor_info *info) {
    FAULTLINE_SPARSE_NEEDS(h, m >= 0 && nnz >= 0 && d && offsets && info && (nnz == 0 || (values && places)));
    return d->type ? CUSPARSE_STATUS_MATRIX_TYPE_NOT_SUPPORTED : CUSPARSE_STATUS_SUCCESS;
}
inline cusparseStatus_t factor_bytes(const handle *h, int m, int nnz, const matrix_kind *d, const void *values, const int *offsets, const int *places, const factor_info *info, int *bytes) {
    if (cusparseStatus_t status = check_factor(h, m, nnz, d, values, offsets, places, info)) return status;
    plan p;
    return bytes ? *bytes = (int)lay_out(&p, m, nnz, nullptr), CUSPARSE_STATUS_SUCCESS : CUSPARSE_STATUS_INVALID_VALUE;
}
template <int = 0> cusparseStatus_t factor_analysis(const handle *h, int m, int nnz, const matrix_kind *d, const void *values, const int *offsets, const int *places, factor_info *info, void *buffer) {
    if (cusparseStatus_t status = check_factor(h, m, nnz, d, values, offsets, places, info)) return status;
    if (!buffer) return CUSPARSE_STATUS_INVALID_VALUE;
    return (cusparseStatus_t)analyze(h, info, {{(void *)offsets, false, d->base}, {(void *)places, false, d->base}, false, false, false, m, m, m, nnz, 0, 0}, buffer);
}
} // namespace sparse
} // namespace faultline
/* The functions of one type; T is the type and K what kernels compute with. */
#define FAULTLINE_SPARSE_TYPED(X, T, K)                                                                                              \
    FAULTLINE_SPARSE cusparse##X##nnz(cusparseHandle_t h, cusparseDirection_t direction, int m, int n, const cusparseMatDescr_t d, const T *a, int lead, int *counts, int *total) { \
        FAULTLINE_SPARSE_NEEDS(h, m >= 0 && n >= 0 && d && lead >= m && total && (a || m == 0 || n == 0) && (counts || (direction ? n : m) == 0)); \
        if (d->type) return CUSPARSE_STATUS_MATRIX_TYPE_NOT_SUPPORTED;                                                               \
        return (cusparseStatus_t)faultline::sparse::count_nonzero(h, direction == CUSPARSE_DIRECTION_COLUMN, m, n, (const K *)a, lead, counts, total); \
    }                                                                                                                                \
    FAULTLINE_SPARSE cusparse##X##csrgeam2_bufferSizeExt(cusparseHandle_t h, int m, int n, const T *, const cusparseMatDescr_t da, int, const T *, const int *, const int *, const T *, const cusparseMatDescr_t db, int, const T *, const int *, const int *, const cusparseMatDescr_t dc, const T *, const int *, const int *, size_t *bytes) { \
        FAULTLINE_SPARSE_NEEDS(h, m >= 0 && n >= 0 && da && db && dc && bytes);                                                     \
        return *bytes = 0, CUSPARSE_STATUS_SUCCESS;                                                                                  \
    }                                                                                                                                \
    FAULTLINE_SPARSE cusparse##X##csrgeam2(cusparseHandle_t h, int m, int n, const T *alpha, const cusparseMatDescr_t da, int, const T *a, const int *la, const int *pa, const T *beta, const cusparseMatDescr_t db, int, const T *b, const int *lb, const int *pb, const cusparseMatDescr_t dc, T *c, int *lc, int *pc, void *) { \
        FAULTLINE_SPARSE_NEEDS(h, m >= 0 && n >= 0 && alpha && beta && da && db && dc && la && lb && lc);                           \
        if (da->type || db->type || dc->type) return CUSPARSE_STATUS_MATRIX_TYPE_NOT_SUPPORTED;                                      \
        return (cusparseStatus_t)faultline::sparse::sum_rows<K>(h, m, (const K *)alpha, (const K *)a, {(void *)la, false, da->base}, {(void *)pa, false, da->base}, (const K *)beta, (const K *)b, {(void *)lb, false, db->base}, {(void *)pb, false, db->base}, (K *)c, {lc, false, dc->base}, {pc, false, dc->base}); \
    }                                                                                                                                \
    FAULTLINE_SPARSE cusparse##X##csrilu02_bufferSize(cusparseHandle_t h, int m, int nnz, const cusparseMatDescr_t d, T *values, const int *offsets, const int *places, csrilu02Info_t info, int *bytes) { return faultline::sparse::factor_bytes(h, m, nnz, d, values, offsets, places, info, bytes); } \
    FAULTLINE_SPARSE cusparse##X##csrilu02_analysis(cusparseHandle_t h, int m, int nnz, const cusparseMatDescr_t d, const T *values, const int *offsets, const int *places, csrilu02Info_t info, cusparseSolvePolicy_t, void *buffer) { return faultline::sparse::factor_analysis(h, m, nnz, d, values, offsets, places, info, buffer); } \
    FAULTLINE_SPARSE cusparse##X##csrilu02(cusparseHandle_t h, int m, int nnz, const cusparseMatDescr_t d, T *values, const int *offsets, const int *places, csrilu02Info_t info, cusparseSolvePolicy_t, void *) { \
        if (cusparseStatus_t status = faultline::sparse::check_factor(h, m, nnz, d, values, offsets, places, info)) return status; \
        return info->analyzed && info->p.rows == m ? (cusparseStatus_t)faultline::sparse::factor_lu(h, info, (K *)values) : CUSPARSE_STATUS_INVALID_VALUE; \
    }                                                                                                                                \
    FAULTLINE_SPARSE cusparse##X##csric02_bufferSize(cusparseHandle_t h, int m, int nnz, const cusparseMatDescr_t d, T *values, const int *offsets, const int *places, csric02Info_t info, int *bytes) { return faultline::sparse::factor_bytes(h, m, nnz, d, values, offsets, places, info, bytes); } \
    FAULTLINE_SPARSE cusparse##X##csric02_analysis(cusparseHandle_t h, int m, int nnz, const cusparseMatDescr_t d, const T *values, const int *offsets, const int *places, csric02Info_t info, cusparseSolvePolicy_t, void *buffer) { return faultline::sparse::factor_analysis(h, m, nnz, d, values, offsets, places, info, buffer); } \
    FAULTLINE_SPARSE cusparse##X##csric02(cusparseHandle_t h, int m, int nnz, const cusparseMatDescr_t d, T *values, const int *offsets, const int *places, csric02Info_t info, cusparseSolvePolicy_t, void *) { \
        if (cusparseStatus_t status = faultline::sparse::check_factor(h, m, nnz, d, values, offsets, places, info)) return status; \
        return info->analyzed && info->p.rows == m ? (cusparseStatus_t)faultline::sparse::factor_cholesky(h, info, (K *)values) : CUSPARSE_STATUS_INVALID_VALUE; \
    }
FAULTLINE_SPARSE_TYPED(S, float, float)
FAULTLINE_SPARSE_TYPED(D, double, double)
FAULTLINE_SPARSE_TYPED(C, cuComplex, faultline::sparse::complex<float>)
FAULTLINE_SPARSE_TYPED(Z, cuDoubleComplex, faultline::sparse::complex<double>)
#undef FAULTLINE_SPARSE_TYPED
#undef FAULTLINE_SPARSE_NEEDS
#undef FAULTLINE_SPARSE
#endif
