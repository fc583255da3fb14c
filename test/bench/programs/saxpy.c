/* Two arrays of floats: one load, one load, one store per element, all in order. */
#include "bench.h"

enum { count = 1 << 18, passes = 6 };

static float x[count], y[count];

static __attribute__((noinline)) void saxpy(int n, float a, const float *from, float *to)
{
    for (int i = 0; i < n; i++)
        to[i] = a * from[i] + to[i];
}

static __attribute__((noinline)) unsigned kernel(void)
{
    for (int i = 0; i < count; i++) {
        x[i] = (float)(i & 255);
        y[i] = 1.0f;
    }
    for (int pass = 0; pass < passes; pass++)
        saxpy(count, 0.5f, x, y);
    return (unsigned)y[count - 1];
}
