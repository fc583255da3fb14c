// What libcu++ offers for memory that processors share: atomics with scopes, which the CPU and kernels use on the same words, barriers at
// which threads arrive before they wait, pipelines of producers and consumers; and tiles of several warps.
#include <cooperative_groups.h>
#include <cooperative_groups/reduce.h>
#include <cstdio>
#include <cstdlib>
#include <cuda/atomic>
#include <cuda/barrier>
#include <cuda/pipeline>
#include <cuda/std/utility>

namespace cg = cooperative_groups;
constexpr int block = 256;

struct Shared {
    cuda::atomic<int> count;
    cuda::atomic<float, cuda::thread_scope_device> sum;
    cuda::atomic<unsigned long long> largest;
    unsigned plain;
};

__global__ void add(Shared *shared) {
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    shared->count.fetch_add(1, cuda::memory_order_relaxed);
    shared->sum += 0.5f;
    shared->largest.fetch_max(1ull << 40 | i);
    cuda::atomic_ref<unsigned, cuda::thread_scope_system> plain(shared->plain);
    unsigned seen = plain.load();
    while (!plain.compare_exchange_weak(seen, seen + 2, cuda::memory_order_acq_rel)) {
    }
}

// Each thread arrives, does what needs nobody, and reads its neighbour's word in the next phase.
__global__ void shift(int *words, int rounds) {
    __shared__ cuda::barrier<cuda::thread_scope_block> ready;
    __shared__ int values[2][block];
    const int thread = threadIdx.x;
    if (thread == 0) init(&ready, blockDim.x);
    __syncthreads();
    int value = words[thread];
    for (int round = 0; round < rounds; round++) {
        values[round % 2][thread] = value;
        auto token = ready.arrive();
        const int from = (thread + 1) % block;
        ready.wait(cuda::std::move(token));
        value = values[round % 2][from];
    }
    words[thread] = value;
}

// The first half of the block brings chunks, the second half adds them up.
__global__ void stream(const int *in, int chunks, int *out) {
    constexpr int half = block / 2, stages = 2;
    __shared__ cuda::pipeline_shared_state<cuda::thread_scope_block, stages> state;
    __shared__ int room[stages][half];
    auto group = cg::this_thread_block();
    const bool produces = threadIdx.x < half;
    auto pipe = cuda::make_pipeline(group, &state, produces ? cuda::pipeline_role::producer : cuda::pipeline_role::consumer);
    const int lane = threadIdx.x % half;
    int sum = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
        if (produces) {
            pipe.producer_acquire();
            cuda::memcpy_async(&room[chunk % stages][lane], in + chunk * half + lane, sizeof(int), pipe);
            pipe.producer_commit();
        } else {
            pipe.consumer_wait();
            sum += room[chunk % stages][half - 1 - lane];
            pipe.consumer_release();
        }
    }
    if (!produces) out[half - 1 - lane] = sum;
}

__global__ void tiles(const int *in, int *sums, int *order) {
    auto tile = cg::tiled_partition<128>(cg::this_thread_block());
    const int sum = cg::reduce(tile, in[threadIdx.x], cg::plus<int>());
    if (tile.thread_rank() == 0) sums[tile.meta_group_rank()] = sum;
    // Warp after warp, by a flag that the last one of each tile raises for the next.
    __shared__ cuda::atomic<int, cuda::thread_scope_block> turn;
    if (threadIdx.x == 0) turn = blockDim.x / 32 - 1;
    __syncthreads();
    const int warp = threadIdx.x / 32;
    if (threadIdx.x % 32 == 0) {
        while (turn.load(cuda::memory_order_acquire) != warp) {
        }
        order[warp] = blockDim.x / 32 - 1 - warp;
        turn.store(warp - 1, cuda::memory_order_release);
    }
}

static int wrong = 0;
static void expect(const char *what, double found, double expected) {
    if (found == expected) return;
    printf("%s: %g, not %g\n", what, found, expected);
    wrong++;
}

int main() {
    const int chunks = 5, half = block / 2, grid = 8;
    Shared *shared;
    int *words, *in, *out, *sums, *order;
    cudaMallocManaged(&shared, sizeof *shared);
    cudaMallocManaged(&words, block * sizeof(int));
    cudaMallocManaged(&in, chunks * half * sizeof(int));
    cudaMallocManaged(&out, half * sizeof(int));
    cudaMallocManaged(&sums, 2 * sizeof(int));
    cudaMallocManaged(&order, block / 32 * sizeof(int));
    new (shared) Shared{{5}, {1.0f}, {7}, 3};
    for (int i = 0; i < block; i++) words[i] = i;
    for (int i = 0; i < chunks * half; i++) in[i] = i * 7 % 31;
    add<<<grid, block>>>(shared);
    shift<<<1, block>>>(words, 5);
    stream<<<1, block>>>(in, chunks, out);
    tiles<<<1, block>>>(in, sums, order);
    if (cudaDeviceSynchronize() != cudaSuccess) return 2;

    const int threads = grid * block;
    shared->count++;
    cuda::atomic_ref<unsigned>(shared->plain).fetch_add(1u);
    expect("count", shared->count.load(), 5 + threads + 1);
    expect("sum", shared->sum.load(), 1 + threads * 0.5);
    expect("largest", (double)shared->largest.load(), (double)(1ull << 40 | (threads - 1)));
    expect("plain", shared->plain, 3 + 2 * threads + 1);
    for (int i = 0; i < block; i++) expect("shift", words[i], (i + 5) % block);
    for (int i = 0; i < half; i++) {
        int sum = 0;
        for (int chunk = 0; chunk < chunks; chunk++) sum += in[chunk * half + i];
        expect("stream", out[i], sum);
    }
    for (int tile = 0; tile < 2; tile++) {
        int sum = 0;
        for (int i = 0; i < 128; i++) sum += in[tile * 128 + i];
        expect("tile", sums[tile], sum);
    }
    for (int warp = 0; warp < block / 32; warp++) expect("order", order[warp], block / 32 - 1 - warp);
    if (!wrong) printf("CPU and GPU agree on what they share\n");
    return wrong != 0;
}
