/* cuSPARSE's products with dense matrices in every format, base, index width, operation and order, of several types, against loops of the host. */
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cuda_fp16.h>
#include <cusparse.h>
#include <initializer_list>

static int wrong = 0;
static void near(const char *what, double got, double wanted) {
    if (std::fabs(got - wanted) <= 1e-9 * (1 + std::fabs(wanted))) return;
    if (wrong++ < 10) printf("sparse: %s is %g, not %g\n", what, got, wanted);
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

/* y = 2 op(A) x - y, C = 2 op(A) op(B) - C, and what op(B) op(C) is where A has entries. */
template <class I> static void products(cusparseFormat_t format, int base, bool device) {
    const int m = 9, n = 7, k = 4;
    const double *a = sparse_values(m, n, 1), *factor = filled(m * k, 3), *old = filled(m * k, 4);
    const double *al = device ? scalars : &alpha, *be = device ? scalars + 1 : &beta;
    cusparseSetPointerMode(handle, device ? CUSPARSE_POINTER_MODE_DEVICE : CUSPARSE_POINTER_MODE_HOST);
    arrays<I> made(format, a, m, n, base);
    cusparseSpMatDescr_t matrix = made.describe(format, m, n, base);
    size_t bytes;
    for (int transposed = 0; transposed < 2; transposed++) {
        const cusparseOperation_t op = transposed ? CUSPARSE_OPERATION_TRANSPOSE : CUSPARSE_OPERATION_NON_TRANSPOSE;
        const int rows = transposed ? n : m, inner = transposed ? m : n;
        double *x = filled(inner, 5), *y = filled(rows, 6), *y_old = filled(rows, 6);
        cusparseDnVecDescr_t vx, vy;
        cusparseCreateDnVec(&vx, inner, x, CUDA_R_64F);
        cusparseCreateDnVec(&vy, rows, y, CUDA_R_64F);
        cusparseSpMV_bufferSize(handle, op, al, matrix, vx, be, vy, CUDA_R_64F, CUSPARSE_SPMV_ALG_DEFAULT, &bytes);
        near("SpMV's status", cusparseSpMV(handle, op, al, matrix, vx, be, vy, CUDA_R_64F, CUSPARSE_SPMV_ALG_DEFAULT, buffer_of(bytes)), CUSPARSE_STATUS_SUCCESS);
        cudaDeviceSynchronize();
        for (int i = 0; i < rows; i++) {
            double sum = 0;
            for (int j = 0; j < inner; j++) sum += (transposed ? a[j * n + i] : a[i * n + j]) * x[j];
            near("SpMV", y[i], 2 * sum - y_old[i]);
        }
        cusparseDestroyDnVec(vx);
        cusparseDestroyDnVec(vy);
        for (int by_rows = 0; by_rows < 2; by_rows++)
            for (int swapped = 0; swapped < 2; swapped++) {
                /* B is inner × k, or k × inner if it is transposed; C is rows × k. */
                const int brows = swapped ? k : inner, bcolumns = swapped ? inner : k, lead = by_rows ? bcolumns : brows, clead = (by_rows ? k : rows) + 1;
                double *b = managed<double>(m * k), *c = managed<double>((m + 1) * (m + 1));
                for (int i = 0; i < m * k; i++) b[i] = factor[i];
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < k; j++) c[by_rows ? i * clead + j : i + j * clead] = old[i * k + j];
                cusparseDnMatDescr_t mb, mc;
                cusparseCreateDnMat(&mb, brows, bcolumns, lead, b, CUDA_R_64F, by_rows ? CUSPARSE_ORDER_ROW : CUSPARSE_ORDER_COL);
                cusparseCreateDnMat(&mc, rows, k, clead, c, CUDA_R_64F, by_rows ? CUSPARSE_ORDER_ROW : CUSPARSE_ORDER_COL);
                near("SpMM's status", cusparseSpMM(handle, op, swapped ? CUSPARSE_OPERATION_TRANSPOSE : CUSPARSE_OPERATION_NON_TRANSPOSE, al, matrix, mb, be, mc, CUDA_R_64F, CUSPARSE_SPMM_ALG_DEFAULT, nullptr), CUSPARSE_STATUS_SUCCESS);
                cudaDeviceSynchronize();
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < k; j++) {
                        double sum = 0;
                        for (int l = 0; l < inner; l++) sum += (transposed ? a[l * n + i] : a[i * n + l]) * (swapped == by_rows ? b[l + j * inner] : b[l * k + j]);
                        near("SpMM", c[by_rows ? i * clead + j : i + j * clead], 2 * sum - old[i * k + j]);
                    }
                cusparseDestroyDnMat(mb);
                cusparseDestroyDnMat(mc);
            }
    }
    /* A = 2 (P Qᵀ where A has entries) - A, with P m × k by rows and Q n × k by columns. */
    double *p = filled(m * k, 7), *q = filled(n * k, 8);
    cusparseDnMatDescr_t mp, mq;
    cusparseCreateDnMat(&mp, m, k, k, p, CUDA_R_64F, CUSPARSE_ORDER_ROW);
    cusparseCreateDnMat(&mq, n, k, n, q, CUDA_R_64F, CUSPARSE_ORDER_COL);
    near("SDDMM's status", cusparseSDDMM(handle, CUSPARSE_OPERATION_NON_TRANSPOSE, CUSPARSE_OPERATION_TRANSPOSE, al, mp, mq, be, matrix, CUDA_R_64F, CUSPARSE_SDDMM_ALG_DEFAULT, nullptr), CUSPARSE_STATUS_SUCCESS);
    cudaDeviceSynchronize();
    arrays<I> before(format, a, m, n, base);
    for (int e = 0, line = 0; e < made.nnz; e++) {
        if (format == CUSPARSE_FORMAT_COO) line = (int)made.lines[e] - base;
        else
            while (made.lines[line + 1] - base <= e) line++;
        const int place = (int)made.places[e] - base, i = format == CUSPARSE_FORMAT_CSC ? place : line, j = format == CUSPARSE_FORMAT_CSC ? line : place;
        double sum = 0;
        for (int l = 0; l < k; l++) sum += p[i * k + l] * q[j + l * n];
        near("SDDMM", made.values[e], 2 * sum - before.values[e]);
    }
    cusparseDestroySpMat(matrix);
    for (cusparseDnMatDescr_t d : {mp, mq}) cusparseDestroyDnMat(d);
}

