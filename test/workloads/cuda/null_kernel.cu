// A kernel writes through a null pointer that the host forgot to allocate. It has to end with a report that names the line of the
// access and the thread, as SIGSEGV (status 139); the last line of main must not be reached.
#include <cstdio>

__global__ void fill(int *values, int value)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    values[i] = value;
}

int main()
{
    int *values = nullptr;
    std::printf("null_kernel: about to launch\n");
    std::fflush(stdout);
    fill<<<2, 32>>>(values, 7);
    cudaError_t status = cudaDeviceSynchronize();
    std::printf("null_kernel: the write to a null pointer went unnoticed (%s)\n", cudaGetErrorString(status));
    return 1;
}
