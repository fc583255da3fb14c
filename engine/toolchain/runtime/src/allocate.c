/*
 * The C library's allocator, watched: blocks of a page or more are reported to the engine, so that pages have an owner.
 * As with glibc's default M_MMAP_THRESHOLD, a block of 128 KiB or more is a mapping of its own and goes back to the system
 * when it is freed; its header of one page-aligned 16 bytes is glibc's too, so arrays lie at page start + 16.
 */
#include "faultline.h"
#include <errno.h>
#include <string.h>

size_t malloc_usable_size(void *);
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_aligned_alloc(size_t, size_t);
void __real_free(void *);

/* Smaller blocks share their pages with others: they belong to the heap as a whole. */
enum { RECORDED = 4096, MMAP_THRESHOLD = 128 * 1024, HEADER = 16 };

static void *map_block(size_t alignment, size_t bytes) {
    size_t lead = alignment > HEADER ? alignment : HEADER;
    if (bytes > SIZE_MAX - lead) return errno = ENOMEM, NULL;
    uintptr_t mapping = engine_map(bytes + lead, KIND_ANONYMOUS, 0);
    if (mapping == 0) return errno = ENOMEM, NULL;
    char *block = (char *)((mapping + lead) & ~(uintptr_t)(alignment - 1));
    ((size_t *)block)[-1] = bytes; /* glibc writes its header here too: the first page is touched */
    engine_allocated((uintptr_t)block, bytes, mapping);
    return block;
}

void *__wrap_malloc(size_t bytes) {
    if (bytes >= MMAP_THRESHOLD) return map_block(HEADER, bytes);
    void *block = __real_malloc(bytes);
    if (block && bytes >= RECORDED) engine_allocated((uintptr_t)block, bytes, 0);
    return block;
}

void *__wrap_calloc(size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) return errno = ENOMEM, NULL;
    if (count * size >= MMAP_THRESHOLD) return map_block(HEADER, count * size);
    void *block = __real_calloc(count, size);
    if (block && count * size >= RECORDED) engine_allocated((uintptr_t)block, count * size, 0);
    return block;
}

void __wrap_free(void *block) {
    if (block && !engine_freed((uintptr_t)block)) __real_free(block);
}

void *__wrap_realloc(void *block, size_t bytes) {
    if (!block) return __wrap_malloc(bytes);
    size_t old = engine_block_bytes((uintptr_t)block);
    if (old == 0) old = malloc_usable_size(block);
    void *moved = __wrap_malloc(bytes);
    if (!moved) return NULL;
    memcpy(moved, block, old < bytes ? old : bytes);
    __wrap_free(block);
    return moved;
}

void *__wrap_aligned_alloc(size_t alignment, size_t bytes) {
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) return errno = EINVAL, NULL;
    if (bytes >= MMAP_THRESHOLD) return map_block(alignment < HEADER ? HEADER : alignment, bytes);
    void *block = __real_aligned_alloc(alignment, bytes);
    if (block && bytes >= RECORDED) engine_allocated((uintptr_t)block, bytes, 0);
    return block;
}

void *memalign(size_t alignment, size_t bytes) { return __wrap_aligned_alloc(alignment, bytes); }
void *valloc(size_t bytes) { return __wrap_aligned_alloc(4096, bytes); }
int __wrap_posix_memalign(void **result, size_t alignment, size_t bytes) {
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *block = __wrap_aligned_alloc(alignment, bytes);
    if (!block) return ENOMEM;
    *result = block;
    return 0;
}
