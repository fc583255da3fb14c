/* Function objects for both sides, and placeholders that make such an object of an expression. Source: Thrust documentation. */
#ifndef FAULTLINE_THRUST_FUNCTIONAL_H
#define FAULTLINE_THRUST_FUNCTIONAL_H
#include "tuple.h"

namespace thrust {
#define THRUST_UNARY(name, expression)                                                                                               \
    template <class T = void> struct name {                                                                                          \
        using argument_type = T;                                                                                                     \
        THRUST_HD constexpr auto operator()(const T &a) const { return expression; }                                                 \
    };                                                                                                                               \
    template <> struct name<void> {                                                                                                  \
        template <class A> THRUST_HD constexpr auto operator()(const A &a) const { return expression; }                              \
    };
#define THRUST_BINARY(name, expression)                                                                                              \
    template <class T = void> struct name {                                                                                          \
        using first_argument_type = T;                                                                                               \
        using second_argument_type = T;                                                                                              \
        THRUST_HD constexpr auto operator()(const T &a, const T &b) const { return expression; }                                     \
    };                                                                                                                               \
    template <> struct name<void> {                                                                                                  \
        template <class A, class B> THRUST_HD constexpr auto operator()(const A &a, const B &b) const { return expression; }         \
    };
THRUST_BINARY(plus, a + b)
THRUST_BINARY(minus, a - b)
THRUST_BINARY(multiplies, a *b)
THRUST_BINARY(divides, a / b)
THRUST_BINARY(modulus, a % b)
THRUST_BINARY(bit_and, a &b)
THRUST_BINARY(bit_or, a | b)
THRUST_BINARY(bit_xor, a ^ b)
THRUST_BINARY(equal_to, a == b)
THRUST_BINARY(not_equal_to, a != b)
THRUST_BINARY(less, a < b)
THRUST_BINARY(greater, a > b)
THRUST_BINARY(less_equal, a <= b)
THRUST_BINARY(greater_equal, a >= b)
THRUST_BINARY(logical_and, a &&b)
THRUST_BINARY(logical_or, a || b)
THRUST_BINARY(maximum, a < b ? b : a)
THRUST_BINARY(minimum, b < a ? b : a)
THRUST_BINARY(project1st, ((void)b, a))
THRUST_BINARY(project2nd, ((void)a, b))
THRUST_UNARY(negate, -a)
THRUST_UNARY(square, a *a)
THRUST_UNARY(logical_not, !a)
THRUST_UNARY(identity, a)
#undef THRUST_BINARY
#undef THRUST_UNARY
template <class T, class R> struct unary_function { using argument_type = T; using result_type = R; };
template <class T, class U, class R> struct binary_function { using first_argument_type = T; using second_argument_type = U; using result_type = R; };
template <class F> struct not_fn_of {
    F f;
    template <class... A> THRUST_HD bool operator()(const A &...a) const { return !f(a...); }
};
template <class F> THRUST_HD not_fn_of<F> not1(F f) { return {f}; }
template <class F> THRUST_HD not_fn_of<F> not2(F f) { return {f}; }
template <class F> THRUST_HD not_fn_of<F> not_fn(F f) { return {f}; }
template <class F> struct zip_function_of {
    F f;
    template <class... T> THRUST_HD auto operator()(const tuple<T...> &t) const { return apply(t, std::index_sequence_for<T...>{}); }
    template <class T, size_t... n> THRUST_HD auto apply(const T &t, std::index_sequence<n...>) const { return f(detail::value_of<n>(t)...); }
};
template <class F> THRUST_HD zip_function_of<F> make_zip_function(F f) { return {f}; }

namespace placeholders {
/* Derived expressions are called with all arguments of the whole. */
struct expression {};
template <size_t n> struct argument : expression {
    template <class... A> THRUST_HD auto operator()(const A &...a) const { return tuple<const A &...>(a...).template get<n>(); }
};
template <class T> struct constant : expression {
    T value;
    THRUST_HD constexpr constant(T v) : value(v) {}
    template <class... A> THRUST_HD T operator()(const A &...) const { return value; }
};
template <class O, class L, class R> struct binary : expression {
    L left;
    R right;
    THRUST_HD binary(L l, R r) : left(l), right(r) {}
    template <class... A> THRUST_HD auto operator()(const A &...a) const { return O()(left(a...), right(a...)); }
};
template <class T> using part = std::conditional_t<std::is_base_of_v<expression, T>, T, constant<T>>;
#define THRUST_OPERATOR(symbol, function)                                                                                            \
    template <class L, class R, std::enable_if_t<std::is_base_of_v<expression, L> || std::is_base_of_v<expression, R>, int> = 0>     \
    THRUST_HD auto operator symbol(L l, R r) {                                                                                       \
        return binary<thrust::function<void>, part<L>, part<R>>(l, r);                                                               \
    }
THRUST_OPERATOR(+, plus)
THRUST_OPERATOR(-, minus)
THRUST_OPERATOR(*, multiplies)
THRUST_OPERATOR(/, divides)
THRUST_OPERATOR(%, modulus)
THRUST_OPERATOR(==, equal_to)
THRUST_OPERATOR(!=, not_equal_to)
THRUST_OPERATOR(<, less)
THRUST_OPERATOR(>, greater)
THRUST_OPERATOR(<=, less_equal)
THRUST_OPERATOR(>=, greater_equal)
THRUST_OPERATOR(&&, logical_and)
THRUST_OPERATOR(||, logical_or)
#undef THRUST_OPERATOR
static const argument<0> _1;
static const argument<1> _2;
static const argument<2> _3;
} // namespace placeholders
} // namespace thrust
#endif
