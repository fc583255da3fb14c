// HIP's advice on managed memory: the kinds that CUDA has, and coarse grain, with what can be asked back. Checks every answer and the sum.
#include <cstdio>

#include <hip/hip_runtime.h>

#define CHECK(what)                                                                    \
    do {                                                                               \
        if (!(what)) {                                                                 \
            std::printf("advice: line %d: %s\n", __LINE__, #what);                     \
            return 1;                                                                  \
        }                                                                              \
    } while (0)

__global__ void square(int *values, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) values[i] *= values[i];
}

static int attribute(hipMemRangeAttribute which, const void *pointer, size_t bytes) {
    int answer = -99;
    return hipMemRangeGetAttribute(&answer, sizeof answer, which, pointer, bytes) == hipSuccess ? answer : -99;
}

int main() {
    const int n = 1 << 15;
    const size_t bytes = n * sizeof(int);
    int device = 0, managed = 0;
    CHECK(hipGetDevice(&device) == hipSuccess);
    CHECK(hipDeviceGetAttribute(&managed, hipDeviceAttributeManagedMemory, device) == hipSuccess && managed == 1);
    int *values;
    CHECK(hipMallocManaged((void **)&values, bytes) == hipSuccess);
    for (int i = 0; i < n; i++) values[i] = i % 100;

    CHECK(attribute(hipMemRangeAttributeCoherencyMode, values, bytes) == hipMemRangeCoherencyModeFineGrain);
    CHECK(hipMemAdvise(values, bytes, hipMemAdviseSetCoarseGrain, device) == hipSuccess);
    CHECK(hipMemAdvise(values, bytes, hipMemAdviseSetPreferredLocation, device) == hipSuccess);
    CHECK(attribute(hipMemRangeAttributeCoherencyMode, values, bytes) == hipMemRangeCoherencyModeCoarseGrain);
    CHECK(attribute(hipMemRangeAttributePreferredLocation, values, bytes) == device);
    CHECK(hipMemAdvise(values, bytes / 2, hipMemAdviseUnsetCoarseGrain, device) == hipSuccess);
    CHECK(attribute(hipMemRangeAttributeCoherencyMode, values, bytes) == hipMemRangeCoherencyModeIndeterminate);

    CHECK(hipMemPrefetchAsync(values, bytes, device, 0) == hipSuccess);
    square<<<n / 256, 256>>>(values, n);
    CHECK(hipMemPrefetchAsync(values, bytes, hipCpuDeviceId, 0) == hipSuccess);
    CHECK(hipDeviceSynchronize() == hipSuccess);
    CHECK(attribute(hipMemRangeAttributeLastPrefetchLocation, values, bytes) == hipCpuDeviceId);

    long long sum = 0, expected = 0;
    for (int i = 0; i < n; i++) {
        sum += values[i];
        expected += (long long)(i % 100) * (i % 100);
    }
    CHECK(sum == expected);

    hipPointerAttribute_t what;
    CHECK(hipPointerGetAttributes(&what, values) == hipSuccess && what.type == hipMemoryTypeManaged && what.isManaged);
    CHECK(hipMemAdvise(values, bytes, (hipMemoryAdvise)7, device) == hipErrorInvalidValue);
    CHECK(hipMemPrefetchAsync(values, bytes, 999, 0) == hipErrorInvalidDevice);
    CHECK(hipFree(values) == hipSuccess);
    std::printf("advice: %lld\n", sum);
    return 0;
}
