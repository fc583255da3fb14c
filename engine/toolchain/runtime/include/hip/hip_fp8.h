/* Floats of eight bits by HIP's names, with the two kinds that it has more. Source: HIP documentation, low precision floating point types. */
#ifndef FAULTLINE_HIP_FP8_H
#define FAULTLINE_HIP_FP8_H
#include "hip_runtime.h"
#include "hip_bf16.h"
#include "hip_fp16.h"
#include "../cuda_fp8.h"
#define HIP_FP8_TYPE_FNUZ 1
#define HIP_FP8_TYPE_OCP 1

typedef unsigned char __hip_fp8_storage_t;
typedef unsigned short __hip_fp8x2_storage_t;
typedef unsigned __hip_fp8x4_storage_t;
enum __hip_saturation_t { __HIP_NOSAT = 0, __HIP_SATFINITE = 1 };
enum __hip_fp8_interpretation_t { __HIP_E4M3 = 0, __HIP_E5M2 = 1, __HIP_E4M3_FNUZ = 2, __HIP_E5M2_FNUZ = 3 };
typedef __half_raw __hip_half_raw;
typedef __nv_bfloat16_raw __hip_bfloat16_raw;
typedef __nv_bfloat162_raw __hip_bfloat162_raw;

#define FAULTLINE_N static inline __host__ __device__
FAULTLINE_N __hip_fp8_storage_t __hip_cvt_double_to_fp8(double x, __hip_saturation_t saturate, __hip_fp8_interpretation_t kind) { return faultline::fp8_bits(x, saturate == __HIP_SATFINITE, kind); }
FAULTLINE_N __hip_fp8_storage_t __hip_cvt_float_to_fp8(float x, __hip_saturation_t saturate, __hip_fp8_interpretation_t kind) { return faultline::fp8_bits_of_float(x, saturate == __HIP_SATFINITE, kind); }
FAULTLINE_N __hip_fp8_storage_t __hip_cvt_halfraw_to_fp8(__half_raw x, __hip_saturation_t saturate, __hip_fp8_interpretation_t kind) { return __hip_cvt_float_to_fp8((float)(__half)x, saturate, kind); }
FAULTLINE_N __hip_fp8_storage_t __hip_cvt_bfloat16raw_to_fp8(__nv_bfloat16_raw x, __hip_saturation_t saturate, __hip_fp8_interpretation_t kind) { return __hip_cvt_float_to_fp8((float)(__nv_bfloat16)x, saturate, kind); }
FAULTLINE_N __hip_fp8x2_storage_t __hip_cvt_double2_to_fp8x2(double2 x, __hip_saturation_t saturate, __hip_fp8_interpretation_t kind) { return (__hip_fp8x2_storage_t)(__hip_cvt_double_to_fp8(x.x, saturate, kind) | __hip_cvt_double_to_fp8(x.y, saturate, kind) << 8); }
FAULTLINE_N __hip_fp8x2_storage_t __hip_cvt_float2_to_fp8x2(float2 x, __hip_saturation_t saturate, __hip_fp8_interpretation_t kind) { return (__hip_fp8x2_storage_t)(__hip_cvt_float_to_fp8(x.x, saturate, kind) | __hip_cvt_float_to_fp8(x.y, saturate, kind) << 8); }
FAULTLINE_N __hip_fp8x2_storage_t __hip_cvt_halfraw2_to_fp8x2(__half2_raw x, __hip_saturation_t saturate, __hip_fp8_interpretation_t kind) { return __hip_cvt_float2_to_fp8x2(__half22float2(x), saturate, kind); }
FAULTLINE_N __hip_fp8x2_storage_t __hip_cvt_bfloat16raw2_to_fp8x2(__nv_bfloat162_raw x, __hip_saturation_t saturate, __hip_fp8_interpretation_t kind) { return __hip_cvt_float2_to_fp8x2(__bfloat1622float2(x), saturate, kind); }
FAULTLINE_N __half_raw __hip_cvt_fp8_to_halfraw(__hip_fp8_storage_t x, __hip_fp8_interpretation_t kind) { return __half((float)faultline::fp8_value(x, kind)); }
FAULTLINE_N __half2_raw __hip_cvt_fp8x2_to_halfraw2(__hip_fp8x2_storage_t x, __hip_fp8_interpretation_t kind) { return __half2(__hip_cvt_fp8_to_halfraw((unsigned char)x, kind), __hip_cvt_fp8_to_halfraw((unsigned char)(x >> 8), kind)); }
#undef FAULTLINE_N

#define FAULTLINE_MEMBERS(storage) static constexpr __hip_saturation_t __default_saturation = __HIP_SATFINITE; static constexpr __hip_fp8_interpretation_t __default_interpret = (__hip_fp8_interpretation_t)FAULTLINE_KIND;
#define FAULTLINE_F8 __hip_fp8_e4m3
#define FAULTLINE_F8X2 __hip_fp8x2_e4m3
#define FAULTLINE_F8X4 __hip_fp8x4_e4m3
#define FAULTLINE_KIND faultline::E4M3
#include "../cuda/fp8_types.h"
#define FAULTLINE_F8 __hip_fp8_e5m2
#define FAULTLINE_F8X2 __hip_fp8x2_e5m2
#define FAULTLINE_F8X4 __hip_fp8x4_e5m2
#define FAULTLINE_KIND faultline::E5M2
#include "../cuda/fp8_types.h"
#define FAULTLINE_F8 __hip_fp8_e4m3_fnuz
#define FAULTLINE_F8X2 __hip_fp8x2_e4m3_fnuz
#define FAULTLINE_F8X4 __hip_fp8x4_e4m3_fnuz
#define FAULTLINE_KIND faultline::E4M3_FNUZ
#include "../cuda/fp8_types.h"
#define FAULTLINE_F8 __hip_fp8_e5m2_fnuz
#define FAULTLINE_F8X2 __hip_fp8x2_e5m2_fnuz
#define FAULTLINE_F8X4 __hip_fp8x4_e5m2_fnuz
#define FAULTLINE_KIND faultline::E5M2_FNUZ
#include "../cuda/fp8_types.h"
#undef FAULTLINE_MEMBERS
#endif
