/* What the sources of the CUDA runtime share. Not for programs. */
#ifndef FAULTLINE_CUDA_INTERNAL_H
#define FAULTLINE_CUDA_INTERNAL_H

#define FAULTLINE_RUNTIME
#include "faultline.h"
#include "cuda/types.h"
#include <errno.h>
#include <string.h>

/* The one place where errors are made. `function` is what the program called. */
cudaError_t __faultline_result(cudaError_t error, const char *function);
#define result(error) __faultline_result(error, __func__)
cudaError_t __faultline_from_errno(int error);
/* Of a kernel that failed: every call that would do something gives it. */
extern cudaError_t __faultline_context_error;

extern int __faultline_current_device;
/* The engine's number of a stream: 0 is the legacy one. */
uintptr_t __faultline_stream(cudaStream_t stream);
/* The device that a stream was made for; the current one of a default stream. */
int __faultline_device_of(cudaStream_t stream);
/* The host waits for all that a stream, or EVERY_STREAM, was given. */
void __faultline_wait(int device, uintptr_t stream);

/* One operation of a stream, as it is captured into a graph. */
struct faultline_work {
    enum { WORK_EMPTY, WORK_KERNEL, WORK_COPY, WORK_SET, WORK_HOST } kind;
    const char *function;
    union {
        struct {
            unsigned kernel;
            dim3 grid, block;
            unsigned flags;
            void *parameters;
        } launch;
        struct {
            void *destination;
            const void *source;
            size_t bytes, dpitch, spitch, height;
            enum cudaMemcpyKind kind;
        } copy;
        struct {
            void *destination;
            unsigned value, element;
            size_t width, height, pitch;
        } set;
        struct {
            cudaHostFn_t function;
            void *data;
        } host;
    };
};
/* Does it, or captures it into the stream's graph. `waits` as for engine_copy. */
cudaError_t __faultline_issue(const struct faultline_work *work, cudaStream_t stream, int waits);
/* Whether the stream is being captured; then the work belongs to its graph from now on. */
/* A stream that waits for an event of a captured one is captured, too. */
int __faultline_captures(cudaStream_t stream);
void __faultline_join_capture(cudaStream_t stream, cudaStream_t recorded);
int __faultline_capture(const struct faultline_work *work, cudaStream_t stream);

/* A kernel by the address of the function that stands for it on the host, or -1. */
ENGINE("kernel_of") int engine_kernel_of(const void *function);
/* The nth parameter: kind | signed << 7 | bytes << 8. */
ENGINE("kernel_parameter") unsigned engine_kernel_parameter(unsigned kernel, unsigned n);
enum engine_parameter { PARAMETER_END, PARAMETER_I32, PARAMETER_I64, PARAMETER_F32, PARAMETER_F64, PARAMETER_AGGREGATE, PARAMETER_NONE };
#define PARAMETER_KIND(word) ((word) & 0x7f)
#define PARAMETER_SIGNED(word) ((word) >> 7 & 1)
#define PARAMETER_BYTES(word) ((word) >> 8)
enum { PARAMETER_SLOT = 8 };

#endif
