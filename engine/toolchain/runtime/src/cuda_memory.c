/* Memory of the CUDA runtime API: allocation, copies, fills, symbols, pools. What touches a page or takes time is the engine's. */
#include "faultline_cuda.h"
#include <stdio.h>
#include <stdlib.h>

static cudaError_t allocate(void **pointer, size_t bytes, int kind, const char *function) {
    if (!pointer) return __faultline_result(cudaErrorInvalidValue, function);
    if (__faultline_context_error) return __faultline_result(__faultline_context_error, function);
    if (bytes == 0) {
        *pointer = NULL;
        return cudaSuccess;
    }
    uintptr_t address = engine_map(bytes, kind, __faultline_current_device);
    if (address == 0) return __faultline_result(cudaErrorMemoryAllocation, function);
    *pointer = (void *)address;
    return cudaSuccess;
}

cudaError_t cudaMalloc(void **pointer, size_t bytes) { return allocate(pointer, bytes, KIND_DEVICE, __func__); }
cudaError_t cudaMallocHost(void **pointer, size_t bytes) { return allocate(pointer, bytes, KIND_PINNED, __func__); }
cudaError_t cudaHostAlloc(void **pointer, size_t bytes, unsigned flags) {
    (void)flags;
    return allocate(pointer, bytes, KIND_PINNED, __func__);
}

/* Rows begin at multiples of the device's alignment for them. */
enum { PITCH = 512 };
static size_t pitch_of(size_t width) { return (width + PITCH - 1) / PITCH * PITCH; }

cudaError_t cudaMallocPitch(void **pointer, size_t *pitch, size_t width, size_t height) {
    if (!pitch) return result(cudaErrorInvalidValue);
    *pitch = pitch_of(width);
    if (height != 0 && *pitch > SIZE_MAX / height) return result(cudaErrorMemoryAllocation);
    return allocate(pointer, *pitch * height, KIND_DEVICE, __func__);
}
cudaError_t cudaMalloc3D(cudaPitchedPtr *pitched, cudaExtent extent) {
    if (!pitched) return result(cudaErrorInvalidValue);
    *pitched = make_cudaPitchedPtr(NULL, pitch_of(extent.width), extent.width, extent.height);
    return allocate(&pitched->ptr, pitched->pitch * extent.height * extent.depth, KIND_DEVICE, __func__);
}

cudaError_t cudaHostGetDevicePointer(void **device, void *host, unsigned flags) {
    (void)flags;
    if (!device || !host) return result(cudaErrorInvalidValue);
    *device = host;
    return cudaSuccess;
}
cudaError_t cudaHostGetFlags(unsigned *flags, void *host) {
    if (!flags || !host) return result(cudaErrorInvalidValue);
    *flags = cudaHostAllocMapped;
    return cudaSuccess;
}
/* Host memory is reachable from every device as it is; what this adds is that copies of it are asynchronous. That its pages stay is left to mlock. */
cudaError_t cudaHostRegister(void *pointer, size_t bytes, unsigned flags) {
    (void)flags;
    if (!pointer || !bytes) return result(cudaErrorInvalidValue);
    engine_host_register((uintptr_t)pointer, bytes);
    return result(cudaSuccess);
}
cudaError_t cudaHostUnregister(void *pointer) {
    if (!pointer) return result(cudaErrorInvalidValue);
    engine_host_unregister((uintptr_t)pointer);
    return result(cudaSuccess);
}

/* Frees wait for every device: what is freed may be in use on any. */
static cudaError_t release(void *pointer, const char *function) {
    if (!pointer) return __faultline_result(cudaSuccess, function);
    engine_sync();
    __faultline_wait(-1, EVERY_STREAM);
    return __faultline_result(engine_freed((uintptr_t)pointer) ? cudaSuccess : cudaErrorInvalidValue, function);
}

cudaError_t cudaFree(void *pointer) { return release(pointer, __func__); }
cudaError_t cudaFreeHost(void *pointer) { return release(pointer, __func__); }

/* --- in the order of a stream ------------------------------------------------------------------------------------------- */

