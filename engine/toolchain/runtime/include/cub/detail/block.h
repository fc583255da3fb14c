/*
 * CUB's collectives of a block and of a warp. One thread combines what the block has put into shared memory, so an operator is applied in order.
 * As with CUB, the result of a block's reduction is thread 0's, and storage that is used again needs a barrier of the program's.
 * Source: CUB documentation.
 */
#ifndef FAULTLINE_CUB_BLOCK_H
#define FAULTLINE_CUB_BLOCK_H
#include <thrust/detail/functional.h>

namespace cub {
struct Sum : thrust::plus<> {};
struct Max : thrust::maximum<> {};
struct Min : thrust::minimum<> {};
struct Equality : thrust::equal_to<> {};
struct Inequality : thrust::not_equal_to<> {};
struct Difference : thrust::minus<> {};
struct Division : thrust::divides<> {};
template <class T> struct CastOp {
    template <class A> THRUST_HD T operator()(A &&value) const { return (T)value; }
};
struct NullType {};
template <class K, class V> struct KeyValuePair {
    using Key = K;
    using Value = V;
    K key;
    V value;
    KeyValuePair() = default;
    THRUST_HD KeyValuePair(const K &k, const V &v) : key(k), value(v) {}
};
/* Of pairs of a place and a value: the first of the greatest, or of the least. */
struct ArgMax {
    template <class K, class V> THRUST_HD KeyValuePair<K, V> operator()(const KeyValuePair<K, V> &a, const KeyValuePair<K, V> &b) const {
        return a.value < b.value || (a.value == b.value && b.key < a.key) ? b : a;
    }
};
struct ArgMin {
    template <class K, class V> THRUST_HD KeyValuePair<K, V> operator()(const KeyValuePair<K, V> &a, const KeyValuePair<K, V> &b) const {
        return b.value < a.value || (a.value == b.value && b.key < a.key) ? b : a;
    }
};
enum BlockReduceAlgorithm { BLOCK_REDUCE_RAKING_COMMUTATIVE_ONLY, BLOCK_REDUCE_RAKING, BLOCK_REDUCE_WARP_REDUCTIONS };
enum BlockScanAlgorithm { BLOCK_SCAN_RAKING, BLOCK_SCAN_RAKING_MEMOIZE, BLOCK_SCAN_WARP_SCANS };
enum BlockLoadAlgorithm { BLOCK_LOAD_DIRECT, BLOCK_LOAD_STRIPED, BLOCK_LOAD_VECTORIZE, BLOCK_LOAD_TRANSPOSE, BLOCK_LOAD_WARP_TRANSPOSE, BLOCK_LOAD_WARP_TRANSPOSE_TIMESLICED };
enum BlockStoreAlgorithm { BLOCK_STORE_DIRECT, BLOCK_STORE_STRIPED, BLOCK_STORE_VECTORIZE, BLOCK_STORE_TRANSPOSE, BLOCK_STORE_WARP_TRANSPOSE, BLOCK_STORE_WARP_TRANSPOSE_TIMESLICED };

namespace detail {
inline __device__ int linear_thread() { return (int)(threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)); }
template <class T, int count> struct storage {
    /* Not constructed: it lies in shared memory. */
    alignas(T) char bytes[sizeof(T) * count];
    __device__ T &operator[](int n) { return ((T *)bytes)[n]; }
};
/* A key's bits, in the order of the keys. */
template <class T> THRUST_HD unsigned long long ordered_bits(T key) {
    unsigned long long bits = 0, sign = 1ull << (8 * sizeof(T) - 1);
    __builtin_memcpy(&bits, &key, sizeof(T));
    if constexpr (std::is_floating_point_v<T>) bits = bits & sign ? ~bits & (sign | (sign - 1)) : bits | sign;
    else if constexpr (std::is_signed_v<T>) bits ^= sign;
    return bits;
}
template <class T, bool descending> struct by_bits {
    int first, end;
    THRUST_HD unsigned long long part(const T &key) const {
        unsigned long long bits = ordered_bits(key) >> first;
        return end - first < 64 ? bits & ((1ull << (end - first)) - 1) : bits;
    }
    THRUST_HD bool operator()(const T &a, const T &b) const { return descending ? part(b) < part(a) : part(a) < part(b); }
};
} // namespace detail

