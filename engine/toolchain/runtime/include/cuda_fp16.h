/*
 * Half precision: 16 bits in memory, float in every operation, rounded to nearest even after each. Source: CUDA Math API documentation,
 * half precision; IEEE 754-2019, binary16.
 */
#ifndef FAULTLINE_CUDA_FP16_H
#define FAULTLINE_CUDA_FP16_H
#include "cuda_runtime.h"

#ifdef __cplusplus
#include "cuda/saturated.h"
#define FAULTLINE_H static inline __host__ __device__

namespace faultline {
FAULTLINE_H unsigned short half_bits(float value) {
    unsigned f = __builtin_bit_cast(unsigned, value), sign = f >> 16 & 0x8000, magnitude = f & 0x7fffffff;
    if (magnitude > 0x7f800000) return (unsigned short)(sign | 0x7e00);
    if (magnitude >= 0x477ff000) return (unsigned short)(sign | 0x7c00);
    if (magnitude < 0x33000001) return (unsigned short)sign;
    unsigned shift = 13, mantissa = magnitude;
    if (magnitude < 0x38800000) {
        shift = 126 - (magnitude >> 23);
        mantissa = (magnitude & 0x7fffff) | 0x800000;
    } else mantissa -= 0x38000000;
    unsigned rest = mantissa & ((1u << shift) - 1), half = 1u << (shift - 1), bits = mantissa >> shift;
    if (rest > half || (rest == half && (bits & 1))) bits++;
    return (unsigned short)(sign | bits);
}
FAULTLINE_H float half_value(unsigned short bits) {
    unsigned sign = (unsigned)(bits & 0x8000) << 16, exponent = bits >> 10 & 0x1f, mantissa = bits & 0x3ff;
    if (exponent == 0) {
        float tiny = (float)mantissa * 5.9604644775390625e-8f;
        return sign ? -tiny : tiny;
    }
    return __builtin_bit_cast(float, exponent == 0x1f ? sign | 0x7f800000 | mantissa << 13 : sign | (exponent + 112) << 23 | mantissa << 13);
}
} // namespace faultline

struct __half {
    unsigned short bits;
    __half() = default;
    __host__ __device__ __half(float value) : bits(faultline::half_bits(value)) {}
    __host__ __device__ __half(double value) : bits(faultline::half_bits((float)value)) {}
    __host__ __device__ __half(int value) : bits(faultline::half_bits((float)value)) {}
    __host__ __device__ __half(unsigned value) : bits(faultline::half_bits((float)value)) {}
    __host__ __device__ __half(long long value) : bits(faultline::half_bits((float)value)) {}
    __host__ __device__ __half(unsigned long long value) : bits(faultline::half_bits((float)value)) {}
    __host__ __device__ operator float() const { return faultline::half_value(bits); }
    __host__ __device__ __half &operator+=(__half other) { return *this = __half((float)*this + (float)other); }
    __host__ __device__ __half &operator-=(__half other) { return *this = __half((float)*this - (float)other); }
    __host__ __device__ __half &operator*=(__half other) { return *this = __half((float)*this * (float)other); }
    __host__ __device__ __half &operator/=(__half other) { return *this = __half((float)*this / (float)other); }
};
FAULTLINE_H __half operator+(__half a, __half b) { return __half((float)a + (float)b); }
FAULTLINE_H __half operator-(__half a, __half b) { return __half((float)a - (float)b); }
FAULTLINE_H __half operator*(__half a, __half b) { return __half((float)a * (float)b); }
FAULTLINE_H __half operator/(__half a, __half b) { return __half((float)a / (float)b); }
FAULTLINE_H __half operator+(__half a) { return a; }
FAULTLINE_H __half &operator++(__half &a) { return a += __half(1.0f); }
FAULTLINE_H __half &operator--(__half &a) { return a -= __half(1.0f); }
FAULTLINE_H __half operator++(__half &a, int) { __half old = a; ++a; return old; }
FAULTLINE_H __half operator--(__half &a, int) { __half old = a; --a; return old; }
FAULTLINE_H __half operator-(__half a) { return __half(-(float)a); }
FAULTLINE_H bool operator==(__half a, __half b) { return (float)a == (float)b; }
FAULTLINE_H bool operator!=(__half a, __half b) { return (float)a != (float)b; }
FAULTLINE_H bool operator<(__half a, __half b) { return (float)a < (float)b; }
FAULTLINE_H bool operator>(__half a, __half b) { return (float)a > (float)b; }
FAULTLINE_H bool operator<=(__half a, __half b) { return (float)a <= (float)b; }
FAULTLINE_H bool operator>=(__half a, __half b) { return (float)a >= (float)b; }
struct __attribute__((aligned(4))) __half2 {
    __half x, y;
    __half2() = default;
    __host__ __device__ __half2(__half x, __half y) : x(x), y(y) {}
#ifdef __HIP__
    /* A vector type of Clang there, which a number fills. */
    __host__ __device__ explicit __half2(int both) : x((float)both), y((float)both) {}
#endif
};
FAULTLINE_H __half2 operator+(__half2 a, __half2 b) { return __half2(a.x + b.x, a.y + b.y); }
FAULTLINE_H __half2 operator-(__half2 a, __half2 b) { return __half2(a.x - b.x, a.y - b.y); }
FAULTLINE_H __half2 operator*(__half2 a, __half2 b) { return __half2(a.x * b.x, a.y * b.y); }
FAULTLINE_H __half2 operator/(__half2 a, __half2 b) { return __half2(a.x / b.x, a.y / b.y); }
FAULTLINE_H __half2 operator-(__half2 a) { return __half2(-a.x, -a.y); }
FAULTLINE_H __half2 operator+(__half2 a) { return a; }
FAULTLINE_H __half2 &operator+=(__half2 &a, __half2 b) { return a = a + b; }
FAULTLINE_H __half2 &operator-=(__half2 &a, __half2 b) { return a = a - b; }
FAULTLINE_H __half2 &operator*=(__half2 &a, __half2 b) { return a = a * b; }
FAULTLINE_H __half2 &operator/=(__half2 &a, __half2 b) { return a = a / b; }
FAULTLINE_H bool operator==(__half2 a, __half2 b) { return a.x == b.x && a.y == b.y; }
FAULTLINE_H bool operator!=(__half2 a, __half2 b) { return !(a == b); }

