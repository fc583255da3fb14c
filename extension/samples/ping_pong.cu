// CPU and device take turns with the same pages: each round, every page moves there and back. Copying the few values that the CPU
// needs, or giving it pages of its own, would leave the others where they are.
#include <cstdio>

__global__ void grow(float *values, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        values[i] = values[i] * 1.5f + 1.0f;
}

int main()
{
    const int count = 64 * 1024;
    const int rounds = 5;
    float *values;
    cudaMallocManaged(&values, count * sizeof(float));
    for (int i = 0; i < count; i++)
        values[i] = 1.0f;

    for (int round = 0; round < rounds; round++) {
        grow<<<count / 256, 256>>>(values, count);
        cudaDeviceSynchronize();
        double sum = 0;
        for (int i = 0; i < count; i++)
            sum += values[i];
        std::printf("round %d: mean %g\n", round, sum / count);
    }
    cudaFree(values);
    return 0;
}
