/* rocBLAS by its own names, and Thrust on HIP: a product of matrices, scalars of the device, a sum in place. */
#include <cmath>
#include <cstdio>
#include <hip/hip_runtime.h>
#include <rocblas/rocblas.h>
#include <thrust/device_vector.h>
#include <thrust/transform_reduce.h>

struct square {
    __host__ __device__ float operator()(float x) const { return x * x; }
};

int main() {
    const rocblas_int n = 16;
    float *a, *b, *c, *scalars;
    for (float **memory : {&a, &b, &c}) (void)hipMallocManaged(memory, n * n * sizeof(float));
    (void)hipMallocManaged(&scalars, 2 * sizeof(float));
    for (int i = 0; i < n * n; i++) a[i] = (float)(i % 7), b[i] = (float)(i % 5), c[i] = 1;
    scalars[0] = 2, scalars[1] = 3;
    rocblas_handle handle;
    if (rocblas_create_handle(&handle) != rocblas_status_success) return 2;
    rocblas_set_pointer_mode(handle, rocblas_pointer_mode_device);
    rocblas_status status = rocblas_sgemm(handle, rocblas_operation_none, rocblas_operation_transpose, n, n, n, scalars, a, n, b, n, scalars + 1, c, n);
    (void)hipDeviceSynchronize();
    int wrong = status != rocblas_status_success;
    float squares = 0, norm;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            float sum = 0;
            for (int k = 0; k < n; k++) sum += a[i + k * n] * b[j + k * n];
            wrong += std::fabs(c[i + j * n] - (2 * sum + 3)) > 1e-3f;
            squares += c[i + j * n] * c[i + j * n];
        }
    rocblas_set_pointer_mode(handle, rocblas_pointer_mode_host);
    rocblas_snrm2(handle, n * n, c, 1, &norm);
    wrong += std::fabs(norm - std::sqrt(squares)) > 1e-3f * norm;
    thrust::device_vector<float> copy(c, c + n * n);
    wrong += std::fabs(thrust::transform_reduce(copy.begin(), copy.end(), square(), 0.0f, thrust::plus<float>()) - squares) > 1e-4f * squares;
    rocblas_destroy_handle(handle);
    printf("rocblas: %d wrong, %s\n", wrong, rocblas_status_to_string(status));
    return wrong != 0;
}
