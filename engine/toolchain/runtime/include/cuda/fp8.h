/*
 * Floats of eight bits: how each of the four kinds is read and written. Rounding is to nearest, to even in the middle, once and from a double, which holds a float, a half and
 * a bfloat16 exactly. Source: OCP 8-bit Floating Point Specification; CUDA Math API, FP8 intrinsics; HIP documentation, low precision types.
 */
#ifndef FAULTLINE_CUDA_FP8_KINDS_H
#define FAULTLINE_CUDA_FP8_KINDS_H
#include "cuda_runtime.h"

namespace faultline {
/* With FNUZ there are no infinities and no negative zero, and what that would be is the one that is no number. */
enum fp8_kind { E4M3, E5M2, E4M3_FNUZ, E5M2_FNUZ };
static inline __host__ __device__ double fp8_value(unsigned char bits, int kind) {
    bool four = kind == E4M3 || kind == E4M3_FNUZ, fnuz = kind >= E4M3_FNUZ;
    int fraction = four ? 3 : 2, bias = (four ? 7 : 15) + fnuz, exponent = (bits & 0x7f) >> fraction, mantissa = bits & ((1 << fraction) - 1);
    if (fnuz ? bits == 0x80 : (bits & 0x7f) > (four ? 0x7e : 0x7c)) return __builtin_nan("");
    double sign = bits & 0x80 ? -1.0 : 1.0;
    if (kind == E5M2 && (bits & 0x7f) == 0x7c) return sign * __builtin_inf();
    if (exponent) mantissa |= 1 << fraction;
    else exponent = 1;
    /* 2 to the power of the last place, put together from its bits. */
    return sign * mantissa * __builtin_bit_cast(double, (unsigned long long)(1023 + exponent - bias - fraction) << 52);
}
/* With `saturated` what is too large becomes the largest; an infinity does, too, but not with FNUZ, where the hardware makes it no number. */
static inline __host__ __device__ unsigned char fp8_bits(double value, bool saturated, int kind) {
    bool four = kind == E4M3 || kind == E4M3_FNUZ, fnuz = kind >= E4M3_FNUZ;
    int fraction = four ? 3 : 2, bias = (four ? 7 : 15) + fnuz;
    unsigned long long all = __builtin_bit_cast(unsigned long long, value), magnitude = all & 0x7fffffffffffffffull;
    unsigned sign = (unsigned)(all >> 63) << 7, largest = fnuz ? 0x7f : four ? 0x7e : 0x7b;
    if (magnitude > 0x7ff0000000000000ull) return (unsigned char)(fnuz ? 0x80 : sign | 0x7f);
    bool infinite = magnitude == 0x7ff0000000000000ull;
    unsigned bits = 0xffff;
    if (!infinite) {
        int exponent = (int)(magnitude >> 52) - 1023 + bias, drop = 52 - fraction + (exponent < 1 ? 1 - exponent : 0);
        unsigned long long mantissa = (magnitude & 0xfffffffffffffull) | 1ull << 52;
        if (drop > 54 || exponent <= -1023 + bias) bits = 0;
        else {
            unsigned long long rest = mantissa & ((1ull << drop) - 1), half = 1ull << (drop - 1), kept = mantissa >> drop;
            if (rest > half || (rest == half && (kept & 1))) kept++;
            /* The bit in front of the fraction is a one of the exponent, and so is what rounding carried. */
            bits = (unsigned)(exponent > 0 ? ((unsigned long long)(exponent - 1) << fraction) + kept : kept);
        }
    }
    if (bits > largest) {
        if (fnuz) return (unsigned char)(saturated && !infinite ? sign | largest : 0x80);
        bits = saturated ? largest : four ? 0x7f : 0x7c;
    }
    return (unsigned char)(fnuz && bits == 0 ? 0 : sign | bits);
}
/* Of no number, a float keeps no sign on the way. */
static inline __host__ __device__ unsigned char fp8_bits_of_float(float value, bool saturated, int kind) { return value != value ? (unsigned char)(kind >= E4M3_FNUZ ? 0x80 : 0x7f) : fp8_bits((double)value, saturated, kind); }
} // namespace faultline
#endif
