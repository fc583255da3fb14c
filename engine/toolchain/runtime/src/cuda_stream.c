/* Streams and events: work is done when it is issued, at the time that the engine gives it; whoever waits, waits for that time. */
#include "faultline_cuda.h"
#include <stdlib.h>

struct CUevent_st {
    double recorded_ns;
    /* What it was recorded behind. */
    int device;
    cudaStream_t stream;
    unsigned launch;
};

static uintptr_t streams;

/* Handles are number × 16 + device × 2 + flags, 8 devices at most; the engine reads from bit 0 that the stream does not wait for the legacy one. */
uintptr_t __faultline_stream(cudaStream_t stream) { return stream == cudaStreamLegacy ? 0 : (uintptr_t)stream; }

enum { MOST_STREAMS = 65536 };
static signed char priorities[MOST_STREAMS];

int __faultline_device_of(cudaStream_t stream) {
    return (uintptr_t)stream < 16 ? __faultline_current_device : (int)((uintptr_t)stream >> 1 & 7);
}
void __faultline_wait(int device, uintptr_t stream) { engine_wait(device, stream, EVERY_LAUNCH, engine_done_ns(device, stream)); }

/* A priority out of range becomes the nearest one. */
static signed char priority_of(int asked) { return (signed char)(asked > 0 ? 0 : asked < -5 ? -5 : asked); }

static cudaError_t create_stream(cudaStream_t *stream, unsigned flags, int priority, const char *function) {
    if (!stream || flags > cudaStreamNonBlocking) return __faultline_result(cudaErrorInvalidValue, function);
    if (streams + 1 >= MOST_STREAMS) return __faultline_result(cudaErrorMemoryAllocation, function);
    *stream = (cudaStream_t)(++streams * 16 + (uintptr_t)__faultline_current_device * 2 + (flags & cudaStreamNonBlocking));
    priorities[streams] = priority_of(priority);
    return __faultline_result(cudaSuccess, function);
}
cudaError_t cudaStreamCreate(cudaStream_t *stream) { return create_stream(stream, cudaStreamDefault, 0, __func__); }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags) { return create_stream(stream, flags, 0, __func__); }
cudaError_t cudaStreamCreateWithPriority(cudaStream_t *stream, unsigned flags, int priority) { return create_stream(stream, flags, priority, __func__); }
cudaError_t cudaStreamGetPriority(cudaStream_t stream, int *priority) {
    if (!priority) return result(cudaErrorInvalidValue);
    *priority = priorities[(uintptr_t)stream / 16 % MOST_STREAMS];
    return cudaSuccess;
}
cudaError_t cudaStreamSetAttribute(cudaStream_t stream, cudaStreamAttrID attribute, const cudaStreamAttrValue *value) {
    if (!value) return result(cudaErrorInvalidValue);
    if (attribute == cudaStreamAttributePriority) priorities[(uintptr_t)stream / 16 % MOST_STREAMS] = priority_of(value->priority);
    return cudaSuccess;
}
cudaError_t cudaCtxResetPersistingL2Cache(void) { return cudaSuccess; }
cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned *flags) {
    if (!flags) return result(cudaErrorInvalidValue);
    *flags = (uintptr_t)stream > 2 ? (uintptr_t)stream & 1 : 0;
    return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    return result((uintptr_t)stream > 2 ? cudaSuccess : cudaErrorInvalidResourceHandle);
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
    engine_sync();
    __faultline_wait(__faultline_device_of(stream), __faultline_stream(stream));
    return result(cudaSuccess);
}
/* Not an error, so it is not remembered as the last one. */
cudaError_t cudaStreamQuery(cudaStream_t stream) {
    int device = __faultline_device_of(stream);
    if (!engine_poll_ns(engine_done_ns(device, __faultline_stream(stream)))) return cudaErrorNotReady;
    __faultline_wait(device, __faultline_stream(stream));
    return result(cudaSuccess);
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags) {
    (void)flags;
    if (!event) return result(cudaErrorInvalidResourceHandle);
    __faultline_join_capture(stream, event->stream);
    if (event->recorded_ns >= 0)
        engine_stream_wait(__faultline_device_of(stream), __faultline_stream(stream), event->device, __faultline_stream(event->stream),
                           event->launch, event->recorded_ns);
    return result(cudaSuccess);
}

struct callback {
    cudaStreamCallback_t function;
    cudaStream_t stream;
    void *data;
};
static void call_back(void *data) {
    struct callback callback = *(struct callback *)data;
    free(data);
    callback.function(callback.stream, cudaSuccess, callback.data);
}
cudaError_t cudaStreamAddCallback(cudaStream_t stream, cudaStreamCallback_t function, void *data, unsigned flags) {
    if (!function || flags != 0) return result(cudaErrorInvalidValue);
    struct callback *callback = malloc(sizeof *callback);
    if (!callback) return result(cudaErrorMemoryAllocation);
    *callback = (struct callback){function, stream, data};
    return cudaLaunchHostFunc(stream, call_back, callback);
}

/* Events are small and few; a program that makes more gets cudaErrorMemoryAllocation. */
enum { MOST_EVENTS = 4096 };
static struct CUevent_st events[MOST_EVENTS];
static unsigned char event_used[MOST_EVENTS];

static cudaError_t create_event(cudaEvent_t *event, const char *function) {
    if (!event) return __faultline_result(cudaErrorInvalidValue, function);
    for (int n = 0; n < MOST_EVENTS; n++) {
        if (event_used[n]) continue;
        event_used[n] = 1;
        events[n] = (struct CUevent_st){.recorded_ns = -1};
        *event = &events[n];
        return __faultline_result(cudaSuccess, function);
    }
    return __faultline_result(cudaErrorMemoryAllocation, function);
}
cudaError_t cudaEventCreate(cudaEvent_t *event) { return create_event(event, __func__); }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags) {
    (void)flags;
    return create_event(event, __func__);
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
    if (!event) return result(cudaErrorInvalidResourceHandle);
    event_used[event - events] = 0;
    return result(cudaSuccess);
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
    if (!event) return result(cudaErrorInvalidResourceHandle);
    event->device = __faultline_device_of(stream);
    event->recorded_ns = engine_record_event(event->device, __faultline_stream(stream));
    event->stream = stream;
    event->launch = engine_mark();
    return result(cudaSuccess);
}
cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned flags) {
    (void)flags;
    return cudaEventRecord(event, stream);
}
/* An event that was never recorded is complete. */
static void wait_for(cudaEvent_t event) {
    if (event->recorded_ns >= 0) engine_wait(event->device, __faultline_stream(event->stream), event->launch, event->recorded_ns);
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    if (!event) return result(cudaErrorInvalidResourceHandle);
    engine_sync();
    wait_for(event);
    return result(cudaSuccess);
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
    if (!event) return result(cudaErrorInvalidResourceHandle);
    if (!engine_poll_ns(event->recorded_ns)) return cudaErrorNotReady;
    wait_for(event);
    return result(cudaSuccess);
}
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t start, cudaEvent_t end) {
    if (!milliseconds || !start || !end) return result(cudaErrorInvalidResourceHandle);
    if (start->recorded_ns < 0 || end->recorded_ns < 0) return result(cudaErrorInvalidResourceHandle);
    double now_ns = engine_now_ns();
    if (start->recorded_ns > now_ns || end->recorded_ns > now_ns) return cudaErrorNotReady;
    *milliseconds = (float)((end->recorded_ns - start->recorded_ns) / 1e6);
    return cudaSuccess;
}

