/*
 * What the lanes of a warp do together, and what a block does at a barrier. Each is a call of the engine's, at which the thread is
 * suspended until all that take part have come (engine/execution/block-threads.ts). `line` is the caller's, for its sentences.
 * Source: CUDA C++ Programming Guide, sections on synchronization and warp functions; HIP documentation, warp cross-lane functions.
 */
#ifndef FAULTLINE_CUDA_WARP_H
#define FAULTLINE_CUDA_WARP_H

#define FAULTLINE_DEVICE_IMPORT(name) __device__ __attribute__((import_module("faultline"), import_name(name)))
extern "C" {
FAULTLINE_DEVICE_IMPORT("barrier") void __syncthreads(void);
/* How many threads of the block brought something else than 0; exchange_high: how many there are. */
FAULTLINE_DEVICE_IMPORT("barrier_vote") unsigned __faultline_barrier_vote(int vote);
FAULTLINE_DEVICE_IMPORT("grid_barrier") void __faultline_grid_barrier(void);
FAULTLINE_DEVICE_IMPORT("warp_exchange")
unsigned __faultline_warp_exchange(int operation, unsigned low, unsigned high, int argument, int width, unsigned mask_low,
                                   unsigned mask_high, int line);
FAULTLINE_DEVICE_IMPORT("exchange_high") unsigned __faultline_exchange_high(void);
/* Before an access of volatile memory: the lanes that are at the same place go on together, and other warps and blocks have turns. */
FAULTLINE_DEVICE_IMPORT("volatile_access") void __faultline_volatile_access(int line);
/* Until the word is no longer what it was. */
FAULTLINE_DEVICE_IMPORT("team_wait") void __faultline_team_wait(const volatile void *word, unsigned value);
}

#ifdef __HIP__
/* A wavefront of AMD's CDNA, which is what has HMM. */
#define FAULTLINE_WARP_LANES 64
typedef unsigned long long faultline_lane_mask;
#else
#define FAULTLINE_WARP_LANES 32
typedef unsigned faultline_lane_mask;
#endif
static __device__ const int warpSize = FAULTLINE_WARP_LANES;

namespace faultline {
/* Numbers as in engine/execution/warp-exchange.ts. */
enum exchange {
    exchange_sync, exchange_shuffle, exchange_up, exchange_down, exchange_xor, exchange_ballot, exchange_match_any, exchange_match_all,
    exchange_add, exchange_min, exchange_max, exchange_min_signed, exchange_max_signed, exchange_and, exchange_or, exchange_bit_xor,
    exchange_active
};

__device__ __forceinline__ unsigned long long exchange_words(int operation, unsigned long long value, int argument, int width,
                                                            unsigned long long mask, int line) {
    unsigned low = __faultline_warp_exchange(operation, (unsigned)value, (unsigned)(value >> 32), argument, width, (unsigned)mask,
                                             (unsigned)(mask >> 32), line);
    return low | (unsigned long long)__faultline_exchange_high() << 32;
}
/* Values of any type, 8 bytes at a time. */
template <class T> __device__ __forceinline__ T exchange_value(int operation, T value, int argument, int width, unsigned long long mask, int line) {
    T result = value;
    for (unsigned at = 0; at < sizeof(T); at += 8) {
        unsigned long long part = 0;
        __builtin_memcpy(&part, (const char *)&value + at, sizeof(T) - at < 8 ? sizeof(T) - at : 8);
        part = exchange_words(operation, part, argument, width, mask, line);
        __builtin_memcpy((char *)&result + at, &part, sizeof(T) - at < 8 ? sizeof(T) - at : 8);
    }
    return result;
}
__device__ __forceinline__ faultline_lane_mask ballot(unsigned long long mask, int predicate, int line) {
    return (faultline_lane_mask)exchange_words(exchange_ballot, predicate != 0, 0, 0, mask, line);
}
} // namespace faultline

static __device__ __forceinline__ int __syncthreads_count(int predicate) { return (int)__faultline_barrier_vote(predicate != 0); }
static __device__ __forceinline__ int __syncthreads_or(int predicate) { return __faultline_barrier_vote(predicate != 0) != 0; }
static __device__ __forceinline__ int __syncthreads_and(int predicate) { return __faultline_barrier_vote(predicate == 0) == 0; }

