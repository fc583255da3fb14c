// Each thread of a team runs a team of its own, between two lines of a function.
#include <omp.h>

static int inner(int outer)
{
    int sum = 0;
#pragma omp parallel num_threads(3) reduction(+ : sum)
    {
        int here = omp_get_thread_num();
#pragma omp barrier
        sum += here + outer;
    }
    return sum;
}

static int deep(int thread)
{
    int kept = thread * 100;
    int got = inner(thread);
    return kept + got;
}

int main(void)
{
    int total = 0;
    omp_set_max_active_levels(2);
#pragma omp parallel num_threads(3) reduction(+ : total)
    {
        int me = omp_get_thread_num();
#pragma omp barrier
        total += deep(me);
    }
    return total == 300 + 3 * 3 + 3 * 3 ? 0 : 1;
}
