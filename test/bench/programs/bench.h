/* What every program here is: a kernel that is repeated, with a line after each repetition: nanoseconds and a check sum. The
 * kernel is called again and again, so that an optimizing compiler which works in the background can replace it. */
#include <time.h>
#include <unistd.h>

#ifndef REPEATS
#define REPEATS 5
#endif

static unsigned kernel(void);

static char *digits(char *end, unsigned long long number)
{
    do
        *--end = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    return end;
}

static void line(unsigned long long nanoseconds, unsigned check)
{
    char text[48];
    char *end = text + sizeof text;
    char *begin = end;
    *--begin = '\n';
    begin = digits(begin, check);
    *--begin = ' ';
    begin = digits(begin, nanoseconds);
    if (write(1, begin, (size_t)(end - begin)) < 0)
        _exit(1);
}

static unsigned long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (unsigned long long)time.tv_sec * 1000000000u + (unsigned long long)time.tv_nsec;
}

int main(void)
{
    line(0, 0);
    for (int i = 0; i < REPEATS; i++) {
        unsigned long long begin = now();
        unsigned check = kernel();
        line(now() - begin, check);
    }
    return 0;
}
