// qsort: sizes of all kinds, what is equal in its order, how often it compares, and (with an argument) without room for the elements a second time.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 1000, MOST = 48, LARGE = 3000000 };
static unsigned char items[N * MOST + 8];
static unsigned many[LARGE];
static size_t size;
static unsigned long compared;

// A key of one byte, its place before in the last two.
static int by_first(const void *a, const void *b) {
    compared++;
    return *(const unsigned char *)a - *(const unsigned char *)b;
}
static int by_key(const void *a, const void *b, void *keys) { return ((int *)keys)[*(const unsigned char *)a] - ((int *)keys)[*(const unsigned char *)b]; }
static int by_value(const void *a, const void *b) {
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

static int is_sorted(const unsigned char *base, int stable) {
    for (int i = 1; i < N; i++) {
        const unsigned char *a = base + (i - 1) * size, *b = a + size;
        if (a[0] > b[0]) return 0;
        if (stable && a[0] == b[0] && a[size - 2] * 256 + a[size - 1] >= b[size - 2] * 256 + b[size - 1]) return 0;
    }
    return 1;
}

int main(int argc, char **argv) {
    const size_t sizes[] = {1, 3, 4, 8, 12, 32, 33, 40, 48};
    unsigned state = 1;
    for (unsigned n = 0; n < sizeof sizes / sizeof *sizes; n++)
        for (int shift = 0; shift < 2; shift++) {
            size = sizes[n];
            unsigned char *base = items + shift;
            for (int i = 0; i < N; i++) {
                unsigned char *item = base + i * size;
                memset(item, 0, size);
                if (size > 2) item[size - 2] = i / 256, item[size - 1] = i % 256;
                state = state * 1103515245u + 12345u;
                item[0] = state >> 24;
            }
            errno = 7, compared = 0;
            qsort(base, N, size, by_first);
            if (!is_sorted(base, size > 2) || errno != 7 || compared > N * 10) return 1;
            compared = 0;
            qsort(base, N, size, by_first);
            if (!is_sorted(base, size > 2) || compared > N) return 2;
        }
    qsort(NULL, 0, 4, by_first);
    qsort(items, 1, 4, by_first);
    size = 1;
    int keys[256];
    for (int i = 0; i < 256; i++) keys[i] = -i;
    qsort_r(items, N, 1, by_key, keys);
    for (int i = 1; i < N; i++)
        if (items[i - 1] < items[i]) return 3;
    // Numbers below LARGE, each once: 7 divides none of LARGE's neighbours.
    for (unsigned i = 0; i < LARGE; i++) many[i] = i * 7u % LARGE;
    if (argc > 1)
        while (malloc(1 << 20));
    qsort(many, LARGE, sizeof *many, by_value);
    for (unsigned i = 0; i < LARGE; i++)
        if (many[i] != i) return 5;
    puts("sorted");
    return 0;
}
