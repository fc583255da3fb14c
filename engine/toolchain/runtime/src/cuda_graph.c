/*
 * Graphs of the CUDA runtime API: work that is described once, by nodes or by capturing a stream, and done at each launch. A node is
 * added after those it depends on, so the order in which they were added is an order in which they can be done.
 */
#include "faultline_cuda.h"
#include <stdlib.h>

struct CUgraphNode_st {
    struct faultline_work work;
    /* Of a node of an executable graph: the one that it was made from, by which the program names it. */
    const struct CUgraphNode_st *origin;
};

struct CUgraph_st {
    struct CUgraphNode_st **nodes;
    size_t count, room;
};

struct CUgraphExec_st {
    struct CUgraph_st graph;
    /* Behind the node that was last asked for: most programs go through them in order. */
    size_t next;
};

static struct {
    cudaStream_t stream;
    struct CUgraph_st *graph;
} capture;

/* Parameters with copies of the aggregates that they point to: a kernel may be launched long after the arguments are gone. */
static void *copy_parameters(unsigned kernel, const void *parameters) {
    size_t slots = 0, bytes = 0;
    for (unsigned n = 0;; n++) {
        unsigned word = engine_kernel_parameter(kernel, n);
        if (PARAMETER_KIND(word) == PARAMETER_END) break;
        if (PARAMETER_KIND(word) == PARAMETER_NONE) continue;
        slots++;
        if (PARAMETER_KIND(word) == PARAMETER_AGGREGATE) bytes += (PARAMETER_BYTES(word) + 15) & ~15u;
    }
    size_t head = (slots * PARAMETER_SLOT + 15) & ~15u;
    char *copied = aligned_alloc(16, head + bytes + 16 - (head + bytes) % 16), *at = copied + head;
    if (!copied) return NULL;
    memcpy(copied, parameters, slots * PARAMETER_SLOT);
    size_t slot = 0;
    for (unsigned n = 0;; n++) {
        unsigned word = engine_kernel_parameter(kernel, n);
        if (PARAMETER_KIND(word) == PARAMETER_END) break;
        if (PARAMETER_KIND(word) == PARAMETER_NONE) continue;
        if (PARAMETER_KIND(word) == PARAMETER_AGGREGATE) {
            void **pointer = (void **)(copied + slot * PARAMETER_SLOT);
            memcpy(at, *pointer, PARAMETER_BYTES(word));
            *pointer = at;
            at += (PARAMETER_BYTES(word) + 15) & ~15u;
        }
        slot++;
    }
    return copied;
}

static struct CUgraphNode_st *add(struct CUgraph_st *graph, const struct faultline_work *work) {
    if (graph->count == graph->room) {
        size_t room = graph->room ? graph->room * 2 : 16;
        void *grown = realloc(graph->nodes, room * sizeof *graph->nodes);
        if (!grown) return NULL;
        graph->nodes = grown;
        graph->room = room;
    }
    struct CUgraphNode_st *node = malloc(sizeof *node);
    if (!node) return NULL;
    node->work = *work;
    node->origin = NULL;
    if (work->kind == WORK_KERNEL) node->work.launch.parameters = copy_parameters(work->launch.kernel, work->launch.parameters);
    graph->nodes[graph->count++] = node;
    return node;
}

static void empty(struct CUgraph_st *graph) {
    for (size_t n = 0; n < graph->count; n++) {
        if (graph->nodes[n]->work.kind == WORK_KERNEL) free(graph->nodes[n]->work.launch.parameters);
        free(graph->nodes[n]);
    }
    free(graph->nodes);
}

/* Streams that an event has joined to the capture: their work follows in the order in which it is issued. */
enum { MOST_JOINED = 64 };
static cudaStream_t joined[MOST_JOINED];
static int joined_count;

int __faultline_captures(cudaStream_t stream) {
    if (!capture.graph) return 0;
    if (stream == capture.stream) return 1;
    for (int n = 0; n < joined_count; n++)
        if (joined[n] == stream) return 1;
    return 0;
}
void __faultline_join_capture(cudaStream_t stream, cudaStream_t recorded) {
    if (!__faultline_captures(recorded) || __faultline_captures(stream)) return;
    if (joined_count == MOST_JOINED) engine_stop("more than 64 streams take part in the capture of a graph, which is not supported");
    joined[joined_count++] = stream;
}

int __faultline_capture(const struct faultline_work *work, cudaStream_t stream) {
    if (!capture.graph || !__faultline_captures(stream)) return 0;
    if (!add(capture.graph, work)) engine_stop("there is no memory for the graph that a stream is captured into");
    return 1;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode) {
    (void)mode;
    if (capture.graph) return result(cudaErrorIllegalState);
    if ((uintptr_t)stream <= 1) return result(cudaErrorStreamCaptureUnsupported);
    capture.stream = stream;
    return cudaGraphCreate(&capture.graph, 0);
}
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph) {
    if (!graph) return result(cudaErrorInvalidValue);
    if (!capture.graph || capture.stream != stream) return result(cudaErrorStreamCaptureUnmatched);
    *graph = capture.graph;
    capture.graph = NULL;
    joined_count = 0;
    return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, enum cudaStreamCaptureStatus *status) {
    if (!status) return result(cudaErrorInvalidValue);
    *status = __faultline_captures(stream) ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
    return cudaSuccess;
}

