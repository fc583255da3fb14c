// Cooperative groups: tiles of a warp, what is converged, and a grid whose blocks wait for each other.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cstdio>

namespace cg = cooperative_groups;

__global__ void turns(int *cells, int n, int *wrong)
{
    cg::grid_group grid = cg::this_grid();
    __shared__ cg::block_tile_memory<256> tiles;
    cg::thread_block block = cg::this_thread_block(tiles);
    cg::thread_block_tile<16> tile = cg::tiled_partition<16>(block);
    __shared__ int mine;
    if (block.thread_rank() == 0)
        mine = blockIdx.x;
    block.sync();

    int sum = cg::reduce(tile, (int)tile.thread_rank(), cg::plus<int>());
    if (sum != 120 || tile.shfl(sum, 3) != 120 || tile.meta_group_rank() != threadIdx.x / 16)
        atomicAdd(wrong, 1);
    if (threadIdx.x % 2) {
        cg::coalesced_group odd = cg::coalesced_threads();
        if (odd.size() != 16 || odd.thread_rank() != threadIdx.x % 32 / 2)
            atomicAdd(wrong, 1);
    }

    // Each turn reads what another block wrote in the turn before.
    int i = (int)grid.thread_rank();
    for (int turn = 0; turn < 4; turn++) {
        int next = cells[turn % 2 * n + (i + 40) % n];
        cells[(turn + 1) % 2 * n + i] = next + 1;
        grid.sync();
    }
    if (mine != (int)blockIdx.x)
        atomicAdd(wrong, 1);
}

int main()
{
    int n = 4 * 64, *cells, *wrong;
    cudaMallocManaged(&cells, 2 * n * sizeof(int));
    cudaMallocManaged(&wrong, sizeof(int));
    for (int i = 0; i < n; i++)
        cells[i] = i;
    *wrong = 0;
    void *arguments[] = {&cells, &n, &wrong};
    cudaError_t error = cudaLaunchCooperativeKernel((void *)turns, dim3(4), dim3(64), arguments);
    if (error == cudaSuccess)
        error = cudaDeviceSynchronize();
    int misplaced = 0;
    for (int i = 0; i < n; i++)
        misplaced += cells[i] != (i + 160) % n + 4;
    std::printf("groups: %s, %d checks failed, %d cells are wrong\n", cudaGetErrorString(error), *wrong, misplaced);
    bool right = error == cudaSuccess && *wrong == 0 && misplaced == 0;
    cudaFree(cells);
    cudaFree(wrong);
    return right ? 0 : 1;
}
