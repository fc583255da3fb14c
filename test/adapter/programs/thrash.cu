#include <cstdio>

__global__ void add(int *value) { *value += 1; }

int main() {
  int *value;
  if (cudaMallocManaged(&value, sizeof(int)) != cudaSuccess) return 1;
  *value = 0;
  for (int turn = 0; turn < 20; turn++) {
    add<<<1, 1>>>(value);
    cudaDeviceSynchronize();
    *value += 1;
  }
  std::printf("%d\n", *value);
  return *value != 40;
}
