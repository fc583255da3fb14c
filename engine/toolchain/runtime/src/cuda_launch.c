/* Launching kernels and host functions, and what a program may ask about a kernel. */
#include "faultline_cuda.h"
#include <math.h>
#include <stdlib.h>

/* Whether the kernel failed: it ended before its end. */
ENGINE("launch")
int engine_launch(unsigned kernel, unsigned parameters, int device, const dim3 *grid, const dim3 *block, uintptr_t stream, unsigned flags);

/* HIP's header defines it. */
extern const int __faultline_warp_lanes __attribute__((weak));
enum { COOPERATIVE = 1, LANES_SHIFT = 8 };

static unsigned lanes(void) { return (&__faultline_warp_lanes ? (unsigned)__faultline_warp_lanes : 32u) << LANES_SHIFT; }

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

/* Clang's stubs refer to it; the stubs' bodies are replaced by calls of __faultline_launch. */
unsigned __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, void *stream) {
    (void)grid, (void)block, (void)shared, (void)stream;
    return 0;
}

/* An H100's largest block takes 227 KiB; what the linked image has room for. */
enum { MOST_SHARED = 227 * 1024 };

static cudaError_t launch(unsigned kernel, void *parameters, dim3 grid, dim3 block, size_t shared, cudaStream_t stream, unsigned flags, const char *function) {
    size_t threads = (size_t)block.x * block.y * block.z;
    if (grid.x == 0 || grid.y == 0 || grid.z == 0 || threads == 0 || threads > 1024 || block.z > 64 || grid.y > 65535 || grid.z > 65535)
        return __faultline_result(cudaErrorInvalidConfiguration, function);
    if (shared > MOST_SHARED) return __faultline_result(cudaErrorInvalidValue, function);
    struct faultline_work work = {WORK_KERNEL, function, .launch = {kernel, grid, block, flags | lanes(), parameters}};
    return __faultline_issue(&work, stream, ASYNCHRONOUS);
}

__attribute__((used)) void __faultline_launch(unsigned kernel, unsigned parameters) {
    launch(kernel, (void *)(uintptr_t)parameters, configuration.grid, configuration.block, configuration.shared, configuration.stream, 0, "cudaLaunchKernel");
}

/* One scalar of the program's as the kernel takes it. */
static void store(void *slot, const void *argument, unsigned word) {
    unsigned bytes = PARAMETER_BYTES(word);
    memset(slot, 0, PARAMETER_SLOT);
    memcpy(slot, argument, bytes > PARAMETER_SLOT ? PARAMETER_SLOT : bytes);
    if (PARAMETER_KIND(word) != PARAMETER_I32 || !PARAMETER_SIGNED(word) || bytes >= 4) return;
    *(int *)slot = bytes == 1 ? *(const signed char *)argument : *(const short *)argument;
}

static cudaError_t launch_with_array(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared, cudaStream_t stream, unsigned flags, const char *name) {
    int kernel = engine_kernel_of(function);
    if (kernel < 0) return __faultline_result(cudaErrorInvalidDeviceFunction, name);
    unsigned count = 0;
    while (PARAMETER_KIND(engine_kernel_parameter(kernel, count)) != PARAMETER_END) count++;
    char *buffer = malloc(count * PARAMETER_SLOT + PARAMETER_SLOT), *slot = buffer;
    if (!buffer) return __faultline_result(cudaErrorMemoryAllocation, name);
    for (unsigned n = 0; n < count; n++) {
        unsigned word = engine_kernel_parameter(kernel, n);
        if (PARAMETER_KIND(word) == PARAMETER_NONE) continue;
        if (PARAMETER_KIND(word) == PARAMETER_AGGREGATE) *(void **)slot = arguments[n];
        else store(slot, arguments[n], word);
        slot += PARAMETER_SLOT;
    }
    cudaError_t error = launch(kernel, buffer, grid, block, shared, stream, flags, name);
    free(buffer);
    return error;
}

cudaError_t cudaLaunchKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared, cudaStream_t stream) {
    return launch_with_array(function, grid, block, arguments, shared, stream, 0, __func__);
}
/* What threads, blocks and the shared memory given at the launch leave room for. Registers and static shared memory are not known. */
static double resident_blocks(double threads, size_t shared) {
    int device = __faultline_current_device;
    double most = engine_device_property(device, PROPERTY_BLOCKS_PER_MULTIPROCESSOR);
    double by_threads = floor(engine_device_property(device, PROPERTY_THREADS_PER_MULTIPROCESSOR) / (ceil(threads / 32) * 32));
    if (by_threads < most) most = by_threads;
    double by_shared = shared ? floor(engine_device_property(device, PROPERTY_SHARED_PER_MULTIPROCESSOR) / (double)shared) : most;
    return by_shared < most ? by_shared : most;
}

/* All of its blocks have to be resident at the same time. What no launch may ask for is told of as by any other. */
cudaError_t cudaLaunchCooperativeKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared, cudaStream_t stream) {
    double threads = (double)block.x * block.y * block.z, blocks = (double)grid.x * grid.y * grid.z;
    double most = resident_blocks(threads, shared) * engine_device_property(__faultline_current_device, PROPERTY_MULTIPROCESSORS);
    if (engine_kernel_of(function) >= 0 && threads > 0 && most > 0 && blocks > most) return result(cudaErrorCooperativeLaunchTooLarge);
    return launch_with_array(function, grid, block, arguments, shared, stream, COOPERATIVE, __func__);
}

