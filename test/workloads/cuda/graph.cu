// A stream captured into a graph that is launched three times and changed twice; pitched memory and two-dimensional copies; events and a callback.
#include <cstdio>
#include <cstring>

__global__ void add(int *values, int n, int amount)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n)
        values[i] += amount;
}

static void count(void *data) { ++*(int *)data; }
static void count_twice(void *data) { *(int *)data += 2; }

int main()
{
    const int n = 1000;
    int *values, calls = 0, host[n];
    bool ok = cudaMalloc(&values, n * sizeof(int)) == cudaSuccess;
    cudaStream_t stream;
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    cudaStreamCreate(&stream);
    cudaMemsetAsync(values, 0, n * sizeof(int), stream);
    cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal);
    add<<<(n + 255) / 256, 256, 0, stream>>>(values, n, 5);
    add<<<(n + 255) / 256, 256, 0, stream>>>(values, n, -2);
    ok = ok && cudaLaunchHostFunc(stream, ::count, &calls) == cudaSuccess;
    ok = ok && cudaStreamEndCapture(stream, &graph) == cudaSuccess && calls == 0;
    ok = ok && cudaGraphInstantiate(&executable, graph, 0) == cudaSuccess;
    for (int turn = 0; turn < 3; turn++)
        ok = ok && cudaGraphLaunch(executable, stream) == cudaSuccess;
    cudaStreamSynchronize(stream);
    cudaMemcpy(host, values, sizeof host, cudaMemcpyDeviceToHost);
    int wrong = 0;
    for (int i = 0; i < n; i++)
        wrong += host[i] != 9;

    // One kernel of the executable graph adds another amount, then all of it is what another capture says.
    cudaGraphNode_t nodes[3];
    size_t count = 3;
    int m = n, amount = 100;
    void *arguments[] = {&values, &m, &amount};
    cudaKernelNodeParams other = {(void *)add, dim3((n + 255) / 256), dim3(256), 0, arguments, nullptr};
    cudaGraphNodeType type;
    ok = ok && cudaGraphGetNodes(graph, nodes, &count) == cudaSuccess && count == 3;
    ok = ok && cudaGraphNodeGetType(nodes[2], &type) == cudaSuccess && type == cudaGraphNodeTypeHost;
    ok = ok && cudaGraphExecKernelNodeSetParams(executable, nodes[1], &other) == cudaSuccess;
    ok = ok && cudaGraphExecKernelNodeSetParams(executable, nodes[2], &other) == cudaErrorInvalidValue;
    ok = ok && cudaGraphLaunch(executable, stream) == cudaSuccess;
    cudaGraph_t again, shorter;
    cudaGraphExecUpdateResultInfo info;
    cudaGraphExecUpdateResult updated;
    cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal);
    add<<<(n + 255) / 256, 256, 0, stream>>>(values, n, 1000);
    cudaStreamEndCapture(stream, &shorter);
    cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal);
    add<<<(n + 255) / 256, 256, 0, stream>>>(values, n, 1000);
    add<<<(n + 255) / 256, 256, 0, stream>>>(values, n, 2000);
    cudaLaunchHostFunc(stream, count_twice, &calls);
    cudaStreamEndCapture(stream, &again);
    ok = ok && cudaGraphExecUpdate(executable, shorter, &info) == cudaErrorGraphExecUpdateFailure && info.result == cudaGraphExecUpdateErrorTopologyChanged;
    ok = ok && cudaGraphExecUpdate(executable, again, nullptr, &updated) == cudaSuccess && updated == cudaGraphExecUpdateSuccess;
    cudaGraphDestroy(again);
    cudaGraphDestroy(shorter);
    ok = ok && cudaGraphLaunch(executable, stream) == cudaSuccess;
    cudaStreamSynchronize(stream);
    cudaMemcpy(host, values, sizeof host, cudaMemcpyDeviceToHost);
    for (int i = 0; i < n; i++)
        wrong += host[i] != 9 + 5 + 100 + 1000 + 2000;
    ok = ok && calls == 3 + 1 + 2;

    char *rows, from[50][70], to[50][70] = {};
    size_t pitch;
    for (int i = 0; i < 50 * 70; i++)
        from[i / 70][i % 70] = (char)i;
    ok = ok && cudaMallocPitch(&rows, &pitch, 70, 50) == cudaSuccess && pitch >= 70;
    ok = ok && cudaMemcpy2D(rows, pitch, from, 70, 70, 50, cudaMemcpyHostToDevice) == cudaSuccess;
    ok = ok && cudaMemcpy2D(to, 70, rows, pitch, 70, 50, cudaMemcpyDeviceToHost) == cudaSuccess;
    ok = ok && std::memcmp(from, to, sizeof from) == 0;
    ok = ok && cudaMemcpy2D(to, 60, rows, pitch, 70, 50, cudaMemcpyDeviceToHost) == cudaErrorInvalidPitchValue;
    std::printf("graph: %d values are wrong, %d calls, rows %s\n", wrong, calls, ok ? "right" : "wrong");
    cudaGraphExecDestroy(executable);
    cudaGraphDestroy(graph);
    cudaStreamDestroy(stream);
    cudaFree(values);
    cudaFree(rows);
    return ok && wrong == 0 ? 0 : 1;
}