cudaError_t cudaMallocAsync(void **pointer, size_t bytes, cudaStream_t stream) {
    (void)stream;
    return allocate(pointer, bytes, KIND_DEVICE, __func__);
}
cudaError_t cudaMallocFromPoolAsync(void **pointer, size_t bytes, cudaMemPool_t pool, cudaStream_t stream) {
    (void)pool, (void)stream;
    return allocate(pointer, bytes, KIND_DEVICE, __func__);
}
/* The host does not wait: what the stream was given before has been done when the memory goes. */
cudaError_t cudaFreeAsync(void *pointer, cudaStream_t stream) {
    (void)stream;
    if (!pointer) return result(cudaSuccess);
    return result(engine_freed((uintptr_t)pointer) ? cudaSuccess : cudaErrorInvalidValue);
}
/* One pool a device, which keeps nothing. */
cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t *pool, int device) {
    if (!pool) return result(cudaErrorInvalidValue);
    if (device < 0 || device >= engine_device_count()) return result(cudaErrorInvalidDevice);
    *pool = (cudaMemPool_t)(uintptr_t)(device + 1);
    return cudaSuccess;
}
cudaError_t cudaDeviceGetMemPool(cudaMemPool_t *pool, int device) { return cudaDeviceGetDefaultMemPool(pool, device); }
cudaError_t cudaDeviceSetMemPool(int device, cudaMemPool_t pool) {
    return (uintptr_t)pool == (uintptr_t)(device + 1) ? cudaSuccess : result(cudaErrorNotSupported);
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, enum cudaMemPoolAttr attribute, void *value) {
    (void)attribute;
    return pool && value ? cudaSuccess : result(cudaErrorInvalidValue);
}
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, enum cudaMemPoolAttr attribute, void *value) {
    if (!pool || !value) return result(cudaErrorInvalidValue);
    if (attribute >= cudaMemPoolAttrReleaseThreshold) *(unsigned long long *)value = 0;
    else *(int *)value = 1;
    return cudaSuccess;
}
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t pool, size_t bytes) {
    (void)bytes;
    return pool ? cudaSuccess : result(cudaErrorInvalidValue);
}

/* --- copies and fills ----------------------------------------------------------------------------------------------------- */

static cudaError_t copy(void *destination, size_t dpitch, const void *source, size_t spitch, size_t bytes, size_t height, enum cudaMemcpyKind kind,
                        cudaStream_t stream, int waits, const char *function) {
    if (bytes == 0 || height == 0) return cudaSuccess;
    if ((unsigned)kind > cudaMemcpyDefault) return __faultline_result(cudaErrorInvalidMemcpyDirection, function);
    if (height > 1 && (dpitch < bytes || spitch < bytes)) return __faultline_result(cudaErrorInvalidPitchValue, function);
    struct faultline_work work = {WORK_COPY, function, .copy = {destination, source, bytes, dpitch, spitch, height, kind}};
    if (height > 1 && dpitch == bytes && spitch == bytes) work.copy.bytes = bytes * height, work.copy.height = 1;
    return __faultline_issue(&work, stream, waits);
}

#define NOW 0, SYNCHRONOUS, __func__
#define LATER stream, ASYNCHRONOUS, __func__

cudaError_t cudaMemcpy(void *destination, const void *source, size_t bytes, enum cudaMemcpyKind kind) {
    return copy(destination, 0, source, 0, bytes, 1, kind, NOW);
}
cudaError_t cudaMemcpyAsync(void *destination, const void *source, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream) {
    return copy(destination, 0, source, 0, bytes, 1, kind, LATER);
}
cudaError_t cudaMemcpyPeer(void *destination, int to, const void *source, int from, size_t bytes) {
    int count = engine_device_count();
    if (to < 0 || to >= count || from < 0 || from >= count) return result(cudaErrorInvalidDevice);
    return copy(destination, 0, source, 0, bytes, 1, cudaMemcpyDefault, NOW);
}
cudaError_t cudaMemcpyPeerAsync(void *destination, int to, const void *source, int from, size_t bytes, cudaStream_t stream) {
    int count = engine_device_count();
    if (to < 0 || to >= count || from < 0 || from >= count) return result(cudaErrorInvalidDevice);
    return copy(destination, 0, source, 0, bytes, 1, cudaMemcpyDefault, LATER);
}
cudaError_t cudaMemcpy2D(void *destination, size_t dpitch, const void *source, size_t spitch, size_t width, size_t height, enum cudaMemcpyKind kind) {
    return copy(destination, dpitch, source, spitch, width, height, kind, NOW);
}
cudaError_t cudaMemcpy2DAsync(void *destination, size_t dpitch, const void *source, size_t spitch, size_t width, size_t height, enum cudaMemcpyKind kind, cudaStream_t stream) {
    return copy(destination, dpitch, source, spitch, width, height, kind, LATER);
}

