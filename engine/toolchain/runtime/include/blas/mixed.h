/*
 * Products whose operands say with each call what their elements are (cublasGemmEx, cublasDotEx). Elements become the type of the computation when they
 * are read, and the result's type when they are written. Source: cuBLAS Library documentation, sections on the Ex functions.
 */
#ifndef FAULTLINE_BLAS_MIXED_H
#define FAULTLINE_BLAS_MIXED_H
#include "kernels.h"
#include "cuda_bf16.h"
#include "cuda_fp16.h"
#include "cuda/fp8.h"
#include "cuda/saturated.h"
#include "library_types.h"

namespace faultline {
namespace blas {
/* What cuBLAS calls CUBLAS_STATUS_NOT_SUPPORTED. */
enum { NOT_SUPPORTED = 15 };
/* Of the kinds of eight bits; -1 for another type. */
static inline __host__ __device__ int fp8_kind_of(int type) { return type == CUDA_R_8F_E4M3 ? E4M3 : type == CUDA_R_8F_E5M2 ? E5M2 : type == FAULTLINE_R_8F_E4M3_FNUZ ? E4M3_FNUZ : type == FAULTLINE_R_8F_E5M2_FNUZ ? E5M2_FNUZ : -1; }
inline bool is_element(cudaDataType type) {
    return type == CUDA_R_32F || type == CUDA_R_64F || type == CUDA_R_16F || type == CUDA_R_16BF || type == CUDA_R_8I || type == CUDA_R_32I;
}
/* A vector or a matrix, in memory of whatever type. */
struct elements {
    void *place;
    cudaDataType type;
    template <class T> __host__ __device__ T get(ptrdiff_t i) const {
        switch (type) {
        case CUDA_R_64F: return (T)((const double *)place)[i];
        case CUDA_R_16F: return (T)(float)((const __half *)place)[i];
        case CUDA_R_16BF: return (T)(float)((const __nv_bfloat16 *)place)[i];
        case CUDA_R_8I: return (T)((const signed char *)place)[i];
        case CUDA_R_32I: return (T)((const int *)place)[i];
        case CUDA_R_8F_E4M3: case CUDA_R_8F_E5M2: case FAULTLINE_R_8F_E4M3_FNUZ: case FAULTLINE_R_8F_E5M2_FNUZ: return (T)fp8_value(((const unsigned char *)place)[i], fp8_kind_of(type));
        default: return (T)((const float *)place)[i];
        }
    }
    template <class T> __host__ __device__ void set(ptrdiff_t i, T value) const {
        switch (type) {
        case CUDA_R_64F: ((double *)place)[i] = (double)value; break;
        case CUDA_R_16F: ((__half *)place)[i] = __float2half((float)value); break;
        case CUDA_R_16BF: ((__nv_bfloat16 *)place)[i] = __float2bfloat16((float)value); break;
        case CUDA_R_8I: ((signed char *)place)[i] = saturated<signed char>(::rint((double)value)); break;
        case CUDA_R_32I: ((int *)place)[i] = (int)value; break;
        case CUDA_R_8F_E4M3: case CUDA_R_8F_E5M2: case FAULTLINE_R_8F_E4M3_FNUZ: case FAULTLINE_R_8F_E5M2_FNUZ: ((unsigned char *)place)[i] = fp8_bits((double)value, true, fp8_kind_of(type)); break;
        default: ((float *)place)[i] = (float)value;
        }
    }
};
template <class T> elements vector_of(const T *p, cudaDataType type) { return {(void *)p, type}; }

/* A factor whose type is its own, on the host or on the device. */
struct factor {
    elements at;
    double value;
    bool device;
    template <class T> __host__ __device__ T get() const { return device ? at.get<T>(0) : (T)value; }
};
inline factor factor_of(const handle *h, const void *p, cudaDataType type) {
    elements at = vector_of(p, type);
    return {at, h->device_scalars ? 0 : at.get<double>(0), h->device_scalars};
}

template <class T>
int gemm_in(handle *h, bool ta, bool tb, int m, int n, int k, factor al, elements a, int la, long long sa, elements b, int lb, long long sb, factor be, elements c, int lc, long long sc, int batch) {
    return run(h, (size_t)m * (size_t)n * (size_t)batch, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)m), column = (int)(i / (size_t)m % (size_t)n), which = (int)(i / (size_t)m / (size_t)n);
        ptrdiff_t left = which * sa, right = which * sb, to = which * sc + row + (ptrdiff_t)column * lc;
        T sum = 0, old = be.get<T>();
        for (int j = 0; j < k; j++)
            sum += a.get<T>(left + (ta ? j + (ptrdiff_t)row * la : row + (ptrdiff_t)j * la)) * b.get<T>(right + (tb ? column + (ptrdiff_t)j * lb : j + (ptrdiff_t)column * lb));
        c.set<T>(to, al.get<T>() * sum + (old == T(0) ? T(0) : old * c.get<T>(to)));
    }), 0;
}
/* `compute` also says what alpha and beta are; products of halves add up as floats. */
inline int gemm_ex(handle *h, bool ta, bool tb, int m, int n, int k, const void *alpha, const void *a, cudaDataType at, int la, long long sa, const void *b, cudaDataType bt, int lb, long long sb, const void *beta, void *c, cudaDataType ct, int lc, long long sc, int batch, cudaDataType compute) {
    if (!is_element(at) || !is_element(bt) || !is_element(ct) || !is_element(compute)) return NOT_SUPPORTED;
    factor al = factor_of(h, alpha, compute), be = factor_of(h, beta, compute);
    elements ea = vector_of(a, at), eb = vector_of(b, bt), ec = vector_of(c, ct);
    if (compute == CUDA_R_64F) return gemm_in<double>(h, ta, tb, m, n, k, al, ea, la, sa, eb, lb, sb, be, ec, lc, sc, batch);
    if (compute == CUDA_R_32I) return gemm_in<int>(h, ta, tb, m, n, k, al, ea, la, sa, eb, lb, sb, be, ec, lc, sc, batch);
    return gemm_in<float>(h, ta, tb, m, n, k, al, ea, la, sa, eb, lb, sb, be, ec, lc, sc, batch);
}
inline int dot_ex(handle *h, long long n, const void *x, cudaDataType xt, long long dx, const void *y, cudaDataType yt, long long dy, void *result, cudaDataType rt) {
    if (!is_element(xt) || !is_element(yt) || !is_element(rt)) return NOT_SUPPORTED;
    elements ex = vector_of(x, xt), ey = vector_of(y, yt);
    bool device = h->device_scalars;
    double *sum;
    if (cudaMalloc((void **)&sum, sizeof *sum) != cudaSuccess) return 3;
    handle inside = *h;
    inside.device_scalars = true;
    ptrdiff_t first = dx >= 0 ? 0 : (ptrdiff_t)((1 - n) * dx), second = dy >= 0 ? 0 : (ptrdiff_t)((1 - n) * dy);
    int status = reduce(&inside, (int)n, sum, 0.0, [=] __device__(int i) { return ex.get<double>(first + i * (ptrdiff_t)dx) * ey.get<double>(second + i * (ptrdiff_t)dy); }, [] __device__(double a, double b) { return a + b; }, [] __device__(double a) { return a; });
    elements to = vector_of(result, rt);
    if (device) {
        run(h, 1, [=] __device__(size_t) { to.set<double>(0, *sum); });
    } else {
        double value;
        cudaStreamSynchronize(h->stream);
        cudaMemcpy(&value, sum, sizeof value, cudaMemcpyDeviceToHost);
        to.set<double>(0, value);
    }
    release(h->stream, sum);
    return status;
}
} // namespace blas
} // namespace faultline
#endif
