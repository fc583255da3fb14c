/* The sum of an array: nothing but loads. */
#include "bench.h"

enum { count = 1 << 18, passes = 12 };

static unsigned values[count];

static __attribute__((noinline)) unsigned sum(const unsigned *from, int n)
{
    unsigned total = 0;
    for (int i = 0; i < n; i++)
        total += from[i];
    return total;
}

static __attribute__((noinline)) unsigned kernel(void)
{
    for (int i = 0; i < count; i++)
        values[i] = (unsigned)i * 2654435761u;
    unsigned total = 0;
    for (int pass = 0; pass < passes; pass++)
        total += sum(values, count);
    return total;
}