static cudaError_t copy_3d(const cudaMemcpy3DParms *p, cudaStream_t stream, int waits, const char *function) {
    if (!p) return __faultline_result(cudaErrorInvalidValue, function);
    if (p->srcArray || p->dstArray) return __faultline_result(cudaErrorNotSupported, function);
    for (size_t z = 0; z < p->extent.depth; z++) {
        const char *from = (const char *)p->srcPtr.ptr + ((p->srcPos.z + z) * p->srcPtr.ysize + p->srcPos.y) * p->srcPtr.pitch + p->srcPos.x;
        char *to = (char *)p->dstPtr.ptr + ((p->dstPos.z + z) * p->dstPtr.ysize + p->dstPos.y) * p->dstPtr.pitch + p->dstPos.x;
        cudaError_t error = copy(to, p->dstPtr.pitch, from, p->srcPtr.pitch, p->extent.width, p->extent.height, p->kind, stream, waits, function);
        if (error != cudaSuccess) return error;
    }
    return cudaSuccess;
}
cudaError_t cudaMemcpy3D(const cudaMemcpy3DParms *parameters) { return copy_3d(parameters, NOW); }
cudaError_t cudaMemcpy3DAsync(const cudaMemcpy3DParms *parameters, cudaStream_t stream) { return copy_3d(parameters, LATER); }

static cudaError_t set(void *destination, size_t pitch, int value, size_t width, size_t height, cudaStream_t stream, int waits, const char *function) {
    if (width == 0 || height == 0) return cudaSuccess;
    struct faultline_work work = {WORK_SET, function, .set = {destination, value & 0xff, 1, width, height, pitch}};
    return __faultline_issue(&work, stream, waits);
}

cudaError_t cudaMemset(void *destination, int value, size_t bytes) { return set(destination, 0, value, bytes, 1, NOW); }
cudaError_t cudaMemsetAsync(void *destination, int value, size_t bytes, cudaStream_t stream) { return set(destination, 0, value, bytes, 1, LATER); }
cudaError_t cudaMemset2D(void *destination, size_t pitch, int value, size_t width, size_t height) { return set(destination, pitch, value, width, height, NOW); }
cudaError_t cudaMemset2DAsync(void *destination, size_t pitch, int value, size_t width, size_t height, cudaStream_t stream) {
    return set(destination, pitch, value, width, height, LATER);
}
cudaError_t cudaMemset3D(cudaPitchedPtr pitched, int value, cudaExtent extent) {
    return set(pitched.ptr, pitched.pitch, value, extent.width, extent.height * extent.depth, NOW);
}

/* The host's name of a device's variable is its address: the linker has seen to it. */
cudaError_t cudaMemcpyToSymbol(const void *symbol, const void *source, size_t bytes, size_t offset, enum cudaMemcpyKind kind) {
    return copy((char *)symbol + offset, 0, source, 0, bytes, 1, kind, NOW);
}
cudaError_t cudaMemcpyFromSymbol(void *destination, const void *symbol, size_t bytes, size_t offset, enum cudaMemcpyKind kind) {
    return copy(destination, 0, (const char *)symbol + offset, 0, bytes, 1, kind, NOW);
}
cudaError_t cudaMemcpyToSymbolAsync(const void *symbol, const void *source, size_t bytes, size_t offset, enum cudaMemcpyKind kind, cudaStream_t stream) {
    return copy((char *)symbol + offset, 0, source, 0, bytes, 1, kind, LATER);
}
cudaError_t cudaMemcpyFromSymbolAsync(void *destination, const void *symbol, size_t bytes, size_t offset, enum cudaMemcpyKind kind, cudaStream_t stream) {
    return copy(destination, 0, (const char *)symbol + offset, 0, bytes, 1, kind, LATER);
}
cudaError_t cudaGetSymbolAddress(void **pointer, const void *symbol) {
    if (!pointer || !symbol) return result(cudaErrorInvalidSymbol);
    *pointer = (void *)symbol;
    return cudaSuccess;
}

/* --- questions ---------------------------------------------------------------------------------------------------------- */

cudaError_t cudaMemGetInfo(size_t *available, size_t *total) {
    if (!available || !total) return result(cudaErrorInvalidValue);
    double free_bytes = engine_device_property(__faultline_current_device, PROPERTY_FREE_MEMORY);
    double total_bytes = engine_device_property(__faultline_current_device, PROPERTY_TOTAL_MEMORY);
    *available = free_bytes > SIZE_MAX ? SIZE_MAX : (size_t)free_bytes;
    *total = total_bytes > SIZE_MAX ? SIZE_MAX : (size_t)total_bytes;
    return cudaSuccess;
}
