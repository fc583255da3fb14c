// Managed memory in parts: prefetched and used one after the other, and each part prefetched while the kernel works on the one before.
#include <cstdio>

__global__ void add(int *values, int n, int rounds)
{
    for (int round = 0; round < rounds; round++)
        for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
            values[i] += 1;
}

static const int PARTS = 4, N = 1 << 16, ROUNDS = 8;

static float run(int *values, int device, bool ahead)
{
    cudaStream_t computes, moves;
    cudaStreamCreate(&computes);
    cudaStreamCreate(&moves);
    cudaEvent_t start, stop, there[PARTS];
    cudaEventCreate(&start);
    cudaEventCreate(&stop);
    cudaEventRecord(start);
    for (int part = 0; part < PARTS; part++) {
        cudaStream_t stream = ahead ? moves : computes;
        cudaEventCreate(&there[part]);
        cudaMemPrefetchAsync(values + part * N, N * sizeof(int), device, stream);
        cudaEventRecord(there[part], stream);
        cudaStreamWaitEvent(computes, there[part], 0);
        add<<<64, 256, 0, computes>>>(values + part * N, N, ROUNDS);
    }
    cudaEventRecord(stop);
    cudaDeviceSynchronize();
    float milliseconds = 0;
    cudaEventElapsedTime(&milliseconds, start, stop);
    return milliseconds;
}

int main()
{
    int *values, device;
    cudaGetDevice(&device);
    cudaMallocManaged(&values, PARTS * N * sizeof(int));
    float milliseconds[3];
    int wrong = 0;
    // The first turn finds memory that was never on the device.
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < PARTS * N; i++)
            values[i] = i;
        milliseconds[turn] = run(values, device, turn == 2);
        for (int i = 0; i < PARTS * N; i++)
            wrong += values[i] != i + ROUNDS;
    }
    // As long where nothing moves on request.
    bool ok = milliseconds[2] > 0 && milliseconds[2] <= milliseconds[1] + 1e-4f;
    std::printf("prefetch: %d values are wrong, %s\n", wrong, ok ? "no slower while a kernel works" : "slower while a kernel works");
    cudaFree(values);
    return wrong == 0 && ok ? 0 : 1;
}
