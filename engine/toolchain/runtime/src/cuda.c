/*
 * The CUDA runtime API, host side. State that a program can see (last error, current device, events) is kept here; what
 * touches memory, time or a device is the engine's.
 * Source: CUDA Runtime API 12 and 13 documentation, for names, numbers and what each call returns.
 */
#define FAULTLINE_RUNTIME
#include "faultline.h"
#include "cuda/types.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static cudaError_t last_error;
static int current_device;

/* The one place where errors are made. `function` is what the program called. */
static cudaError_t result_of(cudaError_t error, const char *function) {
    if (error == cudaSuccess || error == cudaErrorNotReady) return error;
    last_error = error;
    engine_api_error(error, function, cudaGetErrorName(error));
    return error;
}
#define result(error) result_of(error, __func__)

static cudaError_t from_errno(int error) {
    switch (error) {
    case 0: return cudaSuccess;
    case ENOMEM: return cudaErrorMemoryAllocation;
    default: return cudaErrorInvalidValue;
    }
}

/* --- launches ------------------------------------------------------------------------------------------------------- */

ENGINE("launch")
int engine_launch(unsigned kernel, unsigned parameters, int device, const dim3 *grid, const dim3 *block, cudaStream_t stream);

static struct {
    dim3 grid, block;
    size_t shared;
    cudaStream_t stream;
} configuration;

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared, cudaStream_t stream) {
    configuration.grid = grid;
    configuration.block = block;
    configuration.shared = shared;
    configuration.stream = stream;
    return 0;
}

/* Clang's stubs refer to these two; the stubs' bodies are replaced by calls of __faultline_launch. */
unsigned __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, void *stream) {
    (void)grid, (void)block, (void)shared, (void)stream;
    return 0;
}

cudaError_t cudaLaunchKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared, cudaStream_t stream) {
    (void)function, (void)grid, (void)block, (void)arguments, (void)shared, (void)stream;
    engine_stop("cudaLaunchKernel with an argument array is not supported: launch the kernel with <<<grid, block>>>");
}

__attribute__((used)) void __faultline_launch(unsigned kernel, unsigned parameters) {
    dim3 grid = configuration.grid, block = configuration.block;
    size_t threads = (size_t)block.x * block.y * block.z;
    if (grid.x == 0 || grid.y == 0 || grid.z == 0 || threads == 0 || threads > 1024 || block.z > 64 || grid.y > 65535 || grid.z > 65535) {
        result_of(cudaErrorInvalidConfiguration, "cudaLaunchKernel");
        return;
    }
    result_of(from_errno(engine_launch(kernel, parameters, current_device, &grid, &block, configuration.stream)), "cudaLaunchKernel");
}

/* --- memory --------------------------------------------------------------------------------------------------------- */

static cudaError_t allocate(void **pointer, size_t bytes, int kind, const char *function) {
    if (!pointer) return result_of(cudaErrorInvalidValue, function);
    if (bytes == 0) {
        *pointer = NULL;
        return cudaSuccess;
    }
    uintptr_t address = engine_map(bytes, kind, current_device);
    if (address == 0) return result_of(cudaErrorMemoryAllocation, function);
    *pointer = (void *)address;
    return cudaSuccess;
}

cudaError_t cudaMalloc(void **pointer, size_t bytes) { return allocate(pointer, bytes, KIND_DEVICE, __func__); }
cudaError_t cudaMallocHost(void **pointer, size_t bytes) { return allocate(pointer, bytes, KIND_PINNED, __func__); }
cudaError_t cudaHostAlloc(void **pointer, size_t bytes, unsigned flags) {
    (void)flags;
    return allocate(pointer, bytes, KIND_PINNED, __func__);
}
cudaError_t cudaMallocManaged(void **pointer, size_t bytes, unsigned flags) {
    if (bytes == 0 || (flags != cudaMemAttachGlobal && flags != cudaMemAttachHost)) return result(cudaErrorInvalidValue);
    return allocate(pointer, bytes, KIND_MANAGED, __func__);
}
cudaError_t cudaHostGetDevicePointer(void **device, void *host, unsigned flags) {
    (void)flags;
    if (!device || !host) return result(cudaErrorInvalidValue);
    *device = host;
    return cudaSuccess;
}

