/* Complex numbers of both sides. Source: Thrust documentation, complex numbers; the formulas are those of ISO C, annex G, without its infinities. */
#ifndef FAULTLINE_THRUST_COMPLEX_H
#define FAULTLINE_THRUST_COMPLEX_H
#include "detail/base.h"
#include <complex>

namespace thrust {
template <class T> struct complex {
    using value_type = T;
    complex() = default;
    THRUST_HD constexpr complex(const T &re, const T &im = T()) : x(re), y(im) {}
    template <class U> THRUST_HD constexpr complex(const complex<U> &o) : x((T)o.real()), y((T)o.imag()) {}
    template <class U> constexpr complex(const std::complex<U> &o) : x((T)o.real()), y((T)o.imag()) {}
    template <class U> operator std::complex<U>() const { return std::complex<U>((U)x, (U)y); }
    THRUST_HD constexpr T real() const { return x; }
    THRUST_HD constexpr T imag() const { return y; }
    THRUST_HD void real(T re) { x = re; }
    THRUST_HD void imag(T im) { y = im; }
    THRUST_HD complex &operator=(const T &re) {
        x = re;
        y = T();
        return *this;
    }
    template <class U> THRUST_HD complex &operator+=(const U &o) { return *this = *this + complex(o); }
    template <class U> THRUST_HD complex &operator-=(const U &o) { return *this = *this - complex(o); }
    template <class U> THRUST_HD complex &operator*=(const U &o) { return *this = *this * complex(o); }
    template <class U> THRUST_HD complex &operator/=(const U &o) { return *this = *this / complex(o); }

    friend THRUST_HD complex operator+(const complex &a, const complex &b) { return {a.x + b.x, a.y + b.y}; }
    friend THRUST_HD complex operator-(const complex &a, const complex &b) { return {a.x - b.x, a.y - b.y}; }
    friend THRUST_HD complex operator*(const complex &a, const complex &b) { return {a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x}; }
    /* By the larger part, so that squares neither overflow nor vanish. */
    friend THRUST_HD complex operator/(const complex &a, const complex &b) {
        T s = (b.x < 0 ? -b.x : b.x) + (b.y < 0 ? -b.y : b.y), unit = T(1) / s;
        T ax = a.x * unit, ay = a.y * unit, bx = b.x * unit, by = b.y * unit, d = bx * bx + by * by;
        return {(ax * bx + ay * by) / d, (ay * bx - ax * by) / d};
    }
    friend THRUST_HD complex operator+(const complex &a) { return a; }
    friend THRUST_HD complex operator-(const complex &a) { return {-a.x, -a.y}; }
    friend THRUST_HD bool operator==(const complex &a, const complex &b) { return a.x == b.x && a.y == b.y; }
    friend THRUST_HD bool operator!=(const complex &a, const complex &b) { return !(a == b); }
    template <class O> friend O &operator<<(O &out, const complex &z) { return out << '(' << z.x << ',' << z.y << ')', out; }

  private:
    T x, y;
};

template <class T> THRUST_HD T norm(const complex<T> &z) { return z.real() * z.real() + z.imag() * z.imag(); }
template <class T> THRUST_HD T abs(const complex<T> &z) { return (T)::hypot(z.real(), z.imag()); }
template <class T> THRUST_HD T arg(const complex<T> &z) { return (T)::atan2(z.imag(), z.real()); }
template <class T> THRUST_HD complex<T> conj(const complex<T> &z) { return {z.real(), -z.imag()}; }
template <class T> THRUST_HD complex<T> polar(const T &length, const T &angle = T()) { return {length * (T)::cos(angle), length * (T)::sin(angle)}; }
template <class T> THRUST_HD complex<T> exp(const complex<T> &z) { return polar((T)::exp(z.real()), z.imag()); }
template <class T> THRUST_HD complex<T> log(const complex<T> &z) { return {(T)::log(abs(z)), arg(z)}; }
template <class T> THRUST_HD complex<T> log10(const complex<T> &z) { return log(z) / complex<T>((T)2.302585092994046); }
template <class T> THRUST_HD complex<T> pow(const complex<T> &z, const complex<T> &w) { return z == complex<T>() ? z : exp(w * log(z)); }
template <class T> THRUST_HD complex<T> pow(const complex<T> &z, const T &w) { return pow(z, complex<T>(w)); }
template <class T> THRUST_HD complex<T> sqrt(const complex<T> &z) { return polar((T)::sqrt(abs(z)), arg(z) / 2); }
template <class T> THRUST_HD complex<T> sin(const complex<T> &z) { return {(T)(::sin(z.real()) * ::cosh(z.imag())), (T)(::cos(z.real()) * ::sinh(z.imag()))}; }
template <class T> THRUST_HD complex<T> cos(const complex<T> &z) { return {(T)(::cos(z.real()) * ::cosh(z.imag())), (T)(-::sin(z.real()) * ::sinh(z.imag()))}; }
template <class T> THRUST_HD complex<T> tan(const complex<T> &z) { return sin(z) / cos(z); }
template <class T> THRUST_HD complex<T> sinh(const complex<T> &z) { return {(T)(::sinh(z.real()) * ::cos(z.imag())), (T)(::cosh(z.real()) * ::sin(z.imag()))}; }
template <class T> THRUST_HD complex<T> cosh(const complex<T> &z) { return {(T)(::cosh(z.real()) * ::cos(z.imag())), (T)(::sinh(z.real()) * ::sin(z.imag()))}; }
template <class T> THRUST_HD complex<T> tanh(const complex<T> &z) { return sinh(z) / cosh(z); }
} // namespace thrust
#endif
