// Reads what a kernel wrote, without waiting for the kernel.
#include <cstdio>

__global__ void set(int *value) { *value = 7; }

int main()
{
    int *value;
    cudaMallocManaged(&value, sizeof(int));
    *value = 1;
    set<<<1, 1>>>(value);
    int read = *value;
    cudaDeviceSynchronize();
    cudaFree(value);
    return read == 7 ? 0 : 1;
}
