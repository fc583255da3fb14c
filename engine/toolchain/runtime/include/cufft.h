/*
 * cuFFT over fft/transform.h: transforms of one to three dimensions, in batches, of any length. Inverses are not divided by the length. A workspace holds two copies of the
 * numbers, more for lengths with a prime greater than 61. Executions are templates, so that a program compiles the kernels of those that it calls. Source: cuFFT documentation.
 */
#ifndef FAULTLINE_CUFFT_H
#define FAULTLINE_CUFFT_H
/* By which helpers know it. */
#define _CUFFT_H_
#include "cuComplex.h"
#include "fft/transform.h"
#include "library_types.h"

#define CUFFT_FORWARD -1
#define CUFFT_INVERSE 1
typedef enum {
    CUFFT_SUCCESS = 0, CUFFT_INVALID_PLAN = 1, CUFFT_ALLOC_FAILED = 2, CUFFT_INVALID_TYPE = 3, CUFFT_INVALID_VALUE = 4, CUFFT_INTERNAL_ERROR = 5, CUFFT_EXEC_FAILED = 6, CUFFT_SETUP_FAILED = 7, CUFFT_INVALID_SIZE = 8, CUFFT_UNALIGNED_DATA = 9,
    CUFFT_INCOMPLETE_PARAMETER_LIST = 10, CUFFT_INVALID_DEVICE = 11, CUFFT_PARSE_ERROR = 12, CUFFT_NO_WORKSPACE = 13, CUFFT_NOT_IMPLEMENTED = 14, CUFFT_LICENSE_ERROR = 15, CUFFT_NOT_SUPPORTED = 16, CUFFT_MISSING_DEPENDENCY = 17, CUFFT_NVRTC_FAILURE = 18, CUFFT_NVJITLINK_FAILURE = 19, CUFFT_NVSHMEM_FAILURE = 20
} cufftResult;
typedef enum { CUFFT_R2C = 0x2a, CUFFT_C2R = 0x2c, CUFFT_C2C = 0x29, CUFFT_D2Z = 0x6a, CUFFT_Z2D = 0x6c, CUFFT_Z2Z = 0x69 } cufftType;
typedef enum { CUFFT_COMPATIBILITY_FFTW_PADDING = 1 } cufftCompatibility;
typedef cufftResult cufftResult_t;
typedef cufftType cufftType_t;
typedef int cufftHandle;
typedef float cufftReal;
typedef double cufftDoubleReal;
typedef cuComplex cufftComplex;
typedef cuDoubleComplex cufftDoubleComplex;

