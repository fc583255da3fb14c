/*
 * CUB's algorithms of a whole device, over Thrust's kernels. The first call asks for the size of temporary storage and gets a byte: scratch memory is
 * taken where it is needed. Sorting is by merging, on the bits that are asked for. Source: CUB documentation.
 */
#ifndef FAULTLINE_CUB_DEVICE_H
#define FAULTLINE_CUB_DEVICE_H
#include "exchange.h"
#include <limits>
#include <thrust/detail/sort.h>

namespace cub {
template <class T> struct DoubleBuffer {
    T *d_buffers[2];
    int selector = 0;
    DoubleBuffer() = default;
    DoubleBuffer(T *current, T *alternate) : d_buffers{current, alternate} {}
    T *Current() { return d_buffers[selector]; }
    T *Alternate() { return d_buffers[selector ^ 1]; }
};
template <class T, class Offset = ptrdiff_t> using CountingInputIterator = thrust::counting_iterator<T>;
template <class T, class Offset = ptrdiff_t> using ConstantInputIterator = thrust::constant_iterator<T>;
template <class T, class F, class I, class Offset = ptrdiff_t> struct TransformInputIterator : thrust::transform_iterator<F, I> {
    TransformInputIterator(I i, F f) : thrust::transform_iterator<F, I>(i, f) {}
};
struct CachingDeviceAllocator {
    CachingDeviceAllocator(...) {}
    cudaError_t DeviceAllocate(void **pointer, size_t bytes, cudaStream_t = 0) { return cudaMalloc(pointer, bytes); }
    cudaError_t DeviceFree(void *pointer) { return cudaFree(pointer); }
};

namespace detail {
using policy = thrust::device_policy;
template <class F> cudaError_t once(void *temporary, size_t &bytes, F work) {
    if (temporary) work();
    else bytes = 1;
    return temporary ? cudaPeekAtLastError() : cudaSuccess;
}
/* Of sums: what they are stored as, or what is added if that says nothing. */
template <class I, class O> using sum_t = std::conditional_t<std::is_arithmetic_v<thrust::iterator_value_t<O>>, thrust::iterator_value_t<O>, thrust::iterator_value_t<I>>;
template <class S, class O> void store(policy p, O out, S value) {
    thrust::detail::each(p, 1, [=] THRUST_HD(size_t) { *out = value; });
}
template <class K, bool descending, class V, class N> void sort(policy p, const K *in, K *out, const V *values_in, V *values_out, N n, int first, int end) {
    thrust::detail::each(p, (size_t)n, [=] THRUST_HD(size_t i) {
        out[i] = in[i];
        if (values_in) values_out[i] = values_in[i];
    });
    by_bits<K, descending> less{first, end};
    if (values_in) thrust::detail::sort_pairs(p, out, values_out, (size_t)n, less);
    else thrust::detail::sort_pairs(p, out, thrust::discard_iterator<>(), (size_t)n, less);
}
} // namespace detail
#define CUB_ONCE(work) return detail::once(temporary, bytes, [&] { detail::policy p{stream}; (void)p; work; })
#define CUB_TEMPORARY void *temporary, size_t &bytes

struct DeviceReduce {
    template <class I, class O, class N, class F, class T> static cudaError_t Reduce(CUB_TEMPORARY, I in, O out, N n, F op, T init, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({
            auto from = thrust::detail::raw(in);
            T sum = thrust::detail::reduce(p, from, from + n, init, op);
            detail::store(p, thrust::detail::raw(out), sum);
        });
    }
    template <class I, class O, class N> static cudaError_t Sum(CUB_TEMPORARY, I in, O out, N n, cudaStream_t stream = 0, bool = false) {
        return Reduce(temporary, bytes, in, out, n, cub::Sum(), detail::sum_t<I, O>(), stream);
    }
    template <class I, class O, class N> static cudaError_t Min(CUB_TEMPORARY, I in, O out, N n, cudaStream_t stream = 0, bool = false) {
        return Reduce(temporary, bytes, in, out, n, cub::Min(), std::numeric_limits<thrust::iterator_value_t<I>>::max(), stream);
    }
    template <class I, class O, class N> static cudaError_t Max(CUB_TEMPORARY, I in, O out, N n, cudaStream_t stream = 0, bool = false) {
        return Reduce(temporary, bytes, in, out, n, cub::Max(), std::numeric_limits<thrust::iterator_value_t<I>>::lowest(), stream);
    }
    template <bool greatest, class I, class O, class N> static cudaError_t extreme(CUB_TEMPORARY, I in, O out, N n, cudaStream_t stream) {
        using T = thrust::iterator_value_t<I>;
        CUB_ONCE({
            auto from = thrust::detail::raw(in);
            auto to = thrust::detail::raw(out);
            int at = (int)thrust::detail::extreme<greatest>(p, from, from + n, thrust::less<>());
            thrust::detail::each(p, 1, [=] THRUST_HD(size_t) { *to = KeyValuePair<int, T>(at, from[at]); });
        });
    }
    template <class I, class O, class N> static cudaError_t ArgMin(CUB_TEMPORARY, I in, O out, N n, cudaStream_t stream = 0, bool = false) { return extreme<false>(temporary, bytes, in, out, n, stream); }
    template <class I, class O, class N> static cudaError_t ArgMax(CUB_TEMPORARY, I in, O out, N n, cudaStream_t stream = 0, bool = false) { return extreme<true>(temporary, bytes, in, out, n, stream); }
    template <class K, class L, class I, class O, class R, class F, class N>
    static cudaError_t ReduceByKey(CUB_TEMPORARY, K keys, L out, I values, O results, R runs, F op, N n, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE(detail::store(p, runs, (int)(thrust::detail::reduce_by_key(p, keys, keys + n, values, out, results, thrust::equal_to<>(), op).first - out)));
    }
};
/* One thread a segment. */
struct DeviceSegmentedReduce {
    template <class I, class O, class B, class E, class F, class T>
    static cudaError_t Reduce(CUB_TEMPORARY, I in, O out, int segments, B begins, E ends, F op, T init, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({
            thrust::detail::each(p, (size_t)segments, [=] THRUST_HD(size_t s) mutable {
                T sum = init;
                for (auto i = begins[s]; i < ends[s]; i++) sum = op(sum, in[i]);
                out[s] = sum;
            });
        });
    }
    template <class I, class O, class B, class E> static cudaError_t Sum(CUB_TEMPORARY, I in, O out, int segments, B begins, E ends, cudaStream_t stream = 0, bool = false) {
        return Reduce(temporary, bytes, in, out, segments, begins, ends, cub::Sum(), detail::sum_t<I, O>(), stream);
    }
    template <class I, class O, class B, class E> static cudaError_t Min(CUB_TEMPORARY, I in, O out, int segments, B begins, E ends, cudaStream_t stream = 0, bool = false) {
        return Reduce(temporary, bytes, in, out, segments, begins, ends, cub::Min(), std::numeric_limits<thrust::iterator_value_t<I>>::max(), stream);
    }
    template <class I, class O, class B, class E> static cudaError_t Max(CUB_TEMPORARY, I in, O out, int segments, B begins, E ends, cudaStream_t stream = 0, bool = false) {
        return Reduce(temporary, bytes, in, out, segments, begins, ends, cub::Max(), std::numeric_limits<thrust::iterator_value_t<I>>::lowest(), stream);
    }
};
struct DeviceScan {
    template <class I, class O, class F, class N> static cudaError_t InclusiveScan(CUB_TEMPORARY, I in, O out, F op, N n, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({ auto from = thrust::detail::raw(in); thrust::detail::inclusive_scan(p, from, from + n, thrust::detail::raw(out), op); });
    }
    template <class I, class O, class F, class T, class N> static cudaError_t ExclusiveScan(CUB_TEMPORARY, I in, O out, F op, T init, N n, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({ auto from = thrust::detail::raw(in); thrust::detail::exclusive_scan(p, from, from + n, thrust::detail::raw(out), init, op); });
    }
    template <class I, class O, class N> static cudaError_t InclusiveSum(CUB_TEMPORARY, I in, O out, N n, cudaStream_t stream = 0, bool = false) {
        return InclusiveScan(temporary, bytes, in, out, cub::Sum(), n, stream);
    }
    template <class I, class O, class N> static cudaError_t ExclusiveSum(CUB_TEMPORARY, I in, O out, N n, cudaStream_t stream = 0, bool = false) {
        return ExclusiveScan(temporary, bytes, in, out, cub::Sum(), thrust::detail::accumulator_t<cub::Sum, thrust::iterator_value_t<I>>(), n, stream);
    }
    /* Each run of equal keys by itself. */
    template <class K, class I, class O, class N> static cudaError_t InclusiveSumByKey(CUB_TEMPORARY, K keys, I in, O out, N n, cudaStream_t stream = 0) {
        CUB_ONCE(thrust::detail::inclusive_scan_by_key(p, keys, keys + n, in, out));
    }
    template <class K, class I, class O, class N> static cudaError_t ExclusiveSumByKey(CUB_TEMPORARY, K keys, I in, O out, N n, cudaStream_t stream = 0) {
        CUB_ONCE(thrust::detail::exclusive_scan_by_key(p, keys, keys + n, in, out));
    }
};
#define CUB_SORT(keys_name, pairs_name, descending)                                                                                  \
    template <class K, class N>                                                                                                      \
    static cudaError_t keys_name(CUB_TEMPORARY, const K *in, K *out, N n, int first = 0, int end = 8 * sizeof(K), cudaStream_t stream = 0, bool = false) { \
        CUB_ONCE((detail::sort<K, descending, int>(p, in, out, nullptr, nullptr, n, first, end)));                                   \
    }                                                                                                                                \
    template <class K, class N>                                                                                                      \
    static cudaError_t keys_name(CUB_TEMPORARY, DoubleBuffer<K> &keys, N n, int first = 0, int end = 8 * sizeof(K), cudaStream_t stream = 0, bool = false) { \
        CUB_ONCE((detail::sort<K, descending, int>(p, keys.Current(), keys.Alternate(), nullptr, nullptr, n, first, end), keys.selector ^= 1)); \
    }                                                                                                                                \
    template <class K, class V, class N>                                                                                             \
    static cudaError_t pairs_name(CUB_TEMPORARY, const K *in, K *out, const V *values, V *results, N n, int first = 0, int end = 8 * sizeof(K), \
                                  cudaStream_t stream = 0, bool = false) {                                                           \
        CUB_ONCE((detail::sort<K, descending>(p, in, out, values, results, n, first, end)));                                         \
    }                                                                                                                                \
    template <class K, class V, class N>                                                                                             \
    static cudaError_t pairs_name(CUB_TEMPORARY, DoubleBuffer<K> &keys, DoubleBuffer<V> &values, N n, int first = 0, int end = 8 * sizeof(K), \
                                  cudaStream_t stream = 0, bool = false) {                                                           \
        CUB_ONCE((detail::sort<K, descending>(p, keys.Current(), keys.Alternate(), (const V *)values.Current(), values.Alternate(), n, first, end), \
                  keys.selector ^= 1, values.selector ^= 1));                                                                        \
    }
struct DeviceRadixSort {
    CUB_SORT(SortKeys, SortPairs, false)
    CUB_SORT(SortKeysDescending, SortPairsDescending, true)
};
#undef CUB_SORT
struct DeviceSelect {
    template <class I, class O, class C, class N, class F> static cudaError_t If(CUB_TEMPORARY, I in, O out, C count, N n, F wanted, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({ auto from = thrust::detail::raw(in); auto to = thrust::detail::raw(out); detail::store(p, count, (int)(thrust::detail::copy_if(p, from, from + n, to, wanted) - to)); });
    }
    template <class I, class S, class O, class C, class N> static cudaError_t Flagged(CUB_TEMPORARY, I in, S flags, O out, C count, N n, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({ auto from = thrust::detail::raw(in); auto to = thrust::detail::raw(out); detail::store(p, count, (int)(thrust::detail::copy_if(p, from, from + n, flags, to, thrust::identity<>()) - to)); });
    }
    template <class I, class O, class C, class N> static cudaError_t Unique(CUB_TEMPORARY, I in, O out, C count, N n, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({ auto from = thrust::detail::raw(in); auto to = thrust::detail::raw(out); detail::store(p, count, (int)(thrust::detail::unique_copy(p, from, from + n, to) - to)); });
    }
};
/* Stable. */
struct DeviceMergeSort {
    template <class K, class N, class C> static cudaError_t SortKeys(CUB_TEMPORARY, K keys, N n, C less, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE(thrust::detail::sort_pairs(p, keys, thrust::discard_iterator<>(), (size_t)n, less));
    }
    template <class K, class V, class N, class C> static cudaError_t SortPairs(CUB_TEMPORARY, K keys, V values, N n, C less, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE(thrust::detail::sort_pairs(p, keys, values, (size_t)n, less));
    }
    template <class... A> static cudaError_t StableSortKeys(CUB_TEMPORARY, A... a) { return SortKeys(temporary, bytes, a...); }
    template <class... A> static cudaError_t StableSortPairs(CUB_TEMPORARY, A... a) { return SortPairs(temporary, bytes, a...); }
};
struct DeviceFor {
    template <class N, class F> static cudaError_t Bulk(N n, F f, cudaStream_t stream = 0) { return run(n, f, stream); }
    template <class I, class N, class F> static cudaError_t ForEachN(I first, N n, F f, cudaStream_t stream = 0) {
        auto from = thrust::detail::raw(first);
        return run(n, [=] THRUST_HD(size_t i) mutable { f(from[i]); }, stream);
    }
    template <class I, class F> static cudaError_t ForEach(I first, I last, F f, cudaStream_t stream = 0) { return ForEachN(first, last - first, f, stream); }

