/* Functions of device code that stand for one instruction or a few. Source: CUDA Math API documentation, sections on intrinsics. */
#ifndef FAULTLINE_CUDA_INTRINSICS_H
#define FAULTLINE_CUDA_INTRINSICS_H

#define FAULTLINE_D static __device__ __forceinline__

/* Loads and stores with a hint for a cache that nobody models. */
#define FAULTLINE_LOAD(name) template <class T> FAULTLINE_D T name(const T *address) { return *address; }
#define FAULTLINE_STORE(name) template <class T> FAULTLINE_D void name(T *address, T value) { *address = value; }
FAULTLINE_LOAD(__ldg)
FAULTLINE_LOAD(__ldca)
FAULTLINE_LOAD(__ldcg)
FAULTLINE_LOAD(__ldcs)
FAULTLINE_LOAD(__ldlu)
FAULTLINE_LOAD(__ldcv)
FAULTLINE_STORE(__stwb)
FAULTLINE_STORE(__stcg)
FAULTLINE_STORE(__stcs)
FAULTLINE_STORE(__stwt)
FAULTLINE_LOAD(__builtin_nontemporal_load_)
#undef FAULTLINE_LOAD
#undef FAULTLINE_STORE

/* Time of the device in cycles: it passes with each look at it. */
extern "C" __device__ __attribute__((import_module("faultline"), import_name("device_clock"))) double __faultline_device_cycles(void);
extern "C" __device__ __attribute__((import_module("faultline"), import_name("device_nanosleep"))) void __nanosleep(unsigned ns);
FAULTLINE_D long long clock64(void) { return (long long)__faultline_device_cycles(); }
FAULTLINE_D long long wall_clock64(void) { return (long long)__faultline_device_cycles(); }

/* Approximations: here they are exact. */
FAULTLINE_D float __sinf(float a) { return ::sinf(a); }
FAULTLINE_D float __cosf(float a) { return ::cosf(a); }
FAULTLINE_D float __tanf(float a) { return ::tanf(a); }
FAULTLINE_D void __sincosf(float a, float *s, float *c) { *s = ::sinf(a), *c = ::cosf(a); }
FAULTLINE_D float __expf(float a) { return ::expf(a); }
FAULTLINE_D float __exp10f(float a) { return ::powf(10.0f, a); }
FAULTLINE_D float __logf(float a) { return ::logf(a); }
FAULTLINE_D float __log2f(float a) { return ::log2f(a); }
FAULTLINE_D float __log10f(float a) { return ::log10f(a); }
FAULTLINE_D float __powf(float a, float b) { return ::powf(a, b); }
FAULTLINE_D float __fdividef(float a, float b) { return a / b; }
FAULTLINE_D float __saturatef(float a) { return a > 0 ? (a < 1 ? a : 1) : 0; }
FAULTLINE_D float __frcp_rn(float a) { return 1.0f / a; }
FAULTLINE_D double __drcp_rn(double a) { return 1.0 / a; }
FAULTLINE_D float __fsqrt_rn(float a) { return ::sqrtf(a); }
FAULTLINE_D float __frsqrt_rn(float a) { return (float)(1.0 / ::sqrt((double)a)); }
FAULTLINE_D double __dsqrt_rn(double a) { return ::sqrt(a); }
FAULTLINE_D float __fmaf_rn(float a, float b, float c) { return ::fmaf(a, b, c); }
FAULTLINE_D double __fma_rn(double a, double b, double c) { return ::fma(a, b, c); }
/* Never contracted. */
FAULTLINE_D float __fadd_rn(float a, float b) { volatile float r = a + b; return r; }
FAULTLINE_D double __dadd_rn(double a, double b) { volatile double r = a + b; return r; }
FAULTLINE_D float __fsub_rn(float a, float b) { volatile float r = a - b; return r; }
FAULTLINE_D double __dsub_rn(double a, double b) { volatile double r = a - b; return r; }
FAULTLINE_D float __fmul_rn(float a, float b) { volatile float r = a * b; return r; }
FAULTLINE_D double __dmul_rn(double a, double b) { volatile double r = a * b; return r; }
FAULTLINE_D float __fdiv_rn(float a, float b) { volatile float r = a / b; return r; }
FAULTLINE_D double __ddiv_rn(double a, double b) { volatile double r = a / b; return r; }

