/*
 * OpenMP: teams, parallel regions and how their threads wait for each other, as Clang calls them (llvm/Frontend/OpenMP/OMPKinds.def
 * names the interface). Teams run one after the other. The threads of a parallel region do, too, as plain calls, unless the
 * region can reach a place where one waits for another: then the engine runs each on a stack of its own and switches where they
 * wait, and nowhere else. So whatever lies between two such places is atomic, and the order is the same every time.
 */
#include "faultline_openmp.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct __faultline_place __faultline_place = {.device = HOST, .teams = 1, .threads = 1};
struct __faultline_control_variables __faultline_icv = {.active_levels = 1, .schedule = 1, .allocator = 1};

static struct __faultline_place *const place = &__faultline_place;

/* A device's special registers say where an event happened: a team stands for a block. */
extern struct __faultline_triple __faultline_threadIdx, __faultline_blockIdx, __faultline_blockDim, __faultline_gridDim;

/*
 * Runs `__faultline_team_thread(region)` for as many threads; 0 if the function cannot wait, and nothing was run.
 * `threadIdx` is the thread's number.
 */
ENGINE("omp_team") int engine_omp_team(void *outlined, unsigned threads, const void *region);
/* Of the environment variable OMP_NUM_THREADS; 0 if there is none. */
ENGINE("omp_num_threads") int engine_omp_num_threads(void);
ENGINE("barrier") void engine_barrier(void);
ENGINE("team_wait") void engine_team_wait(const volatile void *word, unsigned value);
ENGINE("team_lock") void engine_team_lock(const volatile void *word, unsigned value);

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
    int thread = (int)__faultline_place.thread, bound = thread;
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

/* ---- Waiting ---- */

void __faultline_barrier(void) {
    if (place->threads == 1) return;
    struct __faultline_place own = *place;
    engine_barrier();
    *place = own;
}

void __faultline_await(const volatile void *word, unsigned value) {
    struct __faultline_place own = *place;
    engine_team_wait(word, value);
    *place = own;
}

void __faultline_await_lock(const volatile int *word, int value) {
    struct __faultline_place own = *place;
    engine_team_lock(word, (unsigned)value);
    *place = own;
}

/* ---- Parallel regions and teams ---- */

/* What libomptarget takes if nobody says, and what a block can have. */
enum { DEVICE_THREADS = 128, MOST_THREADS = 1024 };

unsigned __faultline_threads_to_come(void) {
    unsigned limit = place->asked_limit, threads = place->wanted_threads;
    if (threads == 0 && place->device == HOST) threads = (unsigned)engine_omp_num_threads();
    if (threads == 0) threads = place->device == HOST ? 1 : limit != 0 ? limit : DEVICE_THREADS;
    if (limit != 0 && threads > limit) threads = limit;
    return threads > MOST_THREADS ? MOST_THREADS : threads;
}

/* A region inside another one has one thread, as libomptarget has it, and libomp unless the program asks for more active levels. */
static unsigned __faultline_team_size(void) {
    unsigned asked = place->asked_threads, limit = place->asked_limit;
    if (place->active >= (place->device == HOST ? __faultline_icv.active_levels : 1)) return 1;
    if (asked == 0) return __faultline_threads_to_come();
    if (limit != 0 && asked > limit) asked = limit;
    return asked > MOST_THREADS ? MOST_THREADS : asked;
}

struct region {
    void *outlined;
    int count;
    const uintptr_t *values;
    struct __faultline_place place;
};

/* One thread of a region whose threads wait for each other: called by the engine. */
void __faultline_team_thread(const struct region *region) {
    *place = region->place;
    place->thread = __faultline_threadIdx.x;
    place->waits = 1;
    __faultline_outlined(region->outlined, region->count, region->values);
}

static void __faultline_run_threads(const struct region *region, unsigned threads) {
    for (unsigned thread = 0; thread < threads; thread++) {
        if (threads > 1) __faultline_threadIdx.x = thread;
        place->thread = thread;
        place->singles = place->doacross = 0;
        place->ordered = 0;
        place->loops = 0;
        __faultline_outlined(region->outlined, region->count, region->values);
    }
}

static void __faultline_fork(void *outlined, int count, const uintptr_t *values, unsigned threads) {
    struct __faultline_place outer = *place;
    struct __faultline_team members = {0};
    place->asked_threads = 0;
    place->outer = &outer;
    place->members = &members;
    place->level++;
    place->active += threads > 1;
    place->thread = 0;
    place->threads = threads;
    place->loops = place->serialized = 0;
    place->singles = place->doacross = 0;
    place->ordered = 0;
    const struct region region = {outlined, count, values, *place};
    if (place->device != HOST && threads > __faultline_blockDim.x) __faultline_blockDim.x = threads;
    if (threads == 1 || !engine_omp_team(outlined, threads, &region)) __faultline_run_threads(&region, threads);
    __faultline_drop_doacross(members.doacross);
    *place = outer;
    place->asked_threads = 0;
    if (threads > 1) __faultline_threadIdx.x = 0;
}