  private:
    template <class N, class F> static cudaError_t run(N n, F f, cudaStream_t stream) {
        thrust::detail::each(detail::policy{stream}, (size_t)n, f);
        return cudaPeekAtLastError();
    }
};
/* What is wanted from the front, the rest from the back in reverse. */
struct DevicePartition {
    template <class I, class O, class C, class N, class F> static cudaError_t If(CUB_TEMPORARY, I in, O out, C count, N n, F wanted, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({ detail::store(p, count, (int)(thrust::detail::partition_copy(p, in, in + n, out, thrust::reverse_iterator<O>(out + n), wanted).first - out)); });
    }
    template <class I, class S, class O, class C, class N> static cudaError_t Flagged(CUB_TEMPORARY, I in, S flags, O out, C count, N n, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({
            size_t wanted = thrust::detail::select_index(p, (size_t)n, [=] THRUST_HD(size_t i) -> bool { return flags[i]; },
                [=] THRUST_HD(size_t rank, size_t i) { out[rank] = in[i]; }, [=] THRUST_HD(size_t rank, size_t i) { out[n - 1 - rank] = in[i]; });
            detail::store(p, count, (int)wanted);
        });
    }
};
struct DeviceRunLengthEncode {
    template <class I, class O, class L, class R, class N> static cudaError_t Encode(CUB_TEMPORARY, I in, O out, L lengths, R runs, N n, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({ detail::store(p, runs, (int)(thrust::detail::reduce_by_key(p, in, in + n, thrust::constant_iterator<int>(1), out, lengths).first - out)); });
    }
};
/* A grid's thread a sample; bins begin empty. */
struct DeviceHistogram {
    template <class I, class C, class L, class N> static cudaError_t HistogramRange(CUB_TEMPORARY, I in, C *counts, int levels, L limits, N n, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({
            thrust::detail::each(p, (size_t)(levels - 1), [=] THRUST_HD(size_t i) { counts[i] = 0; });
            thrust::detail::each(p, (size_t)n, [=] __device__(size_t i) {
                auto value = in[i];
                if (value < limits[0] || !(value < limits[levels - 1])) return;
                int bin = (int)thrust::detail::bound<true>(limits, (size_t)levels, value, thrust::less<>()) - 1;
                atomicAdd(counts + bin, (C)1);
            });
        });
    }
    template <class I, class C, class L, class N> static cudaError_t HistogramEven(CUB_TEMPORARY, I in, C *counts, int levels, L lower, L upper, N n, cudaStream_t stream = 0, bool = false) {
        CUB_ONCE({
            thrust::detail::each(p, (size_t)(levels - 1), [=] THRUST_HD(size_t i) { counts[i] = 0; });
            thrust::detail::each(p, (size_t)n, [=] __device__(size_t i) {
                L value = (L)in[i];
                if (value < lower || value >= upper) return;
                atomicAdd(counts + (int)((double)(value - lower) * (levels - 1) / (double)(upper - lower)), (C)1);
            });
        });
    }
};
#undef CUB_ONCE
#undef CUB_TEMPORARY
} // namespace cub
#endif
