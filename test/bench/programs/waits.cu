// Rounds of a little arithmetic in 64 blocks of 256 threads; between two rounds threads wait for nobody, for their block, or for their warp.
#include <cstdlib>
#include <cstring>

__global__ void alone(int *out, int rounds)
{
    int value = threadIdx.x;
    for (int round = 0; round < rounds; round++)
        value = (value * 5 + round) ^ (value >> 3);
    out[blockIdx.x * blockDim.x + threadIdx.x] = value;
}

__global__ void barrier(int *out, int rounds)
{
    int value = threadIdx.x;
    for (int round = 0; round < rounds; round++) {
        value = (value * 5 + round) ^ (value >> 3);
        __syncthreads();
    }
    out[blockIdx.x * blockDim.x + threadIdx.x] = value;
}

__global__ void shuffle(int *out, int rounds)
{
    int value = threadIdx.x;
    for (int round = 0; round < rounds; round++)
        value = (value * 5 + round) ^ __shfl_xor_sync(0xffffffff, value, 1);
    out[blockIdx.x * blockDim.x + threadIdx.x] = value;
}

int main(int, char **words)
{
    int *out;
    int rounds = atoi(words[2]);
    if (cudaMalloc(&out, 64 * 256 * sizeof(int)) != cudaSuccess)
        return EXIT_FAILURE;
    if (strcmp(words[1], "alone") == 0)
        alone<<<64, 256>>>(out, rounds);
    else if (strcmp(words[1], "barrier") == 0)
        barrier<<<64, 256>>>(out, rounds);
    else
        shuffle<<<64, 256>>>(out, rounds);
    return cudaDeviceSynchronize() == cudaSuccess ? EXIT_SUCCESS : EXIT_FAILURE;
}
