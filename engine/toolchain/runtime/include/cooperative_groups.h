/*
 * Cooperative groups: a block, tiles of a warp, what is converged, and the whole grid, over the barriers and exchanges of cuda/warp.h.
 * Source: CUDA C++ Programming Guide, chapter Cooperative Groups.
 */
#ifndef FAULTLINE_COOPERATIVE_GROUPS_H
#define FAULTLINE_COOPERATIVE_GROUPS_H
#include "cuda_runtime.h"

namespace cooperative_groups {
#define FAULTLINE_D __device__ __forceinline__

namespace details {
FAULTLINE_D unsigned thread_in_block() { return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); }
FAULTLINE_D unsigned block_threads() { return blockDim.x * blockDim.y * blockDim.z; }
FAULTLINE_D unsigned block_in_grid() { return blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z); }
FAULTLINE_D unsigned lane() { return thread_in_block() % FAULTLINE_WARP_LANES; }
/* Lanes of this warp that the block has. */
FAULTLINE_D unsigned long long warp_mask() {
    unsigned first = thread_in_block() / FAULTLINE_WARP_LANES * FAULTLINE_WARP_LANES, left = block_threads() - first;
    return left >= 64 ? ~0ull : left >= FAULTLINE_WARP_LANES ? (FAULTLINE_WARP_LANES == 64 ? ~0ull : 0xffffffffull) : (1ull << left) - 1;
}
} // namespace details

class thread_block {
  public:
    FAULTLINE_D static void sync() { __syncthreads(); }
    FAULTLINE_D void barrier_wait() const { __syncthreads(); }
    FAULTLINE_D static unsigned thread_rank() { return details::thread_in_block(); }
    FAULTLINE_D static unsigned size() { return details::block_threads(); }
    FAULTLINE_D static unsigned num_threads() { return details::block_threads(); }
    FAULTLINE_D static dim3 group_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
    FAULTLINE_D static dim3 thread_index() { return dim3(threadIdx.x, threadIdx.y, threadIdx.z); }
    FAULTLINE_D static dim3 group_dim() { return dim3(blockDim.x, blockDim.y, blockDim.z); }
    FAULTLINE_D static dim3 dim_threads() { return group_dim(); }
};
FAULTLINE_D thread_block this_thread_block() { return thread_block(); }
/* What a GPU keeps for tiles of several warps; those have it themselves here. */
template <unsigned MaxBlockSize = 1024> struct block_tile_memory {
    char unused;
};
template <unsigned MaxBlockSize> FAULTLINE_D thread_block this_thread_block(block_tile_memory<MaxBlockSize> &) { return thread_block(); }

class grid_group {
  public:
    FAULTLINE_D static void sync() { __faultline_grid_barrier(); }
    FAULTLINE_D static bool is_valid() { return true; }
    FAULTLINE_D static unsigned long long size() { return (unsigned long long)details::block_threads() * num_blocks(); }
    FAULTLINE_D static unsigned long long num_threads() { return size(); }
    FAULTLINE_D static unsigned long long num_blocks() { return (unsigned long long)gridDim.x * gridDim.y * gridDim.z; }
    FAULTLINE_D static unsigned long long thread_rank() { return (unsigned long long)details::block_in_grid() * details::block_threads() + details::thread_in_block(); }
    FAULTLINE_D static unsigned long long block_rank() { return details::block_in_grid(); }
    FAULTLINE_D static dim3 group_dim() { return dim3(gridDim.x, gridDim.y, gridDim.z); }
    FAULTLINE_D static dim3 dim_blocks() { return group_dim(); }
    FAULTLINE_D static dim3 block_index() { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
};
FAULTLINE_D grid_group this_grid() { return grid_group(); }

/* Lanes of one warp: those of a mask, numbered from its lowest. */
class coalesced_group {
  protected:
    unsigned long long mask;
    FAULTLINE_D int lane_of(int rank) const {
        unsigned long long rest = mask;
        for (; rank > 0 && rest; rank--) rest &= rest - 1;
        return rest ? __builtin_ctzll(rest) : (int)details::lane();
    }

