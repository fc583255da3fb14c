// A failed assertion in a kernel: the grid ends, the context is of no use any more, and a reset gives another one.
#include <cassert>
#include <cstdio>

constexpr int N = 128;

__global__ void reverse(int *out, int most)
{
    __shared__ int shared[N];
    shared[threadIdx.x] = threadIdx.x;
    __syncthreads();
    int value = shared[N - 1 - threadIdx.x];
    assert(value <= most);
    out[threadIdx.x] = value;
}

__global__ void check(const int *in, int least)
{
    assert(in[threadIdx.x] >= least);
}

int main()
{
    int wrong = 0;
    int *numbers, *more = nullptr;
    auto expect = [&](cudaError_t found, cudaError_t wanted, int line) {
        if (found == wanted) return;
        std::printf("line %d: %s, not %s\n", line, cudaGetErrorName(found), cudaGetErrorName(wanted));
        wrong++;
    };
    cudaMallocManaged(&numbers, N * sizeof(int));
    reverse<<<1, N>>>(numbers, N);
    expect(cudaDeviceSynchronize(), cudaSuccess, __LINE__);
    check<<<1, N>>>(numbers, 0);
    expect(cudaDeviceSynchronize(), cudaSuccess, __LINE__);

    // The launch itself is made; who waits for the kernel gets the error, and so does everybody after.
    reverse<<<2, N>>>(numbers, N - 2);
    expect(cudaGetLastError(), cudaSuccess, __LINE__);
    expect(cudaDeviceSynchronize(), cudaErrorAssert, __LINE__);
    expect(cudaMalloc(&more, 64), cudaErrorAssert, __LINE__);
    reverse<<<1, N>>>(numbers, N);
    expect(cudaGetLastError(), cudaErrorAssert, __LINE__);
    expect(cudaGetLastError(), cudaErrorAssert, __LINE__);
    if (more) wrong++;

    // The device goes on with another context, stacks and barriers included.
    cudaDeviceReset();
    cudaGetLastError();
    cudaMallocManaged(&numbers, N * sizeof(int));
    reverse<<<1, N>>>(numbers, N);
    expect(cudaDeviceSynchronize(), cudaSuccess, __LINE__);
    for (int i = 0; i < N; i++) wrong += numbers[i] != N - 1 - i;
    check<<<1, N>>>(numbers, 0);
    expect(cudaDeviceSynchronize(), cudaSuccess, __LINE__);

    numbers[7] = -1;
    check<<<1, N>>>(numbers, 0);
    cudaStream_t stream;
    expect(cudaStreamCreate(&stream), cudaErrorAssert, __LINE__);
    std::printf("asserts: %s\n", wrong ? "FAILED" : "passed");
    return wrong != 0;
}
