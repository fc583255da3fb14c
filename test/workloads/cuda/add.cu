// Adds two managed arrays of 2^20 floats with a grid-stride loop. The CPU fills both, the device adds, and the CPU checks:
// every page is first touched by the CPU, then faults on the device, and y comes back when it is read.
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
    const int n = 1 << 20;
    float *x, *y;
    if (cudaMallocManaged(&x, n * sizeof(float)) != cudaSuccess || cudaMallocManaged(&y, n * sizeof(float)) != cudaSuccess) {
        std::printf("add: out of memory\n");
        return 1;
    }

    for (int i = 0; i < n; i++) {
        x[i] = 1.0f;
        y[i] = 2.0f;
    }

    const int threads = 256;
    const int blocks = 64;
    add<<<blocks, threads>>>(n, x, y);
    cudaError_t status = cudaDeviceSynchronize();
    if (status != cudaSuccess) {
        std::printf("add: %s\n", cudaGetErrorString(status));
        return 1;
    }

    float maxError = 0.0f;
    for (int i = 0; i < n; i++)
        maxError = std::fmax(maxError, std::fabs(y[i] - 3.0f));
    std::printf("add: max error %g\n", maxError);

    cudaFree(x);
    cudaFree(y);
    return maxError == 0.0f ? 0 : 1;
}