#include "saturated.h"
FAULTLINE_D int __float2int_rn(float a) { return faultline::saturated<int>(::rintf(a)); }
FAULTLINE_D int __float2int_rz(float a) { return faultline::saturated<int>(a); }
FAULTLINE_D int __float2int_rd(float a) { return faultline::saturated<int>(::floorf(a)); }
FAULTLINE_D int __float2int_ru(float a) { return faultline::saturated<int>(::ceilf(a)); }
FAULTLINE_D unsigned __float2uint_rn(float a) { return faultline::saturated<unsigned>(::rintf(a)); }
FAULTLINE_D unsigned __float2uint_rz(float a) { return faultline::saturated<unsigned>(a); }
FAULTLINE_D unsigned __float2uint_rd(float a) { return faultline::saturated<unsigned>(::floorf(a)); }
FAULTLINE_D unsigned __float2uint_ru(float a) { return faultline::saturated<unsigned>(::ceilf(a)); }
FAULTLINE_D long long __float2ll_rn(float a) { return faultline::saturated<long long>(::rintf(a)); }
FAULTLINE_D long long __float2ll_rz(float a) { return faultline::saturated<long long>(a); }
FAULTLINE_D long long __float2ll_rd(float a) { return faultline::saturated<long long>(::floorf(a)); }
FAULTLINE_D long long __float2ll_ru(float a) { return faultline::saturated<long long>(::ceilf(a)); }
FAULTLINE_D unsigned long long __float2ull_rn(float a) { return faultline::saturated<unsigned long long>(::rintf(a)); }
FAULTLINE_D unsigned long long __float2ull_rz(float a) { return faultline::saturated<unsigned long long>(a); }
FAULTLINE_D unsigned long long __float2ull_rd(float a) { return faultline::saturated<unsigned long long>(::floorf(a)); }
FAULTLINE_D unsigned long long __float2ull_ru(float a) { return faultline::saturated<unsigned long long>(::ceilf(a)); }
FAULTLINE_D int __double2int_rn(double a) { return faultline::saturated<int>(::rint(a)); }
FAULTLINE_D int __double2int_rz(double a) { return faultline::saturated<int>(a); }
FAULTLINE_D int __double2int_rd(double a) { return faultline::saturated<int>(::floor(a)); }
FAULTLINE_D int __double2int_ru(double a) { return faultline::saturated<int>(::ceil(a)); }
FAULTLINE_D unsigned __double2uint_rn(double a) { return faultline::saturated<unsigned>(::rint(a)); }
FAULTLINE_D unsigned __double2uint_rz(double a) { return faultline::saturated<unsigned>(a); }
FAULTLINE_D unsigned __double2uint_rd(double a) { return faultline::saturated<unsigned>(::floor(a)); }
FAULTLINE_D unsigned __double2uint_ru(double a) { return faultline::saturated<unsigned>(::ceil(a)); }
FAULTLINE_D long long __double2ll_rn(double a) { return faultline::saturated<long long>(::rint(a)); }
FAULTLINE_D long long __double2ll_rz(double a) { return faultline::saturated<long long>(a); }
FAULTLINE_D long long __double2ll_rd(double a) { return faultline::saturated<long long>(::floor(a)); }
FAULTLINE_D long long __double2ll_ru(double a) { return faultline::saturated<long long>(::ceil(a)); }
FAULTLINE_D unsigned long long __double2ull_rn(double a) { return faultline::saturated<unsigned long long>(::rint(a)); }
FAULTLINE_D unsigned long long __double2ull_rz(double a) { return faultline::saturated<unsigned long long>(a); }
FAULTLINE_D unsigned long long __double2ull_rd(double a) { return faultline::saturated<unsigned long long>(::floor(a)); }
FAULTLINE_D unsigned long long __double2ull_ru(double a) { return faultline::saturated<unsigned long long>(::ceil(a)); }
FAULTLINE_D float __int2float_rn(int a) { return (float)a; }
FAULTLINE_D float __uint2float_rn(unsigned a) { return (float)a; }
FAULTLINE_D float __ll2float_rn(long long a) { return (float)a; }
FAULTLINE_D float __ull2float_rn(unsigned long long a) { return (float)a; }
FAULTLINE_D double __int2double_rn(int a) { return (double)a; }
FAULTLINE_D double __uint2double_rn(unsigned a) { return (double)a; }
FAULTLINE_D double __ll2double_rn(long long a) { return (double)a; }
FAULTLINE_D double __ull2double_rn(unsigned long long a) { return (double)a; }
FAULTLINE_D float __double2float_rn(double a) { return (float)a; }

FAULTLINE_D int __float_as_int(float a) { return __builtin_bit_cast(int, a); }
FAULTLINE_D unsigned __float_as_uint(float a) { return __builtin_bit_cast(unsigned, a); }
FAULTLINE_D float __int_as_float(int a) { return __builtin_bit_cast(float, a); }
FAULTLINE_D float __uint_as_float(unsigned a) { return __builtin_bit_cast(float, a); }
FAULTLINE_D long long __double_as_longlong(double a) { return __builtin_bit_cast(long long, a); }
FAULTLINE_D double __longlong_as_double(long long a) { return __builtin_bit_cast(double, a); }
FAULTLINE_D int __double2hiint(double a) { return (int)(__builtin_bit_cast(unsigned long long, a) >> 32); }
FAULTLINE_D int __double2loint(double a) { return (int)__builtin_bit_cast(unsigned long long, a); }
FAULTLINE_D double __hiloint2double(int high, int low) {
    return __builtin_bit_cast(double, (unsigned long long)(unsigned)high << 32 | (unsigned)low);
}

