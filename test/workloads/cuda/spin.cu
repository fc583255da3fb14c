// Blocks and threads that wait for each other by atomic functions and fences alone: orders against the numbers of blocks, a lock, a ticket
// lock, a barrier of the whole grid that is made by hand; and loops of atomics that wait for nobody.
#include <cstdio>
#include <cuda_runtime.h>

constexpr int BLOCKS = 48, THREADS = 64;

__device__ int turn, mutex, nextTicket, serving, arrived;

struct Lock {
    int *word;
    __device__ bool take() { return atomicCAS(word, 0, 1) == 0; }
    __device__ void lock() {
        while (!take()) {
        }
        __threadfence();
    }
    __device__ void unlock() {
        __threadfence();
        atomicExch(word, 0);
    }
};

__device__ int peek(int *word) { return atomicAdd(word, 0); }

__device__ int fromTheEnd() { return gridDim.x - 1 - blockIdx.x; }

__global__ void byAddingZero(int *order) {
    if (threadIdx.x == 0) {
        while (peek(&turn) != fromTheEnd()) {
        }
        order[fromTheEnd()] = blockIdx.x;
        atomicAdd(&turn, 1);
    }
}

__global__ void byComparing(int *order) {
    const int mine = fromTheEnd();
    if (threadIdx.x == THREADS - 1) {
        for (;;)
            if (atomicCAS(&turn, mine, mine) == mine) break;
        order[mine] += blockIdx.x;
        atomicExch(&turn, mine + 1);
    }
}

__global__ void byFence(int *order) {
    if (threadIdx.x == 0) {
        while (turn != fromTheEnd()) __threadfence();
        order[fromTheEnd()] += blockIdx.x;
        turn = fromTheEnd() + 1;
    }
}

// The lock by a class of its own, and the usual loop that keeps lanes from waiting for a lane of their warp.
__global__ void locked(int *sum) {
    Lock lock = {&mutex};
    if (threadIdx.x % 32 == 0) {
        lock.lock();
        sum[0] += 1;
        lock.unlock();
    }
    for (bool done = false; !done;) {
        if (atomicExch(&mutex, 1) == 0) {
            sum[1] += 1;
            __threadfence();
            atomicExch(&mutex, 0);
            done = true;
        }
    }
}

__global__ void tickets(int *sum) {
    if (threadIdx.x == 0) {
        const int ticket = atomicAdd(&nextTicket, 1);
        int seen;
        do {
            seen = atomicOr(&serving, 0);
        } while (seen != ticket);
        sum[0] += ticket;
        atomicAdd(&serving, 1);
    }
}

__global__ void gridBarrier(int *values, int *wrong) {
    values[blockIdx.x * blockDim.x + threadIdx.x] = blockIdx.x;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) {
        atomicAdd(&arrived, 1);
        while (atomicCAS(&arrived, 0, 0) < gridDim.x) {
        }
    }
    __syncthreads();
    const int other = (blockIdx.x + 1) % gridDim.x;
    if (values[other * blockDim.x + threadIdx.x] != other) atomicAdd(wrong, 1);
}

// Updates, draws and searches: none of them waits.
__global__ void lockFree(double *sum, int *drawn, int *table, int slots) {
    unsigned long long *bits = (unsigned long long *)sum, old = *bits, assumed;
    do {
        assumed = old;
        old = atomicCAS(bits, assumed, __double_as_longlong(1 + __longlong_as_double(assumed)));
    } while (assumed != old);
    while (atomicAdd(drawn, 1) < 1000) atomicAdd(drawn + 1, 1);
    const int key = 1 + blockIdx.x * blockDim.x + threadIdx.x;
    for (int slot = key % slots;; slot = (slot + 1) % slots) {
        const int found = atomicCAS(table + slot, 0, key);
        if (found == 0 || found == key) break;
    }
}

int main() {
    const int all = BLOCKS * THREADS, slots = 2 * all;
    int *numbers, *table;
    double *sum;
    cudaMallocManaged(&numbers, (all + BLOCKS + 8) * sizeof(int));
    cudaMallocManaged(&table, slots * sizeof(int));
    cudaMallocManaged(&sum, sizeof(double));
    int *order = numbers + all, *counts = order + BLOCKS;
    for (int n = 0; n < BLOCKS; n++) order[n] = 0;
    for (int n = 0; n < 8; n++) counts[n] = 0;
    for (int n = 0; n < slots; n++) table[n] = 0;
    *sum = 0;

    const int zero = 0;
    byAddingZero<<<BLOCKS, THREADS>>>(order);
    cudaMemcpyToSymbol(turn, &zero, sizeof zero);
    byComparing<<<BLOCKS, THREADS>>>(order);
    cudaMemcpyToSymbol(turn, &zero, sizeof zero);
    byFence<<<BLOCKS, THREADS>>>(order);
    locked<<<BLOCKS, THREADS>>>(counts);
    tickets<<<BLOCKS, THREADS>>>(counts + 2);
    gridBarrier<<<BLOCKS, THREADS>>>(numbers, counts + 3);
    lockFree<<<BLOCKS, THREADS>>>(sum, counts + 4, table, slots);
    const cudaError_t error = cudaDeviceSynchronize();

    int wrong = error != cudaSuccess;
    for (int n = 0; n < BLOCKS; n++) wrong += order[n] != 3 * (BLOCKS - 1 - n);
    wrong += counts[0] != 2 * BLOCKS || counts[1] != all || counts[2] != BLOCKS * (BLOCKS - 1) / 2 || counts[3] != 0;
    wrong += *sum != all || counts[4] != 1000 + all || counts[5] != 1000;
    int keys = 0;
    for (int n = 0; n < slots; n++) keys += table[n] != 0;
    wrong += keys != all;
    printf(wrong ? "spin: %d wrong\n" : "spin: ok\n", wrong);
    return wrong != 0;
}
