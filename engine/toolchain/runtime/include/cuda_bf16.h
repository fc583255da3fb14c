/* bfloat16: the upper half of a float, rounded to nearest even. Source: CUDA Math API documentation, bfloat16 precision. */
#ifndef FAULTLINE_CUDA_BF16_H
#define FAULTLINE_CUDA_BF16_H
#include "cuda_runtime.h"

#ifdef __cplusplus
#include "cuda/saturated.h"
#define FAULTLINE_H static inline __host__ __device__

namespace faultline {
FAULTLINE_H unsigned short bfloat16_bits(float value) {
    unsigned f = __builtin_bit_cast(unsigned, value);
    if ((f & 0x7fffffff) > 0x7f800000) return 0x7fff;
    return (unsigned short)((f + 0x7fff + (f >> 16 & 1)) >> 16);
}
FAULTLINE_H float bfloat16_value(unsigned short bits) { return __builtin_bit_cast(float, (unsigned)bits << 16); }
} // namespace faultline

struct __nv_bfloat16 {
    unsigned short bits;
    __nv_bfloat16() = default;
    __host__ __device__ __nv_bfloat16(float value) : bits(faultline::bfloat16_bits(value)) {}
    __host__ __device__ __nv_bfloat16(double value) : bits(faultline::bfloat16_bits((float)value)) {}
    __host__ __device__ __nv_bfloat16(int value) : bits(faultline::bfloat16_bits((float)value)) {}
    __host__ __device__ __nv_bfloat16(unsigned value) : bits(faultline::bfloat16_bits((float)value)) {}
    __host__ __device__ __nv_bfloat16(long long value) : bits(faultline::bfloat16_bits((float)value)) {}
    __host__ __device__ __nv_bfloat16(unsigned long long value) : bits(faultline::bfloat16_bits((float)value)) {}
    __host__ __device__ operator float() const { return faultline::bfloat16_value(bits); }
    __host__ __device__ __nv_bfloat16 &operator+=(__nv_bfloat16 other) { return *this = __nv_bfloat16((float)*this + (float)other); }
    __host__ __device__ __nv_bfloat16 &operator-=(__nv_bfloat16 other) { return *this = __nv_bfloat16((float)*this - (float)other); }
    __host__ __device__ __nv_bfloat16 &operator*=(__nv_bfloat16 other) { return *this = __nv_bfloat16((float)*this * (float)other); }
    __host__ __device__ __nv_bfloat16 &operator/=(__nv_bfloat16 other) { return *this = __nv_bfloat16((float)*this / (float)other); }
};
FAULTLINE_H __nv_bfloat16 operator+(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a + (float)b); }
FAULTLINE_H __nv_bfloat16 operator-(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a - (float)b); }
FAULTLINE_H __nv_bfloat16 operator*(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a * (float)b); }
FAULTLINE_H __nv_bfloat16 operator/(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16((float)a / (float)b); }
FAULTLINE_H __nv_bfloat16 operator+(__nv_bfloat16 a) { return a; }
FAULTLINE_H __nv_bfloat16 &operator++(__nv_bfloat16 &a) { return a += __nv_bfloat16(1.0f); }
FAULTLINE_H __nv_bfloat16 &operator--(__nv_bfloat16 &a) { return a -= __nv_bfloat16(1.0f); }
FAULTLINE_H __nv_bfloat16 operator++(__nv_bfloat16 &a, int) { __nv_bfloat16 old = a; ++a; return old; }
FAULTLINE_H __nv_bfloat16 operator--(__nv_bfloat16 &a, int) { __nv_bfloat16 old = a; --a; return old; }
FAULTLINE_H __nv_bfloat16 operator-(__nv_bfloat16 a) { return __nv_bfloat16(-(float)a); }
FAULTLINE_H bool operator==(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a == (float)b; }
FAULTLINE_H bool operator!=(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a != (float)b; }
FAULTLINE_H bool operator<(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a < (float)b; }
FAULTLINE_H bool operator>(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a > (float)b; }
FAULTLINE_H bool operator<=(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a <= (float)b; }
FAULTLINE_H bool operator>=(__nv_bfloat16 a, __nv_bfloat16 b) { return (float)a >= (float)b; }
struct __attribute__((aligned(4))) __nv_bfloat162 {
    __nv_bfloat16 x, y;
    __nv_bfloat162() = default;
    __host__ __device__ __nv_bfloat162(__nv_bfloat16 x, __nv_bfloat16 y) : x(x), y(y) {}
};
FAULTLINE_H __nv_bfloat162 operator+(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.x + b.x, a.y + b.y); }
FAULTLINE_H __nv_bfloat162 operator-(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.x - b.x, a.y - b.y); }
FAULTLINE_H __nv_bfloat162 operator*(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.x * b.x, a.y * b.y); }

