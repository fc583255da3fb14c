// CUB's collectives that move items: loads and stores in every arrangement, sorting, scans with a running prefix; and the device's algorithms beside
// sums: extremes with their places, histograms, runs, segments, choices.
#include <algorithm>
#include <cstdio>
#include <cub/cub.cuh>
#include <vector>

enum { THREADS = 64, ITEMS = 4, TILE = THREADS * ITEMS };

struct Prefix {
    int total;
    __device__ int operator()(int sum) {
        int before = total;
        total += sum;
        return before;
    }
};

__global__ void sort_tiles(const unsigned *in, unsigned *out, int *places) {
    typedef cub::BlockLoad<unsigned, THREADS, ITEMS, cub::BLOCK_LOAD_TRANSPOSE> Load;
    typedef cub::BlockStore<unsigned, THREADS, ITEMS, cub::BLOCK_STORE_TRANSPOSE> Store;
    typedef cub::BlockRadixSort<unsigned, THREADS, ITEMS, int> Sort;
    __shared__ union {
        typename Load::TempStorage load;
        typename Store::TempStorage store;
        typename Sort::TempStorage sort;
    } shared;
    unsigned keys[ITEMS];
    int values[ITEMS];
    Load(shared.load).Load(in + blockIdx.x * TILE, keys);
    for (int n = 0; n < ITEMS; n++) values[n] = threadIdx.x * ITEMS + n;
    __syncthreads();
    Sort(shared.sort).SortDescending(keys, values, 0, 16);
    __syncthreads();
    Store(shared.store).Store(out + blockIdx.x * TILE, keys);
    cub::BlockStore<int, THREADS, ITEMS>().Store(places + blockIdx.x * TILE, values);
}

__global__ void striped(const int *in, int *out, int *sums, int *most, int n) {
    typedef cub::BlockLoad<int, THREADS, ITEMS, cub::BLOCK_LOAD_STRIPED> Load;
    typedef cub::BlockExchange<int, THREADS, ITEMS> Exchange;
    typedef cub::BlockScan<int, THREADS> Scan;
    __shared__ typename Load::TempStorage load;
    __shared__ typename Exchange::TempStorage exchange;
    __shared__ typename Scan::TempStorage scan;
    __shared__ typename cub::WarpScan<int>::TempStorage warps[THREADS / 32];
    Prefix prefix = {1000};
    int last = 0;
    for (int tile = 0; tile < n; tile += TILE) {
        int items[ITEMS];
        Load(load).Load(in + tile, items, n - tile, 0);
        Exchange(exchange).StripedToBlocked(items, items);
        __syncthreads();
        Scan(scan).ExclusiveSum(items, items, prefix);
        __syncthreads();
        for (int k = 0; k < ITEMS; k++)
            if (tile + threadIdx.x * ITEMS + k < n) out[tile + threadIdx.x * ITEMS + k] = items[k];
        last = items[0];
    }
    int within, whole;
    cub::WarpScan<int>(warps[threadIdx.x / 32]).InclusiveSum(1 + (int)threadIdx.x % 32, within, whole);
    sums[threadIdx.x] = within * 1000 + whole;
    cub::WarpScan<int>(warps[threadIdx.x / 32]).InclusiveScan(last, within, cub::Max());
    most[threadIdx.x] = within;
}

struct Minus {
    __device__ int operator()(int a, int b) const { return a - b; }
};

/* The heads of runs, what items differ by, and how many there are of each. */
__global__ void neighbours(const int *in, int *heads, int *differences, int *counts) {
    typedef cub::BlockDiscontinuity<int, THREADS> Discontinuity;
    typedef cub::BlockAdjacentDifference<int, THREADS> Difference;
    typedef cub::BlockHistogram<int, THREADS, ITEMS, 90> Histogram;
    __shared__ typename Discontinuity::TempStorage flagging;
    __shared__ typename Difference::TempStorage subtracting;
    __shared__ typename Histogram::TempStorage counting;
    int items[ITEMS], flags[ITEMS], less[ITEMS];
    cub::LoadDirectBlocked(threadIdx.x, in, items);
    Discontinuity(flagging).FlagHeads(flags, items, cub::Inequality());
    Difference(subtracting).SubtractLeft(items, less, Minus());
    Histogram(counting).Histogram(items, counts);
    cub::StoreDirectBlocked(threadIdx.x, heads, flags);
    cub::StoreDirectBlocked(threadIdx.x, differences, less);
}

template <class F> bool twice(F call) {
    size_t bytes = 0;
    void *temporary = nullptr;
    if (call(temporary, bytes) != cudaSuccess || cudaMalloc(&temporary, bytes) != cudaSuccess) return false;
    return call(temporary, bytes) == cudaSuccess && cudaFree(temporary) == cudaSuccess;
}

struct Less {
    __host__ __device__ bool operator()(int a, int b) const { return a < b; }
};

struct Small {
    __host__ __device__ bool operator()(int x) const { return x < 50; }
};

