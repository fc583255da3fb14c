/*
 * hipSOLVER: cuSOLVER by its other names, both those of hipsolverDn, which are the same functions, and hipSOLVER's own, where a workspace's size is asked for more and stands with the
 * pivots elsewhere. Source: hipSOLVER documentation.
 */
#ifndef FAULTLINE_HIPSOLVER_H
#define FAULTLINE_HIPSOLVER_H
#include <hip/hip_runtime.h>
#include <hip/hip_complex.h>
#include <hipblas/hipblas.h>
#include <cusolverDn.h>
typedef cusolverDnHandle_t hipsolverHandle_t;
typedef cusolverDnHandle_t hipsolverDnHandle_t;
typedef cusolverStatus_t hipsolverStatus_t;
typedef cublasFillMode_t hipsolverFillMode_t;
typedef cublasOperation_t hipsolverOperation_t;
typedef cublasSideMode_t hipsolverSideMode_t;
typedef cusolverEigMode_t hipsolverEigMode_t;
#define HIPSOLVER_FILL_MODE_LOWER CUBLAS_FILL_MODE_LOWER
#define HIPSOLVER_FILL_MODE_UPPER CUBLAS_FILL_MODE_UPPER
#define HIPSOLVER_OP_N CUBLAS_OP_N
#define HIPSOLVER_OP_T CUBLAS_OP_T
#define HIPSOLVER_OP_C CUBLAS_OP_C
#define HIPSOLVER_SIDE_LEFT CUBLAS_SIDE_LEFT
#define HIPSOLVER_SIDE_RIGHT CUBLAS_SIDE_RIGHT
#define HIPSOLVER_EIG_MODE_NOVECTOR CUSOLVER_EIG_MODE_NOVECTOR
#define HIPSOLVER_EIG_MODE_VECTOR CUSOLVER_EIG_MODE_VECTOR
#define HIPSOLVER_STATUS_SUCCESS CUSOLVER_STATUS_SUCCESS
#define HIPSOLVER_STATUS_NOT_INITIALIZED CUSOLVER_STATUS_NOT_INITIALIZED
#define HIPSOLVER_STATUS_ALLOC_FAILED CUSOLVER_STATUS_ALLOC_FAILED
#define HIPSOLVER_STATUS_INVALID_VALUE CUSOLVER_STATUS_INVALID_VALUE
#define HIPSOLVER_STATUS_MAPPING_ERROR CUSOLVER_STATUS_MAPPING_ERROR
#define HIPSOLVER_STATUS_EXECUTION_FAILED CUSOLVER_STATUS_EXECUTION_FAILED
#define HIPSOLVER_STATUS_INTERNAL_ERROR CUSOLVER_STATUS_INTERNAL_ERROR
#define HIPSOLVER_STATUS_NOT_SUPPORTED CUSOLVER_STATUS_NOT_SUPPORTED
#define HIPSOLVER_STATUS_ZERO_PIVOT CUSOLVER_STATUS_ZERO_PIVOT
#define hipsolverDnCreate cusolverDnCreate
#define hipsolverCreate cusolverDnCreate
#define hipsolverDnDestroy cusolverDnDestroy
#define hipsolverDestroy cusolverDnDestroy
#define hipsolverDnSetStream cusolverDnSetStream
#define hipsolverSetStream cusolverDnSetStream
#define hipsolverDnGetStream cusolverDnGetStream
#define hipsolverGetStream cusolverDnGetStream
#define hipsolverDnSpotrf_bufferSize cusolverDnSpotrf_bufferSize
#define hipsolverDnSpotrf cusolverDnSpotrf
#define hipsolverDnSpotrfBatched cusolverDnSpotrfBatched
#define hipsolverDnSpotrs cusolverDnSpotrs
#define hipsolverDnSgetrf_bufferSize cusolverDnSgetrf_bufferSize
#define hipsolverDnSgetrf cusolverDnSgetrf
#define hipsolverDnSgetrs cusolverDnSgetrs
#define hipsolverDnSgeqrf_bufferSize cusolverDnSgeqrf_bufferSize
#define hipsolverDnSgeqrf cusolverDnSgeqrf
#define hipsolverDnSgesvd_bufferSize cusolverDnSgesvd_bufferSize
#define hipsolverDnSgesvd cusolverDnSgesvd
#define hipsolverDnDpotrf_bufferSize cusolverDnDpotrf_bufferSize
#define hipsolverDnDpotrf cusolverDnDpotrf
#define hipsolverDnDpotrfBatched cusolverDnDpotrfBatched
#define hipsolverDnDpotrs cusolverDnDpotrs
#define hipsolverDnDgetrf_bufferSize cusolverDnDgetrf_bufferSize
#define hipsolverDnDgetrf cusolverDnDgetrf
#define hipsolverDnDgetrs cusolverDnDgetrs
#define hipsolverDnDgeqrf_bufferSize cusolverDnDgeqrf_bufferSize
#define hipsolverDnDgeqrf cusolverDnDgeqrf
#define hipsolverDnDgesvd_bufferSize cusolverDnDgesvd_bufferSize
#define hipsolverDnDgesvd cusolverDnDgesvd
#define hipsolverDnCpotrf_bufferSize cusolverDnCpotrf_bufferSize
#define hipsolverDnCpotrf cusolverDnCpotrf
#define hipsolverDnCpotrfBatched cusolverDnCpotrfBatched
#define hipsolverDnCpotrs cusolverDnCpotrs
#define hipsolverDnCgetrf_bufferSize cusolverDnCgetrf_bufferSize
#define hipsolverDnCgetrf cusolverDnCgetrf
#define hipsolverDnCgetrs cusolverDnCgetrs
#define hipsolverDnCgeqrf_bufferSize cusolverDnCgeqrf_bufferSize
#define hipsolverDnCgeqrf cusolverDnCgeqrf
#define hipsolverDnCgesvd_bufferSize cusolverDnCgesvd_bufferSize
#define hipsolverDnCgesvd cusolverDnCgesvd
#define hipsolverDnZpotrf_bufferSize cusolverDnZpotrf_bufferSize
#define hipsolverDnZpotrf cusolverDnZpotrf
#define hipsolverDnZpotrfBatched cusolverDnZpotrfBatched
#define hipsolverDnZpotrs cusolverDnZpotrs
#define hipsolverDnZgetrf_bufferSize cusolverDnZgetrf_bufferSize
#define hipsolverDnZgetrf cusolverDnZgetrf
#define hipsolverDnZgetrs cusolverDnZgetrs
#define hipsolverDnZgeqrf_bufferSize cusolverDnZgeqrf_bufferSize
#define hipsolverDnZgeqrf cusolverDnZgeqrf
#define hipsolverDnZgesvd_bufferSize cusolverDnZgesvd_bufferSize
#define hipsolverDnZgesvd cusolverDnZgesvd
#define hipsolverDnSsyevd_bufferSize cusolverDnSsyevd_bufferSize
#define hipsolverDnSsyevd cusolverDnSsyevd
#define hipsolverDnDsyevd_bufferSize cusolverDnDsyevd_bufferSize
#define hipsolverDnDsyevd cusolverDnDsyevd
#define hipsolverDnCheevd_bufferSize cusolverDnCheevd_bufferSize
#define hipsolverDnCheevd cusolverDnCheevd
#define hipsolverDnZheevd_bufferSize cusolverDnZheevd_bufferSize
#define hipsolverDnZheevd cusolverDnZheevd
#define hipsolverDnSormqr_bufferSize cusolverDnSormqr_bufferSize
#define hipsolverDnSormqr cusolverDnSormqr
#define hipsolverDnDormqr_bufferSize cusolverDnDormqr_bufferSize
#define hipsolverDnDormqr cusolverDnDormqr
#define hipsolverDnCunmqr_bufferSize cusolverDnCunmqr_bufferSize
#define hipsolverDnCunmqr cusolverDnCunmqr
#define hipsolverDnZunmqr_bufferSize cusolverDnZunmqr_bufferSize
#define hipsolverDnZunmqr cusolverDnZunmqr
#define hipsolverDnSorgqr_bufferSize cusolverDnSorgqr_bufferSize
#define hipsolverDnSorgqr cusolverDnSorgqr
#define hipsolverDnDorgqr_bufferSize cusolverDnDorgqr_bufferSize
#define hipsolverDnDorgqr cusolverDnDorgqr
#define hipsolverDnCungqr_bufferSize cusolverDnCungqr_bufferSize
#define hipsolverDnCungqr cusolverDnCungqr
#define hipsolverDnZungqr_bufferSize cusolverDnZungqr_bufferSize
#define hipsolverDnZungqr cusolverDnZungqr
/* hipSOLVER's own order of parameters. */
#define FAULTLINE_SOLVERS(T, type, real)                                                                                             \
    template <int called = 0> hipsolverStatus_t hipsolver##T##potrf_bufferSize(hipsolverHandle_t h, hipsolverFillMode_t fill, int n, type *a, int lead, int *size) { return cusolverDn##T##potrf_bufferSize(h, fill, n, a, lead, size); } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##potrf(hipsolverHandle_t h, hipsolverFillMode_t fill, int n, type *a, int lead, type *work, int size, int *info) { return cusolverDn##T##potrf(h, fill, n, a, lead, work, size, info); } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##potrs_bufferSize(hipsolverHandle_t h, hipsolverFillMode_t, int, int, type *, int, type *, int, int *size) { return h ? (*size = 1, CUSOLVER_STATUS_SUCCESS) : CUSOLVER_STATUS_NOT_INITIALIZED; } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##potrs(hipsolverHandle_t h, hipsolverFillMode_t fill, int n, int columns, type *a, int lead, type *b, int lb, type *, int, int *info) { return cusolverDn##T##potrs(h, fill, n, columns, (const type *)a, lead, b, lb, info); } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##getrf_bufferSize(hipsolverHandle_t h, int m, int n, type *a, int lead, int *size) { return cusolverDn##T##getrf_bufferSize(h, m, n, a, lead, size); } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##getrf(hipsolverHandle_t h, int m, int n, type *a, int lead, type *work, int, int *pivots, int *info) { return cusolverDn##T##getrf(h, m, n, a, lead, work, pivots, info); } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##getrs_bufferSize(hipsolverHandle_t h, hipsolverOperation_t, int, int, type *, int, int *, type *, int, int *size) { return h ? (*size = 1, CUSOLVER_STATUS_SUCCESS) : CUSOLVER_STATUS_NOT_INITIALIZED; } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##getrs(hipsolverHandle_t h, hipsolverOperation_t t, int n, int columns, type *a, int lead, int *pivots, type *b, int lb, type *, int, int *info) { return cusolverDn##T##getrs(h, t, n, columns, (const type *)a, lead, pivots, b, lb, info); } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##geqrf_bufferSize(hipsolverHandle_t h, int m, int n, type *a, int lead, int *size) { return cusolverDn##T##geqrf_bufferSize(h, m, n, a, lead, size); } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##geqrf(hipsolverHandle_t h, int m, int n, type *a, int lead, type *factors, type *work, int size, int *info) { return cusolverDn##T##geqrf(h, m, n, a, lead, factors, work, size, info); } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##gesvd_bufferSize(hipsolverHandle_t h, signed char, signed char, int m, int n, int *size) { return cusolverDn##T##gesvd_bufferSize(h, m, n, size); } \
    template <int called = 0> hipsolverStatus_t hipsolver##T##gesvd(hipsolverHandle_t h, signed char job_u, signed char job_vt, int m, int n, type *a, int lead, real *values, type *u, int lu, type *vt, int lvt, type *work, int size, real *rest, int *info) { return cusolverDn##T##gesvd(h, job_u, job_vt, m, n, a, lead, values, u, lu, vt, lvt, work, size, rest, info); }
