// Heat on a plate: a two-dimensional Jacobi iteration. One `target data` region keeps both grids on the device; only the largest
// change comes back after each sweep, by a reduction. The host does the same sweeps and compares exactly.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 96
#define CELLS (N * N)
#define SWEEPS 40

// The upper edge is hot; the other edges and the plate are cold.
static void heatUpperEdge(double *grid)
{
    memset(grid, 0, CELLS * sizeof *grid);
    for (int column = 0; column < N; column++)
        grid[column] = 100.0;
}

static double sweepOnHost(const double *from, double *to)
{
    double change = 0.0;
    for (int row = 1; row < N - 1; row++) {
        for (int column = 1; column < N - 1; column++) {
            int i = row * N + column;
            to[i] = 0.25 * (from[i - N] + from[i + N] + from[i - 1] + from[i + 1]);
            change = fmax(change, fabs(to[i] - from[i]));
        }
    }
    return change;
}

// Both grids are on the device already: the maps of this region find them there and copy nothing.
static double sweepOnDevice(const double *from, double *to)
{
    double change = 0.0;
#pragma omp target teams distribute parallel for collapse(2) map(to : from[0 : CELLS]) map(from : to[0 : CELLS]) \
    map(tofrom : change) reduction(max : change)
    for (int row = 1; row < N - 1; row++) {
        for (int column = 1; column < N - 1; column++) {
            int i = row * N + column;
            to[i] = 0.25 * (from[i - N] + from[i + N] + from[i - 1] + from[i + 1]);
            change = fmax(change, fabs(to[i] - from[i]));
        }
    }
    return change;
}

int main(void)
{
    double *plate = malloc(CELLS * sizeof *plate);
    double *next = malloc(CELLS * sizeof *next);
    double *expected = malloc(CELLS * sizeof *expected);
    double *expectedNext = malloc(CELLS * sizeof *expectedNext);
    if (!plate || !next || !expected || !expectedNext) {
        printf("stencil: out of memory\n");
        return 1;
    }
    heatUpperEdge(plate);
    heatUpperEdge(next);
    heatUpperEdge(expected);
    heatUpperEdge(expectedNext);

    double change = 0.0, expectedChange = 0.0;
#pragma omp target data map(tofrom : plate[0 : CELLS]) map(to : next[0 : CELLS])
    for (int sweep = 0; sweep < SWEEPS; sweep += 2) {
        sweepOnDevice(plate, next);
        change = sweepOnDevice(next, plate);
    }
    for (int sweep = 0; sweep < SWEEPS; sweep += 2) {
        sweepOnHost(expected, expectedNext);
        expectedChange = sweepOnHost(expectedNext, expected);
    }

    int wrong = 0;
    for (int i = 0; i < CELLS; i++)
        wrong += plate[i] != expected[i];
    printf("stencil: %d sweeps, last change %.6f, %d of %d cells are wrong\n", SWEEPS, change, wrong, CELLS);

    free(plate);
    free(next);
    free(expected);
    free(expectedNext);
    return wrong == 0 && change == expectedChange ? 0 : 1;
}
