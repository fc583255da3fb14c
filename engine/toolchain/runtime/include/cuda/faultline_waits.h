/* What cuda::atomic, cuda::barrier and cuda::pipeline share: scopes, memory orders, and how a thread waits for another one's word. */
#ifndef FAULTLINE_CUDA_WAITS_H
#define FAULTLINE_CUDA_WAITS_H
#include "cuda_runtime.h"
#include <sched.h>
#include <stddef.h>

namespace cuda {
enum thread_scope { thread_scope_system, thread_scope_device, thread_scope_block, thread_scope_thread };
namespace std {
enum memory_order {
    memory_order_relaxed = __ATOMIC_RELAXED,
    memory_order_consume = __ATOMIC_CONSUME,
    memory_order_acquire = __ATOMIC_ACQUIRE,
    memory_order_release = __ATOMIC_RELEASE,
    memory_order_acq_rel = __ATOMIC_ACQ_REL,
    memory_order_seq_cst = __ATOMIC_SEQ_CST
};
} // namespace std
using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_consume;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

namespace details {
#define FAULTLINE_BOTH __host__ __device__ __forceinline__
/* Lets other threads run until a word is no longer what it was. The other threads of a kernel are those of the block. */
FAULTLINE_BOTH void wait_while(const unsigned *word, unsigned value) {
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) {
#ifdef __FAULTLINE_DEVICE__
        __faultline_team_wait(word, value);
#else
        sched_yield();
#endif
    }
}
/* Before a look at a word that another thread may have to write: threads that look again and again leave it turns. */
FAULTLINE_BOTH void look() {
#ifdef __FAULTLINE_DEVICE__
    __faultline_volatile_access(0);
#endif
}
/* Tells the engine of an access that all processors see as one (execution/access.ts). */
template <thread_scope Scope> FAULTLINE_BOTH void announce(const volatile void *address) {
#ifdef __FAULTLINE_DEVICE__
    if (Scope == thread_scope_system) __faultline_system_atomic(address);
#else
    (void)address;
#endif
}
} // namespace details
} // namespace cuda

#endif
