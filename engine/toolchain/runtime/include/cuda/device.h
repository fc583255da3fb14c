/* What device code names: special registers, barriers, atomics, intrinsics. */
#ifndef FAULTLINE_CUDA_DEVICE_H
#define FAULTLINE_CUDA_DEVICE_H

extern "C" {
extern __device__ const uint3 threadIdx __asm__("__faultline_threadIdx");
extern __device__ const uint3 blockIdx __asm__("__faultline_blockIdx");
extern __device__ const dim3 blockDim __asm__("__faultline_blockDim");
extern __device__ const dim3 gridDim __asm__("__faultline_gridDim");
__device__ __attribute__((import_module("faultline"), import_name("barrier"))) void __syncthreads(void);
}
static __device__ const int warpSize = 32;

static __device__ __forceinline__ void __threadfence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static __device__ __forceinline__ void __threadfence_block(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static __device__ __forceinline__ void __threadfence_system(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

template <class T> static __device__ __forceinline__ T __ldg(const T *address) { return *address; }

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

/* --- arithmetic -------------------------------------------------------------------------------------------------------- */

static __host__ __device__ __forceinline__ int min(int a, int b) { return a < b ? a : b; }
static __host__ __device__ __forceinline__ int max(int a, int b) { return a > b ? a : b; }
static __host__ __device__ __forceinline__ unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
static __host__ __device__ __forceinline__ unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
static __host__ __device__ __forceinline__ long long min(long long a, long long b) { return a < b ? a : b; }
static __host__ __device__ __forceinline__ long long max(long long a, long long b) { return a > b ? a : b; }
static __host__ __device__ __forceinline__ float min(float a, float b) { return fminf(a, b); }
static __host__ __device__ __forceinline__ float max(float a, float b) { return fmaxf(a, b); }
static __host__ __device__ __forceinline__ double min(double a, double b) { return fmin(a, b); }
static __host__ __device__ __forceinline__ double max(double a, double b) { return fmax(a, b); }
static __host__ __device__ __forceinline__ float rsqrtf(float a) { return 1.0f / sqrtf(a); }
static __host__ __device__ __forceinline__ double rsqrt(double a) { return 1.0 / sqrt(a); }
static __device__ __forceinline__ int __popc(unsigned a) { return __builtin_popcount(a); }
static __device__ __forceinline__ int __clz(int a) { return a == 0 ? 32 : __builtin_clz((unsigned)a); }
static __device__ __forceinline__ int __ffs(int a) { return __builtin_ffs(a); }

/* C++ overloads for float, which libc++ gives to the host only. */
static __device__ __forceinline__ float sqrt(float a) { return sqrtf(a); }
static __device__ __forceinline__ float fabs(float a) { return fabsf(a); }
static __device__ __forceinline__ float sin(float a) { return sinf(a); }
static __device__ __forceinline__ float cos(float a) { return cosf(a); }
static __device__ __forceinline__ float tan(float a) { return tanf(a); }
static __device__ __forceinline__ float asin(float a) { return asinf(a); }
static __device__ __forceinline__ float acos(float a) { return acosf(a); }
static __device__ __forceinline__ float atan(float a) { return atanf(a); }
static __device__ __forceinline__ float sinh(float a) { return sinhf(a); }
static __device__ __forceinline__ float cosh(float a) { return coshf(a); }
static __device__ __forceinline__ float tanh(float a) { return tanhf(a); }
static __device__ __forceinline__ float exp(float a) { return expf(a); }
static __device__ __forceinline__ float exp2(float a) { return exp2f(a); }
static __device__ __forceinline__ float expm1(float a) { return expm1f(a); }
static __device__ __forceinline__ float log(float a) { return logf(a); }
static __device__ __forceinline__ float log2(float a) { return log2f(a); }
static __device__ __forceinline__ float log10(float a) { return log10f(a); }
static __device__ __forceinline__ float log1p(float a) { return log1pf(a); }
static __device__ __forceinline__ float floor(float a) { return floorf(a); }
static __device__ __forceinline__ float ceil(float a) { return ceilf(a); }
static __device__ __forceinline__ float round(float a) { return roundf(a); }
static __device__ __forceinline__ float trunc(float a) { return truncf(a); }
static __device__ __forceinline__ float rint(float a) { return rintf(a); }
static __device__ __forceinline__ float cbrt(float a) { return cbrtf(a); }
static __device__ __forceinline__ float erf(float a) { return erff(a); }
static __device__ __forceinline__ float pow(float a, float b) { return powf(a, b); }
static __device__ __forceinline__ float fmod(float a, float b) { return fmodf(a, b); }
static __device__ __forceinline__ float atan2(float a, float b) { return atan2f(a, b); }
static __device__ __forceinline__ float fmin(float a, float b) { return fminf(a, b); }
static __device__ __forceinline__ float fmax(float a, float b) { return fmaxf(a, b); }
static __device__ __forceinline__ float hypot(float a, float b) { return hypotf(a, b); }
static __device__ __forceinline__ bool isnan(float a) { return __builtin_isnan(a); }
static __device__ __forceinline__ bool isnan(double a) { return __builtin_isnan(a); }
static __device__ __forceinline__ bool isinf(float a) { return __builtin_isinf(a); }
static __device__ __forceinline__ bool isinf(double a) { return __builtin_isinf(a); }
static __device__ __forceinline__ bool isfinite(float a) { return __builtin_isfinite(a); }
static __device__ __forceinline__ bool isfinite(double a) { return __builtin_isfinite(a); }
static __device__ __forceinline__ float abs(float a) { return fabsf(a); }
static __device__ __forceinline__ double abs(double a) { return fabs(a); }

#endif
