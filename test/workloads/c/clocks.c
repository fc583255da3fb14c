/* A process's and a thread's clocks, and what a process has used: they go on, and agree with each other. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static double seconds_of(clockid_t clock) {
    struct timespec now;
    return clock_gettime(clock, &now) == 0 ? (double)now.tv_sec + (double)now.tv_nsec * 1e-9 : -1;
}

static double used(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6 : -1;
}

int main(void) {
    static volatile double values[1 << 18];
    const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID};
    double begun[4];
    int wrong = 0;
    double begun_used = used();
    clock_t begun_clock = clock();
    for (int n = 0; n < 4; n++) begun[n] = seconds_of(clocks[n]);
    for (int round = 0; round < 4; round++)
        for (int n = 0; n < 1 << 18; n++) values[n] += n;
    double taken = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - begun[2];
    for (int n = 0; n < 4; n++) {
        double passed = seconds_of(clocks[n]) - begun[n];
        wrong += begun[n] < 0 || passed < taken * 0.9;
    }
    wrong += taken <= 0 || (double)(clock() - begun_clock) / CLOCKS_PER_SEC < taken * 0.9 || used() - begun_used < taken * 0.9 - 2e-6;
    struct tms ticks;
    wrong += times(&ticks) < 0 || (double)ticks.tms_utime / (double)sysconf(_SC_CLK_TCK) > used() + 1e-6;
    wrong += sysconf(_SC_NPROCESSORS_ONLN) < 1 || sysconf(_SC_PHYS_PAGES) < 1;
    wrong += seconds_of(CLOCK_REALTIME_COARSE) < 1e9;
    struct rlimit stack;
    wrong += getrlimit(RLIMIT_STACK, &stack) != 0 || stack.rlim_cur < 1 << 20 || getrlimit(99, &stack) == 0;
    printf("clocks: %d wrong\n", wrong);
    return wrong != 0;
}
