/* Arithmetic on CUDA's vector types as NVIDIA's samples use it. Written anew from what the samples call. */
#ifndef FAULTLINE_HELPER_MATH_H
#define FAULTLINE_HELPER_MATH_H
#include "cuda_runtime.h"
#define FAULTLINE_H static inline __host__ __device__
FAULTLINE_H float2 operator+(float2 a, float2 b) { return make_float2(a.x + b.x, a.y + b.y); }
FAULTLINE_H float2 operator+(float2 a, float b) { return make_float2(a.x + b, a.y + b); }
FAULTLINE_H float2 operator+(float a, float2 b) { return make_float2(a + b.x, a + b.y); }
FAULTLINE_H void operator+=(float2 &a, float2 b) { a = a + b; }
FAULTLINE_H void operator+=(float2 &a, float b) { a = a + b; }
FAULTLINE_H float2 operator-(float2 a, float2 b) { return make_float2(a.x - b.x, a.y - b.y); }
FAULTLINE_H float2 operator-(float2 a, float b) { return make_float2(a.x - b, a.y - b); }
FAULTLINE_H float2 operator-(float a, float2 b) { return make_float2(a - b.x, a - b.y); }
FAULTLINE_H void operator-=(float2 &a, float2 b) { a = a - b; }
FAULTLINE_H void operator-=(float2 &a, float b) { a = a - b; }
FAULTLINE_H float2 operator*(float2 a, float2 b) { return make_float2(a.x * b.x, a.y * b.y); }
FAULTLINE_H float2 operator*(float2 a, float b) { return make_float2(a.x * b, a.y * b); }
FAULTLINE_H float2 operator*(float a, float2 b) { return make_float2(a * b.x, a * b.y); }
FAULTLINE_H void operator*=(float2 &a, float2 b) { a = a * b; }
FAULTLINE_H void operator*=(float2 &a, float b) { a = a * b; }
FAULTLINE_H float2 operator/(float2 a, float2 b) { return make_float2(a.x / b.x, a.y / b.y); }
FAULTLINE_H float2 operator/(float2 a, float b) { return make_float2(a.x / b, a.y / b); }
FAULTLINE_H float2 operator/(float a, float2 b) { return make_float2(a / b.x, a / b.y); }
FAULTLINE_H void operator/=(float2 &a, float2 b) { a = a / b; }
FAULTLINE_H void operator/=(float2 &a, float b) { a = a / b; }
FAULTLINE_H float2 make_float2(float a) { return make_float2(a, a); }
FAULTLINE_H float dot(float2 a, float2 b) { return a.x * b.x + a.y * b.y; }
FAULTLINE_H float2 min(float2 a, float2 b) { return make_float2(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y); }
FAULTLINE_H float2 max(float2 a, float2 b) { return make_float2(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y); }
FAULTLINE_H float2 operator-(float2 a) { return make_float2(-a.x, -a.y); }
FAULTLINE_H float length(float2 a) { return sqrtf(dot(a, a)); }
FAULTLINE_H float2 normalize(float2 a) { return a * (1.0f / sqrtf(dot(a, a))); }
FAULTLINE_H float2 lerp(float2 a, float2 b, float t) { return a + t * (b - a); }
FAULTLINE_H float2 floorf(float2 a) { return make_float2(floorf(a.x), floorf(a.y)); }
FAULTLINE_H float2 fabs(float2 a) { return make_float2(fabsf(a.x), fabsf(a.y)); }
FAULTLINE_H float3 operator+(float3 a, float3 b) { return make_float3(a.x + b.x, a.y + b.y, a.z + b.z); }
FAULTLINE_H float3 operator+(float3 a, float b) { return make_float3(a.x + b, a.y + b, a.z + b); }
FAULTLINE_H float3 operator+(float a, float3 b) { return make_float3(a + b.x, a + b.y, a + b.z); }
FAULTLINE_H void operator+=(float3 &a, float3 b) { a = a + b; }
FAULTLINE_H void operator+=(float3 &a, float b) { a = a + b; }
FAULTLINE_H float3 operator-(float3 a, float3 b) { return make_float3(a.x - b.x, a.y - b.y, a.z - b.z); }
FAULTLINE_H float3 operator-(float3 a, float b) { return make_float3(a.x - b, a.y - b, a.z - b); }
FAULTLINE_H float3 operator-(float a, float3 b) { return make_float3(a - b.x, a - b.y, a - b.z); }
FAULTLINE_H void operator-=(float3 &a, float3 b) { a = a - b; }
FAULTLINE_H void operator-=(float3 &a, float b) { a = a - b; }
FAULTLINE_H float3 operator*(float3 a, float3 b) { return make_float3(a.x * b.x, a.y * b.y, a.z * b.z); }
FAULTLINE_H float3 operator*(float3 a, float b) { return make_float3(a.x * b, a.y * b, a.z * b); }
FAULTLINE_H float3 operator*(float a, float3 b) { return make_float3(a * b.x, a * b.y, a * b.z); }
FAULTLINE_H void operator*=(float3 &a, float3 b) { a = a * b; }
FAULTLINE_H void operator*=(float3 &a, float b) { a = a * b; }
FAULTLINE_H float3 operator/(float3 a, float3 b) { return make_float3(a.x / b.x, a.y / b.y, a.z / b.z); }
FAULTLINE_H float3 operator/(float3 a, float b) { return make_float3(a.x / b, a.y / b, a.z / b); }
FAULTLINE_H float3 operator/(float a, float3 b) { return make_float3(a / b.x, a / b.y, a / b.z); }
FAULTLINE_H void operator/=(float3 &a, float3 b) { a = a / b; }
FAULTLINE_H void operator/=(float3 &a, float b) { a = a / b; }
FAULTLINE_H float3 make_float3(float a) { return make_float3(a, a, a); }
FAULTLINE_H float dot(float3 a, float3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
FAULTLINE_H float3 min(float3 a, float3 b) { return make_float3(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y, a.z < b.z ? a.z : b.z); }
FAULTLINE_H float3 max(float3 a, float3 b) { return make_float3(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y, a.z > b.z ? a.z : b.z); }
FAULTLINE_H float3 operator-(float3 a) { return make_float3(-a.x, -a.y, -a.z); }
FAULTLINE_H float length(float3 a) { return sqrtf(dot(a, a)); }
FAULTLINE_H float3 normalize(float3 a) { return a * (1.0f / sqrtf(dot(a, a))); }
FAULTLINE_H float3 lerp(float3 a, float3 b, float t) { return a + t * (b - a); }
FAULTLINE_H float3 floorf(float3 a) { return make_float3(floorf(a.x), floorf(a.y), floorf(a.z)); }
FAULTLINE_H float3 fabs(float3 a) { return make_float3(fabsf(a.x), fabsf(a.y), fabsf(a.z)); }
FAULTLINE_H float4 operator+(float4 a, float4 b) { return make_float4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }
FAULTLINE_H float4 operator+(float4 a, float b) { return make_float4(a.x + b, a.y + b, a.z + b, a.w + b); }
FAULTLINE_H float4 operator+(float a, float4 b) { return make_float4(a + b.x, a + b.y, a + b.z, a + b.w); }
FAULTLINE_H void operator+=(float4 &a, float4 b) { a = a + b; }
FAULTLINE_H void operator+=(float4 &a, float b) { a = a + b; }
FAULTLINE_H float4 operator-(float4 a, float4 b) { return make_float4(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w); }
FAULTLINE_H float4 operator-(float4 a, float b) { return make_float4(a.x - b, a.y - b, a.z - b, a.w - b); }
FAULTLINE_H float4 operator-(float a, float4 b) { return make_float4(a - b.x, a - b.y, a - b.z, a - b.w); }
FAULTLINE_H void operator-=(float4 &a, float4 b) { a = a - b; }
FAULTLINE_H void operator-=(float4 &a, float b) { a = a - b; }
FAULTLINE_H float4 operator*(float4 a, float4 b) { return make_float4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w); }
FAULTLINE_H float4 operator*(float4 a, float b) { return make_float4(a.x * b, a.y * b, a.z * b, a.w * b); }
FAULTLINE_H float4 operator*(float a, float4 b) { return make_float4(a * b.x, a * b.y, a * b.z, a * b.w); }
FAULTLINE_H void operator*=(float4 &a, float4 b) { a = a * b; }
FAULTLINE_H void operator*=(float4 &a, float b) { a = a * b; }
FAULTLINE_H float4 operator/(float4 a, float4 b) { return make_float4(a.x / b.x, a.y / b.y, a.z / b.z, a.w / b.w); }
FAULTLINE_H float4 operator/(float4 a, float b) { return make_float4(a.x / b, a.y / b, a.z / b, a.w / b); }
FAULTLINE_H float4 operator/(float a, float4 b) { return make_float4(a / b.x, a / b.y, a / b.z, a / b.w); }
FAULTLINE_H void operator/=(float4 &a, float4 b) { a = a / b; }
FAULTLINE_H void operator/=(float4 &a, float b) { a = a / b; }
FAULTLINE_H float4 make_float4(float a) { return make_float4(a, a, a, a); }
FAULTLINE_H float dot(float4 a, float4 b) { return a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w; }
FAULTLINE_H float4 min(float4 a, float4 b) { return make_float4(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y, a.z < b.z ? a.z : b.z, a.w < b.w ? a.w : b.w); }
FAULTLINE_H float4 max(float4 a, float4 b) { return make_float4(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y, a.z > b.z ? a.z : b.z, a.w > b.w ? a.w : b.w); }
FAULTLINE_H float4 operator-(float4 a) { return make_float4(-a.x, -a.y, -a.z, -a.w); }
FAULTLINE_H float length(float4 a) { return sqrtf(dot(a, a)); }
FAULTLINE_H float4 normalize(float4 a) { return a * (1.0f / sqrtf(dot(a, a))); }
FAULTLINE_H float4 lerp(float4 a, float4 b, float t) { return a + t * (b - a); }
FAULTLINE_H float4 floorf(float4 a) { return make_float4(floorf(a.x), floorf(a.y), floorf(a.z), floorf(a.w)); }
FAULTLINE_H float4 fabs(float4 a) { return make_float4(fabsf(a.x), fabsf(a.y), fabsf(a.z), fabsf(a.w)); }
FAULTLINE_H int2 operator+(int2 a, int2 b) { return make_int2(a.x + b.x, a.y + b.y); }
FAULTLINE_H int2 operator+(int2 a, int b) { return make_int2(a.x + b, a.y + b); }
FAULTLINE_H int2 operator+(int a, int2 b) { return make_int2(a + b.x, a + b.y); }
FAULTLINE_H void operator+=(int2 &a, int2 b) { a = a + b; }
FAULTLINE_H void operator+=(int2 &a, int b) { a = a + b; }
FAULTLINE_H int2 operator-(int2 a, int2 b) { return make_int2(a.x - b.x, a.y - b.y); }
FAULTLINE_H int2 operator-(int2 a, int b) { return make_int2(a.x - b, a.y - b); }
FAULTLINE_H int2 operator-(int a, int2 b) { return make_int2(a - b.x, a - b.y); }
FAULTLINE_H void operator-=(int2 &a, int2 b) { a = a - b; }
FAULTLINE_H void operator-=(int2 &a, int b) { a = a - b; }
FAULTLINE_H int2 operator*(int2 a, int2 b) { return make_int2(a.x * b.x, a.y * b.y); }
FAULTLINE_H int2 operator*(int2 a, int b) { return make_int2(a.x * b, a.y * b); }
FAULTLINE_H int2 operator*(int a, int2 b) { return make_int2(a * b.x, a * b.y); }
FAULTLINE_H void operator*=(int2 &a, int2 b) { a = a * b; }
FAULTLINE_H void operator*=(int2 &a, int b) { a = a * b; }
FAULTLINE_H int2 operator/(int2 a, int2 b) { return make_int2(a.x / b.x, a.y / b.y); }
FAULTLINE_H int2 operator/(int2 a, int b) { return make_int2(a.x / b, a.y / b); }
FAULTLINE_H int2 operator/(int a, int2 b) { return make_int2(a / b.x, a / b.y); }
FAULTLINE_H void operator/=(int2 &a, int2 b) { a = a / b; }
FAULTLINE_H void operator/=(int2 &a, int b) { a = a / b; }
FAULTLINE_H int2 make_int2(int a) { return make_int2(a, a); }
FAULTLINE_H int dot(int2 a, int2 b) { return a.x * b.x + a.y * b.y; }
FAULTLINE_H int2 min(int2 a, int2 b) { return make_int2(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y); }
FAULTLINE_H int2 max(int2 a, int2 b) { return make_int2(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y); }
FAULTLINE_H int2 operator-(int2 a) { return make_int2(-a.x, -a.y); }
FAULTLINE_H int3 operator+(int3 a, int3 b) { return make_int3(a.x + b.x, a.y + b.y, a.z + b.z); }
FAULTLINE_H int3 operator+(int3 a, int b) { return make_int3(a.x + b, a.y + b, a.z + b); }
FAULTLINE_H int3 operator+(int a, int3 b) { return make_int3(a + b.x, a + b.y, a + b.z); }
FAULTLINE_H void operator+=(int3 &a, int3 b) { a = a + b; }
FAULTLINE_H void operator+=(int3 &a, int b) { a = a + b; }
FAULTLINE_H int3 operator-(int3 a, int3 b) { return make_int3(a.x - b.x, a.y - b.y, a.z - b.z); }
FAULTLINE_H int3 operator-(int3 a, int b) { return make_int3(a.x - b, a.y - b, a.z - b); }
FAULTLINE_H int3 operator-(int a, int3 b) { return make_int3(a - b.x, a - b.y, a - b.z); }
FAULTLINE_H void operator-=(int3 &a, int3 b) { a = a - b; }
FAULTLINE_H void operator-=(int3 &a, int b) { a = a - b; }
FAULTLINE_H int3 operator*(int3 a, int3 b) { return make_int3(a.x * b.x, a.y * b.y, a.z * b.z); }
FAULTLINE_H int3 operator*(int3 a, int b) { return make_int3(a.x * b, a.y * b, a.z * b); }
FAULTLINE_H int3 operator*(int a, int3 b) { return make_int3(a * b.x, a * b.y, a * b.z); }
FAULTLINE_H void operator*=(int3 &a, int3 b) { a = a * b; }
FAULTLINE_H void operator*=(int3 &a, int b) { a = a * b; }
FAULTLINE_H int3 operator/(int3 a, int3 b) { return make_int3(a.x / b.x, a.y / b.y, a.z / b.z); }
FAULTLINE_H int3 operator/(int3 a, int b) { return make_int3(a.x / b, a.y / b, a.z / b); }
FAULTLINE_H int3 operator/(int a, int3 b) { return make_int3(a / b.x, a / b.y, a / b.z); }
FAULTLINE_H void operator/=(int3 &a, int3 b) { a = a / b; }
FAULTLINE_H void operator/=(int3 &a, int b) { a = a / b; }
FAULTLINE_H int3 make_int3(int a) { return make_int3(a, a, a); }
FAULTLINE_H int dot(int3 a, int3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
FAULTLINE_H int3 min(int3 a, int3 b) { return make_int3(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y, a.z < b.z ? a.z : b.z); }
FAULTLINE_H int3 max(int3 a, int3 b) { return make_int3(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y, a.z > b.z ? a.z : b.z); }
FAULTLINE_H int3 operator-(int3 a) { return make_int3(-a.x, -a.y, -a.z); }
FAULTLINE_H int4 operator+(int4 a, int4 b) { return make_int4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }
FAULTLINE_H int4 operator+(int4 a, int b) { return make_int4(a.x + b, a.y + b, a.z + b, a.w + b); }
FAULTLINE_H int4 operator+(int a, int4 b) { return make_int4(a + b.x, a + b.y, a + b.z, a + b.w); }
FAULTLINE_H void operator+=(int4 &a, int4 b) { a = a + b; }
FAULTLINE_H void operator+=(int4 &a, int b) { a = a + b; }
FAULTLINE_H int4 operator-(int4 a, int4 b) { return make_int4(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w); }
FAULTLINE_H int4 operator-(int4 a, int b) { return make_int4(a.x - b, a.y - b, a.z - b, a.w - b); }
FAULTLINE_H int4 operator-(int a, int4 b) { return make_int4(a - b.x, a - b.y, a - b.z, a - b.w); }
FAULTLINE_H void operator-=(int4 &a, int4 b) { a = a - b; }
FAULTLINE_H void operator-=(int4 &a, int b) { a = a - b; }
FAULTLINE_H int4 operator*(int4 a, int4 b) { return make_int4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w); }
FAULTLINE_H int4 operator*(int4 a, int b) { return make_int4(a.x * b, a.y * b, a.z * b, a.w * b); }
FAULTLINE_H int4 operator*(int a, int4 b) { return make_int4(a * b.x, a * b.y, a * b.z, a * b.w); }
FAULTLINE_H void operator*=(int4 &a, int4 b) { a = a * b; }
FAULTLINE_H void operator*=(int4 &a, int b) { a = a * b; }
FAULTLINE_H int4 operator/(int4 a, int4 b) { return make_int4(a.x / b.x, a.y / b.y, a.z / b.z, a.w / b.w); }
FAULTLINE_H int4 operator/(int4 a, int b) { return make_int4(a.x / b, a.y / b, a.z / b, a.w / b); }
FAULTLINE_H int4 operator/(int a, int4 b) { return make_int4(a / b.x, a / b.y, a / b.z, a / b.w); }
FAULTLINE_H void operator/=(int4 &a, int4 b) { a = a / b; }
FAULTLINE_H void operator/=(int4 &a, int b) { a = a / b; }
FAULTLINE_H int4 make_int4(int a) { return make_int4(a, a, a, a); }
FAULTLINE_H int dot(int4 a, int4 b) { return a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w; }
FAULTLINE_H int4 min(int4 a, int4 b) { return make_int4(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y, a.z < b.z ? a.z : b.z, a.w < b.w ? a.w : b.w); }
FAULTLINE_H int4 max(int4 a, int4 b) { return make_int4(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y, a.z > b.z ? a.z : b.z, a.w > b.w ? a.w : b.w); }
FAULTLINE_H int4 operator-(int4 a) { return make_int4(-a.x, -a.y, -a.z, -a.w); }
FAULTLINE_H uint2 operator+(uint2 a, uint2 b) { return make_uint2(a.x + b.x, a.y + b.y); }
FAULTLINE_H uint2 operator+(uint2 a, unsigned b) { return make_uint2(a.x + b, a.y + b); }
FAULTLINE_H uint2 operator+(unsigned a, uint2 b) { return make_uint2(a + b.x, a + b.y); }
FAULTLINE_H void operator+=(uint2 &a, uint2 b) { a = a + b; }
FAULTLINE_H void operator+=(uint2 &a, unsigned b) { a = a + b; }
FAULTLINE_H uint2 operator-(uint2 a, uint2 b) { return make_uint2(a.x - b.x, a.y - b.y); }
FAULTLINE_H uint2 operator-(uint2 a, unsigned b) { return make_uint2(a.x - b, a.y - b); }
FAULTLINE_H uint2 operator-(unsigned a, uint2 b) { return make_uint2(a - b.x, a - b.y); }
FAULTLINE_H void operator-=(uint2 &a, uint2 b) { a = a - b; }
FAULTLINE_H void operator-=(uint2 &a, unsigned b) { a = a - b; }
FAULTLINE_H uint2 operator*(uint2 a, uint2 b) { return make_uint2(a.x * b.x, a.y * b.y); }
FAULTLINE_H uint2 operator*(uint2 a, unsigned b) { return make_uint2(a.x * b, a.y * b); }
FAULTLINE_H uint2 operator*(unsigned a, uint2 b) { return make_uint2(a * b.x, a * b.y); }
FAULTLINE_H void operator*=(uint2 &a, uint2 b) { a = a * b; }
FAULTLINE_H void operator*=(uint2 &a, unsigned b) { a = a * b; }
FAULTLINE_H uint2 operator/(uint2 a, uint2 b) { return make_uint2(a.x / b.x, a.y / b.y); }
FAULTLINE_H uint2 operator/(uint2 a, unsigned b) { return make_uint2(a.x / b, a.y / b); }
FAULTLINE_H uint2 operator/(unsigned a, uint2 b) { return make_uint2(a / b.x, a / b.y); }
FAULTLINE_H void operator/=(uint2 &a, uint2 b) { a = a / b; }
FAULTLINE_H void operator/=(uint2 &a, unsigned b) { a = a / b; }
FAULTLINE_H uint2 make_uint2(unsigned a) { return make_uint2(a, a); }
FAULTLINE_H unsigned dot(uint2 a, uint2 b) { return a.x * b.x + a.y * b.y; }
FAULTLINE_H uint2 min(uint2 a, uint2 b) { return make_uint2(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y); }
FAULTLINE_H uint2 max(uint2 a, uint2 b) { return make_uint2(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y); }
FAULTLINE_H uint3 operator+(uint3 a, uint3 b) { return make_uint3(a.x + b.x, a.y + b.y, a.z + b.z); }
FAULTLINE_H uint3 operator+(uint3 a, unsigned b) { return make_uint3(a.x + b, a.y + b, a.z + b); }
FAULTLINE_H uint3 operator+(unsigned a, uint3 b) { return make_uint3(a + b.x, a + b.y, a + b.z); }
FAULTLINE_H void operator+=(uint3 &a, uint3 b) { a = a + b; }
FAULTLINE_H void operator+=(uint3 &a, unsigned b) { a = a + b; }
FAULTLINE_H uint3 operator-(uint3 a, uint3 b) { return make_uint3(a.x - b.x, a.y - b.y, a.z - b.z); }
FAULTLINE_H uint3 operator-(uint3 a, unsigned b) { return make_uint3(a.x - b, a.y - b, a.z - b); }
FAULTLINE_H uint3 operator-(unsigned a, uint3 b) { return make_uint3(a - b.x, a - b.y, a - b.z); }
FAULTLINE_H void operator-=(uint3 &a, uint3 b) { a = a - b; }
FAULTLINE_H void operator-=(uint3 &a, unsigned b) { a = a - b; }
FAULTLINE_H uint3 operator*(uint3 a, uint3 b) { return make_uint3(a.x * b.x, a.y * b.y, a.z * b.z); }
FAULTLINE_H uint3 operator*(uint3 a, unsigned b) { return make_uint3(a.x * b, a.y * b, a.z * b); }
FAULTLINE_H uint3 operator*(unsigned a, uint3 b) { return make_uint3(a * b.x, a * b.y, a * b.z); }
FAULTLINE_H void operator*=(uint3 &a, uint3 b) { a = a * b; }
FAULTLINE_H void operator*=(uint3 &a, unsigned b) { a = a * b; }
FAULTLINE_H uint3 operator/(uint3 a, uint3 b) { return make_uint3(a.x / b.x, a.y / b.y, a.z / b.z); }
FAULTLINE_H uint3 operator/(uint3 a, unsigned b) { return make_uint3(a.x / b, a.y / b, a.z / b); }
FAULTLINE_H uint3 operator/(unsigned a, uint3 b) { return make_uint3(a / b.x, a / b.y, a / b.z); }
FAULTLINE_H void operator/=(uint3 &a, uint3 b) { a = a / b; }
FAULTLINE_H void operator/=(uint3 &a, unsigned b) { a = a / b; }
FAULTLINE_H uint3 make_uint3(unsigned a) { return make_uint3(a, a, a); }
FAULTLINE_H unsigned dot(uint3 a, uint3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
FAULTLINE_H uint3 min(uint3 a, uint3 b) { return make_uint3(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y, a.z < b.z ? a.z : b.z); }
FAULTLINE_H uint3 max(uint3 a, uint3 b) { return make_uint3(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y, a.z > b.z ? a.z : b.z); }
FAULTLINE_H uint4 operator+(uint4 a, uint4 b) { return make_uint4(a.x + b.x, a.y + b.y, a.z + b.z, a.w + b.w); }
FAULTLINE_H uint4 operator+(uint4 a, unsigned b) { return make_uint4(a.x + b, a.y + b, a.z + b, a.w + b); }
FAULTLINE_H uint4 operator+(unsigned a, uint4 b) { return make_uint4(a + b.x, a + b.y, a + b.z, a + b.w); }
FAULTLINE_H void operator+=(uint4 &a, uint4 b) { a = a + b; }
FAULTLINE_H void operator+=(uint4 &a, unsigned b) { a = a + b; }
FAULTLINE_H uint4 operator-(uint4 a, uint4 b) { return make_uint4(a.x - b.x, a.y - b.y, a.z - b.z, a.w - b.w); }
FAULTLINE_H uint4 operator-(uint4 a, unsigned b) { return make_uint4(a.x - b, a.y - b, a.z - b, a.w - b); }
FAULTLINE_H uint4 operator-(unsigned a, uint4 b) { return make_uint4(a - b.x, a - b.y, a - b.z, a - b.w); }
FAULTLINE_H void operator-=(uint4 &a, uint4 b) { a = a - b; }
FAULTLINE_H void operator-=(uint4 &a, unsigned b) { a = a - b; }
FAULTLINE_H uint4 operator*(uint4 a, uint4 b) { return make_uint4(a.x * b.x, a.y * b.y, a.z * b.z, a.w * b.w); }
FAULTLINE_H uint4 operator*(uint4 a, unsigned b) { return make_uint4(a.x * b, a.y * b, a.z * b, a.w * b); }
FAULTLINE_H uint4 operator*(unsigned a, uint4 b) { return make_uint4(a * b.x, a * b.y, a * b.z, a * b.w); }
FAULTLINE_H void operator*=(uint4 &a, uint4 b) { a = a * b; }
FAULTLINE_H void operator*=(uint4 &a, unsigned b) { a = a * b; }
FAULTLINE_H uint4 operator/(uint4 a, uint4 b) { return make_uint4(a.x / b.x, a.y / b.y, a.z / b.z, a.w / b.w); }
FAULTLINE_H uint4 operator/(uint4 a, unsigned b) { return make_uint4(a.x / b, a.y / b, a.z / b, a.w / b); }
FAULTLINE_H uint4 operator/(unsigned a, uint4 b) { return make_uint4(a / b.x, a / b.y, a / b.z, a / b.w); }
FAULTLINE_H void operator/=(uint4 &a, uint4 b) { a = a / b; }
FAULTLINE_H void operator/=(uint4 &a, unsigned b) { a = a / b; }
FAULTLINE_H uint4 make_uint4(unsigned a) { return make_uint4(a, a, a, a); }
FAULTLINE_H unsigned dot(uint4 a, uint4 b) { return a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w; }
FAULTLINE_H uint4 min(uint4 a, uint4 b) { return make_uint4(a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y, a.z < b.z ? a.z : b.z, a.w < b.w ? a.w : b.w); }
FAULTLINE_H uint4 max(uint4 a, uint4 b) { return make_uint4(a.x > b.x ? a.x : b.x, a.y > b.y ? a.y : b.y, a.z > b.z ? a.z : b.z, a.w > b.w ? a.w : b.w); }
FAULTLINE_H float3 cross(float3 a, float3 b) { return make_float3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x); }
FAULTLINE_H float3 reflect(float3 i, float3 n) { return i - 2.0f * n * dot(n, i); }
FAULTLINE_H float lerp(float a, float b, float t) { return a + t * (b - a); }
FAULTLINE_H float clamp(float v, float a, float b) { return fmaxf(a, fminf(v, b)); }
FAULTLINE_H int clamp(int v, int a, int b) { return v < a ? a : v > b ? b : v; }
FAULTLINE_H float3 make_float3(float4 a) { return make_float3(a.x, a.y, a.z); }
FAULTLINE_H float3 make_float3(float2 a, float z) { return make_float3(a.x, a.y, z); }
FAULTLINE_H float4 make_float4(float3 a, float w = 0.0f) { return make_float4(a.x, a.y, a.z, w); }
FAULTLINE_H float2 make_float2(float3 a) { return make_float2(a.x, a.y); }
FAULTLINE_H float2 make_float2(int2 a) { return make_float2((float)a.x, (float)a.y); }
FAULTLINE_H float3 make_float3(int3 a) { return make_float3((float)a.x, (float)a.y, (float)a.z); }
FAULTLINE_H int3 make_int3(float3 a) { return make_int3((int)a.x, (int)a.y, (int)a.z); }
FAULTLINE_H int2 make_int2(float2 a) { return make_int2((int)a.x, (int)a.y); }
#undef FAULTLINE_H
#endif