cudaError_t cudaGraphCreate(cudaGraph_t *graph, unsigned flags) {
    if (!graph || flags != 0) return result(cudaErrorInvalidValue);
    *graph = calloc(1, sizeof **graph);
    return *graph ? cudaSuccess : result(cudaErrorMemoryAllocation);
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
    if (!graph) return result(cudaErrorInvalidValue);
    empty(graph);
    free(graph);
    return cudaSuccess;
}

static cudaError_t add_node(cudaGraphNode_t *node, cudaGraph_t graph, const struct faultline_work *work) {
    if (!node || !graph) return __faultline_result(cudaErrorInvalidValue, work->function);
    *node = add(graph, work);
    return *node ? cudaSuccess : __faultline_result(cudaErrorMemoryAllocation, work->function);
}

/* The launch that it would be, captured. */
static cudaError_t capture_kernel(cudaGraph_t graph, const cudaKernelNodeParams *p) {
    cudaStream_t stream = (cudaStream_t)UINTPTR_MAX;
    struct CUgraph_st *outer = capture.graph;
    cudaStream_t outer_stream = capture.stream;
    capture.graph = graph;
    capture.stream = stream;
    cudaError_t error = cudaLaunchKernel(p->func, p->gridDim, p->blockDim, p->kernelParams, p->sharedMemBytes, stream);
    capture.graph = outer;
    capture.stream = outer_stream;
    return error;
}
cudaError_t cudaGraphAddKernelNode(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *after, size_t count, const cudaKernelNodeParams *p) {
    (void)after, (void)count;
    if (!p || !graph || p->extra) return result(cudaErrorInvalidValue);
    size_t before = graph->count;
    cudaError_t error = capture_kernel(graph, p);
    if (error == cudaSuccess && node && graph->count > before) *node = graph->nodes[before];
    return error;
}

static void replace(struct faultline_work *work, const struct faultline_work *by) {
    if (work->kind == WORK_KERNEL) free(work->launch.parameters);
    *work = *by;
}
/* One kernel with other parameters, which may be another function's. */
static cudaError_t set_kernel(struct CUgraphNode_st *node, const cudaKernelNodeParams *p, const char *function) {
    if (!node || !p || p->extra || node->work.kind != WORK_KERNEL) return __faultline_result(cudaErrorInvalidValue, function);
    struct CUgraph_st made = {0};
    cudaError_t error = capture_kernel(&made, p);
    if (error == cudaSuccess && made.count == 1) {
        replace(&node->work, &made.nodes[0]->work);
        free(made.nodes[0]);
        made.count = 0;
    }
    empty(&made);
    return error;
}
cudaError_t cudaGraphKernelNodeSetParams(cudaGraphNode_t node, const cudaKernelNodeParams *p) { return set_kernel(node, p, __func__); }
static struct CUgraphNode_st *made_from(cudaGraphExec_t exec, cudaGraphNode_t node) {
    size_t count = exec ? exec->graph.count : 0;
    for (size_t n = 0; n < count; n++) {
        size_t at = (exec->next + n) % count;
        if (exec->graph.nodes[at]->origin != node) continue;
        exec->next = at + 1;
        return exec->graph.nodes[at];
    }
    return NULL;
}
cudaError_t cudaGraphExecKernelNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node, const cudaKernelNodeParams *p) { return set_kernel(made_from(exec, node), p, __func__); }
cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, enum cudaGraphNodeType *type) {
    static const enum cudaGraphNodeType types[] = {cudaGraphNodeTypeEmpty, cudaGraphNodeTypeKernel, cudaGraphNodeTypeMemcpy, cudaGraphNodeTypeMemset, cudaGraphNodeTypeHost};
    if (!node || !type) return result(cudaErrorInvalidValue);
    *type = types[node->work.kind];
    return cudaSuccess;
}

