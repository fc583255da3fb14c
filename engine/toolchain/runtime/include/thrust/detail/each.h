/* Algorithms whose elements are independent of each other: one kernel each. Source: Thrust documentation. */
#ifndef FAULTLINE_THRUST_EACH_H
#define FAULTLINE_THRUST_EACH_H
#include "vectors.h"

namespace thrust {
namespace detail {
template <class P, class I, class F> I for_each(P p, I first, I last, F f) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable { f(first[i]); });
    wait(p);
    return last;
}
template <class P, class I, class N, class F> I for_each_n(P p, I first, N n, F f) { return detail::for_each(p, first, first + n, f); }
template <class P, class I, class T> void fill(P p, I first, I last, T value) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) { first[i] = value; });
    wait(p);
}
template <class P, class I, class N, class T> I fill_n(P p, I first, N n, T value) { return detail::fill(p, first, first + n, value), first + n; }
template <class P, class I, class F> void tabulate(P p, I first, I last, F f) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable { first[i] = f((ptrdiff_t)i); });
    wait(p);
}
template <class P, class I, class T = iterator_value_t<I>> void sequence(P p, I first, I last, T start = T(0), T step = T(1)) {
    detail::tabulate(p, first, last, [=] THRUST_HD(ptrdiff_t i) { return start + (T)i * step; });
}
template <class P, class I, class G> void generate(P p, I first, I last, G g) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable { first[i] = g(); });
    wait(p);
}
template <bool device, class I, class O, class F> O transform(policy<device> p, I first, I last, O out, F f) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable { out[i] = f(first[i]); });
    wait(p);
    return out + (last - first);
}
template <bool device, class I, class J, class O, class F> O transform(policy<device> p, I first, I last, J second, O out, F f) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable { out[i] = f(first[i], second[i]); });
    wait(p);
    return out + (last - first);
}
template <class P, class I, class O, class F, class Q> O transform_if(P p, I first, I last, O out, F f, Q wanted) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable { if (wanted(first[i])) out[i] = f(first[i]); });
    wait(p);
    return out + (last - first);
}
template <class P, class I, class S, class O, class F, class Q> O transform_if(P p, I first, I last, S stencil, O out, F f, Q wanted) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable { if (wanted(stencil[i])) out[i] = f(first[i]); });
    wait(p);
    return out + (last - first);
}
template <class P, class I, class Q, class T> void replace_if(P p, I first, I last, Q wanted, T value) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable { if (wanted(first[i])) first[i] = value; });
    wait(p);
}
template <class P, class I, class T> void replace(P p, I first, I last, T old, T value) {
    detail::replace_if(p, first, last, [=] THRUST_HD(const iterator_value_t<I> &v) { return v == old; }, value);
}
template <class P, class M, class I, class O> O gather(P p, M map, M end, I input, O out) {
    each(p, (size_t)(end - map), [=] THRUST_HD(size_t i) { out[i] = input[map[i]]; });
    wait(p);
    return out + (end - map);
}
template <class P, class I, class M, class O> void scatter(P p, I first, I last, M map, O out) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) { out[map[i]] = first[i]; });
    wait(p);
}
template <class P, class I, class M, class S, class O> void scatter_if(P p, I first, I last, M map, S stencil, O out) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) { if (stencil[i]) out[map[i]] = first[i]; });
    wait(p);
}
template <class P, class I, class J> J swap_ranges(P p, I first, I last, J other) {
    each(p, (size_t)(last - first), [=] THRUST_HD(size_t i) {
        iterator_value_t<I> value = first[i];
        first[i] = other[i];
        other[i] = value;
    });
    wait(p);
    return other + (last - first);
}
template <class P, class I> void reverse(P p, I first, I last) {
    size_t n = (size_t)(last - first);
    each(p, n / 2, [=] THRUST_HD(size_t i) {
        iterator_value_t<I> value = first[i];
        first[i] = first[n - 1 - i];
        first[n - 1 - i] = value;
    });
    wait(p);
}
template <class P, class I, class O> O reverse_copy(P p, I first, I last, O out) {
    size_t n = (size_t)(last - first);
    each(p, n, [=] THRUST_HD(size_t i) { out[i] = first[n - 1 - i]; });
    wait(p);
    return out + (last - first);
}
template <class P, class I, class O, class F = minus<>> O adjacent_difference(P p, I first, I last, O out, F f = F()) {
    using T = iterator_value_t<I>;
    constexpr bool device = P::on_device;
    size_t n = (size_t)(last - first);
    scratch<T, device> copy(p, n);
    T *old = copy.data;
    each(p, n, [=] THRUST_HD(size_t i) { old[i] = first[i]; });
    each(p, n, [=] THRUST_HD(size_t i) mutable { if (i == 0) out[i] = old[i]; else out[i] = f(old[i], old[i - 1]); });
    wait(p);
    return out + (last - first);
}
/* How many elements of a sorted range come before a value. */
template <bool upper, class I, class T, class C> THRUST_HD size_t bound(I first, size_t n, const T &value, C less) {
    size_t low = 0;
    while (n > 0) {
        size_t half = n / 2;
        bool before;
        if constexpr (upper) before = !less(value, first[low + half]);
        else before = less(first[low + half], value);
        if (before) low += half + 1, n -= half + 1;
        else n = half;
    }
    return low;
}
#define THRUST_BOUND(name, upper, result)                                                                                            \
    template <bool device, class I, class J, class O, class C = less<>, std::enable_if_t<!std::is_arithmetic_v<J>, int> = 0>         \
    O name(policy<device> p, I first, I last, J values, J end, O out, C less = C()) {                                                \
        size_t n = (size_t)(last - first);                                                                                           \
        each(p, (size_t)(end - values), [=] THRUST_HD(size_t i) {                                                                    \
            iterator_value_t<J> value = values[i];                                                                                   \
            size_t at = bound<upper>(first, n, value, less);                                                                         \
            out[i] = result;                                                                                                         \
        });                                                                                                                          \
        wait(p);                                                                                                                     \
        return out + (end - values);                                                                                                 \
    }                                                                                                                                \
    template <bool device, class I, class C = less<>>                                                                                \
    auto name(policy<device> p, I first, I last, iterator_value_t<I> value, C less = C()) {                                          \
        size_t n = (size_t)(last - first);                                                                                           \
        scratch<size_t, device> found(p, 1);                                                                                         \
        size_t *out = found.data;                                                                                                    \
        each(p, 1, [=] THRUST_HD(size_t) {                                                                                           \
            size_t at = bound<upper>(first, n, value, less);                                                                         \
            *out = result;                                                                                                           \
        });                                                                                                                          \
        return found.read(p);                                                                                                        \
    }