template <class T, int X, BlockReduceAlgorithm algorithm = BLOCK_REDUCE_WARP_REDUCTIONS, int Y = 1, int Z = 1, int arch = 0> class BlockReduce {
  public:
    using TempStorage = detail::storage<T, X * Y * Z>;
    __device__ explicit BlockReduce(TempStorage &s) : store(s) {}
    template <class O> __device__ T Reduce(T value, O op, int valid = X * Y * Z) {
        int thread = detail::linear_thread();
        store[thread] = value;
        __syncthreads();
        if (thread == 0)
            for (int n = 1; n < valid; n++) value = op(value, store[n]);
        return value;
    }
    template <int items, class O> __device__ T Reduce(T (&values)[items], O op) {
        T own = values[0];
        for (int n = 1; n < items; n++) own = op(own, values[n]);
        return Reduce(own, op);
    }
    __device__ T Sum(T value, int valid = X * Y * Z) { return Reduce(value, cub::Sum(), valid); }
    template <int items> __device__ T Sum(T (&values)[items]) { return Reduce(values, cub::Sum()); }

  private:
    TempStorage &store;
};

template <class T, int X, BlockScanAlgorithm algorithm = BLOCK_SCAN_RAKING, int Y = 1, int Z = 1, int arch = 0> class BlockScan {
    enum { COUNT = X * Y * Z };

  public:
    using TempStorage = detail::storage<T, COUNT + 1>;
    __device__ explicit BlockScan(TempStorage &s) : store(s) {}
    template <class O> __device__ void InclusiveScan(T in, T &out, O op, T &aggregate) {
        scan(in, op);
        out = store[detail::linear_thread()];
        aggregate = store[COUNT - 1];
    }
    template <class O> __device__ void InclusiveScan(T in, T &out, O op) { T all; InclusiveScan(in, out, op, all); }
    template <class O> __device__ void ExclusiveScan(T in, T &out, T init, O op, T &aggregate) {
        scan(in, op);
        int thread = detail::linear_thread();
        out = thread == 0 ? init : op(init, store[thread - 1]);
        aggregate = store[COUNT - 1];
    }
    template <class O> __device__ void ExclusiveScan(T in, T &out, T init, O op) { T all; ExclusiveScan(in, out, init, op, all); }
    template <int items, class O> __device__ void InclusiveScan(T (&in)[items], T (&out)[items], O op, T &aggregate) {
        T own = in[0];
        for (int n = 1; n < items; n++) own = op(own, in[n]);
        scan(own, op);
        int thread = detail::linear_thread();
        T sum = in[0];
        if (thread > 0) sum = op(store[thread - 1], sum);
        for (int n = 0; n < items; n++) {
            if (n > 0) sum = op(sum, in[n]);
            out[n] = sum;
        }
        aggregate = store[COUNT - 1];
    }
    template <int items, class O> __device__ void InclusiveScan(T (&in)[items], T (&out)[items], O op) { T all; InclusiveScan(in, out, op, all); }
    template <int items, class O> __device__ void ExclusiveScan(T (&in)[items], T (&out)[items], T init, O op, T &aggregate) {
        T own = in[0];
        for (int n = 1; n < items; n++) own = op(own, in[n]);
        scan(own, op);
        int thread = detail::linear_thread();
        T sum = thread > 0 ? op(init, store[thread - 1]) : init;
        for (int n = 0; n < items; n++) {
            T next = op(sum, in[n]);
            out[n] = sum;
            sum = next;
        }
        aggregate = store[COUNT - 1];
    }
    template <int items, class O> __device__ void ExclusiveScan(T (&in)[items], T (&out)[items], T init, O op) { T all; ExclusiveScan(in, out, init, op, all); }
    /* With a callback that the first thread asks for what came before this tile, given the tile's sum. */
    template <class O, class P, std::enable_if_t<!std::is_convertible_v<O, T>, int> = 0> __device__ void ExclusiveScan(T in, T &out, O op, P &prefix) {
        T before = tile_prefix(in, op, prefix);
        int thread = detail::linear_thread();
        out = thread == 0 ? before : op(before, store[thread - 1]);
    }
    template <class O, class P> __device__ void InclusiveScan(T in, T &out, O op, P &prefix) {
        T before = tile_prefix(in, op, prefix);
        out = op(before, store[detail::linear_thread()]);
    }
    template <int items, class O, class P, std::enable_if_t<!std::is_convertible_v<O, T>, int> = 0>
    __device__ void ExclusiveScan(T (&in)[items], T (&out)[items], O op, P &prefix) {
        T own = in[0], sum;
        for (int n = 1; n < items; n++) own = op(own, in[n]);
        ExclusiveScan(own, sum, op, prefix);
        for (int n = 0; n < items; n++) {
            T next = op(sum, in[n]);
            out[n] = sum;
            sum = next;
        }
    }
    template <int items, class O, class P> __device__ void InclusiveScan(T (&in)[items], T (&out)[items], O op, P &prefix) {
        T before[items];
        ExclusiveScan(in, before, op, prefix);
        for (int n = 0; n < items; n++) out[n] = op(before[n], in[n]);
    }
    template <class I, class P> __device__ void ExclusiveSum(I &in, I &out, P &prefix) { ExclusiveScan(in, out, cub::Sum(), prefix); }
    template <class I, class P> __device__ void InclusiveSum(I &in, I &out, P &prefix) { InclusiveScan(in, out, cub::Sum(), prefix); }
    template <class I> __device__ void InclusiveSum(I &in, I &out) { T all; InclusiveScan(in, out, cub::Sum(), all); }
    template <class I> __device__ void InclusiveSum(I &in, I &out, T &aggregate) { InclusiveScan(in, out, cub::Sum(), aggregate); }
    template <class I> __device__ void ExclusiveSum(I &in, I &out) { T all; ExclusiveScan(in, out, T(), cub::Sum(), all); }
    template <class I> __device__ void ExclusiveSum(I &in, I &out, T &aggregate) { ExclusiveScan(in, out, T(), cub::Sum(), aggregate); }

  private:
    template <class O, class P> __device__ T tile_prefix(T value, O op, P &prefix) {
        scan(value, op);
        int thread = detail::linear_thread();
        if (thread < FAULTLINE_WARP_LANES) {
            T before = prefix((T)store[COUNT - 1]);
            if (thread == 0) store[COUNT] = before;
        }
        __syncthreads();
        return store[COUNT];
    }
    template <class O> __device__ void scan(T value, O op) {
        int thread = detail::linear_thread();
        store[thread] = value;
        __syncthreads();
        if (thread == 0)
            for (int n = 1; n < COUNT; n++) store[n] = op(store[n - 1], store[n]);
        __syncthreads();
    }
    TempStorage &store;
};

