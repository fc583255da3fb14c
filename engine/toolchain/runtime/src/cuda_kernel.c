/* What kernels call: printf and assert. They speak through the host, whose buffers are no memory of the device. */
#include "faultline.h"
#include <stdarg.h>
#include <stdio.h>

extern const struct __faultline_triple __faultline_threadIdx, __faultline_blockIdx;

/* printf of a kernel. The real one is buffered until a synchronisation; here the text appears at once, in thread order. */
__attribute__((used)) int __faultline_device_printf(const char *format, ...) {
    engine_service_begin();
    va_list arguments;
    va_start(arguments, format);
    int printed = vprintf(format, arguments);
    va_end(arguments);
    engine_service_end();
    return printed;
}

/* A failed assertion ends the grid, and what the host calls next gets cudaErrorAssert. With HIP it ends the program. */
ENGINE("kernel_failed") __attribute__((noreturn)) void engine_kernel_failed(const char *message);
/* HIP's header defines it. */
extern const int __faultline_warp_lanes __attribute__((weak));

__attribute__((used)) void __faultline_device_assert(const char *expression, const char *file, int line, const char *function) {
    engine_service_begin();
    const struct __faultline_triple block = __faultline_blockIdx, thread = __faultline_threadIdx;
    fflush(stdout);
    fprintf(stderr, "%s:%d: %s: block: [%u,%u,%u], thread: [%u,%u,%u] Assertion `%s` failed.\n", file, line, function, block.x,
            block.y, block.z, thread.x, thread.y, thread.z, expression);
    char message[512];
    snprintf(message, sizeof message, "the assertion `%s` at %s:%d failed", expression, file, line);
    engine_service_end();
    if (&__faultline_warp_lanes) engine_stop(message);
    engine_kernel_failed(message);
}

/* --- the heap of device code: blocks in one mapping of the device's, first fit ------------------------------------------------ */

ENGINE("device_clock") double engine_device_clock(void);
__attribute__((used)) long long __faultline_device_clock(void) { return (long long)engine_device_clock(); }

ENGINE("launch_device") int engine_launch_device(void);
/* CUDA's default, cudaLimitMallocHeapSize. */
enum { DEVICE_HEAP = 8 << 20, BLOCK_ALIGN = 16 };
struct block {
    size_t bytes;
    int used;
    unsigned char unused[BLOCK_ALIGN - sizeof(size_t) - sizeof(int)];
};
static char *device_heap;

static void *allocate(size_t bytes) {
    if (!device_heap) {
        device_heap = (char *)engine_map(DEVICE_HEAP, KIND_DEVICE, engine_launch_device());
        if (!device_heap) return NULL;
        *(struct block *)device_heap = (struct block){.bytes = DEVICE_HEAP - sizeof(struct block)};
    }
    if (bytes > DEVICE_HEAP) return NULL;
    bytes = (bytes + BLOCK_ALIGN - 1) & ~(size_t)(BLOCK_ALIGN - 1);
    for (char *at = device_heap; at < device_heap + DEVICE_HEAP;) {
        struct block *block = (struct block *)at;
        char *next = at + sizeof *block + block->bytes;
        /* Free blocks that follow each other become one. */
        while (!block->used && next < device_heap + DEVICE_HEAP && !((struct block *)next)->used) {
            block->bytes += sizeof *block + ((struct block *)next)->bytes;
            next = at + sizeof *block + block->bytes;
        }
        if (!block->used && block->bytes >= bytes) {
            if (block->bytes - bytes > sizeof *block + BLOCK_ALIGN) {
                *(struct block *)(at + sizeof *block + bytes) = (struct block){.bytes = block->bytes - bytes - sizeof *block};
                block->bytes = bytes;
            }
            block->used = 1;
            return block + 1;
        }
        at = next;
    }
    return NULL;
}

__attribute__((used)) void *__faultline_device_malloc(size_t bytes) {
    if (bytes == 0) return NULL;
    engine_service_begin();
    void *block = allocate(bytes);
    engine_service_end();
    return block;
}
__attribute__((used)) void __faultline_device_free(void *pointer) {
    if (!pointer) return;
    engine_service_begin();
    ((struct block *)pointer - 1)->used = 0;
    engine_service_end();
}
