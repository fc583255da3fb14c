// Three passes over an array, in order, by a grid; the CPU fills it and sums it up. Argument: KiB.
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

__global__ void increment(unsigned *words, size_t count) {
  size_t stride = (size_t)blockDim.x * gridDim.x;
  for (size_t i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += stride) words[i] += 1;
}

int main(int argc, char **argv) {
  const size_t count = (argc > 1 ? atoi(argv[1]) : 1024) * 1024 / sizeof(unsigned);
  unsigned *words;
  cudaMallocManaged(&words, count * sizeof(unsigned));
  for (size_t i = 0; i < count; i++) words[i] = (unsigned)i;
  for (int pass = 0; pass < 3; pass++) {
    increment<<<64, 256>>>(words, count);
    cudaDeviceSynchronize();
  }
  size_t wrong = 0;
  for (size_t i = 0; i < count; i++) wrong += words[i] != (unsigned)i + 3;
  printf("%zu wrong\n", wrong);
  cudaFree(words);
  return wrong != 0;
}
