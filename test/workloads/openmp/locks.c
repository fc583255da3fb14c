/* Threads of a team that wait for each other by what an atomic directive gives: a lock, and an order against their numbers. */
#include <omp.h>
#include <stdio.h>

enum { TEAMS = 3, THREADS = 48 };

int main(void) {
    int sums[TEAMS] = {0}, last[TEAMS], locks[TEAMS] = {0}, turns[TEAMS] = {0};
#pragma omp target teams num_teams(TEAMS) thread_limit(THREADS) map(tofrom : sums, last, locks, turns)
    {
        const int team = omp_get_team_num();
#pragma omp parallel num_threads(THREADS)
        {
            const int mine = omp_get_num_threads() - 1 - omp_get_thread_num();
            int taken, turn;
            do {
#pragma omp atomic capture
                {
                    taken = locks[team];
                    locks[team] = 1;
                }
            } while (taken);
            sums[team] += mine;
#pragma omp atomic write
            locks[team] = 0;
            for (;;) {
#pragma omp atomic capture
                {
                    turn = turns[team];
                    turns[team] |= 0;
                }
                if (turn == mine) break;
            }
            last[team] = omp_get_thread_num();
#pragma omp atomic
            turns[team]++;
        }
    }
    int wrong = 0;
    for (int team = 0; team < TEAMS; team++)
        wrong += sums[team] != THREADS * (THREADS - 1) / 2 || last[team] != 0 || turns[team] != THREADS;
    printf(wrong ? "locks: %d teams are wrong\n" : "locks: ok\n", wrong);
    return wrong != 0;
}
