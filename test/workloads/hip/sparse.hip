/* hipSPARSE: products, a triangular system, an incomplete factor and conversions by their names of HIP. */
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <hip/hip_runtime.h>
#include <hipsparse/hipsparse.h>
#include <initializer_list>

static const int N = 24, K = 3;
static int wrong = 0;
static void near(const char *what, float got, float wanted) {
    if (std::fabs(got - wanted) <= 1e-4f * (1 + std::fabs(wanted))) return;
    if (wrong++ < 10) printf("sparse: %s is %g, not %g\n", what, (double)got, (double)wanted);
}
static void check(hipsparseStatus_t status) { near("a status", (float)status, HIPSPARSE_STATUS_SUCCESS); }
template <class T> static T *managed(size_t n) {
    T *values;
    (void)hipMallocManaged(&values, (n + 1) * sizeof(T));
    for (size_t i = 0; i < n; i++) values[i] = T();
    return values;
}

int main() {
    /* Four diagonals, counted from one. */
    int *offsets = managed<int>(N + 1), *places = managed<int>(4 * N), nnz = 0;
    float *values = managed<float>(4 * N), *dense = managed<float>(N * N), *x = managed<float>(N * K), *y = managed<float>(N * K);
    for (int i = 0; i < N; i++) {
        offsets[i] = nnz + 1;
        for (int j : {i - 5, i - 1, i, i + 5})
            if (j >= 0 && j < N) places[nnz] = j + 1, values[nnz++] = dense[i * N + j] = i == j ? 8.0f : (float)((i + 2 * j) % 3) - 1.5f;
    }
    offsets[N] = nnz + 1;
    for (int i = 0; i < N * K; i++) x[i] = (float)((i * 5) % 13) - 6;
    hipsparseHandle_t handle;
    check(hipsparseCreate(&handle));
    hipStream_t stream;
    (void)hipStreamCreate(&stream);
    check(hipsparseSetStream(handle, stream));
    hipsparseSpMatDescr_t a;
    hipsparseDnMatDescr_t b, c;
    check(hipsparseCreateCsr(&a, N, N, nnz, offsets, places, values, HIPSPARSE_INDEX_32I, HIPSPARSE_INDEX_32I, HIPSPARSE_INDEX_BASE_ONE, HIP_R_32F));
    check(hipsparseCreateDnMat(&b, N, K, K, x, HIP_R_32F, HIPSPARSE_ORDER_ROW));
    check(hipsparseCreateDnMat(&c, N, K, N, y, HIP_R_32F, HIPSPARSE_ORDER_COL));
    const float alpha = 0.5f, zero = 0;
    size_t bytes;
    for (int transposed = 0; transposed < 2; transposed++) {
        const hipsparseOperation_t op = transposed ? HIPSPARSE_OPERATION_TRANSPOSE : HIPSPARSE_OPERATION_NON_TRANSPOSE;
        for (int i = 0; i < N * K; i++) y[i] = NAN;
        check(hipsparseSpMM_bufferSize(handle, op, HIPSPARSE_OPERATION_NON_TRANSPOSE, &alpha, a, b, &zero, c, HIP_R_32F, HIPSPARSE_SPMM_ALG_DEFAULT, &bytes));
        check(hipsparseSpMM(handle, op, HIPSPARSE_OPERATION_NON_TRANSPOSE, &alpha, a, b, &zero, c, HIP_R_32F, HIPSPARSE_SPMM_ALG_DEFAULT, managed<char>(bytes)));
        (void)hipStreamSynchronize(stream);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < K; j++) {
                float sum = 0;
                for (int k = 0; k < N; k++) sum += dense[transposed ? k * N + i : i * N + k] * x[k * K + j];
                near("SpMM", y[i + j * N], alpha * sum);
            }
    }
    const hipsparseFillMode_t fill = HIPSPARSE_FILL_MODE_LOWER;
    const hipsparseOperation_t op = HIPSPARSE_OPERATION_NON_TRANSPOSE;
    check(hipsparseSpMatSetAttribute(a, HIPSPARSE_SPMAT_FILL_MODE, &fill, sizeof fill));
    hipsparseSpSMDescr_t system;
    check(hipsparseSpSM_createDescr(&system));
    check(hipsparseSpSM_bufferSize(handle, op, op, &alpha, a, b, c, HIP_R_32F, HIPSPARSE_SPSM_ALG_DEFAULT, system, &bytes));
    void *buffer = managed<char>(bytes);
    check(hipsparseSpSM_analysis(handle, op, op, &alpha, a, b, c, HIP_R_32F, HIPSPARSE_SPSM_ALG_DEFAULT, system, buffer));
    check(hipsparseSpSM_solve(handle, op, op, &alpha, a, b, c, HIP_R_32F, HIPSPARSE_SPSM_ALG_DEFAULT, system, buffer));
    (void)hipStreamSynchronize(stream);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < K; j++) {
            float sum = 0;
            for (int k = 0; k <= i; k++) sum += dense[i * N + k] * y[k + j * N];
            near("SpSM", sum, alpha * x[i * K + j]);
        }
    check(hipsparseSpSM_destroyDescr(system));

    /* The dense matrix as 64-bit CSC counted from zero. */
    int64_t *columns = managed<int64_t>(N + 1), *rows = managed<int64_t>(nnz), m, n, found;
    float *back = managed<float>(nnz);
    hipsparseDnMatDescr_t full;
    hipsparseSpMatDescr_t csc;
    check(hipsparseCreateDnMat(&full, N, N, N, dense, HIP_R_32F, HIPSPARSE_ORDER_ROW));
    check(hipsparseCreateCsc(&csc, N, N, 0, columns, nullptr, nullptr, HIPSPARSE_INDEX_64I, HIPSPARSE_INDEX_64I, HIPSPARSE_INDEX_BASE_ZERO, HIP_R_32F));
    check(hipsparseDenseToSparse_bufferSize(handle, full, csc, HIPSPARSE_DENSETOSPARSE_ALG_DEFAULT, &bytes));
    buffer = managed<char>(bytes);
    check(hipsparseDenseToSparse_analysis(handle, full, csc, HIPSPARSE_DENSETOSPARSE_ALG_DEFAULT, buffer));
    check(hipsparseSpMatGetSize(csc, &m, &n, &found));
    near("the entries found", (float)found, (float)nnz);
    check(hipsparseCscSetPointers(csc, columns, rows, back));
    check(hipsparseDenseToSparse_convert(handle, full, csc, HIPSPARSE_DENSETOSPARSE_ALG_DEFAULT, buffer));
    (void)hipStreamSynchronize(stream);
    for (int j = 0; j < N; j++)
        for (int64_t e = columns[j]; e < columns[j + 1]; e++) near("an entry", back[e], dense[rows[e] * N + j]);

    /* L U is A where A has entries. */
    hipsparseMatDescr_t general;
    csrilu02Info_t info;
    int size, position;
    check(hipsparseCreateMatDescr(&general));
    check(hipsparseSetMatIndexBase(general, HIPSPARSE_INDEX_BASE_ONE));
    check(hipsparseCreateCsrilu02Info(&info));
    check(hipsparseScsrilu02_bufferSize(handle, N, nnz, general, values, offsets, places, info, &size));
    buffer = managed<char>((size_t)size);
    check(hipsparseScsrilu02_analysis(handle, N, nnz, general, values, offsets, places, info, HIPSPARSE_SOLVE_POLICY_USE_LEVEL, buffer));
    check(hipsparseScsrilu02(handle, N, nnz, general, values, offsets, places, info, HIPSPARSE_SOLVE_POLICY_USE_LEVEL, buffer));
    check(hipsparseXcsrilu02_zeroPivot(handle, info, &position));
    float *factor = managed<float>(N * N);
    (void)hipStreamSynchronize(stream);
    for (int i = 0; i < N; i++)
        for (int e = offsets[i] - 1; e < offsets[i + 1] - 1; e++) factor[i * N + places[e] - 1] = values[e];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            float product = 0;
            for (int k = 0; k <= i && k <= j; k++) product += (k == i ? 1 : factor[i * N + k]) * factor[k * N + j];
            if (dense[i * N + j] != 0) near("ILU", product, dense[i * N + j]);
        }
    near("an unknown algorithm", (float)hipsparseSpMM(handle, op, op, &alpha, a, b, &zero, c, HIP_R_32F, HIPSPARSE_SPMM_BLOCKED_ELL_ALG1, nullptr), HIPSPARSE_STATUS_NOT_SUPPORTED);
    check(hipsparseDestroyCsrilu02Info(info));
    check(hipsparseDestroyMatDescr(general));
    for (hipsparseSpMatDescr_t d : {a, csc}) check(hipsparseDestroySpMat(d));
    for (hipsparseDnMatDescr_t d : {b, c, full}) check(hipsparseDestroyDnMat(d));
    check(hipsparseDestroy(handle));
    printf("sparse: %d wrong\n", wrong);
    return wrong != 0;
}