typedef __nv_bfloat16 nv_bfloat16;
typedef __nv_bfloat162 nv_bfloat162;
typedef __nv_bfloat16 __hip_bfloat16;
typedef __nv_bfloat16 hip_bfloat16;
typedef __nv_bfloat162 __hip_bfloat162;
FAULTLINE_H __nv_bfloat16 __float2bfloat16(float a) { return __nv_bfloat16(a); }
FAULTLINE_H __nv_bfloat16 __float2bfloat16_rn(float a) { return __nv_bfloat16(a); }
FAULTLINE_H __nv_bfloat16 __double2bfloat16(double a) { return __nv_bfloat16((float)a); }
FAULTLINE_H float __bfloat162float(__nv_bfloat16 a) { return (float)a; }
#ifndef __HIP__
/* HIP has no such function, and programs have their own. */
FAULTLINE_H __nv_bfloat162 __float2bfloat162_rn(float a) { return __nv_bfloat162(__nv_bfloat16(a), __nv_bfloat16(a)); }
#endif
FAULTLINE_H __nv_bfloat162 __floats2bfloat162_rn(float a, float b) { return __nv_bfloat162(__nv_bfloat16(a), __nv_bfloat16(b)); }
FAULTLINE_H __nv_bfloat162 __bfloat162bfloat162(__nv_bfloat16 a) { return __nv_bfloat162(a, a); }
FAULTLINE_H __nv_bfloat162 __halves2bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat162(a, b); }
FAULTLINE_H __nv_bfloat162 make_bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat162(a, b); }
FAULTLINE_H __nv_bfloat16 __low2bfloat16(__nv_bfloat162 a) { return a.x; }
FAULTLINE_H __nv_bfloat16 __high2bfloat16(__nv_bfloat162 a) { return a.y; }
FAULTLINE_H float __low2float(__nv_bfloat162 a) { return (float)a.x; }
FAULTLINE_H float __high2float(__nv_bfloat162 a) { return (float)a.y; }
FAULTLINE_H float2 __bfloat1622float2(__nv_bfloat162 a) { return make_float2((float)a.x, (float)a.y); }
FAULTLINE_H __nv_bfloat162 __float22bfloat162_rn(float2 a) { return __nv_bfloat162(__nv_bfloat16(a.x), __nv_bfloat16(a.y)); }
FAULTLINE_H unsigned short __bfloat16_as_ushort(__nv_bfloat16 a) { return a.bits; }
FAULTLINE_H short __bfloat16_as_short(__nv_bfloat16 a) { return (short)a.bits; }
FAULTLINE_H __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits) { __nv_bfloat16 a; a.bits = bits; return a; }
FAULTLINE_H __nv_bfloat16 __short_as_bfloat16(short bits) { __nv_bfloat16 a; a.bits = (unsigned short)bits; return a; }
FAULTLINE_H int __bfloat162int_rn(__nv_bfloat16 a) { return faultline::saturated<int>(::rintf((float)a)); }
FAULTLINE_H int __bfloat162int_rz(__nv_bfloat16 a) { return faultline::saturated<int>(::truncf((float)a)); }
FAULTLINE_H int __bfloat162int_rd(__nv_bfloat16 a) { return faultline::saturated<int>(::floorf((float)a)); }
FAULTLINE_H int __bfloat162int_ru(__nv_bfloat16 a) { return faultline::saturated<int>(::ceilf((float)a)); }
FAULTLINE_H __nv_bfloat16 __int2bfloat16_rn(int a) { return __nv_bfloat16((float)a); }
FAULTLINE_H unsigned __bfloat162uint_rn(__nv_bfloat16 a) { return faultline::saturated<unsigned>(::rintf((float)a)); }
FAULTLINE_H unsigned __bfloat162uint_rz(__nv_bfloat16 a) { return faultline::saturated<unsigned>(::truncf((float)a)); }
FAULTLINE_H unsigned __bfloat162uint_rd(__nv_bfloat16 a) { return faultline::saturated<unsigned>(::floorf((float)a)); }
FAULTLINE_H unsigned __bfloat162uint_ru(__nv_bfloat16 a) { return faultline::saturated<unsigned>(::ceilf((float)a)); }
FAULTLINE_H __nv_bfloat16 __uint2bfloat16_rn(unsigned a) { return __nv_bfloat16((float)a); }
FAULTLINE_H short __bfloat162short_rn(__nv_bfloat16 a) { return faultline::saturated<short>(::rintf((float)a)); }
FAULTLINE_H short __bfloat162short_rz(__nv_bfloat16 a) { return faultline::saturated<short>(::truncf((float)a)); }
FAULTLINE_H short __bfloat162short_rd(__nv_bfloat16 a) { return faultline::saturated<short>(::floorf((float)a)); }
FAULTLINE_H short __bfloat162short_ru(__nv_bfloat16 a) { return faultline::saturated<short>(::ceilf((float)a)); }
FAULTLINE_H __nv_bfloat16 __short2bfloat16_rn(short a) { return __nv_bfloat16((float)a); }
FAULTLINE_H unsigned short __bfloat162ushort_rn(__nv_bfloat16 a) { return faultline::saturated<unsigned short>(::rintf((float)a)); }
FAULTLINE_H unsigned short __bfloat162ushort_rz(__nv_bfloat16 a) { return faultline::saturated<unsigned short>(::truncf((float)a)); }
FAULTLINE_H unsigned short __bfloat162ushort_rd(__nv_bfloat16 a) { return faultline::saturated<unsigned short>(::floorf((float)a)); }
FAULTLINE_H unsigned short __bfloat162ushort_ru(__nv_bfloat16 a) { return faultline::saturated<unsigned short>(::ceilf((float)a)); }
FAULTLINE_H __nv_bfloat16 __ushort2bfloat16_rn(unsigned short a) { return __nv_bfloat16((float)a); }
FAULTLINE_H long long __bfloat162ll_rn(__nv_bfloat16 a) { return faultline::saturated<long long>(::rintf((float)a)); }
FAULTLINE_H long long __bfloat162ll_rz(__nv_bfloat16 a) { return faultline::saturated<long long>(::truncf((float)a)); }
FAULTLINE_H long long __bfloat162ll_rd(__nv_bfloat16 a) { return faultline::saturated<long long>(::floorf((float)a)); }
FAULTLINE_H long long __bfloat162ll_ru(__nv_bfloat16 a) { return faultline::saturated<long long>(::ceilf((float)a)); }
FAULTLINE_H __nv_bfloat16 __ll2bfloat16_rn(long long a) { return __nv_bfloat16((float)a); }
FAULTLINE_H unsigned long long __bfloat162ull_rn(__nv_bfloat16 a) { return faultline::saturated<unsigned long long>(::rintf((float)a)); }
FAULTLINE_H unsigned long long __bfloat162ull_rz(__nv_bfloat16 a) { return faultline::saturated<unsigned long long>(::truncf((float)a)); }
FAULTLINE_H unsigned long long __bfloat162ull_rd(__nv_bfloat16 a) { return faultline::saturated<unsigned long long>(::floorf((float)a)); }
FAULTLINE_H unsigned long long __bfloat162ull_ru(__nv_bfloat16 a) { return faultline::saturated<unsigned long long>(::ceilf((float)a)); }
FAULTLINE_H __nv_bfloat16 __ull2bfloat16_rn(unsigned long long a) { return __nv_bfloat16((float)a); }
FAULTLINE_H __nv_bfloat162 __low2bfloat162(__nv_bfloat162 a) { return __nv_bfloat162(a.x, a.x); }
FAULTLINE_H __nv_bfloat162 __high2bfloat162(__nv_bfloat162 a) { return __nv_bfloat162(a.y, a.y); }
FAULTLINE_H __nv_bfloat162 __lows2bfloat162(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.x, b.x); }
FAULTLINE_H __nv_bfloat162 __highs2bfloat162(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.y, b.y); }
FAULTLINE_H __nv_bfloat162 __lowhigh2highlow(__nv_bfloat162 a) { return __nv_bfloat162(a.y, a.x); }
#define FAULTLINE_T __nv_bfloat16
#define FAULTLINE_T2 __nv_bfloat162
#include "cuda/narrow_functions.h"
#undef FAULTLINE_T2
#undef FAULTLINE_T
#ifdef __CUDA__
static __device__ __forceinline__ __nv_bfloat16 atomicAdd(__nv_bfloat16 *address, __nv_bfloat16 value) {
    unsigned short old = faultline::update_integer(&address->bits, [=](unsigned short bits) {
        __nv_bfloat16 now;
        now.bits = bits;
        now += value;
        return now.bits;
    });
    return __ushort_as_bfloat16(old);
}
static __device__ __forceinline__ __nv_bfloat162 atomicAdd(__nv_bfloat162 *address, __nv_bfloat162 value) { return __nv_bfloat162(atomicAdd(&address->x, value.x), atomicAdd(&address->y, value.y)); }
#ifdef __HIP__
static __device__ __forceinline__ __nv_bfloat162 unsafeAtomicAdd(__nv_bfloat162 *address, __nv_bfloat162 value) { return atomicAdd(address, value); }
#endif
#endif
#undef FAULTLINE_H
#endif
#endif
