/* <pthread.h>: the C library's own, and what it leaves out where it was made for one thread. */

/* Calls of these block: a compiler that makes one call of two would leave a thread that waits without its line. */
#pragma clang attribute push(__attribute__((nomerge)), apply_to = function)
#include_next <pthread.h>
#pragma clang attribute pop

#ifndef FAULTLINE_PTHREAD_H
#define FAULTLINE_PTHREAD_H

#define PTHREAD_STACK_MIN 2048
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP {{{PTHREAD_MUTEX_RECURSIVE}}}
#define PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP {{{PTHREAD_MUTEX_ERRORCHECK}}}

#ifdef __cplusplus
extern "C" {
#endif

_Noreturn void pthread_exit(void *);
/* Ends the program with a sentence: a thread cannot be ended from outside. */
int pthread_cancel(pthread_t);
int pthread_kill(pthread_t, int);
int pthread_getschedparam(pthread_t, int *, struct sched_param *);
int pthread_setschedparam(pthread_t, int, const struct sched_param *);
int pthread_setname_np(pthread_t, const char *);
int pthread_getname_np(pthread_t, char *, size_t);
int pthread_yield(void);

#ifdef __cplusplus
}
#endif

#endif
