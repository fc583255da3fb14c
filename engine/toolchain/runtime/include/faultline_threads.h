/* What the runtime's sources about threads and processes share with the engine (execution/host-threads.ts). Not for programs. */
#ifndef FAULTLINE_THREADS_H
#define FAULTLINE_THREADS_H

#include "faultline.h"
#include <time.h>

/* What a thread waits for, as the engine names it in a sentence. */
enum engine_wait {
    WAIT_MUTEX,
    WAIT_CONDITION,
    WAIT_READ_LOCK,
    WAIT_WRITE_LOCK,
    WAIT_SEMAPHORE,
    WAIT_BARRIER,
    WAIT_ONCE,
    WAIT_SPIN_LOCK
};
#define FOR_EVER (-1.0)

/* A thread's first function: the runtime's, which calls the program's. */
typedef void *(*engine_entry)(void *(*start)(void *), void *argument);

/* Makes a thread that is ready to run. Its number, or an errno's negative. `error`: the library's errno, which each has for itself. */
ENGINE("thread_create")
int engine_thread_create(engine_entry entry, void *(*start)(void *), void *argument, size_t stack, size_t guard, int detached, int *error);
/* The thread that calls: 1 is main. */
ENGINE("thread_self") int engine_thread_self(void);
/* Whether no other thread is left. */
ENGINE("thread_last") int engine_thread_last(void);
/* Ends the thread that calls. */
ENGINE("thread_exit") __attribute__((noreturn)) void engine_thread_exit(void *result);
/* Waits for a thread's end; 0 or an errno. With 0 the thread is gone and its result is written. */
ENGINE("thread_join") int engine_thread_join(int thread, void **result, double timeout_ns);
ENGINE("thread_detach") int engine_thread_detach(int thread);
/* Waits at a queue, named by an address, until somebody wakes it: 0, or 1 if time is up. `owner` is the word that says who holds what. */
ENGINE("thread_wait") int engine_thread_wait(const volatile void *queue, int kind, const volatile int *owner, double timeout_ns);
/* Wakes the first threads of a queue. The number of the first, 0 if nobody waits. */
ENGINE("thread_wake") int engine_thread_wake(const volatile void *queue, unsigned most);
ENGINE("thread_yield") void engine_thread_yield(void);
ENGINE("thread_sleep") void engine_thread_sleep(double ns);
ENGINE("thread_name") void engine_thread_name(int thread, const char *name);
ENGINE("thread_named") void engine_thread_named(int thread, char *name, size_t bytes);

/* Time from now to a time of a clock, at least 0. */
double engine_until(clockid_t clock, const struct timespec *time);

#endif
