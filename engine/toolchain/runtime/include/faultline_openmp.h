/* What the files of the OpenMP runtime share. Not for programs. */
#ifndef FAULTLINE_OPENMP_H
#define FAULTLINE_OPENMP_H

#include "faultline.h"

/*
 * Runtime code runs on whichever agent called it, but its state is not part of the modelled program: a device that asks for
 * its team number must not fault on a host page. The instrumenter leaves functions named __faultline_* unchecked, so every
 * routine is defined under such a name and known to programs by an alias. Helpers have such names for the same reason.
 */
#define ROUTINE(result, name, ...)                                                                                              \
    result name(__VA_ARGS__) __attribute__((alias("__faultline_" #name)));                                                      \
    result __faultline_##name(__VA_ARGS__)

enum { HOST = -1, MAX_DEVICES = 16, MAX_LOOPS = 4, MAX_SERIALIZED = 4 };

/* What a routine does with nothing, or with one value; the first argument is where the construct stands in the source. */
#define NOTHING(name, ...)                                                                                                      \
    ROUTINE(void, name, struct location *at __VA_OPT__(, ) __VA_ARGS__) {}
#define ANSWER(name, value, ...)                                                                                                \
    ROUTINE(int, name, struct location *at __VA_OPT__(, ) __VA_ARGS__) { return value; }

struct location; /* Clang's ident_t */
typedef int critical_name[8];

/* A worksharing loop that hands out its iterations on request: those of one thread. Iterations are counted from 0. */
struct __faultline_loop {
    uint64_t lower, step;
    uint64_t count, taken;       /* iterations of the loop; those before the next chunk */
    uint64_t chunk, turn;        /* iterations in a chunk, and the number of the next chunk */
    uint64_t base, iteration;    /* of ordered loops: iterations of those before it, and the one under way */
    int schedule;
};

/* What the threads of a parallel region share. */
struct __faultline_team {
    unsigned singles;            /* `single` constructs that a thread has taken */
    uint64_t ordered;            /* iterations of ordered loops that are done */
    void *copied;                /* what a `single` has to give with copyprivate */
    struct doacross *doacross;   /* loops with dependences, the latest first */
};

struct task_header;

/* Where execution is: a thread's own, put back when it goes on, and around a target region. */
struct __faultline_place {
    int device; /* HOST outside of target regions */
    unsigned teams, team;
    unsigned asked_teams, asked_limit; /* of the next `teams` construct; 0: not asked */
    unsigned default_teams;
    unsigned thread, threads;                /* of the innermost parallel region */
    unsigned asked_threads, wanted_threads;  /* of the next region, of all to come; 0: not asked */
    int waits;                               /* whether the thread can be suspended */
    int level, active, tasks, final_tasks;
    struct __faultline_place *outer;         /* the place that forked */
    struct __faultline_team *members;
    unsigned singles, doacross; /* constructs that this thread has met */
    uint64_t ordered;           /* iterations of the ordered loops that it has met */
    unsigned flushes;
    int loops, serialized;
    struct __faultline_loop loop[MAX_LOOPS];
    struct {
        unsigned thread, threads;
    } serial[MAX_SERIALIZED]; /* around regions with an `if` that is false */
    struct task_header *target_task; /* the innermost task of a `target nowait`, which holds its firstprivate variables */
};

/* Of a region that is not a team of one: how many threads it would get if it did not say. */
unsigned __faultline_threads_to_come(void);
void __faultline_barrier(void);
/* Suspends the thread, so that others of its team run; until the word differs from this if there is one. */
void __faultline_await(const volatile void *word, unsigned value);
/* The same, for code in which no thread can be met by another unless both wait for something else, too: see suspendable.ts. */
void __faultline_await_lock(const volatile int *word, int value);
void __faultline_drop_doacross(struct doacross *loops);

/* What precedes a task in memory; the task's own copies of variables follow. */
struct task_header {
    int flags;
    size_t bytes; /* of header, task and pointers */
    struct task_header *outer; /* target task */
    int is_target;
};

/* The internal control variables. */
struct __faultline_control_variables {
    int default_device, dynamic, active_levels, teams, teams_limit;
    int schedule, chunk;
    uintptr_t allocator;
};

extern struct __faultline_place __faultline_place;
extern struct __faultline_control_variables __faultline_icv;

/* A message on stderr and the end of the program, as libomp does it for what it cannot go on from. */
_Noreturn void __faultline_openmp_fatal(const char *format, ...);

/* Memory for tasks and thread-local blocks: of the C library on the host, the device's own inside a target region. */
void *__faultline_block(size_t bytes);
int __faultline_block_free(void *block); /* 0: not a block of a device */
void __faultline_blocks_reset(int device);

/* The device that a number means, or HOST; `number` as a device clause or routine gives it. */
int __faultline_device(int64_t number);

/* The data environment of a device, as the device memory routines need it. */
int __faultline_is_unified(void);
int __faultline_is_present(uintptr_t address, size_t bytes, int device);
/* A range that is on a device. */
struct mapping {
    uintptr_t begin, end;
    unsigned references, holds, priority;
    unsigned made_by; /* the construct, as __faultline_construct counts them */
    int endless;
    char *other, *own; /* `own` is to be freed with the mapping */
    struct mapping *left, *right;
};
extern unsigned __faultline_construct;
ENGINE("omp_map") void engine_omp_map(uintptr_t address, size_t bytes, int device);
ENGINE("omp_unmap") void engine_omp_unmap(uintptr_t address, size_t bytes, int device);
/* Some mapping that shares bytes with the range. */
struct mapping *__faultline_find(int device, uintptr_t begin, uintptr_t end);
/* `other` is the device's side if there is one already, else NULL. */
struct mapping *__faultline_insert(int device, uintptr_t begin, uintptr_t end, char *other);
void __faultline_remove(int device, struct mapping *gone);
void __faultline_exchange(char *one, char *other, size_t bytes);
void __faultline_exchange_all(int device, int begins);
/* `counterpart` becomes the device's side of the range; 0: a part has another one already. */
int __faultline_associate(uintptr_t address, size_t bytes, char *counterpart, int device);
int __faultline_disassociate(uintptr_t address, int device); /* 0: it has no such counterpart */
/* Where the device's side of this lies if that was associated, else the address itself. */
void *__faultline_device_side(uintptr_t address, int device);

/* The C library's allocator, not watched: what the runtime allocates is none of the program's blocks. */
void *__real_malloc(size_t bytes);
void __real_free(void *block);

#endif
