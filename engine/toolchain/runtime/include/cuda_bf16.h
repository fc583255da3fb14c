/* bfloat16: the upper half of a float, rounded to nearest even. Source: CUDA Math API documentation, bfloat16 precision. */
#ifndef FAULTLINE_CUDA_BF16_H
#define FAULTLINE_CUDA_BF16_H
#include "cuda_runtime.h"

#ifdef __cplusplus
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
FAULTLINE_H __nv_bfloat162 __float2bfloat162_rn(float a) { return __nv_bfloat162(__nv_bfloat16(a), __nv_bfloat16(a)); }
FAULTLINE_H __nv_bfloat162 __floats2bfloat162_rn(float a, float b) { return __nv_bfloat162(__nv_bfloat16(a), __nv_bfloat16(b)); }
FAULTLINE_H __nv_bfloat162 __bfloat162bfloat162(__nv_bfloat16 a) { return __nv_bfloat162(a, a); }
FAULTLINE_H __nv_bfloat162 __bfloat16s2bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat162(a, b); }
FAULTLINE_H __nv_bfloat162 make_bfloat162(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat162(a, b); }
FAULTLINE_H __nv_bfloat16 __low2bfloat16(__nv_bfloat162 a) { return a.x; }
FAULTLINE_H __nv_bfloat16 __high2bfloat16(__nv_bfloat162 a) { return a.y; }
FAULTLINE_H float __low2float(__nv_bfloat162 a) { return (float)a.x; }
FAULTLINE_H float __high2float(__nv_bfloat162 a) { return (float)a.y; }
FAULTLINE_H float2 __bfloat1622float2(__nv_bfloat162 a) { return make_float2((float)a.x, (float)a.y); }
FAULTLINE_H __nv_bfloat162 __float22bfloat162_rn(float2 a) { return __nv_bfloat162(__nv_bfloat16(a.x), __nv_bfloat16(a.y)); }
FAULTLINE_H __nv_bfloat16 __int2bfloat16_rn(int a) { return __nv_bfloat16((float)a); }
FAULTLINE_H __nv_bfloat16 __uint2bfloat16_rn(unsigned a) { return __nv_bfloat16((float)a); }
FAULTLINE_H int __bfloat162int_rn(__nv_bfloat16 a) { return (int)::rintf((float)a); }
FAULTLINE_H int __bfloat162int_rz(__nv_bfloat16 a) { return (int)(float)a; }
FAULTLINE_H unsigned short __bfloat16_as_ushort(__nv_bfloat16 a) { return a.bits; }
FAULTLINE_H short __bfloat16_as_short(__nv_bfloat16 a) { return (short)a.bits; }
FAULTLINE_H __nv_bfloat16 __ushort_as_bfloat16(unsigned short bits) { __nv_bfloat16 a; a.bits = bits; return a; }
FAULTLINE_H __nv_bfloat16 __short_as_bfloat16(short bits) { __nv_bfloat16 a; a.bits = (unsigned short)bits; return a; }
FAULTLINE_H __nv_bfloat16 __hfma(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c) { return __nv_bfloat16(::fmaf((float)a, (float)b, (float)c)); }
FAULTLINE_H __nv_bfloat162 __hfma2(__nv_bfloat162 a, __nv_bfloat162 b, __nv_bfloat162 c) { return __nv_bfloat162(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)); }
FAULTLINE_H __nv_bfloat16 __habs(__nv_bfloat16 a) { return __nv_bfloat16(::fabsf((float)a)); }
FAULTLINE_H __nv_bfloat16 __hneg(__nv_bfloat16 a) { return -a; }
FAULTLINE_H bool __hisnan(__nv_bfloat16 a) { return (float)a != (float)a; }
FAULTLINE_H __nv_bfloat16 __hmax(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16(::fmaxf((float)a, (float)b)); }
FAULTLINE_H __nv_bfloat16 __hmin(__nv_bfloat16 a, __nv_bfloat16 b) { return __nv_bfloat16(::fminf((float)a, (float)b)); }
FAULTLINE_H __nv_bfloat162 __hmax2(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(__hmax(a.x, b.x), __hmax(a.y, b.y)); }
FAULTLINE_H __nv_bfloat162 __hmin2(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(__hmin(a.x, b.x), __hmin(a.y, b.y)); }
FAULTLINE_H __nv_bfloat16 __hadd(__nv_bfloat16 a, __nv_bfloat16 b) { return a + b; }
FAULTLINE_H __nv_bfloat162 __hadd2(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.x + b.x, a.y + b.y); }
FAULTLINE_H __nv_bfloat16 __hsub(__nv_bfloat16 a, __nv_bfloat16 b) { return a - b; }
FAULTLINE_H __nv_bfloat162 __hsub2(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.x - b.x, a.y - b.y); }
FAULTLINE_H __nv_bfloat16 __hmul(__nv_bfloat16 a, __nv_bfloat16 b) { return a * b; }
FAULTLINE_H __nv_bfloat162 __hmul2(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.x * b.x, a.y * b.y); }
FAULTLINE_H __nv_bfloat16 __hdiv(__nv_bfloat16 a, __nv_bfloat16 b) { return a / b; }
FAULTLINE_H __nv_bfloat162 __hdiv2(__nv_bfloat162 a, __nv_bfloat162 b) { return __nv_bfloat162(a.x / b.x, a.y / b.y); }
FAULTLINE_H bool __heq(__nv_bfloat16 a, __nv_bfloat16 b) { return a == b; }
FAULTLINE_H bool __hne(__nv_bfloat16 a, __nv_bfloat16 b) { return a != b; }
FAULTLINE_H bool __hlt(__nv_bfloat16 a, __nv_bfloat16 b) { return a < b; }
FAULTLINE_H bool __hgt(__nv_bfloat16 a, __nv_bfloat16 b) { return a > b; }
FAULTLINE_H bool __hle(__nv_bfloat16 a, __nv_bfloat16 b) { return a <= b; }
FAULTLINE_H bool __hge(__nv_bfloat16 a, __nv_bfloat16 b) { return a >= b; }
FAULTLINE_H __nv_bfloat16 hexp(__nv_bfloat16 a) { return __nv_bfloat16(::expf((float)a)); }
FAULTLINE_H __nv_bfloat162 h2exp(__nv_bfloat162 a) { return __nv_bfloat162(hexp(a.x), hexp(a.y)); }
FAULTLINE_H __nv_bfloat16 hexp2(__nv_bfloat16 a) { return __nv_bfloat16(::exp2f((float)a)); }
FAULTLINE_H __nv_bfloat162 h2exp2(__nv_bfloat162 a) { return __nv_bfloat162(hexp2(a.x), hexp2(a.y)); }
FAULTLINE_H __nv_bfloat16 hlog(__nv_bfloat16 a) { return __nv_bfloat16(::logf((float)a)); }
FAULTLINE_H __nv_bfloat162 h2log(__nv_bfloat162 a) { return __nv_bfloat162(hlog(a.x), hlog(a.y)); }
FAULTLINE_H __nv_bfloat16 hlog2(__nv_bfloat16 a) { return __nv_bfloat16(::log2f((float)a)); }
FAULTLINE_H __nv_bfloat162 h2log2(__nv_bfloat162 a) { return __nv_bfloat162(hlog2(a.x), hlog2(a.y)); }
FAULTLINE_H __nv_bfloat16 hlog10(__nv_bfloat16 a) { return __nv_bfloat16(::log10f((float)a)); }
FAULTLINE_H __nv_bfloat162 h2log10(__nv_bfloat162 a) { return __nv_bfloat162(hlog10(a.x), hlog10(a.y)); }
FAULTLINE_H __nv_bfloat16 hsin(__nv_bfloat16 a) { return __nv_bfloat16(::sinf((float)a)); }
FAULTLINE_H __nv_bfloat162 h2sin(__nv_bfloat162 a) { return __nv_bfloat162(hsin(a.x), hsin(a.y)); }
FAULTLINE_H __nv_bfloat16 hcos(__nv_bfloat16 a) { return __nv_bfloat16(::cosf((float)a)); }
FAULTLINE_H __nv_bfloat162 h2cos(__nv_bfloat162 a) { return __nv_bfloat162(hcos(a.x), hcos(a.y)); }
FAULTLINE_H __nv_bfloat16 hsqrt(__nv_bfloat16 a) { return __nv_bfloat16(::sqrtf((float)a)); }
FAULTLINE_H __nv_bfloat162 h2sqrt(__nv_bfloat162 a) { return __nv_bfloat162(hsqrt(a.x), hsqrt(a.y)); }
FAULTLINE_H __nv_bfloat16 hfloor(__nv_bfloat16 a) { return __nv_bfloat16(::floorf((float)a)); }
FAULTLINE_H __nv_bfloat162 h2floor(__nv_bfloat162 a) { return __nv_bfloat162(hfloor(a.x), hfloor(a.y)); }
FAULTLINE_H __nv_bfloat16 hceil(__nv_bfloat16 a) { return __nv_bfloat16(::ceilf((float)a)); }
FAULTLINE_H __nv_bfloat162 h2ceil(__nv_bfloat162 a) { return __nv_bfloat162(hceil(a.x), hceil(a.y)); }
FAULTLINE_H __nv_bfloat16 hrint(__nv_bfloat16 a) { return __nv_bfloat16(::rintf((float)a)); }
FAULTLINE_H __nv_bfloat162 h2rint(__nv_bfloat162 a) { return __nv_bfloat162(hrint(a.x), hrint(a.y)); }
FAULTLINE_H __nv_bfloat16 htrunc(__nv_bfloat16 a) { return __nv_bfloat16(::truncf((float)a)); }
FAULTLINE_H __nv_bfloat162 h2trunc(__nv_bfloat162 a) { return __nv_bfloat162(htrunc(a.x), htrunc(a.y)); }
FAULTLINE_H __nv_bfloat16 hrsqrt(__nv_bfloat16 a) { return __nv_bfloat16(1.0f / ::sqrtf((float)a)); }
FAULTLINE_H __nv_bfloat16 hrcp(__nv_bfloat16 a) { return __nv_bfloat16(1.0f / (float)a); }
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
#endif
#undef FAULTLINE_H
#endif
#endif
