/* Floats of eight bits, as cuda/fp8.h reads and writes them. Source: CUDA Math API, FP8 intrinsics. */
#ifndef FAULTLINE_CUDA_FP8_H
#define FAULTLINE_CUDA_FP8_H
#include "cuda_bf16.h"
#include "cuda_fp16.h"
#include "cuda/fp8.h"

typedef unsigned char __nv_fp8_storage_t;
typedef unsigned short __nv_fp8x2_storage_t;
typedef unsigned __nv_fp8x4_storage_t;
typedef enum { __NV_NOSAT = 0, __NV_SATFINITE = 1 } __nv_saturation_t;
typedef enum { __NV_E4M3 = 0, __NV_E5M2 = 1 } __nv_fp8_interpretation_t;
#ifndef FAULTLINE_RAW_NARROW
#define FAULTLINE_RAW_NARROW
/* The bits of halves and bfloat16s; what NVIDIA has as structures of their own. */
struct __half_raw {
    unsigned short x;
    __half_raw() = default;
    __host__ __device__ __half_raw(__half value) : x(value.bits) {}
    __host__ __device__ operator __half() const { return __ushort_as_half(x); }
};
struct __half2_raw {
    unsigned short x, y;
    __half2_raw() = default;
    __host__ __device__ __half2_raw(__half2 value) : x(value.x.bits), y(value.y.bits) {}
    __host__ __device__ operator __half2() const { return __half2(__ushort_as_half(x), __ushort_as_half(y)); }
};
struct __nv_bfloat16_raw {
    unsigned short x;
    __nv_bfloat16_raw() = default;
    __host__ __device__ __nv_bfloat16_raw(__nv_bfloat16 value) : x(value.bits) {}
    __host__ __device__ operator __nv_bfloat16() const { return __ushort_as_bfloat16(x); }
};
struct __nv_bfloat162_raw {
    unsigned short x, y;
    __nv_bfloat162_raw() = default;
    __host__ __device__ __nv_bfloat162_raw(__nv_bfloat162 value) : x(value.x.bits), y(value.y.bits) {}
    __host__ __device__ operator __nv_bfloat162() const { return __nv_bfloat162(__ushort_as_bfloat16(x), __ushort_as_bfloat16(y)); }
};
#endif

#define FAULTLINE_N static inline __host__ __device__
FAULTLINE_N __nv_fp8_storage_t __nv_cvt_double_to_fp8(double x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind) { return faultline::fp8_bits(x, saturate == __NV_SATFINITE, kind); }
FAULTLINE_N __nv_fp8_storage_t __nv_cvt_float_to_fp8(float x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind) { return faultline::fp8_bits_of_float(x, saturate == __NV_SATFINITE, kind); }
FAULTLINE_N __nv_fp8_storage_t __nv_cvt_halfraw_to_fp8(__half_raw x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind) { return __nv_cvt_float_to_fp8((float)(__half)x, saturate, kind); }
FAULTLINE_N __nv_fp8_storage_t __nv_cvt_bfloat16raw_to_fp8(__nv_bfloat16_raw x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind) { return __nv_cvt_float_to_fp8((float)(__nv_bfloat16)x, saturate, kind); }
FAULTLINE_N __nv_fp8x2_storage_t __nv_cvt_double2_to_fp8x2(double2 x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind) { return (__nv_fp8x2_storage_t)(__nv_cvt_double_to_fp8(x.x, saturate, kind) | __nv_cvt_double_to_fp8(x.y, saturate, kind) << 8); }
FAULTLINE_N __nv_fp8x2_storage_t __nv_cvt_float2_to_fp8x2(float2 x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind) { return (__nv_fp8x2_storage_t)(__nv_cvt_float_to_fp8(x.x, saturate, kind) | __nv_cvt_float_to_fp8(x.y, saturate, kind) << 8); }
FAULTLINE_N __nv_fp8x2_storage_t __nv_cvt_halfraw2_to_fp8x2(__half2_raw x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind) { return __nv_cvt_float2_to_fp8x2(__half22float2(x), saturate, kind); }
FAULTLINE_N __nv_fp8x2_storage_t __nv_cvt_bfloat16raw2_to_fp8x2(__nv_bfloat162_raw x, __nv_saturation_t saturate, __nv_fp8_interpretation_t kind) { return __nv_cvt_float2_to_fp8x2(__bfloat1622float2(x), saturate, kind); }
FAULTLINE_N __half_raw __nv_cvt_fp8_to_halfraw(__nv_fp8_storage_t x, __nv_fp8_interpretation_t kind) { return __half((float)faultline::fp8_value(x, kind)); }
FAULTLINE_N __half2_raw __nv_cvt_fp8x2_to_halfraw2(__nv_fp8x2_storage_t x, __nv_fp8_interpretation_t kind) { return __half2(__nv_cvt_fp8_to_halfraw((unsigned char)x, kind), __nv_cvt_fp8_to_halfraw((unsigned char)(x >> 8), kind)); }
#undef FAULTLINE_N

#define FAULTLINE_MEMBERS(storage)
#define FAULTLINE_F8 __nv_fp8_e4m3
#define FAULTLINE_F8X2 __nv_fp8x2_e4m3
#define FAULTLINE_F8X4 __nv_fp8x4_e4m3
#define FAULTLINE_KIND faultline::E4M3
#include "cuda/fp8_types.h"
#define FAULTLINE_F8 __nv_fp8_e5m2
#define FAULTLINE_F8X2 __nv_fp8x2_e5m2
#define FAULTLINE_F8X4 __nv_fp8x4_e5m2
#define FAULTLINE_KIND faultline::E5M2
#include "cuda/fp8_types.h"
#undef FAULTLINE_MEMBERS
#endif
