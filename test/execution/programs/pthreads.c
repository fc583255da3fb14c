/* One case a run, named by the first argument: what POSIX threads, C11 threads and semaphores promise. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define N 300
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t full = PTHREAD_COND_INITIALIZER, empty = PTHREAD_COND_INITIALIZER;
static int ring[4], head, count, flag, calls;
static long sum;
static volatile long counted;
static _Thread_local int own = 7;
static pthread_t threads[64];
static void *result;

static void *consume(void *argument) {
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&mutex);
        while (count == 0) pthread_cond_wait(&full, &mutex);
        sum += ring[head];
        head = (head + 1) % 4;
        count--;
        pthread_cond_signal(&empty);
        pthread_mutex_unlock(&mutex);
    }
    return argument;
}

static void condition(void) {
    pthread_create(&threads[0], NULL, consume, (void *)9);
    for (int i = 0; i < N; i++) {
        pthread_mutex_lock(&mutex);
        while (count == 4) pthread_cond_wait(&empty, &mutex);
        ring[(head + count) % 4] = i;
        count++;
        pthread_cond_signal(&full);
        pthread_mutex_unlock(&mutex);
    }
    pthread_join(threads[0], &result);
    printf("sum %ld result %ld\n", sum, (long)result);
}

/* A flag that no lock guards: whoever spins has to lose the processor. */
static void *spin(void *argument) {
    while (!__atomic_load_n(&flag, __ATOMIC_ACQUIRE)) {}
    return argument;
}
static void spins(void) {
    pthread_create(&threads[0], NULL, spin, (void *)1);
    pthread_create(&threads[1], NULL, spin, (void *)2);
    sched_yield();
    __atomic_store_n(&flag, 1, __ATOMIC_RELEASE);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], &result);
    printf("spun %ld\n", (long)result);
}

static void *deep(void *argument) {
    own += (int)(long)argument;
    errno = own;
    for (int i = 0; i < 3; i++) sched_yield();
    printf("own %d errno %d\n", own, errno);
    return NULL;
}
static void variables(void) {
    errno = 3;
    for (long i = 0; i < 3; i++) pthread_create(&threads[i], NULL, deep, (void *)(i * 10));
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    printf("main own %d errno %d\n", own, errno);
}

static pthread_key_t key;
static void destroy(void *value) { printf("destroyed %s\n", (char *)value); }
static void unwound(void *value) { printf("cleanup %s\n", (char *)value); }
static void *keyed(void *argument) {
    pthread_setspecific(key, argument);
    pthread_cleanup_push(unwound, argument);
    pthread_exit((void *)strlen(pthread_getspecific(key)));
    pthread_cleanup_pop(0);
    return NULL;
}
static void keys(void) {
    pthread_key_create(&key, destroy);
    pthread_create(&threads[0], NULL, keyed, "four");
    pthread_join(threads[0], &result);
    printf("length %ld, main has %s\n", (long)result, pthread_getspecific(key) ? "one" : "none");
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void initialize(void) {
    usleep(5);
    calls++;
}
static void *first(void *argument) {
    pthread_once(&once, initialize);
    return argument;
}
static void onces(void) {
    for (int i = 0; i < 5; i++) pthread_create(&threads[i], NULL, first, NULL);
    for (int i = 0; i < 5; i++) pthread_join(threads[i], NULL);
    printf("called %d\n", calls);
}

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int readers, most, value;
static void *read_value(void *argument) {
    pthread_rwlock_rdlock(&lock);
    if (++readers > most) most = readers;
    usleep(10);
    readers--;
    long seen = value;
    pthread_rwlock_unlock(&lock);
    return (void *)seen;
}
static void *write_value(void *argument) {
    pthread_rwlock_wrlock(&lock);
    printf("alone %d\n", readers == 0);
    value = 5;
    pthread_rwlock_unlock(&lock);
    return argument;
}
static void locks(void) {
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, read_value, NULL);
    pthread_create(&threads[4], NULL, write_value, NULL);
    for (int i = 0; i < 5; i++) pthread_join(threads[i], NULL);
    printf("readers %d value %d busy %d\n", most, value, (pthread_rwlock_rdlock(&lock), pthread_rwlock_trywrlock(&lock) == EBUSY));
}

