/*
 * cuSOLVER's dense half over blas/dense.h and blas/spectrum.h: Cholesky, LU and QR with what solves by them, singular values, and eigenvalues of Hermitian matrices. Calls are
 * templates, so that a program compiles the kernels of those that it calls. Source: cuSOLVER documentation, cuSolverDN.
 */
#ifndef FAULTLINE_CUSOLVERDN_H
#define FAULTLINE_CUSOLVERDN_H
/* By which helpers know it. */
#define CUSOLVER_COMMON_H_
#include "blas/spectrum.h"
#include "cublas_v2.h"

typedef enum {
    CUSOLVER_STATUS_SUCCESS = 0, CUSOLVER_STATUS_NOT_INITIALIZED = 1, CUSOLVER_STATUS_ALLOC_FAILED = 2, CUSOLVER_STATUS_INVALID_VALUE = 3, CUSOLVER_STATUS_ARCH_MISMATCH = 4, CUSOLVER_STATUS_MAPPING_ERROR = 5,
    CUSOLVER_STATUS_EXECUTION_FAILED = 6, CUSOLVER_STATUS_INTERNAL_ERROR = 7, CUSOLVER_STATUS_MATRIX_TYPE_NOT_SUPPORTED = 8, CUSOLVER_STATUS_NOT_SUPPORTED = 9, CUSOLVER_STATUS_ZERO_PIVOT = 10,
    CUSOLVER_STATUS_INVALID_LICENSE = 11
} cusolverStatus_t;
typedef enum { CUSOLVER_EIG_TYPE_1 = 1, CUSOLVER_EIG_TYPE_2 = 2, CUSOLVER_EIG_TYPE_3 = 3 } cusolverEigType_t;
typedef enum { CUSOLVER_EIG_MODE_NOVECTOR = 0, CUSOLVER_EIG_MODE_VECTOR = 1 } cusolverEigMode_t;
typedef struct faultline_solver {
    cudaStream_t stream;
} *cusolverDnHandle_t;

inline cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t *handle) {
    if (!handle) return CUSOLVER_STATUS_INVALID_VALUE;
    *handle = new faultline_solver{};
    return CUSOLVER_STATUS_SUCCESS;
}
inline cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t handle) {
    if (!handle) return CUSOLVER_STATUS_NOT_INITIALIZED;
    delete handle;
    return CUSOLVER_STATUS_SUCCESS;
}
inline cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t handle, cudaStream_t stream) { return handle ? (handle->stream = stream, CUSOLVER_STATUS_SUCCESS) : CUSOLVER_STATUS_NOT_INITIALIZED; }
inline cusolverStatus_t cusolverDnGetStream(cusolverDnHandle_t handle, cudaStream_t *stream) { return handle ? (*stream = handle->stream, CUSOLVER_STATUS_SUCCESS) : CUSOLVER_STATUS_NOT_INITIALIZED; }

/* All workspaces count elements. What needs none asks for one, since programs allocate what they are told. */
#define FAULTLINE_SOLVER(name, parameters, sizes, call)                                                                              \
    template <int called = 0> inline cusolverStatus_t name parameters {                                                              \
        using faultline::blas::own, faultline::blas::own_t;                                                                          \
        if (!h) return CUSOLVER_STATUS_NOT_INITIALIZED;                                                                              \
        if (sizes) return CUSOLVER_STATUS_INVALID_VALUE;                                                                             \
        call;                                                                                                                        \
        return CUSOLVER_STATUS_SUCCESS;                                                                                              \
    }
