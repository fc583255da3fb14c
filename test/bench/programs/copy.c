/* memcpy and memset of blocks from a few bytes to a few pages. */
#include "bench.h"

#include <string.h>

enum { size = 1 << 20 };

static unsigned char from[size], to[size];

static __attribute__((noinline)) void copyBlocks(size_t block)
{
    for (size_t at = 0; at + block <= size; at += block)
        memcpy(to + at, from + at, block);
}

static __attribute__((noinline)) unsigned kernel(void)
{
    memset(from, 7, size);
    for (size_t block = 24; block < 16384; block *= 3)
        for (int pass = 0; pass < 12; pass++)
            copyBlocks(block);
    return to[0] + to[size / 2];
}
