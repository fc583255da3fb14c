// Advice on managed memory, prefetches, and what can be asked back: read-mostly tables, a preferred home, a processor that will use it.
// Checks every answer and the sums; works wherever concurrentManagedAccess is 1. CUDA 12 and 13 say where in different words.
#include <cstdio>

#include <cuda_runtime.h>

#define CHECK(what)                                                                    \
    do {                                                                               \
        if (!(what)) {                                                                 \
            std::printf("advice: line %d: %s\n", __LINE__, #what);                     \
            return 1;                                                                  \
        }                                                                              \
    } while (0)

#if CUDART_VERSION >= 13000
static cudaMemLocation at(int device) {
    cudaMemLocation location = {device < 0 ? cudaMemLocationTypeHost : cudaMemLocationTypeDevice, device < 0 ? 0 : device};
    return location;
}
#define PREFETCH(pointer, bytes, device, stream) cudaMemPrefetchAsync(pointer, bytes, at(device), 0, stream)
#else
static int at(int device) { return device; }
#define PREFETCH(pointer, bytes, device, stream) cudaMemPrefetchAsync(pointer, bytes, device, stream)
#endif

__global__ void accumulate(const int *table, int entries, long long *sums, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) sums[i] += table[(i * 37) % entries];
}

static int attribute(cudaMemRangeAttribute which, const void *pointer, size_t bytes) {
    int answer = -99;
    return cudaMemRangeGetAttribute(&answer, sizeof answer, which, pointer, bytes) == cudaSuccess ? answer : -99;
}

int main() {
    const int entries = 1 << 16, n = 1 << 15, rounds = 4;
    const size_t table_bytes = entries * sizeof(int), sum_bytes = n * sizeof(long long);
    int device = 0, concurrent = 0;
    CHECK(cudaGetDevice(&device) == cudaSuccess);
    CHECK(cudaDeviceGetAttribute(&concurrent, cudaDevAttrConcurrentManagedAccess, device) == cudaSuccess && concurrent == 1);

    int *table;
    long long *sums;
    CHECK(cudaMallocManaged(&table, table_bytes) == cudaSuccess && cudaMallocManaged(&sums, sum_bytes) == cudaSuccess);
    for (int i = 0; i < entries; i++) table[i] = i;
    for (int i = 0; i < n; i++) sums[i] = 0;

    CHECK(attribute(cudaMemRangeAttributeReadMostly, table, table_bytes) == 0);
    CHECK(attribute(cudaMemRangeAttributePreferredLocation, sums, sum_bytes) == cudaInvalidDeviceId);
    CHECK(cudaMemAdvise(table, table_bytes, cudaMemAdviseSetReadMostly, at(device)) == cudaSuccess);
    CHECK(cudaMemAdvise(sums, sum_bytes, cudaMemAdviseSetPreferredLocation, at(device)) == cudaSuccess);
    CHECK(cudaMemAdvise(sums, sum_bytes, cudaMemAdviseSetAccessedBy, at(device)) == cudaSuccess);
    CHECK(attribute(cudaMemRangeAttributeReadMostly, table, table_bytes) == 1);
    CHECK(attribute(cudaMemRangeAttributePreferredLocation, sums, sum_bytes) == device);
    int users[2] = {-99, -99};
    CHECK(cudaMemRangeGetAttribute(users, sizeof users, cudaMemRangeAttributeAccessedBy, sums, sum_bytes) == cudaSuccess);
    CHECK(users[0] == device && users[1] == cudaInvalidDeviceId);

    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream) == cudaSuccess);
    CHECK(PREFETCH(table, table_bytes, device, stream) == cudaSuccess);
    for (int round = 0; round < rounds; round++) accumulate<<<n / 256, 256, 0, stream>>>(table, entries, sums, n);
    CHECK(PREFETCH(sums, sum_bytes, cudaCpuDeviceId, stream) == cudaSuccess);
    CHECK(cudaStreamSynchronize(stream) == cudaSuccess);
    int last = -99, mostly = -99;
    void *data[] = {&last, &mostly};
    size_t sizes[] = {sizeof last, sizeof mostly};
    cudaMemRangeAttribute asked[] = {cudaMemRangeAttributeLastPrefetchLocation, cudaMemRangeAttributeReadMostly};
    CHECK(cudaMemRangeGetAttributes(data, sizes, asked, 2, sums, sum_bytes) == cudaSuccess);
    CHECK(last == cudaCpuDeviceId && mostly == 0);
    CHECK(attribute(cudaMemRangeAttributeLastPrefetchLocation, table, table_bytes) == device);

    long long total = 0, expected = 0;
    for (int i = 0; i < n; i++) {
        total += sums[i];
        expected += (long long)rounds * ((i * 37) % entries);
    }
    CHECK(total == expected);

    CHECK(cudaMemAdvise(table, table_bytes, cudaMemAdviseUnsetReadMostly, at(device)) == cudaSuccess);
    CHECK(cudaMemAdvise(sums, sum_bytes, cudaMemAdviseUnsetPreferredLocation, at(device)) == cudaSuccess);
    CHECK(cudaMemAdvise(sums, sum_bytes, cudaMemAdviseUnsetAccessedBy, at(cudaCpuDeviceId)) == cudaSuccess);
    CHECK(attribute(cudaMemRangeAttributeReadMostly, table, table_bytes) == 0);

    cudaPointerAttributes what;
    int *own, *pinned, local = 0;
    CHECK(cudaMalloc(&own, 4096) == cudaSuccess && cudaMallocHost(&pinned, 4096) == cudaSuccess);
    CHECK(cudaPointerGetAttributes(&what, table) == cudaSuccess && what.type == cudaMemoryTypeManaged);
    CHECK(what.devicePointer == table && what.hostPointer == table);
    CHECK(cudaPointerGetAttributes(&what, own) == cudaSuccess && what.type == cudaMemoryTypeDevice && what.device == device);
    CHECK(cudaPointerGetAttributes(&what, pinned) == cudaSuccess && what.type == cudaMemoryTypeHost);
    CHECK(cudaPointerGetAttributes(&what, &local) == cudaSuccess && what.type == cudaMemoryTypeUnregistered);
    CHECK(cudaMemAdvise(own, 4096, cudaMemAdviseSetReadMostly, at(device)) == cudaErrorInvalidValue);
    CHECK(cudaMemAdvise(table, table_bytes, cudaMemAdviseSetPreferredLocation, at(999)) == cudaErrorInvalidDevice);
    CHECK(cudaGetLastError() == cudaErrorInvalidDevice && cudaGetLastError() == cudaSuccess);

    cudaFree(own), cudaFreeHost(pinned), cudaFree(table), cudaFree(sums), cudaStreamDestroy(stream);
    std::printf("advice: %lld\n", total);
    return 0;
}
