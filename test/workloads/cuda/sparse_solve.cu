/* cuSPARSE: triangular systems, incomplete factors with and without pivots, and the legacy functions on rows of 32-bit indices, against loops of the host. */
#include <cmath>
#include <cstdio>
#include <cusparse.h>
#include <initializer_list>

static int wrong = 0;
static void near(const char *what, double got, double wanted) {
    if (std::fabs(got - wanted) <= 1e-9 * (1 + std::fabs(wanted))) return;
    if (wrong++ < 10) printf("sparse_solve: %s is %g, not %g\n", what, got, wanted);
}
template <class T> static T *managed(size_t n) {
    T *values;
    cudaMallocManaged(&values, (n + 1) * sizeof(T));
    for (size_t i = 0; i < n; i++) values[i] = T();
    return values;
}
static cusparseHandle_t handle;
static cusparseMatDescr_t general[2];
static const int N = 40;
static int places_in(int i, int *columns) {
    const int all[] = {i - 13, i - 6, i - 1, i, i + 1, i + 6, i + 13};
    int n = 0;
    for (int column : all)
        if (column >= 0 && column < N && (column == i || (i * 3 + column) % 4)) columns[n++] = column;
    return n;
}
/* A square matrix in CSR, whose diagonal outweighs the rest; dense as well. */
struct square {
    int *offsets = managed<int>(N + 1), *places = managed<int>(N * 8), nnz = 0, base;
    double *values = managed<double>(N * 8), *dense = managed<double>(N * N);
    explicit square(int base, bool symmetric = false) : base(base) {
        for (int i = 0; i < N; i++) {
            int columns[8], n = places_in(i, columns), others[8];
            offsets[i] = nnz + base;
            for (int j = 0; j < n; j++) {
                const int column = columns[j];
                bool both = false;
                for (int k = 0, m = places_in(column, others); k < m; k++) both |= others[k] == i;
                if (symmetric && !both) continue;
                const double value = column == i ? 16 + i % 3 : -1 - (symmetric ? i + column : i + 2 * column) % 3;
                places[nnz] = column + base, values[nnz++] = dense[i * N + column] = value;
            }
        }
        offsets[N] = nnz + base;
    }
};

