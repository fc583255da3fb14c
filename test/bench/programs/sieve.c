/* The sieve of Eratosthenes: stores of single bytes in growing strides. */
#include "bench.h"

enum { limit = 1 << 20 };

static unsigned char composite[limit];

static __attribute__((noinline)) unsigned kernel(void)
{
    for (int i = 0; i < limit; i++)
        composite[i] = 0;
    for (int i = 2; i * i < limit; i++)
        if (!composite[i])
            for (int multiple = i * i; multiple < limit; multiple += i)
                composite[multiple] = 1;
    unsigned primes = 0;
    for (int i = 2; i < limit; i++)
        primes += !composite[i];
    return primes;
}
