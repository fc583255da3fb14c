/*
 * A device works on storage that is memory (DAX): in place, or, with --dax-migration, in its own memory. Passes are the argument, 1 if there is
 * none.
 */
#include <hmm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#pragma omp requires unified_shared_memory

enum { PAGE = 4096, COUNT = 1 << 16, BYTES = COUNT * sizeof(int) };

int main(int argc, char **argv) {
    int passes = argc > 1 ? atoi(argv[1]) : 1;
    int *values = hmm_map_dax(BYTES);
    if (!values) return 1;
    hmm_name(values, BYTES, "storage");
    for (int i = 0; i < COUNT; i++) values[i] = i;

    for (int pass = 0; pass < passes; pass++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < COUNT; i++) values[i] += 1;
    }
    printf("on the device after its kernels: %zu\n", hmm_residency(values, BYTES, 0) / PAGE);

    for (int i = 0; i < COUNT; i++)
        if (values[i] != i + passes) return 2;
    printf("after the CPU has read all: %zu\n", hmm_residency(values, BYTES, 0) / PAGE);
    munmap(values, BYTES);
    return 0;
}
