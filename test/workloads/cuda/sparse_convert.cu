/* cuSPARSE's conversions from and to dense matrices, products of sparse matrices, and sparse vectors, against loops of the host. */
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cusparse.h>
#include <initializer_list>

static int wrong = 0;
static void near(const char *what, double got, double wanted) {
    if (std::fabs(got - wanted) <= 1e-9 * (1 + std::fabs(wanted))) return;
    if (wrong++ < 10) printf("sparse_convert: %s is %g, not %g\n", what, got, wanted);
}
template <class T> static T *managed(size_t n) {
    T *values;
    cudaMallocManaged(&values, (n + 1) * sizeof(T));
    for (size_t i = 0; i < n; i++) values[i] = T();
    return values;
}
static double *filled(int n, int seed) {
    double *values = managed<double>(n);
    for (int i = 0; i < n; i++) values[i] = (double)((i * 37 + seed * 11) % 23) - 11;
    return values;
}
/* By rows; about a third is not zero, and one row is empty. */
static double *sparse_values(int rows, int columns, int seed) {
    double *values = managed<double>(rows * columns);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) values[i * columns + j] = i == 2 || (i * 5 + j * 7 + seed) % 3 ? 0 : (double)((i * 3 + j * 5 + seed) % 9) + 1;
    return values;
}
/* With indices of type I, in CSR, CSC or COO. */
template <class I> struct arrays {
    I *lines, *places;
    double *values;
    int nnz = 0;
    arrays(cusparseFormat_t format, const double *a, int rows, int columns, int base) {
        bool by_columns = format == CUSPARSE_FORMAT_CSC, listed = format == CUSPARSE_FORMAT_COO;
        int count = by_columns ? columns : rows, across = by_columns ? rows : columns;
        lines = managed<I>(rows * columns + count + 1), places = managed<I>(rows * columns), values = managed<double>(rows * columns);
        for (int i = 0; i < count; i++) {
            if (!listed) lines[i] = nnz + base;
            for (int j = 0; j < across; j++) {
                double value = by_columns ? a[j * columns + i] : a[i * columns + j];
                if (value == 0) continue;
                if (listed) lines[nnz] = i + base;
                places[nnz] = j + base, values[nnz++] = value;
            }
        }
        if (!listed) lines[count] = nnz + base;
    }
    cusparseSpMatDescr_t describe(cusparseFormat_t format, int rows, int columns, int base) {
        const cusparseIndexType_t type = sizeof(I) == 8 ? CUSPARSE_INDEX_64I : CUSPARSE_INDEX_32I;
        cusparseSpMatDescr_t m = nullptr;
        if (format == CUSPARSE_FORMAT_CSR) cusparseCreateCsr(&m, rows, columns, nnz, lines, places, values, type, type, (cusparseIndexBase_t)base, CUDA_R_64F);
        if (format == CUSPARSE_FORMAT_CSC) cusparseCreateCsc(&m, rows, columns, nnz, lines, places, values, type, type, (cusparseIndexBase_t)base, CUDA_R_64F);
        if (format == CUSPARSE_FORMAT_COO) cusparseCreateCoo(&m, rows, columns, nnz, lines, places, values, type, (cusparseIndexBase_t)base, CUDA_R_64F);
        return m;
    }
};
static cusparseHandle_t handle;
static double *scalars;
static const double alpha = 2, beta = -1;
static void *buffer_of(size_t bytes) { return bytes ? managed<char>(bytes) : nullptr; }

