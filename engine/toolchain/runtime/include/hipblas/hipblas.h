/* hipBLAS: cuBLAS by its other names. */
#ifndef FAULTLINE_HIPBLAS_H
#define FAULTLINE_HIPBLAS_H
#include <hip/hip_runtime.h>
#include <cublas_v2.h>
#define hipblasCreate cublasCreate
#define hipblasDestroy cublasDestroy
#define hipblasSetStream cublasSetStream
#define hipblasGetStream cublasGetStream
#define hipblasSetPointerMode cublasSetPointerMode
#define hipblasGetPointerMode cublasGetPointerMode
#define hipblasGetVersion cublasGetVersion
#define hipblasSetVector cublasSetVector
#define hipblasGetVector cublasGetVector
#define hipblasSetMatrix cublasSetMatrix
#define hipblasGetMatrix cublasGetMatrix
#define hipblasSaxpy cublasSaxpy
#define hipblasSscal cublasSscal
#define hipblasScopy cublasScopy
#define hipblasSswap cublasSswap
#define hipblasSdot cublasSdot
#define hipblasSasum cublasSasum
#define hipblasSnrm2 cublasSnrm2
#define hipblasSgemv cublasSgemv
#define hipblasSger cublasSger
#define hipblasSgemm cublasSgemm
#define hipblasSgemmStridedBatched cublasSgemmStridedBatched
#define hipblasSgemmBatched cublasSgemmBatched
#define hipblasSgeam cublasSgeam
#define hipblasIsamax cublasIsamax
#define hipblasIsamin cublasIsamin
#define hipblasDaxpy cublasDaxpy
#define hipblasDscal cublasDscal
#define hipblasDcopy cublasDcopy
#define hipblasDswap cublasDswap
#define hipblasDdot cublasDdot
#define hipblasDasum cublasDasum
#define hipblasDnrm2 cublasDnrm2
#define hipblasDgemv cublasDgemv
#define hipblasDger cublasDger
#define hipblasDgemm cublasDgemm
#define hipblasDgemmStridedBatched cublasDgemmStridedBatched
#define hipblasDgemmBatched cublasDgemmBatched
#define hipblasDgeam cublasDgeam
#define hipblasIdamax cublasIdamax
#define hipblasIdamin cublasIdamin
#define HIPBLAS_STATUS_SUCCESS CUBLAS_STATUS_SUCCESS
#define HIPBLAS_STATUS_NOT_INITIALIZED CUBLAS_STATUS_NOT_INITIALIZED
#define HIPBLAS_STATUS_ALLOC_FAILED CUBLAS_STATUS_ALLOC_FAILED
#define HIPBLAS_STATUS_INVALID_VALUE CUBLAS_STATUS_INVALID_VALUE
#define HIPBLAS_STATUS_MAPPING_ERROR CUBLAS_STATUS_MAPPING_ERROR
#define HIPBLAS_STATUS_EXECUTION_FAILED CUBLAS_STATUS_EXECUTION_FAILED
#define HIPBLAS_STATUS_INTERNAL_ERROR CUBLAS_STATUS_INTERNAL_ERROR
#define HIPBLAS_STATUS_NOT_SUPPORTED CUBLAS_STATUS_NOT_SUPPORTED
#define HIPBLAS_STATUS_ARCH_MISMATCH CUBLAS_STATUS_ARCH_MISMATCH
#define HIPBLAS_OP_N CUBLAS_OP_N
#define HIPBLAS_OP_T CUBLAS_OP_T
#define HIPBLAS_OP_C CUBLAS_OP_C
#define HIPBLAS_POINTER_MODE_HOST CUBLAS_POINTER_MODE_HOST
#define HIPBLAS_POINTER_MODE_DEVICE CUBLAS_POINTER_MODE_DEVICE
typedef cublasHandle_t hipblasHandle_t;
typedef cublasStatus_t hipblasStatus_t;
typedef cublasOperation_t hipblasOperation_t;
typedef cublasPointerMode_t hipblasPointerMode_t;
#endif
