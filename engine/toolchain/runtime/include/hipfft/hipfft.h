/* hipFFT: cuFFT by its other names. Source: hipFFT documentation. */
#ifndef FAULTLINE_HIPFFT_H
#define FAULTLINE_HIPFFT_H
#include <hip/hip_runtime.h>
#include <hip/hip_complex.h>
#include <cufft.h>
#define HIPFFT_FORWARD CUFFT_FORWARD
#define HIPFFT_BACKWARD CUFFT_INVERSE
#define HIPFFT_SUCCESS CUFFT_SUCCESS
#define HIPFFT_INVALID_PLAN CUFFT_INVALID_PLAN
#define HIPFFT_ALLOC_FAILED CUFFT_ALLOC_FAILED
#define HIPFFT_INVALID_TYPE CUFFT_INVALID_TYPE
#define HIPFFT_INVALID_VALUE CUFFT_INVALID_VALUE
#define HIPFFT_INTERNAL_ERROR CUFFT_INTERNAL_ERROR
#define HIPFFT_EXEC_FAILED CUFFT_EXEC_FAILED
#define HIPFFT_SETUP_FAILED CUFFT_SETUP_FAILED
#define HIPFFT_INVALID_SIZE CUFFT_INVALID_SIZE
#define HIPFFT_UNALIGNED_DATA CUFFT_UNALIGNED_DATA
#define HIPFFT_INCOMPLETE_PARAMETER_LIST CUFFT_INCOMPLETE_PARAMETER_LIST
#define HIPFFT_INVALID_DEVICE CUFFT_INVALID_DEVICE
#define HIPFFT_PARSE_ERROR CUFFT_PARSE_ERROR
#define HIPFFT_NO_WORKSPACE CUFFT_NO_WORKSPACE
#define HIPFFT_NOT_IMPLEMENTED CUFFT_NOT_IMPLEMENTED
#define HIPFFT_LICENSE_ERROR CUFFT_LICENSE_ERROR
#define HIPFFT_NOT_SUPPORTED CUFFT_NOT_SUPPORTED
#define hipfftResult cufftResult
#define HIPFFT_R2C CUFFT_R2C
#define HIPFFT_C2R CUFFT_C2R
#define HIPFFT_C2C CUFFT_C2C
#define HIPFFT_D2Z CUFFT_D2Z
#define HIPFFT_Z2D CUFFT_Z2D
#define HIPFFT_Z2Z CUFFT_Z2Z
#define hipfftType cufftType
#define hipfftHandle cufftHandle
#define hipfftReal cufftReal
#define hipfftDoubleReal cufftDoubleReal
#define hipfftComplex cufftComplex
#define hipfftDoubleComplex cufftDoubleComplex
#define hipfftCreate cufftCreate
#define hipfftDestroy cufftDestroy
#define hipfftMakePlan1d cufftMakePlan1d
#define hipfftMakePlan2d cufftMakePlan2d
#define hipfftMakePlan3d cufftMakePlan3d
#define hipfftMakePlanMany64 cufftMakePlanMany64
#define hipfftMakePlanMany cufftMakePlanMany
#define hipfftPlan1d cufftPlan1d
#define hipfftPlan2d cufftPlan2d
#define hipfftPlan3d cufftPlan3d
#define hipfftPlanMany cufftPlanMany
#define hipfftEstimate1d cufftEstimate1d
#define hipfftEstimate2d cufftEstimate2d
#define hipfftEstimate3d cufftEstimate3d
#define hipfftGetSize1d cufftGetSize1d
#define hipfftGetSize2d cufftGetSize2d
#define hipfftGetSize3d cufftGetSize3d
#define hipfftGetSize cufftGetSize
#define hipfftSetAutoAllocation cufftSetAutoAllocation
#define hipfftSetWorkArea cufftSetWorkArea
#define hipfftSetStream cufftSetStream
#define hipfftGetVersion cufftGetVersion
#define hipfftExecC2C cufftExecC2C
#define hipfftExecZ2Z cufftExecZ2Z
#define hipfftExecR2C cufftExecR2C
#define hipfftExecD2Z cufftExecD2Z
#define hipfftExecC2R cufftExecC2R
#define hipfftExecZ2D cufftExecZ2D
#define hipfftResult_t cufftResult
#define hipfftType_t cufftType
#endif
