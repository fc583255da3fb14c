/* C11's <threads.h>, semaphores, sleeping and yielding, over what pthread.c and the engine offer. */
#include "faultline_threads.h"
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <threads.h>

/* --- threads.h ------------------------------------------------------------------------------------------------------- */

static int result_of(int error) {
    switch (error) {
    case 0: return thrd_success;
    case EBUSY: return thrd_busy;
    case ETIMEDOUT: return thrd_timedout;
    case ENOMEM:
    case EAGAIN: return thrd_nomem;
    default: return thrd_error;
    }
}

struct start {
    thrd_start_t run;
    void *argument;
};

static void *run(void *made) {
    struct start start = *(struct start *)made;
    free(made);
    return (void *)(intptr_t)start.run(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t start, void *argument) {
    struct start *made = malloc(sizeof *made);
    if (!made) return thrd_nomem;
    *made = (struct start){start, argument};
    int error = pthread_create((pthread_t *)thread, NULL, run, made);
    if (error) free(made);
    return result_of(error);
}
_Noreturn void thrd_exit(int result) { pthread_exit((void *)(intptr_t)result); }
int thrd_detach(thrd_t thread) { return result_of(pthread_detach((pthread_t)thread)); }
int thrd_join(thrd_t thread, int *result) {
    void *value;
    int error = pthread_join((pthread_t)thread, &value);
    if (!error && result) *result = (int)(intptr_t)value;
    return result_of(error);
}
thrd_t thrd_current(void) { return (thrd_t)pthread_self(); }
void thrd_yield(void) { engine_thread_yield(); }
void call_once(once_flag *flag, void (*initialize)(void)) { pthread_once(flag, initialize); }

/* mtx_t and cnd_t have the size and, zeroed, the meaning of the others. */
#define MUTEX(m) ((pthread_mutex_t *)(m))
#define CONDITION(c) ((pthread_cond_t *)(c))
_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t), "one size each");

int mtx_init(mtx_t *mutex, int type) {
    *MUTEX(mutex) = (pthread_mutex_t){{{type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL}}};
    return thrd_success;
}
void mtx_destroy(mtx_t *mutex) { (void)mutex; }
int mtx_lock(mtx_t *mutex) { return result_of(pthread_mutex_lock(MUTEX(mutex))); }
int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until) {
    return result_of(pthread_mutex_timedlock(MUTEX(mutex), until));
}
int mtx_trylock(mtx_t *mutex) { return result_of(pthread_mutex_trylock(MUTEX(mutex))); }
int mtx_unlock(mtx_t *mutex) { return result_of(pthread_mutex_unlock(MUTEX(mutex))); }
int cnd_init(cnd_t *condition) { return result_of(pthread_cond_init(CONDITION(condition), NULL)); }
void cnd_destroy(cnd_t *condition) { (void)condition; }
int cnd_broadcast(cnd_t *condition) { return result_of(pthread_cond_broadcast(CONDITION(condition))); }
int cnd_signal(cnd_t *condition) { return result_of(pthread_cond_signal(CONDITION(condition))); }
int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until) {
    return result_of(pthread_cond_timedwait(CONDITION(condition), MUTEX(mutex), until));
}
int cnd_wait(cnd_t *condition, mtx_t *mutex) { return result_of(pthread_cond_wait(CONDITION(condition), MUTEX(mutex))); }
int tss_create(tss_t *key, tss_dtor_t destructor) { return result_of(pthread_key_create(key, destructor)); }
void tss_delete(tss_t key) { pthread_key_delete(key); }
int tss_set(tss_t key, void *value) { return result_of(pthread_setspecific(key, value)); }
void *tss_get(tss_t key) { return pthread_getspecific(key); }

/* --- semaphores ------------------------------------------------------------------------------------------------------ */

#define VALUE(s) ((s)->__val[0])

static int failed(int error) {
    if (error == 0) return 0;
    errno = error;
    return -1;
}

static int take(sem_t *semaphore, double timeout) {
    if (VALUE(semaphore) > 0) return VALUE(semaphore)--, 0;
    if (timeout == 0) return ETIMEDOUT;
    /* Who posts hands it over. */
    return engine_thread_wait(semaphore, WAIT_SEMAPHORE, NULL, timeout) ? ETIMEDOUT : 0;
}

int sem_init(sem_t *semaphore, int shared, unsigned value) {
    (void)shared;
    if (value > INT_MAX) return failed(EINVAL);
    *semaphore = (sem_t){{(int)value}};
    return 0;
}
int sem_destroy(sem_t *semaphore) { return (void)semaphore, 0; }
int sem_getvalue(sem_t *restrict semaphore, int *restrict value) { return *value = VALUE(semaphore), 0; }
int sem_post(sem_t *semaphore) {
    if (VALUE(semaphore) == INT_MAX) return failed(EOVERFLOW);
    if (engine_thread_wake(semaphore, 1) == 0) VALUE(semaphore)++;
    return 0;
}
int sem_wait(sem_t *semaphore) { return failed(take(semaphore, FOR_EVER)); }
int sem_trywait(sem_t *semaphore) { return failed(take(semaphore, 0) ? EAGAIN : 0); }
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    return failed(take(semaphore, engine_until(CLOCK_REALTIME, until)));
}
sem_t *sem_open(const char *name, int flags, ...) { return (void)name, (void)flags, errno = ENOSYS, SEM_FAILED; }
int sem_close(sem_t *semaphore) { return (void)semaphore, failed(EINVAL); }
int sem_unlink(const char *name) { return (void)name, failed(ENOENT); }

/* --- time and turns --------------------------------------------------------------------------------------------------- */

int sched_yield(void) { return engine_thread_yield(), 0; }
int sched_get_priority_max(int policy) { return (void)policy, 0; }
int sched_get_priority_min(int policy) { return (void)policy, 0; }
int sched_getcpu(void) { return 0; }

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left) {
    if (time->tv_nsec < 0 || time->tv_nsec >= 1000000000L || time->tv_sec < 0) return EINVAL;
    engine_thread_sleep(flags & TIMER_ABSTIME ? engine_until(clock, time) : (double)time->tv_sec * 1e9 + (double)time->tv_nsec);
    if (left) *left = (struct timespec){0};
    return 0;
}
int __clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left) {
    return clock_nanosleep(clock, flags, time, left);
}
int nanosleep(const struct timespec *time, struct timespec *left) { return failed(clock_nanosleep(CLOCK_REALTIME, 0, time, left)); }
int usleep(unsigned microseconds) { return engine_thread_sleep((double)microseconds * 1e3), 0; }
unsigned sleep(unsigned seconds) { return engine_thread_sleep((double)seconds * 1e9), 0; }
int thrd_sleep(const struct timespec *time, struct timespec *left) { return clock_nanosleep(CLOCK_REALTIME, 0, time, left) ? -2 : 0; }
