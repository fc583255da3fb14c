// As add.cu, but a kernel fills the arrays, too: arguments are blocks, threads of a block, elements, and `prefetch` to fill them on the CPU and
// to ask for them on the device.
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

__global__ void init(int n, float *x, float *y) {
  int stride = blockDim.x * gridDim.x;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += stride) {
    x[i] = 1.0f;
    y[i] = 2.0f;
  }
}

__global__ void add(int n, const float *x, float *y) {
  int stride = blockDim.x * gridDim.x;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += stride) y[i] = x[i] + y[i];
}

int main(int argc, char **argv) {
  const int blocks = argc > 1 ? atoi(argv[1]) : 4096;
  const int threads = argc > 2 ? atoi(argv[2]) : 256;
  const int n = argc > 3 ? atoi(argv[3]) : 1 << 20;
  float *x, *y;
  cudaMallocManaged(&x, n * sizeof(float));
  cudaMallocManaged(&y, n * sizeof(float));
  if (argc > 4) {
    for (int i = 0; i < n; i++) {
      x[i] = 1.0f;
      y[i] = 2.0f;
    }
    cudaMemPrefetchAsync(x, n * sizeof(float), 0);
    cudaMemPrefetchAsync(y, n * sizeof(float), 0);
  } else {
    init<<<blocks, threads>>>(n, x, y);
  }
  add<<<blocks, threads>>>(n, x, y);
  cudaDeviceSynchronize();
  int wrong = 0;
  for (int i = 0; i < n; i++) wrong += y[i] != 3.0f;
  printf("%d wrong\n", wrong);
  cudaFree(x);
  cudaFree(y);
  return wrong != 0;
}
