/*
 * Anonymous memory moves to a device: page by page as the device faults, or, started with the argument `prefetch`, all at once before it does.
 * Then the CPU takes all of it back, likewise.
 */
#include <hmm.h>
#include <stdio.h>
#include <sys/mman.h>

#pragma omp requires unified_shared_memory

enum { COUNT = 1 << 18, BYTES = COUNT * sizeof(int) };

int main(int argc, char **argv) {
    (void)argv;
    int prefetch = argc > 1;
    int *values = mmap(0, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    hmm_name(values, BYTES, "values");
    for (int i = 0; i < COUNT; i++) values[i] = i;

    if (prefetch && hmm_prefetch(values, BYTES, 0) != 0) return 1;
#pragma omp target teams distribute parallel for
    for (int i = 0; i < COUNT; i++) values[i] += 1;
    if (hmm_residency(values, BYTES, 0) != BYTES) return 2;

    if (prefetch && hmm_prefetch(values, BYTES, HMM_NODE_CPU) != 0) return 3;
    for (int i = 0; i < COUNT; i++)
        if (values[i] != i + 1) return 4;
    puts("as expected");
    munmap(values, BYTES);
    return 0;
}
