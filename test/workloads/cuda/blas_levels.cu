/* cuBLAS: transposed products, updates, sums and batches, with scalars of the host and of the device, against loops of the host; cuBLASXt against cuBLAS. */
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cublasXt.h>
#include <cublas_v2.h>
#include <initializer_list>

static int wrong = 0;
static void near(const char *what, double got, double wanted) {
    if (std::fabs(got - wanted) <= 1e-9 * (1 + std::fabs(wanted))) return;
    printf("blas_levels: %s is %g, not %g\n", what, got, wanted);
    wrong++;
}
static double *managed(int n, int seed) {
    double *values;
    cudaMallocManaged(&values, n * sizeof *values);
    for (int i = 0; i < n; i++) values[i] = (double)((i * 37 + seed) % 23) - 11;
    return values;
}

int main() {
    const int m = 13, n = 9, k = 7, batch = 3;
    double *a = managed(m * n, 1), *b = managed(m * n, 5), *x = managed(2 * m, 2), *y = managed(2 * m, 3), *c = managed(m * m * batch, 4);
    double *scalars = managed(2, 0), *result = managed(2, 0);
    scalars[0] = 2, scalars[1] = -1;
    cublasHandle_t handle;
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS) return 2;
    const double alpha = 2, beta = -1, *host_y = managed(2 * m, 3), *host_a = managed(m * n, 1), *host_c = managed(m * m * batch, 4);

    /* y = 2 Aᵀx - y, with steps; once more with the device's scalars. */
    for (int device = 0; device < 2; device++) {
        cublasSetPointerMode(handle, device ? CUBLAS_POINTER_MODE_DEVICE : CUBLAS_POINTER_MODE_HOST);
        for (int i = 0; i < 2 * m; i++) y[i] = host_y[i];
        cublasDgemv(handle, CUBLAS_OP_T, m, n, device ? scalars : &alpha, a, m, x, 2, device ? scalars + 1 : &beta, y, 1);
        cudaDeviceSynchronize();
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int i = 0; i < m; i++) sum += a[i + j * m] * x[2 * i];
            near("gemv", y[j], 2 * sum - host_y[j]);
        }
        cublasDdot(handle, m, x, 1, y, -1, device ? result : &result[1]);
        cudaDeviceSynchronize();
        double sum = 0;
        for (int i = 0; i < m; i++) sum += x[i] * y[m - 1 - i];
        near("dot", device ? result[0] : result[1], sum);
    }
    cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_HOST);

    cublasDger(handle, m, n, &alpha, x, 1, y, 1, a, m);
    cudaDeviceSynchronize();
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) near("ger", a[i + j * m], host_a[i + j * m] + 2 * x[i] * y[j]);

    cublasDgeam(handle, CUBLAS_OP_T, CUBLAS_OP_N, n, m, &alpha, a, m, &beta, b, n, c, n);
    cudaDeviceSynchronize();
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) near("geam", c[i + j * n], 2 * a[j + i * m] - b[i + j * n]);

    /* Products of k columns of A, transposed, with those of B: as a batch of pointers, and with a stride. */
    double **pointers;
    cudaMallocManaged(&pointers, 3 * batch * sizeof *pointers);
    for (int s = 0; s < batch; s++) pointers[s] = a + s * m, pointers[batch + s] = b + s, pointers[2 * batch + s] = c + s * k * k;
    for (int strided = 0; strided < 2; strided++) {
        for (int i = 0; i < m * m * batch; i++) c[i] = host_c[i];
        if (strided) cublasDgemmStridedBatched(handle, CUBLAS_OP_T, CUBLAS_OP_N, k, k, m, &alpha, a, m, m, b, m, 1, &beta, c, k, k * k, batch);
        else cublasDgemmBatched(handle, CUBLAS_OP_T, CUBLAS_OP_N, k, k, m, &alpha, pointers, m, pointers + batch, m, &beta, pointers + 2 * batch, k, batch);
        cudaDeviceSynchronize();
        for (int s = 0; s < batch; s++)
            for (int i = 0; i < k; i++)
                for (int j = 0; j < k; j++) {
                    double sum = 0;
                    for (int l = 0; l < m; l++) sum += a[s * m + l + i * m] * b[s + l + j * m];
                    near("batch", c[s * k * k + i + j * k], 2 * sum - host_c[s * k * k + i + j * k]);
                }
    }

    /* cuBLASXt: op(A) op(B) of operands in the host's memory, the device's and managed memory, by turns, is the product in managed memory; between the columns nothing changes. */
    {
        const size_t p = 6, q = 5, r = 4, lead = 8, bytes = lead * lead * sizeof(double);
        cublasXtHandle_t across;
        near("cublasXtCreate", cublasXtCreate(&across), CUBLAS_STATUS_SUCCESS);
        near("no device", cublasXtDgemm(across, CUBLAS_OP_N, CUBLAS_OP_N, p, q, r, &alpha, a, lead, b, lead, &beta, c, lead), CUBLAS_STATUS_NOT_INITIALIZED);
        int devices[] = {0}, block = 0, missing[] = {99};
        near("a device that is not there", cublasXtDeviceSelect(across, 1, missing), CUBLAS_STATUS_INVALID_VALUE);
        near("cublasXtDeviceSelect", cublasXtDeviceSelect(across, 1, devices), CUBLAS_STATUS_SUCCESS);
        near("a block of nothing", cublasXtSetBlockDim(across, 0), CUBLAS_STATUS_INVALID_VALUE);
        cublasXtSetBlockDim(across, 64), cublasXtGetBlockDim(across, &block);
        near("the block", block, 64);
        near("pinning", cublasXtSetPinningMemMode(across, CUBLASXT_PINNING_ENABLED), CUBLAS_STATUS_SUCCESS);
        double *left = managed(lead * lead, 1), *right = managed(lead * lead, 2), *wanted = managed(lead * lead, 3), *got = (double *)std::malloc(bytes), *places[3][3];
        for (double **place : places) place[0] = (double *)std::malloc(bytes), cudaMalloc(&place[1], bytes), place[2] = managed(lead * lead, 0);
        for (int turn = 0; turn < 12; turn++) {
            cublasOperation_t ta = turn & 1 ? CUBLAS_OP_T : CUBLAS_OP_N, tb = turn & 2 ? CUBLAS_OP_C : CUBLAS_OP_N;
            const double none = 0, *factor = turn % 3 ? &beta : &none, *start = managed(lead * lead, 4);
            double *xa = places[0][turn % 3], *xb = places[1][(turn + turn / 3) % 3], *xc = places[2][(turn + turn / 4) % 3];
            cudaMemcpy(xa, left, bytes, cudaMemcpyDefault), cudaMemcpy(xb, right, bytes, cudaMemcpyDefault), cudaMemcpy(xc, start, bytes, cudaMemcpyDefault);
            cudaMemcpy(wanted, start, bytes, cudaMemcpyDefault);
            near("cublasXtDgemm", cublasXtDgemm(across, ta, tb, p, q, r, &alpha, xa, lead, xb, lead, factor, xc, lead), CUBLAS_STATUS_SUCCESS);
            cublasDgemm(handle, ta, tb, p, q, r, &alpha, left, lead, right, lead, factor, wanted, lead);
            cudaDeviceSynchronize();
            cudaMemcpy(got, xc, bytes, cudaMemcpyDefault);
            for (size_t i = 0; i < lead * lead; i++) near("a product across memories", got[i], wanted[i]);
        }
        /* (1 + i)² = 2i, and its first factor's conjugate makes it 2. */
        cuDoubleComplex one = {1, 1}, unit = {1, 0}, nothing = {0, 0}, product;
        for (cublasOperation_t t : {CUBLAS_OP_T, CUBLAS_OP_C}) {
            near("cublasXtZgemm", cublasXtZgemm(across, t, CUBLAS_OP_N, 1, 1, 1, &unit, &one, 1, &one, 1, &nothing, &product, 1), CUBLAS_STATUS_SUCCESS);
            near("a complex product", product.x, t == CUBLAS_OP_C ? 2 : 0), near("a complex product", product.y, t == CUBLAS_OP_C ? 0 : 2);
        }
        near("no sum", cublasXtDgemm(across, CUBLAS_OP_N, CUBLAS_OP_N, p, q, 0, &alpha, nullptr, lead, nullptr, lead, &beta, got, lead), CUBLAS_STATUS_SUCCESS);
        near("a leading dimension less than a column", cublasXtDgemm(across, CUBLAS_OP_N, CUBLAS_OP_N, p, q, r, &alpha, left, p - 1, right, lead, &beta, got, lead), CUBLAS_STATUS_INVALID_VALUE);
        near("cublasXtDestroy", cublasXtDestroy(across), CUBLAS_STATUS_SUCCESS);
    }
    /* A sum that a graph takes each time anew: the space between its kernels is there as long as the graph. */
    {
        cudaStream_t stream;
        cudaGraph_t graph;
        cudaGraphExec_t executable;
        cudaStreamCreate(&stream);
        cublasSetStream(handle, stream);
        cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_DEVICE);
        cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal);
        cublasDasum(handle, m, x, 1, result);
        cudaStreamEndCapture(stream, &graph);
        cudaGraphInstantiate(&executable, graph, 0);
        for (int turn = 1; turn < 4; turn++) {
            for (int i = 0; i < m; i++) x[i] = turn * (i - 3);
            cudaGraphLaunch(executable, stream);
            cudaStreamSynchronize(stream);
            near("a captured sum", result[0], turn * (6 + 45));
        }
        cublasSetPointerMode(handle, CUBLAS_POINTER_MODE_HOST);
        cublasSetStream(handle, 0);
    }
    near("a negative size", cublasDaxpy(handle, -1, &alpha, x, 1, y, 1), CUBLAS_STATUS_INVALID_VALUE);
    cublasDestroy(handle);
    printf("blas_levels: %d wrong\n", wrong);
    return wrong != 0;
}
