/* Conversions of floating-point numbers to integers. Source: CUDA Math API, section on type casting intrinsics. */
#ifndef FAULTLINE_CUDA_SATURATED_H
#define FAULTLINE_CUDA_SATURATED_H

namespace faultline {
/* Conversions to integers saturate, and of no number give 0. */
template <class T, class F> static inline __host__ __device__ T saturated(F a) {
    if (a != a) return 0;
    const F least = (T)-1 < (T)0 ? -(F)(1ull << (sizeof(T) * 8 - 1)) : (F)0, beyond = (F)(1ull << (sizeof(T) * 8 - 1)) * ((T)-1 < (T)0 ? (F)1 : (F)2);
    if (a <= least) return (T)-1 < (T)0 ? (T)(1ull << (sizeof(T) * 8 - 1)) : (T)0;
    if (a >= beyond) return (T)-1 < (T)0 ? (T)((1ull << (sizeof(T) * 8 - 1)) - 1) : (T)-1;
    return (T)a;
}
} // namespace faultline

#endif