FAULTLINE_D int __popc(unsigned a) { return __builtin_popcount(a); }
FAULTLINE_D int __popcll(unsigned long long a) { return __builtin_popcountll(a); }
FAULTLINE_D int __clz(int a) { return a == 0 ? 32 : __builtin_clz((unsigned)a); }
FAULTLINE_D int __clzll(long long a) { return a == 0 ? 64 : __builtin_clzll((unsigned long long)a); }
FAULTLINE_D int __ffs(int a) { return __builtin_ffs(a); }
FAULTLINE_D int __ffsll(long long a) { return __builtin_ffsll(a); }
FAULTLINE_D unsigned __brev(unsigned a) { return __builtin_bitreverse32(a); }
FAULTLINE_D unsigned long long __brevll(unsigned long long a) { return __builtin_bitreverse64(a); }
FAULTLINE_D unsigned __byte_perm(unsigned x, unsigned y, unsigned selector) {
    unsigned long long bytes = (unsigned long long)y << 32 | x;
    unsigned result = 0;
    for (int n = 0; n < 4; n++) {
        unsigned s = selector >> 4 * n, byte = (unsigned)(bytes >> 8 * (s & 7)) & 0xff;
        result |= (s & 8 ? (byte & 0x80 ? 0xffu : 0u) : byte) << 8 * n;
    }
    return result;
}
FAULTLINE_D unsigned __bitextract_u32(unsigned a, unsigned offset, unsigned width) { return (a >> (offset & 31)) & ((width & 31) ? (1u << (width & 31)) - 1 : 0xffffffffu); }
FAULTLINE_D unsigned long long __bitextract_u64(unsigned long long a, unsigned offset, unsigned width) { return (a >> (offset & 63)) & ((width & 63) ? (1ull << (width & 63)) - 1 : ~0ull); }
FAULTLINE_D int __mul24(int a, int b) { return (a << 8 >> 8) * (b << 8 >> 8); }
FAULTLINE_D unsigned __umul24(unsigned a, unsigned b) { return (a & 0xffffff) * (b & 0xffffff); }
FAULTLINE_D int __mulhi(int a, int b) { return (int)((long long)a * b >> 32); }
FAULTLINE_D unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
FAULTLINE_D long long __mul64hi(long long a, long long b) { return (long long)((__int128)a * b >> 64); }
FAULTLINE_D unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }
FAULTLINE_D unsigned __sad(int a, int b, unsigned c) { return (a > b ? (unsigned)a - (unsigned)b : (unsigned)b - (unsigned)a) + c; }
FAULTLINE_D unsigned __usad(unsigned a, unsigned b, unsigned c) { return (a > b ? a - b : b - a) + c; }
FAULTLINE_D int __hadd(int a, int b) { return (int)(((long long)a + b) >> 1); }
FAULTLINE_D int __rhadd(int a, int b) { return (int)(((long long)a + b + 1) >> 1); }
FAULTLINE_D unsigned __uhadd(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a + b) >> 1); }
FAULTLINE_D unsigned __funnelshift_l(unsigned low, unsigned high, unsigned n) { return (unsigned)((((unsigned long long)high << 32 | low) << (n & 31)) >> 32); }
FAULTLINE_D unsigned __funnelshift_r(unsigned low, unsigned high, unsigned n) { return (unsigned)(((unsigned long long)high << 32 | low) >> (n & 31)); }
FAULTLINE_D unsigned __funnelshift_lc(unsigned low, unsigned high, unsigned n) { return n >= 32 ? low : __funnelshift_l(low, high, n); }
FAULTLINE_D unsigned __funnelshift_rc(unsigned low, unsigned high, unsigned n) { return n >= 32 ? high : __funnelshift_r(low, high, n); }
FAULTLINE_D int __dp4a(int a, int b, int c) {
    for (int n = 0; n < 32; n += 8) c += (int)(signed char)(a >> n) * (signed char)(b >> n);
    return c;
}
FAULTLINE_D unsigned __dp4a(unsigned a, unsigned b, unsigned c) {
    for (int n = 0; n < 32; n += 8) c += (a >> n & 0xff) * (b >> n & 0xff);
    return c;
}
FAULTLINE_D unsigned __lane_id(void) { return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % FAULTLINE_WARP_LANES; }
FAULTLINE_D void __trap(void) { __builtin_trap(); }
FAULTLINE_D void __brkpt(void) {}
FAULTLINE_D void __prof_trigger(int) {}
FAULTLINE_D bool __isGlobal(const void *) { return true; }
FAULTLINE_D size_t __cvta_generic_to_shared(const void *address) { return (size_t)address; }

#include "rounding.h"
#include "simd.h"

#endif
