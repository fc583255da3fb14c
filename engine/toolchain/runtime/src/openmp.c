/*
 * OpenMP: teams, parallel regions, worksharing and tasks, as Clang calls them (llvm/Frontend/OpenMP/OMPKinds.def names the
 * interface). Every construct runs in order on one thread: teams one after the other, one thread in each, tasks where they
 * are created. OpenMP allows that an implementation gives fewer threads than asked for, so results are those of a correct run.
 */
#include "faultline_openmp.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct location; /* Clang's ident_t: where a construct stands in the source */
typedef int critical_name[8];

struct __faultline_place __faultline_place = {.device = HOST, .teams = 1};
struct __faultline_control_variables __faultline_icv = {.threads = 1, .active_levels = 1, .schedule = 1, .allocator = 1};

/* A device's special registers say where an event happened: a team stands for a block. */
extern struct __faultline_triple __faultline_blockIdx, __faultline_gridDim;

static struct __faultline_loop loops[MAX_LOOPS];

_Noreturn void __faultline_openmp_fatal(const char *format, ...) {
    static char message[256] = "OpenMP: ";
    va_list arguments;
    va_start(arguments, format);
    engine_service_begin();
    vsnprintf(message + 8, sizeof message - 8, format, arguments);
    engine_stop(message);
}

/* ---- Calling outlined functions ---- */

/*
 * WebAssembly checks the type of an indirect call, so each number of captured values is a call of its own. A captured value
 * is 32 bits on this target (Clang captures what is larger by reference); they arrive as one array, like all variadic
 * arguments.
 */
#define P1 , uintptr_t
#define P2 P1 P1
#define P4 P2 P2
#define P8 P4 P4
#define V1(o) , values[o]
#define V2(o) V1(o) V1(o + 1)
#define V4(o) V2(o) V2(o + 2)
#define V8(o) V4(o) V4(o + 4)
#define BARE(...) __VA_ARGS__
#define CALL(n, types, list)                                                                                                   \
    case n:                                                                                                                    \
        ((void (*)(int *, int *BARE types))outlined)(&thread, &bound BARE list);                                               \
        return;
#define EIGHT(o, types, list)                                                                                                  \
    CALL(o, types, list)                                                                                                       \
    CALL(o + 1, (BARE types P1), (BARE list V1(o)))                                                                            \
    CALL(o + 2, (BARE types P2), (BARE list V2(o)))                                                                            \
    CALL(o + 3, (BARE types P2 P1), (BARE list V2(o) V1(o + 2)))                                                               \
    CALL(o + 4, (BARE types P4), (BARE list V4(o)))                                                                            \
    CALL(o + 5, (BARE types P4 P1), (BARE list V4(o) V1(o + 4)))                                                               \
    CALL(o + 6, (BARE types P4 P2), (BARE list V4(o) V2(o + 4)))                                                               \
    CALL(o + 7, (BARE types P4 P2 P1), (BARE list V4(o) V2(o + 4) V1(o + 6)))

static void __faultline_outlined(void *outlined, int count, const uintptr_t *values) {
    int thread = 0, bound = 0;
    switch (count) {
        EIGHT(0, (), ())
        EIGHT(8, (P8), (V8(0)))
        EIGHT(16, (P8 P8), (V8(0) V8(8)))
        EIGHT(24, (P8 P8 P8), (V8(0) V8(8) V8(16)))
        EIGHT(32, (P8 P8 P8 P8), (V8(0) V8(8) V8(16) V8(24)))
        EIGHT(40, (P8 P8 P8 P8 P8), (V8(0) V8(8) V8(16) V8(24) V8(32)))
        EIGHT(48, (P8 P8 P8 P8 P8 P8), (V8(0) V8(8) V8(16) V8(24) V8(32) V8(40)))
        EIGHT(56, (P8 P8 P8 P8 P8 P8 P8), (V8(0) V8(8) V8(16) V8(24) V8(32) V8(40) V8(48)))
    }
    __faultline_openmp_fatal("a parallel or teams region uses %d variables of its surroundings; 63 are the most", count);
}

/* ---- Parallel regions and teams ---- */

static void __faultline_parallel(void *outlined, int count, const uintptr_t *values) {
    __faultline_place.level++;
    __faultline_outlined(outlined, count, values);
    __faultline_place.level--;
}

