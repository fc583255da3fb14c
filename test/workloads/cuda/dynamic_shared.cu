// Sums an array with a tree in shared memory whose size is given at the launch. The same kernel runs with two block sizes; a
// barrier inside the loop separates the levels of the tree.
#include <cstdio>

__global__ void sumBlocks(const int *values, int count, int *sums)
{
    extern __shared__ int partial[];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    partial[threadIdx.x] = i < count ? values[i] : 0;
    __syncthreads();
    for (unsigned half = blockDim.x / 2; half > 0; half /= 2) {
        if (threadIdx.x < half)
            partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    if (threadIdx.x == 0)
        sums[blockIdx.x] = partial[0];
}

static int sumOnDevice(const int *values, int count, int *sums, int threads)
{
    int blocks = (count + threads - 1) / threads;
    sumBlocks<<<blocks, threads, threads * sizeof(int)>>>(values, count, sums);
    if (cudaDeviceSynchronize() != cudaSuccess)
        return -1;
    int sum = 0;
    for (int block = 0; block < blocks; block++)
        sum += sums[block];
    return sum;
}

int main()
{
    const int count = 10000;
    int *values, *sums;
    if (cudaMallocManaged(&values, count * sizeof(int)) != cudaSuccess ||
        cudaMallocManaged(&sums, (count / 64 + 1) * sizeof(int)) != cudaSuccess) {
        std::printf("dynamic_shared: out of memory\n");
        return 1;
    }
    int expected = 0;
    for (int i = 0; i < count; i++) {
        values[i] = i % 17;
        expected += values[i];
    }

    int small = sumOnDevice(values, count, sums, 64);
    int large = sumOnDevice(values, count, sums, 256);
    std::printf("dynamic_shared: sums %d and %d, expected %d\n", small, large, expected);

    cudaFree(values);
    cudaFree(sums);
    return small == expected && large == expected ? 0 : 1;
}
