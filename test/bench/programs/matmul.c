/* A product of matrices by the definition: three loops, one operand read against the grain. */
#include "bench.h"

enum { side = 128 };

static double a[side][side], b[side][side], c[side][side];

static __attribute__((noinline)) void multiply(void)
{
    for (int row = 0; row < side; row++)
        for (int column = 0; column < side; column++) {
            double total = 0;
            for (int i = 0; i < side; i++)
                total += a[row][i] * b[i][column];
            c[row][column] = total;
        }
}

static __attribute__((noinline)) unsigned kernel(void)
{
    for (int row = 0; row < side; row++)
        for (int column = 0; column < side; column++) {
            a[row][column] = row + column;
            b[row][column] = row - column;
        }
    multiply();
    return (unsigned)(long long)c[side - 1][0];
}