static pthread_barrier_t barrier;
static int arrived;
static void *arrive(void *argument) {
    for (int round = 1; round <= 3; round++) {
        arrived++;
        long serial = pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD;
        if (arrived < round * 4) printf("too early\n");
        if (serial) calls++;
        pthread_barrier_wait(&barrier);
    }
    return argument;
}
static void barriers(void) {
    pthread_barrier_init(&barrier, NULL, 4);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, arrive, NULL);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    printf("arrived %d serial %d\n", arrived, calls);
}

static sem_t items;
static void *take(void *argument) {
    sem_wait(&items);
    printf("took %ld\n", (long)argument);
    return argument;
}
static void semaphores(void) {
    struct timespec soon;
    sem_init(&items, 0, 1);
    for (long i = 0; i < 3; i++) pthread_create(&threads[i], NULL, take, (void *)i);
    usleep(1);
    sem_post(&items);
    usleep(1);
    sem_post(&items);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_sec++;
    printf("%d %d\n", sem_trywait(&items) == -1 && errno == EAGAIN, sem_timedwait(&items, &soon) == -1 && errno == ETIMEDOUT);
}

static void kinds(void) {
    pthread_mutexattr_t attributes;
    pthread_mutex_t recursive, checked;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&checked, &attributes);
    printf("%d %d", pthread_mutex_lock(&recursive), pthread_mutex_lock(&recursive));
    printf(" %d %d %d", pthread_mutex_unlock(&recursive), pthread_mutex_unlock(&recursive), pthread_mutex_unlock(&recursive) == EPERM);
    printf(" %d %d %d\n", pthread_mutex_lock(&checked), pthread_mutex_lock(&checked) == EDEADLK, pthread_mutex_trylock(&checked) == EBUSY);
}

static void timed(void) {
    struct timespec start, until, end;
    clock_gettime(CLOCK_REALTIME, &start);
    until = start;
    until.tv_sec += 2;
    pthread_mutex_lock(&mutex);
    int late = pthread_cond_timedwait(&full, &mutex, &until) == ETIMEDOUT;
    int held = pthread_mutex_trylock(&mutex) == EBUSY;
    int again = pthread_mutex_timedlock(&mutex, &until) == ETIMEDOUT;
    clock_gettime(CLOCK_REALTIME, &end);
    printf("late %d held %d again %d after %ld s\n", late, held, again, (long)(end.tv_sec - start.tv_sec));
}

static void *named(void *argument) {
    char name[16];
    pthread_getname_np(pthread_self(), name, sizeof name);
    printf("%s\n", name);
    usleep(100);
    return argument;
}
static void errors(void) {
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_create(&threads[0], NULL, named, (void *)3);
    pthread_setname_np(threads[0], "worker");
    printf("%d %d", pthread_join(pthread_self(), NULL) == EDEADLK, pthread_tryjoin_np(threads[0], NULL) == EBUSY);
    printf(" %d", pthread_join(threads[0], &result));
    printf(" %ld %d\n", (long)result, pthread_join(threads[0], NULL) == ESRCH);
    pthread_create(&threads[1], &detached, named, NULL);
    printf("%d\n", pthread_join(threads[1], NULL) == EINVAL);
    sleep(1);
}

static int square(void *argument) { return (int)(long)argument * (int)(long)argument; }
static void c11(void) {
    thrd_t made;
    mtx_t guard;
    int squared;
    struct timespec moment = {0, 1000};
    mtx_init(&guard, mtx_recursive);
    printf("%d %d", mtx_lock(&guard) == thrd_success, mtx_trylock(&guard) == thrd_success);
    printf(" %d", thrd_create(&made, square, (void *)12) == thrd_success);
    printf(" %d", thrd_join(made, &squared) == thrd_success);
    printf(" %d %d %d\n", squared, thrd_sleep(&moment, NULL), thrd_equal(thrd_current(), thrd_current()) != 0);
}

static void *sleeper(void *argument) {
    usleep((unsigned)(long)argument);
    printf("slept %ld\n", (long)argument);
    return NULL;
}
static void sleeps(void) {
    const long us[] = {300, 100, 200};
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, sleeper, (void *)us[i]);
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
}

