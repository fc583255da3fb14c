/*
 * Managed memory of the CUDA runtime API and of HIP, host side: what is checked here, the engine does not know; what it refuses comes as an errno.
 * Source: CUDA Runtime API 12 and 13 documentation, ROCm HIP documentation, for what each call takes and returns.
 */
#include "faultline_cuda.h"
#include "hip/managed.h"

ENGINE("advise") int engine_advise(uintptr_t address, size_t bytes, int advice, int location);
ENGINE("prefetch_managed") int engine_prefetch_managed(uintptr_t address, size_t bytes, int location, int device, uintptr_t stream);
/* Writes the answer, so many ints. */
ENGINE("range_attribute") int engine_range_attribute(uintptr_t address, size_t bytes, int attribute, int *answer, size_t count);
/* Writes the kind of memory, and the device. */
ENGINE("pointer_attributes") void engine_pointer_attributes(uintptr_t address, int answer[2]);
ENGINE("attach") int engine_attach(uintptr_t address, size_t bytes, unsigned flags, uintptr_t stream);
ENGINE("map_managed") uintptr_t engine_map_managed(size_t bytes, int device, int for_host);

static int property(int device, int number) { return engine_device_property(device, number) != 0; }

void __faultline_memory_model(struct cudaDeviceProp *properties, int device) {
    properties->managedMemory = property(device, PROPERTY_MANAGED_MEMORY);
    properties->concurrentManagedAccess = property(device, PROPERTY_CONCURRENT_MANAGED_ACCESS);
    properties->pageableMemoryAccess = property(device, PROPERTY_PAGEABLE_MEMORY_ACCESS);
    properties->pageableMemoryAccessUsesHostPageTables = property(device, PROPERTY_USES_HOST_PAGE_TABLES);
    properties->directManagedMemAccessFromHost = property(device, PROPERTY_DIRECT_MANAGED_ACCESS_FROM_HOST);
    properties->hostNativeAtomicSupported = property(device, PROPERTY_HOST_NATIVE_ATOMICS);
}

/* --- allocation ------------------------------------------------------------------------------------------------------ */

cudaError_t cudaMallocManaged(void **pointer, size_t bytes, unsigned flags) {
    int device = __faultline_current_device;
    if (!pointer || bytes == 0 || (flags != cudaMemAttachGlobal && flags != cudaMemAttachHost)) return result(cudaErrorInvalidValue);
    if (!property(device, PROPERTY_MANAGED_MEMORY)) return result(cudaErrorNotSupported);
    if (__faultline_context_error) return result(__faultline_context_error);
    uintptr_t address = engine_map_managed(bytes, device, flags == cudaMemAttachHost);
    if (address == 0) return result(cudaErrorMemoryAllocation);
    *pointer = (void *)address;
    return cudaSuccess;
}

cudaError_t cudaStreamAttachMemAsync(cudaStream_t stream, void *pointer, size_t bytes, unsigned flags) {
    return result(__faultline_from_errno(engine_attach((uintptr_t)pointer, bytes, flags, __faultline_stream(stream))));
}

/* --- advice and prefetches: a location is a device's number, the CPU (-1) or none (-2) --------------------------------------- */

static int number_of(struct cudaMemLocation location) {
    switch (location.type) {
    case cudaMemLocationTypeDevice: return location.id < 0 ? cudaInvalidDeviceId : location.id;
    case cudaMemLocationTypeHost:
    case cudaMemLocationTypeHostNumaCurrent: return cudaCpuDeviceId;
    /* There is one node. */
    case cudaMemLocationTypeHostNuma: return location.id == 0 ? cudaCpuDeviceId : cudaInvalidDeviceId;
    default: return cudaInvalidDeviceId;
    }
}

cudaError_t cudaMemAdvise(const void *pointer, size_t bytes, enum cudaMemoryAdvise advice, int device) {
    if (advice < cudaMemAdviseSetReadMostly || advice > cudaMemAdviseUnsetAccessedBy) return result(cudaErrorInvalidValue);
    return result(__faultline_from_errno(engine_advise((uintptr_t)pointer, bytes, advice, device)));
}
cudaError_t cudaMemAdvise_v2(const void *pointer, size_t bytes, enum cudaMemoryAdvise advice, struct cudaMemLocation location) {
    if (advice < cudaMemAdviseSetReadMostly || advice > cudaMemAdviseUnsetAccessedBy) return result(cudaErrorInvalidValue);
    return result(__faultline_from_errno(engine_advise((uintptr_t)pointer, bytes, advice, number_of(location))));
}

static cudaError_t prefetch(const void *pointer, size_t bytes, int location, cudaStream_t stream) {
    int device = __faultline_device_of(stream);
    return __faultline_from_errno(engine_prefetch_managed((uintptr_t)pointer, bytes, location, device, __faultline_stream(stream)));
}
cudaError_t cudaMemPrefetchAsync(const void *pointer, size_t bytes, int device, cudaStream_t stream) {
    return result(prefetch(pointer, bytes, device, stream));
}
cudaError_t cudaMemPrefetchAsync_v2(const void *pointer, size_t bytes, struct cudaMemLocation location, unsigned flags,
                                    cudaStream_t stream) {
    if (flags != 0) return result(cudaErrorInvalidValue);
    return result(prefetch(pointer, bytes, number_of(location), stream));
}

