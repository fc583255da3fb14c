// Adds two managed arrays with HIP, once with the <<<>>> syntax and once with hipLaunchKernelGGL. Apart from the names this is the
// CUDA program: pages are first touched by the CPU, fault on the device and come back.
#include <hip/hip_runtime.h>

#include <cmath>
#include <cstdio>

__global__ void add(int n, const float *x, float *y)
{
    int first = blockIdx.x * blockDim.x + threadIdx.x;
    int stride = blockDim.x * gridDim.x;
    for (int i = first; i < n; i += stride)
        y[i] = x[i] + y[i];
}

int main()
{
    const int n = 1 << 16;
    float *x, *y;
    if (hipMallocManaged(&x, n * sizeof(float)) != hipSuccess || hipMallocManaged(&y, n * sizeof(float)) != hipSuccess) {
        std::printf("add: out of memory\n");
        return 1;
    }
    for (int i = 0; i < n; i++) {
        x[i] = 1.0f;
        y[i] = 2.0f;
    }

    add<<<16, 256>>>(n, x, y);
    hipLaunchKernelGGL(add, dim3(16), dim3(256), 0, 0, n, x, y);
    hipError_t status = hipDeviceSynchronize();
    if (status != hipSuccess) {
        std::printf("add: %s\n", hipGetErrorString(status));
        return 1;
    }

    float maxError = 0.0f;
    for (int i = 0; i < n; i++)
        maxError = std::fmax(maxError, std::fabs(y[i] - 4.0f));
    std::printf("add: max error %g\n", maxError);

    (void)hipFree(x);
    (void)hipFree(y);
    return maxError == 0.0f ? 0 : 1;
}
