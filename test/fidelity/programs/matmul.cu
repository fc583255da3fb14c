// C = A × B, square matrices of floats, a thread for each element of C. Argument: rows.
#include <cstdio>
#include <cstdlib>
#include <cuda_runtime.h>

__global__ void multiply(const float *a, const float *b, float *c, int n) {
  int row = blockIdx.y * blockDim.y + threadIdx.y;
  int column = blockIdx.x * blockDim.x + threadIdx.x;
  float sum = 0;
  for (int k = 0; k < n; k++) sum += a[row * n + k] * b[k * n + column];
  c[row * n + column] = sum;
}

int main(int argc, char **argv) {
  const int n = argc > 1 ? atoi(argv[1]) : 512;
  const size_t bytes = n * n * sizeof(float);
  float *a, *b, *c;
  cudaMallocManaged(&a, bytes);
  cudaMallocManaged(&b, bytes);
  cudaMallocManaged(&c, bytes);
  for (int i = 0; i < n * n; i++) a[i] = 1.0f;
  for (int i = 0; i < n * n; i++) b[i] = 2.0f;
  multiply<<<dim3(n / 16, n / 16), dim3(16, 16)>>>(a, b, c, n);
  cudaDeviceSynchronize();
  int wrong = 0;
  for (int i = 0; i < n * n; i++) wrong += c[i] != 2.0f * n;
  printf("%d wrong\n", wrong);
  cudaFree(a);
  cudaFree(b);
  cudaFree(c);
  return wrong != 0;
}
