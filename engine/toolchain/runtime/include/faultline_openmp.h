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

enum { HOST = -1, MAX_DEVICES = 16, MAX_LOOPS = 32 };

/* A worksharing loop that hands out its iterations on request. */
struct __faultline_loop {
    int64_t lower, upper, stride;
    int done;
};

struct task_header;

/* Where execution is: saved and restored around a target region. */
struct __faultline_place {
    int device; /* HOST outside of target regions */
    unsigned teams, team;
    unsigned asked_teams, asked_limit; /* of the next `teams` construct; 0: not asked */
    unsigned default_teams;
    int level, tasks, final_tasks;
    int loops;
    struct task_header *target_task; /* the innermost task of a `target nowait`, which holds its firstprivate variables */
};

/* What precedes a task in memory; the task's own copies of variables follow. */
struct task_header {
    int flags;
    size_t bytes; /* of header, task and pointers */
    struct task_header *outer; /* target task */
    int is_target;
};

/* The internal control variables. */
struct __faultline_control_variables {
    int default_device, threads, dynamic, active_levels, teams, teams_limit;
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
