// Shuffles, votes, matches and reductions of a warp: a block's sum without shared memory in between, and lanes that diverge.
#include <cstdio>

__global__ void sums(const int *values, int n, int *total, int *wrong)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x % warpSize;
    int value = i < n ? values[i] : 0;
    for (int distance = warpSize / 2; distance > 0; distance /= 2)
        value += __shfl_down_sync(0xffffffff, value, distance);
    if (lane == 0)
        atomicAdd(total, value);

    if (__ballot_sync(0xffffffff, lane % 2) != 0xaaaaaaaa)
        atomicAdd(wrong, 1);
    if (!__all_sync(0xffffffff, lane < 32) || __any_sync(0xffffffff, lane > 31))
        atomicAdd(wrong, 1);
    double half = __shfl_xor_sync(0xffffffff, lane * 0.5, 1);
    if (half != (lane ^ 1) * 0.5)
        atomicAdd(wrong, 1);
    if (__shfl_up_sync(0xffffffff, lane, 1, 8) != (lane % 8 == 0 ? lane : lane - 1))
        atomicAdd(wrong, 1);

    // A third of the lanes goes on together.
    if (lane % 3 == 0) {
        unsigned together = __activemask();
        if (together != 0x49249249 || __popc(together) != 11)
            atomicAdd(wrong, 1);
        if (__shfl_sync(together, lane, 30) != 30)
            atomicAdd(wrong, 1);
        __syncwarp(together);
    }
    if (__match_any_sync(0xffffffff, lane / 8) != 0xffu << lane / 8 * 8)
        atomicAdd(wrong, 1);
    if (__syncthreads_count(threadIdx.x < 5) != 5 || !__syncthreads_or(threadIdx.x == 7) || __syncthreads_and(threadIdx.x < 9))
        atomicAdd(wrong, 1);
}

int main()
{
    const int n = 3000;
    int *values, *results;
    cudaMallocManaged(&values, n * sizeof(int));
    cudaMallocManaged(&results, 2 * sizeof(int));
    for (int i = 0; i < n; i++)
        values[i] = i % 7;
    results[0] = results[1] = 0;
    sums<<<(n + 127) / 128, 128>>>(values, n, &results[0], &results[1]);
    cudaError_t error = cudaDeviceSynchronize();
    int expected = 0;
    for (int i = 0; i < n; i++)
        expected += i % 7;
    std::printf("warp: the sum is %d, expected %d; %d checks failed\n", results[0], expected, results[1]);
    bool right = error == cudaSuccess && results[0] == expected && results[1] == 0;
    cudaFree(values);
    cudaFree(results);
    return right ? 0 : 1;
}