/* The callee of a variadic call gets the address of its arguments as a last parameter: so these are declared. */
ROUTINE(void, __kmpc_fork_call, struct location *at, int count, void *outlined, const uintptr_t *values) {
    __faultline_fork(outlined, count, values, __faultline_team_size());
}

ROUTINE(void, __kmpc_fork_call_if, struct location *at, int count, void *outlined, int condition, void *values) {
    const uintptr_t value = (uintptr_t)values;
    __faultline_fork(outlined, count, &value, condition ? __faultline_team_size() : 1);
}

ROUTINE(void, __kmpc_fork_teams, struct location *at, int count, void *outlined, const uintptr_t *values) {
    struct __faultline_place outer = *place;
    unsigned teams = place->asked_teams != 0 ? place->asked_teams : place->default_teams;
    if (teams == 0) teams = __faultline_icv.teams > 0 ? (unsigned)__faultline_icv.teams : 1;
    place->teams = teams;
    if (place->asked_limit == 0 && __faultline_icv.teams_limit > 0) place->asked_limit = (unsigned)__faultline_icv.teams_limit;
    place->thread = 0;
    place->threads = 1;
    __faultline_gridDim.x = teams;
    for (unsigned team = 0; team < teams; team++) {
        place->team = __faultline_blockIdx.x = team;
        place->wanted_threads = outer.wanted_threads;
        __faultline_outlined(outlined, count, values);
    }
    *place = outer;
    place->asked_teams = place->asked_limit = 0;
    __faultline_blockIdx.x = 0;
    __faultline_gridDim.x = outer.teams;
}

ROUTINE(void, __kmpc_push_num_teams, struct location *at, int thread, int teams, int limit) {
    place->asked_teams = teams > 0 ? (unsigned)teams : 0;
    if (limit > 0) place->asked_limit = (unsigned)limit;
}

ROUTINE(void, __kmpc_push_num_teams_51, struct location *at, int thread, int least, int most, int limit) {
    __faultline___kmpc_push_num_teams(at, thread, most, limit);
}

ROUTINE(void, __kmpc_set_thread_limit, struct location *at, int thread, int limit) {
    if (limit > 0) place->asked_limit = (unsigned)limit;
}

ROUTINE(void, __kmpc_push_num_threads, struct location *at, int thread, int threads) {
    place->asked_threads = threads > 0 ? (unsigned)threads : 0;
}

ROUTINE(void, __kmpc_push_num_threads_strict, struct location *at, int thread, int threads, int severity, const char *message) {
    __faultline___kmpc_push_num_threads(at, thread, threads);
}

/* Around a direct call of an outlined function: a region whose `if` is false. */
ROUTINE(void, __kmpc_serialized_parallel, struct location *at, int thread) {
    if (place->serialized == MAX_SERIALIZED)
        __faultline_openmp_fatal("more than %d parallel regions of one thread inside each other", MAX_SERIALIZED);
    place->serial[place->serialized].thread = place->thread;
    place->serial[place->serialized++].threads = place->threads;
    place->asked_threads = place->thread = 0;
    place->threads = 1;
    place->level++;
}

ROUTINE(void, __kmpc_end_serialized_parallel, struct location *at, int thread) {
    place->level--;
    place->thread = place->serial[--place->serialized].thread;
    place->threads = place->serial[place->serialized].threads;
}

/* ---- What threads do together ---- */

ROUTINE(void, __kmpc_barrier, struct location *at, int thread) { __faultline_barrier(); }
ROUTINE(int, __kmpc_cancel_barrier, struct location *at, int thread) {
    __faultline_barrier();
    return 0;
}

/*
 * Between two suspensions memory is consistent anyway. Who looks at it over and over waits for what another thread is to do. Also called
 * before atomic reads (lockstep.ts).
 */
ROUTINE(void, __kmpc_flush, struct location *at) {
    enum { LOOKS = 64 };
    if (place->waits && ++place->flushes % LOOKS == 0) __faultline_await(NULL, 0);
}

/* Before a volatile access (lockstep.ts). Code for GPUs counts on it that the lanes of a warp have all come as far. */
void __faultline_take_turns(struct location *at) {
    if (place->waits && place->device != HOST) __faultline_await(NULL, 0);
    else __kmpc_flush(at);
}

/* The first thread that comes to a `single` takes it. */
ROUTINE(int, __kmpc_single, struct location *at, int thread) {
    if (place->threads == 1) return 1;
    if (place->singles++ < place->members->singles) return 0;
    place->members->singles++;
    return 1;
}

