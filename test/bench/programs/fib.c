/* Recursion without data: calls, and the frames that they need. */
#include "bench.h"

static __attribute__((noinline)) unsigned fib(unsigned n)
{
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

static __attribute__((noinline)) unsigned kernel(void) { return fib(28); }
