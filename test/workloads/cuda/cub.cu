/* CUB: collectives of a block and of a warp, and the two calls that an algorithm of the whole device takes. */
#include <cstdio>
#include <cub/cub.cuh>

template <int THREADS> __global__ void sums(const int *values, int *blocks, int *scanned, int *warps) {
    using Reduce = cub::BlockReduce<int, THREADS>;
    using Scan = cub::BlockScan<int, THREADS>;
    __shared__ typename Reduce::TempStorage reducing;
    __shared__ typename Scan::TempStorage scanning;
    __shared__ typename cub::WarpReduce<int>::TempStorage unused;
    int i = blockIdx.x * THREADS + threadIdx.x, value = values[i], before;
    int sum = Reduce(reducing).Sum(value);
    if (threadIdx.x == 0) blocks[blockIdx.x] = sum;
    Scan(scanning).ExclusiveSum(value, before);
    scanned[i] = before;
    int own = cub::WarpReduce<int>(unused).Reduce(value, cub::Max());
    if (threadIdx.x % 32 == 0) warps[i / 32] = own;
}

template <class F> bool twice(F call) {
    size_t bytes = 0;
    void *temporary = nullptr;
    if (call(temporary, bytes) != cudaSuccess || cudaMalloc(&temporary, bytes) != cudaSuccess) return false;
    return call(temporary, bytes) == cudaSuccess && cudaFree(temporary) == cudaSuccess;
}

struct IsOdd {
    __host__ __device__ bool operator()(int value) const { return value % 2 != 0; }
};

int main() {
    const int count = 2048, threads = 128;
    int *values, *sorted, *blocks, *scanned, *warps, *result;
    float *places, *moved;
    for (int **memory : {&values, &sorted, &blocks, &scanned, &warps, &result}) cudaMallocManaged(memory, count * sizeof(int));
    cudaMallocManaged(&places, count * sizeof(float));
    cudaMallocManaged(&moved, count * sizeof(float));
    for (int i = 0; i < count; i++) values[i] = (i * 37) % 211 - 100, places[i] = (float)i;
    sums<threads><<<count / threads, threads>>>(values, blocks, scanned, warps);
    cudaDeviceSynchronize();
    int wrong = 0, total = 0;
    for (int block = 0; block < count / threads; block++) {
        int sum = 0;
        for (int i = block * threads; i < (block + 1) * threads; sum += values[i++]) wrong += scanned[i] != sum;
        wrong += blocks[block] != sum;
        total += sum;
    }
    for (int warp = 0; warp < count / 32; warp++) {
        int most = values[warp * 32];
        for (int i = 1; i < 32; i++) most = values[warp * 32 + i] > most ? values[warp * 32 + i] : most;
        wrong += warps[warp] != most;
    }
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceRadixSort::SortPairs(t, bytes, values, sorted, places, moved, count); });
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceReduce::Sum(t, bytes, sorted, result, count); });
    cudaDeviceSynchronize();
    wrong += result[0] != total;
    for (int i = 0; i < count; i++) {
        wrong += values[(int)moved[i]] != sorted[i];
        wrong += i > 0 && (sorted[i - 1] > sorted[i] || (sorted[i - 1] == sorted[i] && moved[i - 1] >= moved[i]));
    }
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceSelect::Unique(t, bytes, sorted, scanned, result, count); });
    cudaDeviceSynchronize();
    wrong += result[0] != 211;
    // Flags and bytes are counted as numbers that have room for the sum.
    cub::TransformInputIterator<bool, IsOdd, int *> odd(values, IsOdd());
    long long *odds = (long long *)places;
    int expected = 0;
    for (int i = 0; i < count; i++) expected += values[i] % 2 != 0;
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceReduce::Sum(t, bytes, odd, odds, count); });
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceScan::InclusiveSum(t, bytes, odd, scanned, count); });
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceScan::ExclusiveSum(t, bytes, odd, warps, count); });
    cudaDeviceSynchronize();
    wrong += odds[0] != expected || scanned[count - 1] != expected || warps[count - 1] != expected - odd[count - 1];
    printf("cub: total %d, %d different, %d wrong\n", total, result[0], wrong);
    return wrong != 0;
}
