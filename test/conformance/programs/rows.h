/* Rows of a conformance table as functions: each says `row <name> pass`, `skip` or `fail`, with a reason. */
#ifndef ROWS_H
#define ROWS_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hmm_dmirror.h>

#define PAGE 4096ul
#define HUGE (2ul << 20)
/* The buffer of 4 MiB, and its pages. */
#define SIZE (4ul << 20)
#define NPAGES (SIZE / PAGE)
#define INTS(bytes) ((bytes) / sizeof(int))

/* 0: private memory, 2: coherent memory. */
static int device_number;
static const char *row_name;
static int row_failed;

static int coherent(void) { return device_number >= 2; }

static void row_fails(int line, const char *what) {
    if (!row_failed) printf("row %s fail line %d: %s (errno %d)\n", row_name, line, what, errno);
    row_failed = 1;
}

#define CHECK(condition)                                                                                                                   \
    do {                                                                                                                                   \
        if (!(condition)) {                                                                                                                \
            row_fails(__LINE__, #condition);                                                                                               \
            return;                                                                                                                        \
        }                                                                                                                                  \
    } while (0)

#define SKIP(reason)                                                                                                                       \
    do {                                                                                                                                   \
        printf("row %s skip %s\n", row_name, reason);                                                                                      \
        row_failed = 1;                                                                                                                    \
        return;                                                                                                                            \
    } while (0)

static int device_open(int number) {
    char path[64];
    snprintf(path, sizeof path, "/dev/hmm_dmirror%d", number);
    return open(path, O_RDWR);
}

static unsigned long long cpages, faults;

/* 0 or a negative error, as the kernel's own tests have it; cpages and faults are the command's. */
static int command(int fd, unsigned long request, void *data, void *buffer, unsigned long pages) {
    struct hmm_dmirror_cmd cmd = {.addr = (uintptr_t)data, .ptr = (uintptr_t)buffer, .npages = pages, .cpages = 77, .faults = 77};
    cpages = faults = 99;
    if (ioctl(fd, request, &cmd) != 0) return cmd.cpages == 77 && cmd.faults == 77 ? -errno : 1;
    cpages = cmd.cpages;
    faults = cmd.faults;
    return 0;
}

static int *map(unsigned long size, int protection) {
    return mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Ints from..to of a pattern: index times factor. */
static void fill(int *data, unsigned long from, unsigned long to, int factor) {
    for (unsigned long i = from; i < to; i++) data[i] = (int)i * factor;
}

static int is(const int *data, unsigned long from, unsigned long to, int factor) {
    for (unsigned long i = from; i < to; i++)
        if (data[i] != (int)i * factor) return 0;
    return 1;
}

static int run_row(const char *name, void (*function)(int)) {
    row_name = name;
    row_failed = 0;
    int fd = device_open(device_number);
    if (fd < 0) return printf("row %s fail cannot open the device\n", name), 1;
    function(fd);
    if (close(fd) != 0) row_fails(__LINE__, "close");
    if (!row_failed) printf("row %s pass\n", name);
    fflush(stdout);
    return row_failed;
}

#define ROW(function) run_row(#function, function)

#define MAIN(...)                                                                                                                          \
    int main(int argc, char **argv) {                                                                                                      \
        device_number = argc > 1 ? atoi(argv[1]) : 0;                                                                                      \
        __VA_ARGS__;                                                                                                                       \
        return 0;                                                                                                                          \
    }

#endif
