/*
 * Scans, and what is made of them: selections and groups of equal keys. Each thread has a stretch of neighbours: it adds up its own, one thread
 * adds up those sums, and each writes its own. Source: Thrust documentation.
 */
#ifndef FAULTLINE_THRUST_SCAN_H
#define FAULTLINE_THRUST_SCAN_H
#include "reduce.h"

namespace thrust {
namespace detail {
/* Elements of one thread, so that there are at most REDUCERS threads. */
inline size_t stretch(size_t n) {
    size_t each = (n + REDUCERS - 1) / REDUCERS;
    return each < 8 ? 8 : each;
}
/* write(i, f(0) op … op f(i - 1), f(i)), with `init` before all; the flag says whether there is anything before i. f(i) is read before i is written. */
template <class T, class P, class F, class O, class W> void scan_index(P p, size_t n, F f, O op, W write, T init, bool has_init) {
    if (n == 0) return;
    size_t length = stretch(n), threads = (n + length - 1) / length;
    scratch<T, P::on_device> space(p, threads);
    T *sums = space.data;
    each(p, threads, [=] THRUST_HD(size_t t) mutable {
        size_t end = (t + 1) * length < n ? (t + 1) * length : n;
        T sum = f(t * length);
        for (size_t i = t * length + 1; i < end; i++) sum = op(sum, f(i));
        sums[t] = sum;
    });
    each(p, 1, [=] THRUST_HD(size_t) mutable {
        for (size_t t = 1; t < threads; t++) sums[t] = op(sums[t - 1], sums[t]);
        if (has_init)
            for (size_t t = 0; t < threads; t++) sums[t] = op(init, sums[t]);
    });
    each(p, threads, [=] THRUST_HD(size_t t) mutable {
        size_t end = (t + 1) * length < n ? (t + 1) * length : n;
        bool before = t > 0 || has_init;
        T sum = t > 0 ? sums[t - 1] : init;
        for (size_t i = t * length; i < end; i++) {
            T own = f(i);
            T next = before ? op(sum, own) : own;
            write(i, sum, next);
            sum = next;
            before = true;
        }
    });
    wait(p);
}
/* What adding two gives: an int of two of bool or char. Functions of the device alone cannot be asked: the type itself. */
template <class B, class T, class = void> struct accumulator { using type = T; };
template <class B, class T> struct accumulator<B, T, std::void_t<decltype(std::declval<B &>()(std::declval<T>(), std::declval<T>()))>> {
    using type = std::decay_t<decltype(std::declval<B &>()(std::declval<T>(), std::declval<T>()))>;
};
template <class B, class T> using accumulator_t = typename accumulator<B, T>::type;
template <class P, class I, class O, class F, class B> O transform_inclusive_scan(P p, I first, I last, O out, F f, B op) {
    using T = std::decay_t<decltype(f(first[0]))>;
    scan_index<T>(p, (size_t)(last - first), [=] THRUST_HD(size_t i) -> T { return f(first[i]); }, op,
                  [=] THRUST_HD(size_t i, const T &, const T &sum) { out[i] = sum; }, T(), false);
    return out + (last - first);
}
template <class P, class I, class O, class F, class T, class B> O transform_exclusive_scan(P p, I first, I last, O out, F f, T init, B op) {
    scan_index<T>(p, (size_t)(last - first), [=] THRUST_HD(size_t i) -> T { return f(first[i]); }, op,
                  [=] THRUST_HD(size_t i, const T &sum, const T &) { out[i] = sum; }, init, true);
    return out + (last - first);
}
template <class P, class I, class O, class B = plus<>> O inclusive_scan(P p, I first, I last, O out, B op = B()) {
    using T = accumulator_t<B, iterator_value_t<I>>;
    scan_index<T>(p, (size_t)(last - first), [=] THRUST_HD(size_t i) -> T { return first[i]; }, op,
                  [=] THRUST_HD(size_t i, const T &, const T &sum) { out[i] = sum; }, T(), false);
    return out + (last - first);
}
template <class P, class I, class O, class T = iterator_value_t<I>, class B = plus<>> O exclusive_scan(P p, I first, I last, O out, T init = T(), B op = B()) {
    return detail::transform_exclusive_scan(p, first, last, out, identity<>(), init, op);
}
/* A sum that begins anew at a flag. */
template <class T> struct segment {
    T sum;
    size_t flag;
};
template <class T, class B> struct segment_sum {
    B op;
    THRUST_HD segment<T> operator()(const segment<T> &a, const segment<T> &b) { return b.flag ? b : segment<T>{op(a.sum, b.sum), a.flag}; }
};
template <class P, class K, class I, class O, class E = equal_to<>, class B = plus<>>
O inclusive_scan_by_key(P p, K keys, K end, I values, O out, E same = E(), B op = B()) {
    using T = iterator_value_t<I>;
    using S = segment<T>;
    scan_index<S>(p, (size_t)(end - keys), [=] THRUST_HD(size_t i) -> S { return {values[i], i == 0 || !same(keys[i - 1], keys[i])}; }, segment_sum<T, B>{op},
                  [=] THRUST_HD(size_t i, const S &, const S &sum) { out[i] = sum.sum; }, S(), false);
    return out + (end - keys);
}
template <class P, class K, class I, class O, class T = iterator_value_t<I>, class E = equal_to<>, class B = plus<>>
O exclusive_scan_by_key(P p, K keys, K end, I values, O out, T init = T(), E same = E(), B op = B()) {
    using S = segment<T>;
    scan_index<S>(p, (size_t)(end - keys), [=] THRUST_HD(size_t i) -> S { return {values[i], i == 0 || !same(keys[i - 1], keys[i])}; }, segment_sum<T, B>{op},
                  [=] THRUST_HD(size_t i, const S &sum, const S &) mutable {
                      if (i == 0 || !same(keys[i - 1], keys[i])) out[i] = init;
                      else out[i] = op(init, sum.sum);
                  },
                  S(), false);
    return out + (end - keys);
}

/* put(rank, i) for the wanted indices in order, rest(rank, i) for the others; how many are wanted. `wanted` is asked before anything is put. */
template <class P, class F, class W, class R> size_t select_index(P p, size_t n, F wanted, W put, R rest) {
    if (n == 0) return 0;
    scratch<unsigned, P::on_device> space(p, n + 1);
    unsigned *flags = space.data;
    each(p, n, [=] THRUST_HD(size_t i) mutable { flags[i] = wanted(i) ? 1 : 0; });
    scan_index<unsigned>(p, n, [=] THRUST_HD(size_t i) -> unsigned { return flags[i]; }, plus<>(), [=] THRUST_HD(size_t i, const unsigned &sum, const unsigned &next) mutable {
        if (next != sum) put((size_t)sum, i);
        else rest(i - sum, i);
        if (i + 1 == n) flags[n] = next;
    }, 0u, true);
    return space.read(p, n);
}
struct nothing {
    THRUST_HD void operator()(size_t, size_t) const {}
};
template <class P, class I, class S, class O, class Q> O copy_if(P p, I first, I last, S stencil, O out, Q wanted) {
    size_t n = select_index(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable -> bool { return wanted(stencil[i]); },
                            [=] THRUST_HD(size_t rank, size_t i) { out[rank] = first[i]; }, nothing());
    return out + (ptrdiff_t)n;
}
template <class P, class I, class O, class Q> O copy_if(P p, I first, I last, O out, Q wanted) { return detail::copy_if(p, first, last, first, out, wanted); }
template <class P, class I, class S, class O, class Q> O remove_copy_if(P p, I first, I last, S stencil, O out, Q unwanted) {
    return detail::copy_if(p, first, last, stencil, out, not_fn_of<Q>{unwanted});
}
template <class P, class I, class O, class Q> O remove_copy_if(P p, I first, I last, O out, Q unwanted) { return detail::copy_if(p, first, last, out, not_fn_of<Q>{unwanted}); }
template <class P, class I, class O, class T> O remove_copy(P p, I first, I last, O out, T value) {
    return detail::copy_if(p, first, last, out, [=] THRUST_HD(const iterator_value_t<I> &x) -> bool { return !(x == value); });
}
/* What is wanted comes to the front by way of a copy: its place may still have to be read. Then the rest, if it is asked for. */
template <class P, class I, class F> size_t compact(P p, I first, size_t n, F wanted, bool keep_rest) {
    using T = iterator_value_t<I>;
    scratch<T, P::on_device> space(p, 2 * n);
    T *front = space.data, *back = space.data + n;
    size_t count = select_index(p, n, wanted, [=] THRUST_HD(size_t rank, size_t i) { front[rank] = first[i]; },
                                [=] THRUST_HD(size_t rank, size_t i) { if (keep_rest) back[rank] = first[i]; });
    each(p, keep_rest ? n : count, [=] THRUST_HD(size_t i) { first[i] = i < count ? front[i] : back[i - count]; });
    wait(p);
    return count;
}
template <class P, class I, class Q> I remove_if(P p, I first, I last, Q unwanted) {
    return first + (ptrdiff_t)compact(p, first, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable -> bool { return !unwanted(first[i]); }, false);
}
template <class P, class I, class S, class Q> I remove_if(P p, I first, I last, S stencil, Q unwanted) {
    return first + (ptrdiff_t)compact(p, first, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable -> bool { return !unwanted(stencil[i]); }, false);
}
template <class P, class I, class T> I remove(P p, I first, I last, T value) {
    return first + (ptrdiff_t)compact(p, first, (size_t)(last - first), [=] THRUST_HD(size_t i) -> bool { return !(first[i] == value); }, false);
}
template <class P, class I, class Q> I partition(P p, I first, I last, Q wanted) {
    return first + (ptrdiff_t)compact(p, first, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable -> bool { return wanted(first[i]); }, true);
}
template <class P, class I, class S, class Q> I partition(P p, I first, I last, S stencil, Q wanted) {
    return first + (ptrdiff_t)compact(p, first, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable -> bool { return wanted(stencil[i]); }, true);
}
template <class P, class... A> auto stable_partition(P p, A... a) { return detail::partition(p, a...); }
template <class P, class I, class O, class R, class Q> pair<O, R> partition_copy(P p, I first, I last, O yes, R no, Q wanted) {
    size_t n = select_index(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable -> bool { return wanted(first[i]); },
                            [=] THRUST_HD(size_t rank, size_t i) { yes[rank] = first[i]; }, [=] THRUST_HD(size_t rank, size_t i) { no[rank] = first[i]; });
    return {yes + (ptrdiff_t)n, no + ((last - first) - (ptrdiff_t)n)};
}
template <class P, class... A> auto stable_partition_copy(P p, A... a) { return detail::partition_copy(p, a...); }
template <class P, class I, class E = equal_to<>> I unique(P p, I first, I last, E same = E()) {
    return first + (ptrdiff_t)compact(p, first, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable -> bool { return i == 0 || !same(first[i - 1], first[i]); }, false);
}
template <class P, class I, class O, class E = equal_to<>> O unique_copy(P p, I first, I last, O out, E same = E()) {
    size_t n = select_index(p, (size_t)(last - first), [=] THRUST_HD(size_t i) mutable -> bool { return i == 0 || !same(first[i - 1], first[i]); },
                            [=] THRUST_HD(size_t rank, size_t i) { out[rank] = first[i]; }, nothing());
    return out + (ptrdiff_t)n;
}
template <class P, class K, class I, class L, class O, class E = equal_to<>> pair<L, O> unique_by_key_copy(P p, K keys, K end, I values, L out, O results, E same = E()) {
    ptrdiff_t n = (ptrdiff_t)select_index(p, (size_t)(end - keys), [=] THRUST_HD(size_t i) mutable -> bool { return i == 0 || !same(keys[i - 1], keys[i]); },
                                          [=] THRUST_HD(size_t rank, size_t i) { out[rank] = keys[i], results[rank] = values[i]; }, nothing());
    return {out + n, results + n};
}
template <class P, class K, class I, class E = equal_to<>> pair<K, I> unique_by_key(P p, K keys, K end, I values, E same = E()) {
    zip_iterator<tuple<K, I>> both(tuple<K, I>(keys, values));
    ptrdiff_t n = (ptrdiff_t)compact(p, both, (size_t)(end - keys), [=] THRUST_HD(size_t i) mutable -> bool { return i == 0 || !same(keys[i - 1], keys[i]); }, false);
    return {keys + n, values + n};
}
template <class P, class K, class I, class L, class O, class E = equal_to<>, class B = plus<>>
pair<L, O> reduce_by_key(P p, K keys, K end, I values, L out, O results, E same = E(), B op = B()) {
    using T = iterator_value_t<I>;
    size_t n = (size_t)(end - keys);
    scratch<T, P::on_device> space(p, n);
    T *sums = space.data;
    detail::inclusive_scan_by_key(p, keys, end, values, sums, same, op);
    ptrdiff_t count = (ptrdiff_t)select_index(p, n, [=] THRUST_HD(size_t i) mutable -> bool { return i + 1 == n || !same(keys[i], keys[i + 1]); },
                                              [=] THRUST_HD(size_t rank, size_t i) { out[rank] = keys[i], results[rank] = sums[i]; }, nothing());
    return {out + count, results + count};
}
} // namespace detail
THRUST_ALGORITHM(inclusive_scan)
THRUST_ALGORITHM(exclusive_scan)
THRUST_ALGORITHM(transform_inclusive_scan)
THRUST_ALGORITHM(transform_exclusive_scan)
THRUST_ALGORITHM(inclusive_scan_by_key)
THRUST_ALGORITHM(exclusive_scan_by_key)
THRUST_ALGORITHM(copy_if)
THRUST_ALGORITHM(remove_copy_if)
THRUST_ALGORITHM(remove_if)
THRUST_ALGORITHM(remove)
THRUST_ALGORITHM(remove_copy)
THRUST_ALGORITHM(partition)
THRUST_ALGORITHM(stable_partition)
THRUST_ALGORITHM(partition_copy)
THRUST_ALGORITHM(stable_partition_copy)
THRUST_ALGORITHM(unique)
THRUST_ALGORITHM(unique_copy)
THRUST_ALGORITHM(unique_by_key)
THRUST_ALGORITHM(unique_by_key_copy)
THRUST_ALGORITHM(reduce_by_key)
} // namespace thrust
#endif