/* Frees wait for every device: what is freed may be in use on any. */
static cudaError_t release(void *pointer, const char *function) {
    if (!pointer) return cudaSuccess;
    engine_sync();
    engine_wait(-1, EVERY_STREAM, EVERY_LAUNCH);
    return engine_freed((uintptr_t)pointer) ? cudaSuccess : result_of(cudaErrorInvalidValue, function);
}

cudaError_t cudaFree(void *pointer) { return release(pointer, __func__); }
cudaError_t cudaFreeHost(void *pointer) { return release(pointer, __func__); }

static cudaError_t copy(void *destination, const void *source, size_t bytes, enum cudaMemcpyKind kind, int waiting, const char *function) {
    if (bytes == 0) return cudaSuccess;
    if ((unsigned)kind > cudaMemcpyDefault) return result_of(cudaErrorInvalidMemcpyDirection, function);
    return result_of(from_errno(engine_copy((uintptr_t)destination, (uintptr_t)source, bytes, kind, waiting)), function);
}

cudaError_t cudaMemcpy(void *destination, const void *source, size_t bytes, enum cudaMemcpyKind kind) {
    return copy(destination, source, bytes, kind, current_device, __func__);
}
cudaError_t cudaMemcpyAsync(void *destination, const void *source, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream) {
    (void)stream;
    return copy(destination, source, bytes, kind, ASYNCHRONOUS, __func__);
}

static cudaError_t set(void *destination, int value, size_t bytes, int waiting, const char *function) {
    if (bytes == 0) return cudaSuccess;
    return result_of(from_errno(engine_set((uintptr_t)destination, value, bytes, waiting)), function);
}

cudaError_t cudaMemset(void *destination, int value, size_t bytes) { return set(destination, value, bytes, current_device, __func__); }
cudaError_t cudaMemsetAsync(void *destination, int value, size_t bytes, cudaStream_t stream) {
    (void)stream;
    return set(destination, value, bytes, ASYNCHRONOUS, __func__);
}

cudaError_t cudaMemPrefetchAsync(const void *pointer, size_t bytes, int device, cudaStream_t stream) {
    (void)stream;
    if (!pointer || bytes == 0) return result(cudaErrorInvalidValue);
    if (device != cudaCpuDeviceId && (device < 0 || device >= engine_device_count())) return result(cudaErrorInvalidDevice);
    return result(from_errno(engine_prefetch((uintptr_t)pointer, bytes, device)));
}

cudaError_t cudaMemGetInfo(size_t *available, size_t *total) {
    if (!available || !total) return result(cudaErrorInvalidValue);
    double free_bytes = engine_device_property(current_device, PROPERTY_FREE_MEMORY);
    double total_bytes = engine_device_property(current_device, PROPERTY_TOTAL_MEMORY);
    *available = free_bytes > SIZE_MAX ? SIZE_MAX : (size_t)free_bytes;
    *total = total_bytes > SIZE_MAX ? SIZE_MAX : (size_t)total_bytes;
    return cudaSuccess;
}

/* --- devices -------------------------------------------------------------------------------------------------------- */

