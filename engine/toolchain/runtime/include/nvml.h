/*
 * NVML as programs use it to say what they run on: devices, names, memory, clocks; over the CUDA runtime API. What it measures of a real board (power,
 * temperature, utilization) is not supported, and says so. Source: NVML API Reference Guide.
 */
#ifndef FAULTLINE_NVML_H
#define FAULTLINE_NVML_H
#include <cuda_runtime.h>

typedef enum { NVML_SUCCESS = 0, NVML_ERROR_UNINITIALIZED = 1, NVML_ERROR_INVALID_ARGUMENT = 2, NVML_ERROR_NOT_SUPPORTED = 3, NVML_ERROR_NOT_FOUND = 6, NVML_ERROR_UNKNOWN = 999 } nvmlReturn_t;
typedef enum { NVML_CLOCK_GRAPHICS = 0, NVML_CLOCK_SM = 1, NVML_CLOCK_MEM = 2, NVML_CLOCK_VIDEO = 3 } nvmlClockType_t;
typedef enum { NVML_TEMPERATURE_GPU = 0 } nvmlTemperatureSensors_t;
/* The device's number, plus one. */
typedef struct nvmlDevice_st *nvmlDevice_t;
typedef struct { unsigned long long total, free, used; } nvmlMemory_t;
typedef struct { unsigned gpu, memory; } nvmlUtilization_t;
#define NVML_DEVICE_NAME_BUFFER_SIZE 64
#define NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE 80

static inline nvmlReturn_t nvmlInit(void) { return NVML_SUCCESS; }
static inline nvmlReturn_t nvmlShutdown(void) { return NVML_SUCCESS; }
static inline const char *nvmlErrorString(nvmlReturn_t result) {
    return result == NVML_SUCCESS ? "Success" : result == NVML_ERROR_NOT_SUPPORTED ? "Not Supported" : result == NVML_ERROR_NOT_FOUND ? "Not Found" : "Invalid Argument";
}
static inline nvmlReturn_t nvmlSystemGetDriverVersion(char *text, unsigned bytes) { return snprintf(text, bytes, "525.0"), NVML_SUCCESS; }
static inline nvmlReturn_t nvmlDeviceGetCount(unsigned *count) {
    int devices = 0;
    if (cudaGetDeviceCount(&devices) != cudaSuccess) return NVML_ERROR_UNKNOWN;
    return *count = (unsigned)devices, NVML_SUCCESS;
}
static inline nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned index, nvmlDevice_t *device) {
    unsigned count = 0;
    nvmlDeviceGetCount(&count);
    if (index >= count) return NVML_ERROR_INVALID_ARGUMENT;
    return *device = (nvmlDevice_t)(size_t)(index + 1), NVML_SUCCESS;
}
static inline nvmlReturn_t nvmlDeviceGetHandleByPciBusId(const char *bus, nvmlDevice_t *device) {
    int index = 0;
    if (cudaDeviceGetByPCIBusId(&index, bus) != cudaSuccess) return NVML_ERROR_NOT_FOUND;
    return nvmlDeviceGetHandleByIndex((unsigned)index, device);
}
static inline nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned *index) { return *index = (unsigned)(size_t)device - 1, NVML_SUCCESS; }
static inline nvmlReturn_t faultline_nvml_properties(nvmlDevice_t device, cudaDeviceProp *properties) {
    return cudaGetDeviceProperties(properties, (int)(size_t)device - 1) == cudaSuccess ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
}
static inline nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned bytes) {
    cudaDeviceProp properties;
    nvmlReturn_t result = faultline_nvml_properties(device, &properties);
    if (result == NVML_SUCCESS) snprintf(name, bytes, "%s", properties.name);
    return result;
}
static inline nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
    int before = 0;
    size_t left = 0, total = 0;
    cudaGetDevice(&before);
    if (cudaSetDevice((int)(size_t)device - 1) != cudaSuccess) return NVML_ERROR_INVALID_ARGUMENT;
    cudaMemGetInfo(&left, &total);
    cudaSetDevice(before);
    return memory->total = total, memory->free = left, memory->used = total - left, NVML_SUCCESS;
}
static inline nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned *mhz) {
    cudaDeviceProp properties;
    nvmlReturn_t result = faultline_nvml_properties(device, &properties);
    if (result == NVML_SUCCESS) *mhz = (unsigned)((type == NVML_CLOCK_MEM ? properties.memoryClockRate : properties.clockRate) / 1000);
    return result;
}
static inline nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned *mhz) { return nvmlDeviceGetClockInfo(device, type, mhz); }
static inline nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t, unsigned *) { return NVML_ERROR_NOT_SUPPORTED; }
static inline nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t, unsigned long long *) { return NVML_ERROR_NOT_SUPPORTED; }
static inline nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t, nvmlTemperatureSensors_t, unsigned *) { return NVML_ERROR_NOT_SUPPORTED; }
static inline nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t, nvmlUtilization_t *) { return NVML_ERROR_NOT_SUPPORTED; }
#define nvmlInit_v2 nvmlInit
#define nvmlDeviceGetCount_v2 nvmlDeviceGetCount
#define nvmlDeviceGetHandleByIndex_v2 nvmlDeviceGetHandleByIndex
#define nvmlDeviceGetHandleByPciBusId_v2 nvmlDeviceGetHandleByPciBusId
#endif
