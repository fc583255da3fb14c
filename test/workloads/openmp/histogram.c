// A histogram by atomics, in three ways: straight into memory, into a team's own bins that are added when all threads have counted, and
// with `capture` to place the items of each bin one after the other.
#include <omp.h>
#include <stdio.h>
#include <string.h>

enum { N = 4096, BINS = 16, TEAMS = 8, THREADS = 64 };

static unsigned char items[N];
static int direct[BINS], byTeam[BINS], next[BINS], placed[N];

int main(void)
{
    int expected[BINS] = {0};
    for (int i = 0; i < N; i++) {
        items[i] = (unsigned char)(i * 7 % 23 % BINS);
        expected[items[i]]++;
    }
    for (int bin = 1; bin < BINS; bin++)
        next[bin] = next[bin - 1] + expected[bin - 1];

#pragma omp target data map(to : items) map(tofrom : direct, byTeam, next) map(from : placed)
    {
#pragma omp target teams distribute parallel for
        for (int i = 0; i < N; i++) {
#pragma omp atomic
            direct[items[i]]++;
        }
#pragma omp target teams num_teams(TEAMS) thread_limit(THREADS)
        {
            int bins[BINS];
#pragma omp parallel
            {
                const int thread = omp_get_thread_num(), threads = omp_get_num_threads();
                for (int bin = thread; bin < BINS; bin += threads)
                    bins[bin] = 0;
#pragma omp barrier
                for (int i = omp_get_team_num() * threads + thread; i < N; i += omp_get_num_teams() * threads) {
#pragma omp atomic update seq_cst
                    bins[items[i]]++;
                }
#pragma omp barrier
                for (int bin = thread; bin < BINS; bin += threads) {
#pragma omp atomic
                    byTeam[bin] += bins[bin];
                }
            }
        }
#pragma omp target parallel for
        for (int i = 0; i < N; i++) {
            int at;
#pragma omp atomic capture
            at = next[items[i]]++;
            placed[at] = items[i];
        }
    }

    int wrong = memcmp(direct, expected, sizeof expected) != 0;
    wrong += memcmp(byTeam, expected, sizeof expected) != 0;
    for (int i = 1; i < N; i++)
        wrong += placed[i - 1] > placed[i];
    printf("histogram: %d wrong\n", wrong);
    return wrong != 0;
}
