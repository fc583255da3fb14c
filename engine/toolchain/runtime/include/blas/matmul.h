/*
 * The product behind cuBLASLt and hipBLASLt: D = epilogue(alpha op(A) op(B) + beta C), one thread an element of D, with matrices by columns or by rows.
 * What an epilogue keeps for the way back (the bits of ReLU, what GELU was applied to) is written by the same thread; sums of gradients are kernels of their
 * own. Source: cuBLAS documentation, cuBLASLt: cublasLtMatmul, cublasLtEpilogue_t and cublasLtMatmulDescAttributes_t.
 */
#ifndef FAULTLINE_BLAS_MATMUL_H
#define FAULTLINE_BLAS_MATMUL_H
#include "mixed.h"
#include <type_traits>

namespace faultline {
namespace blas {
/* Bits of an epilogue, as cublasLtEpilogue_t puts them together. */
enum { DEFAULT_EPILOGUE = 1, RELU = 2, BIAS = 4, DRELU = 8, BIAS_GRADIENT = 16, GELU = 32, DGELU = 64, AUXILIARY = 128, GRADIENT_OF_A = 256, GRADIENT_OF_B = 512 };
enum { VECTOR_SCALARS = 2, VECTOR_AND_ZERO = 3, VECTOR_AND_HOST = 4 };

struct matrix {
    elements data;
    long long rows, columns, lead, stride;
    int batch;
    bool by_rows;
    __host__ __device__ ptrdiff_t place(int which, int row, int column) const { return (ptrdiff_t)(which * stride + (by_rows ? column + row * lead : row + column * lead)); }
};
/* alpha or beta: one value for all rows, or one for each. */
struct row_factor {
    factor one;
    bool each_row;
    long long stride;
    template <class T> __host__ __device__ T of(int which, int row) const { return each_row ? one.at.get<T>((ptrdiff_t)(which * stride + row)) : one.get<T>(); }
};
struct epilogue {
    int kind;
    elements bias, auxiliary;
    long long bias_stride, auxiliary_lead, auxiliary_stride;
    const float *scale_a, *scale_b, *scale_c, *scale_d, *scale_auxiliary;
    unsigned *greatest, *greatest_auxiliary;
};
static inline __host__ __device__ float scale_at(const float *p) { return p ? *p : 1.0f; }

/* GELU is the approximation with tanh. */
static inline __host__ __device__ double gelu_inside(double x) { return 0.7978845608028654 * (x + 0.044715 * x * x * x); }
template <class T> __host__ __device__ T gelu(T x) { return (T)(0.5 * (double)x * (1 + ::tanh(gelu_inside((double)x)))); }
template <class T> __host__ __device__ T gelu_slope(T value) {
    double x = (double)value, t = ::tanh(gelu_inside(x));
    return (T)(0.5 * (1 + t) + 0.5 * x * (1 - t * t) * 0.7978845608028654 * (1 + 3 * 0.044715 * x * x));
}
/* Elements of one type that is known where the loop is compiled; `elements` asks with each. */
template <class E> struct elements_of {
    const E *place;
    template <class T> __host__ __device__ T get(ptrdiff_t i) const {
        if constexpr (std::is_arithmetic_v<E>) return (T)place[i];
        else return (T)(float)place[i];
    }
};
/* S sums products, T is what they are scaled in. */
template <class S, class T, class E> int matmul_in(handle *h, E left, matrix a, bool ta, E right, matrix b, bool tb, row_factor alpha, row_factor beta, bool beta_zero, matrix c, matrix d, epilogue e) {
    int m = (int)d.rows, n = (int)d.columns, k = (int)(ta ? a.rows : a.columns);
    if (e.greatest || e.greatest_auxiliary) run(h, 1, [=] __device__(size_t) {
        if (e.greatest) *e.greatest = 0;
        if (e.greatest_auxiliary) *e.greatest_auxiliary = 0;
    });
    ptrdiff_t down_a = ta != a.by_rows ? (ptrdiff_t)1 : (ptrdiff_t)a.lead, down_b = tb != b.by_rows ? (ptrdiff_t)b.lead : (ptrdiff_t)1;
    run(h, (size_t)m * (size_t)n * (size_t)d.batch, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)m), column = (int)(i / (size_t)m % (size_t)n), which = (int)(i / (size_t)m / (size_t)n);
        ptrdiff_t at_a = ta ? a.place(which, 0, row) : a.place(which, row, 0), at_b = tb ? b.place(which, column, 0) : b.place(which, 0, column);
        S sum = 0;
        for (int j = 0; j < k; j++, at_a += down_a, at_b += down_b) sum += left.template get<S>(at_a) * right.template get<S>(at_b);
        T factor_c = beta_zero ? T(0) : beta.of<T>(which, row), value = alpha.of<T>(which, row) * (T)sum;
        value *= (T)(scale_at(e.scale_a) * scale_at(e.scale_b));
        if (factor_c != T(0)) value += factor_c * c.data.get<T>(c.place(which, row, column)) * (T)scale_at(e.scale_c);
        if (e.kind & BIAS) value += e.bias.get<T>((ptrdiff_t)(which * e.bias_stride + row));
        ptrdiff_t kept = (ptrdiff_t)(which * e.auxiliary_stride + row + column * e.auxiliary_lead);
        unsigned *word = (unsigned *)e.auxiliary.place + kept / 32, bit = 1u << (kept & 31);
        if (e.kind & RELU) {
            if (e.kind & AUXILIARY) {
                if (value > T(0)) atomicOr(word, bit);
                else atomicAnd(word, ~bit);
            }
            /* What is no number stays none. */
            value = value <= T(0) ? T(0) : value;
        } else if (e.kind & GELU) {
            if (e.kind & AUXILIARY) {
                if (e.greatest_auxiliary) atomicMax(e.greatest_auxiliary, __float_as_uint(::fabsf((float)value)));
                e.auxiliary.set<T>(kept, value * (T)scale_at(e.scale_auxiliary));
            }
            value = gelu(value);
        } else if (e.kind & DRELU) value = *word & bit ? value : T(0);
        else if (e.kind & DGELU) value *= gelu_slope(e.auxiliary.get<T>(kept) * (T)scale_at(e.scale_auxiliary));
        if (e.greatest) atomicMax(e.greatest, __float_as_uint(::fabsf((float)value)));
        d.data.set<T>(d.place(which, row, column), value * (T)scale_at(e.scale_d));
    });
    /* Each element of a bias's gradient is the sum of a row of D, of a row of op(A), or of a column of op(B). */
    if (e.kind & BIAS_GRADIENT) run(h, (size_t)m * (size_t)d.batch, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)m), which = (int)(i / (size_t)m);
        T sum = 0;
        for (int j = 0; j < n; j++) sum += d.data.get<T>(d.place(which, row, j));
        e.bias.set<T>((ptrdiff_t)(which * e.bias_stride + row), sum);
    });
    int side = e.kind & GRADIENT_OF_A ? m : e.kind & GRADIENT_OF_B ? n : 0;
    run(h, (size_t)side * (size_t)d.batch, [=] __device__(size_t i) {
        int row = (int)(i % (size_t)side), which = (int)(i / (size_t)side);
        bool of_a = e.kind & GRADIENT_OF_A;
        ptrdiff_t at = of_a ? (ta ? a.place(which, 0, row) : a.place(which, row, 0)) : (tb ? b.place(which, row, 0) : b.place(which, 0, row));
        T sum = 0;
        for (int j = 0; j < k; j++, at += of_a ? down_a : down_b) sum += of_a ? (T)left.template get<S>(at) : (T)right.template get<S>(at);
        e.bias.set<T>((ptrdiff_t)(which * e.bias_stride + row), sum);
    });
    return 0;
}
/* `scale` says what alpha and beta are, `sums` what products add up in; the caller has looked at which types go together. */
inline int matmul(handle *h, matrix a, bool ta, matrix b, bool tb, row_factor alpha, row_factor beta, bool beta_zero, matrix c, matrix d, const epilogue &e, cudaDataType sums, cudaDataType scale) {
    if (sums == CUDA_R_64F) {
        elements_of<double> left{(const double *)a.data.place}, right{(const double *)b.data.place};
        return matmul_in<double, double>(h, left, a, ta, right, b, tb, alpha, beta, beta_zero, c, d, e);
    }
    if (a.data.type == CUDA_R_8I) {
        elements_of<signed char> left{(const signed char *)a.data.place}, right{(const signed char *)b.data.place};
        if (scale == CUDA_R_32I) return matmul_in<int, int>(h, left, a, ta, right, b, tb, alpha, beta, beta_zero, c, d, e);
        return matmul_in<int, float>(h, left, a, ta, right, b, tb, alpha, beta, beta_zero, c, d, e);
    }
    if (a.data.type == CUDA_R_32F && b.data.type == CUDA_R_32F) {
        elements_of<float> left{(const float *)a.data.place}, right{(const float *)b.data.place};
        return matmul_in<float, float>(h, left, a, ta, right, b, tb, alpha, beta, beta_zero, c, d, e);
    }
    if (a.data.type == CUDA_R_16F && b.data.type == CUDA_R_16F) {
        elements_of<__half> left{(const __half *)a.data.place}, right{(const __half *)b.data.place};
        return matmul_in<float, float>(h, left, a, ta, right, b, tb, alpha, beta, beta_zero, c, d, e);
    }
    return matmul_in<float, float>(h, a.data, a, ta, b.data, b, tb, alpha, beta, beta_zero, c, d, e);
}
} // namespace blas
} // namespace faultline
#endif
