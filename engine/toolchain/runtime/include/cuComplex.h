/* Complex numbers of CUDA. Source: cuComplex.h as NVIDIA documents it in the CUDA samples. */
#ifndef FAULTLINE_CUCOMPLEX_H
#define FAULTLINE_CUCOMPLEX_H
#include "cuda_runtime.h"
#define FAULTLINE_H static inline __host__ __device__
typedef float2 cuFloatComplex;
FAULTLINE_H float cuCrealf(cuFloatComplex a) { return a.x; }
FAULTLINE_H float cuCimagf(cuFloatComplex a) { return a.y; }
FAULTLINE_H cuFloatComplex make_cuFloatComplex(float x, float y) { cuFloatComplex a = {x, y}; return a; }
FAULTLINE_H cuFloatComplex cuConjf(cuFloatComplex a) { return make_cuFloatComplex(a.x, -a.y); }
FAULTLINE_H cuFloatComplex cuCaddf(cuFloatComplex a, cuFloatComplex b) { return make_cuFloatComplex(a.x + b.x, a.y + b.y); }
FAULTLINE_H cuFloatComplex cuCsubf(cuFloatComplex a, cuFloatComplex b) { return make_cuFloatComplex(a.x - b.x, a.y - b.y); }
FAULTLINE_H cuFloatComplex cuCmulf(cuFloatComplex a, cuFloatComplex b) { return make_cuFloatComplex(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }
FAULTLINE_H cuFloatComplex cuCdivf(cuFloatComplex a, cuFloatComplex b) {
    float d = b.x * b.x + b.y * b.y;
    return make_cuFloatComplex((a.x * b.x + a.y * b.y) / d, (a.y * b.x - a.x * b.y) / d);
}
FAULTLINE_H cuFloatComplex cuCfmaf(cuFloatComplex a, cuFloatComplex b, cuFloatComplex c) { return cuCaddf(cuCmulf(a, b), c); }
FAULTLINE_H float cuCabsf(cuFloatComplex a) { return sqrtf(a.x * a.x + a.y * a.y); }
typedef double2 cuDoubleComplex;
FAULTLINE_H double cuCreal(cuDoubleComplex a) { return a.x; }
FAULTLINE_H double cuCimag(cuDoubleComplex a) { return a.y; }
FAULTLINE_H cuDoubleComplex make_cuDoubleComplex(double x, double y) { cuDoubleComplex a = {x, y}; return a; }
FAULTLINE_H cuDoubleComplex cuConj(cuDoubleComplex a) { return make_cuDoubleComplex(a.x, -a.y); }
FAULTLINE_H cuDoubleComplex cuCadd(cuDoubleComplex a, cuDoubleComplex b) { return make_cuDoubleComplex(a.x + b.x, a.y + b.y); }
FAULTLINE_H cuDoubleComplex cuCsub(cuDoubleComplex a, cuDoubleComplex b) { return make_cuDoubleComplex(a.x - b.x, a.y - b.y); }
FAULTLINE_H cuDoubleComplex cuCmul(cuDoubleComplex a, cuDoubleComplex b) { return make_cuDoubleComplex(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x); }
FAULTLINE_H cuDoubleComplex cuCdiv(cuDoubleComplex a, cuDoubleComplex b) {
    double d = b.x * b.x + b.y * b.y;
    return make_cuDoubleComplex((a.x * b.x + a.y * b.y) / d, (a.y * b.x - a.x * b.y) / d);
}
FAULTLINE_H cuDoubleComplex cuCfma(cuDoubleComplex a, cuDoubleComplex b, cuDoubleComplex c) { return cuCadd(cuCmul(a, b), c); }
FAULTLINE_H double cuCabs(cuDoubleComplex a) { return sqrt(a.x * a.x + a.y * a.y); }
typedef cuFloatComplex cuComplex;
FAULTLINE_H cuFloatComplex cuComplexDoubleToFloat(cuDoubleComplex a) { return make_cuFloatComplex((float)a.x, (float)a.y); }
FAULTLINE_H cuDoubleComplex cuComplexFloatToDouble(cuFloatComplex a) { return make_cuDoubleComplex(a.x, a.y); }
FAULTLINE_H cuComplex make_cuComplex(float x, float y) { return make_cuFloatComplex(x, y); }
#undef FAULTLINE_H
#endif