/* Plans by their handles, which count from 1. */
struct faultline_plans {
    faultline::fft::plan **all;
    int count;
};
inline faultline_plans &faultline_fft_plans() {
    static faultline_plans plans;
    return plans;
}
inline faultline::fft::plan *faultline_fft_plan(cufftHandle handle) {
    faultline_plans &plans = faultline_fft_plans();
    return handle > 0 && handle <= plans.count ? plans.all[handle - 1] : nullptr;
}
inline cufftResult cufftCreate(cufftHandle *handle) {
    if (!handle) return CUFFT_INVALID_VALUE;
    faultline_plans &plans = faultline_fft_plans();
    plans.all = (faultline::fft::plan **)::realloc(plans.all, (size_t)(plans.count + 1) * sizeof *plans.all);
    plans.all[plans.count] = new faultline::fft::plan{};
    *handle = ++plans.count;
    return CUFFT_SUCCESS;
}
inline cufftResult cufftDestroy(cufftHandle handle) {
    faultline::fft::plan *p = faultline_fft_plan(handle);
    if (!p) return CUFFT_INVALID_PLAN;
    cudaStreamSynchronize(p->stream);
    faultline::fft::release(p);
    delete p;
    faultline_fft_plans().all[handle - 1] = nullptr;
    return CUFFT_SUCCESS;
}
/* Fills in a plan, up to its tables. Sizes are products of 32 bits here. */
inline cufftResult faultline_fft_shape(faultline::fft::plan *p, int rank, const long long *n, const long long *in, long long in_stride, long long in_distance, const long long *out, long long out_stride, long long out_distance, cufftType type, long long batch) {
    if (type != CUFFT_C2C && type != CUFFT_R2C && type != CUFFT_C2R && type != CUFFT_Z2Z && type != CUFFT_D2Z && type != CUFFT_Z2D) return CUFFT_INVALID_TYPE;
    if (rank < 1 || rank > 3 || !n) return CUFFT_INVALID_VALUE;
    if (batch < 1) return CUFFT_INVALID_SIZE;
    p->type = type, p->rank = rank, p->batch = (unsigned)batch, p->advanced = in && out;
    unsigned long long all = (unsigned long long)batch;
    for (int d = 0; d < 3; d++) {
        int own = d - (3 - rank);
        if (own >= 0 && (n[own] < 1 || n[own] > 0x8000000)) return CUFFT_INVALID_SIZE;
        unsigned length = own < 0 ? 1 : (unsigned)n[own];
        faultline::fft::factorize(p->axes[d], length);
        all *= length;
        if (all > 0x8000000) return CUFFT_INVALID_SIZE;
        bool half = d == 2 && (type & 6), from_half = half && (type & 4), to_half = half && (type & 2);
        p->in.n[d] = p->out.n[d] = length;
        p->in.embed[d] = own >= 0 && p->advanced ? (unsigned)in[own] : from_half ? length / 2 + 1 : length;
        p->out.embed[d] = own >= 0 && p->advanced ? (unsigned)out[own] : to_half ? length / 2 + 1 : length;
    }
    p->in.stride = p->advanced ? in_stride : 1, p->out.stride = p->advanced ? out_stride : 1;
    p->in.distance = p->advanced ? in_distance : (long long)p->in.embed[0] * p->in.embed[1] * p->in.embed[2];
    p->out.distance = p->advanced ? out_distance : (long long)p->out.embed[0] * p->out.embed[1] * p->out.embed[2];
    unsigned long long bytes = 2 * faultline::fft::room(p) * (type & 0x40 ? 16 : 8);
    if (bytes > 0x7fffffff) return CUFFT_ALLOC_FAILED;
    p->bytes = (size_t)bytes;
    return CUFFT_SUCCESS;
}
inline cufftResult faultline_fft_make(cufftHandle handle, int rank, const long long *n, const long long *in, long long in_stride, long long in_distance, const long long *out, long long out_stride, long long out_distance, cufftType type, long long batch, size_t *size) {
    faultline::fft::plan *p = faultline_fft_plan(handle);
    if (!p || p->made) return CUFFT_INVALID_PLAN;
    cufftResult result = faultline_fft_shape(p, rank, n, in, in_stride, in_distance, out, out_stride, out_distance, type, batch);
    if (result != CUFFT_SUCCESS) return result;
    for (faultline::fft::axis &a : p->axes)
        if (!faultline::fft::tabulate(a, type & 0x40)) return CUFFT_ALLOC_FAILED;
    if (!p->unallocated && !p->given && cudaMalloc(&p->work, p->bytes) != cudaSuccess) return CUFFT_ALLOC_FAILED;
    p->made = true;
    if (size) *size = p->bytes;
    return CUFFT_SUCCESS;
}
inline cufftResult cufftMakePlan1d(cufftHandle plan, int n, cufftType type, int batch, size_t *size) {
    long long sizes[] = {n};
    return faultline_fft_make(plan, 1, sizes, nullptr, 1, 0, nullptr, 1, 0, type, batch, size);
}
inline cufftResult cufftMakePlan2d(cufftHandle plan, int rows, int columns, cufftType type, size_t *size) {
    long long sizes[] = {rows, columns};
    return faultline_fft_make(plan, 2, sizes, nullptr, 1, 0, nullptr, 1, 0, type, 1, size);
}
inline cufftResult cufftMakePlan3d(cufftHandle plan, int planes, int rows, int columns, cufftType type, size_t *size) {
    long long sizes[] = {planes, rows, columns};
    return faultline_fft_make(plan, 3, sizes, nullptr, 1, 0, nullptr, 1, 0, type, 1, size);
}
inline cufftResult cufftMakePlanMany64(cufftHandle plan, int rank, long long *n, long long *in, long long in_stride, long long in_distance, long long *out, long long out_stride, long long out_distance, cufftType type, long long batch, size_t *size) {
    return faultline_fft_make(plan, rank, n, in, in_stride, in_distance, out, out_stride, out_distance, type, batch, size);
}
inline cufftResult cufftMakePlanMany(cufftHandle plan, int rank, int *n, int *in, int in_stride, int in_distance, int *out, int out_stride, int out_distance, cufftType type, int batch, size_t *size) {
    long long sizes[3], inside[3], outside[3];
    if (rank < 1 || rank > 3 || !n) return CUFFT_INVALID_VALUE;
    for (int d = 0; d < rank; d++) sizes[d] = n[d], inside[d] = in ? in[d] : 0, outside[d] = out ? out[d] : 0;
    return faultline_fft_make(plan, rank, sizes, in ? inside : nullptr, in_stride, in_distance, out ? outside : nullptr, out_stride, out_distance, type, batch, size);
}
/* A plan that cannot be made leaves none. */
#define FAULTLINE_FFT_PLAN(name, parameters, make)                                                                                   \
    inline cufftResult name parameters {                                                                                             \
        cufftResult result = cufftCreate(plan);                                                                                      \
        if (result == CUFFT_SUCCESS && (result = make) != CUFFT_SUCCESS) cufftDestroy(*plan);                                        \
        return result;                                                                                                               \
    }
