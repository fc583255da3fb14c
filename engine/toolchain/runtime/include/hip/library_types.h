/* Types of elements, as HIP names them. Source: HIP documentation, hipDataType. */
#ifndef FAULTLINE_HIP_LIBRARY_TYPES_H
#define FAULTLINE_HIP_LIBRARY_TYPES_H
#include <library_types.h>
#define hipDataType cudaDataType
#define HIP_R_16F CUDA_R_16F
#define HIP_R_16BF CUDA_R_16BF
#define HIP_R_32F CUDA_R_32F
#define HIP_R_64F CUDA_R_64F
#define HIP_C_32F CUDA_C_32F
#define HIP_C_64F CUDA_C_64F
#define HIP_R_8I CUDA_R_8I
#define HIP_R_8U CUDA_R_8U
#define HIP_R_32I CUDA_R_32I
#define HIP_R_32U CUDA_R_32U
#define HIP_R_8F_E4M3 CUDA_R_8F_E4M3
#define HIP_R_8F_E5M2 CUDA_R_8F_E5M2
#define HIP_R_8F_E4M3_FNUZ FAULTLINE_R_8F_E4M3_FNUZ
#define HIP_R_8F_E5M2_FNUZ FAULTLINE_R_8F_E5M2_FNUZ
#define HIP_C_32F CUDA_C_32F
#define HIP_C_64F CUDA_C_64F
#endif
