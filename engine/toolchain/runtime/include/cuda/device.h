/* What device code names: special registers, barriers, atomics, intrinsics. */
#ifndef FAULTLINE_CUDA_DEVICE_H
#define FAULTLINE_CUDA_DEVICE_H

extern "C" {
extern __device__ const uint3 threadIdx __asm__("__faultline_threadIdx");
extern __device__ const uint3 blockIdx __asm__("__faultline_blockIdx");
extern __device__ const dim3 blockDim __asm__("__faultline_blockDim");
extern __device__ const dim3 gridDim __asm__("__faultline_gridDim");
}
#include "cuda/warp.h"

static __device__ __forceinline__ void __threadfence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static __device__ __forceinline__ void __threadfence_block(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static __device__ __forceinline__ void __threadfence_system(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }


/* --- atomics: each is one atomic operator of WebAssembly, or a compare-and-swap loop around one --------------------- */

namespace faultline {
template <class T> struct bits_of;
template <> struct bits_of<float> { typedef unsigned type; };
template <> struct bits_of<double> { typedef unsigned long long type; };

/* Replaces *address by change(*address); gives the old value. */
template <class T, class F> __device__ __forceinline__ T update_integer(T *address, F change) {
    T old = __atomic_load_n(address, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(address, &old, change(old), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return old;
}
template <class T, class F> __device__ __forceinline__ T update_float(T *address, F change) {
    typedef typename bits_of<T>::type bits;
    bits old = __atomic_load_n((bits *)address, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n((bits *)address, &old, __builtin_bit_cast(bits, change(__builtin_bit_cast(T, old))), false,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
    return __builtin_bit_cast(T, old);
}
} // namespace faultline

#define FAULTLINE_ATOMIC_INTEGER(T)                                                                                                  \
    static __device__ __forceinline__ T atomicAdd(T *address, T value) { return __atomic_fetch_add(address, value, __ATOMIC_RELAXED); } \
    static __device__ __forceinline__ T atomicSub(T *address, T value) { return __atomic_fetch_sub(address, value, __ATOMIC_RELAXED); } \
    static __device__ __forceinline__ T atomicAnd(T *address, T value) { return __atomic_fetch_and(address, value, __ATOMIC_RELAXED); } \
    static __device__ __forceinline__ T atomicOr(T *address, T value) { return __atomic_fetch_or(address, value, __ATOMIC_RELAXED); }   \
    static __device__ __forceinline__ T atomicXor(T *address, T value) { return __atomic_fetch_xor(address, value, __ATOMIC_RELAXED); } \
    static __device__ __forceinline__ T atomicExch(T *address, T value) { return __atomic_exchange_n(address, value, __ATOMIC_RELAXED); } \
    static __device__ __forceinline__ T atomicCAS(T *address, T compare, T value) {                                                  \
        __atomic_compare_exchange_n(address, &compare, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);                            \
        return compare;                                                                                                              \
    }                                                                                                                                \
    static __device__ __forceinline__ T atomicMin(T *address, T value) {                                                             \
        return faultline::update_integer(address, [=](T old) { return value < old ? value : old; });                                 \
    }                                                                                                                                \
    static __device__ __forceinline__ T atomicMax(T *address, T value) {                                                             \
        return faultline::update_integer(address, [=](T old) { return value > old ? value : old; });                                 \
    }
FAULTLINE_ATOMIC_INTEGER(int)
FAULTLINE_ATOMIC_INTEGER(unsigned)
FAULTLINE_ATOMIC_INTEGER(unsigned long long)
FAULTLINE_ATOMIC_INTEGER(long long)
#undef FAULTLINE_ATOMIC_INTEGER

static __device__ __forceinline__ unsigned atomicInc(unsigned *address, unsigned limit) {
    return faultline::update_integer(address, [=](unsigned old) { return old >= limit ? 0u : old + 1; });
}
static __device__ __forceinline__ unsigned atomicDec(unsigned *address, unsigned limit) {
    return faultline::update_integer(address, [=](unsigned old) { return old == 0 || old > limit ? limit : old - 1; });
}
static __device__ __forceinline__ float atomicAdd(float *address, float value) {
    return faultline::update_float(address, [=](float old) { return old + value; });
}
static __device__ __forceinline__ double atomicAdd(double *address, double value) {
    return faultline::update_float(address, [=](double old) { return old + value; });
}
static __device__ __forceinline__ float atomicExch(float *address, float value) {
    return faultline::update_float(address, [=](float) { return value; });
}
static __device__ __forceinline__ double atomicExch(double *address, double value) {
    return faultline::update_float(address, [=](double) { return value; });
}
static __device__ __forceinline__ unsigned short atomicCAS(unsigned short *address, unsigned short compare, unsigned short value) {
    __atomic_compare_exchange_n(address, &compare, value, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return compare;
}
#ifdef __HIP__
#define FAULTLINE_ATOMIC_FLOAT(T)                                                                                                    \
    static __device__ __forceinline__ T atomicMin(T *address, T value) {                                                             \
        return faultline::update_float(address, [=](T old) { return value < old ? value : old; });                                   \
    }                                                                                                                                \
    static __device__ __forceinline__ T atomicMax(T *address, T value) {                                                             \
        return faultline::update_float(address, [=](T old) { return value > old ? value : old; });                                   \
    }                                                                                                                                \
    static __device__ __forceinline__ T unsafeAtomicAdd(T *address, T value) { return atomicAdd(address, value); }                   \
    static __device__ __forceinline__ T atomicAddNoRet(T *address, T value) { return atomicAdd(address, value); }
FAULTLINE_ATOMIC_FLOAT(float)
FAULTLINE_ATOMIC_FLOAT(double)
#undef FAULTLINE_ATOMIC_FLOAT
#endif

/* One memory and one order for all: a scope changes no result. Those of the system's scope need more of the device (execution/access.ts). */
FAULTLINE_DEVICE_IMPORT("system_atomic") void __faultline_system_atomic(const volatile void *address);
#define FAULTLINE_SCOPES(name)                                                                                                       \
    template <class T, class... V> static __device__ __forceinline__ T name##_block(T *address, V... values) { return name(address, T(values)...); }  \
    template <class T, class... V> static __device__ __forceinline__ T name##_system(T *address, V... values) {                                \
        __faultline_system_atomic(address);                                                                                          \
        return name(address, T(values)...);                                                                                          \
    }
FAULTLINE_SCOPES(atomicAdd)
FAULTLINE_SCOPES(atomicSub)
FAULTLINE_SCOPES(atomicAnd)
FAULTLINE_SCOPES(atomicOr)
FAULTLINE_SCOPES(atomicXor)
FAULTLINE_SCOPES(atomicExch)
FAULTLINE_SCOPES(atomicCAS)
FAULTLINE_SCOPES(atomicMin)
FAULTLINE_SCOPES(atomicMax)
FAULTLINE_SCOPES(atomicInc)
FAULTLINE_SCOPES(atomicDec)
#undef FAULTLINE_SCOPES

#include "cuda/intrinsics.h"
#include "cuda/math.h"
#include "cuda/refused.h"

#endif