/* Two products at once, of halves that add up as floats; a conjugate transpose; what is refused. */
static void types() {
    const int m = 4, n = 3, k = 2, batch = 2, nnz = 5;
    const int lines[] = {0, 2, 2, 3, 5}, at[] = {0, 2, 1, 0, 1};
    int *offsets = managed<int>(m + 1), *places = managed<int>(nnz);
    for (int i = 0; i <= m; i++) offsets[i] = lines[i];
    for (int i = 0; i < nnz; i++) places[i] = at[i];
    __half *values = managed<__half>(batch * nnz), *b = managed<__half>(batch * n * k);
    float *c = managed<float>(batch * m * k), one = 1, zero = 0;
    for (int i = 0; i < batch * nnz; i++) values[i] = __float2half((float)i - 3);
    for (int i = 0; i < batch * n * k; i++) b[i] = __float2half((float)i * 0.5f);
    cusparseSetPointerMode(handle, CUSPARSE_POINTER_MODE_HOST);
    cusparseSpMatDescr_t ma;
    cusparseDnMatDescr_t mb, mc;
    cusparseCreateCsr(&ma, m, n, nnz, offsets, places, values, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_BASE_ZERO, CUDA_R_16F);
    cusparseCsrSetStridedBatch(ma, batch, 0, nnz);
    cusparseCreateDnMat(&mb, n, k, n, b, CUDA_R_16F, CUSPARSE_ORDER_COL);
    cusparseDnMatSetStridedBatch(mb, batch, n * k);
    cusparseCreateDnMat(&mc, m, k, m, c, CUDA_R_32F, CUSPARSE_ORDER_COL);
    cusparseDnMatSetStridedBatch(mc, batch, m * k);
    /* The batches share the offsets; columns have the stride of the values. */
    int *both = managed<int>(batch * nnz);
    for (int i = 0; i < batch * nnz; i++) both[i] = at[i % nnz];
    cusparseCsrSetPointers(ma, offsets, both, values);
    const cusparseOperation_t op = CUSPARSE_OPERATION_NON_TRANSPOSE;
    near("the halves' status", cusparseSpMM(handle, op, op, &one, ma, mb, &zero, mc, CUDA_R_32F, CUSPARSE_SPMM_CSR_ALG2, nullptr), CUSPARSE_STATUS_SUCCESS);
    cudaDeviceSynchronize();
    for (int s = 0; s < batch; s++)
        for (int i = 0; i < m; i++)
            for (int j = 0; j < k; j++) {
                float sum = 0;
                for (int e = lines[i]; e < lines[i + 1]; e++) sum += __half2float(values[s * nnz + e]) * __half2float(b[s * n * k + at[e] + j * n]);
                near("a product of halves", c[s * m * k + i + j * m], sum);
            }
    near("COO's algorithm for CSR", cusparseSpMM(handle, op, op, &one, ma, mb, &zero, mc, CUDA_R_32F, CUSPARSE_SPMM_COO_ALG1, nullptr), CUSPARSE_STATUS_NOT_SUPPORTED);
    near("halves as doubles", cusparseSpMM(handle, op, op, &one, ma, mb, &zero, mc, CUDA_R_64F, CUSPARSE_SPMM_ALG_DEFAULT, nullptr), CUSPARSE_STATUS_NOT_SUPPORTED);
    near("other sizes", cusparseSpMM(handle, CUSPARSE_OPERATION_TRANSPOSE, op, &one, ma, mb, &zero, mc, CUDA_R_32F, CUSPARSE_SPMM_ALG_DEFAULT, nullptr), CUSPARSE_STATUS_INVALID_VALUE);
    near("no handle", cusparseSpMM(nullptr, op, op, &one, ma, mb, &zero, mc, CUDA_R_32F, CUSPARSE_SPMM_ALG_DEFAULT, nullptr), CUSPARSE_STATUS_NOT_INITIALIZED);
    cusparseSpMatDescr_t other;
    near("indices of 16 bits", cusparseCreateCsr(&other, m, n, nnz, offsets, places, values, CUSPARSE_INDEX_16U, CUSPARSE_INDEX_16U, CUSPARSE_INDEX_BASE_ZERO, CUDA_R_16F), CUSPARSE_STATUS_NOT_SUPPORTED);
    near("blocks", cusparseCreateBsr(&other, m, n, nnz, 2, 2, offsets, places, values, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_BASE_ZERO, CUDA_R_32F, CUSPARSE_ORDER_ROW), CUSPARSE_STATUS_NOT_SUPPORTED);
    cuDoubleComplex *z = managed<cuDoubleComplex>(nnz), *x = managed<cuDoubleComplex>(m), *y = managed<cuDoubleComplex>(n), unit = make_cuDoubleComplex(0, 1), none = make_cuDoubleComplex(0, 0);
    for (int i = 0; i < nnz; i++) z[i] = make_cuDoubleComplex(i + 1, 2 - i);
    for (int i = 0; i < m; i++) x[i] = make_cuDoubleComplex(3 - i, i);
    cusparseCreateCsr(&other, m, n, nnz, offsets, places, z, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_BASE_ZERO, CUDA_C_64F);
    cusparseDnVecDescr_t vx, vy;
    cusparseCreateDnVec(&vx, m, x, CUDA_C_64F);
    cusparseCreateDnVec(&vy, n, y, CUDA_C_64F);
    cusparseSpMV(handle, CUSPARSE_OPERATION_CONJUGATE_TRANSPOSE, &unit, other, vx, &none, vy, CUDA_C_64F, CUSPARSE_SPMV_ALG_DEFAULT, nullptr);
    cudaDeviceSynchronize();
    for (int j = 0; j < n; j++) {
        cuDoubleComplex sum = none;
        for (int i = 0; i < m; i++)
            for (int e = lines[i]; e < lines[i + 1]; e++)
                if (at[e] == j) sum = cuCfma(cuConj(z[e]), x[i], sum);
        sum = cuCmul(unit, sum);
        near("a conjugate's real part", y[j].x, sum.x), near("a conjugate's imaginary part", y[j].y, sum.y);
    }
}

int main() {
    if (cusparseCreate(&handle) != CUSPARSE_STATUS_SUCCESS) return 2;
    scalars = managed<double>(2);
    scalars[0] = alpha, scalars[1] = beta;
    for (int base = 0; base < 2; base++)
        for (cusparseFormat_t format : {CUSPARSE_FORMAT_CSR, CUSPARSE_FORMAT_CSC, CUSPARSE_FORMAT_COO}) {
            products<int32_t>(format, base, base == 1);
            products<int64_t>(format, base, base == 0);
        }
    types();
    cusparseDestroy(handle);
    printf("sparse: %d wrong\n", wrong);
    return wrong != 0;
}
