/*
 * Mathematics of device code: C++'s overloads for float and for integers, which libc++ gives to the host only (its <cmath>,
 * which comes later, takes those of the global namespace into std), and CUDA's own functions. Source: CUDA Math API documentation.
 */
#ifndef FAULTLINE_CUDA_MATH_H
#define FAULTLINE_CUDA_MATH_H

namespace faultline {
template <bool, class T> struct only_if {};
template <class T> struct only_if<true, T> { typedef T type; };
/* double for an integer. */
template <class T> using as_double = typename only_if<__is_integral(T), double>::type;
/* What an argument pair of different types is computed in. */
template <class A, class B> struct same { static const bool value = false; };
template <class A> struct same<A, A> { static const bool value = true; };
template <class A, class B>
using wider = typename only_if<__is_arithmetic(A) && __is_arithmetic(B) && !same<A, B>::value, double>::type;
template <class A, class B> using both_integers = typename only_if<__is_integral(A) && __is_integral(B) && same<A, B>::value, double>::type;
} // namespace faultline

#define FAULTLINE_D static __device__ __forceinline__
#define FAULTLINE_ONE(name)                                                                                                          \
    FAULTLINE_D float name(float a) { return ::name##f(a); }                                                                         \
    template <class T> FAULTLINE_D faultline::as_double<T> name(T a) { return ::name((double)a); }
#define FAULTLINE_TWO(name)                                                                                                          \
    FAULTLINE_D float name(float a, float b) { return ::name##f(a, b); }                                                             \
    template <class A, class B> FAULTLINE_D faultline::wider<A, B> name(A a, B b) { return ::name((double)a, (double)b); }           \
    template <class A, class B> FAULTLINE_D faultline::both_integers<A, B> name(A a, B b) { return ::name((double)a, (double)b); }
#define FAULTLINE_OVERLOADS                                                                                                          \
    FAULTLINE_ONE(sqrt)\
    FAULTLINE_ONE(sin)\
    FAULTLINE_ONE(cos)\
    FAULTLINE_ONE(tan)\
    FAULTLINE_ONE(asin)\
    FAULTLINE_ONE(acos)\
    FAULTLINE_ONE(atan)\
    FAULTLINE_ONE(sinh)\
    FAULTLINE_ONE(cosh)\
    FAULTLINE_ONE(tanh)\
    FAULTLINE_ONE(asinh)\
    FAULTLINE_ONE(acosh)\
    FAULTLINE_ONE(atanh)\
    FAULTLINE_ONE(exp)\
    FAULTLINE_ONE(exp2)\
    FAULTLINE_ONE(expm1)\
    FAULTLINE_ONE(log)\
    FAULTLINE_ONE(log2)\
    FAULTLINE_ONE(log10)\
    FAULTLINE_ONE(log1p)\
    FAULTLINE_ONE(floor)\
    FAULTLINE_ONE(ceil)\
    FAULTLINE_ONE(round)\
    FAULTLINE_ONE(trunc)\
    FAULTLINE_ONE(rint)\
    FAULTLINE_ONE(nearbyint)\
    FAULTLINE_ONE(cbrt)\
    FAULTLINE_ONE(erf)\
    FAULTLINE_ONE(erfc)\
    FAULTLINE_ONE(tgamma)\
    FAULTLINE_ONE(lgamma)\
    FAULTLINE_ONE(fabs)\
    FAULTLINE_ONE(logb)\
    FAULTLINE_TWO(pow)\
    FAULTLINE_TWO(fmod)\
    FAULTLINE_TWO(atan2)\
    FAULTLINE_TWO(fmin)\
    FAULTLINE_TWO(fmax)\
    FAULTLINE_TWO(hypot)\
    FAULTLINE_TWO(copysign)\
    FAULTLINE_TWO(fdim)\
    FAULTLINE_TWO(remainder)\
    FAULTLINE_TWO(nextafter)\
    FAULTLINE_D float fma(float a, float b, float c) { return ::fmaf(a, b, c); }                                                       \
    FAULTLINE_D float ldexp(float a, int n) { return ::ldexpf(a, n); }                                                               \
    FAULTLINE_D float scalbn(float a, int n) { return ::scalbnf(a, n); }                                                             \
    FAULTLINE_D float frexp(float a, int *n) { return ::frexpf(a, n); }                                                              \
    FAULTLINE_D float modf(float a, float *whole) { return ::modff(a, whole); }                                                      \
    FAULTLINE_D int ilogb(float a) { return ::ilogbf(a); }                                                                           \
    FAULTLINE_D long lround(float a) { return ::lroundf(a); }                                                                        \
    FAULTLINE_D long long llround(float a) { return ::llroundf(a); }                                                                 \
    FAULTLINE_D long lrint(float a) { return ::lrintf(a); }                                                                          \
    FAULTLINE_D long long llrint(float a) { return ::llrintf(a); }                                                                   \
    FAULTLINE_D float abs(float a) { return ::fabsf(a); }                                                                            \
    FAULTLINE_D double abs(double a) { return ::fabs(a); }                                                                           \
    FAULTLINE_D long long abs(long long a) { return a < 0 ? -a : a; }                                                                \
    FAULTLINE_D long abs(long a) { return a < 0 ? -a : a; }                                                                          \
    FAULTLINE_D bool isnan(float a) { return __builtin_isnan(a); }                                                                   \
    FAULTLINE_D bool isnan(double a) { return __builtin_isnan(a); }                                                                  \
    FAULTLINE_D bool isinf(float a) { return __builtin_isinf(a); }                                                                   \
    FAULTLINE_D bool isinf(double a) { return __builtin_isinf(a); }                                                                  \
    FAULTLINE_D bool isfinite(float a) { return __builtin_isfinite(a); }                                                             \
    FAULTLINE_D bool isfinite(double a) { return __builtin_isfinite(a); }                                                            \
    FAULTLINE_D bool isnormal(float a) { return __builtin_isnormal(a); }                                                             \
    FAULTLINE_D bool isnormal(double a) { return __builtin_isnormal(a); }                                                            \
    FAULTLINE_D bool signbit(float a) { return __builtin_signbit(a); }                                                               \
    FAULTLINE_D bool signbit(double a) { return __builtin_signbit(a); }
FAULTLINE_OVERLOADS
#undef FAULTLINE_OVERLOADS
#undef FAULTLINE_ONE
#undef FAULTLINE_TWO

#define FAULTLINE_HDI static __host__ __device__ __forceinline__
/* min and max of CUDA, for what two types are promoted to. */
#define FAULTLINE_EXTREMA(A, B, T)                                                                                                   \
    FAULTLINE_HDI T min(A a, B b) { return (T)a < (T)b ? (T)a : (T)b; }                                                              \
    FAULTLINE_HDI T max(A a, B b) { return (T)a > (T)b ? (T)a : (T)b; }
FAULTLINE_EXTREMA(int, int, int)
FAULTLINE_EXTREMA(unsigned, unsigned, unsigned)
FAULTLINE_EXTREMA(int, unsigned, unsigned)
FAULTLINE_EXTREMA(unsigned, int, unsigned)
FAULTLINE_EXTREMA(long, long, long)
FAULTLINE_EXTREMA(unsigned long, unsigned long, unsigned long)
FAULTLINE_EXTREMA(long, unsigned long, unsigned long)
FAULTLINE_EXTREMA(unsigned long, long, unsigned long)
FAULTLINE_EXTREMA(int, unsigned long, unsigned long)
FAULTLINE_EXTREMA(unsigned long, int, unsigned long)
FAULTLINE_EXTREMA(unsigned, unsigned long, unsigned long)
FAULTLINE_EXTREMA(unsigned long, unsigned, unsigned long)
FAULTLINE_EXTREMA(long, int, long)
FAULTLINE_EXTREMA(int, long, long)
FAULTLINE_EXTREMA(long long, long long, long long)
FAULTLINE_EXTREMA(unsigned long long, unsigned long long, unsigned long long)
FAULTLINE_EXTREMA(long long, unsigned long long, unsigned long long)
FAULTLINE_EXTREMA(unsigned long long, long long, unsigned long long)
FAULTLINE_EXTREMA(int, long long, long long)
FAULTLINE_EXTREMA(long long, int, long long)
#undef FAULTLINE_EXTREMA
#define FAULTLINE_EXTREMA(A, B, T, suffix)                                                                                           \
    FAULTLINE_HDI T min(A a, B b) { return ::fmin##suffix(a, b); }                                                                   \
    FAULTLINE_HDI T max(A a, B b) { return ::fmax##suffix(a, b); }
FAULTLINE_EXTREMA(float, float, float, f)
FAULTLINE_EXTREMA(double, double, double, )
FAULTLINE_EXTREMA(float, double, double, )
FAULTLINE_EXTREMA(double, float, double, )
FAULTLINE_EXTREMA(int, float, float, f)
FAULTLINE_EXTREMA(float, int, float, f)
FAULTLINE_EXTREMA(int, double, double, )
FAULTLINE_EXTREMA(double, int, double, )
#undef FAULTLINE_EXTREMA
FAULTLINE_HDI unsigned umin(unsigned a, unsigned b) { return a < b ? a : b; }
FAULTLINE_HDI unsigned umax(unsigned a, unsigned b) { return a > b ? a : b; }
FAULTLINE_HDI long long llmin(long long a, long long b) { return a < b ? a : b; }
FAULTLINE_HDI long long llmax(long long a, long long b) { return a > b ? a : b; }
FAULTLINE_HDI unsigned long long ullmin(unsigned long long a, unsigned long long b) { return a < b ? a : b; }
FAULTLINE_HDI unsigned long long ullmax(unsigned long long a, unsigned long long b) { return a > b ? a : b; }

#define FAULTLINE_PI 3.14159265358979323846
FAULTLINE_HDI float rsqrtf(float a) { return 1.0f / ::sqrtf(a); }
FAULTLINE_HDI double rsqrt(double a) { return 1.0 / ::sqrt(a); }
FAULTLINE_D float rsqrt(float a) { return 1.0f / ::sqrtf(a); }
FAULTLINE_HDI float rcbrtf(float a) { return 1.0f / ::cbrtf(a); }
FAULTLINE_HDI double rcbrt(double a) { return 1.0 / ::cbrt(a); }
FAULTLINE_HDI float sinpif(float a) { return (float)::sin(FAULTLINE_PI * ::remainder((double)a, 2.0)); }
FAULTLINE_HDI float cospif(float a) { return (float)::cos(FAULTLINE_PI * ::remainder((double)a, 2.0)); }
FAULTLINE_HDI double sinpi(double a) { return ::sin(FAULTLINE_PI * ::remainder(a, 2.0)); }
FAULTLINE_HDI double cospi(double a) { return ::cos(FAULTLINE_PI * ::remainder(a, 2.0)); }
FAULTLINE_HDI void sincospif(float a, float *s, float *c) { *s = sinpif(a), *c = cospif(a); }
FAULTLINE_HDI void sincospi(double a, double *s, double *c) { *s = sinpi(a), *c = cospi(a); }
#ifndef _GNU_SOURCE
FAULTLINE_D void sincosf(float a, float *s, float *c) { *s = ::sinf(a), *c = ::cosf(a); }
FAULTLINE_D void sincos(double a, double *s, double *c) { *s = ::sin(a), *c = ::cos(a); }
#endif
FAULTLINE_D void sincos(float a, float *s, float *c) { *s = ::sinf(a), *c = ::cosf(a); }
#ifndef _GNU_SOURCE
FAULTLINE_HDI float exp10f(float a) { return ::powf(10.0f, a); }
FAULTLINE_HDI double exp10(double a) { return ::pow(10.0, a); }
#endif
FAULTLINE_HDI float fdividef(float a, float b) { return a / b; }
FAULTLINE_HDI float norm3df(float a, float b, float c) { return ::sqrtf(a * a + b * b + c * c); }
FAULTLINE_HDI double norm3d(double a, double b, double c) { return ::sqrt(a * a + b * b + c * c); }
FAULTLINE_HDI float norm4df(float a, float b, float c, float d) { return ::sqrtf(a * a + b * b + c * c + d * d); }
FAULTLINE_HDI float rnorm3df(float a, float b, float c) { return 1.0f / norm3df(a, b, c); }
FAULTLINE_HDI double rnorm3d(double a, double b, double c) { return 1.0 / norm3d(a, b, c); }
FAULTLINE_HDI float rhypotf(float a, float b) { return 1.0f / ::hypotf(a, b); }
FAULTLINE_HDI double rhypot(double a, double b) { return 1.0 / ::hypot(a, b); }
FAULTLINE_HDI double normcdf(double a) { return 0.5 * ::erfc(-a * 0.70710678118654752440); }
FAULTLINE_HDI float normcdff(float a) { return (float)normcdf(a); }
FAULTLINE_HDI double erfcx(double a) { return ::exp(a * a) * ::erfc(a); }
FAULTLINE_HDI float erfcxf(float a) { return (float)erfcx(a); }
/* Newton's method on erf, from Winitzki's closed form. */
FAULTLINE_HDI double erfinv(double a) {
    if (!(a > -1 && a < 1)) return a == 1 ? __builtin_inf() : a == -1 ? -__builtin_inf() : __builtin_nan("");
    double l = ::log1p(-a * a), t = 2 / (FAULTLINE_PI * 0.147) + l / 2, x = ::sqrt(::sqrt(t * t - l / 0.147) - t);
    if (a < 0) x = -x;
    for (int n = 0; n < 3; n++) x -= (::erf(x) - a) / (1.12837916709551257390 * ::exp(-x * x));
    return x;
}
FAULTLINE_HDI float erfinvf(float a) { return (float)erfinv(a); }
FAULTLINE_HDI double erfcinv(double a) { return erfinv(1 - a); }
FAULTLINE_HDI float erfcinvf(float a) { return (float)erfcinv(a); }
FAULTLINE_HDI double normcdfinv(double a) { return 1.41421356237309504880 * erfinv(2 * a - 1); }
FAULTLINE_HDI float normcdfinvf(float a) { return (float)normcdfinv(a); }
#endif
