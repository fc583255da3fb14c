/* Asynchronous copies to shared memory in C: each is done at once. Source: CUDA C++ Programming Guide, Pipeline Primitives Interface. */
#ifndef FAULTLINE_CUDA_PIPELINE_PRIMITIVES_H
#define FAULTLINE_CUDA_PIPELINE_PRIMITIVES_H
#include "cuda_runtime.h"

static __device__ __forceinline__ void __pipeline_memcpy_async(void *to, const void *from, size_t bytes, size_t zeros = 0) {
    __builtin_memcpy(to, from, bytes - zeros);
    __builtin_memset((char *)to + bytes - zeros, 0, zeros);
}
static __device__ __forceinline__ void __pipeline_commit() {}
static __device__ __forceinline__ void __pipeline_wait_prior(size_t) {}

#endif
