// Uses more than the device has: give it 4 MiB of memory (click the machine in the status bar) and watch the evictions. Every pass
// over the array brings back what the last one had to give up.
#include <cstdio>

__global__ void addToAll(int *numbers, int count, int amount)
{
    int stride = blockDim.x * gridDim.x;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += stride)
        numbers[i] += amount;
}

int main()
{
    const int count = 2 * 1024 * 1024;
    int *numbers;
    if (cudaMallocManaged(&numbers, count * sizeof(int)) != cudaSuccess)
        return 1;
    for (int i = 0; i < count; i++)
        numbers[i] = i;

    for (int pass = 1; pass <= 3; pass++)
        addToAll<<<32, 256>>>(numbers, count, pass);
    cudaDeviceSynchronize();

    int wrong = 0;
    for (int i = 0; i < count; i++)
        wrong += numbers[i] != i + 6;
    std::printf("%d of %d numbers are wrong\n", wrong, count);
    cudaFree(numbers);
    return wrong != 0;
}
