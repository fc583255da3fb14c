// Uses more managed memory than the device has: run it with a device memory smaller than its argument, the size of the array in
// MiB (64 by default). The device passes several times over the whole array, so that pages are evicted before they are used again.
#include <cstdio>
#include <cstdlib>

typedef unsigned long long Word;

__global__ void addToAll(Word *words, size_t count, Word amount)
{
    size_t stride = (size_t)blockDim.x * gridDim.x;
    for (size_t i = (size_t)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += stride)
        words[i] += amount;
}

int main(int argc, char **argv)
{
    int mebibytes = argc > 1 ? std::atoi(argv[1]) : 64;
    if (mebibytes < 1 || mebibytes > 2048) {
        std::printf("oversubscribe: the argument is a number of MiB from 1 to 2048\n");
        return 2;
    }
    size_t count = (size_t)mebibytes * (1024 * 1024 / sizeof(Word));
    Word *words;
    if (cudaMallocManaged(&words, count * sizeof(Word)) != cudaSuccess) {
        std::printf("oversubscribe: out of memory\n");
        return 1;
    }
    for (size_t i = 0; i < count; i++)
        words[i] = i;

    const int passes = 3;
    for (int pass = 1; pass <= passes; pass++)
        addToAll<<<32, 256>>>(words, count, (Word)pass);
    if (cudaDeviceSynchronize() != cudaSuccess) {
        std::printf("oversubscribe: a launch failed\n");
        return 1;
    }

    size_t wrong = 0;
    Word sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += words[i];
        wrong += words[i] != i + 6;
    }
    Word expected = (Word)count * (count - 1) / 2 + (Word)count * 6;
    std::printf("oversubscribe: %d MiB, %d passes, %lu words are wrong, the sum is %s\n", mebibytes, passes, (unsigned long)wrong,
                sum == expected ? "right" : "wrong");
    cudaFree(words);
    return wrong == 0 && sum == expected ? 0 : 1;
}