/* A dense matrix that becomes a sparse one, and that becomes it again. */
template <class I> static void conversions(cusparseFormat_t format, int base) {
    const int m = 9, n = 7;
    const double *a = sparse_values(m, n, 1);
    double *dense = filled(m * (n + 1), 9);
    cusparseDnMatDescr_t md, again;
    cusparseCreateDnMat(&md, m, n, n, dense, CUDA_R_64F, CUSPARSE_ORDER_ROW);
    size_t bytes;
    for (int i = 0; i < m * n; i++) dense[i] = i == 1 ? -0.0 : a[i];
    arrays<I> back(format, a, m, n, base);
    const int nnz = back.nnz;
    arrays<I> target = back;
    target.lines = managed<I>(m * n), target.places = managed<I>(m * n), target.values = managed<double>(m * n), target.nnz = 0;
    cusparseSpMatDescr_t result = target.describe(format, m, n, base);
    cusparseDenseToSparse_bufferSize(handle, md, result, CUSPARSE_DENSETOSPARSE_ALG_DEFAULT, &bytes);
    void *buffer = buffer_of(bytes);
    cusparseDenseToSparse_analysis(handle, md, result, CUSPARSE_DENSETOSPARSE_ALG_DEFAULT, buffer);
    int64_t rows, columns, found;
    cusparseSpMatGetSize(result, &rows, &columns, &found);
    near("the entries found", (double)found, nnz);
    if (format == CUSPARSE_FORMAT_COO) cusparseCooSetPointers(result, target.lines, target.places, target.values);
    near("convert's status", cusparseDenseToSparse_convert(handle, md, result, CUSPARSE_DENSETOSPARSE_ALG_DEFAULT, buffer), CUSPARSE_STATUS_SUCCESS);
    cudaDeviceSynchronize();
    const int lines = format == CUSPARSE_FORMAT_COO ? nnz : format == CUSPARSE_FORMAT_CSC ? n + 1 : m + 1;
    for (int i = 0; i < lines; i++) near("a line", (double)target.lines[i], (double)back.lines[i]);
    for (int i = 0; i < nnz; i++) near("an entry", (double)target.places[i] * 100 + target.values[i], (double)back.places[i] * 100 + back.values[i]);
    double *columns_first = filled(n * (m + 2), 5);
    cusparseCreateDnMat(&again, m, n, m + 2, columns_first, CUDA_R_64F, CUSPARSE_ORDER_COL);
    near("SparseToDense's status", cusparseSparseToDense(handle, result, again, CUSPARSE_SPARSETODENSE_ALG_DEFAULT, nullptr), CUSPARSE_STATUS_SUCCESS);
    cudaDeviceSynchronize();
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) near("SparseToDense", columns_first[i + j * (m + 2)], a[i * n + j]);
    cusparseDestroySpMat(result);
    for (cusparseDnMatDescr_t d : {md, again}) cusparseDestroyDnMat(d);
}

/* C = 2 A B, once more on top of what C has. */
template <class I> static void sparse_product(int base) {
    const int m = 9, n = 8, k = 7;
    const double *a = sparse_values(m, k, 1), *b = sparse_values(k, n, 2), zero = 0;
    cusparseSetPointerMode(handle, CUSPARSE_POINTER_MODE_HOST);
    arrays<I> left(CUSPARSE_FORMAT_CSR, a, m, k, base), right(CUSPARSE_FORMAT_CSR, b, k, n, base), none(CUSPARSE_FORMAT_CSR, a, 0, 0, base);
    cusparseSpMatDescr_t ma = left.describe(CUSPARSE_FORMAT_CSR, m, k, base), mb = right.describe(CUSPARSE_FORMAT_CSR, k, n, base), mc = none.describe(CUSPARSE_FORMAT_CSR, m, n, base);
    I *offsets = managed<I>(m + 1);
    cusparseCsrSetPointers(mc, offsets, nullptr, nullptr);
    cusparseSpGEMMDescr_t d;
    cusparseSpGEMM_createDescr(&d);
    const cusparseOperation_t op = CUSPARSE_OPERATION_NON_TRANSPOSE;
    size_t first = 0, second = 0;
    cusparseSpGEMM_workEstimation(handle, op, op, &alpha, ma, mb, &zero, mc, CUDA_R_64F, CUSPARSE_SPGEMM_DEFAULT, d, &first, nullptr);
    void *estimated = buffer_of(first);
    cusparseSpGEMM_workEstimation(handle, op, op, &alpha, ma, mb, &zero, mc, CUDA_R_64F, CUSPARSE_SPGEMM_DEFAULT, d, &first, estimated);
    cusparseSpGEMM_compute(handle, op, op, &alpha, ma, mb, &zero, mc, CUDA_R_64F, CUSPARSE_SPGEMM_DEFAULT, d, &second, nullptr);
    void *computed = buffer_of(second);
    near("SpGEMM's status", cusparseSpGEMM_compute(handle, op, op, &alpha, ma, mb, &zero, mc, CUDA_R_64F, CUSPARSE_SPGEMM_DEFAULT, d, &second, computed), CUSPARSE_STATUS_SUCCESS);
    int64_t rows, columns, nnz;
    cusparseSpMatGetSize(mc, &rows, &columns, &nnz);
    I *places = managed<I>(nnz);
    double *values = managed<double>(nnz);
    cusparseCsrSetPointers(mc, offsets, places, values);
    for (int again = 0; again < 2; again++) {
        const double factor = again;
        near("copy's status", cusparseSpGEMM_copy(handle, op, op, &alpha, ma, mb, &factor, mc, CUDA_R_64F, CUSPARSE_SPGEMM_DEFAULT, d), CUSPARSE_STATUS_SUCCESS);
        cudaDeviceSynchronize();
        int e = 0;
        for (int i = 0; i < m; i++) {
            near("SpGEMM's row", (double)offsets[i], e + base);
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) sum += a[i * k + l] * b[l * n + j];
                if (sum == 0) continue;
                near("SpGEMM's column", (double)places[e], j + base);
                near("SpGEMM", values[e++], (again ? 4 : 2) * sum);
            }
        }
        near("SpGEMM's entries", (double)nnz, e);
    }
    near("SpGEMM transposed", cusparseSpGEMM_compute(handle, CUSPARSE_OPERATION_TRANSPOSE, op, &alpha, ma, mb, &zero, mc, CUDA_R_64F, CUSPARSE_SPGEMM_DEFAULT, d, &second, computed), CUSPARSE_STATUS_NOT_SUPPORTED);
    cusparseSpGEMM_destroyDescr(d);
    for (cusparseSpMatDescr_t s : {ma, mb, mc}) cusparseDestroySpMat(s);
}

