/*
 * Arithmetic and conversions that round downwards (_rd), upwards (_ru) or towards zero (_rz). WebAssembly rounds to nearest, so the result in
 * 113 bits says in which direction the nearest number lies.
 * Source: CUDA Math API, sections on single and double precision intrinsics and on type casting intrinsics.
 */
#ifndef FAULTLINE_CUDA_ROUNDING_H
#define FAULTLINE_CUDA_ROUNDING_H

namespace faultline {
enum direction { round_rd, round_ru, round_rz };
static __device__ __forceinline__ float below(float a) { return ::nextafterf(a, -__builtin_inff()); }
static __device__ __forceinline__ float above(float a) { return ::nextafterf(a, __builtin_inff()); }
static __device__ __forceinline__ double below(double a) { return ::nextafter(a, -__builtin_inf()); }
static __device__ __forceinline__ double above(double a) { return ::nextafter(a, __builtin_inf()); }

template <class T, direction D> __device__ __forceinline__ T rounded(long double exact) {
    const T nearest = (T)exact;
    const bool down = D == round_rd || (D == round_rz && exact > 0), up = D == round_ru || (D == round_rz && exact < 0);
    if (down && (long double)nearest > exact) return below(nearest);
    if (up && (long double)nearest < exact) return above(nearest);
    return nearest;
}
/* One or two steps of Newton's method from the nearest double. */
static __device__ __forceinline__ long double long_root(double a) {
    if (!(a > 0) || a == __builtin_inf()) return ::sqrt(a);
    const long double root = ::sqrt(a);
    return root + ((long double)a - root * root) / (2 * root);
}
} // namespace faultline

#define FAULTLINE_D static __device__ __forceinline__
#define FAULTLINE_ROUNDED(T, d) faultline::rounded<T, faultline::round_##d>
#define FAULTLINE_ARITHMETIC(T, p, d)                                                                                                \
    FAULTLINE_D T __##p##add_##d(T a, T b) { return FAULTLINE_ROUNDED(T, d)((long double)a + b); }                                   \
    FAULTLINE_D T __##p##sub_##d(T a, T b) { return FAULTLINE_ROUNDED(T, d)((long double)a - b); }                                   \
    FAULTLINE_D T __##p##mul_##d(T a, T b) { return FAULTLINE_ROUNDED(T, d)((long double)a * b); }                                   \
    FAULTLINE_D T __##p##div_##d(T a, T b) { return FAULTLINE_ROUNDED(T, d)((long double)a / b); }                                   \
    FAULTLINE_D T __##p##rcp_##d(T a) { return FAULTLINE_ROUNDED(T, d)(1 / (long double)a); }                                        \
    FAULTLINE_D T __##p##sqrt_##d(T a) { return FAULTLINE_ROUNDED(T, d)(faultline::long_root(a)); }
#define FAULTLINE_DIRECTION(way)                                                                                                     \
    FAULTLINE_ARITHMETIC(float, f, way)                                                                                              \
    FAULTLINE_ARITHMETIC(double, d, way)                                                                                             \
    FAULTLINE_D float __fmaf_##way(float a, float b, float c) { return FAULTLINE_ROUNDED(float, way)((long double)a * b + c); }      \
    FAULTLINE_D double __fma_##way(double a, double b, double c) { return FAULTLINE_ROUNDED(double, way)((long double)a * b + c); }  \
    FAULTLINE_D float __double2float_##way(double a) { return FAULTLINE_ROUNDED(float, way)(a); }                                    \
    FAULTLINE_D float __int2float_##way(int a) { return FAULTLINE_ROUNDED(float, way)(a); }                                          \
    FAULTLINE_D float __uint2float_##way(unsigned a) { return FAULTLINE_ROUNDED(float, way)(a); }                                    \
    FAULTLINE_D float __ll2float_##way(long long a) { return FAULTLINE_ROUNDED(float, way)(a); }                                     \
    FAULTLINE_D float __ull2float_##way(unsigned long long a) { return FAULTLINE_ROUNDED(float, way)(a); }                           \
    FAULTLINE_D double __ll2double_##way(long long a) { return FAULTLINE_ROUNDED(double, way)(a); }                                  \
    FAULTLINE_D double __ull2double_##way(unsigned long long a) { return FAULTLINE_ROUNDED(double, way)(a); }
FAULTLINE_DIRECTION(rd)
FAULTLINE_DIRECTION(ru)
FAULTLINE_DIRECTION(rz)
#undef FAULTLINE_DIRECTION
#undef FAULTLINE_ARITHMETIC
#undef FAULTLINE_ROUNDED
#undef FAULTLINE_D

#endif
