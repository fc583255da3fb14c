/* Complex numbers by HIP's names. Source: HIP documentation, complex number functions. */
#ifndef FAULTLINE_HIP_COMPLEX_H
#define FAULTLINE_HIP_COMPLEX_H
#include "hip_runtime.h"
#include "../cuComplex.h"
#define FAULTLINE_H static inline __host__ __device__
typedef cuFloatComplex hipFloatComplex;
typedef cuDoubleComplex hipDoubleComplex;
typedef cuComplex hipComplex;
#define FAULTLINE_COMPLEX(type, real, f)                                                                                             \
    FAULTLINE_H real hipCreal##f(type a) { return a.x; }                                                                             \
    FAULTLINE_H real hipCimag##f(type a) { return a.y; }                                                                             \
    FAULTLINE_H real hipCabs##f(type a) { return cuCabs##f(a); }                                                                     \
    FAULTLINE_H real hipCsqabs##f(type a) { return a.x * a.x + a.y * a.y; }                                                          \
    FAULTLINE_H type hipConj##f(type a) { return cuConj##f(a); }                                                                     \
    FAULTLINE_H type hipCadd##f(type a, type b) { return cuCadd##f(a, b); }                                                          \
    FAULTLINE_H type hipCsub##f(type a, type b) { return cuCsub##f(a, b); }                                                          \
    FAULTLINE_H type hipCmul##f(type a, type b) { return cuCmul##f(a, b); }                                                          \
    FAULTLINE_H type hipCdiv##f(type a, type b) { return cuCdiv##f(a, b); }                                                          \
    FAULTLINE_H type hipCfma##f(type a, type b, type c) { return cuCfma##f(a, b, c); }                                               \
    FAULTLINE_H type make_##type(real x, real y) { type a = {x, y}; return a; }
FAULTLINE_COMPLEX(hipFloatComplex, float, f)
FAULTLINE_COMPLEX(hipDoubleComplex, double, )
#undef FAULTLINE_COMPLEX
FAULTLINE_H hipComplex make_hipComplex(float x, float y) { return make_hipFloatComplex(x, y); }
FAULTLINE_H hipFloatComplex hipComplexDoubleToFloat(hipDoubleComplex a) { return cuComplexDoubleToFloat(a); }
FAULTLINE_H hipDoubleComplex hipComplexFloatToDouble(hipFloatComplex a) { return cuComplexFloatToDouble(a); }
#undef FAULTLINE_H
#endif
