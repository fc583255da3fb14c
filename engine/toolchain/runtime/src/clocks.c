/*
 * What a process has used: simulated time, as the engine's clocks give it (execution/wasi/clocks.ts). Programs ask for it to measure themselves.
 * Source: POSIX.1-2017, clock, getrusage, getrlimit.
 */
#include "faultline.h"
#include <errno.h>
#include <sys/resource.h>
#include <time.h>
#include <sys/times.h>

/* As the C library lays it out; the numbers are those of WASI's clocks. */
struct __clockid {
    unsigned id;
};
const struct __clockid __faultline_process_clock = {2}, __faultline_thread_clock = {3};

clock_t clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (clock_t)(now.tv_sec * CLOCKS_PER_SEC + now.tv_nsec / (1000000000 / CLOCKS_PER_SEC));
}

clock_t times(struct tms *used) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    clock_t ticks = (clock_t)(now.tv_sec * FAULTLINE_CLOCK_TICKS + now.tv_nsec / (1000000000 / FAULTLINE_CLOCK_TICKS));
    if (used) *used = (struct tms){.tms_utime = ticks};
    return ticks;
}

int getrusage(int who, struct rusage *usage) {
    if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN && who != RUSAGE_THREAD) return errno = EINVAL, -1;
    *usage = (struct rusage){0};
    if (who == RUSAGE_CHILDREN) return 0;
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    usage->ru_utime = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    usage->ru_maxrss = (long)(__builtin_wasm_memory_size(0) * 64);
    return 0;
}

enum { STACK_LIMIT = 8 << 20, OPEN_FILES = 1024 };

int getrlimit(int resource, struct rlimit *limit) {
    if (resource < RLIMIT_CPU || resource > RLIMIT_AS || !limit) return errno = EINVAL, -1;
    limit->rlim_max = RLIM_INFINITY;
    limit->rlim_cur = resource == RLIMIT_STACK ? STACK_LIMIT : resource == RLIMIT_NOFILE ? OPEN_FILES : RLIM_INFINITY;
    return 0;
}
int setrlimit(int resource, const struct rlimit *limit) {
    if (resource < RLIMIT_CPU || resource > RLIMIT_AS || !limit) return errno = EINVAL, -1;
    return 0;
}
int getpriority(int which, unsigned who) { return 0; }
int setpriority(int which, unsigned who, int priority) { return 0; }