/* --- questions -------------------------------------------------------------------------------------------------------- */

/* The attributes of CUDA 12 that say a location in two halves: of which other one, and whether it is the type or the number. */
static int whole_of(int attribute) {
    switch (attribute) {
    case cudaMemRangeAttributePreferredLocationType:
    case cudaMemRangeAttributePreferredLocationId: return cudaMemRangeAttributePreferredLocation;
    case cudaMemRangeAttributeLastPrefetchLocationType:
    case cudaMemRangeAttributeLastPrefetchLocationId: return cudaMemRangeAttributeLastPrefetchLocation;
    default: return attribute;
    }
}

static cudaError_t range_attribute(int *data, size_t data_size, int attribute, const void *pointer, size_t bytes) {
    size_t count = data_size / sizeof(int);
    if (!data || data_size % sizeof(int) != 0 || count == 0) return cudaErrorInvalidValue;
    if (attribute != cudaMemRangeAttributeAccessedBy && count != 1) return cudaErrorInvalidValue;
    int whole = whole_of(attribute);
    cudaError_t error = __faultline_from_errno(engine_range_attribute((uintptr_t)pointer, bytes, whole, data, count));
    if (error != cudaSuccess || whole == attribute) return error;
    int location = *data;
    if (attribute == cudaMemRangeAttributePreferredLocationId || attribute == cudaMemRangeAttributeLastPrefetchLocationId)
        *data = location >= 0 ? location : 0;
    else
        *data = location >= 0               ? cudaMemLocationTypeDevice
                : location == cudaCpuDeviceId ? cudaMemLocationTypeHost
                                              : cudaMemLocationTypeInvalid;
    return cudaSuccess;
}

cudaError_t cudaMemRangeGetAttribute(void *data, size_t data_size, enum cudaMemRangeAttribute attribute, const void *pointer, size_t bytes) {
    return result(range_attribute(data, data_size, attribute, pointer, bytes));
}
cudaError_t cudaMemRangeGetAttributes(void **data, size_t *data_sizes, enum cudaMemRangeAttribute *attributes, size_t count,
                                      const void *pointer, size_t bytes) {
    if (!data || !data_sizes || !attributes || count == 0) return result(cudaErrorInvalidValue);
    for (size_t n = 0; n < count; n++) {
        cudaError_t error = range_attribute(data[n], data_sizes[n], attributes[n], pointer, bytes);
        if (error != cudaSuccess) return result(error);
    }
    return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *attributes, const void *pointer) {
    if (!attributes || !pointer) return result(cudaErrorInvalidValue);
    int answer[2];
    engine_pointer_attributes((uintptr_t)pointer, answer);
    attributes->type = (enum cudaMemoryType)answer[0];
    attributes->device = answer[1];
    attributes->devicePointer = answer[0] == cudaMemoryTypeUnregistered ? NULL : (void *)pointer;
    attributes->hostPointer = answer[0] == cudaMemoryTypeHost || answer[0] == cudaMemoryTypeManaged ? (void *)pointer : NULL;
    return cudaSuccess;
}

/* --- HIP: what differs from CUDA ------------------------------------------------------------------------------------------- */

cudaError_t hipMemAdvise(const void *pointer, size_t bytes, hipMemoryAdvise advice, int device) {
    return result(__faultline_from_errno(engine_advise((uintptr_t)pointer, bytes, advice, device)));
}
cudaError_t hipMemAdvise_v2(const void *pointer, size_t bytes, hipMemoryAdvise advice, hipMemLocation location) {
    return result(__faultline_from_errno(engine_advise((uintptr_t)pointer, bytes, advice, number_of(location))));
}
cudaError_t hipMemRangeGetAttribute(void *data, size_t data_size, hipMemRangeAttribute attribute, const void *pointer, size_t bytes) {
    return result(range_attribute(data, data_size, attribute, pointer, bytes));
}
cudaError_t hipMemRangeGetAttributes(void **data, size_t *data_sizes, hipMemRangeAttribute *attributes, size_t count, const void *pointer,
                                     size_t bytes) {
    return cudaMemRangeGetAttributes(data, data_sizes, (enum cudaMemRangeAttribute *)attributes, count, pointer, bytes);
}
cudaError_t hipPointerGetAttributes(hipPointerAttribute_t *attributes, const void *pointer) {
    struct cudaPointerAttributes known;
    if (!attributes || !pointer) return result(cudaErrorInvalidValue);
    cudaPointerGetAttributes(&known, pointer);
    *attributes = (hipPointerAttribute_t){(enum hipMemoryType)known.type, known.device,      known.devicePointer,
                                          known.hostPointer,              known.type == cudaMemoryTypeManaged, 0};
    return cudaSuccess;
}
