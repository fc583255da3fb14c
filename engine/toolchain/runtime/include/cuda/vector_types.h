/* CUDA's vector types, with the alignment that the CUDA C++ Programming Guide gives, and their make_ functions. */
#ifndef FAULTLINE_CUDA_VECTOR_TYPES_H
#define FAULTLINE_CUDA_VECTOR_TYPES_H
#define __VECTOR_TYPES_H__

/* glibc's names, which <sys/types.h> brings to every program of nvcc's. */
typedef unsigned int uint;
typedef unsigned short ushort;
typedef unsigned long ulong;

typedef struct char1 { signed char x; } char1;
typedef struct __attribute__((aligned(2))) char2 { signed char x; signed char y; } char2;
typedef struct char3 { signed char x; signed char y; signed char z; } char3;
typedef struct __attribute__((aligned(4))) char4 { signed char x; signed char y; signed char z; signed char w; } char4;
typedef struct uchar1 { unsigned char x; } uchar1;
typedef struct __attribute__((aligned(2))) uchar2 { unsigned char x; unsigned char y; } uchar2;
typedef struct uchar3 { unsigned char x; unsigned char y; unsigned char z; } uchar3;
typedef struct __attribute__((aligned(4))) uchar4 { unsigned char x; unsigned char y; unsigned char z; unsigned char w; } uchar4;
typedef struct short1 { short x; } short1;
typedef struct __attribute__((aligned(4))) short2 { short x; short y; } short2;
typedef struct short3 { short x; short y; short z; } short3;
typedef struct __attribute__((aligned(8))) short4 { short x; short y; short z; short w; } short4;
typedef struct ushort1 { unsigned short x; } ushort1;
typedef struct __attribute__((aligned(4))) ushort2 { unsigned short x; unsigned short y; } ushort2;
typedef struct ushort3 { unsigned short x; unsigned short y; unsigned short z; } ushort3;
typedef struct __attribute__((aligned(8))) ushort4 { unsigned short x; unsigned short y; unsigned short z; unsigned short w; } ushort4;
typedef struct int1 { int x; } int1;
typedef struct __attribute__((aligned(8))) int2 { int x; int y; } int2;
typedef struct int3 { int x; int y; int z; } int3;
typedef struct __attribute__((aligned(16))) int4 { int x; int y; int z; int w; } int4;
typedef struct uint1 { unsigned int x; } uint1;
typedef struct __attribute__((aligned(8))) uint2 { unsigned int x; unsigned int y; } uint2;
typedef struct uint3 { unsigned int x; unsigned int y; unsigned int z; } uint3;
typedef struct __attribute__((aligned(16))) uint4 { unsigned int x; unsigned int y; unsigned int z; unsigned int w; } uint4;
typedef struct long1 { long x; } long1;
typedef struct __attribute__((aligned(8))) long2 { long x; long y; } long2;
typedef struct long3 { long x; long y; long z; } long3;
typedef struct __attribute__((aligned(16))) long4 { long x; long y; long z; long w; } long4;
typedef struct ulong1 { unsigned long x; } ulong1;
typedef struct __attribute__((aligned(8))) ulong2 { unsigned long x; unsigned long y; } ulong2;
typedef struct ulong3 { unsigned long x; unsigned long y; unsigned long z; } ulong3;
typedef struct __attribute__((aligned(16))) ulong4 { unsigned long x; unsigned long y; unsigned long z; unsigned long w; } ulong4;
typedef struct longlong1 { long long x; } longlong1;
typedef struct __attribute__((aligned(16))) longlong2 { long long x; long long y; } longlong2;
typedef struct longlong3 { long long x; long long y; long long z; } longlong3;
typedef struct __attribute__((aligned(16))) longlong4 { long long x; long long y; long long z; long long w; } longlong4;
typedef struct ulonglong1 { unsigned long long x; } ulonglong1;
typedef struct __attribute__((aligned(16))) ulonglong2 { unsigned long long x; unsigned long long y; } ulonglong2;
typedef struct ulonglong3 { unsigned long long x; unsigned long long y; unsigned long long z; } ulonglong3;
typedef struct __attribute__((aligned(16))) ulonglong4 { unsigned long long x; unsigned long long y; unsigned long long z; unsigned long long w; } ulonglong4;
typedef struct float1 { float x; } float1;
typedef struct __attribute__((aligned(8))) float2 { float x; float y; } float2;
typedef struct float3 { float x; float y; float z; } float3;
typedef struct __attribute__((aligned(16))) float4 { float x; float y; float z; float w; } float4;
typedef struct double1 { double x; } double1;
typedef struct __attribute__((aligned(16))) double2 { double x; double y; } double2;
typedef struct double3 { double x; double y; double z; } double3;
typedef struct __attribute__((aligned(16))) double4 { double x; double y; double z; double w; } double4;