/* The callee of a variadic call gets the address of its arguments as a last parameter: so these are declared. */
ROUTINE(void, __kmpc_fork_call, struct location *at, int count, void *outlined, const uintptr_t *values) {
    __faultline_parallel(outlined, count, values);
}

ROUTINE(void, __kmpc_fork_call_if, struct location *at, int count, void *outlined, int condition, void *values) {
    const uintptr_t value = (uintptr_t)values;
    __faultline_parallel(outlined, count, &value);
}

ROUTINE(void, __kmpc_fork_teams, struct location *at, int count, void *outlined, const uintptr_t *values) {
    struct __faultline_place *place = &__faultline_place, outer = *place;
    unsigned teams = place->asked_teams != 0 ? place->asked_teams : place->default_teams;
    if (teams == 0) teams = __faultline_icv.teams > 0 ? (unsigned)__faultline_icv.teams : 1;
    place->teams = teams;
    __faultline_gridDim.x = teams;
    for (unsigned team = 0; team < teams; team++) {
        place->team = __faultline_blockIdx.x = team;
        __faultline_outlined(outlined, count, values);
    }
    *place = outer;
    place->asked_teams = place->asked_limit = 0;
    __faultline_blockIdx.x = 0;
    __faultline_gridDim.x = outer.teams;
}

ROUTINE(void, __kmpc_push_num_teams, struct location *at, int thread, int teams, int limit) {
    __faultline_place.asked_teams = teams > 0 ? (unsigned)teams : 0;
    if (limit > 0) __faultline_place.asked_limit = (unsigned)limit;
}

ROUTINE(void, __kmpc_push_num_teams_51, struct location *at, int thread, int least, int most, int limit) {
    __faultline___kmpc_push_num_teams(at, thread, most, limit);
}

ROUTINE(void, __kmpc_serialized_parallel, struct location *at, int thread) { __faultline_place.level++; }
ROUTINE(void, __kmpc_end_serialized_parallel, struct location *at, int thread) { __faultline_place.level--; }

/* What a single thread need not do anything for, or may always do. */
#define NOTHING(name, ...)                                                                                                      \
    ROUTINE(void, name, struct location *at __VA_OPT__(, ) __VA_ARGS__) {}
#define ANSWER(name, value, ...)                                                                                                \
    ROUTINE(int, name, struct location *at __VA_OPT__(, ) __VA_ARGS__) { return value; }

NOTHING(__kmpc_begin, int flags)
NOTHING(__kmpc_end)
NOTHING(__kmpc_flush)
NOTHING(__kmpc_barrier, int thread)
NOTHING(__kmpc_push_num_threads, int thread, int threads)
NOTHING(__kmpc_push_num_threads_strict, int thread, int threads, int severity, const char *message)
NOTHING(__kmpc_push_proc_bind, int thread, int kind)
NOTHING(__kmpc_set_thread_limit, int thread, int limit)
NOTHING(__kmpc_critical, int thread, critical_name *name)
NOTHING(__kmpc_critical_with_hint, int thread, critical_name *name, unsigned hint)
NOTHING(__kmpc_end_critical, int thread, critical_name *name)
NOTHING(__kmpc_end_master, int thread)
NOTHING(__kmpc_end_masked, int thread)
NOTHING(__kmpc_end_single, int thread)
NOTHING(__kmpc_scope, int thread)
NOTHING(__kmpc_end_scope, int thread)
NOTHING(__kmpc_ordered, int thread)
NOTHING(__kmpc_end_ordered, int thread)
NOTHING(__kmpc_end_reduce, int thread, critical_name *name)
NOTHING(__kmpc_end_reduce_nowait, int thread, critical_name *name)
NOTHING(__kmpc_copyprivate, int thread, size_t bytes, void *data, void (*copy)(void *, void *), int did_it)
NOTHING(__kmpc_for_static_fini, int thread)
NOTHING(__kmpc_distribute_static_fini, int thread)
NOTHING(__kmpc_dispatch_fini_4, int thread)
NOTHING(__kmpc_dispatch_fini_4u, int thread)
NOTHING(__kmpc_dispatch_fini_8, int thread)
NOTHING(__kmpc_dispatch_fini_8u, int thread)
NOTHING(__kmpc_dispatch_deinit, int thread)
NOTHING(__kmpc_doacross_init, int thread, int dimensions, void *bounds)
NOTHING(__kmpc_doacross_post, int thread, const int64_t *iteration)
NOTHING(__kmpc_doacross_wait, int thread, const int64_t *iteration)
NOTHING(__kmpc_doacross_fini, int thread)
NOTHING(__kmpc_threadprivate_register, void *data, void *construct, void *copy, void *destroy)
ANSWER(__kmpc_global_thread_num, 0)
ANSWER(__kmpc_bound_thread_num, 0)
ANSWER(__kmpc_global_num_threads, 1)
ANSWER(__kmpc_bound_num_threads, 1)
ANSWER(__kmpc_in_parallel, 0)
ANSWER(__kmpc_ok_to_fork, 1)
ANSWER(__kmpc_master, 1, int thread)
ANSWER(__kmpc_masked, filter == 0, int thread, int filter)
ANSWER(__kmpc_single, 1, int thread)
ANSWER(__kmpc_cancel, 0, int thread, int kind)
ANSWER(__kmpc_cancellationpoint, 0, int thread, int kind)
ANSWER(__kmpc_cancel_barrier, 0, int thread)
/* 1: the caller, alone, combines its own values with the shared ones. */
ANSWER(__kmpc_reduce, 1, int thread, int count, size_t bytes, void *data, void (*combine)(void *, void *), critical_name *name)
ANSWER(__kmpc_reduce_nowait, 1, int thread, int count, size_t bytes, void *data, void (*combine)(void *, void *),
       critical_name *name)

