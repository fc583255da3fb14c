/*
 * SIMD within a word: two halfwords or four bytes at a time.
 * Source: CUDA Math API, section on SIMD intrinsics.
 */
#ifndef FAULTLINE_CUDA_SIMD_H
#define FAULTLINE_CUDA_SIMD_H

namespace faultline {
/* Applies a function to each T of a word; values are of a type that has room for what comes of two. */
template <class T, class F> __device__ __forceinline__ unsigned each_lane(unsigned a, unsigned b, F function) {
    unsigned result = 0;
    constexpr int bits = sizeof(T) * 8;
    for (int at = 0; at < 32; at += bits) result |= ((unsigned)function((int)(T)(a >> at), (int)(T)(b >> at)) & ((1u << bits) - 1)) << at;
    return result;
}
template <class T> __device__ __forceinline__ int saturated_lane(int value) {
    constexpr int bits = sizeof(T) * 8, most = (T)-1 < (T)0 ? (1 << (bits - 1)) - 1 : (1 << bits) - 1, least = (T)-1 < (T)0 ? -most - 1 : 0;
    return value > most ? most : value < least ? least : value;
}
} // namespace faultline

#define FAULTLINE_LANES(name, type, value)                                                                                           \
    static __device__ __forceinline__ unsigned name(unsigned x, unsigned y) {                                                        \
        return faultline::each_lane<type>(x, y, [](int a, int b) { return (void)b, (value); });                                      \
    }
#define FAULTLINE_LANES_OF_ONE(name, type, value)                                                                                    \
    static __device__ __forceinline__ unsigned name(unsigned x) {                                                                    \
        return faultline::each_lane<type>(x, x, [](int a, int) { return (value); });                                                 \
    }
#define FAULTLINE_LANE_SUM(name, type)                                                                                               \
    static __device__ __forceinline__ unsigned name(unsigned x, unsigned y) {                                                        \
        unsigned sum = 0;                                                                                                            \
        faultline::each_lane<type>(x, y, [&](int a, int b) { return sum += a > b ? a - b : b - a, 0; });                             \
        return sum;                                                                                                                  \
    }
