/*
 * OpenMP: worksharing loops. Who gets which iterations is a function of the thread's number and the schedule alone: the chunks of
 * a dynamic or guided loop go round, as they would among threads that are equally fast. So no thread has to wait for a chunk, and
 * each run is alike. Arithmetic is unsigned, so that it wraps as the callers' does.
 */
#include "faultline_openmp.h"
#include <string.h>

static struct __faultline_place *const place = &__faultline_place;

/* Clang's and libomp's numbers (enum sched_type in kmp.h); ordered ones are 32 above. */
enum {
    STATIC_CHUNKED = 33,
    STATIC = 34,
    DYNAMIC = 35,
    GUIDED = 36,
    RUNTIME = 37,
    STATIC_BALANCED = 45,
    ORDERED_FIRST = 65,
    ORDERED_LAST = 70,
    ORDERED = 32,
    DISTRIBUTE_CHUNKED = 91,
    DISTRIBUTE = 92,
    SCHEDULE_MODIFIERS = 3 << 29
};

/* Iterations [first, first + length) of `count`. */
struct part {
    uint64_t first, length;
};

/* Near-equal parts, the larger ones first. */
static struct part __faultline_part(uint64_t count, uint64_t parts, uint64_t number) {
    uint64_t length = count / parts, larger = count % parts;
    return (struct part){number * length + (number < larger ? number : larger), length + (number < larger)};
}

/* ---- Loops whose thread asks for its next chunk ---- */

/* Asked for at run time: the schedule of omp_set_schedule. */
static void __faultline_runtime_schedule(struct __faultline_loop *loop) {
    enum { KIND_STATIC = 1, KIND_DYNAMIC = 2, KIND_GUIDED = 3, KIND = 0xffff };
    int kind = __faultline_icv.schedule & KIND;
    loop->chunk = __faultline_icv.chunk > 0 ? (uint64_t)__faultline_icv.chunk : 0;
    loop->schedule = kind == KIND_DYNAMIC  ? DYNAMIC
                     : kind == KIND_GUIDED ? GUIDED
                     : loop->chunk != 0    ? STATIC_CHUNKED
                                           : STATIC;
}

/* `count` may wrap to 0 only for a loop over all numbers of 64 bits, which nobody lives to see end. */
static void __faultline_open_loop(int schedule, uint64_t lower, uint64_t step, uint64_t count, int64_t chunk) {
    if (place->loops == MAX_LOOPS) __faultline_openmp_fatal("more than %d nested loops", MAX_LOOPS);
    struct __faultline_loop *loop = &place->loop[place->loops++];
    schedule &= ~SCHEDULE_MODIFIERS;
    *loop = (struct __faultline_loop){.lower = lower, .step = step, .count = count, .turn = place->thread};
    loop->schedule = schedule >= ORDERED_FIRST && schedule <= ORDERED_LAST ? schedule - ORDERED : schedule;
    loop->chunk = chunk > 0 ? (uint64_t)chunk : 0;
    loop->base = place->ordered;
    if (schedule != loop->schedule) place->ordered += count;
    if (loop->schedule == RUNTIME) __faultline_runtime_schedule(loop);
}

/* A guided loop's chunk takes half of what would be left for each thread, and no less than asked for. */
static uint64_t __faultline_guided_length(const struct __faultline_loop *loop, uint64_t first) {
    uint64_t left = loop->count - first, shares = 2 * (uint64_t)place->threads;
    uint64_t length = (left + shares - 1) / shares, least = loop->chunk != 0 ? loop->chunk : 1;
    if (length < least) length = least;
    return length < left ? length : left;
}

static struct part __faultline_next_part(struct __faultline_loop *loop) {
    struct part part = {loop->count, 0};
    uint64_t threads = place->threads;
    if (loop->schedule == GUIDED) {
        /* Chunks of other threads come in between; `turn` counts them down. */
        for (uint64_t first = loop->taken; first < loop->count; loop->turn--) {
            part = (struct part){first, __faultline_guided_length(loop, first)};
            loop->taken = first += part.length;
            if (loop->turn == 0) break;
            part.length = 0;
        }
        loop->turn = threads - 1;
        return part;
    }
    if (loop->schedule == DYNAMIC || loop->schedule == STATIC_CHUNKED || loop->schedule == STATIC_BALANCED) {
        uint64_t chunk = loop->chunk != 0 ? loop->chunk : 1;
        part.first = loop->turn * chunk;
        if (part.first < loop->count) part.length = loop->count - part.first < chunk ? loop->count - part.first : chunk;
        loop->turn += threads;
        return part;
    }
    if (loop->taken == 0) part = __faultline_part(loop->count, threads, place->thread);
    loop->taken = loop->count;
    return part;
}

static int __faultline_take_loop(struct part *part, const struct __faultline_loop **taken) {
    if (place->loops == 0) return 0;
    struct __faultline_loop *loop = &place->loop[place->loops - 1];
    *part = __faultline_next_part(loop);
    *taken = loop;
    if (part->length == 0) {
        place->loops--;
        return 0;
    }
    loop->iteration = loop->base + part->first;
    return 1;
}

