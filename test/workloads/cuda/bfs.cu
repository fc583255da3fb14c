// Breadth-first search, one launch a level, over a generated graph in compressed rows. Threads claim a vertex with atomicCAS,
// append it to the next frontier with atomicAdd and keep its smallest parent with atomicMin, so that distances and parents do
// not depend on the order of the threads and can be compared with a search on the CPU. The irregular reads touch pages all over.
#include <climits>
#include <cstdio>
#include <vector>

static const int vertices = 1 << 14;
static const int degree = 6;
static const int unseen = INT_MAX;

__global__ void expand(const int *rows, const int *columns, int *distance, int *parent, const int *frontier, int frontierSize,
                       int *next, int *nextSize, int level)
{
    int index = blockIdx.x * blockDim.x + threadIdx.x;
    if (index >= frontierSize)
        return;
    int from = frontier[index];
    for (int edge = rows[from]; edge < rows[from + 1]; edge++) {
        int to = columns[edge];
        int before = atomicCAS(&distance[to], unseen, level + 1);
        if (before == unseen)
            next[atomicAdd(nextSize, 1)] = to;
        if (before == unseen || before == level + 1)
            atomicMin(&parent[to], from);
    }
}

static unsigned randomState = 12345;

static unsigned randomNumber()
{
    randomState = randomState * 1664525u + 1013904223u;
    return randomState >> 8;
}

// Every vertex has an edge to a neighbour and others to anywhere, except that the last sixteenth is never reached.
static void generate(int *rows, int *columns)
{
    const int reachable = vertices - vertices / 16;
    int edge = 0;
    for (int from = 0; from < vertices; from++) {
        rows[from] = edge;
        columns[edge++] = (from + 1) % reachable;
        for (int k = 1; k < degree; k++)
            columns[edge++] = (int)(randomNumber() % reachable);
    }
    rows[vertices] = edge;
}

static void searchOnCpu(const int *rows, const int *columns, std::vector<int> &distance, std::vector<int> &parent)
{
    std::vector<int> queue(1, 0);
    distance[0] = 0;
    for (size_t head = 0; head < queue.size(); head++) {
        int from = queue[head];
        for (int edge = rows[from]; edge < rows[from + 1]; edge++) {
            int to = columns[edge];
            if (distance[to] == unseen) {
                distance[to] = distance[from] + 1;
                queue.push_back(to);
            }
            if (distance[to] == distance[from] + 1 && from < parent[to])
                parent[to] = from;
        }
    }
}

template <typename T> static T *managed(size_t count)
{
    T *memory = nullptr;
    if (cudaMallocManaged(&memory, count * sizeof(T)) != cudaSuccess)
        std::printf("bfs: out of memory\n");
    return memory;
}

int main()
{
    int *rows = managed<int>(vertices + 1);
    int *columns = managed<int>((size_t)vertices * degree);
    int *distance = managed<int>(vertices);
    int *parent = managed<int>(vertices);
    int *frontier = managed<int>(vertices);
    int *next = managed<int>(vertices);
    int *nextSize = managed<int>(1);
    if (!rows || !columns || !distance || !parent || !frontier || !next || !nextSize)
        return 1;

    generate(rows, columns);
    for (int v = 0; v < vertices; v++)
        distance[v] = parent[v] = unseen;
    distance[0] = 0;
    frontier[0] = 0;
    int frontierSize = 1;

    int levels = 0;
    while (frontierSize > 0) {
        *nextSize = 0;
        const int threads = 128;
        expand<<<(frontierSize + threads - 1) / threads, threads>>>(rows, columns, distance, parent, frontier, frontierSize, next,
                                                                    nextSize, levels);
        if (cudaDeviceSynchronize() != cudaSuccess) {
            std::printf("bfs: the launch of level %d failed\n", levels);
            return 1;
        }
        frontierSize = *nextSize;
        int *empty = frontier;
        frontier = next;
        next = empty;
        levels++;
    }

    std::vector<int> expectedDistance(vertices, unseen), expectedParent(vertices, unseen);
    searchOnCpu(rows, columns, expectedDistance, expectedParent);
    int reached = 0, wrong = 0;
    for (int v = 0; v < vertices; v++) {
        reached += distance[v] != unseen;
        wrong += distance[v] != expectedDistance[v] || parent[v] != expectedParent[v];
    }
    std::printf("bfs: %d of %d vertices reached in %d levels, %d wrong\n", reached, vertices, levels, wrong);

    void *all[] = {rows, columns, distance, parent, frontier, next, nextSize};
    for (void *memory : all)
        cudaFree(memory);
    return wrong == 0 ? 0 : 1;
}