typedef __half half;
typedef __half2 half2;
FAULTLINE_H __half __float2half(float a) { return __half(a); }
FAULTLINE_H __half __float2half_rn(float a) { return __half(a); }
FAULTLINE_H __half __double2half(double a) { return __half((float)a); }
FAULTLINE_H float __half2float(__half a) { return (float)a; }
FAULTLINE_H __half2 __float2half2_rn(float a) { return __half2(__half(a), __half(a)); }
FAULTLINE_H __half2 __floats2half2_rn(float a, float b) { return __half2(__half(a), __half(b)); }
FAULTLINE_H __half2 __half2half2(__half a) { return __half2(a, a); }
FAULTLINE_H __half2 __halves2half2(__half a, __half b) { return __half2(a, b); }
FAULTLINE_H __half2 make_half2(__half a, __half b) { return __half2(a, b); }
FAULTLINE_H __half __low2half(__half2 a) { return a.x; }
FAULTLINE_H __half __high2half(__half2 a) { return a.y; }
FAULTLINE_H float __low2float(__half2 a) { return (float)a.x; }
FAULTLINE_H float __high2float(__half2 a) { return (float)a.y; }
FAULTLINE_H float2 __half22float2(__half2 a) { return make_float2((float)a.x, (float)a.y); }
FAULTLINE_H __half2 __float22half2_rn(float2 a) { return __half2(__half(a.x), __half(a.y)); }
FAULTLINE_H unsigned short __half_as_ushort(__half a) { return a.bits; }
FAULTLINE_H short __half_as_short(__half a) { return (short)a.bits; }
FAULTLINE_H __half __ushort_as_half(unsigned short bits) { __half a; a.bits = bits; return a; }
FAULTLINE_H __half __short_as_half(short bits) { __half a; a.bits = (unsigned short)bits; return a; }
FAULTLINE_H int __half2int_rn(__half a) { return faultline::saturated<int>(::rintf((float)a)); }
FAULTLINE_H int __half2int_rz(__half a) { return faultline::saturated<int>(::truncf((float)a)); }
FAULTLINE_H int __half2int_rd(__half a) { return faultline::saturated<int>(::floorf((float)a)); }
FAULTLINE_H int __half2int_ru(__half a) { return faultline::saturated<int>(::ceilf((float)a)); }
FAULTLINE_H __half __int2half_rn(int a) { return __half((float)a); }
FAULTLINE_H unsigned __half2uint_rn(__half a) { return faultline::saturated<unsigned>(::rintf((float)a)); }
FAULTLINE_H unsigned __half2uint_rz(__half a) { return faultline::saturated<unsigned>(::truncf((float)a)); }
FAULTLINE_H unsigned __half2uint_rd(__half a) { return faultline::saturated<unsigned>(::floorf((float)a)); }
FAULTLINE_H unsigned __half2uint_ru(__half a) { return faultline::saturated<unsigned>(::ceilf((float)a)); }
FAULTLINE_H __half __uint2half_rn(unsigned a) { return __half((float)a); }
FAULTLINE_H short __half2short_rn(__half a) { return faultline::saturated<short>(::rintf((float)a)); }
FAULTLINE_H short __half2short_rz(__half a) { return faultline::saturated<short>(::truncf((float)a)); }
FAULTLINE_H short __half2short_rd(__half a) { return faultline::saturated<short>(::floorf((float)a)); }
FAULTLINE_H short __half2short_ru(__half a) { return faultline::saturated<short>(::ceilf((float)a)); }
FAULTLINE_H __half __short2half_rn(short a) { return __half((float)a); }
FAULTLINE_H unsigned short __half2ushort_rn(__half a) { return faultline::saturated<unsigned short>(::rintf((float)a)); }
FAULTLINE_H unsigned short __half2ushort_rz(__half a) { return faultline::saturated<unsigned short>(::truncf((float)a)); }
FAULTLINE_H unsigned short __half2ushort_rd(__half a) { return faultline::saturated<unsigned short>(::floorf((float)a)); }
FAULTLINE_H unsigned short __half2ushort_ru(__half a) { return faultline::saturated<unsigned short>(::ceilf((float)a)); }
FAULTLINE_H __half __ushort2half_rn(unsigned short a) { return __half((float)a); }
FAULTLINE_H long long __half2ll_rn(__half a) { return faultline::saturated<long long>(::rintf((float)a)); }
FAULTLINE_H long long __half2ll_rz(__half a) { return faultline::saturated<long long>(::truncf((float)a)); }
FAULTLINE_H long long __half2ll_rd(__half a) { return faultline::saturated<long long>(::floorf((float)a)); }
FAULTLINE_H long long __half2ll_ru(__half a) { return faultline::saturated<long long>(::ceilf((float)a)); }
FAULTLINE_H __half __ll2half_rn(long long a) { return __half((float)a); }
FAULTLINE_H unsigned long long __half2ull_rn(__half a) { return faultline::saturated<unsigned long long>(::rintf((float)a)); }
FAULTLINE_H unsigned long long __half2ull_rz(__half a) { return faultline::saturated<unsigned long long>(::truncf((float)a)); }
FAULTLINE_H unsigned long long __half2ull_rd(__half a) { return faultline::saturated<unsigned long long>(::floorf((float)a)); }
FAULTLINE_H unsigned long long __half2ull_ru(__half a) { return faultline::saturated<unsigned long long>(::ceilf((float)a)); }
FAULTLINE_H __half __ull2half_rn(unsigned long long a) { return __half((float)a); }
FAULTLINE_H __half2 __low2half2(__half2 a) { return __half2(a.x, a.x); }
FAULTLINE_H __half2 __high2half2(__half2 a) { return __half2(a.y, a.y); }
FAULTLINE_H __half2 __lows2half2(__half2 a, __half2 b) { return __half2(a.x, b.x); }
FAULTLINE_H __half2 __highs2half2(__half2 a, __half2 b) { return __half2(a.y, b.y); }
FAULTLINE_H __half2 __lowhigh2highlow(__half2 a) { return __half2(a.y, a.x); }
#define FAULTLINE_T __half
#define FAULTLINE_T2 __half2
#include "cuda/narrow_functions.h"
#undef FAULTLINE_T2
#undef FAULTLINE_T
#ifdef __CUDA__
static __device__ __forceinline__ __half atomicAdd(__half *address, __half value) {
    unsigned short old = faultline::update_integer(&address->bits, [=](unsigned short bits) {
        __half now;
        now.bits = bits;
        now += value;
        return now.bits;
    });
    return __ushort_as_half(old);
}
static __device__ __forceinline__ __half2 atomicAdd(__half2 *address, __half2 value) { return __half2(atomicAdd(&address->x, value.x), atomicAdd(&address->y, value.y)); }
#ifdef __HIP__
static __device__ __forceinline__ __half2 unsafeAtomicAdd(__half2 *address, __half2 value) { return atomicAdd(address, value); }
#endif
#endif
#undef FAULTLINE_H
#endif
#endif