#define FAULTLINE_LEAST(n) ((n) > 1 ? (n) : 1)
#define FAULTLINE_SOLVERS(T, type, real)                                                                                             \
    FAULTLINE_SOLVER(cusolverDn##T##potrf_bufferSize, (cusolverDnHandle_t h, cublasFillMode_t, int n, type *, int lead, int *size), n < 0 || lead < FAULTLINE_LEAST(n) || !size, *size = 1) \
    FAULTLINE_SOLVER(cusolverDn##T##potrf, (cusolverDnHandle_t h, cublasFillMode_t fill, int n, type *a, int lead, type *, int, int *info), n < 0 || lead < FAULTLINE_LEAST(n) || fill > CUBLAS_FILL_MODE_UPPER || !info, \
        faultline::blas::cholesky_batched(h->stream, fill == CUBLAS_FILL_MODE_UPPER, n, (own_t<type> *const *)nullptr, own(a), lead, info, 1)) \
    FAULTLINE_SOLVER(cusolverDn##T##potrfBatched, (cusolverDnHandle_t h, cublasFillMode_t fill, int n, type *a[], int lead, int *info, int batch), n < 0 || batch < 0 || lead < FAULTLINE_LEAST(n) || fill > CUBLAS_FILL_MODE_UPPER || !info, \
        faultline::blas::cholesky_batched(h->stream, fill == CUBLAS_FILL_MODE_UPPER, n, own((type *const *)a), (own_t<type> *)nullptr, lead, info, batch)) \
    FAULTLINE_SOLVER(cusolverDn##T##potrs, (cusolverDnHandle_t h, cublasFillMode_t fill, int n, int columns, const type *a, int lead, type *b, int lb, int *info), n < 0 || columns < 0 || lead < FAULTLINE_LEAST(n) || lb < FAULTLINE_LEAST(n) || fill > CUBLAS_FILL_MODE_UPPER, \
        faultline::blas::solve_cholesky(h->stream, fill == CUBLAS_FILL_MODE_UPPER, n, columns, own(a), lead, own(b), lb, info)) \
    FAULTLINE_SOLVER(cusolverDn##T##getrf_bufferSize, (cusolverDnHandle_t h, int m, int n, type *, int lead, int *size), m < 0 || n < 0 || lead < FAULTLINE_LEAST(m) || !size, *size = 1) \
    FAULTLINE_SOLVER(cusolverDn##T##getrf, (cusolverDnHandle_t h, int m, int n, type *a, int lead, type *, int *pivots, int *info), m < 0 || n < 0 || lead < FAULTLINE_LEAST(m) || !info, \
        faultline::blas::lu_batched(h->stream, m, n, (own_t<type> *const *)nullptr, own(a), lead, pivots, info, 1))                  \
    FAULTLINE_SOLVER(cusolverDn##T##getrs, (cusolverDnHandle_t h, cublasOperation_t t, int n, int columns, const type *a, int lead, const int *pivots, type *b, int lb, int *info), n < 0 || columns < 0 || lead < FAULTLINE_LEAST(n) || lb < FAULTLINE_LEAST(n), \
        faultline::blas::say(h->stream, info, 0); faultline::blas::solve_lu_batched(h->stream, t != CUBLAS_OP_N, t == CUBLAS_OP_C, n, columns, (const own_t<type> *const *)nullptr, own(a), lead, pivots, (own_t<type> *const *)nullptr, own(b), lb, 1)) \
    FAULTLINE_SOLVER(cusolverDn##T##geqrf_bufferSize, (cusolverDnHandle_t h, int m, int n, type *, int lead, int *size), m < 0 || n < 0 || lead < FAULTLINE_LEAST(m) || !size, *size = 1) \
    FAULTLINE_SOLVER(cusolverDn##T##geqrf, (cusolverDnHandle_t h, int m, int n, type *a, int lead, type *factors, type *, int, int *info), m < 0 || n < 0 || lead < FAULTLINE_LEAST(m), \
        faultline::blas::say(h->stream, info, 0); faultline::blas::qr_batched(h->stream, m, n, (own_t<type> *const *)nullptr, own(a), lead, (own_t<type> *const *)nullptr, own(factors), 1)) \
    FAULTLINE_SOLVER(cusolverDn##T##gesvd_bufferSize, (cusolverDnHandle_t h, int m, int n, int *size), m < n || n < 0 || !size, *size = (int)faultline::blas::spectrum_space<own_t<type>>::size(m, n)) \
    template <int called = 0> inline cusolverStatus_t cusolverDn##T##gesvd(cusolverDnHandle_t h, signed char job_u, signed char job_vt, int m, int n, type *a, int lead, real *values, type *u, int lu, type *vt, int lvt, type *work, int size, real *, int *info) { \
        using faultline::blas::own, faultline::blas::own_t;                                                                          \
        if (!h) return CUSOLVER_STATUS_NOT_INITIALIZED;                                                                              \
        bool u_wanted = job_u == 'A' || job_u == 'S', vt_wanted = job_vt == 'A' || job_vt == 'S';                                    \
        if ((!u_wanted && job_u != 'N' && job_u != 'O') || (!vt_wanted && job_vt != 'N' && job_vt != 'O') || (job_u == 'O' && job_vt == 'O')) return CUSOLVER_STATUS_INVALID_VALUE; \
        if (n < 0 || m < n || lead < FAULTLINE_LEAST(m) || (u_wanted && lu < FAULTLINE_LEAST(m)) || (vt_wanted && lvt < FAULTLINE_LEAST(n)) || size < faultline::blas::spectrum_space<own_t<type>>::size(m, n)) return CUSOLVER_STATUS_INVALID_VALUE; \
        faultline::blas::singular_values(h->stream, m, n, own((const type *)a), lead, values, job_u == 'O' ? own(a) : u_wanted ? own(u) : nullptr, job_u == 'O' ? lead : lu, job_u == 'A', job_vt == 'O' ? own(a) : vt_wanted ? own(vt) : nullptr, job_vt == 'O' ? lead : lvt, own(work), info); \
        return CUSOLVER_STATUS_SUCCESS;                                                                                              \
    }
/* What geqrf left, as a factor and as a matrix. */
#define FAULTLINE_REFLECTIONS(multiply, unfold, type)                                                                                \
    FAULTLINE_SOLVER(cusolverDn##multiply##_bufferSize, (cusolverDnHandle_t h, cublasSideMode_t side, cublasOperation_t t, int m, int n, int k, const type *, int lead, const type *, const type *, int lc, int *size), FAULTLINE_NO_PRODUCT || !size, *size = 1) \
    FAULTLINE_SOLVER(cusolverDn##multiply, (cusolverDnHandle_t h, cublasSideMode_t side, cublasOperation_t t, int m, int n, int k, const type *a, int lead, const type *factors, type *c, int lc, type *, int, int *info), FAULTLINE_NO_PRODUCT, \
        faultline::blas::say(h->stream, info, 0); faultline::blas::multiply_qr(h->stream, side == CUBLAS_SIDE_RIGHT, t, m, n, k, own(a), lead, own(factors), own(c), lc)) \
    FAULTLINE_SOLVER(cusolverDn##unfold##_bufferSize, (cusolverDnHandle_t h, int m, int n, int k, const type *, int lead, const type *, int *size), m < n || n < k || k < 0 || lead < FAULTLINE_LEAST(m) || !size, *size = 1) \
    FAULTLINE_SOLVER(cusolverDn##unfold, (cusolverDnHandle_t h, int m, int n, int k, type *a, int lead, const type *factors, type *, int, int *info), m < n || n < k || k < 0 || lead < FAULTLINE_LEAST(m), \
        faultline::blas::say(h->stream, info, 0); faultline::blas::unfold_qr(h->stream, m, n, k, own(a), lead, own(factors)))
#define FAULTLINE_NO_PRODUCT ((unsigned)side > CUBLAS_SIDE_RIGHT || (unsigned)t > CUBLAS_OP_C || m < 0 || n < 0 || k < 0 || k > (side == CUBLAS_SIDE_LEFT ? m : n) || lead < FAULTLINE_LEAST(side == CUBLAS_SIDE_LEFT ? m : n) || lc < FAULTLINE_LEAST(m))
#define FAULTLINE_EIGENVALUES(name, type, real)                                                                                      \
    FAULTLINE_SOLVER(cusolverDn##name##_bufferSize, (cusolverDnHandle_t h, cusolverEigMode_t, cublasFillMode_t, int n, const type *, int lead, const real *, int *size), n < 0 || lead < FAULTLINE_LEAST(n) || !size, *size = (int)faultline::blas::spectrum_space<own_t<type>>::size(n, n)) \
    FAULTLINE_SOLVER(cusolverDn##name, (cusolverDnHandle_t h, cusolverEigMode_t mode, cublasFillMode_t fill, int n, type *a, int lead, real *values, type *work, int size, int *info), n < 0 || lead < FAULTLINE_LEAST(n) || fill > CUBLAS_FILL_MODE_UPPER || size < faultline::blas::spectrum_space<own_t<type>>::size(n, n), \
        faultline::blas::eigenvalues(h->stream, mode == CUSOLVER_EIG_MODE_VECTOR, fill == CUBLAS_FILL_MODE_UPPER, n, own(a), lead, values, own(work), info))
FAULTLINE_SOLVERS(S, float, float)
FAULTLINE_SOLVERS(D, double, double)
FAULTLINE_SOLVERS(C, cuComplex, float)
FAULTLINE_SOLVERS(Z, cuDoubleComplex, double)
FAULTLINE_REFLECTIONS(Sormqr, Sorgqr, float)
FAULTLINE_REFLECTIONS(Dormqr, Dorgqr, double)
FAULTLINE_REFLECTIONS(Cunmqr, Cungqr, cuComplex)
FAULTLINE_REFLECTIONS(Zunmqr, Zungqr, cuDoubleComplex)
FAULTLINE_EIGENVALUES(Ssyevd, float, float)
FAULTLINE_EIGENVALUES(Dsyevd, double, double)
FAULTLINE_EIGENVALUES(Cheevd, cuComplex, float)
FAULTLINE_EIGENVALUES(Zheevd, cuDoubleComplex, double)
#undef FAULTLINE_EIGENVALUES
#undef FAULTLINE_NO_PRODUCT
#undef FAULTLINE_REFLECTIONS
#undef FAULTLINE_SOLVERS
#undef FAULTLINE_LEAST
#undef FAULTLINE_SOLVER
#endif
