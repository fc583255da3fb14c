// Copies in and out and a kernel, by chunks: in one stream one after the other, in several streams at the same time.
// Page-locked memory is copied while the host goes on, pageable memory is not; events tell how long each schedule took.
#include <cstdio>
#include <cstdlib>

__global__ void work(float *values, int n)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        values[i] += 1.0f;
}

static const int CHUNKS = 4, N = 1 << 16;
static const size_t BYTES = N * sizeof(float);

static float schedule(float *host, float *device, cudaStream_t *streams, int count)
{
    cudaEvent_t start, stop;
    cudaEventCreate(&start);
    cudaEventCreate(&stop);
    cudaEventRecord(start);
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
        cudaStream_t stream = streams[chunk % count];
        float *from = host + chunk * N, *to = device + chunk * N;
        cudaMemcpyAsync(to, from, BYTES, cudaMemcpyHostToDevice, stream);
        work<<<64, 256, 0, stream>>>(to, N);
        cudaMemcpyAsync(from, to, BYTES, cudaMemcpyDeviceToHost, stream);
    }
    cudaEventRecord(stop);
    float milliseconds = 0;
    bool early = cudaEventElapsedTime(&milliseconds, start, stop) == cudaErrorNotReady;
    cudaEventSynchronize(stop);
    if (cudaEventElapsedTime(&milliseconds, start, stop) != cudaSuccess || !early)
        milliseconds = -1;
    cudaEventDestroy(start);
    cudaEventDestroy(stop);
    return milliseconds;
}

int main()
{
    float *host, *device, *pageable = (float *)malloc(BYTES), *registered = (float *)calloc(N, sizeof(float));
    cudaMallocHost(&host, CHUNKS * BYTES);
    cudaMalloc(&device, CHUNKS * BYTES);
    for (int i = 0; i < CHUNKS * N; i++)
        host[i] = i % 1000;
    for (int i = 0; i < N; i++)
        pageable[i] = -1;
    cudaStream_t streams[CHUNKS];
    for (cudaStream_t &stream : streams)
        cudaStreamCreate(&stream);

    float serial = schedule(host, device, streams, 1);
    float overlapped = schedule(host, device, streams, CHUNKS);
    int wrong = 0;
    for (int i = 0; i < CHUNKS * N; i++)
        wrong += host[i] != i % 1000 + 2;

    // The host is ahead of page-locked copies, and never of pageable ones.
    cudaMemcpyAsync(device, host, BYTES, cudaMemcpyHostToDevice, streams[0]);
    bool pinned = cudaStreamQuery(streams[0]) == cudaErrorNotReady;
    int polls = 0;
    while (cudaStreamQuery(streams[0]) == cudaErrorNotReady)
        polls++;
    cudaHostRegister(registered, BYTES, cudaHostRegisterDefault);
    cudaMemcpyAsync(registered, device, BYTES, cudaMemcpyDeviceToHost, streams[1]);
    pinned = pinned && cudaStreamQuery(streams[1]) == cudaErrorNotReady;
    cudaStreamSynchronize(streams[1]);
    cudaHostUnregister(registered);
    cudaMemcpyAsync(device, pageable, BYTES, cudaMemcpyHostToDevice, streams[2]);
    bool staged = cudaStreamQuery(streams[2]) == cudaSuccess;
    cudaMemcpyAsync(registered, device, BYTES, cudaMemcpyDeviceToHost, streams[3]);
    staged = staged && cudaStreamQuery(streams[3]) == cudaSuccess && registered[N - 1] == -1;

    bool faster = overlapped > 0 && overlapped < 0.75f * serial;
    std::printf("streams: %d values are wrong, %s, page-locked copies %s, pageable ones %s\n", wrong,
                faster ? "faster together" : "no faster", pinned ? "go on" : "wait", staged ? "wait" : "go on");
    for (cudaStream_t stream : streams)
        cudaStreamDestroy(stream);
    cudaFree(device);
    cudaFreeHost(host);
    free(pageable);
    free(registered);
    return wrong == 0 && faster && pinned && staged && polls < 10000 ? 0 : 1;
}
