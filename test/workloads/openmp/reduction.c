// Sums on the device over mapped arrays: a dot product with one reduction, and a count and a sum in one region with two. The
// numbers are integers, so that the result does not depend on the order of the additions.
#include <stdio.h>
#include <stdlib.h>

static long long dot(int n, const int *x, const int *y)
{
    long long sum = 0;
#pragma omp target teams distribute parallel for map(to : x[0 : n], y[0 : n]) map(tofrom : sum) reduction(+ : sum)
    for (int i = 0; i < n; i++)
        sum += (long long)x[i] * y[i];
    return sum;
}

static void oddNumbers(int n, const int *x, int *count, long long *total)
{
    int odd = 0;
    long long sum = 0;
#pragma omp target teams distribute parallel for map(to : x[0 : n]) map(tofrom : odd, sum) reduction(+ : odd, sum)
    for (int i = 0; i < n; i++) {
        if (x[i] % 2 != 0) {
            odd++;
            sum += x[i];
        }
    }
    *count = odd;
    *total = sum;
}

int main(void)
{
    const int n = 50000;
    int *x = malloc(n * sizeof *x);
    int *y = malloc(n * sizeof *y);
    if (x == NULL || y == NULL) {
        printf("reduction: out of memory\n");
        return 1;
    }
    long long expectedDot = 0, expectedTotal = 0;
    int expectedCount = 0;
    for (int i = 0; i < n; i++) {
        x[i] = i % 1000;
        y[i] = i % 77 - 38;
        expectedDot += (long long)x[i] * y[i];
        if (x[i] % 2 != 0) {
            expectedCount++;
            expectedTotal += x[i];
        }
    }

    int count;
    long long total;
    long long product = dot(n, x, y);
    oddNumbers(n, x, &count, &total);
    printf("reduction: dot %lld, %d odd numbers with sum %lld\n", product, count, total);

    free(x);
    free(y);
    return product == expectedDot && count == expectedCount && total == expectedTotal ? 0 : 1;
}