/* op(A)⁻¹ with the triangle and the diagonal that the attributes name; the rest of A is not looked at. */
static void systems(int base, cusparseFormat_t format, bool device) {
    const int right = 3;
    square a(base);
    double *x = managed<double>(N * right), *y = managed<double>(N * right), *scalar = managed<double>(1);
    const double two = 2;
    for (int i = 0; i < N * right; i++) x[i] = (i * 7) % 11 - 5;
    scalar[0] = two;
    const double *alpha = device ? scalar : &two;
    cusparseSetPointerMode(handle, device ? CUSPARSE_POINTER_MODE_DEVICE : CUSPARSE_POINTER_MODE_HOST);
    int *rows = managed<int>(a.nnz);
    cusparseXcsr2coo(handle, a.offsets, a.nnz, N, rows, (cusparseIndexBase_t)base);
    cusparseSpMatDescr_t m;
    if (format == CUSPARSE_FORMAT_COO) cusparseCreateCoo(&m, N, N, a.nnz, rows, a.places, a.values, CUSPARSE_INDEX_32I, (cusparseIndexBase_t)base, CUDA_R_64F);
    else cusparseCreateCsr(&m, N, N, a.nnz, a.offsets, a.places, a.values, CUSPARSE_INDEX_32I, CUSPARSE_INDEX_32I, (cusparseIndexBase_t)base, CUDA_R_64F);
    for (int variant = 0; variant < 8; variant++) {
        const cusparseFillMode_t fill = variant & 1 ? CUSPARSE_FILL_MODE_UPPER : CUSPARSE_FILL_MODE_LOWER;
        const cusparseDiagType_t diagonal = variant & 2 ? CUSPARSE_DIAG_TYPE_UNIT : CUSPARSE_DIAG_TYPE_NON_UNIT;
        const cusparseOperation_t op = variant & 4 ? CUSPARSE_OPERATION_TRANSPOSE : CUSPARSE_OPERATION_NON_TRANSPOSE;
        cusparseSpMatSetAttribute(m, CUSPARSE_SPMAT_FILL_MODE, &fill, sizeof fill);
        cusparseSpMatSetAttribute(m, CUSPARSE_SPMAT_DIAG_TYPE, &diagonal, sizeof diagonal);
        /* What op(A) times the solution is. */
        auto check = [&](const char *what, int step, int column_step, int columns) {
            cudaDeviceSynchronize();
            for (int c = 0; c < columns; c++)
                for (int i = 0; i < N; i++) {
                    double sum = 0;
                    for (int j = 0; j < N; j++) {
                        const int row = variant & 4 ? j : i, column = variant & 4 ? i : j;
                        const double value = row == column ? (variant & 2 ? 1 : a.dense[i * N + i]) : (column > row) == !!(variant & 1) ? a.dense[row * N + column] : 0;
                        sum += value * y[j * step + c * column_step];
                    }
                    /* Solutions of a unit diagonal grow. */
                    near(what, std::fabs(sum - 2 * x[i + c * N]) < 1e-9 * (1 + std::fabs(y[i * step + c * column_step])) ? 2 * x[i + c * N] : sum, 2 * x[i + c * N]);
                }
        };
        size_t bytes;
        cusparseDnVecDescr_t vx, vy;
        cusparseCreateDnVec(&vx, N, x, CUDA_R_64F);
        cusparseCreateDnVec(&vy, N, y, CUDA_R_64F);
        cusparseSpSVDescr_t sv;
        cusparseSpSV_createDescr(&sv);
        near("a solution before its analysis", cusparseSpSV_solve(handle, op, alpha, m, vx, vy, CUDA_R_64F, CUSPARSE_SPSV_ALG_DEFAULT, sv), CUSPARSE_STATUS_INVALID_VALUE);
        cusparseSpSV_bufferSize(handle, op, alpha, m, vx, vy, CUDA_R_64F, CUSPARSE_SPSV_ALG_DEFAULT, sv, &bytes);
        cusparseSpSV_analysis(handle, op, alpha, m, vx, vy, CUDA_R_64F, CUSPARSE_SPSV_ALG_DEFAULT, sv, managed<char>(bytes));
        near("SpSV's status", cusparseSpSV_solve(handle, op, alpha, m, vx, vy, CUDA_R_64F, CUSPARSE_SPSV_ALG_DEFAULT, sv), CUSPARSE_STATUS_SUCCESS);
        check("SpSV", 1, 0, 1);
        cusparseSpSV_destroyDescr(sv);
        /* Right sides by columns, or transposed by rows; solutions by rows. */
        cusparseDnMatDescr_t mx, my;
        const bool swapped = variant & 1;
        if (swapped) cusparseCreateDnMat(&mx, right, N, N, x, CUDA_R_64F, CUSPARSE_ORDER_ROW);
        else cusparseCreateDnMat(&mx, N, right, N, x, CUDA_R_64F, CUSPARSE_ORDER_COL);
        cusparseCreateDnMat(&my, N, right, right, y, CUDA_R_64F, CUSPARSE_ORDER_ROW);
        cusparseSpSMDescr_t sm;
        cusparseSpSM_createDescr(&sm);
        const cusparseOperation_t ob = swapped ? CUSPARSE_OPERATION_TRANSPOSE : CUSPARSE_OPERATION_NON_TRANSPOSE;
        cusparseSpSM_bufferSize(handle, op, ob, alpha, m, mx, my, CUDA_R_64F, CUSPARSE_SPSM_ALG_DEFAULT, sm, &bytes);
        cusparseSpSM_analysis(handle, op, ob, alpha, m, mx, my, CUDA_R_64F, CUSPARSE_SPSM_ALG_DEFAULT, sm, managed<char>(bytes));
        near("SpSM's status", cusparseSpSM_solve(handle, op, ob, alpha, m, mx, my, CUDA_R_64F, CUSPARSE_SPSM_ALG_DEFAULT, sm), CUSPARSE_STATUS_SUCCESS);
        check("SpSM", right, 1, right);
        near("a system of other types", cusparseSpSM_bufferSize(handle, op, ob, alpha, m, mx, my, CUDA_R_32F, CUSPARSE_SPSM_ALG_DEFAULT, sm, &bytes), CUSPARSE_STATUS_NOT_SUPPORTED);
        cusparseSpSM_destroyDescr(sm);
        for (cusparseDnMatDescr_t d : {mx, my}) cusparseDestroyDnMat(d);
        for (cusparseDnVecDescr_t d : {vx, vy}) cusparseDestroyDnVec(d);
    }
    cusparseDestroySpMat(m);
}