/* All bits of a lane, or its lowest. */
#define FAULTLINE_COMPARISON(which, n, type, operator)                                                                               \
    FAULTLINE_LANES(__vcmp##which##n, type, a operator b ? -1 : 0)                                                                   \
    FAULTLINE_LANES(__vset##which##n, type, a operator b ? 1 : 0)
#define FAULTLINE_SIMD(n, s, u)                                                                                                      \
    FAULTLINE_LANES(__vadd##n, u, a + b)                                                                                             \
    FAULTLINE_LANES(__vaddss##n, s, faultline::saturated_lane<s>(a + b))                                                             \
    FAULTLINE_LANES(__vaddus##n, u, faultline::saturated_lane<u>(a + b))                                                             \
    FAULTLINE_LANES(__vsub##n, u, a - b)                                                                                             \
    FAULTLINE_LANES(__vsubss##n, s, faultline::saturated_lane<s>(a - b))                                                             \
    FAULTLINE_LANES(__vsubus##n, u, faultline::saturated_lane<u>(a - b))                                                             \
    FAULTLINE_LANES(__vavgs##n, s, (a + b + (a + b >= 0)) >> 1)                                                                      \
    FAULTLINE_LANES(__vavgu##n, u, (a + b + 1) >> 1)                                                                                 \
    FAULTLINE_LANES(__vhaddu##n, u, (a + b) >> 1)                                                                                    \
    FAULTLINE_LANES(__vmaxs##n, s, a > b ? a : b)                                                                                    \
    FAULTLINE_LANES(__vmaxu##n, u, a > b ? a : b)                                                                                    \
    FAULTLINE_LANES(__vmins##n, s, a < b ? a : b)                                                                                    \
    FAULTLINE_LANES(__vminu##n, u, a < b ? a : b)                                                                                    \
    FAULTLINE_LANES(__vabsdiffs##n, s, a > b ? a - b : b - a)                                                                        \
    FAULTLINE_LANES(__vabsdiffu##n, u, a > b ? a - b : b - a)                                                                        \
    FAULTLINE_LANES_OF_ONE(__vabs##n, s, a < 0 ? -a : a)                                                                             \
    FAULTLINE_LANES_OF_ONE(__vabsss##n, s, faultline::saturated_lane<s>(a < 0 ? -a : a))                                             \
    FAULTLINE_LANES_OF_ONE(__vneg##n, s, -a)                                                                                         \
    FAULTLINE_LANES_OF_ONE(__vnegss##n, s, faultline::saturated_lane<s>(-a))                                                         \
    FAULTLINE_LANE_SUM(__vsads##n, s)                                                                                                \
    FAULTLINE_LANE_SUM(__vsadu##n, u)                                                                                                \
    FAULTLINE_COMPARISON(eq, n, u, ==)                                                                                               \
    FAULTLINE_COMPARISON(ne, n, u, !=)                                                                                               \
    FAULTLINE_COMPARISON(ges, n, s, >=)                                                                                              \
    FAULTLINE_COMPARISON(geu, n, u, >=)                                                                                              \
    FAULTLINE_COMPARISON(gts, n, s, >)                                                                                               \
    FAULTLINE_COMPARISON(gtu, n, u, >)                                                                                               \
    FAULTLINE_COMPARISON(les, n, s, <=)                                                                                              \
    FAULTLINE_COMPARISON(leu, n, u, <=)                                                                                              \
    FAULTLINE_COMPARISON(lts, n, s, <)                                                                                               \
    FAULTLINE_COMPARISON(ltu, n, u, <)
FAULTLINE_SIMD(2, short, unsigned short)
FAULTLINE_SIMD(4, signed char, unsigned char)
#undef FAULTLINE_SIMD
#undef FAULTLINE_COMPARISON
#undef FAULTLINE_LANE_SUM
#undef FAULTLINE_LANES_OF_ONE
#undef FAULTLINE_LANES

/* Of Hopper and later (DPX): of sums and of three, in a word or two halfwords; _relu: not below zero. */
#define FAULTLINE_THREE(name, type, value)                                                                                           \
    static __device__ __forceinline__ unsigned name##16x2(unsigned x, unsigned y, unsigned z) {                                      \
        unsigned result = 0;                                                                                                         \
        for (int at = 0; at < 32; at += 16) {                                                                                        \
            const type##16 a = (type##16)(x >> at), b = (type##16)(y >> at), c = (type##16)(z >> at), sum = (type##16)(a + b);       \
            (void)sum, (void)b, (void)a;                                                                                             \
            result |= (unsigned)(unsigned short)(value) << at;                                                                       \
        }                                                                                                                            \
        return result;                                                                                                               \
    }                                                                                                                                \
    static __device__ __forceinline__ type##32 name##32(type##32 a, type##32 b, type##32 c) {                                        \
        const type##32 sum = (type##32)((unsigned)a + (unsigned)b);                                                                  \
        return (void)sum, (value);                                                                                                   \
    }
namespace faultline {
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned u32;
template <class T> __device__ __forceinline__ T most(T a, T b) { return a > b ? a : b; }
template <class T> __device__ __forceinline__ T least(T a, T b) { return a < b ? a : b; }
namespace dpx {
FAULTLINE_THREE(addmax_s, s, most(sum, c))
FAULTLINE_THREE(addmax_u, u, most(sum, c))
FAULTLINE_THREE(addmin_s, s, least(sum, c))
FAULTLINE_THREE(addmin_u, u, least(sum, c))
FAULTLINE_THREE(max3_s, s, most(most(a, b), c))
FAULTLINE_THREE(max3_u, u, most(most(a, b), c))
FAULTLINE_THREE(min3_s, s, least(least(a, b), c))
FAULTLINE_THREE(min3_u, u, least(least(a, b), c))
__device__ __forceinline__ unsigned relu(unsigned x) { return each_lane<short>(x, x, [](int a, int) { return a < 0 ? 0 : a; }); }
} // namespace dpx
} // namespace faultline
#undef FAULTLINE_THREE
#define FAULTLINE_DPX(name)                                                                                                          \
    static __device__ __forceinline__ unsigned __vi##name##_s16x2(unsigned a, unsigned b, unsigned c) { return faultline::dpx::name##_s16x2(a, b, c); } \
    static __device__ __forceinline__ unsigned __vi##name##_u16x2(unsigned a, unsigned b, unsigned c) { return faultline::dpx::name##_u16x2(a, b, c); } \
    static __device__ __forceinline__ int __vi##name##_s32(int a, int b, int c) { return faultline::dpx::name##_s32(a, b, c); }      \
    static __device__ __forceinline__ unsigned __vi##name##_u32(unsigned a, unsigned b, unsigned c) { return faultline::dpx::name##_u32(a, b, c); } \
    static __device__ __forceinline__ unsigned __vi##name##_s16x2_relu(unsigned a, unsigned b, unsigned c) {                         \
        return faultline::dpx::relu(faultline::dpx::name##_s16x2(a, b, c));                                                          \
    }                                                                                                                                \
    static __device__ __forceinline__ int __vi##name##_s32_relu(int a, int b, int c) {                                               \
        return faultline::most(faultline::dpx::name##_s32(a, b, c), 0);                                                              \
    }
FAULTLINE_DPX(addmax)
FAULTLINE_DPX(addmin)
FAULTLINE_DPX(max3)
FAULTLINE_DPX(min3)
#undef FAULTLINE_DPX
#define FAULTLINE_DPX_OF_TWO(name, of_two, comparison)                                                                               \
    static __device__ __forceinline__ unsigned __vi##name##_s16x2_relu(unsigned a, unsigned b) {                                     \
        return faultline::dpx::relu(__v##name##s2(a, b));                                                                            \
    }                                                                                                                                \
    static __device__ __forceinline__ int __vi##name##_s32_relu(int a, int b) { return faultline::most(faultline::of_two(a, b), 0); } \
    static __device__ __forceinline__ int __vib##name##_s32(int a, int b, bool *first) { return (*first = a comparison b) ? a : b; } \
    static __device__ __forceinline__ unsigned __vib##name##_u32(unsigned a, unsigned b, bool *first) {                              \
        return (*first = a comparison b) ? a : b;                                                                                    \
    }                                                                                                                                \
    static __device__ __forceinline__ unsigned __vib##name##_s16x2(unsigned a, unsigned b, bool *high, bool *low) {                  \
        *high = (short)(a >> 16) comparison (short)(b >> 16), *low = (short)a comparison (short)b;                                   \
        return __v##name##s2(a, b);                                                                                                  \
    }                                                                                                                                \
    static __device__ __forceinline__ unsigned __vib##name##_u16x2(unsigned a, unsigned b, bool *high, bool *low) {                  \
        *high = a >> 16 comparison b >> 16, *low = (unsigned short)a comparison (unsigned short)b;                                   \
        return __v##name##u2(a, b);                                                                                                  \
    }
FAULTLINE_DPX_OF_TWO(max, most, >=)
FAULTLINE_DPX_OF_TWO(min, least, <=)
#undef FAULTLINE_DPX_OF_TWO

#endif
