// A kernel waits for a flag that nobody ever sets. It has to end by a time limit (status 124) or by Ctrl-C, never by itself.
#include <cstdio>

__global__ void waitForFlag(volatile int *flag)
{
    while (*flag == 0) {
    }
}

int main()
{
    int *flag;
    if (cudaMallocManaged(&flag, sizeof(int)) != cudaSuccess)
        return 1;
    *flag = 0;
    std::printf("endless: waiting for a flag that is never set\n");
    std::fflush(stdout);
    waitForFlag<<<1, 1>>>(flag);
    cudaDeviceSynchronize();
    std::printf("endless: the kernel ended\n");
    return 1;
}