/* The comparison runs below the library's qsort, whose frames cannot be suspended. */
static int compare(const void *a, const void *b) {
    pthread_mutex_lock(&mutex);
    calls++;
    usleep(1);
    pthread_mutex_unlock(&mutex);
    return *(const int *)a - *(const int *)b;
}
static void *sort(void *argument) {
    int numbers[] = {5, 3, 1, 4, 2};
    qsort(numbers, 5, sizeof(int), compare);
    return (void *)(long)(numbers[0] * 10000 + numbers[1] * 1000 + numbers[2] * 100 + numbers[3] * 10 + numbers[4]);
}
static void sorts(void) {
    for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, sort, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], &result);
        printf("%ld ", (long)result);
    }
    printf("%d\n", calls > 0);
}

static void *last(void *argument) {
    usleep(50);
    puts("last words");
    return argument;
}
static void outlived(void) {
    pthread_create(&threads[0], NULL, last, NULL);
    printf("main leaves\n");
    pthread_exit(NULL);
}

static void *endless(void *argument) {
    for (;;) counted++;
    return argument;
}
static void ends(void) {
    pthread_create(&threads[0], NULL, endless, NULL);
    usleep(10);
    printf("counted %d\n", counted > 0);
}

static void *leave(void *argument) { exit((int)(long)argument); }
static void leaves(void) {
    pthread_create(&threads[0], NULL, leave, (void *)42);
    pthread_join(threads[0], NULL);
}

static int overflow(int depth) {
    volatile char room[512];
    room[depth % 512] = (char)depth;
    return depth == 1000000 ? 0 : overflow(depth + 1) + room[0];
}
static void *overflows(void *argument) { return (void *)(long)overflow(0); }
static void guard(void) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    puts("down");
    fflush(stdout);
    pthread_create(&threads[0], &small, overflows, NULL);
    pthread_join(threads[0], NULL);
}

static void *crash(void *argument) { return (void *)(long)*(volatile int *)argument; }
static void crashes(void) {
    pthread_create(&threads[0], NULL, crash, NULL);
    pthread_join(threads[0], NULL);
}

static void *opposite(void *argument) {
    pthread_mutex_lock(&second);
    sched_yield();
    pthread_mutex_lock(&mutex); /* deadlock: the other */
    return argument;
}
static void deadlock(void) {
    pthread_create(&threads[0], NULL, opposite, NULL);
    pthread_mutex_lock(&mutex);
    sched_yield();
    pthread_mutex_lock(&second); /* deadlock: main */
}

static void *wants_mutex(void *argument) {
    pthread_mutex_lock(&mutex);
    return argument;
}
/* Both branches end with the same call, which a compiler would gladly make one. */
static void joins(void) {
    pthread_mutex_lock(&mutex);
    pthread_create(&threads[0], NULL, wants_mutex, NULL);
    if (__atomic_load_n(&flag, __ATOMIC_ACQUIRE) == 0) {
        pthread_join(threads[0], NULL); /* joins: main */
    } else {
        pthread_mutex_unlock(&mutex);
        pthread_join(threads[0], NULL);
    }
}

static void alone(void) { pthread_cond_wait(&full, (pthread_mutex_lock(&mutex), &mutex)); }

static void many(void) {
    static pthread_t all[5000];
    int made = 0, error = 0;
    while (made < 5000 && !(error = pthread_create(&all[made], NULL, spin, NULL))) made++;
    __atomic_store_n(&flag, 1, __ATOMIC_RELEASE);
    for (int i = 0; i < made; i++) pthread_join(all[i], NULL);
    printf("%d %d\n", made > 100 && made < 4096, error == EAGAIN);
}

static void cancels(void) {
    pthread_create(&threads[0], NULL, spin, NULL);
    pthread_cancel(threads[0]);
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"condition", condition}, {"spin", spins},       {"variables", variables}, {"keys", keys},         {"once", onces},
    {"rwlock", locks},        {"barrier", barriers}, {"semaphore", semaphores}, {"kinds", kinds},      {"timed", timed},
    {"errors", errors},       {"c11", c11},          {"sleep", sleeps},        {"qsort", sorts},       {"outlived", outlived},
    {"ends", ends},           {"exit", leaves},      {"guard", guard},         {"crash", crashes},     {"deadlock", deadlock},
    {"alone", alone},         {"many", many},        {"cancel", cancels},   {"joins", joins},
};

int main(int argc, char **argv) {
    for (unsigned n = 0; n < sizeof cases / sizeof *cases; n++)
        if (strcmp(argv[1], cases[n].name) == 0) cases[n].run();
    return 0;
}
