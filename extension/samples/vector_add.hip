// Adds two vectors in managed memory, for AMD devices. What moves where is the same as in vector_add.cu.
#include <hip/hip_runtime.h>

#include <cstdio>

__global__ void add(int n, const float *x, float *y)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        y[i] = x[i] + y[i];
}

int main()
{
    const int n = 64 * 1024;
    float *x, *y;
    if (hipMallocManaged(&x, n * sizeof(float)) != hipSuccess || hipMallocManaged(&y, n * sizeof(float)) != hipSuccess)
        return 1;
    for (int i = 0; i < n; i++) {
        x[i] = 1.0f;
        y[i] = 2.0f;
    }

    add<<<n / 256, 256>>>(n, x, y);
    if (hipDeviceSynchronize() != hipSuccess)
        return 1;

    int wrong = 0;
    for (int i = 0; i < n; i++)
        wrong += y[i] != 3.0f;
    std::printf("%d of %d are wrong\n", wrong, n);
    (void)hipFree(x);
    (void)hipFree(y);
    return wrong != 0;
}