int main() {
    const int count = 2048, short_count = 1000;
    unsigned *keys, *sorted;
    int *places, *values, *out, *lengths, *result, *sums, *most;
    cub::KeyValuePair<int, int> *extreme;
    for (unsigned **memory : {&keys, &sorted}) cudaMallocManaged(memory, count * sizeof(unsigned));
    for (int **memory : {&places, &values, &out, &lengths, &result, &sums, &most}) cudaMallocManaged(memory, count * sizeof(int));
    cudaMallocManaged(&extreme, 2 * sizeof *extreme);
    for (int i = 0; i < count; i++) keys[i] = (unsigned)i * 40503u, values[i] = (i * 37) % 211 - 100;
    int wrong = 0;

    sort_tiles<<<count / TILE, THREADS>>>(keys, sorted, places);
    striped<<<1, THREADS>>>(values, out, sums, most, short_count);
    cudaDeviceSynchronize();
    for (int i = 0; i < count; i++) {
        wrong += sorted[i] != keys[i / TILE * TILE + places[i]];
        wrong += i % TILE > 0 && ((sorted[i - 1] & 0xffff) < (sorted[i] & 0xffff) || ((sorted[i - 1] & 0xffff) == (sorted[i] & 0xffff) && places[i - 1] > places[i]));
    }
    for (int i = 0, sum = 1000; i < short_count; sum += values[i++]) wrong += out[i] != sum;
    for (int t = 0; t < THREADS; t++) {
        int lane = t % 32, base = short_count / TILE * TILE, biggest = -1000000;
        wrong += sums[t] != (lane + 1) * (lane + 2) / 2 * 1000 + 528;
        for (int other = t - lane; other <= t; other++)
            if (base + other * ITEMS < short_count) biggest = std::max(biggest, out[base + other * ITEMS]);
        wrong += base + t * ITEMS < short_count && most[t] != biggest;
    }

    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceReduce::ArgMin(t, bytes, values, extreme, count); });
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceReduce::ArgMax(t, bytes, values, extreme + 1, count); });
    cudaDeviceSynchronize();
    wrong += extreme[0].key != std::min_element(values, values + count) - values || extreme[0].value != -100;
    wrong += extreme[1].key != std::max_element(values, values + count) - values || extreme[1].value != 110;

    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceHistogram::HistogramEven(t, bytes, values, lengths, 8, -100, 40, count); });
    cudaDeviceSynchronize();
    for (int bin = 0; bin < 7; bin++) wrong += lengths[bin] != std::count_if(values, values + count, [=](int x) { return x >= -100 && x < 40 && (x + 100) / 20 == bin; });
    const int limits[] = {-100, -50, 0, 111};
    int *levels;
    cudaMallocManaged(&levels, sizeof limits);
    std::copy(limits, limits + 4, levels);
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceHistogram::HistogramRange(t, bytes, values, lengths, 4, levels, count); });
    cudaDeviceSynchronize();
    for (int bin = 0; bin < 3; bin++) wrong += lengths[bin] != std::count_if(values, values + count, [=](int x) { return x >= limits[bin] && x < limits[bin + 1]; });

    for (int i = 0; i < count; i++) values[i] = i / 7 % 90;
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceRunLengthEncode::Encode(t, bytes, values, out, lengths, result, count); });
    cudaDeviceSynchronize();
    wrong += result[0] != (count + 6) / 7;
    for (int run = 0; run < result[0]; run++) wrong += out[run] != run % 90 || lengths[run] != std::min(7, count - run * 7);

    neighbours<<<1, THREADS>>>(values, out, places, lengths);
    cudaDeviceSynchronize();
    for (int i = 0; i < TILE; i++) {
        wrong += out[i] != (i == 0 || values[i - 1] != values[i]);
        wrong += places[i] != (i == 0 ? values[0] : values[i] - values[i - 1]);
    }
    for (int value = 0; value < 90; value++) wrong += lengths[value] != std::count(values, values + TILE, value);

    for (int i = 0; i <= 8; i++) places[i] = i * 256;
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceSegmentedReduce::Max(t, bytes, values, out, 8, places, places + 1); });
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceSegmentedReduce::Sum(t, bytes, values, out + 8, 8, places, places + 1); });
    cudaDeviceSynchronize();
    for (int s = 0; s < 8; s++) {
        int sum = 0;
        for (int i = s * 256; i < s * 256 + 256; i++) sum += values[i];
        wrong += out[s] != *std::max_element(values + s * 256, values + s * 256 + 256) || out[8 + s] != sum;
    }

    wrong += !twice([&](void *t, size_t &bytes) { return cub::DevicePartition::If(t, bytes, values, out, result, count, Small()); });
    cudaDeviceSynchronize();
    std::vector<int> front, back;
    for (int i = 0; i < count; i++) (values[i] < 50 ? front : back).push_back(values[i]);
    wrong += result[0] != (int)front.size() || !std::equal(front.begin(), front.end(), out) || !std::equal(back.rbegin(), back.rend(), out + front.size());
    for (int i = 0; i < count; i++) places[i] = i % 3 == 0;
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceSelect::Flagged(t, bytes, values, places, out, result, count); });
    cudaDeviceSynchronize();
    wrong += result[0] != (count + 2) / 3;
    for (int i = 0; i < result[0]; i++) wrong += out[i] != values[3 * i];
    wrong += !twice([&](void *t, size_t &bytes) { return cub::DeviceMergeSort::SortPairs(t, bytes, values, places, count, Less()); });
    cudaDeviceSynchronize();
    wrong += !std::is_sorted(values, values + count);
    printf("cub_sort: %d wrong\n", wrong);
    return wrong != 0;
}
