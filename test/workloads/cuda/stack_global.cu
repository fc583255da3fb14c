// A kernel dereferences pointers to an array on the host's stack and to a global array of the host program. The pages of a stack
// and of a program's data then migrate like any other, and come back while the host goes on using the very same frame.
#include <cstdio>

enum { count = 2048 };

int globalArray[count];

__global__ void accumulate(int *target, const int *source, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        target[i] += source[i];
}

int main()
{
    int stackArray[count];
    for (int i = 0; i < count; i++) {
        stackArray[i] = i;
        globalArray[i] = 1000;
    }

    // The stack is read and the global written, then the other way round.
    accumulate<<<count / 128, 128>>>(globalArray, stackArray, count);
    accumulate<<<count / 128, 128>>>(stackArray, globalArray, count);
    if (cudaDeviceSynchronize() != cudaSuccess) {
        std::printf("stack_global: the device cannot reach the stack or the globals of the host\n");
        return 1;
    }

    int wrong = 0;
    for (int i = 0; i < count; i++)
        wrong += globalArray[i] != 1000 + i || stackArray[i] != 1000 + 2 * i;
    std::printf("stack_global: %d of %d elements are wrong\n", wrong, count);
    return wrong == 0 ? 0 : 1;
}
