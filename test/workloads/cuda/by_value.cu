// A kernel takes a structure by value, changes its own thread's copy between barriers, and reads what a neighbour made of its copy. The same
// with an array of the kernel's own says what has to come out.
#include <cstdio>
#include <cstdlib>

constexpr int ENTRIES = 40;
constexpr int THREADS = 64;
constexpr int BLOCKS = 3;
constexpr int ROUNDS = 50;

struct Table {
    int entries[ENTRIES];
    int *sums;
};

__device__ void change(int *entries, int *sum)
{
    __shared__ int seen[THREADS];
    int thread = threadIdx.x;
    for (int round = 0; round < ROUNDS; round++) {
        int entry = (thread + round) % ENTRIES;
        seen[thread] = entries[entry] + round;
        __syncthreads();
        entries[entry] += seen[(thread + 1) % THREADS] & 3;
        __syncthreads();
    }
    int total = 0;
    for (int entry = 0; entry < ENTRIES; entry++)
        total += entries[entry];
    *sum = total + blockIdx.x;
}

__global__ void passed(Table table, int offset)
{
    change(table.entries, table.sums + blockIdx.x * THREADS + threadIdx.x + offset);
}

__global__ void own(int *sums)
{
    int entries[ENTRIES];
    for (int entry = 0; entry < ENTRIES; entry++)
        entries[entry] = entry;
    change(entries, sums + blockIdx.x * THREADS + threadIdx.x);
}

int main()
{
    constexpr int COUNT = BLOCKS * THREADS;
    int *expected;
    Table table;
    if (cudaMallocManaged(&expected, sizeof(int) * COUNT) || cudaMallocManaged(&table.sums, sizeof(int) * (COUNT + 1)))
        return EXIT_FAILURE;
    for (int entry = 0; entry < ENTRIES; entry++)
        table.entries[entry] = entry;

    passed<<<BLOCKS, THREADS>>>(table, 1);
    own<<<BLOCKS, THREADS>>>(expected);
    if (cudaDeviceSynchronize() != cudaSuccess)
        return EXIT_FAILURE;

    int wrong = 0;
    for (int n = 0; n < COUNT; n++)
        wrong += table.sums[n + 1] != expected[n];
    for (int entry = 0; entry < ENTRIES; entry++)
        wrong += table.entries[entry] != entry;
    printf("%s: %d sums of threads that got a table of their own\n", wrong ? "FAIL" : "PASS", COUNT - wrong);
    return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