THRUST_BOUND(lower_bound_index, false, at)
THRUST_BOUND(upper_bound_index, true, at)
THRUST_BOUND(binary_search_index, false, (at < n && !less(value, first[at])))
#undef THRUST_BOUND
} // namespace detail
THRUST_ALGORITHM(for_each)
THRUST_ALGORITHM(for_each_n)
THRUST_ALGORITHM(fill)
THRUST_ALGORITHM(fill_n)
THRUST_ALGORITHM(tabulate)
THRUST_ALGORITHM(sequence)
THRUST_ALGORITHM(generate)
THRUST_ALGORITHM(transform)
THRUST_ALGORITHM(transform_if)
THRUST_ALGORITHM(replace)
THRUST_ALGORITHM(replace_if)
THRUST_ALGORITHM(gather)
THRUST_ALGORITHM(scatter)
THRUST_ALGORITHM(scatter_if)
THRUST_ALGORITHM(swap_ranges)
THRUST_ALGORITHM(reverse)
THRUST_ALGORITHM(reverse_copy)
THRUST_ALGORITHM(adjacent_difference)
THRUST_ALGORITHM(lower_bound_index)
THRUST_ALGORITHM(upper_bound_index)
THRUST_ALGORITHM(binary_search_index)
template <class... A> void uninitialized_fill(A... a) { thrust::fill(a...); }
template <class... A> auto uninitialized_copy(A... a) { return thrust::copy(a...); }

/* With one value: where it is; with a range of values: as many answers. */
#define THRUST_SEARCH(name)                                                                                                          \
    template <class I, class T, std::enable_if_t<!detail::is_policy<I>::value, int> = 0> I name(I first, I last, const T &value) {   \
        return first + (ptrdiff_t)thrust::name##_index(first, last, (iterator_value_t<I>)value);                                     \
    }                                                                                                                                \
    template <bool device, class I, class T> I name(const detail::policy<device> &p, I first, I last, const T &value) {              \
        return first + (ptrdiff_t)thrust::name##_index(p, first, last, (iterator_value_t<I>)value);                                  \
    }                                                                                                                                \
    template <class I, class J, class O, class... C, std::enable_if_t<!detail::is_policy<I>::value, int> = 0>                        \
    O name(I first, I last, J values, J end, O out, C... less) {                                                                     \
        return thrust::name##_index(first, last, values, end, out, less...), out + (end - values);                                   \
    }                                                                                                                                \
    template <bool device, class I, class J, class O, class... C>                                                                    \
    O name(const detail::policy<device> &p, I first, I last, J values, J end, O out, C... less) {                                    \
        return thrust::name##_index(p, first, last, values, end, out, less...), out + (end - values);                                \
    }
THRUST_SEARCH(lower_bound)
THRUST_SEARCH(upper_bound)
#undef THRUST_SEARCH
template <class... A> auto binary_search(A... a) { return thrust::binary_search_index(a...); }
} // namespace thrust
#endif
