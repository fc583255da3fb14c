/*
 * What programs of the CUDA runtime call of the driver API besides: its start, devices, memory left, waiting. Modules and contexts are not supported: a
 * kernel is compiled with the program. Source: CUDA Driver API documentation.
 */
#ifndef FAULTLINE_CUDA_DRIVER_H
#define FAULTLINE_CUDA_DRIVER_H
#include "../cuda_runtime.h"

typedef enum cudaError_enum { CUDA_SUCCESS = 0, CUDA_ERROR_INVALID_VALUE = 1, CUDA_ERROR_INVALID_DEVICE = 101, CUDA_ERROR_UNKNOWN = 999 } CUresult;
typedef int CUdevice;

static inline CUresult faultline_driver_result(cudaError_t error) {
    return error == cudaSuccess ? CUDA_SUCCESS : error == cudaErrorInvalidDevice ? CUDA_ERROR_INVALID_DEVICE : error == cudaErrorInvalidValue ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_UNKNOWN;
}
static inline CUresult cuInit(unsigned flags) { return flags == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE; }
static inline CUresult cuDriverGetVersion(int *version) { return faultline_driver_result(cudaDriverGetVersion(version)); }
static inline CUresult cuDeviceGetCount(int *count) { return faultline_driver_result(cudaGetDeviceCount(count)); }
static inline CUresult cuDeviceGet(CUdevice *device, int ordinal) {
    int count = 0;
    CUresult result = cuDeviceGetCount(&count);
    if (result == CUDA_SUCCESS && (ordinal < 0 || ordinal >= count)) result = CUDA_ERROR_INVALID_DEVICE;
    if (result == CUDA_SUCCESS) *device = ordinal;
    return result;
}
static inline CUresult cuDeviceGetName(char *name, int bytes, CUdevice device) {
    struct cudaDeviceProp properties;
    CUresult result = faultline_driver_result(cudaGetDeviceProperties(&properties, device));
    if (result == CUDA_SUCCESS) snprintf(name, (size_t)bytes, "%s", properties.name);
    return result;
}
static inline CUresult cuDeviceTotalMem(size_t *bytes, CUdevice device) {
    struct cudaDeviceProp properties;
    CUresult result = faultline_driver_result(cudaGetDeviceProperties(&properties, device));
    if (result == CUDA_SUCCESS) *bytes = properties.totalGlobalMem;
    return result;
}
static inline CUresult cuMemGetInfo(size_t *left, size_t *total) { return faultline_driver_result(cudaMemGetInfo(left, total)); }
static inline CUresult cuCtxSynchronize(void) { return faultline_driver_result(cudaDeviceSynchronize()); }
static inline CUresult cuGetErrorString(CUresult error, const char **text) { return *text = cudaGetErrorString((cudaError_t)error), CUDA_SUCCESS; }
#define cuDeviceTotalMem_v2 cuDeviceTotalMem
#define cuMemGetInfo_v2 cuMemGetInfo
#endif