ROUTINE(void, __kmpc_copyprivate, struct location *at, int thread, size_t bytes, void *data, void (*copy)(void *, void *),
        int did_it) {
    if (place->threads == 1) return;
    if (did_it) place->members->copied = data;
    __faultline_barrier();
    if (!did_it) copy(data, place->members->copied);
    __faultline_barrier();
}

/* Held by a thread that was suspended within it, or by none. */
ROUTINE(void, __kmpc_critical, struct location *at, int thread, critical_name *name) {
    if (!place->waits) return;
    while ((*name)[0] != 0) __faultline_await_lock(&(*name)[0], (*name)[0]);
    (*name)[0] = 1;
}
ROUTINE(void, __kmpc_critical_with_hint, struct location *at, int thread, critical_name *name, unsigned hint) {
    __faultline___kmpc_critical(at, thread, name);
}
ROUTINE(void, __kmpc_end_critical, struct location *at, int thread, critical_name *name) {
    if (place->waits) (*name)[0] = 0;
}

/* 1: the caller combines its own values with the shared ones, and no other thread runs meanwhile. */
ANSWER(__kmpc_reduce, 1, int thread, int count, size_t bytes, void *data, void (*combine)(void *, void *), critical_name *name)
ANSWER(__kmpc_reduce_nowait, 1, int thread, int count, size_t bytes, void *data, void (*combine)(void *, void *),
       critical_name *name)
ROUTINE(void, __kmpc_end_reduce, struct location *at, int thread, critical_name *name) { __faultline_barrier(); }

NOTHING(__kmpc_begin, int flags)
NOTHING(__kmpc_end)
NOTHING(__kmpc_push_proc_bind, int thread, int kind)
NOTHING(__kmpc_end_master, int thread)
NOTHING(__kmpc_end_masked, int thread)
NOTHING(__kmpc_end_single, int thread)
NOTHING(__kmpc_scope, int thread)
NOTHING(__kmpc_end_scope, int thread)
NOTHING(__kmpc_end_reduce_nowait, int thread, critical_name *name)
ANSWER(__kmpc_global_thread_num, (int)place->thread)
ANSWER(__kmpc_bound_thread_num, (int)place->thread)
ANSWER(__kmpc_global_num_threads, (int)place->threads)
ANSWER(__kmpc_bound_num_threads, (int)place->threads)
ANSWER(__kmpc_in_parallel, place->active > 0)
ANSWER(__kmpc_ok_to_fork, 1)
ANSWER(__kmpc_master, place->thread == 0, int thread)
ANSWER(__kmpc_masked, (int)place->thread == filter, int thread, int filter)
ANSWER(__kmpc_cancel, 0, int thread, int kind)
ANSWER(__kmpc_cancellationpoint, 0, int thread, int kind)

/* ---- threadprivate variables: the first thread has the variable itself, each other one a copy that lasts ---- */

/* In `cache`, by thread; the last entry is the variable as it was when somebody first asked for it. */
enum { AS_IT_WAS = MOST_THREADS, COPIES };

typedef void *(*constructor)(void *);

/* Variables that have one, the latest first. */
static struct constructed {
    struct constructed *former;
    void *data;
    constructor construct;
} *constructed;

static void *__faultline_memory(size_t bytes) {
    void *block = __real_malloc(bytes);
    if (!block) __faultline_openmp_fatal("no memory for a threadprivate variable");
    return block;
}

ROUTINE(void, __kmpc_threadprivate_register, struct location *at, void *data, constructor construct, void *copy, void *destroy) {
    if (!construct) return;
    struct constructed *variable = __faultline_memory(sizeof *variable);
    *variable = (struct constructed){constructed, data, construct};
    constructed = variable;
}

ROUTINE(void *, __kmpc_threadprivate_cached, struct location *at, int thread, void *data, size_t bytes, void ***cache) {
    unsigned number = __faultline_threadIdx.x;
    if (!*cache) {
        *cache = __faultline_memory(COPIES * sizeof **cache);
        memset(*cache, 0, COPIES * sizeof **cache);
        (*cache)[AS_IT_WAS] = memcpy(__faultline_memory(bytes), data, bytes);
    }
    if (place->active == 0 || number == 0) return data;
    void **own = &(*cache)[number];
    if (*own) return *own;
    *own = memcpy(__faultline_memory(bytes), (*cache)[AS_IT_WAS], bytes);
    for (const struct constructed *variable = constructed; variable; variable = variable->former)
        if (variable->data == data) variable->construct(*own);
    return *own;
}

ROUTINE(void, __kmpc_error, struct location *at, int severity, const char *message) {
    enum { FATAL = 2 };
    if (severity == FATAL) __faultline_openmp_fatal("%s", message ? message : "error directive");
    fprintf(stderr, "OpenMP: warning: %s\n", message ? message : "error directive");
}
