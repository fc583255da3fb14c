// Blocks of even and of odd number come to the grid's barrier in different functions.
#include <cooperative_groups.h>
namespace cg = cooperative_groups;

__device__ __noinline__ int even(int block)
{
    int mine = block * 10;
    cg::this_grid().sync();
    return mine;
}

__device__ __noinline__ int odd(int block, long long offset)
{
    long long theirs = offset + block;
    cg::this_grid().sync();
    return (int)theirs;
}

__global__ void kernel(int *out)
{
    int block = blockIdx.x;
    out[block] = block % 2 ? odd(block, 1000) : even(block);
}

int main()
{
    int *out;
    cudaMallocManaged(&out, 4 * sizeof(int));
    void *arguments[] = {&out};
    cudaLaunchCooperativeKernel((void *)kernel, dim3(4), dim3(1), arguments, 0, 0);
    cudaDeviceSynchronize();
    return out[2] == 20 && out[3] == 1003 ? 0 : 1;
}
