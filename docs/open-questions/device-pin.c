/*
 * Pinning to device memory, the CPU blocked out: one thread holds a buffer on the device and works on it there, another wants to read it and
 * waits. Started with an argument, nobody unpins: every thread waits for ever, which Faultline finds and reports with both lines.
 */
#include <hmm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#pragma omp requires unified_shared_memory

enum { COUNT = 1 << 16 };

static int *values;
static volatile int pinned;

static void *reader(void *nothing) {
    while (!pinned) {
    }
    printf("reader: %d\n", values[0]); /* waits here until the pages are unpinned */
    return nothing;
}

int main(int argc, char **argv) {
    (void)argv;
    values = mmap(0, COUNT * sizeof *values, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < COUNT; i++) values[i] = i;

    pthread_t thread;
    pthread_create(&thread, 0, reader, 0);
    if (hmm_pin_device(values, COUNT * sizeof *values, 0) != 0) return 1;
    pinned = 1;
    if (argc > 1) {
        pthread_join(thread, 0); /* holds what the reader waits for */
        return 1;
    }
    for (int pass = 0; pass < 4; pass++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < COUNT; i++) values[i] += 1;
        printf("main: pass %d\n", pass);
    }
    hmm_unpin_device(values, COUNT * sizeof *values);
    pthread_join(thread, 0);
    return 0;
}
