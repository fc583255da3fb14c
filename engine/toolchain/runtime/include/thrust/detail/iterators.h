/* Iterators that make, change, join or reorder what is iterated over. All are on a device if what they stand on is. Source: Thrust documentation. */
#ifndef FAULTLINE_THRUST_ITERATORS_H
#define FAULTLINE_THRUST_ITERATORS_H
#include "functional.h"

namespace thrust {
namespace detail {
/* Arithmetic of an iterator `I` that has `move(n)`, `distance(other)` and `at(n)`. */
template <class I, class V, class R> struct iterator_base {
    using value_type = V;
    using reference = R;
    using pointer = void;
    using difference_type = ptrdiff_t;
    using iterator_category = std::random_access_iterator_tag;
    THRUST_HD I &self() { return *static_cast<I *>(this); }
    THRUST_HD const I &self() const { return *static_cast<const I *>(this); }
    THRUST_HD R operator*() const { return self().at(0); }
    THRUST_HD R operator[](ptrdiff_t n) const { return self().at(n); }
    THRUST_HD I &operator+=(ptrdiff_t n) { self().move(n); return self(); }
    THRUST_HD I &operator-=(ptrdiff_t n) { self().move(-n); return self(); }
    THRUST_HD I &operator++() { self().move(1); return self(); }
    THRUST_HD I &operator--() { self().move(-1); return self(); }
    THRUST_HD I operator++(int) { I old = self(); self().move(1); return old; }
    THRUST_HD I operator--(int) { I old = self(); self().move(-1); return old; }
    THRUST_HD I operator+(ptrdiff_t n) const { I copy = self(); copy.move(n); return copy; }
    THRUST_HD I operator-(ptrdiff_t n) const { I copy = self(); copy.move(-n); return copy; }
    THRUST_HD ptrdiff_t operator-(const I &o) const { return self().distance(o); }
    THRUST_HD friend I operator+(ptrdiff_t n, const I &i) { return i + n; }
    THRUST_HD bool operator==(const I &o) const { return self().distance(o) == 0; }
    THRUST_HD bool operator!=(const I &o) const { return self().distance(o) != 0; }
    THRUST_HD bool operator<(const I &o) const { return self().distance(o) < 0; }
    THRUST_HD bool operator>(const I &o) const { return self().distance(o) > 0; }
    THRUST_HD bool operator<=(const I &o) const { return self().distance(o) <= 0; }
    THRUST_HD bool operator>=(const I &o) const { return self().distance(o) >= 0; }
};
} // namespace detail

template <class T, class = void, class = void, class = void> struct counting_iterator : detail::iterator_base<counting_iterator<T>, T, T> {
    T value;
    THRUST_HD counting_iterator(T v = T()) : value(v) {}
    THRUST_HD T at(ptrdiff_t n) const { return value + (T)n; }
    THRUST_HD void move(ptrdiff_t n) { value += (T)n; }
    THRUST_HD ptrdiff_t distance(const counting_iterator &o) const { return (ptrdiff_t)(value - o.value); }
};
template <class T> THRUST_HD counting_iterator<T> make_counting_iterator(T value) { return {value}; }

template <class T, class = void, class = void> struct constant_iterator : detail::iterator_base<constant_iterator<T>, T, T> {
    T value;
    ptrdiff_t index;
    THRUST_HD constant_iterator(T v = T(), ptrdiff_t i = 0) : value(v), index(i) {}
    THRUST_HD T at(ptrdiff_t) const { return value; }
    THRUST_HD void move(ptrdiff_t n) { index += n; }
    THRUST_HD ptrdiff_t distance(const constant_iterator &o) const { return index - o.index; }
};
template <class T> THRUST_HD constant_iterator<T> make_constant_iterator(T value, ptrdiff_t index = 0) { return {value, index}; }

struct discard_reference {
    template <class T> THRUST_HD discard_reference &operator=(const T &) { return *this; }
};
template <class = void> struct discard_iterator : detail::iterator_base<discard_iterator<>, discard_reference, discard_reference> {
    ptrdiff_t index;
    THRUST_HD discard_iterator(ptrdiff_t i = 0) : index(i) {}
    THRUST_HD discard_reference at(ptrdiff_t) const { return {}; }
    THRUST_HD void move(ptrdiff_t n) { index += n; }
    THRUST_HD ptrdiff_t distance(const discard_iterator &o) const { return index - o.index; }
};
inline THRUST_HD discard_iterator<> make_discard_iterator(ptrdiff_t index = 0) { return {index}; }

template <class F, class I, class = void, class = void>
struct transform_iterator
    : detail::iterator_base<transform_iterator<F, I>, std::decay_t<std::invoke_result_t<F, decltype(std::declval<detail::raw_t<I>>()[0])>>,
                            std::decay_t<std::invoke_result_t<F, decltype(std::declval<detail::raw_t<I>>()[0])>>> {
    using thrust_on_device = detail::on_device<I>;
    using thrust_raw = transform_iterator<F, detail::raw_t<I>>;
    I inner;
    F function;
    THRUST_HD transform_iterator(I i, F f = F()) : inner(i), function(f) {}
    thrust_raw raw() const { return {detail::raw(inner), function}; }
    static transform_iterator unraw(const thrust_raw &r) { return {detail::raw_of<I>::back(r.inner), r.function}; }
    THRUST_HD auto at(ptrdiff_t n) const { return function(inner[n]); }
    THRUST_HD void move(ptrdiff_t n) { inner += n; }
    THRUST_HD ptrdiff_t distance(const transform_iterator &o) const { return inner - o.inner; }
    THRUST_HD I base() const { return inner; }
};
template <class I, class F> THRUST_HD transform_iterator<F, I> make_transform_iterator(I i, F f) { return {i, f}; }

template <class E, class M> struct permutation_iterator : detail::iterator_base<permutation_iterator<E, M>, iterator_value_t<E>, decltype(std::declval<E>()[0])> {
    using thrust_on_device = std::bool_constant<detail::on_device<E>::value || detail::on_device<M>::value>;
    using thrust_raw = permutation_iterator<detail::raw_t<E>, detail::raw_t<M>>;
    E elements;
    M map;
    THRUST_HD permutation_iterator(E e, M m) : elements(e), map(m) {}
    thrust_raw raw() const { return {detail::raw(elements), detail::raw(map)}; }
    static permutation_iterator unraw(const thrust_raw &r) { return {detail::raw_of<E>::back(r.elements), detail::raw_of<M>::back(r.map)}; }
    THRUST_HD decltype(auto) at(ptrdiff_t n) const { return elements[map[n]]; }
    THRUST_HD void move(ptrdiff_t n) { map += n; }
    THRUST_HD ptrdiff_t distance(const permutation_iterator &o) const { return map - o.map; }
};
template <class E, class M> THRUST_HD permutation_iterator<E, M> make_permutation_iterator(E e, M m) { return {e, m}; }

template <class I> struct reverse_iterator : detail::iterator_base<reverse_iterator<I>, iterator_value_t<I>, decltype(std::declval<I>()[0])> {
    using thrust_on_device = detail::on_device<I>;
    using thrust_raw = reverse_iterator<detail::raw_t<I>>;
    I inner;
    THRUST_HD explicit reverse_iterator(I i) : inner(i) {}
    thrust_raw raw() const { return thrust_raw(detail::raw(inner)); }
    static reverse_iterator unraw(const thrust_raw &r) { return reverse_iterator(detail::raw_of<I>::back(r.inner)); }
    THRUST_HD decltype(auto) at(ptrdiff_t n) const { return inner[-1 - n]; }
    THRUST_HD void move(ptrdiff_t n) { inner -= n; }
    THRUST_HD ptrdiff_t distance(const reverse_iterator &o) const { return o.inner - inner; }
    THRUST_HD I base() const { return inner; }
};
template <class I> THRUST_HD reverse_iterator<I> make_reverse_iterator(I i) { return reverse_iterator<I>(i); }

template <class T> struct zip_iterator;
template <class... I>
struct zip_iterator<tuple<I...>> : detail::iterator_base<zip_iterator<tuple<I...>>, tuple<iterator_value_t<I>...>, tuple<decltype(std::declval<I>()[0])...>> {
    using thrust_on_device = std::bool_constant<(detail::on_device<I>::value || ...)>;
    using thrust_raw = zip_iterator<tuple<detail::raw_t<I>...>>;
    using order = std::index_sequence_for<I...>;
    tuple<I...> iterators;
    THRUST_HD zip_iterator(tuple<I...> i) : iterators(i) {}
    THRUST_HD const tuple<I...> &get_iterator_tuple() const { return iterators; }
    thrust_raw raw() const { return raw(order{}); }
    static zip_iterator unraw(const thrust_raw &r) { return unraw(r, order{}); }
    THRUST_HD auto at(ptrdiff_t n) const { return at(n, order{}); }
    THRUST_HD void move(ptrdiff_t n) { move(n, order{}); }
    THRUST_HD ptrdiff_t distance(const zip_iterator &o) const { return detail::value_of<0>(iterators) - detail::value_of<0>(o.iterators); }

