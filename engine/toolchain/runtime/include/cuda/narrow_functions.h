/*
 * Functions of a floating-point type of 16 bits and of its pairs: included once for each type, which FAULTLINE_T and FAULTLINE_T2 name. All
 * compute in float and round once. Source: CUDA Math API, sections on half precision and bfloat16 precision.
 */
#define FAULTLINE_N static __host__ __device__ __forceinline__
#define FAULTLINE_OF_ONE(name, value)                                                                                                \
    FAULTLINE_N FAULTLINE_T h##name(FAULTLINE_T x) { float a = (float)x; return FAULTLINE_T(value); }                                \
    FAULTLINE_N FAULTLINE_T2 h2##name(FAULTLINE_T2 a) { return FAULTLINE_T2(h##name(a.x), h##name(a.y)); }
FAULTLINE_OF_ONE(exp, ::expf(a))
FAULTLINE_OF_ONE(exp2, ::exp2f(a))
FAULTLINE_OF_ONE(exp10, ::powf(10.0f, a))
FAULTLINE_OF_ONE(log, ::logf(a))
FAULTLINE_OF_ONE(log2, ::log2f(a))
FAULTLINE_OF_ONE(log10, ::log10f(a))
FAULTLINE_OF_ONE(sin, ::sinf(a))
FAULTLINE_OF_ONE(cos, ::cosf(a))
FAULTLINE_OF_ONE(tanh, ::tanhf(a))
FAULTLINE_OF_ONE(sqrt, ::sqrtf(a))
FAULTLINE_OF_ONE(rsqrt, 1.0f / ::sqrtf(a))
FAULTLINE_OF_ONE(rcp, 1.0f / a)
FAULTLINE_OF_ONE(floor, ::floorf(a))
FAULTLINE_OF_ONE(ceil, ::ceilf(a))
FAULTLINE_OF_ONE(rint, ::rintf(a))
FAULTLINE_OF_ONE(trunc, ::truncf(a))
#undef FAULTLINE_OF_ONE

namespace faultline {
/* Between 0 and 1; no number is 0. */
FAULTLINE_N FAULTLINE_T saturated_narrow(FAULTLINE_T a) { return (float)a > 0 ? ((float)a < 1 ? a : FAULTLINE_T(1.0f)) : FAULTLINE_T(0.0f); }
FAULTLINE_N FAULTLINE_T positive_narrow(FAULTLINE_T a) { return (float)a < 0 ? FAULTLINE_T(0.0f) : a; }
} // namespace faultline
#define FAULTLINE_OF_TWO(name, value)                                                                                                \
    FAULTLINE_N FAULTLINE_T __h##name(FAULTLINE_T a, FAULTLINE_T b) { return value; }                                                \
    FAULTLINE_N FAULTLINE_T2 __h##name##2(FAULTLINE_T2 a, FAULTLINE_T2 b) { return FAULTLINE_T2(__h##name(a.x, b.x), __h##name(a.y, b.y)); }
#define FAULTLINE_ARITHMETIC(name, operator)                                                                                         \
    FAULTLINE_OF_TWO(name, a operator b)                                                                                             \
    FAULTLINE_N FAULTLINE_T __h##name##_rn(FAULTLINE_T a, FAULTLINE_T b) { return a operator b; }                                    \
    FAULTLINE_N FAULTLINE_T2 __h##name##2_rn(FAULTLINE_T2 a, FAULTLINE_T2 b) { return __h##name##2(a, b); }                          \
    FAULTLINE_N FAULTLINE_T __h##name##_sat(FAULTLINE_T a, FAULTLINE_T b) { return faultline::saturated_narrow(a operator b); }      \
    FAULTLINE_N FAULTLINE_T2 __h##name##2_sat(FAULTLINE_T2 a, FAULTLINE_T2 b) {                                                      \
        return FAULTLINE_T2(__h##name##_sat(a.x, b.x), __h##name##_sat(a.y, b.y));                                                   \
    }
FAULTLINE_ARITHMETIC(add, +)
FAULTLINE_ARITHMETIC(sub, -)
FAULTLINE_ARITHMETIC(mul, *)
FAULTLINE_OF_TWO(div, a / b)
FAULTLINE_N FAULTLINE_T2 __h2div(FAULTLINE_T2 a, FAULTLINE_T2 b) { return __hdiv2(a, b); }
FAULTLINE_OF_TWO(max, FAULTLINE_T(::fmaxf((float)a, (float)b)))
FAULTLINE_OF_TWO(min, FAULTLINE_T(::fminf((float)a, (float)b)))
FAULTLINE_N FAULTLINE_T __hmax_nan(FAULTLINE_T a, FAULTLINE_T b) { return (float)a != (float)a ? a : (float)b != (float)b ? b : __hmax(a, b); }
FAULTLINE_N FAULTLINE_T __hmin_nan(FAULTLINE_T a, FAULTLINE_T b) { return (float)a != (float)a ? a : (float)b != (float)b ? b : __hmin(a, b); }
#undef FAULTLINE_ARITHMETIC
#undef FAULTLINE_OF_TWO

