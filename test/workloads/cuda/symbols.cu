// Variables of the device that the host names, functions for both sides, and a launch with an argument array.
#include <cstdio>
#include <cstring>

__constant__ float weights[4];
__device__ int counter = 3;
static __device__ int hidden;

struct Pair {
    int a;
    double b;
};

__host__ __device__ int side()
{
#ifdef __CUDA_ARCH__
    return 1;
#else
    return 2;
#endif
}

__global__ void use(int *out, short s, Pair pair, float f, char c)
{
    out[0] = (int)(weights[3] * 2);
    out[1] = s + pair.a + (int)pair.b + (int)f + c;
    out[2] = hidden;
    out[3] = side();
    counter++;
}

int main()
{
    float given[4] = {1, 2, 3, 4.5f};
    int seven = 7, out[4] = {}, count = 0;
    int *device;
    bool ok = cudaMemcpyToSymbol(weights, given, sizeof given) == cudaSuccess;
    ok = ok && cudaMemcpyToSymbol(hidden, &seven, sizeof seven) == cudaSuccess;
    ok = ok && cudaMalloc(&device, sizeof out) == cudaSuccess;
    short s = -3;
    Pair pair = {4, 5.5};
    float f = 2.5f;
    char c = -1;
    void *arguments[] = {&device, &s, &pair, &f, &c};
    ok = ok && cudaLaunchKernel((void *)use, dim3(1), dim3(1), arguments, 0, 0) == cudaSuccess;
    use<<<1, 1>>>(device, s, pair, f, c);
    ok = ok && cudaMemcpy(out, device, sizeof out, cudaMemcpyDeviceToHost) == cudaSuccess;
    ok = ok && cudaMemcpyFromSymbol(&count, counter, sizeof count) == cudaSuccess;
    const int expected[4] = {9, 7, 7, 1};
    ok = ok && std::memcmp(out, expected, sizeof out) == 0 && count == 5 && side() == 2;
    std::printf("symbols: %d %d %d %d, counter %d: %s\n", out[0], out[1], out[2], out[3], count, ok ? "right" : "wrong");
    cudaFree(device);
    return ok ? 0 : 1;
}