  private:
    template <size_t... k> static zip_iterator unraw(const thrust_raw &r, std::index_sequence<k...>) {
        return {tuple<I...>(detail::raw_of<I>::back(detail::value_of<k>(r.iterators))...)};
    }
    template <size_t... k> thrust_raw raw(std::index_sequence<k...>) const { return {tuple<detail::raw_t<I>...>(detail::raw(detail::value_of<k>(iterators))...)}; }
    template <size_t... k> THRUST_HD auto at(ptrdiff_t n, std::index_sequence<k...>) const {
        return tuple<decltype(std::declval<I>()[0])...>(detail::value_of<k>(iterators)[n]...);
    }
    template <size_t... k> THRUST_HD void move(ptrdiff_t n, std::index_sequence<k...>) { ((detail::value_of<k>(iterators) += n), ...); }
};
template <class... I> THRUST_HD zip_iterator<tuple<I...>> make_zip_iterator(tuple<I...> i) { return {i}; }
template <class I, class J, class... K> THRUST_HD zip_iterator<tuple<I, J, K...>> make_zip_iterator(I i, J j, K... k) { return {tuple<I, J, K...>(i, j, k...)}; }

template <class I> THRUST_HD auto distance(I first, I last) { return last - first; }
template <class I, class N> THRUST_HD void advance(I &i, N n) { i += n; }
template <class I> THRUST_HD I next(I i, ptrdiff_t n = 1) { return i + n; }
template <class I> THRUST_HD I prev(I i, ptrdiff_t n = 1) { return i - n; }
} // namespace thrust
#endif
