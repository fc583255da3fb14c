// A total that 32 bits have no room for, on the host and on the device.
#include <stdio.h>

__global__ void grow(unsigned long *total)
{
    unsigned long by = 70000 + threadIdx.x;
    total[threadIdx.x] *= by;
    by = 0;
}

int main()
{
    unsigned long *total, n = 65536;
    cudaMallocManaged(&total, 2 * sizeof *total);
    total[0] = total[1] = n;
    n = n * n;
    grow<<<1, 2>>>(total);
    cudaDeviceSynchronize();
    printf("%lu\n", n);
    return 0;
}