FAULTLINE_HD static inline char1 make_char1(signed char x) { char1 value = {x}; return value; }
FAULTLINE_HD static inline char2 make_char2(signed char x, signed char y) { char2 value = {x, y}; return value; }
FAULTLINE_HD static inline char3 make_char3(signed char x, signed char y, signed char z) { char3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline char4 make_char4(signed char x, signed char y, signed char z, signed char w) { char4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline uchar1 make_uchar1(unsigned char x) { uchar1 value = {x}; return value; }
FAULTLINE_HD static inline uchar2 make_uchar2(unsigned char x, unsigned char y) { uchar2 value = {x, y}; return value; }
FAULTLINE_HD static inline uchar3 make_uchar3(unsigned char x, unsigned char y, unsigned char z) { uchar3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline uchar4 make_uchar4(unsigned char x, unsigned char y, unsigned char z, unsigned char w) { uchar4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline short1 make_short1(short x) { short1 value = {x}; return value; }
FAULTLINE_HD static inline short2 make_short2(short x, short y) { short2 value = {x, y}; return value; }
FAULTLINE_HD static inline short3 make_short3(short x, short y, short z) { short3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline short4 make_short4(short x, short y, short z, short w) { short4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline ushort1 make_ushort1(unsigned short x) { ushort1 value = {x}; return value; }
FAULTLINE_HD static inline ushort2 make_ushort2(unsigned short x, unsigned short y) { ushort2 value = {x, y}; return value; }
FAULTLINE_HD static inline ushort3 make_ushort3(unsigned short x, unsigned short y, unsigned short z) { ushort3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline ushort4 make_ushort4(unsigned short x, unsigned short y, unsigned short z, unsigned short w) { ushort4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline int1 make_int1(int x) { int1 value = {x}; return value; }
FAULTLINE_HD static inline int2 make_int2(int x, int y) { int2 value = {x, y}; return value; }
FAULTLINE_HD static inline int3 make_int3(int x, int y, int z) { int3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline int4 make_int4(int x, int y, int z, int w) { int4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline uint1 make_uint1(unsigned int x) { uint1 value = {x}; return value; }
FAULTLINE_HD static inline uint2 make_uint2(unsigned int x, unsigned int y) { uint2 value = {x, y}; return value; }
FAULTLINE_HD static inline uint3 make_uint3(unsigned int x, unsigned int y, unsigned int z) { uint3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline uint4 make_uint4(unsigned int x, unsigned int y, unsigned int z, unsigned int w) { uint4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline long1 make_long1(long x) { long1 value = {x}; return value; }
FAULTLINE_HD static inline long2 make_long2(long x, long y) { long2 value = {x, y}; return value; }
FAULTLINE_HD static inline long3 make_long3(long x, long y, long z) { long3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline long4 make_long4(long x, long y, long z, long w) { long4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline ulong1 make_ulong1(unsigned long x) { ulong1 value = {x}; return value; }
FAULTLINE_HD static inline ulong2 make_ulong2(unsigned long x, unsigned long y) { ulong2 value = {x, y}; return value; }
FAULTLINE_HD static inline ulong3 make_ulong3(unsigned long x, unsigned long y, unsigned long z) { ulong3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline ulong4 make_ulong4(unsigned long x, unsigned long y, unsigned long z, unsigned long w) { ulong4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline longlong1 make_longlong1(long long x) { longlong1 value = {x}; return value; }
FAULTLINE_HD static inline longlong2 make_longlong2(long long x, long long y) { longlong2 value = {x, y}; return value; }
FAULTLINE_HD static inline longlong3 make_longlong3(long long x, long long y, long long z) { longlong3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline longlong4 make_longlong4(long long x, long long y, long long z, long long w) { longlong4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline ulonglong1 make_ulonglong1(unsigned long long x) { ulonglong1 value = {x}; return value; }
FAULTLINE_HD static inline ulonglong2 make_ulonglong2(unsigned long long x, unsigned long long y) { ulonglong2 value = {x, y}; return value; }
FAULTLINE_HD static inline ulonglong3 make_ulonglong3(unsigned long long x, unsigned long long y, unsigned long long z) { ulonglong3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline ulonglong4 make_ulonglong4(unsigned long long x, unsigned long long y, unsigned long long z, unsigned long long w) { ulonglong4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline float1 make_float1(float x) { float1 value = {x}; return value; }
FAULTLINE_HD static inline float2 make_float2(float x, float y) { float2 value = {x, y}; return value; }
FAULTLINE_HD static inline float3 make_float3(float x, float y, float z) { float3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline float4 make_float4(float x, float y, float z, float w) { float4 value = {x, y, z, w}; return value; }
FAULTLINE_HD static inline double1 make_double1(double x) { double1 value = {x}; return value; }
FAULTLINE_HD static inline double2 make_double2(double x, double y) { double2 value = {x, y}; return value; }
FAULTLINE_HD static inline double3 make_double3(double x, double y, double z) { double3 value = {x, y, z}; return value; }
FAULTLINE_HD static inline double4 make_double4(double x, double y, double z, double w) { double4 value = {x, y, z, w}; return value; }

#ifdef __cplusplus
struct dim3 {
    unsigned x, y, z;
    FAULTLINE_HD constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
    FAULTLINE_HD constexpr dim3(uint3 v) : x(v.x), y(v.y), z(v.z) {}
    FAULTLINE_HD constexpr operator uint3() const { return uint3{x, y, z}; }
};
#else
typedef struct dim3 {
    unsigned x, y, z;
} dim3;
#endif

#endif
