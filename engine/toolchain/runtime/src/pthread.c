/*
 * Threads over the engine's scheduler. A thread loses the processor only where it waits and in loops of the user's own code, so nothing
 * here is interrupted and nothing needs an atomic operator. Who waits longest gets what is set free: it is handed over, so that nobody
 * starves. Sources: POSIX.1-2017; musl for the layout of the types.
 */
#include "faultline_threads.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

double engine_until(clockid_t clock, const struct timespec *time) {
    struct timespec now;
    clock_gettime(clock, &now);
    double ns = ((double)time->tv_sec - (double)now.tv_sec) * 1e9 + (double)(time->tv_nsec - now.tv_nsec);
    return ns > 0 ? ns : 0;
}

static int bad_time(const struct timespec *time) { return time->tv_nsec < 0 || time->tv_nsec >= 1000000000L; }

/* --- threads --------------------------------------------------------------------------------------------------------- */

enum { MOST_KEYS = 128, DESTRUCTOR_ROUNDS = 4 };

struct at_exit {
    void (*run)(void *);
    void *object;
    struct at_exit *next;
};
static _Thread_local struct at_exit *objects;
static _Thread_local struct __ptcb *cleanups;
static _Thread_local void *values[MOST_KEYS];
static void (*destructors[MOST_KEYS])(void *);
static unsigned char taken[MOST_KEYS];

static void no_destructor(void *value) { (void)value; }

static void run_objects(void) {
    while (objects) {
        struct at_exit *first = objects;
        objects = first->next;
        first->run(first->object);
        free(first);
    }
}

static void end_thread(void) {
    while (cleanups) {
        struct __ptcb *first = cleanups;
        cleanups = first->__next;
        first->__f(first->__x);
    }
    run_objects();
    for (int round = 0, again = 1; again && round < DESTRUCTOR_ROUNDS; round++) {
        again = 0;
        for (int key = 0; key < MOST_KEYS; key++) {
            void *value = values[key];
            values[key] = NULL;
            if (value && taken[key]) again = 1, destructors[key](value);
        }
    }
}

/* C++ objects of storage duration thread. Those of main are destroyed before its static ones. */
int __cxa_thread_atexit(void (*run)(void *), void *object, void *dso) {
    static int registered;
    (void)dso;
    if (!registered) registered = 1, atexit(run_objects);
    struct at_exit *made = malloc(sizeof *made);
    if (!made) return -1;
    *made = (struct at_exit){run, object, objects};
    objects = made;
    return 0;
}

static void *run_thread(void *(*start)(void *), void *argument) {
    void *result = start(argument);
    end_thread();
    if (engine_thread_last()) exit(0);
    return result;
}

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes, void *(*start)(void *), void *restrict argument) {
    size_t stack = 0, guard = 4096;
    int detached = PTHREAD_CREATE_JOINABLE;
    if (attributes) {
        pthread_attr_getstacksize(attributes, &stack);
        pthread_attr_getguardsize(attributes, &guard);
        pthread_attr_getdetachstate(attributes, &detached);
    }
    /* The library's default is for one whose frames hold little. */
    pthread_attr_t fresh;
    size_t usual;
    pthread_attr_init(&fresh);
    pthread_attr_getstacksize(&fresh, &usual);
    int made = engine_thread_create(run_thread, start, argument, stack == usual ? 0 : stack, guard, detached == PTHREAD_CREATE_DETACHED, &errno);
    if (made < 0) return -made;
    *thread = (pthread_t)(uintptr_t)made;
    return 0;
}

_Noreturn void pthread_exit(void *result) {
    end_thread();
    /* As on Linux the last thread's end is the program's. */
    if (engine_thread_last()) exit(0);
    engine_thread_exit(result);
}

static int number_of(pthread_t thread) { return (int)(uintptr_t)thread; }