ROUTINE(void *, __kmpc_threadprivate_cached, struct location *at, int thread, void *data, size_t bytes, void ***cache) {
    return data;
}

ROUTINE(void, __kmpc_error, struct location *at, int severity, const char *message) {
    enum { FATAL = 2 };
    if (severity == FATAL) __faultline_openmp_fatal("%s", message ? message : "error directive");
    fprintf(stderr, "OpenMP: warning: %s\n", message ? message : "error directive");
}

/* ---- Worksharing ---- */

enum { DISTRIBUTE_CHUNKED = 91, DISTRIBUTE = 92, SCHEDULE_MODIFIERS = 3 << 29 };

/*
 * `for` gives its one thread everything. `distribute` gives a team its share: near-equal parts, or every teams-th chunk,
 * where the caller steps on by the stride. Arithmetic is unsigned, so that it wraps as the callers' does.
 */
/* A dynamic or guided loop: its one thread takes all iterations at once, and finds none when it asks again. */
static void __faultline_open_loop(struct __faultline_loop loop) {
    if (__faultline_place.loops == MAX_LOOPS) __faultline_openmp_fatal("more than %d nested loops", MAX_LOOPS);
    loops[__faultline_place.loops++] = loop;
}

static int __faultline_take_loop(struct __faultline_loop *taken) {
    struct __faultline_loop *loop = &loops[__faultline_place.loops - 1];
    if (loop->done) {
        __faultline_place.loops--;
        return 0;
    }
    *taken = *loop;
    loop->done = 1;
    return 1;
}

#define WORKSHARING(suffix, type, step_type, wide)                                                                             \
    static void __faultline_share_##suffix(int schedule, int *last, type *lower, type *upper, type *stride, step_type step,    \
                                           step_type chunk) {                                                                  \
        wide teams = __faultline_place.teams, team = __faultline_place.team, first = 0, length;                                \
        int empty = step > 0 ? *upper < *lower : *lower < *upper;                                                              \
        /* One less than the number of iterations, which may not be a number of this type. */                                  \
        wide count = empty    ? 0                                                                                              \
                     : step > 0 ? ((wide)*upper - (wide)*lower) / (wide)step                                                   \
                                : ((wide)*lower - (wide)*upper) / -(wide)step;                                                 \
        schedule &= ~SCHEDULE_MODIFIERS;                                                                                       \
        if (empty || teams == 1 || (schedule != DISTRIBUTE && schedule != DISTRIBUTE_CHUNKED)) {                               \
            if (last) *last = !empty;                                                                                          \
            *stride = (type)(empty ? (wide)step : (count + 1) * (wide)step);                                                   \
            return;                                                                                                            \
        }                                                                                                                      \
        if (schedule == DISTRIBUTE_CHUNKED) {                                                                                  \
            length = chunk > 0 ? (wide)chunk : 1;                                                                              \
            first = team * length;                                                                                             \
            *stride = (type)(length * teams * (wide)step);                                                                     \
            if (last) *last = count / length % teams == team;                                                                  \
        } else {                                                                                                               \
            wide larger = (count % teams + 1) % teams;                                                                         \
            length = count / teams + (larger == 0) + (team < larger);                                                          \
            first = team * (length - (team < larger)) + (team < larger ? team : larger);                                       \
            *stride = (type)((count + 1) * (wide)step);                                                                        \
            if (last) *last = length != 0 && first + length - 1 == count;                                                      \
        }                                                                                                                      \
        /* A team without iterations gets bounds that have crossed. */                                                         \
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
            step_type stride, step_type chunk) {                                                                               \
        int empty = stride > 0 ? upper < lower : lower < upper;                                                                \
        __faultline_open_loop((struct __faultline_loop){(int64_t)lower, (int64_t)upper, (int64_t)stride, empty});              \
    }                                                                                                                          \
    ROUTINE(int, __kmpc_dispatch_next_##suffix, struct location *at, int thread, int *last, type *lower, type *upper,          \
            step_type *stride) {                                                                                               \
        struct __faultline_loop loop;                                                                                          \
        if (!__faultline_take_loop(&loop)) return 0;                                                                           \
        if (last) *last = 1;                                                                                                   \
        *lower = (type)loop.lower;                                                                                             \
        *upper = (type)loop.upper;                                                                                             \
        if (stride) *stride = (step_type)loop.stride;                                                                          \
        return 1;                                                                                                              \
    }

