// Four kernels over managed memory, as often as one says. Arguments: stream, stencil, gather or reduce; passes.
#include <cstdio>
#include <cstdlib>
#include <cstring>

constexpr int kCount = 1 << 20;
constexpr int kThreads = 256;
constexpr int kBlocks = 1024;

__global__ void stream(const unsigned *in, unsigned *out)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < kCount; i += gridDim.x * blockDim.x)
        out[i] = in[i] + 1;
}

__global__ void stencil(const unsigned *in, unsigned *out)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < kCount; i += gridDim.x * blockDim.x)
        out[i] = in[i > 0 ? i - 1 : 0] + in[i] + in[i < kCount - 1 ? i + 1 : i];
}

__global__ void gather(const unsigned *in, unsigned *out)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < kCount; i += gridDim.x * blockDim.x)
        out[i] = in[(i * 2654435761u) % kCount];
}

__global__ void reduce(const unsigned *in, unsigned *out)
{
    __shared__ unsigned sums[kThreads];
    unsigned sum = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < kCount; i += gridDim.x * blockDim.x)
        sum += in[i];
    sums[threadIdx.x] = sum;
    for (int half = kThreads / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half)
            sums[threadIdx.x] += sums[threadIdx.x + half];
    }
    if (threadIdx.x == 0)
        out[blockIdx.x] = sums[0];
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "stream";
    const int passes = argc > 2 ? std::atoi(argv[2]) : 1;
    auto kernel = !std::strcmp(name, "stencil") ? stencil
        : !std::strcmp(name, "gather")          ? gather
        : !std::strcmp(name, "reduce")          ? reduce
                                                : stream;
    unsigned *in, *out;
    cudaMallocManaged(&in, kCount * sizeof(unsigned));
    cudaMallocManaged(&out, kCount * sizeof(unsigned));
    for (int i = 0; i < kCount; i++)
        in[i] = i;
    for (int pass = 0; pass < passes; pass++)
        kernel<<<kBlocks, kThreads>>>(in, out);
    cudaDeviceSynchronize();
    // 5 elements that each kernel but the reduction makes of its inputs: looked at, so that a pass that did nothing is seen.
    unsigned found = 0;
    for (int i = 0; i < 5; i++)
        found += out[i];
    std::printf("%u\n", found);
    return passes > 0 && found == 0;
}
