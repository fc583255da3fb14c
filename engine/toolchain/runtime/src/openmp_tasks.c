/*
 * OpenMP: tasks, each run where it is created by the thread that creates it, which OpenMP allows; and atomic accesses that no
 * instruction is wide enough for.
 */
#include "faultline_openmp.h"
#include <string.h>

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
    task->routine((int)__faultline_place.thread, task);
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