/* The function runs now, so the host waits for what the stream was given before. */
cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void *data) {
    if (!function) return result(cudaErrorInvalidValue);
    struct faultline_work work = {WORK_HOST, __func__, .host = {function, data}};
    return __faultline_issue(&work, stream, ASYNCHRONOUS);
}

static cudaError_t copy_rows(const struct faultline_work *work, int device, uintptr_t stream, int waits) {
    size_t rows = work->copy.height ? work->copy.height : 1;
    for (size_t row = 0; row < rows; row++) {
        uintptr_t to = (uintptr_t)work->copy.destination + row * work->copy.dpitch, from = (uintptr_t)work->copy.source + row * work->copy.spitch;
        int error = engine_copy(to, from, work->copy.bytes, work->copy.kind, device, stream, waits);
        if (error) return __faultline_from_errno(error);
    }
    return cudaSuccess;
}

static cudaError_t set_rows(const struct faultline_work *work, int device, uintptr_t stream, int waits) {
    size_t rows = work->set.height ? work->set.height : 1;
    for (size_t row = 0; row < rows; row++) {
        uintptr_t to = (uintptr_t)work->set.destination + row * work->set.pitch;
        /* Elements of several bytes, as cudaGraphAddMemsetNode has them: one after the other unless all bytes are equal. */
        unsigned value = work->set.value;
        int uniform = work->set.element == 1 || value == (value & 0xff) * (work->set.element == 4 ? 0x01010101u : 0x0101u);
        if (uniform) {
            int error = engine_set(to, value & 0xff, work->set.width * work->set.element, device, stream, waits);
            if (error) return __faultline_from_errno(error);
            continue;
        }
        for (size_t n = 0; n < work->set.width; n++)
            for (unsigned byte = 0; byte < work->set.element; byte++) {
                int error = engine_set(to + n * work->set.element + byte, value >> 8 * byte & 0xff, 1, device, stream, waits);
                if (error) return __faultline_from_errno(error);
            }
    }
    return cudaSuccess;
}

cudaError_t __faultline_issue(const struct faultline_work *work, cudaStream_t stream, int waits) {
    if (__faultline_context_error) return __faultline_result(__faultline_context_error, work->function);
    if (__faultline_capture(work, stream)) return cudaSuccess;
    int device = __faultline_device_of(stream);
    uintptr_t number = __faultline_stream(stream);
    cudaError_t error = cudaSuccess;
    switch (work->kind) {
    case WORK_EMPTY: break;
    case WORK_KERNEL:
        if (!engine_launch(work->launch.kernel, (uintptr_t)work->launch.parameters, __faultline_current_device, &work->launch.grid,
                           &work->launch.block, number, work->launch.flags))
            break;
        /* The launch itself has been made: the next call tells of it. */
        __faultline_context_error = cudaErrorAssert;
        return cudaSuccess;
    case WORK_COPY: error = copy_rows(work, device, number, waits); break;
    case WORK_SET: error = set_rows(work, device, number, waits); break;
    case WORK_HOST:
        __faultline_wait(device, number);
        work->host.function(work->host.data);
        break;
    }
    return __faultline_result(error, work->function);
}

cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *attributes, const void *function) {
    if (!attributes) return result(cudaErrorInvalidValue);
    if (engine_kernel_of(function) < 0) return result(cudaErrorInvalidDeviceFunction);
    memset(attributes, 0, sizeof *attributes);
    attributes->maxThreadsPerBlock = 1024;
    attributes->maxDynamicSharedSizeBytes = (int)engine_device_property(__faultline_current_device, PROPERTY_SHARED_PER_BLOCK);
    attributes->ptxVersion = attributes->binaryVersion = (int)engine_device_property(__faultline_current_device, PROPERTY_COMPUTE_CAPABILITY);
    /* A guess that limits nothing: WebAssembly has no registers. */
    attributes->numRegs = 32;
    return cudaSuccess;
}
cudaError_t cudaFuncSetAttribute(const void *function, enum cudaFuncAttribute attribute, int value) {
    if (engine_kernel_of(function) < 0) return result(cudaErrorInvalidDeviceFunction);
    if (attribute == cudaFuncAttributeMaxDynamicSharedMemorySize && (value < 0 || value > MOST_SHARED)) return result(cudaErrorInvalidValue);
    return cudaSuccess;
}
cudaError_t cudaFuncSetCacheConfig(const void *function, enum cudaFuncCache config) {
    (void)config;
    return engine_kernel_of(function) < 0 ? result(cudaErrorInvalidDeviceFunction) : cudaSuccess;
}
cudaError_t cudaFuncSetSharedMemConfig(const void *function, enum cudaSharedMemConfig config) {
    (void)config;
    return engine_kernel_of(function) < 0 ? result(cudaErrorInvalidDeviceFunction) : cudaSuccess;
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, const void *function, int threads, size_t shared) {
    if (!blocks || threads <= 0) return result(cudaErrorInvalidValue);
    if (engine_kernel_of(function) < 0) return result(cudaErrorInvalidDeviceFunction);
    *blocks = (int)resident_blocks(threads, shared);
    return cudaSuccess;
}
cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks, const void *function, int threads, size_t shared, unsigned flags) {
    (void)flags;
    return cudaOccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, threads, shared);
}