template <class T, int X, int items, BlockLoadAlgorithm algorithm = BLOCK_LOAD_DIRECT, int Y = 1, int Z = 1, int arch = 0> class BlockLoad {
  public:
    struct TempStorage {};
    __device__ BlockLoad() {}
    __device__ explicit BlockLoad(TempStorage &) {}
    static __device__ int place(int n) {
        int thread = detail::linear_thread();
        return algorithm == BLOCK_LOAD_STRIPED ? n * X * Y * Z + thread : thread * items + n;
    }
    template <class I> __device__ void Load(I from, T (&to)[items]) { for (int n = 0; n < items; n++) to[n] = from[place(n)]; }
    template <class I> __device__ void Load(I from, T (&to)[items], int valid) { for (int n = 0; n < items; n++) if (place(n) < valid) to[n] = from[place(n)]; }
    template <class I> __device__ void Load(I from, T (&to)[items], int valid, T other) { for (int n = 0; n < items; n++) to[n] = place(n) < valid ? (T)from[place(n)] : other; }
};
template <class T, int X, int items, BlockStoreAlgorithm algorithm = BLOCK_STORE_DIRECT, int Y = 1, int Z = 1, int arch = 0> class BlockStore {
  public:
    struct TempStorage {};
    __device__ BlockStore() {}
    __device__ explicit BlockStore(TempStorage &) {}
    static __device__ int place(int n) {
        int thread = detail::linear_thread();
        return algorithm == BLOCK_STORE_STRIPED ? n * X * Y * Z + thread : thread * items + n;
    }
    template <class O> __device__ void Store(O to, T (&from)[items]) { for (int n = 0; n < items; n++) to[place(n)] = from[n]; }
    template <class O> __device__ void Store(O to, T (&from)[items], int valid) { for (int n = 0; n < items; n++) if (place(n) < valid) to[place(n)] = from[n]; }
};
template <class T, int items, class I> __device__ void LoadDirectBlocked(int thread, I from, T (&to)[items]) { for (int n = 0; n < items; n++) to[n] = from[thread * items + n]; }
template <class T, int items, class O> __device__ void StoreDirectBlocked(int thread, O to, T (&from)[items]) { for (int n = 0; n < items; n++) to[thread * items + n] = from[n]; }
template <int X, class T, int items, class I> __device__ void LoadDirectStriped(int thread, I from, T (&to)[items]) { for (int n = 0; n < items; n++) to[n] = from[n * X + thread]; }
template <int X, class T, int items, class O> __device__ void StoreDirectStriped(int thread, O to, T (&from)[items]) { for (int n = 0; n < items; n++) to[n * X + thread] = from[n]; }