/* ---- ordered ---- */

/* Until all iterations before this thread's have passed. */
ROUTINE(void, __kmpc_ordered, struct location *at, int thread) {
    if (place->threads == 1 || place->loops == 0) return;
    const struct __faultline_loop *loop = &place->loop[place->loops - 1];
    volatile uint64_t *done = &place->members->ordered;
    while (*done < loop->iteration) __faultline_await(done, (unsigned)*done);
}
NOTHING(__kmpc_end_ordered, int thread)

/* An iteration of an ordered loop ends, whether it had something to do in order or not. */
static void __faultline_end_iteration(void) {
    if (place->threads == 1 || place->loops == 0) return;
    __faultline___kmpc_ordered(NULL, 0);
    place->loop[place->loops - 1].iteration++;
    place->members->ordered++;
}
ROUTINE(void, __kmpc_dispatch_fini_4, struct location *at, int thread) { __faultline_end_iteration(); }
ROUTINE(void, __kmpc_dispatch_fini_4u, struct location *at, int thread) { __faultline_end_iteration(); }
ROUTINE(void, __kmpc_dispatch_fini_8, struct location *at, int thread) { __faultline_end_iteration(); }
ROUTINE(void, __kmpc_dispatch_fini_8u, struct location *at, int thread) { __faultline_end_iteration(); }
NOTHING(__kmpc_dispatch_deinit, int thread)

/* ---- Loops whose thread computes its chunks itself ---- */

NOTHING(__kmpc_for_static_fini, int thread)
NOTHING(__kmpc_distribute_static_fini, int thread)

#define WORKSHARING(suffix, type, step_type, wide)                                                                             \
    static wide __faultline_last_##suffix(type lower, type upper, step_type step) {                                            \
        /* One less than the number of iterations, which may not be a number of this type. */                                  \
        return step > 0 ? ((wide)upper - (wide)lower) / (wide)step : ((wide)lower - (wide)upper) / -(wide)step;                \
    }                                                                                                                          \
    static void __faultline_share_##suffix(int schedule, int *last, type *lower, type *upper, type *stride, step_type step,    \
                                           step_type chunk) {                                                                  \
        schedule &= ~SCHEDULE_MODIFIERS;                                                                                       \
        int distributes = schedule == DISTRIBUTE || schedule == DISTRIBUTE_CHUNKED;                                            \
        wide parts = distributes ? place->teams : place->threads, number = distributes ? place->team : place->thread;          \
        wide first, length;                                                                                                    \
        int empty = step > 0 ? *upper < *lower : *lower < *upper;                                                              \
        wide count = empty ? 0 : __faultline_last_##suffix(*lower, *upper, step);                                              \
        if (empty || parts == 1) {                                                                                             \
            if (last) *last = !empty;                                                                                          \
            *stride = (type)(empty ? (wide)step : (count + 1) * (wide)step);                                                   \
            return;                                                                                                            \
        }                                                                                                                      \
        if (schedule == DISTRIBUTE_CHUNKED || schedule == STATIC_CHUNKED || schedule == STATIC_BALANCED) {                     \
            length = chunk > 0 ? (wide)chunk : 1;                                                                              \
            first = number * length;                                                                                           \
            *stride = (type)(length * parts * (wide)step);                                                                     \
            if (last) *last = count / length % parts == number;                                                                \
        } else {                                                                                                               \
            wide larger = (count % parts + 1) % parts;                                                                         \
            length = count / parts + (larger == 0) + (number < larger);                                                        \
            first = number * (length - (number < larger)) + (number < larger ? number : larger);                               \
            *stride = (type)((count + 1) * (wide)step);                                                                        \
            if (last) *last = length != 0 && first + length - 1 == count;                                                      \
        }                                                                                                                      \
        /* Who has no iterations gets bounds that have crossed. */                                                             \
        if (length == 0 || first > count) {                                                                                    \
            *lower = (type)((wide)*upper + (wide)step);                                                                        \
            return;                                                                                                            \
        }                                                                                                                      \
        *lower = (type)((wide)*lower + first * (wide)step);                                                                    \
        wide end = first + length - 1 < count ? first + length - 1 : count;                                                    \
        *upper = (type)((wide)*lower + (end - first) * (wide)step);                                                            \
    }                                                                                                                          \
    ROUTINE(void, __kmpc_for_static_init_##suffix, struct location *at, int thread, int schedule, int *last, type *lower,      \
            type *upper, type *stride, step_type step, step_type chunk) {                                                      \
        __faultline_share_##suffix(schedule, last, lower, upper, stride, step, chunk);                                         \
    }                                                                                                                          \
    ROUTINE(void, __kmpc_distribute_static_init_##suffix, struct location *at, int thread, int schedule, int *last,            \
            type *lower, type *upper, type *stride, step_type step, step_type chunk) {                                         \
        __faultline_share_##suffix(schedule, last, lower, upper, stride, step, chunk);                                         \
    }                                                                                                                          \
    ROUTINE(void, __kmpc_dispatch_init_##suffix, struct location *at, int thread, int schedule, type lower, type upper,        \
            step_type step, step_type chunk) {                                                                                 \
        int empty = step > 0 ? upper < lower : lower < upper;                                                                  \
        uint64_t count = empty ? 0 : (uint64_t)__faultline_last_##suffix(lower, upper, step) + 1;                              \
        __faultline_open_loop(schedule, (uint64_t)lower, (uint64_t)step, count, (int64_t)chunk);                               \
    }                                                                                                                          \
    ROUTINE(int, __kmpc_dispatch_next_##suffix, struct location *at, int thread, int *last, type *lower, type *upper,          \
            step_type *stride) {                                                                                               \
        struct part part;                                                                                                      \
        const struct __faultline_loop *loop;                                                                                   \
        if (!__faultline_take_loop(&part, &loop)) return 0;                                                                    \
        if (last) *last = part.first + part.length == loop->count;                                                             \
        *lower = (type)(loop->lower + part.first * loop->step);                                                                \
        *upper = (type)(loop->lower + (part.first + part.length - 1) * loop->step);                                            \
        if (stride) *stride = (step_type)loop->step;                                                                           \
        return 1;                                                                                                              \
    }

