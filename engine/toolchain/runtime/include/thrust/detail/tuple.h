/* Pairs and tuples for both sides; of references, too, so that what a zip_iterator gives can be assigned. Source: Thrust documentation. */
#ifndef FAULTLINE_THRUST_TUPLE_H
#define FAULTLINE_THRUST_TUPLE_H
#include "base.h"
#include <tuple>

namespace thrust {
template <class A, class B> struct pair {
    using first_type = A;
    using second_type = B;
    A first;
    B second;
    pair() = default;
    THRUST_HD pair(const A &a, const B &b) : first(a), second(b) {}
    template <class C, class D> THRUST_HD pair(const pair<C, D> &o) : first(o.first), second(o.second) {}
    THRUST_HD bool operator==(const pair &o) const { return first == o.first && second == o.second; }
    THRUST_HD bool operator!=(const pair &o) const { return !(*this == o); }
    THRUST_HD bool operator<(const pair &o) const { return first < o.first || (!(o.first < first) && second < o.second); }
};
template <class A, class B> THRUST_HD pair<std::decay_t<A>, std::decay_t<B>> make_pair(A a, B b) { return {a, b}; }

namespace detail {
template <class T> struct is_pair : std::false_type {};
template <class A, class B> struct is_pair<pair<A, B>> : std::true_type {};
template <class... A, class F> auto restored(F call) {
    using R = decltype(call());
    if constexpr (std::is_void_v<R>) call();
    else if constexpr (is_pair<R>::value) {
        R r = call();
        return thrust::make_pair(restored_one<decltype(r.first), A...>(r.first), restored_one<decltype(r.second), A...>(r.second));
    } else
        return restored_one<R, A...>(call());
}
template <size_t n, class T> struct leaf {
    T value;
};
template <class S, class... T> struct leaves;
template <size_t... n, class... T> struct leaves<std::index_sequence<n...>, T...> : leaf<n, T>... {
    leaves() = default;
    template <class... U> THRUST_HD explicit leaves(int, U &&...u) : leaf<n, T>{static_cast<T>(u)}... {}
};
template <size_t n, class T> THRUST_HD T &value_of(leaf<n, T> &l) { return l.value; }
template <size_t n, class T> THRUST_HD const T &value_of(const leaf<n, T> &l) { return l.value; }
} // namespace detail

template <class... T> struct tuple : detail::leaves<std::index_sequence_for<T...>, T...> {
    using base = detail::leaves<std::index_sequence_for<T...>, T...>;
    using order = std::index_sequence_for<T...>;
    tuple() = default;
    tuple(const tuple &) = default;
    template <class... U, std::enable_if_t<sizeof...(U) == sizeof...(T) && (std::is_constructible_v<T, U &&> && ...), int> = 0>
    THRUST_HD tuple(U &&...u) : base(0, static_cast<U &&>(u)...) {}
    template <class... U, std::enable_if_t<sizeof...(U) == sizeof...(T) && (std::is_constructible_v<T, const U &> && ...), int> = 0>
    THRUST_HD tuple(const tuple<U...> &o) : tuple(o, order{}) {}
    THRUST_HD tuple &operator=(const tuple &o) { return assign(o, order{}); }
    template <class... U> THRUST_HD tuple &operator=(const tuple<U...> &o) { return assign(o, order{}); }
    template <class A, class B> THRUST_HD tuple &operator=(const pair<A, B> &o) { return assign(tuple<A, B>(o.first, o.second), order{}); }
    template <size_t n> THRUST_HD auto &get() { return detail::value_of<n>(*this); }
    template <size_t n> THRUST_HD const auto &get() const { return detail::value_of<n>(*this); }

  private:
    template <class O, size_t... n> THRUST_HD tuple(const O &o, std::index_sequence<n...>) : base(0, detail::value_of<n>(o)...) {}
    template <class O, size_t... n> THRUST_HD tuple &assign(const O &o, std::index_sequence<n...>) {
        ((detail::value_of<n>(*this) = detail::value_of<n>(o)), ...);
        return *this;
    }
};
template <class... T> tuple(T...) -> tuple<T...>;
template <size_t n, class... T> THRUST_HD auto &get(tuple<T...> &t) { return detail::value_of<n>(t); }
template <size_t n, class... T> THRUST_HD const auto &get(const tuple<T...> &t) { return detail::value_of<n>(t); }
template <size_t n, class... T> THRUST_HD auto &get(tuple<T...> &&t) { return detail::value_of<n>(t); }
template <size_t n, class A, class B> THRUST_HD auto &get(pair<A, B> &p) {
    if constexpr (n == 0) return p.first;
    else return p.second;
}
template <size_t n, class A, class B> THRUST_HD const auto &get(const pair<A, B> &p) {
    if constexpr (n == 0) return p.first;
    else return p.second;
}
template <class... T> THRUST_HD tuple<std::decay_t<T>...> make_tuple(T... t) { return tuple<std::decay_t<T>...>(t...); }
template <class... T> THRUST_HD tuple<T &...> tie(T &...t) { return tuple<T &...>(t...); }
namespace detail {
template <class A, class B, size_t... n> THRUST_HD bool same(const A &a, const B &b, std::index_sequence<n...>) { return ((value_of<n>(a) == value_of<n>(b)) && ...); }
template <size_t at, size_t end, class A, class B> THRUST_HD bool before(const A &a, const B &b) {
    if constexpr (at == end) return false;
    else return value_of<at>(a) < value_of<at>(b) || (!(value_of<at>(b) < value_of<at>(a)) && before<at + 1, end>(a, b));
}
} // namespace detail
template <class... T, class... U> THRUST_HD bool operator==(const tuple<T...> &a, const tuple<U...> &b) { return detail::same(a, b, std::index_sequence_for<T...>{}); }
template <class... T, class... U> THRUST_HD bool operator!=(const tuple<T...> &a, const tuple<U...> &b) { return !(a == b); }
template <class... T, class... U> THRUST_HD bool operator<(const tuple<T...> &a, const tuple<U...> &b) { return detail::before<0, sizeof...(T)>(a, b); }
template <class... T, class... U> THRUST_HD bool operator>(const tuple<T...> &a, const tuple<U...> &b) { return b < a; }

template <class T> struct tuple_size;
template <class... T> struct tuple_size<tuple<T...>> : std::integral_constant<size_t, sizeof...(T)> {};
template <size_t n, class T> struct tuple_element;
template <size_t n, class... T> struct tuple_element<n, tuple<T...>> : std::tuple_element<n, std::tuple<T...>> {};
template <size_t n, class A, class B> struct tuple_element<n, pair<A, B>> : std::tuple_element<n, std::tuple<A, B>> {};
} // namespace thrust
template <class... T> struct std::tuple_size<thrust::tuple<T...>> : std::integral_constant<size_t, sizeof...(T)> {};
template <size_t n, class... T> struct std::tuple_element<n, thrust::tuple<T...>> : std::tuple_element<n, std::tuple<T...>> {};
#endif