int pthread_join(pthread_t thread, void **result) {
    void *ignored;
    return engine_thread_join(number_of(thread), result ? result : &ignored, FOR_EVER);
}
int pthread_tryjoin_np(pthread_t thread, void **result) {
    void *ignored;
    int error = engine_thread_join(number_of(thread), result ? result : &ignored, 0);
    return error == ETIMEDOUT ? EBUSY : error;
}
int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *until) {
    void *ignored;
    return engine_thread_join(number_of(thread), result ? result : &ignored, engine_until(CLOCK_REALTIME, until));
}
int pthread_detach(pthread_t thread) { return engine_thread_detach(number_of(thread)); }
pthread_t pthread_self(void) { return (pthread_t)(uintptr_t)engine_thread_self(); }
int pthread_yield(void) { return engine_thread_yield(), 0; }
int pthread_cancel(pthread_t thread) {
    (void)thread;
    engine_stop("pthread_cancel is not supported: let the thread look at a flag and return");
}
int pthread_kill(pthread_t thread, int signal) {
    (void)thread, (void)signal;
    engine_stop("pthread_kill is not supported: there are no signal handlers");
}
int pthread_getschedparam(pthread_t thread, int *policy, struct sched_param *parameters) {
    (void)thread;
    *policy = 0;
    parameters->sched_priority = 0;
    return 0;
}
int pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *parameters) {
    (void)thread;
    return policy == 0 && parameters->sched_priority == 0 ? 0 : EPERM;
}
int pthread_setname_np(pthread_t thread, const char *name) {
    if (strlen(name) > 15) return ERANGE;
    engine_thread_name(number_of(thread), name);
    return 0;
}
int pthread_getname_np(pthread_t thread, char *name, size_t bytes) {
    if (bytes < 16) return ERANGE;
    engine_thread_named(number_of(thread), name, bytes);
    return 0;
}

void _pthread_cleanup_push(struct __ptcb *cleanup, void (*run)(void *), void *argument) {
    cleanup->__f = run;
    cleanup->__x = argument;
    cleanup->__next = cleanups;
    cleanups = cleanup;
}
void _pthread_cleanup_pop(struct __ptcb *cleanup, int run) {
    cleanups = cleanup->__next;
    if (run) cleanup->__f(cleanup->__x);
}

/* --- keys and once --------------------------------------------------------------------------------------------------- */

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *)) {
    for (unsigned n = 0; n < MOST_KEYS; n++) {
        if (taken[n]) continue;
        taken[n] = 1;
        destructors[n] = destructor ? destructor : no_destructor;
        *key = n;
        return 0;
    }
    return EAGAIN;
}
int pthread_key_delete(pthread_key_t key) {
    if (key >= MOST_KEYS || !taken[key]) return EINVAL;
    taken[key] = 0;
    return 0;
}
void *pthread_getspecific(pthread_key_t key) { return key < MOST_KEYS ? values[key] : NULL; }
int pthread_setspecific(pthread_key_t key, const void *value) {
    if (key >= MOST_KEYS || !taken[key]) return EINVAL;
    values[key] = (void *)value;
    return 0;
}

int pthread_once(pthread_once_t *control, void (*initialize)(void)) {
    enum { FRESH, RUNNING, DONE };
    while (*control == RUNNING) engine_thread_wait(control, WAIT_ONCE, NULL, FOR_EVER);
    if (*control == DONE) return 0;
    *control = RUNNING;
    initialize();
    *control = DONE;
    engine_thread_wake(control, UINT_MAX);
    return 0;
}

/* --- mutexes --------------------------------------------------------------------------------------------------------- */

/* musl's words: type, then what the library calls lock, and waiters. */
#define MUTEX_TYPE(m) ((m)->__u.__i[0] & 3)
#define MUTEX_OWNER(m) ((m)->__u.__i[1])
#define MUTEX_COUNT(m) ((m)->__u.__i[2])