FAULTLINE_FFT_PLAN(cufftPlan1d, (cufftHandle *plan, int n, cufftType type, int batch), cufftMakePlan1d(*plan, n, type, batch, nullptr))
FAULTLINE_FFT_PLAN(cufftPlan2d, (cufftHandle *plan, int rows, int columns, cufftType type), cufftMakePlan2d(*plan, rows, columns, type, nullptr))
FAULTLINE_FFT_PLAN(cufftPlan3d, (cufftHandle *plan, int planes, int rows, int columns, cufftType type), cufftMakePlan3d(*plan, planes, rows, columns, type, nullptr))
FAULTLINE_FFT_PLAN(cufftPlanMany, (cufftHandle *plan, int rank, int *n, int *in, int in_stride, int in_distance, int *out, int out_stride, int out_distance, cufftType type, int batch), cufftMakePlanMany(*plan, rank, n, in, in_stride, in_distance, out, out_stride, out_distance, type, batch, nullptr))
#undef FAULTLINE_FFT_PLAN
inline cufftResult faultline_fft_estimate(int rank, const long long *n, cufftType type, long long batch, size_t *size) {
    faultline::fft::plan p{};
    cufftResult result = faultline_fft_shape(&p, rank, n, nullptr, 1, 0, nullptr, 1, 0, type, batch);
    if (result == CUFFT_SUCCESS) *size = p.bytes;
    return result;
}
inline cufftResult cufftEstimate1d(int n, cufftType type, int batch, size_t *size) {
    long long sizes[] = {n};
    return faultline_fft_estimate(1, sizes, type, batch, size);
}
inline cufftResult cufftEstimate2d(int rows, int columns, cufftType type, size_t *size) {
    long long sizes[] = {rows, columns};
    return faultline_fft_estimate(2, sizes, type, 1, size);
}
inline cufftResult cufftEstimate3d(int planes, int rows, int columns, cufftType type, size_t *size) {
    long long sizes[] = {planes, rows, columns};
    return faultline_fft_estimate(3, sizes, type, 1, size);
}
inline cufftResult cufftGetSize1d(cufftHandle plan, int n, cufftType type, int batch, size_t *size) { return faultline_fft_plan(plan) ? cufftEstimate1d(n, type, batch, size) : CUFFT_INVALID_PLAN; }
inline cufftResult cufftGetSize2d(cufftHandle plan, int rows, int columns, cufftType type, size_t *size) { return faultline_fft_plan(plan) ? cufftEstimate2d(rows, columns, type, size) : CUFFT_INVALID_PLAN; }
inline cufftResult cufftGetSize3d(cufftHandle plan, int planes, int rows, int columns, cufftType type, size_t *size) { return faultline_fft_plan(plan) ? cufftEstimate3d(planes, rows, columns, type, size) : CUFFT_INVALID_PLAN; }
inline cufftResult cufftGetSize(cufftHandle plan, size_t *size) {
    faultline::fft::plan *p = faultline_fft_plan(plan);
    return p && p->made ? (*size = p->bytes, CUFFT_SUCCESS) : CUFFT_INVALID_PLAN;
}
inline cufftResult cufftSetAutoAllocation(cufftHandle plan, int automatic) {
    faultline::fft::plan *p = faultline_fft_plan(plan);
    return p && !p->made ? (p->unallocated = !automatic, CUFFT_SUCCESS) : CUFFT_INVALID_PLAN;
}
inline cufftResult cufftSetWorkArea(cufftHandle plan, void *work) {
    faultline::fft::plan *p = faultline_fft_plan(plan);
    if (!p) return CUFFT_INVALID_PLAN;
    if (!p->given) cudaFree(p->work);
    p->given = true, p->work = work;
    return CUFFT_SUCCESS;
}
inline cufftResult cufftSetStream(cufftHandle plan, cudaStream_t stream) {
    faultline::fft::plan *p = faultline_fft_plan(plan);
    return p ? (p->stream = stream, CUFFT_SUCCESS) : CUFFT_INVALID_PLAN;
}
inline cufftResult cufftGetVersion(int *version) { return *version = 11000, CUFFT_SUCCESS; }