/* L U and L Lᵀ are A where A has entries. */
static void factors(int base) {
    square a(base), s(base, true);
    csrilu02Info_t lu;
    csric02Info_t cholesky;
    cusparseCreateCsrilu02Info(&lu);
    cusparseCreateCsric02Info(&cholesky);
    cusparseSetPointerMode(handle, CUSPARSE_POINTER_MODE_HOST);
    int bytes, position = 7;
    cusparseDcsrilu02_bufferSize(handle, N, a.nnz, general[base], a.values, a.offsets, a.places, lu, &bytes);
    void *buffer = managed<char>(bytes);
    cusparseDcsrilu02_analysis(handle, N, a.nnz, general[base], a.values, a.offsets, a.places, lu, CUSPARSE_SOLVE_POLICY_USE_LEVEL, buffer);
    near("a pivot that is there", cusparseXcsrilu02_zeroPivot(handle, lu, &position), CUSPARSE_STATUS_SUCCESS);
    near("no position", position, -1);
    cusparseDcsrilu02(handle, N, a.nnz, general[base], a.values, a.offsets, a.places, lu, CUSPARSE_SOLVE_POLICY_USE_LEVEL, buffer);
    near("a pivot that is not zero", cusparseXcsrilu02_zeroPivot(handle, lu, &position), CUSPARSE_STATUS_SUCCESS);
    cusparseDcsric02_bufferSize(handle, N, s.nnz, general[base], s.values, s.offsets, s.places, cholesky, &bytes);
    buffer = managed<char>(bytes);
    cusparseDcsric02_analysis(handle, N, s.nnz, general[base], s.values, s.offsets, s.places, cholesky, CUSPARSE_SOLVE_POLICY_NO_LEVEL, buffer);
    cusparseDcsric02(handle, N, s.nnz, general[base], s.values, s.offsets, s.places, cholesky, CUSPARSE_SOLVE_POLICY_NO_LEVEL, buffer);
    near("a root", cusparseXcsric02_zeroPivot(handle, cholesky, &position), CUSPARSE_STATUS_SUCCESS);
    cudaDeviceSynchronize();
    double *f = managed<double>(N * N), *l = managed<double>(N * N);
    for (int i = 0; i < N; i++) {
        for (int e = a.offsets[i] - base; e < a.offsets[i + 1] - base; e++) f[i * N + a.places[e] - base] = a.values[e];
        for (int e = s.offsets[i] - base; e < s.offsets[i + 1] - base; e++) l[i * N + s.places[e] - base] = s.values[e];
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double product = 0, squares = 0;
            for (int k = 0; k <= i && k <= j; k++) product += (k == i ? 1 : f[i * N + k]) * f[k * N + j], squares += l[i * N + k] * l[j * N + k];
            if (a.dense[i * N + j] != 0) near("ILU", product, a.dense[i * N + j]);
            if (s.dense[i * N + j] != 0 && j <= i) near("IC", squares, s.dense[i * N + j]);
        }
    /* [[1 1] [1 1]] has no second pivot, [[1 1] [1 .]] not even a place for it. */
    int *offsets = managed<int>(3), *places = managed<int>(4), *device_position = managed<int>(1);
    double *values = managed<double>(4);
    for (int missing = 0; missing < 2; missing++) {
        for (int i = 0; i < 4; i++) places[i] = i % 2 + base, values[i] = 1;
        offsets[0] = base, offsets[1] = 2 + base, offsets[2] = 4 - missing + base;
        cusparseDcsrilu02_analysis(handle, 2, 4 - missing, general[base], values, offsets, places, lu, CUSPARSE_SOLVE_POLICY_USE_LEVEL, buffer);
        near("a missing pivot", cusparseXcsrilu02_zeroPivot(handle, lu, &position), missing ? CUSPARSE_STATUS_ZERO_PIVOT : CUSPARSE_STATUS_SUCCESS);
        cusparseDcsrilu02(handle, 2, 4 - missing, general[base], values, offsets, places, lu, CUSPARSE_SOLVE_POLICY_USE_LEVEL, buffer);
        cusparseSetPointerMode(handle, CUSPARSE_POINTER_MODE_DEVICE);
        near("a zero pivot", cusparseXcsrilu02_zeroPivot(handle, lu, device_position), CUSPARSE_STATUS_ZERO_PIVOT);
        near("its position", *device_position, 1 + base);
        cusparseSetPointerMode(handle, CUSPARSE_POINTER_MODE_HOST);
    }
    cusparseDestroyCsrilu02Info(lu);
    cusparseDestroyCsric02Info(cholesky);
}