WORKSHARING(4, int32_t, int32_t, uint32_t)
WORKSHARING(4u, uint32_t, int32_t, uint32_t)
WORKSHARING(8, int64_t, int64_t, uint64_t)
WORKSHARING(8u, uint64_t, int64_t, uint64_t)

/* ---- Atomic accesses that no instruction is wide enough for: the program's own, so they are checked ---- */

void atomic_load(size_t bytes, const void *from, void *to, int order) __asm__("__atomic_load");
void atomic_store(size_t bytes, void *to, const void *from, int order) __asm__("__atomic_store");
void atomic_exchange(size_t bytes, void *object, const void *value, void *former, int order) __asm__("__atomic_exchange");
_Bool atomic_compare_exchange(size_t bytes, void *object, void *expected, const void *value, int success, int failure) __asm__(
    "__atomic_compare_exchange");

void atomic_load(size_t bytes, const void *from, void *to, int order) { memcpy(to, from, bytes); }
void atomic_store(size_t bytes, void *to, const void *from, int order) { memcpy(to, from, bytes); }
void atomic_exchange(size_t bytes, void *object, const void *value, void *former, int order) {
    memcpy(former, object, bytes);
    memcpy(object, value, bytes);
}
_Bool atomic_compare_exchange(size_t bytes, void *object, void *expected, const void *value, int success, int failure) {
    int equal = memcmp(object, expected, bytes) == 0;
    memcpy(equal ? object : expected, equal ? value : object, bytes);
    return equal;
}

/* ---- Tasks ---- */

/* Clang's kmp_task_t; the task's own copies of variables follow, then pointers to shared ones. */
struct task {
    void *shareds;
    int (*routine)(int thread, struct task *);
    int part;
    void *destroy; /* and other things, by flags that Clang sets */
    int priority;
};
enum { TASK_FINAL = 2, TASK_HAS_DESTRUCTORS = 8 };

/* In front of a task is its header. */
static struct task_header *__faultline_header(struct task *task) { return (struct task_header *)task - 1; }

ROUTINE(struct task *, __kmpc_omp_task_alloc, struct location *at, int thread, int flags, size_t bytes, size_t shared_bytes,
        int (*routine)(int, struct task *)) {
    size_t shared_at = (bytes + 15) & ~(size_t)15;
    size_t all = sizeof(struct task_header) + shared_at + shared_bytes;
    struct task_header *header = __faultline_block(all);
    if (!header) __faultline_openmp_fatal("no memory for a task");
    struct task *task = (struct task *)(header + 1);
    memset(header, 0, all);
    header->flags = flags;
    header->bytes = all;
    task->routine = routine;
    if (shared_bytes != 0) task->shareds = (char *)task + shared_at;
    return task;
}

ROUTINE(struct task *, __kmpc_omp_target_task_alloc, struct location *at, int thread, int flags, size_t bytes,
        size_t shared_bytes, int (*routine)(int, struct task *), int64_t device) {
    struct task *task = __faultline___kmpc_omp_task_alloc(at, thread, flags, bytes, shared_bytes, routine);
    __faultline_header(task)->is_target = 1;
    return task;
}

