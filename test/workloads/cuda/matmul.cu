// Multiplies two 128 x 128 matrices with 16 x 16 tiles in shared memory and a barrier on both sides of their use. The data go
// to the device and back by explicit copies. All values are small integers, so the result is compared exactly.
#include <cstdio>
#include <cstdlib>

#define TILE 16

__global__ void multiply(const float *a, const float *b, float *c, int n)
{
    __shared__ float tileA[TILE][TILE];
    __shared__ float tileB[TILE][TILE];
    int row = blockIdx.y * TILE + threadIdx.y;
    int column = blockIdx.x * TILE + threadIdx.x;

    float sum = 0.0f;
    for (int tile = 0; tile < n / TILE; tile++) {
        tileA[threadIdx.y][threadIdx.x] = a[row * n + tile * TILE + threadIdx.x];
        tileB[threadIdx.y][threadIdx.x] = b[(tile * TILE + threadIdx.y) * n + column];
        __syncthreads();
        for (int k = 0; k < TILE; k++)
            sum += tileA[threadIdx.y][k] * tileB[k][threadIdx.x];
        __syncthreads();
    }
    c[row * n + column] = sum;
}

static void check(cudaError_t status, const char *what)
{
    if (status == cudaSuccess)
        return;
    std::printf("matmul: %s: %s\n", what, cudaGetErrorString(status));
    std::exit(1);
}

int main()
{
    const int n = 128;
    const size_t bytes = n * n * sizeof(float);
    float *a = (float *)std::malloc(bytes);
    float *b = (float *)std::malloc(bytes);
    float *c = (float *)std::malloc(bytes);
    for (int i = 0; i < n * n; i++) {
        a[i] = (float)(i % 7 - 3);
        b[i] = (float)(i % 5 - 2);
    }

    float *deviceA, *deviceB, *deviceC;
    check(cudaMalloc(&deviceA, bytes), "allocate a");
    check(cudaMalloc(&deviceB, bytes), "allocate b");
    check(cudaMalloc(&deviceC, bytes), "allocate c");
    check(cudaMemcpy(deviceA, a, bytes, cudaMemcpyHostToDevice), "copy a");
    check(cudaMemcpy(deviceB, b, bytes, cudaMemcpyHostToDevice), "copy b");

    dim3 threads(TILE, TILE);
    dim3 blocks(n / TILE, n / TILE);
    multiply<<<blocks, threads>>>(deviceA, deviceB, deviceC, n);
    check(cudaGetLastError(), "launch");
    check(cudaMemcpy(c, deviceC, bytes, cudaMemcpyDeviceToHost), "copy c");

    int wrong = 0;
    for (int row = 0; row < n; row++) {
        for (int column = 0; column < n; column++) {
            float expected = 0.0f;
            for (int k = 0; k < n; k++)
                expected += a[row * n + k] * b[k * n + column];
            if (c[row * n + column] != expected)
                wrong++;
        }
    }
    std::printf("matmul: %d of %d elements are wrong\n", wrong, n * n);

    cudaFree(deviceA);
    cudaFree(deviceB);
    cudaFree(deviceC);
    std::free(a);
    std::free(b);
    std::free(c);
    return wrong == 0 ? 0 : 1;
}
