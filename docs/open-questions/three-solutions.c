/*
 * One job for a CPU and a device over one address space: the CPU fills a vector, the device works on it in as many passes as the argument says
 * (8 if there is none), the CPU reads a little of it. Run it under each driver: `pinned`, `ats`, `hmm`.
 */
#include <hmm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#pragma omp requires unified_shared_memory

enum { COUNT = 1 << 16 };

int main(int argc, char **argv) {
    int passes = argc > 1 ? atoi(argv[1]) : 8;
    float *x = mmap(0, COUNT * sizeof *x, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    hmm_name(x, COUNT * sizeof *x, "x");

    hmm_phase("fill");
    for (int i = 0; i < COUNT; i++) x[i] = 1.0f;

    hmm_phase("work");
    for (int pass = 0; pass < passes; pass++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < COUNT; i++) x[i] = 0.5f * x[i] + 1.0f;
    }

    hmm_phase("read");
    double sum = 0;
    for (int i = 0; i < COUNT; i += COUNT / 4) sum += x[i];
    printf("%.6f\n", sum);
    munmap(x, COUNT * sizeof *x);
    return 0;
}
