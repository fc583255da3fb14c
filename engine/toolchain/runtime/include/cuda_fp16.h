/*
 * Half precision: 16 bits in memory, float in every operation, rounded to nearest even after each. Source: CUDA Math API documentation,
 * half precision; IEEE 754-2019, binary16.
 */
#ifndef FAULTLINE_CUDA_FP16_H
#define FAULTLINE_CUDA_FP16_H
#include "cuda_runtime.h"

#ifdef __cplusplus
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
FAULTLINE_H __half2 __halfs2half2(__half a, __half b) { return __half2(a, b); }
FAULTLINE_H __half2 make_half2(__half a, __half b) { return __half2(a, b); }
FAULTLINE_H __half __low2half(__half2 a) { return a.x; }
FAULTLINE_H __half __high2half(__half2 a) { return a.y; }
FAULTLINE_H float __low2float(__half2 a) { return (float)a.x; }
FAULTLINE_H float __high2float(__half2 a) { return (float)a.y; }
FAULTLINE_H float2 __half22float2(__half2 a) { return make_float2((float)a.x, (float)a.y); }
FAULTLINE_H __half2 __float22half2_rn(float2 a) { return __half2(__half(a.x), __half(a.y)); }
FAULTLINE_H __half __int2half_rn(int a) { return __half((float)a); }
FAULTLINE_H __half __uint2half_rn(unsigned a) { return __half((float)a); }
FAULTLINE_H int __half2int_rn(__half a) { return (int)::rintf((float)a); }
FAULTLINE_H int __half2int_rz(__half a) { return (int)(float)a; }
FAULTLINE_H unsigned short __half_as_ushort(__half a) { return a.bits; }
FAULTLINE_H short __half_as_short(__half a) { return (short)a.bits; }
FAULTLINE_H __half __ushort_as_half(unsigned short bits) { __half a; a.bits = bits; return a; }
FAULTLINE_H __half __short_as_half(short bits) { __half a; a.bits = (unsigned short)bits; return a; }
FAULTLINE_H __half __hfma(__half a, __half b, __half c) { return __half(::fmaf((float)a, (float)b, (float)c)); }
FAULTLINE_H __half2 __hfma2(__half2 a, __half2 b, __half2 c) { return __half2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)); }
FAULTLINE_H __half __habs(__half a) { return __half(::fabsf((float)a)); }
FAULTLINE_H __half __hneg(__half a) { return -a; }
FAULTLINE_H bool __hisnan(__half a) { return (float)a != (float)a; }
FAULTLINE_H __half __hmax(__half a, __half b) { return __half(::fmaxf((float)a, (float)b)); }
FAULTLINE_H __half __hmin(__half a, __half b) { return __half(::fminf((float)a, (float)b)); }
FAULTLINE_H __half2 __hmax2(__half2 a, __half2 b) { return __half2(__hmax(a.x, b.x), __hmax(a.y, b.y)); }
FAULTLINE_H __half2 __hmin2(__half2 a, __half2 b) { return __half2(__hmin(a.x, b.x), __hmin(a.y, b.y)); }
FAULTLINE_H __half __hadd(__half a, __half b) { return a + b; }
FAULTLINE_H __half2 __hadd2(__half2 a, __half2 b) { return __half2(a.x + b.x, a.y + b.y); }
FAULTLINE_H __half __hsub(__half a, __half b) { return a - b; }
FAULTLINE_H __half2 __hsub2(__half2 a, __half2 b) { return __half2(a.x - b.x, a.y - b.y); }
FAULTLINE_H __half __hmul(__half a, __half b) { return a * b; }
FAULTLINE_H __half2 __hmul2(__half2 a, __half2 b) { return __half2(a.x * b.x, a.y * b.y); }
FAULTLINE_H __half __hdiv(__half a, __half b) { return a / b; }
FAULTLINE_H __half2 __hdiv2(__half2 a, __half2 b) { return __half2(a.x / b.x, a.y / b.y); }
FAULTLINE_H bool __heq(__half a, __half b) { return a == b; }
FAULTLINE_H bool __hne(__half a, __half b) { return a != b; }
FAULTLINE_H bool __hlt(__half a, __half b) { return a < b; }
FAULTLINE_H bool __hgt(__half a, __half b) { return a > b; }
FAULTLINE_H bool __hle(__half a, __half b) { return a <= b; }
FAULTLINE_H bool __hge(__half a, __half b) { return a >= b; }
FAULTLINE_H __half hexp(__half a) { return __half(::expf((float)a)); }
FAULTLINE_H __half2 h2exp(__half2 a) { return __half2(hexp(a.x), hexp(a.y)); }
FAULTLINE_H __half hexp2(__half a) { return __half(::exp2f((float)a)); }
FAULTLINE_H __half2 h2exp2(__half2 a) { return __half2(hexp2(a.x), hexp2(a.y)); }
FAULTLINE_H __half hlog(__half a) { return __half(::logf((float)a)); }
FAULTLINE_H __half2 h2log(__half2 a) { return __half2(hlog(a.x), hlog(a.y)); }
FAULTLINE_H __half hlog2(__half a) { return __half(::log2f((float)a)); }
FAULTLINE_H __half2 h2log2(__half2 a) { return __half2(hlog2(a.x), hlog2(a.y)); }
FAULTLINE_H __half hlog10(__half a) { return __half(::log10f((float)a)); }
FAULTLINE_H __half2 h2log10(__half2 a) { return __half2(hlog10(a.x), hlog10(a.y)); }
FAULTLINE_H __half hsin(__half a) { return __half(::sinf((float)a)); }
FAULTLINE_H __half2 h2sin(__half2 a) { return __half2(hsin(a.x), hsin(a.y)); }
FAULTLINE_H __half hcos(__half a) { return __half(::cosf((float)a)); }
FAULTLINE_H __half2 h2cos(__half2 a) { return __half2(hcos(a.x), hcos(a.y)); }
FAULTLINE_H __half hsqrt(__half a) { return __half(::sqrtf((float)a)); }
FAULTLINE_H __half2 h2sqrt(__half2 a) { return __half2(hsqrt(a.x), hsqrt(a.y)); }
FAULTLINE_H __half hfloor(__half a) { return __half(::floorf((float)a)); }
FAULTLINE_H __half2 h2floor(__half2 a) { return __half2(hfloor(a.x), hfloor(a.y)); }
FAULTLINE_H __half hceil(__half a) { return __half(::ceilf((float)a)); }
FAULTLINE_H __half2 h2ceil(__half2 a) { return __half2(hceil(a.x), hceil(a.y)); }
FAULTLINE_H __half hrint(__half a) { return __half(::rintf((float)a)); }
FAULTLINE_H __half2 h2rint(__half2 a) { return __half2(hrint(a.x), hrint(a.y)); }
FAULTLINE_H __half htrunc(__half a) { return __half(::truncf((float)a)); }
FAULTLINE_H __half2 h2trunc(__half2 a) { return __half2(htrunc(a.x), htrunc(a.y)); }
FAULTLINE_H __half hrsqrt(__half a) { return __half(1.0f / ::sqrtf((float)a)); }
FAULTLINE_H __half hrcp(__half a) { return __half(1.0f / (float)a); }
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
#endif
#undef FAULTLINE_H
#endif
#endif
