// Adds two vectors in managed memory. The CPU writes every page first, the device faults on each and they move to it; at the end
// the CPU reads the result, and half of them move back. Stop on device page faults to see the first one.
#include <cmath>
#include <cstdio>

__global__ void add(int n, const float *x, float *y)
{
    int stride = blockDim.x * gridDim.x;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += stride)
        y[i] = x[i] + y[i];
}

int main()
{
    const int n = 1 << 18;
    float *x, *y;
    cudaMallocManaged(&x, n * sizeof(float));
    cudaMallocManaged(&y, n * sizeof(float));

    for (int i = 0; i < n; i++) {
        x[i] = 1.0f;
        y[i] = 2.0f;
    }

    add<<<64, 256>>>(n, x, y);
    cudaDeviceSynchronize();

    float error = 0.0f;
    for (int i = 0; i < n; i++)
        error = std::fmax(error, std::fabs(y[i] - 3.0f));
    std::printf("largest error: %g\n", error);

    cudaFree(x);
    cudaFree(y);
    return 0;
}
