/*
 * What HIP's vector types can do, and CUDA's cannot: arithmetic, component by component, with vectors and with numbers. As templates, so that
 * operators of a program's own come first.
 * Source: HIP documentation, C++ language extensions, vector types.
 */
#ifndef FAULTLINE_HIP_VECTOR_OPERATORS_H
#define FAULTLINE_HIP_VECTOR_OPERATORS_H

namespace faultline {
template <class V> struct vector_of {
    static constexpr int components = 0;
};
#define FAULTLINE_VECTOR(T, name)                                                                                                    \
    template <> struct vector_of<name##1> { typedef T number; static constexpr int components = 1; };                                \
    template <> struct vector_of<name##2> { typedef T number; static constexpr int components = 2; };                                \
    template <> struct vector_of<name##3> { typedef T number; static constexpr int components = 3; };                                \
    template <> struct vector_of<name##4> { typedef T number; static constexpr int components = 4; };
FAULTLINE_VECTOR(signed char, char)
FAULTLINE_VECTOR(unsigned char, uchar)
FAULTLINE_VECTOR(short, short)
FAULTLINE_VECTOR(unsigned short, ushort)
FAULTLINE_VECTOR(int, int)
FAULTLINE_VECTOR(unsigned, uint)
FAULTLINE_VECTOR(long, long)
FAULTLINE_VECTOR(unsigned long, ulong)
FAULTLINE_VECTOR(long long, longlong)
FAULTLINE_VECTOR(unsigned long long, ulonglong)
FAULTLINE_VECTOR(float, float)
FAULTLINE_VECTOR(double, double)
#undef FAULTLINE_VECTOR

template <class V> using number_of = typename vector_of<V>::number;
template <bool, class T> struct where {};
template <class T> struct where<true, T> { typedef T type; };
template <class N> constexpr bool is_number = __is_arithmetic(N);
template <class V, class Change> FAULTLINE_HD constexpr V by_component(const V &a, const V &b, Change change) {
    typedef number_of<V> number;
    constexpr int count = vector_of<V>::components;
    V result = a;
    result.x = (number)change(a.x, b.x);
    if constexpr (count > 1) result.y = (number)change(a.y, b.y);
    if constexpr (count > 2) result.z = (number)change(a.z, b.z);
    if constexpr (count > 3) result.w = (number)change(a.w, b.w);
    return result;
}
template <class V> FAULTLINE_HD constexpr V of_number(number_of<V> number) {
    constexpr int count = vector_of<V>::components;
    V result = {};
    result.x = number;
    if constexpr (count > 1) result.y = number;
    if constexpr (count > 2) result.z = number;
    if constexpr (count > 3) result.w = number;
    return result;
}
} // namespace faultline

#define FAULTLINE_VECTOR_OPERATOR(op)                                                                                                \
    template <class V, class = faultline::number_of<V>> FAULTLINE_HD constexpr V operator op(const V &a, const V &b) {               \
        return faultline::by_component(a, b, [](auto x, auto y) { return x op y; });                                                 \
    }                                                                                                                                \
    template <class V, class N, class = faultline::number_of<V>, class = typename faultline::where<faultline::is_number<N>, N>::type> \
    FAULTLINE_HD constexpr V operator op(const V &a, N b) {                                                                          \
        return faultline::by_component(a, faultline::of_number<V>((faultline::number_of<V>)b), [](auto x, auto y) { return x op y; }); \
    }                                                                                                                                \
    template <class V, class N, class = faultline::number_of<V>, class = typename faultline::where<faultline::is_number<N>, N>::type> \
    FAULTLINE_HD constexpr V operator op(N a, const V &b) {                                                                          \
        return faultline::by_component(faultline::of_number<V>((faultline::number_of<V>)a), b, [](auto x, auto y) { return x op y; }); \
    }                                                                                                                                \
    template <class V, class = faultline::number_of<V>> FAULTLINE_HD constexpr V &operator op##=(V &a, const V &b) { return a = a op b; } \
    template <class V, class N, class = faultline::number_of<V>, class = typename faultline::where<faultline::is_number<N>, N>::type> \
    FAULTLINE_HD constexpr V &operator op##=(V &a, N b) {                                                                            \
        return a = a op b;                                                                                                           \
    }
FAULTLINE_VECTOR_OPERATOR(+)
FAULTLINE_VECTOR_OPERATOR(-)
FAULTLINE_VECTOR_OPERATOR(*)
FAULTLINE_VECTOR_OPERATOR(/)
FAULTLINE_VECTOR_OPERATOR(%)
FAULTLINE_VECTOR_OPERATOR(&)
FAULTLINE_VECTOR_OPERATOR(|)
FAULTLINE_VECTOR_OPERATOR(^)
FAULTLINE_VECTOR_OPERATOR(<<)
FAULTLINE_VECTOR_OPERATOR(>>)
#undef FAULTLINE_VECTOR_OPERATOR

template <class V, class = faultline::number_of<V>> FAULTLINE_HD constexpr V operator-(const V &a) {
    return faultline::by_component(a, a, [](auto x, auto) { return -x; });
}
template <class V, class = faultline::number_of<V>> FAULTLINE_HD constexpr V operator~(const V &a) {
    return faultline::by_component(a, a, [](auto x, auto) { return ~x; });
}
template <class V, class = faultline::number_of<V>> FAULTLINE_HD constexpr V &operator++(V &a) { return a += 1; }
template <class V, class = faultline::number_of<V>> FAULTLINE_HD constexpr V &operator--(V &a) { return a -= 1; }
template <class V, class = faultline::number_of<V>> FAULTLINE_HD constexpr bool operator==(const V &a, const V &b) {
    constexpr int count = faultline::vector_of<V>::components;
    bool same = a.x == b.x;
    if constexpr (count > 1) same = same && a.y == b.y;
    if constexpr (count > 2) same = same && a.z == b.z;
    if constexpr (count > 3) same = same && a.w == b.w;
    return same;
}
template <class V, class = faultline::number_of<V>> FAULTLINE_HD constexpr bool operator!=(const V &a, const V &b) { return !(a == b); }

#endif