#define FAULTLINE_LINE int line = __builtin_LINE()
#define FAULTLINE_SHUFFLE(name, operation, index)                                                                                    \
    template <class T>                                                                                                               \
    static __device__ __forceinline__ T __shfl##name##_sync(unsigned long long mask, T value, index argument,                        \
                                                            int width = FAULTLINE_WARP_LANES, FAULTLINE_LINE) {                      \
        return faultline::exchange_value(faultline::exchange_##operation, value, (int)argument, width, mask, line);                  \
    }                                                                                                                                \
    template <class T>                                                                                                               \
    static __device__ __forceinline__ T __shfl##name(T value, index argument, int width = FAULTLINE_WARP_LANES, FAULTLINE_LINE) {    \
        return faultline::exchange_value(faultline::exchange_##operation, value, (int)argument, width, 0, line);                     \
    }
FAULTLINE_SHUFFLE(, shuffle, int)
FAULTLINE_SHUFFLE(_up, up, unsigned)
FAULTLINE_SHUFFLE(_down, down, unsigned)
FAULTLINE_SHUFFLE(_xor, xor, int)
#undef FAULTLINE_SHUFFLE

static __device__ __forceinline__ void __syncwarp(unsigned long long mask = FAULTLINE_WARP_LANES == 64 ? ~0ull : 0xffffffffull, FAULTLINE_LINE) {
    faultline::exchange_words(faultline::exchange_sync, 0, 0, 0, mask, line);
}
static __device__ __forceinline__ faultline_lane_mask __ballot_sync(unsigned long long mask, int predicate, FAULTLINE_LINE) {
    return faultline::ballot(mask, predicate, line);
}
static __device__ __forceinline__ int __any_sync(unsigned long long mask, int predicate, FAULTLINE_LINE) {
    return faultline::ballot(mask, predicate, line) != 0;
}
static __device__ __forceinline__ int __all_sync(unsigned long long mask, int predicate, FAULTLINE_LINE) {
    return faultline::ballot(mask, predicate == 0, line) == 0;
}
static __device__ __forceinline__ int __uni_sync(unsigned long long mask, int predicate, FAULTLINE_LINE) {
    faultline_lane_mask yes = faultline::ballot(mask, predicate, line);
    return yes == 0 || yes == (faultline_lane_mask)faultline::exchange_words(faultline::exchange_match_all, 0, 0, 0, mask, line);
}
static __device__ __forceinline__ faultline_lane_mask __ballot(int predicate, FAULTLINE_LINE) { return faultline::ballot(0, predicate, line); }
static __device__ __forceinline__ int __any(int predicate, FAULTLINE_LINE) { return faultline::ballot(0, predicate, line) != 0; }
static __device__ __forceinline__ int __all(int predicate, FAULTLINE_LINE) { return faultline::ballot(0, predicate == 0, line) == 0; }
static __device__ __forceinline__ faultline_lane_mask __activemask(FAULTLINE_LINE) {
    return (faultline_lane_mask)faultline::exchange_words(faultline::exchange_active, 0, 0, 0, 0, line);
}
template <class T> static __device__ __forceinline__ faultline_lane_mask __match_any_sync(unsigned long long mask, T value, FAULTLINE_LINE) {
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof value);
    return (faultline_lane_mask)faultline::exchange_words(faultline::exchange_match_any, bits, 0, 0, mask, line);
}
template <class T>
static __device__ __forceinline__ faultline_lane_mask __match_all_sync(unsigned long long mask, T value, int *all, FAULTLINE_LINE) {
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof value);
    faultline_lane_mask same = (faultline_lane_mask)faultline::exchange_words(faultline::exchange_match_all, bits, 0, 0, mask, line);
    *all = same != 0;
    return same;
}
#define FAULTLINE_REDUCE(name, T, operation)                                                                                         \
    static __device__ __forceinline__ T __reduce_##name##_sync(unsigned mask, T value, FAULTLINE_LINE) {                             \
        return (T)faultline::exchange_words(faultline::exchange_##operation, (unsigned)value, 0, 0, mask, line);                     \
    }
FAULTLINE_REDUCE(add, unsigned, add)
FAULTLINE_REDUCE(add, int, add)
FAULTLINE_REDUCE(min, unsigned, min)
FAULTLINE_REDUCE(min, int, min_signed)
FAULTLINE_REDUCE(max, unsigned, max)
FAULTLINE_REDUCE(max, int, max_signed)
FAULTLINE_REDUCE(and, unsigned, and)
FAULTLINE_REDUCE(or, unsigned, or)
FAULTLINE_REDUCE(xor, unsigned, bit_xor)
#undef FAULTLINE_REDUCE

#endif