cudaError_t cudaGetDeviceCount(int *count) {
    if (!count) return result(cudaErrorInvalidValue);
    *count = engine_device_count();
    return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
    if (device < 0 || device >= engine_device_count()) return result(cudaErrorInvalidDevice);
    current_device = device;
    return cudaSuccess;
}
cudaError_t cudaGetDevice(int *device) {
    if (!device) return result(cudaErrorInvalidValue);
    *device = current_device;
    return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize(void) {
    engine_sync();
    engine_wait(current_device, EVERY_STREAM, EVERY_LAUNCH);
    return cudaSuccess;
}
cudaError_t cudaThreadSynchronize(void) { return cudaDeviceSynchronize(); }
cudaError_t cudaDeviceReset(void) { return cudaDeviceSynchronize(); }

static cudaError_t get_properties(struct cudaDeviceProp *properties, int device, const char *function) {
    if (!properties) return result_of(cudaErrorInvalidValue, function);
    if (device < 0 || device >= engine_device_count()) return result_of(cudaErrorInvalidDevice, function);
    memset(properties, 0, sizeof *properties);
    engine_device_name(device, properties->name, sizeof properties->name);
    double total = engine_device_property(device, PROPERTY_TOTAL_MEMORY);
    properties->totalGlobalMem = total > SIZE_MAX ? SIZE_MAX : (size_t)total;
    properties->multiProcessorCount = (int)engine_device_property(device, PROPERTY_MULTIPROCESSORS);
    properties->clockRate = (int)engine_device_property(device, PROPERTY_CLOCK_KHZ);
    properties->sharedMemPerBlock = 48 * 1024;
    properties->regsPerBlock = 65536;
    properties->warpSize = 32;
    properties->maxThreadsPerBlock = 1024;
    properties->maxThreadsDim[0] = properties->maxThreadsDim[1] = 1024;
    properties->maxThreadsDim[2] = 64;
    properties->maxGridSize[0] = 0x7fffffff;
    properties->maxGridSize[1] = properties->maxGridSize[2] = 65535;
    properties->major = 7;
    properties->maxThreadsPerMultiProcessor = 2048;
    properties->unifiedAddressing = properties->managedMemory = properties->concurrentManagedAccess = 1;
    properties->pageableMemoryAccess = properties->canMapHostMemory = properties->concurrentKernels = 1;
    return cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device) {
    return get_properties(properties, device, __func__);
}

cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int device) {
    struct cudaDeviceProp properties;
    cudaError_t error = get_properties(&properties, device, __func__);
    if (error != cudaSuccess || !value) return error != cudaSuccess ? error : result(cudaErrorInvalidValue);
    switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock: *value = properties.maxThreadsPerBlock; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *value = (int)properties.sharedMemPerBlock; break;
    case cudaDevAttrWarpSize: *value = properties.warpSize; break;
    case cudaDevAttrClockRate: *value = properties.clockRate; break;
    case cudaDevAttrMultiProcessorCount: *value = properties.multiProcessorCount; break;
    case cudaDevAttrComputeCapabilityMajor: *value = properties.major; break;
    case cudaDevAttrComputeCapabilityMinor: *value = properties.minor; break;
    case cudaDevAttrManagedMemory: *value = properties.managedMemory; break;
    case cudaDevAttrPageableMemoryAccess: *value = properties.pageableMemoryAccess; break;
    case cudaDevAttrConcurrentManagedAccess: *value = properties.concurrentManagedAccess; break;
    default: return result(cudaErrorInvalidValue);
    }
    return cudaSuccess;
}

/* --- streams and events: every call completes before it returns; what the host has waited for is told to the engine -------- */

static uintptr_t streams;

static cudaError_t create_stream(cudaStream_t *stream, unsigned flags, const char *function) {
    if (!stream) return result_of(cudaErrorInvalidValue, function);
    /* The engine reads from bit 0 that the stream does not wait for the legacy one. */
    *stream = (cudaStream_t)(++streams * 16 + (flags & cudaStreamNonBlocking));
    return cudaSuccess;
}
cudaError_t cudaStreamCreate(cudaStream_t *stream) { return create_stream(stream, cudaStreamDefault, __func__); }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags) { return create_stream(stream, flags, __func__); }
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    (void)stream;
    return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
    engine_sync();
    engine_wait(current_device, (uintptr_t)stream, EVERY_LAUNCH);
    return cudaSuccess;
}

struct CUevent_st {
    double recorded_ns;
    /* What it was recorded behind. */
    int device;
    cudaStream_t stream;
    unsigned launch;
};
/* Events are small and few; a program that makes more gets cudaErrorMemoryAllocation. */
enum { MOST_EVENTS = 4096 };
static struct CUevent_st events[MOST_EVENTS];
static unsigned char event_used[MOST_EVENTS];

