// y = a x + y on the device with plain malloc: the program requires unified shared memory, so that a pointer means the same on
// the host and on the device and nothing is mapped.
#include <stdio.h>
#include <stdlib.h>

#pragma omp requires unified_shared_memory

static void saxpy(int n, float a, const float *x, float *y)
{
#pragma omp target teams distribute parallel for
    for (int i = 0; i < n; i++)
        y[i] = a * x[i] + y[i];
}

int main(void)
{
    const int n = 1 << 18;
    float *x = malloc(n * sizeof *x);
    float *y = malloc(n * sizeof *y);
    if (x == NULL || y == NULL) {
        printf("saxpy: out of memory\n");
        return 1;
    }
    for (int i = 0; i < n; i++) {
        x[i] = (float)(i % 100);
        y[i] = 1.0f;
    }

    saxpy(n, 2.0f, x, y);

    int wrong = 0;
    for (int i = 0; i < n; i++)
        wrong += y[i] != 2.0f * (float)(i % 100) + 1.0f;
    printf("saxpy: %d of %d elements are wrong\n", wrong, n);

    free(x);
    free(y);
    return wrong == 0 ? 0 : 1;
}
