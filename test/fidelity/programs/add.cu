// y = x + y over floats: arguments are blocks, threads of a block, elements.
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

__global__ void add(int n, const float *x, float *y) {
  int index = blockIdx.x * blockDim.x + threadIdx.x;
  int stride = blockDim.x * gridDim.x;
  for (int i = index; i < n; i += stride) y[i] = x[i] + y[i];
}

int main(int argc, char **argv) {
  const int blocks = argc > 1 ? atoi(argv[1]) : 1;
  const int threads = argc > 2 ? atoi(argv[2]) : 1;
  const int n = argc > 3 ? atoi(argv[3]) : 1 << 20;
  float *x, *y;
  cudaMallocManaged(&x, n * sizeof(float));
  cudaMallocManaged(&y, n * sizeof(float));
  for (int i = 0; i < n; i++) {
    x[i] = 1.0f;
    y[i] = 2.0f;
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