FAULTLINE_N FAULTLINE_T __habs(FAULTLINE_T a) { return FAULTLINE_T(::fabsf((float)a)); }
FAULTLINE_N FAULTLINE_T2 __habs2(FAULTLINE_T2 a) { return FAULTLINE_T2(__habs(a.x), __habs(a.y)); }
FAULTLINE_N FAULTLINE_T __hneg(FAULTLINE_T a) { return -a; }
FAULTLINE_N FAULTLINE_T2 __hneg2(FAULTLINE_T2 a) { return FAULTLINE_T2(-a.x, -a.y); }
FAULTLINE_N bool __hisnan(FAULTLINE_T a) { return (float)a != (float)a; }
FAULTLINE_N FAULTLINE_T2 __hisnan2(FAULTLINE_T2 a) { return FAULTLINE_T2(FAULTLINE_T((float)__hisnan(a.x)), FAULTLINE_T((float)__hisnan(a.y))); }
FAULTLINE_N int __hisinf(FAULTLINE_T a) { return (float)a == __builtin_inff() ? 1 : (float)a == -__builtin_inff() ? -1 : 0; }
FAULTLINE_N FAULTLINE_T __hfma(FAULTLINE_T a, FAULTLINE_T b, FAULTLINE_T c) { return FAULTLINE_T(::fmaf((float)a, (float)b, (float)c)); }
FAULTLINE_N FAULTLINE_T __hfma_sat(FAULTLINE_T a, FAULTLINE_T b, FAULTLINE_T c) { return faultline::saturated_narrow(__hfma(a, b, c)); }
FAULTLINE_N FAULTLINE_T __hfma_relu(FAULTLINE_T a, FAULTLINE_T b, FAULTLINE_T c) { return faultline::positive_narrow(__hfma(a, b, c)); }
#define FAULTLINE_FMA2(name)                                                                                                         \
    FAULTLINE_N FAULTLINE_T2 __hfma2##name(FAULTLINE_T2 a, FAULTLINE_T2 b, FAULTLINE_T2 c) {                                         \
        return FAULTLINE_T2(__hfma##name(a.x, b.x, c.x), __hfma##name(a.y, b.y, c.y));                                               \
    }
FAULTLINE_FMA2()
FAULTLINE_FMA2(_sat)
FAULTLINE_FMA2(_relu)
#undef FAULTLINE_FMA2

/* Of numbers, with a u also true where there is none; of pairs 1 or 0 each, with a b whether both are. */
#define FAULTLINE_COMPARISON(name, value)                                                                                            \
    FAULTLINE_N bool __h##name(FAULTLINE_T x, FAULTLINE_T y) { float a = (float)x, b = (float)y; return value; }                     \
    FAULTLINE_N FAULTLINE_T2 __h##name##2(FAULTLINE_T2 a, FAULTLINE_T2 b) {                                                          \
        return FAULTLINE_T2(FAULTLINE_T((float)__h##name(a.x, b.x)), FAULTLINE_T((float)__h##name(a.y, b.y)));                       \
    }                                                                                                                                \
    FAULTLINE_N bool __hb##name##2(FAULTLINE_T2 a, FAULTLINE_T2 b) { return __h##name(a.x, b.x) && __h##name(a.y, b.y); }
FAULTLINE_COMPARISON(eq, a == b)
FAULTLINE_COMPARISON(ne, a < b || a > b)
FAULTLINE_COMPARISON(lt, a < b)
FAULTLINE_COMPARISON(gt, a > b)
FAULTLINE_COMPARISON(le, a <= b)
FAULTLINE_COMPARISON(ge, a >= b)
FAULTLINE_COMPARISON(equ, !(a < b || a > b))
FAULTLINE_COMPARISON(neu, a != b)
FAULTLINE_COMPARISON(ltu, !(a >= b))
FAULTLINE_COMPARISON(gtu, !(a <= b))
FAULTLINE_COMPARISON(leu, !(a > b))
FAULTLINE_COMPARISON(geu, !(a < b))
#undef FAULTLINE_COMPARISON

#undef FAULTLINE_N
