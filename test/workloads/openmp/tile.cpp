// A matrix product and a transpose whose teams keep tiles of their operands: the threads of a team fill a tile together, wait for each
// other, use what the others have written, and wait again before the next tile.
#include <cstdio>
#include <omp.h>
#include <vector>

constexpr int TILE = 8, THREADS = TILE * TILE, N = 32, TILES = N / TILE;

static void multiply(const int *a, const int *b, int *c)
{
#pragma omp target teams num_teams(TILES *TILES) thread_limit(THREADS) map(to : a[0 : N * N], b[0 : N * N]) \
    map(from : c[0 : N * N])
    {
        int left[TILE][TILE], right[TILE][TILE];
#pragma omp parallel num_threads(THREADS)
        {
            const int x = omp_get_thread_num() % TILE, y = omp_get_thread_num() / TILE;
            const int row = omp_get_team_num() / TILES * TILE + y, column = omp_get_team_num() % TILES * TILE + x;
            int sum = 0;
            for (int tile = 0; tile < TILES; tile++) {
                left[y][x] = a[row * N + tile * TILE + x];
                right[y][x] = b[(tile * TILE + y) * N + column];
#pragma omp barrier
                for (int k = 0; k < TILE; k++)
                    sum += left[y][k] * right[k][x];
#pragma omp barrier
            }
            c[row * N + column] = sum;
        }
    }
}

static void transpose(const int *from, int *to)
{
#pragma omp target teams num_teams(TILES *TILES) thread_limit(THREADS) map(to : from[0 : N * N]) map(from : to[0 : N * N])
    {
        int tile[TILE][TILE];
#pragma omp parallel num_threads(THREADS)
        {
            const int x = omp_get_thread_num() % TILE, y = omp_get_thread_num() / TILE;
            const int down = omp_get_team_num() / TILES * TILE, across = omp_get_team_num() % TILES * TILE;
            tile[y][x] = from[(down + y) * N + across + x];
#pragma omp barrier
            to[(across + y) * N + down + x] = tile[x][y];
        }
    }
}

int main()
{
    std::vector<int> a(N * N), b(N * N), product(N * N), turned(N * N);
    for (int i = 0; i < N * N; i++) {
        a[i] = i % 11 - 5;
        b[i] = i % 7 - 3;
    }
    multiply(a.data(), b.data(), product.data());
    transpose(a.data(), turned.data());

    int wrong = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            int sum = 0;
            for (int k = 0; k < N; k++)
                sum += a[i * N + k] * b[k * N + j];
            wrong += product[i * N + j] != sum;
            wrong += turned[j * N + i] != a[i * N + j];
        }
    }
    std::printf("tile: %d wrong of %d\n", wrong, 2 * N * N);
    return wrong != 0;
}
