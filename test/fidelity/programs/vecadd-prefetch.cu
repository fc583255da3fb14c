// c = a + b over ints, with a and b prefetched to the device and c back to the CPU.
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

__global__ void add(const int *a, const int *b, int *c, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}

int main(int argc, char **argv) {
  const int n = argc > 1 ? atoi(argv[1]) : 1 << 16;
  const size_t bytes = n * sizeof(int);
  int *a, *b, *c;
  cudaMallocManaged(&a, bytes);
  cudaMallocManaged(&b, bytes);
  cudaMallocManaged(&c, bytes);
  for (int i = 0; i < n; i++) a[i] = i;
  for (int i = 0; i < n; i++) b[i] = 2 * i;
  cudaMemPrefetchAsync(a, bytes, 0);
  cudaMemPrefetchAsync(b, bytes, 0);
  add<<<(n + 1023) / 1024, 1024>>>(a, b, c, n);
  cudaDeviceSynchronize();
  cudaMemPrefetchAsync(c, bytes, cudaCpuDeviceId);
  int wrong = 0;
  for (int i = 0; i < n; i++) wrong += a[i] + b[i] != c[i];
  printf("%d wrong\n", wrong);
  cudaFree(a);
  cudaFree(b);
  cudaFree(c);
  return wrong;
}