/* The same nodes with what another graph gives them. It has to be of the same shape: nodes were added in an order in which they can be done. */
cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph, cudaGraphExecUpdateResultInfo *info) {
    if (!exec || !graph || !info) return result(cudaErrorInvalidValue);
    *info = (cudaGraphExecUpdateResultInfo){.result = cudaGraphExecUpdateSuccess};
    if (exec->graph.count != graph->count) info->result = cudaGraphExecUpdateErrorTopologyChanged;
    for (size_t n = 0; n < graph->count && info->result == cudaGraphExecUpdateSuccess; n++) {
        if (exec->graph.nodes[n]->work.kind == graph->nodes[n]->work.kind) continue;
        info->result = cudaGraphExecUpdateErrorNodeTypeChanged;
        info->errorNode = graph->nodes[n];
    }
    if (info->result != cudaGraphExecUpdateSuccess) return result(cudaErrorGraphExecUpdateFailure);
    for (size_t n = 0; n < graph->count; n++) {
        struct faultline_work work = graph->nodes[n]->work;
        if (work.kind == WORK_KERNEL && !(work.launch.parameters = copy_parameters(work.launch.kernel, work.launch.parameters))) return result(cudaErrorMemoryAllocation);
        replace(&exec->graph.nodes[n]->work, &work);
    }
    return cudaSuccess;
}
cudaError_t cudaGraphAddMemcpyNode(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *after, size_t count, const cudaMemcpy3DParms *p) {
    (void)after, (void)count;
    if (!p) return result(cudaErrorInvalidValue);
    if (p->srcArray || p->dstArray || p->extent.depth > 1) return result(cudaErrorNotSupported);
    const char *from = (const char *)p->srcPtr.ptr + p->srcPos.y * p->srcPtr.pitch + p->srcPos.x;
    char *to = (char *)p->dstPtr.ptr + p->dstPos.y * p->dstPtr.pitch + p->dstPos.x;
    struct faultline_work work = {WORK_COPY, __func__, .copy = {to, from, p->extent.width, p->dstPtr.pitch, p->srcPtr.pitch, p->extent.height, p->kind}};
    return add_node(node, graph, &work);
}
cudaError_t cudaGraphAddMemcpyNode1D(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *after, size_t count, void *destination, const void *source, size_t bytes, enum cudaMemcpyKind kind) {
    (void)after, (void)count;
    struct faultline_work work = {WORK_COPY, __func__, .copy = {destination, source, bytes, 0, 0, 1, kind}};
    return add_node(node, graph, &work);
}
cudaError_t cudaGraphAddMemsetNode(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *after, size_t count, const cudaMemsetParams *p) {
    (void)after, (void)count;
    if (!p || (p->elementSize != 1 && p->elementSize != 2 && p->elementSize != 4)) return result(cudaErrorInvalidValue);
    struct faultline_work work = {WORK_SET, __func__, .set = {p->dst, p->value, p->elementSize, p->width, p->height, p->pitch}};
    return add_node(node, graph, &work);
}
cudaError_t cudaGraphAddHostNode(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *after, size_t count, const cudaHostNodeParams *p) {
    (void)after, (void)count;
    if (!p || !p->fn) return result(cudaErrorInvalidValue);
    struct faultline_work work = {WORK_HOST, __func__, .host = {p->fn, p->userData}};
    return add_node(node, graph, &work);
}
cudaError_t cudaGraphAddEmptyNode(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *after, size_t count) {
    (void)after, (void)count;
    struct faultline_work work = {WORK_EMPTY, __func__};
    return add_node(node, graph, &work);
}
cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count) {
    if (!graph || !count) return result(cudaErrorInvalidValue);
    for (size_t n = 0; nodes && n < graph->count && n < *count; n++) nodes[n] = graph->nodes[n];
    if (!nodes || *count > graph->count) *count = graph->count;
    return cudaSuccess;
}

cudaError_t cudaGraphClone(cudaGraph_t *clone, cudaGraph_t graph) {
    if (!clone || !graph) return result(cudaErrorInvalidValue);
    cudaError_t error = cudaGraphCreate(clone, 0);
    for (size_t n = 0; error == cudaSuccess && n < graph->count; n++)
        if (!add(*clone, &graph->nodes[n]->work)) error = result(cudaErrorMemoryAllocation);
    return error;
}
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags) {
    (void)flags;
    if (!exec || !graph) return result(cudaErrorInvalidValue);
    *exec = calloc(1, sizeof **exec);
    if (!*exec) return result(cudaErrorMemoryAllocation);
    for (size_t n = 0; n < graph->count; n++) {
        struct CUgraphNode_st *node = add(&(*exec)->graph, &graph->nodes[n]->work);
        if (!node) return result(cudaErrorMemoryAllocation);
        node->origin = graph->nodes[n];
    }
    return cudaSuccess;
}
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags) { return cudaGraphInstantiateWithFlags(exec, graph, flags); }
cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t stream) {
    (void)stream;
    return exec ? cudaSuccess : result(cudaErrorInvalidValue);
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
    if (!exec) return result(cudaErrorInvalidValue);
    for (size_t n = 0; n < exec->graph.count; n++) {
        cudaError_t error = __faultline_issue(&exec->graph.nodes[n]->work, stream, ASYNCHRONOUS);
        if (error != cudaSuccess) return error;
    }
    return cudaSuccess;
}
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
    if (!exec) return result(cudaErrorInvalidValue);
    empty(&exec->graph);
    free(exec);
    return cudaSuccess;
}
