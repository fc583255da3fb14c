// The device writes all of an array, a thread an element; then the CPU does. Argument: elements.
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

__global__ void fill(int *data, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) data[i] = i;
}

int main(int argc, char **argv) {
  const int n = argc > 1 ? atoi(argv[1]) : 1 << 25;
  int *data;
  cudaMallocManaged(&data, n * sizeof(int));
  fill<<<(n + 255) / 256, 256>>>(data, n);
  cudaDeviceSynchronize();
  for (int i = 0; i < n; i++) data[i] = -i;
  printf("%d\n", data[n - 1]);
  cudaFree(data);
  return 0;
}