WORKSHARING(4, int32_t, int32_t, uint32_t)
WORKSHARING(4u, uint32_t, int32_t, uint32_t)
WORKSHARING(8, int64_t, int64_t, uint64_t)
WORKSHARING(8u, uint64_t, int64_t, uint64_t)

/* ---- Loops whose iterations wait for others: `ordered(n)` with `depend(sink: …)` ---- */

struct dimension {
    int64_t lower, upper, step;
};

/* A byte for each iteration: whether it is done. */
struct doacross {
    struct doacross *former;
    int dimensions;
    unsigned number;
    struct dimension *bounds;
    volatile unsigned char *done;
};

static uint64_t __faultline_length(const struct dimension *dimension) {
    int64_t step = dimension->step, span = step > 0 ? dimension->upper - dimension->lower : dimension->lower - dimension->upper;
    return span < 0 ? 0 : (uint64_t)(span / (step > 0 ? step : -step)) + 1;
}

/* Threads may be in different loops: the first that comes makes what they share. */
ROUTINE(void, __kmpc_doacross_init, struct location *at, int thread, int dimensions, const struct dimension *bounds) {
    if (place->threads == 1) return;
    unsigned number = ++place->doacross;
    for (struct doacross *loop = place->members->doacross; loop; loop = loop->former)
        if (loop->number == number) return;
    uint64_t count = 1;
    for (int n = 0; n < dimensions; n++) count *= __faultline_length(&bounds[n]);
    size_t head = sizeof(struct doacross) + (size_t)dimensions * sizeof *bounds, bytes = head + ((size_t)count + 3 & ~(size_t)3);
    struct doacross *loop = count < UINT32_MAX / 2 ? __faultline_block(bytes) : NULL;
    if (!loop) __faultline_openmp_fatal("no memory for a loop with %llu dependent iterations", (unsigned long long)count);
    memset(loop, 0, bytes);
    loop->former = place->members->doacross;
    loop->number = number;
    loop->dimensions = dimensions;
    loop->bounds = (struct dimension *)(loop + 1);
    loop->done = (unsigned char *)loop + head;
    memcpy(loop->bounds, bounds, (size_t)dimensions * sizeof *bounds);
    place->members->doacross = loop;
}

/* The iteration's byte; NULL if there is no such iteration. */
static volatile unsigned char *__faultline_iteration(const int64_t *iteration) {
    if (place->threads == 1) return NULL;
    struct doacross *loop = place->members->doacross;
    while (loop && loop->number != place->doacross) loop = loop->former;
    uint64_t index = 0;
    for (int n = 0; loop && n < loop->dimensions; n++) {
        const struct dimension *dimension = &loop->bounds[n];
        int64_t step = dimension->step, offset = step > 0 ? iteration[n] - dimension->lower : dimension->lower - iteration[n];
        uint64_t at = (uint64_t)(offset / (step > 0 ? step : -step));
        if (offset < 0 || at >= __faultline_length(dimension)) return NULL;
        index = index * __faultline_length(dimension) + at;
    }
    return loop ? loop->done + index : NULL;
}

ROUTINE(void, __kmpc_doacross_post, struct location *at, int thread, const int64_t *iteration) {
    volatile unsigned char *done = __faultline_iteration(iteration);
    if (done) *done = 1;
}

ROUTINE(void, __kmpc_doacross_wait, struct location *at, int thread, const int64_t *iteration) {
    volatile unsigned char *done = __faultline_iteration(iteration);
    while (done && !*done) {
        const volatile unsigned *word = (const volatile unsigned *)((uintptr_t)done & ~(uintptr_t)3);
        __faultline_await(word, *word);
    }
}

NOTHING(__kmpc_doacross_fini, int thread)

void __faultline_drop_doacross(struct doacross *loops) {
    while (loops) {
        struct doacross *loop = loops;
        loops = loop->former;
        if (!__faultline_block_free(loop)) __real_free(loop);
    }
}
