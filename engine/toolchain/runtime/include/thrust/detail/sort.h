/*
 * Sorting by merging: short runs by insertion, then passes in which each thread merges one stretch of the output, whose beginning in both runs it
 * finds by bisection. Stable. Source: Odeh, Green et al., Merge Path (2012), for the bisection.
 */
#ifndef FAULTLINE_THRUST_SORT_H
#define FAULTLINE_THRUST_SORT_H
#include "scan.h"

namespace thrust {
namespace detail {
enum { RUN = 32, MERGED = 64 };
/* How many of the first `k` of the merged sequence come from a. */
template <class I, class J, class C> THRUST_HD size_t merge_split(I a, size_t na, J b, size_t nb, size_t k, C less) {
    size_t low = k > nb ? k - nb : 0, high = k < na ? k : na;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (!less(b[k - 1 - middle], a[middle])) low = middle + 1;
        else high = middle;
    }
    return low;
}
/* Sorts pairs of a key and a value; values may be a discard_iterator's. */
template <class P, class K, class V, class C> void sort_pairs(P p, K keys, V values, size_t n, C less) {
    using A = iterator_value_t<K>;
    using B = iterator_value_t<V>;
    constexpr bool valued = !std::is_same_v<V, discard_iterator<>>;
    each(p, (n + RUN - 1) / RUN, [=] THRUST_HD(size_t r) mutable {
        size_t first = r * RUN, end = first + RUN < n ? first + RUN : n;
        for (size_t i = first + 1; i < end; i++) {
            A key = keys[i];
            B value = values[i];
            size_t at = i;
            for (; at > first && less(key, keys[at - 1]); at--) {
                keys[at] = (A)keys[at - 1];
                if constexpr (valued) values[at] = (B)values[at - 1];
            }
            keys[at] = key;
            if constexpr (valued) values[at] = value;
        }
    });
    if (n <= RUN) return wait(p);
    scratch<A, P::on_device> key_space(p, n);
    scratch<B, P::on_device> value_space(p, valued ? n : 0);
    A *other_keys = key_space.data;
    B *other_values = value_space.data;
    auto pass = [=](auto from, auto from_values, auto to, auto to_values, size_t run) {
        each(p, (n + MERGED - 1) / MERGED, [=] THRUST_HD(size_t t) mutable {
            size_t k = t * MERGED, end = k + MERGED < n ? k + MERGED : n;
            /* A run is a multiple of RUN only: a stretch may reach over two pairs of runs. */
            while (k < end) {
                size_t base = k / (2 * run) * (2 * run), na = base + run < n ? run : n - base;
                size_t nb = base + na + run < n ? run : n - base - na, stop = base + na + nb < end ? base + na + nb : end;
                auto a = from + (ptrdiff_t)base, b = a + (ptrdiff_t)na;
                size_t i = merge_split(a, na, b, nb, k - base, less), j = k - base - i;
                for (; k < stop; k++) {
                    bool second = i >= na || (j < nb && less(b[j], a[i]));
                    size_t at = second ? base + na + j++ : base + i++;
                    to[k] = (A)from[at];
                    if constexpr (valued) to_values[k] = (B)from_values[at];
                }
            }
        });
    };
    bool back = false;
    for (size_t run = RUN; run < n; run *= 2, back = !back) {
        if (back) pass(other_keys, other_values, keys, values, run);
        else pass(keys, values, other_keys, other_values, run);
    }
    if (back)
        each(p, n, [=] THRUST_HD(size_t i) mutable {
            keys[i] = other_keys[i];
            if constexpr (valued) values[i] = other_values[i];
        });
    wait(p);
}
template <class P, class I, class C = less<>> void sort(P p, I first, I last, C less = C()) { sort_pairs(p, first, discard_iterator<>(), (size_t)(last - first), less); }
template <class P, class I, class C = less<>> void stable_sort(P p, I first, I last, C less = C()) { detail::sort(p, first, last, less); }
template <class P, class K, class V, class C = less<>> void sort_by_key(P p, K keys, K end, V values, C less = C()) { sort_pairs(p, keys, values, (size_t)(end - keys), less); }
template <class P, class K, class V, class C = less<>> void stable_sort_by_key(P p, K keys, K end, V values, C less = C()) { sort_pairs(p, keys, values, (size_t)(end - keys), less); }
/* Where equal elements meet, those of a come first. Values follow their keys; without them, discard iterators. */
template <class P, class I, class J, class V, class W, class O, class R, class C>
O merge_pairs(P p, I a, I a_end, J b, J b_end, V a_values, W b_values, O out, R results, C less) {
    constexpr bool valued = !std::is_same_v<R, discard_iterator<>>;
    size_t na = (size_t)(a_end - a), nb = (size_t)(b_end - b), n = na + nb;
    each(p, (n + MERGED - 1) / MERGED, [=] THRUST_HD(size_t t) mutable {
        size_t k = t * MERGED, end = k + MERGED < n ? k + MERGED : n;
        size_t i = merge_split(a, na, b, nb, k, less), j = k - i;
        for (; k < end; k++) {
            bool second = i >= na || (j < nb && less(b[j], a[i]));
            if (second) out[k] = b[j];
            else out[k] = a[i];
            if constexpr (valued) {
                if (second) results[k] = b_values[j];
                else results[k] = a_values[i];
            }
            if (second) j++;
            else i++;
        }
    });
    wait(p);
    return out + (ptrdiff_t)n;
}
template <class P, class I, class J, class O, class C = less<>> O merge(P p, I a, I a_end, J b, J b_end, O out, C less = C()) {
    return merge_pairs(p, a, a_end, b, b_end, discard_iterator<>(), discard_iterator<>(), out, discard_iterator<>(), less);
}
template <class P, class I, class J, class V, class W, class O, class R, class C = less<>>
pair<O, R> merge_by_key(P p, I a, I a_end, J b, J b_end, V a_values, W b_values, O out, R results, C less = C()) {
    return {merge_pairs(p, a, a_end, b, b_end, a_values, b_values, out, results, less), results + ((a_end - a) + (b_end - b))};
}
/* Of equal elements, as many as the sets have together: the kth of one meets the kth of the other. */
template <bool common, class P, class I, class J, class O, class C> O set_select(P p, I a, I a_end, J b, J b_end, O out, C less) {
    size_t na = (size_t)(a_end - a), nb = (size_t)(b_end - b);
    size_t n = select_index(p, na, [=] THRUST_HD(size_t i) mutable -> bool {
        iterator_value_t<I> value = a[i];
        size_t rank = i - bound<false>(a, na, value, less), low = bound<false>(b, nb, value, less), high = bound<true>(b, nb, value, less);
        return (rank < high - low) == common;
    }, [=] THRUST_HD(size_t rank, size_t i) { out[rank] = a[i]; }, nothing());
    return out + (ptrdiff_t)n;
}
template <class P, class I, class J, class O, class C = less<>> O set_intersection(P p, I a, I a_end, J b, J b_end, O out, C less = C()) {
    return set_select<true>(p, a, a_end, b, b_end, out, less);
}
template <class P, class I, class J, class O, class C = less<>> O set_difference(P p, I a, I a_end, J b, J b_end, O out, C less = C()) {
    return set_select<false>(p, a, a_end, b, b_end, out, less);
}
/* All of a, and what b has beyond it. */
template <class P, class I, class J, class O, class C = less<>> O set_union(P p, I a, I a_end, J b, J b_end, O out, C less = C()) {
    using T = iterator_value_t<J>;
    scratch<T, P::on_device> space(p, (size_t)(b_end - b));
    T *rest = space.data;
    return detail::merge(p, a, a_end, rest, set_select<false>(p, b, b_end, a, a_end, rest, less), out, less);
}
/* What only one of them has. */
template <class P, class I, class J, class O, class C = less<>> O set_symmetric_difference(P p, I a, I a_end, J b, J b_end, O out, C less = C()) {
    using T = iterator_value_t<I>;
    using U = iterator_value_t<J>;
    scratch<T, P::on_device> a_space(p, (size_t)(a_end - a));
    scratch<U, P::on_device> b_space(p, (size_t)(b_end - b));
    T *own = a_space.data;
    U *other = b_space.data;
    return detail::merge(p, own, set_select<false>(p, a, a_end, b, b_end, own, less), other, set_select<false>(p, b, b_end, a, a_end, other, less), out, less);
}
} // namespace detail
THRUST_ALGORITHM(sort)
THRUST_ALGORITHM(stable_sort)
THRUST_ALGORITHM(sort_by_key)
THRUST_ALGORITHM(stable_sort_by_key)
THRUST_ALGORITHM(merge)
THRUST_ALGORITHM(merge_by_key)
THRUST_ALGORITHM(set_intersection)
THRUST_ALGORITHM(set_difference)
THRUST_ALGORITHM(set_union)
THRUST_ALGORITHM(set_symmetric_difference)
} // namespace thrust
#endif
