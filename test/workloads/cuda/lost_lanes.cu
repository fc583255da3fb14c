// Lanes that wait at a shuffle for lanes which wait at the block's barrier: undefined, and on hardware often a hang.
#include <cstdio>

__global__ void shift(int *out)
{
    if (threadIdx.x < 16)
        out[threadIdx.x] = __shfl_down_sync(0xffffffff, threadIdx.x, 1);
    __syncthreads();
}

int main()
{
    int *out;
    cudaMallocManaged(&out, 64 * sizeof(int));
    std::printf("lost_lanes: about to launch\n");
    shift<<<1, 64>>>(out);
    cudaDeviceSynchronize();
    return 0;
}
