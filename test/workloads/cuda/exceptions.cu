/* Handlers around calls that may throw and do not: what is thrown would end the program, what is not costs nothing. */
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

static void check(cudaError_t error) {
    if (error != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(error));
}
__global__ void twice(int *values, int count) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) values[i] *= 2;
}

int main() {
    try {
        int *memory;
        check(cudaMallocManaged(&memory, 1000 * sizeof *memory));
        for (int i = 0; i < 1000; i++) memory[i] = 21;
        twice<<<4, 256>>>(memory, 1000);
        check(cudaGetLastError());
        check(cudaDeviceSynchronize());
        std::vector<int> values(memory, memory + 1000);
        int sum = values.at(0) + values.at(999);
        printf("exceptions: %d and nothing thrown\n", sum);
        return sum == 84 ? 0 : 1;
    } catch (const std::exception &error) {
        printf("exceptions: %s\n", error.what());
        return 2;
    }
}