static cudaError_t create_event(cudaEvent_t *event, const char *function) {
    if (!event) return result_of(cudaErrorInvalidValue, function);
    for (int n = 0; n < MOST_EVENTS; n++) {
        if (event_used[n]) continue;
        event_used[n] = 1;
        events[n] = (struct CUevent_st){.recorded_ns = -1};
        *event = &events[n];
        return cudaSuccess;
    }
    return result_of(cudaErrorMemoryAllocation, function);
}
cudaError_t cudaEventCreate(cudaEvent_t *event) { return create_event(event, __func__); }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags) {
    (void)flags;
    return create_event(event, __func__);
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
    if (!event) return result(cudaErrorInvalidResourceHandle);
    event_used[event - events] = 0;
    return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
    if (!event) return result(cudaErrorInvalidResourceHandle);
    event->recorded_ns = engine_now_ns();
    event->device = current_device;
    event->stream = stream;
    event->launch = engine_mark();
    return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    if (!event) return result(cudaErrorInvalidResourceHandle);
    engine_sync();
    engine_wait(event->device, (uintptr_t)event->stream, event->launch);
    return cudaSuccess;
}
/* Success says that the work is done. */
cudaError_t cudaEventQuery(cudaEvent_t event) {
    if (!event) return result(cudaErrorInvalidResourceHandle);
    engine_wait(event->device, (uintptr_t)event->stream, event->launch);
    return cudaSuccess;
}
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end) {
    if (!milliseconds || !start || !end) return result(cudaErrorInvalidResourceHandle);
    if (start->recorded_ns < 0 || end->recorded_ns < 0) return result(cudaErrorInvalidResourceHandle);
    *milliseconds = (float)((end->recorded_ns - start->recorded_ns) / 1e6);
    return cudaSuccess;
}

/* --- errors ---------------------------------------------------------------------------------------------------------- */

cudaError_t cudaGetLastError(void) {
    cudaError_t error = last_error;
    last_error = cudaSuccess;
    return error;
}
cudaError_t cudaPeekAtLastError(void) { return last_error; }

static const struct {
    cudaError_t error;
    const char *name, *text;
} errors[] = {
    {cudaSuccess, "cudaSuccess", "no error"},
    {cudaErrorInvalidValue, "cudaErrorInvalidValue", "invalid argument"},
    {cudaErrorMemoryAllocation, "cudaErrorMemoryAllocation", "out of memory"},
    {cudaErrorInvalidConfiguration, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {cudaErrorInvalidMemcpyDirection, "cudaErrorInvalidMemcpyDirection", "invalid copy direction for memcpy"},
    {cudaErrorInvalidDevice, "cudaErrorInvalidDevice", "invalid device ordinal"},
    {cudaErrorInvalidResourceHandle, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {cudaErrorNotSupported, "cudaErrorNotSupported", "operation not supported"},
};

const char *cudaGetErrorName(cudaError_t error) {
    for (size_t n = 0; n < sizeof errors / sizeof *errors; n++)
        if (errors[n].error == error) return errors[n].name;
    return "unrecognized error code";
}
const char *cudaGetErrorString(cudaError_t error) {
    for (size_t n = 0; n < sizeof errors / sizeof *errors; n++)
        if (errors[n].error == error) return errors[n].text;
    return "unrecognized error code";
}

/* --- called by device code --------------------------------------------------------------------------------------------- */

extern const struct __faultline_triple __faultline_threadIdx, __faultline_blockIdx;

/* printf of a kernel. The real one is buffered until a synchronisation; here the text appears at once, in thread order. */
__attribute__((used)) int __faultline_device_printf(const char *format, ...) {
    engine_service_begin();
    va_list arguments;
    va_start(arguments, format);
    int printed = vprintf(format, arguments);
    va_end(arguments);
    engine_service_end();
    return printed;
}

__attribute__((used)) void __faultline_device_assert(const char *expression, const char *file, int line, const char *function) {
    engine_service_begin();
    const struct __faultline_triple block = __faultline_blockIdx, thread = __faultline_threadIdx;
    fflush(stdout);
    fprintf(stderr, "%s:%d: %s: block: [%u,%u,%u], thread: [%u,%u,%u] Assertion `%s` failed.\n", file, line, function, block.x,
            block.y, block.z, thread.x, thread.y, thread.z, expression);
    engine_stop("an assertion failed in a kernel");
}