/* A final task's descendants are final, too. */
static void __faultline_begin_task(struct task *task) {
    struct __faultline_place *place = &__faultline_place;
    struct task_header *header = __faultline_header(task);
    header->outer = place->target_task;
    if (header->is_target) place->target_task = header;
    place->tasks++;
    if (place->final_tasks != 0 || header->flags & TASK_FINAL) place->final_tasks++;
}

static void __faultline_end_task(struct task *task) {
    struct task_header *header = __faultline_header(task);
    __faultline_place.target_task = header->outer;
    __faultline_place.tasks--;
    if (__faultline_place.final_tasks != 0) __faultline_place.final_tasks--;
    if (header->flags & TASK_HAS_DESTRUCTORS) ((int (*)(int, struct task *))task->destroy)(0, task);
    if (!__faultline_block_free(header)) __real_free(header);
}

static int __faultline_run_task(struct task *task) {
    __faultline_begin_task(task);
    task->routine(0, task);
    __faultline_end_task(task);
    return 0;
}

ROUTINE(int, __kmpc_omp_task, struct location *at, int thread, struct task *task) { return __faultline_run_task(task); }

/* Dependences are kept: whatever a task may depend on was created, and so has run, before it. */
ROUTINE(int, __kmpc_omp_task_with_deps, struct location *at, int thread, struct task *task, int count, void *list,
        int unaliased_count, void *unaliased) {
    return __faultline_run_task(task);
}

ROUTINE(void, __kmpc_omp_task_begin_if0, struct location *at, int thread, struct task *task) { __faultline_begin_task(task); }

ROUTINE(void, __kmpc_omp_task_complete_if0, struct location *at, int thread, struct task *task) { __faultline_end_task(task); }

/* One task does the whole loop; that it is the last one is told in the word after the bounds and the stride. */
static void __faultline_taskloop(struct task *task, uint64_t *lower) {
    struct bounds {
        uint64_t lower, upper;
        int64_t stride;
        int last;
    } *bounds = (struct bounds *)lower;
    bounds->last = 1;
    __faultline_run_task(task);
}

ROUTINE(void, __kmpc_taskloop, struct location *at, int thread, struct task *task, int condition, uint64_t *lower,
        uint64_t *upper, int64_t stride, int no_group, int schedule, uint64_t grain, void *duplicate) {
    __faultline_taskloop(task, lower);
}

ROUTINE(void, __kmpc_taskloop_5, struct location *at, int thread, struct task *task, int condition, uint64_t *lower,
        uint64_t *upper, int64_t stride, int no_group, int schedule, uint64_t grain, int strict, void *duplicate) {
    __faultline_taskloop(task, lower);
}

NOTHING(__kmpc_taskgroup, int thread)
NOTHING(__kmpc_end_taskgroup, int thread)
NOTHING(__kmpc_omp_wait_deps, int thread, int count, void *list, int unaliased_count, void *unaliased)
NOTHING(__kmpc_omp_taskwait_deps_51, int thread, int count, void *list, int unaliased_count, void *unaliased, int no_wait)
ANSWER(__kmpc_omp_taskwait, 0, int thread)
ANSWER(__kmpc_omp_taskyield, 0, int thread, int end_part)
ANSWER(__kmpc_omp_reg_task_with_affinity, 0, int thread, struct task *task, int count, void *list)

/* Nobody waits for a detached task's event: the task's own code is done when its creator goes on. */
ROUTINE(void *, __kmpc_task_allow_completion_event, struct location *at, int thread, struct task *task) { return task; }

/* Tasks of one thread reduce into the original variable, which needs neither copies nor initialisation. */
ROUTINE(void *, __kmpc_taskred_init, int thread, int count, void *data) { return data; }
ROUTINE(void *, __kmpc_task_reduction_init, int thread, int count, void *data) { return data; }
ROUTINE(void *, __kmpc_taskred_modifier_init, struct location *at, int thread, int worksharing, int count, void *data) {
    return data;
}
ROUTINE(void *, __kmpc_task_reduction_modifier_init, struct location *at, int thread, int worksharing, int count, void *data) {
    return data;
}
ROUTINE(void *, __kmpc_task_reduction_get_th_data, int thread, void *group, void *original) { return original; }
NOTHING(__kmpc_task_reduction_modifier_fini, int thread, int worksharing)
