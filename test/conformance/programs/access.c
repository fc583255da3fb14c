/* Rows of hmm-tests: a device that reads and writes the program's memory where it lies. */
#include "rows.h"

static void open_close(int fd) { CHECK(fd >= 0); }

static void anon_read(int fd) {
    int *data = map(SIZE, PROT_READ | PROT_WRITE), *mirror = malloc(SIZE);
    CHECK(data != MAP_FAILED && mirror != NULL);
    fill(data, INTS(2 * PAGE), INTS(SIZE), 1);
    CHECK(mprotect(data, SIZE, PROT_READ) == 0);
    CHECK(*(volatile int *)(data + INTS(PAGE)) == 0);
    CHECK(command(fd, HMM_DMIRROR_READ, data, mirror, NPAGES) == 0);
    CHECK(cpages == NPAGES && faults == 1);
    CHECK(is(mirror, 0, INTS(2 * PAGE), 0) && is(mirror, INTS(2 * PAGE), INTS(SIZE), 1));
    CHECK(command(fd, HMM_DMIRROR_READ, data, mirror, NPAGES) == 0 && faults == 0);
    munmap(data, SIZE);
    free(mirror);
}

static void anon_read_prot(int fd) {
    int *data = map(SIZE, PROT_READ | PROT_WRITE), *mirror = malloc(SIZE);
    fill(data, 0, INTS(SIZE), 1);
    fill(mirror, 0, INTS(SIZE), -1);
    CHECK(mprotect(data, SIZE, PROT_NONE) == 0);
    CHECK(command(fd, HMM_DMIRROR_READ, data, mirror, NPAGES) == -EFAULT);
    CHECK(mprotect(data, SIZE, PROT_READ) == 0);
    CHECK(is(data, 0, INTS(SIZE), 1) && is(mirror, 0, INTS(SIZE), -1));
    munmap(data, SIZE);
    free(mirror);
}

static void anon_write(int fd) {
    int *data = map(SIZE, PROT_READ | PROT_WRITE), *mirror = malloc(SIZE);
    fill(mirror, 0, INTS(SIZE), 3);
    CHECK(command(fd, HMM_DMIRROR_WRITE, data, mirror, NPAGES) == 0);
    CHECK(cpages == NPAGES && faults == 1);
    CHECK(is(data, 0, INTS(SIZE), 3));
    munmap(data, SIZE);
    free(mirror);
}

static void anon_write_prot(int fd) {
    int *data = map(SIZE, PROT_READ), *mirror = malloc(SIZE);
    CHECK(command(fd, HMM_DMIRROR_READ, data, mirror, 1) == 0);
    CHECK(cpages == 1 && faults == 1);
    fill(mirror, 0, INTS(SIZE), 3);
    CHECK(command(fd, HMM_DMIRROR_WRITE, data, mirror, NPAGES) == -EPERM);
    CHECK(is(data, 0, INTS(SIZE), 0));
    CHECK(mprotect(data, SIZE, PROT_READ | PROT_WRITE) == 0);
    CHECK(command(fd, HMM_DMIRROR_WRITE, data, mirror, NPAGES) == 0);
    CHECK(cpages == NPAGES && faults == 1);
    CHECK(is(data, 0, INTS(SIZE), 3));
    munmap(data, SIZE);
    free(mirror);
}

static void anon_read_multiple(int fd) {
    int *mirror = malloc(SIZE);
    for (int round = 1; round <= 10; round++) {
        int *data = map(SIZE, PROT_READ | PROT_WRITE);
        fill(data, 0, INTS(SIZE), round);
        CHECK(command(fd, HMM_DMIRROR_READ, data, mirror, NPAGES) == 0);
        CHECK(cpages == NPAGES && faults == 1);
        CHECK(is(mirror, 0, INTS(SIZE), round));
        munmap(data, SIZE);
    }
    free(mirror);
}

/* A file that nobody can see: its name is gone at once. */
static int temporary_file(void) {
    char path[] = "hmm-conformance-XXXXXX";
    int file = mkstemp(path);
    if (file >= 0) unlink(path);
    if (file >= 0 && ftruncate(file, SIZE) == 0) return file;
    return -1;
}

static void file_read(int fd) {
    int file = temporary_file(), *mirror = malloc(SIZE);
    CHECK(file >= 0);
    fill(mirror, 0, INTS(SIZE), 1);
    CHECK(pwrite(file, mirror, SIZE, 0) == (ssize_t)SIZE);
    memset(mirror, 0, SIZE);
    int *data = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
    CHECK(data != MAP_FAILED);
    CHECK(command(fd, HMM_DMIRROR_READ, data, mirror, NPAGES) == 0);
    CHECK(cpages == NPAGES && faults == 1);
    CHECK(is(mirror, 0, INTS(SIZE), 1));
    munmap(data, SIZE);
    close(file);
    free(mirror);
}

static void file_write(int fd) {
    int file = temporary_file(), *mirror = malloc(SIZE);
    CHECK(file >= 0);
    int *data = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    CHECK(data != MAP_FAILED);
    fill(mirror, 0, INTS(SIZE), 3);
    CHECK(command(fd, HMM_DMIRROR_WRITE, data, mirror, NPAGES) == 0);
    CHECK(cpages == NPAGES && faults == 1);
    CHECK(is(data, 0, INTS(SIZE), 3));
    memset(mirror, 0, SIZE);
    CHECK(pread(file, mirror, SIZE, 0) == (ssize_t)SIZE);
    CHECK(is(mirror, 0, INTS(SIZE), 3));
    munmap(data, SIZE);
    close(file);
    free(mirror);
}

static void mixedmap(int fd) {
    unsigned char seen = 0;
    int *data = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(data != MAP_FAILED);
    CHECK(command(fd, HMM_DMIRROR_SNAPSHOT, data, &seen, 1) == 0);
    CHECK(cpages == 1 && seen == HMM_DMIRROR_PROT_READ);
    munmap(data, PAGE);
}

MAIN(ROW(open_close); ROW(anon_read); ROW(anon_read_prot); ROW(anon_write); ROW(anon_write_prot); ROW(anon_read_multiple); ROW(file_read);
     ROW(file_write); ROW(mixedmap))