static void rows(int base) {
    const cusparseIndexBase_t b = (cusparseIndexBase_t)base;
    square a(base), s(base, true);
    int *list = managed<int>(a.nnz), *offsets = managed<int>(N + 1), *total = managed<int>(1), host_total = 0;
    cusparseXcsr2coo(handle, a.offsets, a.nnz, N, list, b);
    cusparseXcoo2csr(handle, list, a.nnz, N, offsets, b);
    cudaDeviceSynchronize();
    for (int i = 0; i <= N; i++) near("Xcoo2csr", offsets[i], a.offsets[i]);
    size_t bytes;
    int *to_places = managed<int>(a.nnz);
    double *to = managed<double>(a.nnz);
    cusparseCsr2cscEx2_bufferSize(handle, N, N, a.nnz, a.values, a.offsets, a.places, to, offsets, to_places, CUDA_R_64F, CUSPARSE_ACTION_NUMERIC, b, CUSPARSE_CSR2CSC_ALG1, &bytes);
    near("Csr2cscEx2's status", cusparseCsr2cscEx2(handle, N, N, a.nnz, a.values, a.offsets, a.places, to, offsets, to_places, CUDA_R_64F, CUSPARSE_ACTION_NUMERIC, b, CUSPARSE_CSR2CSC_ALG1, managed<char>(bytes)), CUSPARSE_STATUS_SUCCESS);
    cudaDeviceSynchronize();
    for (int j = 0, e = 0; j < N; j++) {
        near("a column", offsets[j], e + base);
        for (int i = 0; i < N; i++)
            if (a.dense[i * N + j] != 0) near("its row", to_places[e], i + base), near("its value", to[e++], a.dense[i * N + j]);
    }
    /* Backwards, and sorted again. */
    int *mixed = managed<int>(a.nnz), *permutation = managed<int>(a.nnz);
    for (int i = 0; i < N; i++)
        for (int e = a.offsets[i] - base, end = a.offsets[i + 1] - base, k = end - 1; e < end; e++, k--) mixed[e] = a.places[k];
    cusparseCreateIdentityPermutation(handle, a.nnz, permutation);
    cusparseXcsrsort_bufferSizeExt(handle, N, N, a.nnz, a.offsets, mixed, &bytes);
    cusparseXcsrsort(handle, N, N, a.nnz, general[base], a.offsets, mixed, permutation, managed<char>(bytes));
    cudaDeviceSynchronize();
    for (int i = 0; i < N; i++)
        for (int e = a.offsets[i] - base, end = a.offsets[i + 1] - base, k = end - 1; e < end; e++, k--) near("Xcsrsort", mixed[e], a.places[e]), near("its permutation", permutation[e], k);
    /* 2 A - 3 S, in the other base. */
    const double two = 2, minus = -3;
    cusparseMatDescr_t other = general[1 - base], own = general[base];
    int *sum_offsets = managed<int>(N + 1);
    cusparseXcsrgeam2Nnz(handle, N, N, own, a.nnz, a.offsets, a.places, own, s.nnz, s.offsets, s.places, other, sum_offsets, &host_total, nullptr);
    int *sum_places = managed<int>(host_total);
    double *sums = managed<double>(host_total);
    cusparseDcsrgeam2(handle, N, N, &two, own, a.nnz, a.values, a.offsets, a.places, &minus, own, s.nnz, s.values, s.offsets, s.places, other, sums, sum_offsets, sum_places, nullptr);
    cudaDeviceSynchronize();
    int e = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            if (a.dense[i * N + j] != 0 || s.dense[i * N + j] != 0) near("csrgeam2's column", sum_places[e], j + 1 - base), near("csrgeam2", sums[e++], 2 * a.dense[i * N + j] - 3 * s.dense[i * N + j]);
    near("csrgeam2's entries", host_total, e);
    cusparseSetPointerMode(handle, CUSPARSE_POINTER_MODE_DEVICE);
    cusparseDnnz(handle, CUSPARSE_DIRECTION_ROW, N, N, general[0], a.dense, N, list, total);
    cudaDeviceSynchronize();
    near("all that is not zero", *total, a.nnz);
    /* The matrix of columns is the transpose of ours. */
    for (int j = 0; j < N; j++) near("what is not zero in a row", list[j], offsets[j + 1] - offsets[j]);
    cusparseSetPointerMode(handle, CUSPARSE_POINTER_MODE_HOST);
    cusparseMatDescr_t symmetric;
    cusparseCreateMatDescr(&symmetric);
    cusparseSetMatType(symmetric, CUSPARSE_MATRIX_TYPE_SYMMETRIC);
    near("a symmetric matrix", cusparseDnnz(handle, CUSPARSE_DIRECTION_ROW, N, N, symmetric, a.dense, N, list, &host_total), CUSPARSE_STATUS_MATRIX_TYPE_NOT_SUPPORTED);
    near("a leading dimension that is too small", cusparseDnnz(handle, CUSPARSE_DIRECTION_ROW, N, N, general[0], a.dense, N - 1, list, &host_total), CUSPARSE_STATUS_INVALID_VALUE);
    cusparseDestroyMatDescr(symmetric);
}

int main() {
    if (cusparseCreate(&handle) != CUSPARSE_STATUS_SUCCESS) return 2;
    for (int base = 0; base < 2; base++) {
        cusparseCreateMatDescr(&general[base]);
        cusparseSetMatIndexBase(general[base], (cusparseIndexBase_t)base);
    }
    systems(0, CUSPARSE_FORMAT_CSR, true);
    systems(1, CUSPARSE_FORMAT_COO, false);
    for (int base = 0; base < 2; base++) factors(base), rows(base);
    for (cusparseMatDescr_t d : general) cusparseDestroyMatDescr(d);
    cusparseDestroy(handle);
    printf("sparse_solve: %d wrong, %s\n", wrong, cusparseGetErrorName(CUSPARSE_STATUS_ZERO_PIVOT));
    return wrong != 0;
}