template <class R, int in, int out> cufftResult faultline_fft_execute(cufftHandle plan, cufftType type, const void *input, void *output, int direction) {
    faultline::fft::plan *p = faultline_fft_plan(plan);
    if (!p || !p->made || p->type != type) return CUFFT_INVALID_PLAN;
    if (!input || !output || (direction != CUFFT_FORWARD && direction != CUFFT_INVERSE)) return CUFFT_INVALID_VALUE;
    if (!p->work) return CUFFT_NO_WORKSPACE;
    faultline::fft::execute<R, in, out>(p, input, output, direction == CUFFT_INVERSE);
    return CUFFT_SUCCESS;
}
template <int called = 0> inline cufftResult cufftExecC2C(cufftHandle plan, cufftComplex *in, cufftComplex *out, int direction) { return faultline_fft_execute<float, faultline::fft::COMPLEX, faultline::fft::COMPLEX>(plan, CUFFT_C2C, in, out, direction); }
template <int called = 0> inline cufftResult cufftExecZ2Z(cufftHandle plan, cufftDoubleComplex *in, cufftDoubleComplex *out, int direction) { return faultline_fft_execute<double, faultline::fft::COMPLEX, faultline::fft::COMPLEX>(plan, CUFFT_Z2Z, in, out, direction); }
template <int called = 0> inline cufftResult cufftExecR2C(cufftHandle plan, cufftReal *in, cufftComplex *out) { return faultline_fft_execute<float, faultline::fft::REAL, faultline::fft::HALF>(plan, CUFFT_R2C, in, out, CUFFT_FORWARD); }
template <int called = 0> inline cufftResult cufftExecD2Z(cufftHandle plan, cufftDoubleReal *in, cufftDoubleComplex *out) { return faultline_fft_execute<double, faultline::fft::REAL, faultline::fft::HALF>(plan, CUFFT_D2Z, in, out, CUFFT_FORWARD); }
template <int called = 0> inline cufftResult cufftExecC2R(cufftHandle plan, cufftComplex *in, cufftReal *out) { return faultline_fft_execute<float, faultline::fft::HALF, faultline::fft::REAL>(plan, CUFFT_C2R, in, out, CUFFT_INVERSE); }
template <int called = 0> inline cufftResult cufftExecZ2D(cufftHandle plan, cufftDoubleComplex *in, cufftDoubleReal *out) { return faultline_fft_execute<double, faultline::fft::HALF, faultline::fft::REAL>(plan, CUFFT_Z2D, in, out, CUFFT_INVERSE); }
#endif
