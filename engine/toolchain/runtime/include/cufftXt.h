/* Plans by types of data. Not: several devices, callbacks. Source: cuFFT documentation. */
#ifndef FAULTLINE_CUFFTXT_H
#define FAULTLINE_CUFFTXT_H
#include "cufft.h"
#include "library_types.h"
/* Plans by types of data: those that a cufftType stands for. @return CUFFT_NOT_SUPPORTED for others (half, bfloat16) */
inline cufftResult cufftXtMakePlanMany(cufftHandle plan, int rank, long long *n, long long *in, long long in_stride, long long in_distance, cudaDataType in_type, long long *out, long long out_stride, long long out_distance, cudaDataType out_type, long long batch, size_t *size, cudaDataType computed) {
    const bool wide = computed == CUDA_C_64F || computed == CUDA_R_64F;
    const cudaDataType real = wide ? CUDA_R_64F : CUDA_R_32F, complex = wide ? CUDA_C_64F : CUDA_C_32F;
    if ((!wide && computed != CUDA_C_32F && computed != CUDA_R_32F) || (in_type != real && in_type != complex) || (out_type != real && out_type != complex)) return CUFFT_NOT_SUPPORTED;
    if (in_type == real && out_type == real) return CUFFT_INVALID_TYPE;
    const cufftType type = in_type == out_type ? wide ? CUFFT_Z2Z : CUFFT_C2C : in_type == real ? wide ? CUFFT_D2Z : CUFFT_R2C : wide ? CUFFT_Z2D : CUFFT_C2R;
    return cufftMakePlanMany64(plan, rank, n, in, in_stride, in_distance, out, out_stride, out_distance, type, batch, size);
}
#define FAULTLINE_FFT_REFUSED(what) __attribute__((unavailable("Faultline does not support " what " of cuFFT: plan and execute on one device with cufft.h")))
typedef void *cudaLibXtDesc FAULTLINE_FFT_REFUSED("several devices");
typedef void *cufftCallbackLoadC FAULTLINE_FFT_REFUSED("callbacks");
typedef void *cufftCallbackStoreC FAULTLINE_FFT_REFUSED("callbacks");
typedef void *cufftCallbackLoadR FAULTLINE_FFT_REFUSED("callbacks");
typedef void *cufftCallbackStoreR FAULTLINE_FFT_REFUSED("callbacks");
FAULTLINE_FFT_REFUSED("several devices") cufftResult cufftXtSetGPUs(cufftHandle plan, int count, int *devices);
FAULTLINE_FFT_REFUSED("callbacks") cufftResult cufftXtSetCallback(cufftHandle plan, ...);
#undef FAULTLINE_FFT_REFUSED
#endif
