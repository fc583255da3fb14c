// Tasks: a recursive sum with `taskwait`, a chain and a diamond with `depend`, `taskloop` with a reduction, a task group, target tasks
// that wait for each other, and threads of a team that all make tasks.
#include <cstdio>
#include <omp.h>

static long fibonacci(int n)
{
    if (n < 2)
        return n;
    long one, two;
#pragma omp task shared(one) if (n > 8)
    one = fibonacci(n - 1);
#pragma omp task shared(two) final(n < 6)
    two = fibonacci(n - 2);
#pragma omp taskwait
    return one + two;
}

int main()
{
    int wrong = 0, chain = 1, left = 0, right = 0, joined = 0, made = 0;
    long number = 0, sum = 0, grouped = 0;
#pragma omp parallel num_threads(4)
    {
#pragma omp single
        {
            number = fibonacci(15);
#pragma omp task depend(out : chain) shared(chain)
            chain += 1;
#pragma omp task depend(in : chain) depend(out : left) shared(chain, left)
            left = chain * 10;
#pragma omp task depend(in : chain) depend(out : right) shared(chain, right)
            right = chain * 100;
#pragma omp task depend(in : left, right) shared(left, right, joined)
            joined = left + right;
#pragma omp taskwait
#pragma omp taskloop reduction(+ : sum) grainsize(10)
            for (int i = 0; i < 1000; i++)
                sum += i;
#pragma omp taskgroup task_reduction(+ : grouped)
            {
                for (int i = 1; i <= 10; i++) {
#pragma omp task in_reduction(+ : grouped) firstprivate(i)
                    grouped += i * i;
                }
            }
        }
#pragma omp task shared(made)
        {
#pragma omp atomic
            made++;
        }
#pragma omp barrier
        if (made != 4) {
#pragma omp critical
            wrong++;
        }
    }

    int values[256];
    for (int i = 0; i < 256; i++)
        values[i] = i;
#pragma omp target enter data map(to : values) nowait depend(out : values)
#pragma omp target teams distribute parallel for nowait depend(inout : values)
    for (int i = 0; i < 256; i++)
        values[i] *= 3;
#pragma omp target teams distribute parallel for nowait depend(inout : values)
    for (int i = 0; i < 256; i++)
        values[i] += 1;
#pragma omp target exit data map(from : values) nowait depend(in : values)
#pragma omp taskwait
    for (int i = 0; i < 256; i++)
        wrong += values[i] != i * 3 + 1;

    wrong += number != 610 || joined != 220 || sum != 499500 || grouped != 385;
    std::printf("tasks: fibonacci %ld, diamond %d, loop %ld, group %ld, %d wrong\n", number, joined, sum, grouped, wrong);
    return wrong != 0;
}