static void vectors(int base, bool device) {
    const int n = 50, nnz = 12;
    int *places = managed<int>(nnz);
    double *x = filled(nnz, 1), *y = filled(n, 2), *old = filled(n, 2), *x_old = filled(nnz, 1), *result = managed<double>(2), *factors = managed<double>(2), dot = 0;
    for (int i = 0; i < nnz; i++) places[i] = (i * 17 + 3) % n + base;
    cusparseSetPointerMode(handle, device ? CUSPARSE_POINTER_MODE_DEVICE : CUSPARSE_POINTER_MODE_HOST);
    cusparseSpVecDescr_t vx;
    cusparseDnVecDescr_t vy;
    cusparseCreateSpVec(&vx, n, nnz, places, x, CUSPARSE_INDEX_32I, (cusparseIndexBase_t)base, CUDA_R_64F);
    cusparseCreateDnVec(&vy, n, y, CUDA_R_64F);
    const double *al = device ? scalars : &alpha, *be = device ? scalars + 1 : &beta;
    cusparseSpVV(handle, CUSPARSE_OPERATION_NON_TRANSPOSE, vx, vy, device ? result : &dot, CUDA_R_64F, nullptr);
    cudaDeviceSynchronize();
    double sum = 0;
    for (int i = 0; i < nnz; i++) sum += x[i] * y[places[i] - base];
    near("SpVV", device ? result[0] : dot, sum);
    cusparseAxpby(handle, al, vx, be, vy);
    cudaDeviceSynchronize();
    for (int i = 0; i < nnz; i++) old[places[i] - base] -= 2 * x[i];
    for (int i = 0; i < n; i++) near("Axpby", y[i], -old[i]);
    cusparseGather(handle, vy, vx);
    cudaDeviceSynchronize();
    for (int i = 0; i < nnz; i++) near("Gather", x[i], y[places[i] - base]);
    for (int i = 0; i < nnz; i++) x[i] = x_old[i];
    cusparseScatter(handle, vx, vy);
    cudaDeviceSynchronize();
    for (int i = 0; i < nnz; i++) near("Scatter", y[places[i] - base], x[i]);
    for (int i = 0; i < nnz; i++) y[places[i] - base] = i;
    cusparseRot(handle, al, be, vx, vy);
    cudaDeviceSynchronize();
    for (int i = 0; i < nnz; i++) near("Rot's x", x[i], 2 * x_old[i] - i), near("Rot's y", y[places[i] - base], 2.0 * i + x_old[i]);
    cusparseDestroySpVec(vx);
    cusparseDestroyDnVec(vy);
}

int main() {
    if (cusparseCreate(&handle) != CUSPARSE_STATUS_SUCCESS) return 2;
    scalars = managed<double>(2);
    scalars[0] = alpha, scalars[1] = beta;
    for (int base = 0; base < 2; base++) {
        for (cusparseFormat_t format : {CUSPARSE_FORMAT_CSR, CUSPARSE_FORMAT_CSC, CUSPARSE_FORMAT_COO}) {
            conversions<int32_t>(format, base);
            conversions<int64_t>(format, base);
        }
        sparse_product<int32_t>(base);
        sparse_product<int64_t>(base);
        vectors(base, base == 0);
    }
    cusparseDestroy(handle);
    printf("sparse_convert: %d wrong\n", wrong);
    return wrong != 0;
}
