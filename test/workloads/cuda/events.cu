// Work of two streams that wait for nothing by themselves, put in order by an event; what the legacy default stream waits for.
#include <cstdio>

__global__ void add(int *values, int n, int amount)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        values[i] += amount;
}

static cudaEvent_t record(cudaStream_t stream)
{
    cudaEvent_t event;
    cudaEventCreate(&event);
    cudaEventRecord(event, stream);
    return event;
}

static float between(cudaEvent_t start, cudaEvent_t stop)
{
    float milliseconds = -1000;
    cudaEventSynchronize(start);
    cudaEventSynchronize(stop);
    cudaEventElapsedTime(&milliseconds, start, stop);
    return milliseconds;
}

int main()
{
    const int n = 1 << 18;
    int *values, *host;
    cudaMalloc(&values, n * sizeof(int));
    cudaMallocHost(&host, n * sizeof(int));
    cudaMemset(values, 0, n * sizeof(int));
    cudaDeviceSynchronize();
    cudaStream_t computes, copies, blocking;
    cudaStreamCreateWithFlags(&computes, cudaStreamNonBlocking);
    cudaStreamCreateWithFlags(&copies, cudaStreamNonBlocking);
    cudaStreamCreate(&blocking);

    // Apart: the copy, 64 bytes, is done long before the kernel.
    add<<<256, 256, 0, computes>>>(values, n, 0);
    cudaEvent_t computed = record(computes);
    cudaMemcpyAsync(host, values, 64, cudaMemcpyDeviceToHost, copies);
    bool apart = between(computed, record(copies)) < 0;

    // In order: the copy begins when the kernel is done.
    add<<<256, 256, 0, computes>>>(values, n, 3);
    computed = record(computes);
    cudaStreamWaitEvent(copies, computed, 0);
    cudaEvent_t waited = record(copies);
    cudaMemcpyAsync(host, values, n * sizeof(int), cudaMemcpyDeviceToHost, copies);
    cudaEvent_t copied = record(copies);
    bool ordered = between(computed, waited) >= 0 && between(waited, copied) > 0;
    int wrong = 0;
    for (int i = 0; i < n; i++)
        wrong += host[i] != 3;

    // The legacy stream waits for the blocking one and not for the others.
    cudaMemcpyAsync(host, values, n * sizeof(int), cudaMemcpyDeviceToHost, copies);
    copied = record(copies);
    bool independent = between(record(0), copied) > 0;
    cudaMemcpyAsync(host, values, n * sizeof(int), cudaMemcpyDeviceToHost, blocking);
    copied = record(blocking);
    bool legacy = between(copied, record(0)) >= 0;

    std::printf("events: %d values are wrong, streams %s, %s, the default stream %s\n", wrong, apart ? "apart" : "not apart",
                ordered ? "in order with an event" : "in no order", independent && legacy ? "waits for what it has to" : "waits wrongly");
    cudaFree(values);
    cudaFreeHost(host);
    return wrong == 0 && apart && ordered && independent && legacy ? 0 : 1;
}