  public:
    FAULTLINE_D explicit coalesced_group(unsigned long long mask) : mask(mask) {}
    FAULTLINE_D unsigned long long lanes() const { return mask; }
    FAULTLINE_D unsigned size() const { return (unsigned)__builtin_popcountll(mask); }
    FAULTLINE_D unsigned num_threads() const { return size(); }
    FAULTLINE_D unsigned thread_rank() const { return (unsigned)__builtin_popcountll(mask & ((1ull << details::lane()) - 1)); }
    FAULTLINE_D unsigned meta_group_rank() const { return 0; }
    FAULTLINE_D unsigned meta_group_size() const { return 1; }
    FAULTLINE_D void sync(FAULTLINE_LINE) const { faultline::exchange_words(faultline::exchange_sync, 0, 0, 0, mask, line); }
    template <class T> FAULTLINE_D T shfl(T value, int rank, FAULTLINE_LINE) const {
        return faultline::exchange_value(faultline::exchange_shuffle, value, lane_of(rank % (int)size()), FAULTLINE_WARP_LANES, mask, line);
    }
    template <class T> FAULTLINE_D T shfl_up(T value, unsigned delta, FAULTLINE_LINE) const {
        int rank = (int)thread_rank() - (int)delta;
        return faultline::exchange_value(faultline::exchange_shuffle, value, rank < 0 ? (int)details::lane() : lane_of(rank), FAULTLINE_WARP_LANES, mask, line);
    }
    template <class T> FAULTLINE_D T shfl_down(T value, unsigned delta, FAULTLINE_LINE) const {
        unsigned rank = thread_rank() + delta;
        return faultline::exchange_value(faultline::exchange_shuffle, value, rank >= size() ? (int)details::lane() : lane_of((int)rank), FAULTLINE_WARP_LANES, mask, line);
    }
    template <class T> FAULTLINE_D T shfl_xor(T value, unsigned other, FAULTLINE_LINE) const {
        unsigned rank = thread_rank() ^ other;
        return faultline::exchange_value(faultline::exchange_shuffle, value, rank >= size() ? (int)details::lane() : lane_of((int)rank), FAULTLINE_WARP_LANES, mask, line);
    }
    /* Bits of a vote, numbered as the group's ranks. */
    FAULTLINE_D faultline_lane_mask ballot(int predicate, FAULTLINE_LINE) const {
        unsigned long long votes = faultline::ballot(mask, predicate, line), packed = 0;
        int rank = 0;
        for (unsigned long long rest = mask; rest; rest &= rest - 1, rank++)
            if (votes >> __builtin_ctzll(rest) & 1) packed |= 1ull << rank;
        return (faultline_lane_mask)packed;
    }
    FAULTLINE_D int any(int predicate, FAULTLINE_LINE) const { return faultline::ballot(mask, predicate, line) != 0; }
    FAULTLINE_D int all(int predicate, FAULTLINE_LINE) const { return faultline::ballot(mask, predicate == 0, line) == 0; }
    template <class T> FAULTLINE_D unsigned match_any(T value, FAULTLINE_LINE) const { return (unsigned)__match_any_sync(mask, value, line); }
    template <class T> FAULTLINE_D unsigned match_all(T value, int &all, FAULTLINE_LINE) const { return (unsigned)__match_all_sync(mask, value, &all, line); }
};
FAULTLINE_D coalesced_group coalesced_threads(FAULTLINE_LINE) { return coalesced_group(__activemask(line)); }

/* A tile of several warps: its threads meet at a word of shared memory. */
template <unsigned Size> class wide_tile {
    static_assert(Size <= 512 && (Size & (Size - 1)) == 0, "a tile has a power of two of threads, up to 512");
    static constexpr unsigned most = 1024 / Size;
    struct meeting {
        unsigned left, phase;
    };
    meeting *place;
    FAULTLINE_D static meeting *places() {
        __shared__ meeting places[most];
        return places;
    }

  public:
    /* All threads of the block make it, as it is with tiled_partition. */
    FAULTLINE_D wide_tile() : place(places() + meta_group_rank()) {
        __syncthreads();
        if (thread_rank() == 0) *place = {size_here(), 0};
        __syncthreads();
    }
    FAULTLINE_D static constexpr unsigned size() { return Size; }
    FAULTLINE_D static constexpr unsigned num_threads() { return Size; }
    FAULTLINE_D static unsigned thread_rank() { return details::thread_in_block() % Size; }
    FAULTLINE_D static unsigned meta_group_rank() { return details::thread_in_block() / Size; }
    FAULTLINE_D static unsigned meta_group_size() { return (details::block_threads() + Size - 1) / Size; }
    /* The last of a block may be smaller. */
    FAULTLINE_D static unsigned size_here() {
        unsigned left = details::block_threads() - meta_group_rank() * Size;
        return left < Size ? left : Size;
    }
    FAULTLINE_D void sync() const {
        unsigned phase = place->phase;
        if (atomicSub(&place->left, 1u) == 1) {
            place->left = size_here();
            atomicAdd(&place->phase, 1u);
        } else while (__atomic_load_n(&place->phase, __ATOMIC_SEQ_CST) == phase) __faultline_team_wait(&place->phase, phase);
    }
    /* What every thread of the tile brings, by rank. */
    template <class T> FAULTLINE_D const T *gather(T value) const {
        __shared__ alignas(T) char room[1024 * sizeof(T)];
        T *all = (T *)room + meta_group_rank() * Size;
        all[thread_rank()] = value;
        sync();
        return all;
    }
    template <class T> FAULTLINE_D T shfl(T value, int rank) const {
        T result = gather(value)[rank % (int)Size];
        sync();
        return result;
    }
    FAULTLINE_D int any(int predicate) const { return vote(predicate != 0) > 0; }
    FAULTLINE_D int all(int predicate) const { return vote(predicate == 0) == 0; }

  private:
    FAULTLINE_D unsigned vote(bool mine) const {
        const unsigned *votes = gather((unsigned)mine);
        unsigned count = 0;
        for (unsigned rank = 0; rank < size_here(); rank++) count += votes[rank];
        sync();
        return count;
    }
};

template <unsigned Size, class Parent = void, bool Wide = (Size > FAULTLINE_WARP_LANES)> class thread_block_tile : public wide_tile<Size> {};
template <unsigned Size, class Parent> class thread_block_tile<Size, Parent, false> : public coalesced_group {
    static_assert(Size > 0 && (Size & (Size - 1)) == 0, "a tile has a power of two of threads");
    FAULTLINE_D static unsigned long long lanes_of_tile() {
        unsigned first = details::lane() / Size * Size;
        unsigned long long tile = Size == 64 ? ~0ull : ((1ull << (Size % 64)) - 1) << first;
        return tile & details::warp_mask();
    }

  public:
    FAULTLINE_D thread_block_tile() : coalesced_group(lanes_of_tile()) {}
    template <class Other> FAULTLINE_D thread_block_tile(const thread_block_tile<Size, Other, false> &other) : coalesced_group(other.lanes()) {}
    FAULTLINE_D static constexpr unsigned size() { return Size; }
    FAULTLINE_D static constexpr unsigned num_threads() { return Size; }
    FAULTLINE_D unsigned thread_rank() const { return details::lane() % Size; }
    FAULTLINE_D unsigned meta_group_rank() const { return details::thread_in_block() / Size; }
    FAULTLINE_D unsigned meta_group_size() const { return (details::block_threads() + Size - 1) / Size; }
    template <class T> FAULTLINE_D T shfl(T value, int rank, FAULTLINE_LINE) const { return faultline::exchange_value(faultline::exchange_shuffle, value, rank, Size, mask, line); }
    template <class T> FAULTLINE_D T shfl_up(T value, unsigned delta, FAULTLINE_LINE) const { return faultline::exchange_value(faultline::exchange_up, value, (int)delta, Size, mask, line); }
    template <class T> FAULTLINE_D T shfl_down(T value, unsigned delta, FAULTLINE_LINE) const { return faultline::exchange_value(faultline::exchange_down, value, (int)delta, Size, mask, line); }
    template <class T> FAULTLINE_D T shfl_xor(T value, unsigned other, FAULTLINE_LINE) const { return faultline::exchange_value(faultline::exchange_xor, value, (int)other, Size, mask, line); }
};

/* A tile whose size is known when it runs, or any group by its base. */
class thread_group {
    enum kind { block, lanes, grid } what;
    coalesced_group group;

