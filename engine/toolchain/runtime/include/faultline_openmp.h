/* What the three files of the OpenMP runtime share. Not for programs. */
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

/* Where execution is: saved and restored around a target region. */
struct __faultline_place {
    int device;        /* HOST outside of target regions */
    unsigned teams, team;
    unsigned asked_teams, asked_limit; /* of the next `teams` construct; 0: not asked */
    unsigned default_teams;
    int level, tasks;
    int loops;
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
int __faultline_associate(uintptr_t address, size_t bytes, int device); /* 0: a part is there already */
void __faultline_disassociate(uintptr_t address, int device);

/* The C library's allocator, not watched: what the runtime allocates is none of the program's blocks. */
void *__real_malloc(size_t bytes);
void __real_free(void *block);

/* A copy for the record only: bytes are where they are. */
ENGINE("omp_copy") void engine_omp_copy(uintptr_t address, size_t bytes, int device, int to_device, const char *name);

#endif
