// A sum in the style of CUDA: each team adds its part of an array in a tree, with a barrier between the steps, and a scan of the teams'
// sums follows in one team. Threads that have nothing to add wait with the others.
#include <omp.h>
#include <stdio.h>

enum { THREADS = 128, TEAMS = 16, N = THREADS * TEAMS * 2 };

static int values[N], sums[TEAMS], starts[TEAMS];

int main(void)
{
    long expected = 0;
    for (int i = 0; i < N; i++) {
        values[i] = i * 37 % 101;
        expected += values[i];
    }

#pragma omp target data map(to : values) map(from : sums, starts)
    {
#pragma omp target teams num_teams(TEAMS) thread_limit(THREADS)
        {
            int part[THREADS];
#pragma omp parallel
            {
                const int thread = omp_get_thread_num(), first = omp_get_team_num() * THREADS * 2;
                part[thread] = values[first + thread] + values[first + THREADS + thread];
#pragma omp barrier
                for (int half = THREADS / 2; half > 0; half /= 2) {
                    if (thread < half)
                        part[thread] += part[thread + half];
#pragma omp barrier
                }
                if (thread == 0)
                    sums[omp_get_team_num()] = part[0];
            }
        }
#pragma omp target parallel num_threads(TEAMS)
        {
            const int thread = omp_get_thread_num();
            starts[thread] = thread == 0 ? 0 : sums[thread - 1];
#pragma omp barrier
            for (int offset = 1; offset < TEAMS; offset *= 2) {
                const int other = thread >= offset ? starts[thread - offset] : 0;
#pragma omp barrier
                starts[thread] += other;
#pragma omp barrier
            }
        }
    }

    long total = 0;
    int wrong = 0;
    for (int team = 0; team < TEAMS; team++) {
        wrong += starts[team] != total;
        total += sums[team];
    }
    printf("tree: sum %ld, %d starts are wrong\n", total, wrong);
    return total == expected && wrong == 0 ? 0 : 1;
}
