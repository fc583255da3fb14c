/* A stencil over a line of cells, in target regions. The arrays are mapped once around all steps, so that they stay on the device;
   take the outer region away and they are copied in every step. */
#include <stdio.h>

#define CELLS 32768
#define STEPS 4

static double now[CELLS], next[CELLS];

int main(void)
{
    for (int i = 0; i < CELLS; i++)
        now[i] = i == CELLS / 2 ? 1000.0 : 0.0;

#pragma omp target data map(tofrom : now) map(alloc : next)
    for (int step = 0; step < STEPS; step++) {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < CELLS; i++) {
            double left = i > 0 ? now[i - 1] : now[i];
            double right = i < CELLS - 1 ? now[i + 1] : now[i];
            next[i] = 0.25 * left + 0.5 * now[i] + 0.25 * right;
        }
#pragma omp target teams distribute parallel for
        for (int i = 0; i < CELLS; i++)
            now[i] = next[i];
    }

    double sum = 0;
    for (int i = 0; i < CELLS; i++)
        sum += now[i];
    printf("sum %.3f, middle %.3f\n", sum, now[CELLS / 2]);
    return 0;
}