FAULTLINE_SOLVERS(S, float, float)
FAULTLINE_SOLVERS(D, double, double)
FAULTLINE_SOLVERS(C, cuComplex, float)
FAULTLINE_SOLVERS(Z, cuDoubleComplex, double)
#undef FAULTLINE_SOLVERS
#define hipsolverSormqr_bufferSize cusolverDnSormqr_bufferSize
#define hipsolverSormqr cusolverDnSormqr
#define hipsolverDormqr_bufferSize cusolverDnDormqr_bufferSize
#define hipsolverDormqr cusolverDnDormqr
#define hipsolverCunmqr_bufferSize cusolverDnCunmqr_bufferSize
#define hipsolverCunmqr cusolverDnCunmqr
#define hipsolverZunmqr_bufferSize cusolverDnZunmqr_bufferSize
#define hipsolverZunmqr cusolverDnZunmqr
#define hipsolverSorgqr_bufferSize cusolverDnSorgqr_bufferSize
#define hipsolverSorgqr cusolverDnSorgqr
#define hipsolverDorgqr_bufferSize cusolverDnDorgqr_bufferSize
#define hipsolverDorgqr cusolverDnDorgqr
#define hipsolverCungqr_bufferSize cusolverDnCungqr_bufferSize
#define hipsolverCungqr cusolverDnCungqr
#define hipsolverZungqr_bufferSize cusolverDnZungqr_bufferSize
#define hipsolverZungqr cusolverDnZungqr
#define hipsolverSsyevd_bufferSize cusolverDnSsyevd_bufferSize
#define hipsolverDsyevd_bufferSize cusolverDnDsyevd_bufferSize
#define hipsolverSsyevd cusolverDnSsyevd
#define hipsolverDsyevd cusolverDnDsyevd
#endif