/* Each item's place is the number of those that come before it. */
template <class K, int X, int items, class V = NullType, int bits = 4, bool memoize = true, BlockScanAlgorithm inner = BLOCK_SCAN_WARP_SCANS, int config = 0, int Y = 1, int Z = 1, int arch = 0>
class BlockRadixSort {
    enum { COUNT = X * Y * Z * items };

  public:
    struct TempStorage {
        detail::storage<K, COUNT> keys;
        detail::storage<V, COUNT> values;
    };
    __device__ explicit BlockRadixSort(TempStorage &s) : store(s) {}
    __device__ void Sort(K (&keys)[items], int first = 0, int end = 8 * sizeof(K)) { V none[items]; sort<false, false>(keys, none, first, end); }
    __device__ void Sort(K (&keys)[items], V (&values)[items], int first = 0, int end = 8 * sizeof(K)) { sort<false, false>(keys, values, first, end); }
    __device__ void SortDescending(K (&keys)[items], int first = 0, int end = 8 * sizeof(K)) { V none[items]; sort<true, false>(keys, none, first, end); }
    __device__ void SortDescending(K (&keys)[items], V (&values)[items], int first = 0, int end = 8 * sizeof(K)) { sort<true, false>(keys, values, first, end); }
    __device__ void SortBlockedToStriped(K (&keys)[items], int first = 0, int end = 8 * sizeof(K)) { V none[items]; sort<false, true>(keys, none, first, end); }
    __device__ void SortBlockedToStriped(K (&keys)[items], V (&values)[items], int first = 0, int end = 8 * sizeof(K)) { sort<false, true>(keys, values, first, end); }

  private:
    template <bool descending, bool striped> __device__ void sort(K (&keys)[items], V (&values)[items], int first, int end) {
        detail::by_bits<K, descending> less{first, end};
        int thread = detail::linear_thread(), place[items];
        for (int n = 0; n < items; n++) store.keys[thread * items + n] = keys[n];
        __syncthreads();
        for (int n = 0; n < items; n++) {
            place[n] = 0;
            for (int i = 0; i < COUNT; i++) place[n] += less(store.keys[i], keys[n]) || (i < thread * items + n && !less(keys[n], store.keys[i]));
        }
        __syncthreads();
        for (int n = 0; n < items; n++) store.keys[place[n]] = keys[n], store.values[place[n]] = values[n];
        __syncthreads();
        for (int n = 0; n < items; n++) {
            int from = striped ? n * X * Y * Z + thread : thread * items + n;
            keys[n] = store.keys[from], values[n] = store.values[from];
        }
    }
    TempStorage &store;
};

template <class T, int lanes = FAULTLINE_WARP_LANES, int arch = 0> class WarpReduce {
  public:
    struct TempStorage {};
    __device__ explicit WarpReduce(TempStorage &) {}
    template <class O> __device__ T Reduce(T value, O op, int valid = lanes) {
        int lane = detail::linear_thread() % lanes;
        for (int step = 1; step < lanes; step *= 2) {
            T other = __shfl_down(value, (unsigned)step, lanes);
            if (lane + step < valid) value = op(value, other);
        }
        return value;
    }
    __device__ T Sum(T value, int valid = lanes) { return Reduce(value, cub::Sum(), valid); }

  private:
};
template <class T, int lanes = FAULTLINE_WARP_LANES, int arch = 0> class WarpScan {
  public:
    struct TempStorage {};
    __device__ explicit WarpScan(TempStorage &) {}
    template <class O> __device__ void InclusiveScan(T in, T &out, O op) {
        int lane = detail::linear_thread() % lanes;
        out = in;
        for (int step = 1; step < lanes; step *= 2) {
            T other = __shfl_up(out, (unsigned)step, lanes);
            if (lane >= step) out = op(other, out);
        }
    }
    template <class O> __device__ void ExclusiveScan(T in, T &out, T init, O op) {
        T sum;
        InclusiveScan(in, sum, op);
        sum = __shfl_up(sum, 1u, lanes);
        out = detail::linear_thread() % lanes == 0 ? init : op(init, sum);
    }
    __device__ void InclusiveSum(T in, T &out) { InclusiveScan(in, out, cub::Sum()); }
    __device__ void InclusiveSum(T in, T &out, T &aggregate) { InclusiveSum(in, out), aggregate = __shfl(out, lanes - 1, lanes); }
    __device__ void ExclusiveSum(T in, T &out) { ExclusiveScan(in, out, T(), cub::Sum()); }
};
} // namespace cub
#endif
