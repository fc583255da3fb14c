// Structures with pointers on the device: `declare mapper` brings what they point to, `declare target` gives the device functions and
// variables, and `target data`, `enter`, `exit` and `update` say when which side is current.
#include <cstdio>
#include <cstdlib>

struct Row {
    int length;
    int *cells;
};
#pragma omp declare mapper(Row row) map(row, row.cells[0 : row.length])

#pragma omp declare target
int factor = 2;
int table[4] = {1, 10, 100, 1000};

static int scaled(int value)
{
    return value * factor + table[value % 4];
}
#pragma omp end declare target

static int expectedOf(int value, int by)
{
    const int own[4] = {1, 10, 100, 1000};
    return value * by + own[value % 4];
}

int main()
{
    constexpr int N = 200;
    int wrong = 0;
    Row row = {N, static_cast<int *>(std::malloc(N * sizeof(int)))};
    for (int i = 0; i < N; i++)
        row.cells[i] = i;
#pragma omp target teams distribute parallel for map(tofrom : row)
    for (int i = 0; i < row.length; i++)
        row.cells[i] = scaled(row.cells[i]);
    for (int i = 0; i < N; i++)
        wrong += row.cells[i] != expectedOf(i, 2);

    factor = 5;
#pragma omp target update to(factor)
    int *cells = row.cells;
    for (int i = 0; i < N; i++)
        cells[i] = i;
#pragma omp target enter data map(to : cells[0 : N])
#pragma omp target parallel for num_threads(32)
    for (int i = 0; i < N; i++)
        cells[i] = scaled(cells[i]);
#pragma omp target update from(cells[0 : N / 2])
    for (int i = 0; i < N / 2; i++)
        wrong += cells[i] != expectedOf(i, 5);
#pragma omp target data map(always, tofrom : cells[0 : N])
    {
#pragma omp target teams distribute parallel for firstprivate(wrong)
        for (int i = 0; i < N; i++)
            cells[i] += wrong + 1;
    }
#pragma omp target exit data map(delete : cells[0 : N])
    // `always` took the half that the host had not been given back, as it was, to the device.
    for (int i = 0; i < N; i++)
        wrong += cells[i] != (i < N / 2 ? expectedOf(i, 5) : i) + 1;

    std::printf("mapper: %d wrong\n", wrong);
    std::free(row.cells);
    return wrong != 0;
}
