// One thread of the device adds to the first byte of some big pages of a 2 MiB block, one after the other; then the CPU reads them backwards.
#include <cstdio>
#include <cuda_runtime.h>

constexpr size_t bytes = 2 << 20;
constexpr size_t bigPage = 64 << 10;

__global__ void addAt(unsigned char *data, size_t at) { data[at] += 1; }

int main() {
  const int places[] = {0, 1, 2, 4, 8, 16};
  unsigned char *data;
  cudaMallocManaged(&data, bytes);
  for (size_t i = 0; i < bytes; i++) data[i] = 1;
  for (int place : places) {
    addAt<<<1, 1>>>(data, place * bigPage);
    cudaDeviceSynchronize();
  }
  int sum = 0;
  for (int n = 5; n >= 0; n--) sum += data[places[n] * bigPage];
  printf("%d\n", sum);
  cudaFree(data);
  return sum == 12 ? 0 : 1;
}
