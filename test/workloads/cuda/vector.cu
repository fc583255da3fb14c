// A kernel works on the memory of a std::vector: plain system memory from the C++ allocator, which the device reaches only where
// it shares the process's address space (HMM or hardware address translation).
#include <cstdio>
#include <vector>

__global__ void square(int *values, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count)
        values[i] = values[i] * values[i];
}

int main()
{
    std::vector<int> values;
    for (int i = 0; i < 10000; i++)
        values.push_back(i % 1000);

    int count = (int)values.size();
    square<<<(count + 255) / 256, 256>>>(values.data(), count);
    if (cudaDeviceSynchronize() != cudaSuccess) {
        std::printf("vector: the device cannot reach system memory\n");
        return 1;
    }

    // The vector moves its elements when it grows: the CPU reads what the device wrote, at another address.
    values.reserve(2 * values.capacity());
    int wrong = 0;
    for (int i = 0; i < count; i++)
        wrong += values[i] != (i % 1000) * (i % 1000);
    std::printf("vector: %d of %d elements are wrong\n", wrong, count);
    return wrong == 0 ? 0 : 1;
}
