/* What is not supported, by name: a use is an error that says what to do instead. */
#ifndef FAULTLINE_CUDA_REFUSED_H
#define FAULTLINE_CUDA_REFUSED_H

#define FAULTLINE_REFUSED(what) __attribute__((unavailable(what)))
#define FAULTLINE_TEXTURES FAULTLINE_REFUSED("Faultline does not support textures and surfaces: read the array through a pointer, with __ldg")
#define cudaTextureType1D 1
#define cudaTextureType2D 2
#define cudaTextureType3D 3
enum cudaTextureReadMode { cudaReadModeElementType = 0, cudaReadModeNormalizedFloat = 1 };
template <class T, int dimensions = 1, enum cudaTextureReadMode mode = cudaReadModeElementType> struct FAULTLINE_TEXTURES texture {};
typedef unsigned long long cudaTextureObject_t FAULTLINE_TEXTURES;
typedef unsigned long long cudaSurfaceObject_t FAULTLINE_TEXTURES;
template <class T = void> struct FAULTLINE_TEXTURES cudaChannelFormatDesc_of {};
#define FAULTLINE_MODULES FAULTLINE_REFUSED("Faultline does not support modules and contexts of the driver API: compile the kernel with the program, and launch it with <<<...>>>")
typedef unsigned long long CUcontext FAULTLINE_MODULES;
typedef unsigned long long CUmodule FAULTLINE_MODULES;
typedef unsigned long long CUfunction FAULTLINE_MODULES;
typedef unsigned long long CUlibrary FAULTLINE_MODULES;
typedef unsigned long long CUkernel FAULTLINE_MODULES;
typedef unsigned long long CUdeviceptr FAULTLINE_MODULES;

FAULTLINE_REFUSED("Faultline does not support IPC between processes: use one process, or shared memory of the host")
cudaError_t cudaIpcGetMemHandle(void *handle, void *pointer);
FAULTLINE_REFUSED("Faultline does not support IPC between processes: use one process, or shared memory of the host")
cudaError_t cudaIpcOpenMemHandle(void **pointer, ...);
FAULTLINE_REFUSED("Faultline does not support textures and surfaces: use cudaMalloc and a pointer")
cudaError_t cudaMallocArray(...);
FAULTLINE_REFUSED("Faultline does not support textures and surfaces: use cudaMalloc3D and a pointer")
cudaError_t cudaMalloc3DArray(...);
FAULTLINE_REFUSED("Faultline does not support textures and surfaces: read the array through a pointer, with __ldg")
cudaError_t cudaBindTexture(...);
FAULTLINE_REFUSED("Faultline does not support textures and surfaces: read the array through a pointer, with __ldg")
cudaError_t cudaBindTexture2D(...);
FAULTLINE_REFUSED("Faultline does not support textures and surfaces: read the array through a pointer, with __ldg")
cudaError_t cudaCreateTextureObject(...);
FAULTLINE_REFUSED("Faultline does not support OpenGL interoperability: copy the buffer with cudaMemcpy")
cudaError_t cudaGraphicsMapResources(...);

#endif
