/* rocBLAS: cuBLAS by its other names. */
#ifndef FAULTLINE_ROCBLAS_H
#define FAULTLINE_ROCBLAS_H
#include <hip/hip_runtime.h>
#include <cublas_v2.h>
#define rocblas_create_handle cublasCreate
#define rocblas_destroy_handle cublasDestroy
#define rocblas_set_stream cublasSetStream
#define rocblas_get_stream cublasGetStream
#define rocblas_set_pointer_mode cublasSetPointerMode
#define rocblas_get_pointer_mode cublasGetPointerMode
#define rocblas_set_vector cublasSetVector
#define rocblas_get_vector cublasGetVector
#define rocblas_set_matrix cublasSetMatrix
#define rocblas_get_matrix cublasGetMatrix
#define rocblas_saxpy cublasSaxpy
#define rocblas_sscal cublasSscal
#define rocblas_scopy cublasScopy
#define rocblas_sswap cublasSswap
#define rocblas_sdot cublasSdot
#define rocblas_sasum cublasSasum
#define rocblas_snrm2 cublasSnrm2
#define rocblas_sgemv cublasSgemv
#define rocblas_sger cublasSger
#define rocblas_sgemm cublasSgemm
#define rocblas_sgemm_strided_batched cublasSgemmStridedBatched
#define rocblas_sgemm_batched cublasSgemmBatched
#define rocblas_sgeam cublasSgeam
#define rocblas_isamax cublasIsamax
#define rocblas_isamin cublasIsamin
#define rocblas_daxpy cublasDaxpy
#define rocblas_dscal cublasDscal
#define rocblas_dcopy cublasDcopy
#define rocblas_dswap cublasDswap
#define rocblas_ddot cublasDdot
#define rocblas_dasum cublasDasum
#define rocblas_dnrm2 cublasDnrm2
#define rocblas_dgemv cublasDgemv
#define rocblas_dger cublasDger
#define rocblas_dgemm cublasDgemm
#define rocblas_dgemm_strided_batched cublasDgemmStridedBatched
#define rocblas_dgemm_batched cublasDgemmBatched
#define rocblas_dgeam cublasDgeam
#define rocblas_idamax cublasIdamax
#define rocblas_idamin cublasIdamin
#define rocblas_status_success CUBLAS_STATUS_SUCCESS
#define rocblas_operation_none CUBLAS_OP_N
#define rocblas_operation_transpose CUBLAS_OP_T
#define rocblas_operation_conjugate_transpose CUBLAS_OP_C
#define rocblas_pointer_mode_host CUBLAS_POINTER_MODE_HOST
#define rocblas_pointer_mode_device CUBLAS_POINTER_MODE_DEVICE
typedef cublasHandle_t rocblas_handle;
typedef cublasStatus_t rocblas_status;
typedef cublasOperation_t rocblas_operation;
typedef int rocblas_int;
typedef long long rocblas_stride;
inline const char *rocblas_status_to_string(rocblas_status status) { return cublasGetStatusString(status); }
#endif
