// 2,048 words are incremented, in an order that jumps from page to page. Argument: KiB.
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

// As many words apart as a prime says: no two accesses of a warp share a page.
constexpr size_t jump = 1000003;

__global__ void increment(unsigned *words, size_t count, size_t threads) {
  size_t i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < threads) words[i * jump % count] += 1;
}

int main(int argc, char **argv) {
  const size_t count = (argc > 1 ? atoi(argv[1]) : 1024) * 1024 / sizeof(unsigned);
  unsigned *words;
  cudaMallocManaged(&words, count * sizeof(unsigned));
  for (size_t i = 0; i < count; i++) words[i] = (unsigned)i;
  const size_t touched = 2048;
  increment<<<(touched + 255) / 256, 256>>>(words, count, touched);
  cudaDeviceSynchronize();
  size_t wrong = 0;
  for (size_t i = 0; i < touched; i++) words[i * jump % count] -= 1;
  for (size_t i = 0; i < count; i++) wrong += words[i] != (unsigned)i;
  printf("%zu wrong\n", wrong);
  cudaFree(words);
  return wrong != 0;
}