static int lock(pthread_mutex_t *mutex, double timeout) {
    int self = engine_thread_self();
    if (MUTEX_OWNER(mutex) == 0) return MUTEX_OWNER(mutex) = self, 0;
    if (MUTEX_OWNER(mutex) == self) {
        if (MUTEX_TYPE(mutex) == PTHREAD_MUTEX_RECURSIVE) {
            if (MUTEX_COUNT(mutex) == INT_MAX) return EAGAIN;
            return MUTEX_COUNT(mutex)++, 0;
        }
        if (MUTEX_TYPE(mutex) == PTHREAD_MUTEX_ERRORCHECK) return EDEADLK;
    }
    if (timeout == 0) return ETIMEDOUT;
    return engine_thread_wait(mutex, WAIT_MUTEX, &MUTEX_OWNER(mutex), timeout) ? ETIMEDOUT : 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) { return lock(mutex, FOR_EVER); }
int pthread_mutex_trylock(pthread_mutex_t *mutex) {
    int self = engine_thread_self();
    if (MUTEX_OWNER(mutex) == self && MUTEX_TYPE(mutex) == PTHREAD_MUTEX_RECURSIVE) return lock(mutex, 0);
    if (MUTEX_OWNER(mutex) != 0) return EBUSY;
    return MUTEX_OWNER(mutex) = self, 0;
}
int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
    if (bad_time(until)) return EINVAL;
    return lock(mutex, engine_until(CLOCK_REALTIME, until));
}
int pthread_mutex_unlock(pthread_mutex_t *mutex) {
    if (MUTEX_TYPE(mutex) != PTHREAD_MUTEX_NORMAL && MUTEX_OWNER(mutex) != engine_thread_self()) return EPERM;
    if (MUTEX_COUNT(mutex) > 0) return MUTEX_COUNT(mutex)--, 0;
    MUTEX_OWNER(mutex) = engine_thread_wake(mutex, 1);
    return 0;
}
int pthread_mutex_consistent(pthread_mutex_t *mutex) { return (void)mutex, EINVAL; }
int pthread_mutex_getprioceiling(const pthread_mutex_t *restrict mutex, int *restrict ceiling) {
    return (void)mutex, (void)ceiling, EINVAL;
}

int pthread_spin_lock(pthread_spinlock_t *spin) {
    int self = engine_thread_self();
    if (*spin == 0) return *spin = self, 0;
    engine_thread_wait(spin, WAIT_SPIN_LOCK, spin, FOR_EVER);
    return 0;
}
int pthread_spin_trylock(pthread_spinlock_t *spin) {
    if (*spin != 0) return EBUSY;
    return *spin = engine_thread_self(), 0;
}
int pthread_spin_unlock(pthread_spinlock_t *spin) {
    *spin = engine_thread_wake(spin, 1);
    return 0;
}

/* --- conditions, locks of readers and writers, barriers ---------------------------------------------------------------- */

#define CONDITION_CLOCK(c) ((c)->__u.__i[4])

static int wait_for(pthread_cond_t *condition, pthread_mutex_t *mutex, double timeout) {
    int count = MUTEX_COUNT(mutex);
    MUTEX_COUNT(mutex) = 0;
    int error = pthread_mutex_unlock(mutex);
    if (error) return MUTEX_COUNT(mutex) = count, error;
    int late = engine_thread_wait(condition, WAIT_CONDITION, NULL, timeout);
    lock(mutex, FOR_EVER);
    MUTEX_COUNT(mutex) = count;
    return late ? ETIMEDOUT : 0;
}

