/*
 * Reductions and searches: each thread of one grid combines what it meets on its way, and one thread combines those results in order.
 * Source: Thrust documentation; the operators of thrust::reduce may be applied in any order.
 */
#ifndef FAULTLINE_THRUST_REDUCE_H
#define FAULTLINE_THRUST_REDUCE_H
#include "each.h"

namespace thrust {
namespace detail {
enum { REDUCERS = 4096 };
/* f(0) op f(1) op … for n > 0, in out[0]; `out` has room for REDUCERS. */
template <bool device, class T, class F, class O> void reduce_index(policy<device> p, size_t n, T *out, F f, O op) {
    if constexpr (!device) {
        T sum = f(0);
        for (size_t i = 1; i < n; i++) sum = op(sum, f(i));
        out[0] = sum;
    } else {
        size_t threads = n < REDUCERS ? n : (size_t)REDUCERS;
        each(p, threads, [=] THRUST_HD(size_t t) mutable {
            T sum = f(t);
            for (size_t i = t + threads; i < n; i += threads) sum = op(sum, f(i));
            out[t] = sum;
        });
        each(p, 1, [=] THRUST_HD(size_t) mutable {
            T sum = out[0];
            for (size_t t = 1; t < threads; t++) sum = op(sum, out[t]);
            out[0] = sum;
        });
    }
}
template <bool device, class T, class F, class O> T reduce_value(policy<device> p, size_t n, T init, F f, O op) {
    if constexpr (!device) {
        for (size_t i = 0; i < n; i++) init = op(init, f(i));
        return init;
    } else {
        if (n == 0) return init;
        scratch<T, device> part(p, REDUCERS);
        T *out = part.data;
        reduce_index(p, n, out, f, op);
        each(p, 1, [=] THRUST_HD(size_t) mutable { out[0] = op(init, out[0]); });
        return part.read(p);
    }
}
template <class P, class I, class T = iterator_value_t<I>, class O = plus<>> T reduce(P p, I first, I last, T init = T(), O op = O()) {
    return reduce_value(p, (size_t)(last - first), init, [=] THRUST_HD(size_t i) -> T { return first[i]; }, op);
}
template <class P, class I, class F, class T, class O> T transform_reduce(P p, I first, I last, F f, T init, O op) {
    return reduce_value(p, (size_t)(last - first), init, [=] THRUST_HD(size_t i) -> T { return f(first[i]); }, op);
}
template <class P, class I, class J, class T, class O = plus<>, class M = multiplies<>>
T inner_product(P p, I first, I last, J second, T init, O op = O(), M multiply = M()) {
    return reduce_value(p, (size_t)(last - first), init, [=] THRUST_HD(size_t i) -> T { return multiply(first[i], second[i]); }, op);
}
template <class P, class I, class Q> ptrdiff_t count_if(P p, I first, I last, Q wanted) {
    return reduce_value(p, (size_t)(last - first), (ptrdiff_t)0, [=] THRUST_HD(size_t i) -> ptrdiff_t { return wanted(first[i]) ? 1 : 0; }, plus<>());
}
template <class P, class I, class T> ptrdiff_t count(P p, I first, I last, T value) {
    return reduce_value(p, (size_t)(last - first), (ptrdiff_t)0, [=] THRUST_HD(size_t i) -> ptrdiff_t { return first[i] == value ? 1 : 0; }, plus<>());
}
/* The first index that is wanted, or n. */
template <class P, class F> size_t first_index(P p, size_t n, F wanted) {
    return reduce_value(p, n, n, [=] THRUST_HD(size_t i) -> size_t { return wanted(i) ? i : n; }, minimum<>());
}
template <class P, class I, class Q> I find_if(P p, I first, I last, Q wanted) {
    return first + (ptrdiff_t)first_index(p, (size_t)(last - first), [=] THRUST_HD(size_t i) -> bool { return wanted(first[i]); });
}
template <class P, class I, class Q> I find_if_not(P p, I first, I last, Q wanted) {
    return first + (ptrdiff_t)first_index(p, (size_t)(last - first), [=] THRUST_HD(size_t i) -> bool { return !wanted(first[i]); });
}
template <class P, class I, class T> I find(P p, I first, I last, T value) {
    return first + (ptrdiff_t)first_index(p, (size_t)(last - first), [=] THRUST_HD(size_t i) -> bool { return first[i] == value; });
}
template <class P, class I, class Q> bool any_of(P p, I first, I last, Q wanted) { return detail::find_if(p, first, last, wanted) != last; }
template <class P, class I, class Q> bool all_of(P p, I first, I last, Q wanted) { return detail::find_if_not(p, first, last, wanted) == last; }
template <class P, class I, class Q> bool none_of(P p, I first, I last, Q wanted) { return !detail::any_of(p, first, last, wanted); }
template <class P, class I, class J, class E = equal_to<>> pair<I, J> mismatch(P p, I first, I last, J second, E same = E()) {
    ptrdiff_t at = (ptrdiff_t)first_index(p, (size_t)(last - first), [=] THRUST_HD(size_t i) -> bool { return !same(first[i], second[i]); });
    return {first + at, second + at};
}
template <class P, class I, class J, class E = equal_to<>> bool equal(P p, I first, I last, J second, E same = E()) {
    return detail::mismatch(p, first, last, second, same).first == last;
}
template <class P, class I, class C = less<>> I is_sorted_until(P p, I first, I last, C less = C()) {
    size_t n = (size_t)(last - first);
    return n < 2 ? last : first + (ptrdiff_t)(first_index(p, n - 1, [=] THRUST_HD(size_t i) -> bool { return less(first[i + 1], first[i]); }) + 1);
}
template <class P, class I, class C = less<>> bool is_sorted(P p, I first, I last, C less = C()) { return detail::is_sorted_until(p, first, last, less) == last; }
/* Where what is wanted ends, in a range that is partitioned. */
template <class P, class I, class Q> I partition_point(P p, I first, I last, Q wanted) { return detail::find_if_not(p, first, last, wanted); }
template <class P, class I, class Q> bool is_partitioned(P p, I first, I last, Q wanted) {
    I middle = detail::find_if_not(p, first, last, wanted);
    return detail::find_if(p, middle, last, wanted) == last;
}
/* The index of the first of the least elements, or of the first of the greatest. */
template <bool greatest, class P, class I, class C> ptrdiff_t extreme(P p, I first, I last, C less) {
    return (ptrdiff_t)reduce_value(p, (size_t)(last - first), (size_t)0, [=] THRUST_HD(size_t i) -> size_t { return i; }, [=] THRUST_HD(size_t a, size_t b) -> size_t {
        bool instead;
        if constexpr (greatest) instead = less(first[a], first[b]);
        else instead = less(first[b], first[a]);
        bool as_good;
        if constexpr (greatest) as_good = !less(first[b], first[a]);
        else as_good = !less(first[a], first[b]);
        return instead || (as_good && b < a) ? b : a;
    });
}
template <class P, class I, class C = less<>> I min_element(P p, I first, I last, C less = C()) { return first == last ? last : first + extreme<false>(p, first, last, less); }
template <class P, class I, class C = less<>> I max_element(P p, I first, I last, C less = C()) { return first == last ? last : first + extreme<true>(p, first, last, less); }
template <class P, class I, class C = less<>> pair<I, I> minmax_element(P p, I first, I last, C less = C()) {
    return {detail::min_element(p, first, last, less), detail::max_element(p, first, last, less)};
}
} // namespace detail
THRUST_ALGORITHM(reduce)
THRUST_ALGORITHM(transform_reduce)
THRUST_ALGORITHM(inner_product)
THRUST_ALGORITHM(count)
THRUST_ALGORITHM(count_if)
THRUST_ALGORITHM(find)
THRUST_ALGORITHM(find_if)
THRUST_ALGORITHM(find_if_not)
THRUST_ALGORITHM(any_of)
THRUST_ALGORITHM(all_of)
THRUST_ALGORITHM(none_of)
THRUST_ALGORITHM(mismatch)
THRUST_ALGORITHM(equal)
THRUST_ALGORITHM(is_sorted)
THRUST_ALGORITHM(is_sorted_until)
THRUST_ALGORITHM(is_partitioned)
THRUST_ALGORITHM(partition_point)
THRUST_ALGORITHM(min_element)
THRUST_ALGORITHM(max_element)
THRUST_ALGORITHM(minmax_element)
} // namespace thrust
#endif
