/*
 * CUB's collectives of a block that move items between threads: exchanges, histograms, heads of runs. Source: CUB documentation.
 */
#ifndef FAULTLINE_CUB_EXCHANGE_H
#define FAULTLINE_CUB_EXCHANGE_H
#include "block.h"

namespace cub {
/* Item n of a thread is blocked at thread * items + n and striped at n * threads + thread. */
template <class T, int X, int items, bool time_slicing = false, int Y = 1, int Z = 1, int arch = 0> class BlockExchange {
    enum { THREADS = X * Y * Z };

  public:
    using TempStorage = detail::storage<T, THREADS * items>;
    __device__ explicit BlockExchange(TempStorage &s) : store(s) {}
    template <class O> __device__ void StripedToBlocked(const T (&in)[items], O (&out)[items]) { move<true, false>(in, out); }
    template <class O> __device__ void BlockedToStriped(const T (&in)[items], O (&out)[items]) { move<false, true>(in, out); }
    __device__ void StripedToBlocked(T (&values)[items]) { move<true, false>(values, values); }
    __device__ void BlockedToStriped(T (&values)[items]) { move<false, true>(values, values); }
    template <class O, class R> __device__ void ScatterToBlocked(const T (&in)[items], O (&out)[items], R (&ranks)[items]) { scatter<false>(in, out, ranks); }
    template <class O, class R> __device__ void ScatterToStriped(const T (&in)[items], O (&out)[items], R (&ranks)[items]) { scatter<true>(in, out, ranks); }
    template <class R> __device__ void ScatterToBlocked(T (&values)[items], R (&ranks)[items]) { scatter<false>(values, values, ranks); }
    template <class R> __device__ void ScatterToStriped(T (&values)[items], R (&ranks)[items]) { scatter<true>(values, values, ranks); }

  private:
    static __device__ int place(int n, bool striped) { return striped ? n * THREADS + detail::linear_thread() : detail::linear_thread() * items + n; }
    template <bool from_striped, bool to_striped, class O> __device__ void move(const T (&in)[items], O (&out)[items]) {
        for (int n = 0; n < items; n++) store[place(n, from_striped)] = in[n];
        __syncthreads();
        for (int n = 0; n < items; n++) out[n] = store[place(n, to_striped)];
    }
    template <bool to_striped, class O, class R> __device__ void scatter(const T (&in)[items], O (&out)[items], R (&ranks)[items]) {
        for (int n = 0; n < items; n++) store[ranks[n]] = in[n];
        __syncthreads();
        for (int n = 0; n < items; n++) out[n] = store[place(n, to_striped)];
    }
    TempStorage &store;
};

enum BlockHistogramAlgorithm { BLOCK_HISTO_SORT, BLOCK_HISTO_ATOMIC };
template <class T, int X, int items, int bins, BlockHistogramAlgorithm algorithm = BLOCK_HISTO_SORT, int Y = 1, int Z = 1, int arch = 0> class BlockHistogram {
  public:
    struct TempStorage {};
    __device__ explicit BlockHistogram(TempStorage &) {}
    template <class C> __device__ void InitHistogram(C *counts) {
        for (int bin = detail::linear_thread(); bin < bins; bin += X * Y * Z) counts[bin] = 0;
    }
    template <class C> __device__ void Composite(T (&values)[items], C *counts) {
        for (int n = 0; n < items; n++) atomicAdd(counts + (int)values[n], (C)1);
    }
    template <class C> __device__ void Histogram(T (&values)[items], C *counts) {
        InitHistogram(counts);
        __syncthreads();
        Composite(values, counts);
    }
};

/* Where an item differs from the one before it, or after it; the block's first and last have none and are flagged. */
template <class T, int X, int Y = 1, int Z = 1, int arch = 0> class BlockDiscontinuity {
    enum { THREADS = X * Y * Z };

  public:
    using TempStorage = detail::storage<T, 2 * THREADS>;
    __device__ explicit BlockDiscontinuity(TempStorage &s) : store(s) {}
    template <int items, class F, class O> __device__ void FlagHeads(F (&flags)[items], T (&values)[items], O differ) {
        share(values[0], values[items - 1]);
        int thread = detail::linear_thread();
        flags[0] = thread == 0 || differ(store[THREADS + thread - 1], values[0]);
        for (int n = 1; n < items; n++) flags[n] = differ(values[n - 1], values[n]);
    }
    template <int items, class F, class O> __device__ void FlagHeads(F (&flags)[items], T (&values)[items], O differ, T before) {
        FlagHeads(flags, values, differ);
        if (detail::linear_thread() == 0) flags[0] = differ(before, values[0]);
    }
    template <int items, class F, class O> __device__ void FlagTails(F (&flags)[items], T (&values)[items], O differ) {
        share(values[0], values[items - 1]);
        int thread = detail::linear_thread();
        flags[items - 1] = thread == THREADS - 1 || differ(values[items - 1], store[thread + 1]);
        for (int n = 0; n + 1 < items; n++) flags[n] = differ(values[n], values[n + 1]);
    }
    template <int items, class F, class O> __device__ void FlagTails(F (&flags)[items], T (&values)[items], O differ, T after) {
        FlagTails(flags, values, differ);
        if (detail::linear_thread() == THREADS - 1) flags[items - 1] = differ(values[items - 1], after);
    }

  protected:
    __device__ void share(const T &first, const T &last) {
        int thread = detail::linear_thread();
        store[thread] = first, store[THREADS + thread] = last;
        __syncthreads();
    }
    TempStorage &store;
};

/* What two neighbours give; the block's first, or last, stays as it is. */
template <class T, int X, int Y = 1, int Z = 1, int arch = 0> class BlockAdjacentDifference : BlockDiscontinuity<T, X, Y, Z> {
    using Base = BlockDiscontinuity<T, X, Y, Z>;
    enum { THREADS = X * Y * Z };

  public:
    using TempStorage = typename Base::TempStorage;
    __device__ explicit BlockAdjacentDifference(TempStorage &s) : Base(s) {}
    template <int items, class O, class F> __device__ void SubtractLeft(T (&in)[items], O (&out)[items], F minus) {
        Base::share(in[0], in[items - 1]);
        int thread = detail::linear_thread();
        for (int n = items - 1; n > 0; n--) out[n] = minus(in[n], in[n - 1]);
        out[0] = thread == 0 ? in[0] : minus(in[0], Base::store[THREADS + thread - 1]);
    }
    template <int items, class O, class F> __device__ void SubtractLeft(T (&in)[items], O (&out)[items], F minus, T before) {
        T first = in[0];
        SubtractLeft(in, out, minus);
        if (detail::linear_thread() == 0) out[0] = minus(first, before);
    }
    template <int items, class O, class F> __device__ void SubtractRight(T (&in)[items], O (&out)[items], F minus) {
        Base::share(in[0], in[items - 1]);
        int thread = detail::linear_thread();
        for (int n = 0; n + 1 < items; n++) out[n] = minus(in[n], in[n + 1]);
        out[items - 1] = thread == THREADS - 1 ? in[items - 1] : minus(in[items - 1], Base::store[thread + 1]);
    }
};
} // namespace cub
#endif
