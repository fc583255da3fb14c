/* Rows of hmm-tests: a child that shares memory, and a thread that takes memory away while the device reads it. */
#include "rows.h"

#include <pthread.h>
#include <sys/wait.h>

static void anon_write_child_shared(int fd) {
    (void)fd;
    int *data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *mirror = malloc(SIZE), status;
    CHECK(data != MAP_FAILED);
    fill(data, 0, INTS(SIZE), 1);
    fill(mirror, 0, INTS(SIZE), 3);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (!is(data, 0, INTS(SIZE), 1) || !is(mirror, 0, INTS(SIZE), 3)) _exit(2);
        int own = device_open(device_number);
        if (own < 0) _exit(3);
        if (command(own, HMM_DMIRROR_WRITE, data, mirror, NPAGES) != 0) _exit(4);
        if (cpages != NPAGES || faults != 1) _exit(5);
        if (!is(data, 0, INTS(SIZE), 3)) _exit(6);
        close(own);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    errno = WEXITSTATUS(status);
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(is(data, 0, INTS(SIZE), 3));
    munmap(data, SIZE);
    free(mirror);
}

static void *take_half_away(void *data) {
    munmap((char *)data + SIZE / 2, SIZE / 2);
    return NULL;
}

static void anon_teardown(int fd) {
    int *mirror = malloc(SIZE);
    for (int round = 1; round <= 10; round++) {
        int *data = map(SIZE, PROT_READ | PROT_WRITE);
        CHECK(data != MAP_FAILED);
        fill(data, 0, INTS(SIZE), round);
        pthread_t thread;
        CHECK(pthread_create(&thread, NULL, take_half_away, data) == 0);
        int result = command(fd, HMM_DMIRROR_READ, data, mirror, NPAGES);
        if (result == 0) CHECK(cpages == NPAGES && faults == 1 && is(mirror, 0, INTS(SIZE), round));
        CHECK(pthread_join(thread, NULL) == 0);
        munmap(data, SIZE);
    }
    free(mirror);
}

MAIN(ROW(anon_write_child_shared); ROW(anon_teardown))
