/* Checks and the choice of a device as NVIDIA's samples use them. Written anew from what the samples call. */
#ifndef FAULTLINE_HELPER_CUDA_H
#define FAULTLINE_HELPER_CUDA_H
#include "cuda_runtime.h"
#include "helper_string.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline const char *_cudaGetErrorEnum(cudaError_t error) { return cudaGetErrorName(error); }
template <class T> void check(T result, char const *const call, const char *const file, int const line) {
    if (!result) return;
    fprintf(stderr, "CUDA error at %s:%d code=%d(%s) \"%s\" \n", file, line, (int)result, _cudaGetErrorEnum((cudaError_t)result), call);
    exit(EXIT_FAILURE);
}
#define checkCudaErrors(value) check((value), #value, __FILE__, __LINE__)
#define getLastCudaError(message) __getLastCudaError(message, __FILE__, __LINE__)
inline void __getLastCudaError(const char *message, const char *file, const int line) {
    cudaError_t error = cudaGetLastError();
    if (error == cudaSuccess) return;
    fprintf(stderr, "%s(%i) : getLastCudaError() CUDA error : %s : (%d) %s.\n", file, line, message, (int)error, cudaGetErrorString(error));
    exit(EXIT_FAILURE);
}
#define printLastCudaError(message) __printLastCudaError(message, __FILE__, __LINE__)
inline void __printLastCudaError(const char *message, const char *file, const int line) {
    cudaError_t error = cudaGetLastError();
    if (error != cudaSuccess) fprintf(stderr, "%s(%i) : %s : (%d) %s.\n", file, line, message, (int)error, cudaGetErrorString(error));
}
inline int ftoi(float value) { return (int)(value >= 0 ? value + 0.5 : value - 0.5); }
/* FP32 cores of a multiprocessor. Source: CUDA C++ Programming Guide, arithmetic instructions by compute capability. */
inline int _ConvertSMVer2Cores(int major, int minor) {
    switch (major) {
    case 3: return 192;
    case 5: return 128;
    case 6: return minor == 0 ? 64 : 128;
    case 7: return 64;
    case 8: return minor == 0 ? 64 : 128;
    default: return 128;
    }
}
inline const char *_ConvertSMVer2ArchName(int major, int) {
    const char *names[] = {"Kepler", "Kepler", "Kepler", "Kepler", "Kepler", "Maxwell", "Pascal", "Volta", "Ampere", "Hopper", "Blackwell"};
    return names[major >= 0 && major <= 10 ? major : 10];
}
inline int gpuDeviceInit(int device) {
    int count = 0;
    checkCudaErrors(cudaGetDeviceCount(&count));
    if (device < 0) device = 0;
    if (device >= count) return -device;
    checkCudaErrors(cudaSetDevice(device));
    return device;
}
inline int gpuGetMaxGflopsDeviceId() { return 0; }
inline int findCudaDevice(int argc, const char **argv) {
    int device = checkCmdLineFlag(argc, argv, "device") ? getCmdLineArgumentInt(argc, argv, "device") : 0;
    device = gpuDeviceInit(device);
    if (device < 0) {
        printf("exiting...\n");
        exit(EXIT_FAILURE);
    }
    cudaDeviceProp properties;
    checkCudaErrors(cudaGetDeviceProperties(&properties, device));
    printf("GPU Device %d: \"%s\" with compute capability %d.%d\n\n", device, properties.name, properties.major, properties.minor);
    return device;
}
inline int findIntegratedGPU() { return -1; }
inline bool checkCudaCapabilities(int major, int minor) {
    cudaDeviceProp properties;
    int device = 0;
    checkCudaErrors(cudaGetDevice(&device));
    checkCudaErrors(cudaGetDeviceProperties(&properties, device));
    if (properties.major > major || (properties.major == major && properties.minor >= minor)) return true;
    printf("  No GPU device was found that can support CUDA compute capability %d.%d.\n", major, minor);
    return false;
}
#endif
