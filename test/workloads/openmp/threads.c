// Threads of the host: barriers, `critical`, locks that are held across a barrier, `ordered`, dependences between iterations,
// `single` with copyprivate, a value that one thread waits for with `flush`, and regions inside regions.
#include <omp.h>
#include <stdio.h>

enum { THREADS = 6, N = 60 };

int main(void)
{
    int wrong = 0, turns = 0, inside = 0, order[N], filled = 0, sums[THREADS], flag = 0, seen = 0;
    long chain[N + 1];
    omp_lock_t lock;
    omp_nest_lock_t nested;
    omp_init_lock(&lock);
    omp_init_nest_lock(&nested);
    omp_set_num_threads(THREADS);
    wrong += omp_get_max_threads() != THREADS || omp_get_num_threads() != 1;
    chain[0] = 1;
#pragma omp parallel shared(order, filled, chain) reduction(+ : wrong)
    {
        const int thread = omp_get_thread_num(), threads = omp_get_num_threads();
        sums[thread] = thread;
#pragma omp barrier
        int sum = 0;
        for (int other = 0; other < threads; other++)
            sum += sums[other];
        wrong += sum != threads * (threads - 1) / 2;

        int given;
#pragma omp single copyprivate(given)
        given = 40 + threads;
        wrong += given != 40 + threads;

        for (int round = 0; round < 10; round++) {
#pragma omp critical
            turns++;
            omp_set_lock(&lock);
            wrong += ++inside != 1;
#pragma omp flush
            inside--;
            omp_unset_lock(&lock);
        }
        omp_set_nest_lock(&nested);
        omp_set_nest_lock(&nested);
        omp_unset_nest_lock(&nested);
        omp_unset_nest_lock(&nested);

#pragma omp for schedule(dynamic, 3) ordered
        for (int i = 0; i < N; i++) {
#pragma omp ordered
            order[filled++] = i;
        }
#pragma omp for ordered(1) schedule(static, 1)
        for (int i = 1; i <= N; i++) {
#pragma omp ordered depend(sink : i - 1)
            chain[i] = (chain[i - 1] * 3 + i) % 1009;
#pragma omp ordered depend(source)
        }

        if (thread == threads - 1) {
#pragma omp atomic write seq_cst
            flag = 7;
        } else if (thread == 0) {
            int value = 0;
            while (value == 0) {
#pragma omp atomic read seq_cst
                value = flag;
            }
            seen = value;
        }

        if (thread == 0)
            omp_set_lock(&lock);
#pragma omp barrier
        if (thread == 1)
            wrong += omp_test_lock(&lock) != 0;
#pragma omp barrier
        if (thread == 0)
            omp_unset_lock(&lock);

#pragma omp parallel num_threads(3) reduction(+ : wrong)
        wrong += omp_get_num_threads() != 1 || omp_get_level() != 2 || omp_get_ancestor_thread_num(1) != thread || omp_get_team_size(1) != threads;
    }

    wrong += turns != THREADS * 10 || seen != 7;
    long expected = 1;
    for (int i = 1; i <= N; i++) {
        expected = (expected * 3 + i) % 1009;
        wrong += chain[i] != expected || order[i - 1] != i - 1;
    }
    omp_set_max_active_levels(2);
    int met[4] = {0};
#pragma omp parallel num_threads(4) reduction(+ : wrong)
    {
        const int thread = omp_get_thread_num();
        int kept = 0;
#pragma omp barrier
#pragma omp parallel num_threads(3) reduction(+ : kept)
        {
            const int mine = omp_get_thread_num();
#pragma omp atomic
            met[thread]++;
#pragma omp barrier
            kept += met[thread] * 10 + mine;
        }
#pragma omp barrier
        wrong += kept != 3 * 30 + 3 || omp_get_num_threads() != 4;
    }

    omp_destroy_lock(&lock);
    omp_destroy_nest_lock(&nested);
    printf("threads: %d turns, %d wrong\n", turns, wrong);
    return wrong != 0;
}
