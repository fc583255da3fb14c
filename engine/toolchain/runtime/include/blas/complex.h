/* Complex numbers with operators, as cuComplex and cuDoubleComplex lie in memory, for kernels that are written for real and complex elements alike. */
#ifndef FAULTLINE_BLAS_COMPLEX_H
#define FAULTLINE_BLAS_COMPLEX_H
#include "cuComplex.h"

namespace faultline {
namespace blas {
template <class R> struct complex {
    R x, y;
    complex() = default;
    __host__ __device__ complex(R x, R y = 0) : x(x), y(y) {}
};
#define FAULTLINE_D template <class R> __host__ __device__
FAULTLINE_D complex<R> operator+(complex<R> a, complex<R> b) { return {a.x + b.x, a.y + b.y}; }
FAULTLINE_D complex<R> operator-(complex<R> a, complex<R> b) { return {a.x - b.x, a.y - b.y}; }
FAULTLINE_D complex<R> operator-(complex<R> a) { return {-a.x, -a.y}; }
FAULTLINE_D complex<R> operator*(complex<R> a, complex<R> b) { return {a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x}; }
FAULTLINE_D complex<R> operator/(complex<R> a, complex<R> b) {
    /* Divided by the larger part first, so that squares do not overflow. */
    if (::fabs((double)b.x) >= ::fabs((double)b.y)) {
        R r = b.y / b.x, d = b.x + b.y * r;
        return {(a.x + a.y * r) / d, (a.y - a.x * r) / d};
    }
    R r = b.x / b.y, d = b.x * r + b.y;
    return {(a.x * r + a.y) / d, (a.y * r - a.x) / d};
}
FAULTLINE_D complex<R> &operator+=(complex<R> &a, complex<R> b) { return a = a + b; }
FAULTLINE_D complex<R> &operator-=(complex<R> &a, complex<R> b) { return a = a - b; }
FAULTLINE_D complex<R> &operator*=(complex<R> &a, complex<R> b) { return a = a * b; }
FAULTLINE_D bool operator==(complex<R> a, complex<R> b) { return a.x == b.x && a.y == b.y; }
FAULTLINE_D complex<R> conjugate(complex<R> a) { return {a.x, -a.y}; }
FAULTLINE_D R real_part(complex<R> a) { return a.x; }
FAULTLINE_D R imaginary_part(complex<R> a) { return a.y; }
FAULTLINE_D R squared(complex<R> a) { return a.x * a.x + a.y * a.y; }
/* What pivots are compared by. */
FAULTLINE_D R weight(complex<R> a) { return (a.x < 0 ? -a.x : a.x) + (a.y < 0 ? -a.y : a.y); }
FAULTLINE_D R conjugate(R a) { return a; }
FAULTLINE_D R real_part(R a) { return a; }
FAULTLINE_D R imaginary_part(R) { return 0; }
FAULTLINE_D R squared(R a) { return a * a; }
FAULTLINE_D R weight(R a) { return a < 0 ? -a : a; }
#undef FAULTLINE_D
template <class T> struct number { using own = T; using real = T; };
template <class R> struct number<complex<R>> { using own = complex<R>; using real = R; };
template <> struct number<float2> : number<complex<float>> {};
template <> struct number<double2> : number<complex<double>> {};
template <class T> using own_t = typename number<T>::own;
template <class T> using real_t = typename number<T>::real;
template <class T> own_t<T> *own(T *p) { return (own_t<T> *)p; }
template <class T> const own_t<T> *own(const T *p) { return (const own_t<T> *)p; }
template <class T> own_t<T> *const *own(T *const *p) { return (own_t<T> *const *)p; }
template <class T> const own_t<T> *const *own(const T *const *p) { return (const own_t<T> *const *)p; }
} // namespace blas
} // namespace faultline
#endif
