// Lanes of a warp in lockstep, as code of before Volta counts on it: a sum whose last steps have no barriers, a scan of each warp. And who
// looks again and again at what others will write: warps of a block, and blocks of a grid that is small enough for a device. All by
// way of volatile memory.
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

constexpr int block = 256;

template <int size> __device__ void sum_last_warp(volatile int *values, int thread) {
    if (size >= 64) values[thread] += values[thread + 32];
    values[thread] += values[thread + 16];
    values[thread] += values[thread + 8];
    values[thread] += values[thread + 4];
    values[thread] += values[thread + 2];
    values[thread] += values[thread + 1];
}

__global__ void sum(const int *in, int *sums) {
    __shared__ int values[block];
    const int thread = threadIdx.x;
    values[thread] = in[blockIdx.x * block + thread];
    __syncthreads();
    for (int reach = block / 2; reach > 32; reach /= 2) {
        if (thread < reach) values[thread] += values[thread + reach];
        __syncthreads();
    }
    if (thread < 32) sum_last_warp<block>(values, thread);
    if (thread == 0) sums[blockIdx.x] = values[0];
}

// Each warp has twice its lanes: the lower half stays zero, so no lane has to ask where it is.
__global__ void scan(const int *in, int *out) {
    volatile __shared__ int values[2 * block];
    const int thread = threadIdx.x, at = 2 * thread - (thread & 31) + 32;
    values[at - 32] = 0;
    values[at] = in[thread];
    for (int reach = 1; reach < 32; reach *= 2) values[at] += values[at - reach];
    out[thread] = values[at];
}

__global__ void pass_on(int *out) {
    volatile __shared__ int given;
    if (threadIdx.x == 0) given = 0;
    __syncthreads();
    const int warp = threadIdx.x / 32, last = blockDim.x / 32 - 1;
    // The last warp begins; the first has been waiting for all others by then.
    while (given != last - warp) {
    }
    if (threadIdx.x % 32 == 0) {
        out[last - warp] = warp;
        given = given + 1;
    }
}

__device__ volatile int arrived[16];

// A barrier of all blocks, made by hand.
__global__ void shift(int *values, int rounds) {
    for (int round = 1; round <= rounds; round++) {
        const int next = values[(blockIdx.x + 1) % gridDim.x];
        for (int part = 0; part < 2; part++) {
            __syncthreads();
            if (threadIdx.x == 0) {
                if (part == 1) values[blockIdx.x] = next + round;
                __threadfence();
                arrived[blockIdx.x] = 2 * round + part;
            }
            if (threadIdx.x < gridDim.x)
                while (arrived[threadIdx.x] < 2 * round + part) {
                }
            __syncthreads();
        }
    }
}

#define CHECK(call)                                                                                   \
    do {                                                                                              \
        cudaError_t error = call;                                                                     \
        if (error != cudaSuccess) {                                                                   \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, cudaGetErrorString(error));            \
            exit(2);                                                                                  \
        }                                                                                             \
    } while (0)

int main() {
    const int blocks = 16;
    int *in, *sums, *scanned, *order, *shifted;
    CHECK(cudaMallocManaged(&in, blocks * block * sizeof *in));
    CHECK(cudaMallocManaged(&sums, blocks * sizeof *sums));
    CHECK(cudaMallocManaged(&scanned, block * sizeof *scanned));
    CHECK(cudaMallocManaged(&order, block / 32 * sizeof *order));
    CHECK(cudaMallocManaged(&shifted, blocks * sizeof *shifted));
    for (int b = 0; b < blocks; b++) shifted[b] = b;
    for (int i = 0; i < blocks * block; i++) in[i] = (i * 37) % 101 - 50;
    sum<<<blocks, block>>>(in, sums);
    scan<<<1, block>>>(in, scanned);
    pass_on<<<1, block>>>(order);
    shift<<<blocks, 64>>>(shifted, 3);
    CHECK(cudaGetLastError());
    CHECK(cudaDeviceSynchronize());

    int wrong = 0;
    for (int b = 0; b < blocks; b++) {
        int expected = 0;
        for (int i = 0; i < block; i++) expected += in[b * block + i];
        wrong += sums[b] != expected;
    }
    for (int i = 0, running = 0; i < block; i++) {
        running = (i % 32 ? running : 0) + in[i];
        wrong += scanned[i] != running;
    }
    for (int i = 0; i < block / 32; i++) wrong += order[i] != block / 32 - 1 - i;
    for (int b = 0; b < blocks; b++) wrong += shifted[b] != (b + 3) % blocks + 1 + 2 + 3;
    if (wrong) {
        printf("%d of %d results are wrong\n", wrong, 2 * blocks + block + block / 32);
        return 1;
    }
    printf("the lanes of a warp kept step\n");
    return 0;
}
