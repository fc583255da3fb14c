// Device and CPU take turns with a range of pages, sweep by sweep: every page of it moves there and back each time, as in a solver
// that leaves one step of its loop on the host. In the end, half of the pages stay on the device.
#include <cstdio>
#include <cstdlib>

constexpr int kPageBytes = 4096;
constexpr int kInts = kPageBytes / sizeof(int);
constexpr int kThreads = 256;

__global__ void touch(int *words, int pages)
{
    int page = blockIdx.x * blockDim.x + threadIdx.x;
    if (page < pages)
        words[page * kInts] += 1;
}

static void sweep(int *words, int pages)
{
    touch<<<(pages + kThreads - 1) / kThreads, kThreads>>>(words, pages);
    cudaDeviceSynchronize();
}

int main(int argc, char **argv)
{
    const int pages = argc > 1 ? std::atoi(argv[1]) : 512;
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
    int *words;
    if (cudaMallocManaged(&words, static_cast<size_t>(pages) * kPageBytes) != cudaSuccess) {
        std::puts("FAIL: no memory");
        return 1;
    }
    for (int page = 0; page < pages; page++)
        words[page * kInts] = page;
    long long sum = 0;
    for (int round = 0; round < rounds; round++) {
        sweep(words, pages);
        for (int page = 0; page < pages; page++)
            sum += words[page * kInts] - page;
    }
    sweep(words, pages / 2);

    // After round r every page has been touched r times.
    const long long expected = static_cast<long long>(pages) * rounds * (rounds + 1) / 2;
    std::printf("%s: %lld\n", sum == expected ? "PASS" : "FAIL", sum);
    return sum == expected ? 0 : 1;
}
