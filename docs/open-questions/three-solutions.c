/*
 * One job for a CPU and a device over one address space: the CPU fills a vector, the device works on it in several passes, the CPU reads a
 * little of it. Run it under each driver: `pinned`, `ats`, `hmm`.
 */
#include <hmm.h>
#include <stdio.h>
#include <stdlib.h>

#pragma omp requires unified_shared_memory

enum { COUNT = 1 << 18, PASSES = 8 };

int main(void) {
    float *x = malloc(COUNT * sizeof *x);
    hmm_name(x, COUNT * sizeof *x, "x");

    hmm_phase("fill");
    for (int i = 0; i < COUNT; i++) x[i] = 1.0f;

    hmm_phase("work");
    for (int pass = 0; pass < PASSES; pass++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < COUNT; i++) x[i] = 0.5f * x[i] + 1.0f;
    }

    hmm_phase("read");
    double sum = 0;
    for (int i = 0; i < COUNT; i += 64 * 1024) sum += x[i];
    printf("%.6f\n", sum);
    free(x);
    return 0;
}
