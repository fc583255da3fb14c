// HIP: a wavefront of 64 lanes, shuffles and a vote without masks, a symbol, host memory.
#include <cstdio>
#include <hip/hip_runtime.h>

__constant__ int scale[2];

__global__ void sum(const int *values, int *out, unsigned long long *odd)
{
    int value = values[threadIdx.x] * scale[1];
    for (int distance = warpSize / 2; distance > 0; distance /= 2)
        value += __shfl_down(value, distance);
    unsigned long long votes = __ballot(threadIdx.x & 1);
    if (threadIdx.x == 0) {
        *out = value;
        *odd = votes;
    }
}

int main()
{
    const int n = 64, factors[2] = {2, 3};
    int *values, *out;
    unsigned long long *odd;
    bool ok = hipHostMalloc(&values, n * sizeof(int)) == hipSuccess;
    ok = ok && hipMallocManaged(&out, sizeof(int)) == hipSuccess && hipMallocManaged(&odd, sizeof *odd) == hipSuccess;
    for (int i = 0; ok && i < n; i++)
        values[i] = i;
    ok = ok && hipMemcpyToSymbol(HIP_SYMBOL(scale), factors, sizeof factors) == hipSuccess;
    hipLaunchKernelGGL(sum, dim3(1), dim3(n), 0, 0, values, out, odd);
    ok = ok && hipDeviceSynchronize() == hipSuccess;
    hipDeviceProp_t properties;
    ok = ok && hipGetDeviceProperties(&properties, 0) == hipSuccess && properties.warpSize == 64;
    ok = ok && *out == 3 * 63 * 32 && *odd == 0xaaaaaaaaaaaaaaaaull;
    std::printf("wavefront: sum %d, odd lanes %llx: %s\n", *out, *odd, ok ? "right" : "wrong");
    hipHostFree(values);
    hipFree(out);
    hipFree(odd);
    return ok ? 0 : 1;
}