  public:
    FAULTLINE_D thread_group(const thread_block &) : what(block), group(0) {}
    FAULTLINE_D thread_group(const grid_group &) : what(grid), group(0) {}
    FAULTLINE_D thread_group(const coalesced_group &group) : what(lanes), group(group) {}
    FAULTLINE_D void sync(FAULTLINE_LINE) const {
        if (what == block) __syncthreads();
        else if (what == grid) __faultline_grid_barrier();
        else group.sync(line);
    }
    FAULTLINE_D unsigned size() const { return what == block ? thread_block::size() : what == grid ? (unsigned)grid_group::size() : group.size(); }
    FAULTLINE_D unsigned num_threads() const { return size(); }
    FAULTLINE_D unsigned thread_rank() const {
        return what == block ? thread_block::thread_rank() : what == grid ? (unsigned)grid_group::thread_rank() : group.thread_rank();
    }
};

template <unsigned Size, class Parent> FAULTLINE_D thread_block_tile<Size, Parent> tiled_partition(const Parent &) { return thread_block_tile<Size, Parent>(); }
FAULTLINE_D coalesced_group tiled_partition(const thread_block &, unsigned size) {
    unsigned first = details::lane() / size * size;
    return coalesced_group(((size >= 64 ? ~0ull : (1ull << size) - 1) << first) & details::warp_mask());
}
template <class Group> FAULTLINE_D coalesced_group binary_partition(const Group &group, bool predicate, FAULTLINE_LINE) {
    unsigned long long yes = faultline::ballot(group.lanes(), predicate, line);
    return coalesced_group(predicate ? yes : group.lanes() & ~yes);
}
template <class Group, class T> FAULTLINE_D coalesced_group labeled_partition(const Group &group, T label, FAULTLINE_LINE) {
    return coalesced_group(__match_any_sync(group.lanes(), label, line));
}
template <class Group> FAULTLINE_D void sync(const Group &group) { group.sync(); }
template <class Group> FAULTLINE_D unsigned thread_rank(const Group &group) { return group.thread_rank(); }
template <class Group> FAULTLINE_D unsigned group_size(const Group &group) { return group.size(); }
template <class Group> FAULTLINE_D void wait(const Group &group) { group.sync(); }
template <class Group, class T> FAULTLINE_D void memcpy_async(const Group &group, T *to, const T *from, size_t bytes) {
    for (size_t at = group.thread_rank(); at < bytes; at += group.size()) ((char *)to)[at] = ((const char *)from)[at];
}

template <class T = void> struct plus { FAULTLINE_D T operator()(T a, T b) const { return a + b; } };
template <class T = void> struct less { FAULTLINE_D T operator()(T a, T b) const { return b < a ? b : a; } };
template <class T = void> struct greater { FAULTLINE_D T operator()(T a, T b) const { return a < b ? b : a; } };
template <class T = void> struct bit_and { FAULTLINE_D T operator()(T a, T b) const { return a & b; } };
template <class T = void> struct bit_or { FAULTLINE_D T operator()(T a, T b) const { return a | b; } };
template <class T = void> struct bit_xor { FAULTLINE_D T operator()(T a, T b) const { return a ^ b; } };

template <unsigned Size, class Parent, class T, class Operation> FAULTLINE_D T reduce(const thread_block_tile<Size, Parent, true> &tile, T value, Operation operation) {
    const T *all = tile.gather(value);
    T total = all[0];
    for (unsigned rank = 1; rank < tile.size_here(); rank++) total = operation(total, all[rank]);
    tile.sync();
    return total;
}
/* All lanes get the result, in the order of ranks: it is the same each time. */
template <class Group, class T, class Operation> FAULTLINE_D T reduce(const Group &group, T value, Operation operation) {
    T total = group.shfl(value, 0);
    for (unsigned rank = 1; rank < group.size(); rank++) total = operation(total, group.shfl(value, (int)rank));
    return total;
}
/* A tile that has all of its lanes takes as many steps as its size has bits; so does hardware. */
template <unsigned Size, class Parent, class T, class Operation> FAULTLINE_D T reduce(const thread_block_tile<Size, Parent, false> &tile, T value, Operation operation) {
    if ((unsigned)__builtin_popcountll(tile.lanes()) != Size) return reduce((const coalesced_group &)tile, value, operation);
    for (unsigned delta = 1; delta < Size; delta *= 2) value = operation(value, tile.shfl_xor(value, delta));
    return value;
}
template <class Group, class T, class Operation> FAULTLINE_D T inclusive_scan(const Group &group, T value, Operation operation) {
    for (unsigned delta = 1; delta < group.size(); delta *= 2) {
        T below = group.shfl_up(value, delta);
        if (group.thread_rank() >= delta) value = operation(below, value);
    }
    return value;
}
template <class Group, class T> FAULTLINE_D T inclusive_scan(const Group &group, T value) { return inclusive_scan(group, value, plus<T>()); }
template <class Group, class T, class Operation> FAULTLINE_D T exclusive_scan(const Group &group, T value, Operation operation) {
    T below = group.shfl_up(inclusive_scan(group, value, operation), 1);
    return group.thread_rank() == 0 ? T() : below;
}
template <class Group, class T> FAULTLINE_D T exclusive_scan(const Group &group, T value) { return exclusive_scan(group, value, plus<T>()); }
#undef FAULTLINE_D
} // namespace cooperative_groups

#endif
