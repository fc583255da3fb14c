/* Rows of hmm-tests: memory that moves to a device, that a device has for itself, and what a snapshot says of it. */
#include "rows.h"

static void migrate(int fd) {
    int *data = map(SIZE, PROT_READ | PROT_WRITE), *mirror = malloc(SIZE);
    fill(data, 0, INTS(SIZE), 1);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, NPAGES) == 0);
    CHECK(cpages == NPAGES);
    CHECK(is(mirror, 0, INTS(SIZE), 1));
    munmap(data, SIZE);
    free(mirror);
}

static void migrate_fault(int fd) {
    int *data = map(SIZE, PROT_READ | PROT_WRITE), *mirror = malloc(SIZE);
    fill(data, 0, INTS(SIZE), 1);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, NPAGES) == 0 && cpages == NPAGES);
    CHECK(is(data, 0, INTS(SIZE / 2), 1));
    memset(mirror, 0, SIZE);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, NPAGES) == 0 && cpages == NPAGES);
    CHECK(is(mirror, 0, INTS(SIZE), 1));
    munmap(data, SIZE);
    free(mirror);
}

static void migrate_release(int fd) {
    int *data = map(SIZE, PROT_READ | PROT_WRITE), *mirror = malloc(SIZE);
    unsigned char *seen = malloc(NPAGES);
    fill(data, 0, INTS(SIZE), 1);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, NPAGES) == 0 && cpages == NPAGES);
    CHECK(is(mirror, 0, INTS(SIZE), 1));
    CHECK(command(fd, HMM_DMIRROR_RELEASE, data, mirror, NPAGES) == 0);
    CHECK(command(fd, HMM_DMIRROR_SNAPSHOT, data, seen, NPAGES) == 0);
    for (unsigned long i = 0; i < NPAGES; i++) CHECK(seen[i] == HMM_DMIRROR_PROT_WRITE);
    CHECK(is(data, 0, INTS(SIZE), 1));
    munmap(data, SIZE);
    free(seen);
    free(mirror);
}

static void migrate_shared(int fd) {
    int *data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0), *mirror = malloc(SIZE);
    CHECK(data != MAP_FAILED);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, NPAGES) == -ENOENT);
    munmap(data, SIZE);
    free(mirror);
}

static void migrate_multiple(int fd) {
    int *mirror = malloc(SIZE);
    for (int round = 1; round <= 10; round++) {
        int *data = map(SIZE, PROT_READ | PROT_WRITE);
        fill(data, 0, INTS(SIZE), round);
        CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, NPAGES) == 0 && cpages == NPAGES);
        CHECK(is(mirror, 0, INTS(SIZE), round));
        if (coherent()) CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_SYS, data, mirror, NPAGES) == 0 && cpages == NPAGES);
        CHECK(is(data, 0, INTS(SIZE), round));
        munmap(data, SIZE);
    }
    free(mirror);
}

static void exclusive(int fd) {
    int *data = map(SIZE, PROT_READ | PROT_WRITE), *mirror = malloc(SIZE);
    fill(data, 0, INTS(SIZE), 1);
    CHECK(command(fd, HMM_DMIRROR_EXCLUSIVE, data, mirror, NPAGES) == 0 && cpages == NPAGES);
    CHECK(is(mirror, 0, INTS(SIZE), 1));
    CHECK(command(fd, HMM_DMIRROR_CHECK_EXCLUSIVE, data, mirror, NPAGES) == -EPERM);
    for (unsigned long i = 0; i < INTS(SIZE); i++) CHECK(data[i]++ == (int)i);
    for (unsigned long i = 0; i < INTS(SIZE); i++) CHECK(data[i] == (int)i + 1);
    CHECK(command(fd, HMM_DMIRROR_CHECK_EXCLUSIVE, data, mirror, NPAGES) == 0);
    munmap(data, SIZE);
    free(mirror);
}

static void snapshot(int fd) {
    int second = device_open(device_number + 1);
    CHECK(second >= 0);
    unsigned char seen[7];
    int scratch[INTS(PAGE)];
    char *data = (char *)map(7 * PAGE, PROT_READ | PROT_WRITE);
    CHECK(mprotect(data, PAGE, PROT_NONE) == 0);
    CHECK(munmap(data + PAGE, PAGE) == 0);
    CHECK(mprotect(data + 2 * PAGE, PAGE, PROT_READ) == 0);
    CHECK(*(volatile int *)(data + 2 * PAGE) == 0);
    for (int page = 3; page < 7; page++) *(volatile int *)(data + page * PAGE) = page;
    CHECK(mprotect(data + 3 * PAGE, PAGE, PROT_READ) == 0);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data + 5 * PAGE, scratch, 1) == 0 && cpages == 1);
    CHECK(command(second, HMM_DMIRROR_MIGRATE_TO_DEV, data + 6 * PAGE, scratch, 1) == 0 && cpages == 1);
    CHECK(command(fd, HMM_DMIRROR_SNAPSHOT, data, seen, 7) == 0 && cpages == 7);
    CHECK(seen[0] == HMM_DMIRROR_PROT_ERROR && seen[1] == HMM_DMIRROR_PROT_ERROR);
    CHECK(seen[2] == (HMM_DMIRROR_PROT_ZERO | HMM_DMIRROR_PROT_READ));
    CHECK(seen[3] == HMM_DMIRROR_PROT_READ && seen[4] == HMM_DMIRROR_PROT_WRITE);
    if (coherent()) {
        CHECK(seen[5] == (HMM_DMIRROR_PROT_DEV_COHERENT_LOCAL | HMM_DMIRROR_PROT_WRITE));
        CHECK(seen[6] == (HMM_DMIRROR_PROT_DEV_COHERENT_REMOTE | HMM_DMIRROR_PROT_WRITE));
    } else {
        CHECK(seen[5] == (HMM_DMIRROR_PROT_DEV_PRIVATE_LOCAL | HMM_DMIRROR_PROT_WRITE));
        CHECK(seen[6] == HMM_DMIRROR_PROT_NONE);
    }
    munmap(data, 7 * PAGE);
    CHECK(close(second) == 0);
}

MAIN(ROW(migrate); ROW(migrate_fault); ROW(migrate_release); ROW(migrate_shared); ROW(migrate_multiple); ROW(exclusive); ROW(snapshot))
