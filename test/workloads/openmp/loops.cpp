// Ways to share a loop: `loop` over teams, over threads and over lanes, `distribute` with chunks, schedules of every kind, `sections`,
// `collapse`, `lastprivate`, and array and user-defined reductions. Each iteration is counted, so one that is lost or done twice shows.
#include <cstdio>
#include <omp.h>

constexpr int N = 1000;

struct Range {
    int least = N, most = -1;
};
#pragma omp declare reduction(widest:Range : omp_out.least = omp_in.least < omp_out.least ? omp_in.least : omp_out.least, \
                                  omp_out.most = omp_in.most > omp_out.most ? omp_in.most : omp_out.most)

static int wrong;

static void check(const char *what, const int *count, int times)
{
    for (int i = 0; i < N; i++) {
        if (count[i] != times) {
            std::printf("loops: %s: iteration %d ran %d times\n", what, i, count[i]);
            wrong++;
            return;
        }
    }
}

int main()
{
    int count[N] = {}, last = 0;
#pragma omp target teams loop map(tofrom : count)
    for (int i = 0; i < N; i++)
        count[i]++;
#pragma omp target teams map(tofrom : count)
#pragma omp loop bind(teams)
    for (int i = 0; i < N; i++)
        count[i]++;
#pragma omp target teams distribute dist_schedule(static, 64) map(tofrom : count) num_teams(4)
    for (int block = 0; block < N; block += 100) {
#pragma omp parallel for simd num_threads(32) schedule(static, 3)
        for (int i = block; i < block + 100; i++)
            count[i]++;
    }
    check("teams", count, 3);

#pragma omp target parallel map(tofrom : count, last) num_threads(48)
    {
#pragma omp for schedule(dynamic, 7) lastprivate(last)
        for (int i = 0; i < N; i++) {
            count[i]++;
            last = i;
        }
#pragma omp for schedule(guided) nowait
        for (int i = N - 1; i >= 0; i--)
            count[i]++;
#pragma omp for schedule(guided, 5) nowait
        for (unsigned i = 0; i < N; i += 1)
            count[i]++;
#pragma omp for collapse(2) schedule(static, 1)
        for (long long i = 0; i < N / 10; i++)
            for (int j = 0; j < 10; j++)
                count[i * 10 + j]++;
#pragma omp loop bind(parallel)
        for (int i = 0; i < N; i++)
            count[i]++;
    }
    check("threads", count, 8);
    wrong += last != N - 1;

    int digits[10] = {}, sections[3] = {};
    Range range;
#pragma omp target teams distribute parallel for map(tofrom : digits) reduction(+ : digits) num_teams(3)
    for (int i = 0; i < N; i++)
        digits[i % 10]++;
#pragma omp target parallel for reduction(widest : range) map(tofrom : range) num_threads(16)
    for (int i = 3; i < N - 3; i++) {
        if (i < range.least)
            range.least = i;
        if (i > range.most)
            range.most = i;
    }
#pragma omp parallel sections num_threads(2)
    {
#pragma omp section
        sections[0]++;
#pragma omp section
        sections[1]++;
#pragma omp section
        sections[2]++;
    }
    for (int digit : digits)
        wrong += digit != N / 10;
    for (int section : sections)
        wrong += section != 1;
    wrong += range.least != 3 || range.most != N - 4;
    std::printf("loops: %d wrong\n", wrong);
    return wrong != 0;
}