int pthread_cond_init(pthread_cond_t *restrict condition, const pthread_condattr_t *restrict attributes) {
    *condition = (pthread_cond_t){0};
    clockid_t clock = CLOCK_REALTIME;
    if (attributes) pthread_condattr_getclock(attributes, &clock);
    CONDITION_CLOCK(condition) = clock == CLOCK_MONOTONIC;
    return 0;
}
int pthread_cond_destroy(pthread_cond_t *condition) { return (void)condition, 0; }
int pthread_cond_wait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex) {
    return wait_for(condition, mutex, FOR_EVER);
}
int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
    if (bad_time(until)) return EINVAL;
    return wait_for(condition, mutex, engine_until(CONDITION_CLOCK(condition) ? CLOCK_MONOTONIC : CLOCK_REALTIME, until));
}
int pthread_cond_signal(pthread_cond_t *condition) { return engine_thread_wake(condition, 1), 0; }
int pthread_cond_broadcast(pthread_cond_t *condition) { return engine_thread_wake(condition, UINT_MAX), 0; }

/* As with glibc's default, a reader does not wait for writers that wait. */
#define READERS(l) ((l)->__u.__i[0])
#define WRITER(l) ((l)->__u.__i[1])

static int read_lock(pthread_rwlock_t *lock, double timeout) {
    if (WRITER(lock) == engine_thread_self()) return EDEADLK;
    while (WRITER(lock) != 0)
        if (timeout == 0 || engine_thread_wait(lock, WAIT_READ_LOCK, &WRITER(lock), timeout)) return ETIMEDOUT;
    return READERS(lock)++, 0;
}
static int write_lock(pthread_rwlock_t *lock, double timeout) {
    if (WRITER(lock) == engine_thread_self()) return EDEADLK;
    while (WRITER(lock) != 0 || READERS(lock) != 0)
        if (timeout == 0 || engine_thread_wait(lock, WAIT_WRITE_LOCK, &WRITER(lock), timeout)) return ETIMEDOUT;
    return WRITER(lock) = engine_thread_self(), 0;
}
static int busy(int error) { return error == 0 ? 0 : EBUSY; }
int pthread_rwlock_rdlock(pthread_rwlock_t *lock) { return read_lock(lock, FOR_EVER); }
int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock) { return busy(read_lock(lock, 0)); }
int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict until) {
    return read_lock(lock, engine_until(CLOCK_REALTIME, until));
}
int pthread_rwlock_wrlock(pthread_rwlock_t *lock) { return write_lock(lock, FOR_EVER); }
int pthread_rwlock_trywrlock(pthread_rwlock_t *lock) { return busy(write_lock(lock, 0)); }
int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict until) {
    return write_lock(lock, engine_until(CLOCK_REALTIME, until));
}
int pthread_rwlock_unlock(pthread_rwlock_t *lock) {
    if (WRITER(lock) != 0) WRITER(lock) = 0;
    else if (READERS(lock) > 0) READERS(lock)--;
    else return EPERM;
    if (READERS(lock) == 0) engine_thread_wake(lock, UINT_MAX);
    return 0;
}

#define BARRIER_LIMIT(b) ((b)->__u.__i[0])
#define BARRIER_ARRIVED(b) ((b)->__u.__i[1])

int pthread_barrier_init(pthread_barrier_t *restrict barrier, const pthread_barrierattr_t *restrict attributes, unsigned count) {
    (void)attributes;
    if (count == 0 || count > INT_MAX) return EINVAL;
    *barrier = (pthread_barrier_t){0};
    BARRIER_LIMIT(barrier) = (int)count;
    return 0;
}
int pthread_barrier_destroy(pthread_barrier_t *barrier) { return BARRIER_ARRIVED(barrier) ? EBUSY : 0; }
int pthread_barrier_wait(pthread_barrier_t *barrier) {
    if (++BARRIER_ARRIVED(barrier) < BARRIER_LIMIT(barrier)) {
        engine_thread_wait(barrier, WAIT_BARRIER, NULL, FOR_EVER);
        return 0;
    }
    BARRIER_ARRIVED(barrier) = 0;
    engine_thread_wake(barrier, UINT_MAX);
    return PTHREAD_BARRIER_SERIAL_THREAD;
}
