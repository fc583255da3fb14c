/*
 * CUDA for programs: what nvcc includes by itself. The language is Clang's; names, types and functions are here.
 * Everything a program may name of the C library is host and device, as with nvcc.
 */
#ifndef FAULTLINE_CUDA_RUNTIME_H
#define FAULTLINE_CUDA_RUNTIME_H
#define __CUDA_RUNTIME_H__

#ifdef __CUDA__
#define __host__ __attribute__((host))
#define __device__ __attribute__((device))
/* Not inlined: the body of the host's stub is replaced after linking. */
#define __global__ __attribute__((global, noinline))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
/* One variable for both sides: the device's definition gives way to the host's. */
#if defined(__FAULTLINE_DEVICE__)
#define __managed__ __attribute__((device, weak, section("faultline.managed")))
#else
#define __managed__ __attribute__((section("faultline.managed")))
#endif
#else
#define __host__
#define __device__
#define __global__
#define __shared__
#define __constant__
#endif
#ifdef __CUDA__
#define __grid_constant__
#define __maxnreg__(n)
#define __cluster_dims__(...)
#endif
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))
#ifndef __restrict__
#define __restrict__ __restrict
#endif
#define CUDART_CB

#include "cuda/types.h"

#if defined(__CUDA__) && defined(__FAULTLINE_DEVICE__)
/* Device code has its own printf, assert, heap and clock; the first declaration gives a symbol its name. */
extern "C" __host__ __device__ int printf(const char *__restrict format, ...) __asm__("__faultline_device_printf");
extern "C" __host__ __device__ void *malloc(unsigned long) __asm__("__faultline_device_malloc");
extern "C" __host__ __device__ void free(void *) __asm__("__faultline_device_free");
extern "C" __host__ __device__ long long clock(void) __asm__("__faultline_device_clock");
extern "C" __host__ __device__ void __assert_fail(const char *, const char *, int, const char *) __asm__("__faultline_device_assert") __attribute__((noreturn));
#endif

/*
 * The C library's own headers, not libc++'s wrappers of them: a template of libc++ that became host and device here would
 * clash with its declarations elsewhere.
 */
#ifdef __CUDA__
#pragma clang force_cuda_host_device begin
#endif
#include </usr/include/wasm32-wasip1/math.h>
#include </usr/include/wasm32-wasip1/stdio.h>
#include </usr/include/wasm32-wasip1/stdlib.h>
#include </usr/include/wasm32-wasip1/string.h>
#include <time.h>
#ifdef __CUDA__
#pragma clang force_cuda_host_device end
#endif
/* libc++ defines these as functions and cannot with the C library's macros in the way. */
#undef fpclassify
#undef isfinite
#undef isgreater
#undef isgreaterequal
#undef isinf
#undef isless
#undef islessequal
#undef islessgreater
#undef isnan
#undef isnormal
#undef isunordered
#undef signbit
#include <assert.h>
#include <limits.h>
#include <stdint.h>

#ifdef __CUDA__
/* Placement new, which nvcc's programs have without asking. */
#include <new>
__device__ inline void *operator new(size_t, void *place) noexcept { return place; }
__device__ inline void *operator new[](size_t, void *place) noexcept { return place; }
__device__ inline void operator delete(void *, void *) noexcept {}
__device__ inline void operator delete[](void *, void *) noexcept {}
#include "cuda/device.h"
#endif

#endif
