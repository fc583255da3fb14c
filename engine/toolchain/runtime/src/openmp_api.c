/*
 * OpenMP: the routines of <omp.h>. Queries answer for what openmp.c really does.
 */
#include "faultline_openmp.h"
#include "omp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct __faultline_place *const place = &__faultline_place;
static struct __faultline_control_variables *const icv = &__faultline_icv;
extern struct __faultline_triple __faultline_threadIdx;

/* ---- Threads and teams ---- */

ROUTINE(void, omp_set_num_threads, int threads) { place->wanted_threads = threads > 0 ? (unsigned)threads : 1; }
ROUTINE(int, omp_get_num_threads, void) { return (int)place->threads; }
ROUTINE(int, omp_get_max_threads, void) { return (int)__faultline_threads_to_come(); }
ROUTINE(int, omp_get_thread_num, void) { return (int)place->thread; }
ROUTINE(int, omp_get_num_procs, void) { return place->device == HOST ? 1 : (int)__faultline_threads_to_come(); }
ROUTINE(int, omp_in_parallel, void) { return place->active > 0; }
ROUTINE(void, omp_set_dynamic, int dynamic) { icv->dynamic = dynamic != 0; }
ROUTINE(int, omp_get_dynamic, void) { return icv->dynamic; }
ROUTINE(int, omp_get_cancellation, void) { return 0; }
ROUTINE(void, omp_set_nested, int nested) { icv->active_levels = nested ? INT32_MAX : 1; }
ROUTINE(int, omp_get_nested, void) { return icv->active_levels > 1; }
ROUTINE(void, omp_set_schedule, omp_sched_t kind, int chunk) {
    icv->schedule = (int)kind;
    icv->chunk = chunk;
}
ROUTINE(void, omp_get_schedule, omp_sched_t *kind, int *chunk) {
    *kind = (omp_sched_t)icv->schedule;
    *chunk = icv->chunk;
}
ROUTINE(int, omp_get_thread_limit, void) {
    unsigned limit = place->asked_limit;
    return limit != 0 ? (int)limit : icv->teams_limit > 0 ? icv->teams_limit : INT32_MAX;
}
ROUTINE(int, omp_get_supported_active_levels, void) { return INT32_MAX; }
ROUTINE(void, omp_set_max_active_levels, int levels) {
    if (levels >= 0) icv->active_levels = levels;
}
ROUTINE(int, omp_get_max_active_levels, void) { return icv->active_levels; }
ROUTINE(int, omp_get_level, void) { return place->level; }
/* The thread, or the size of the team, at a level; -1 if there is no such level. */
static int __faultline_at_level(int level, int threads) {
    if (level < 0 || level > place->level) return -1;
    const struct __faultline_place *at = place;
    while (at->outer && level <= at->outer->level) at = at->outer;
    int serial = level - (at->level - at->serialized);
    if (serial >= 0 && serial < at->serialized) return (int)(threads ? at->serial[serial].threads : at->serial[serial].thread);
    return (int)(threads ? at->threads : at->thread);
}
ROUTINE(int, omp_get_ancestor_thread_num, int level) { return __faultline_at_level(level, 0); }
ROUTINE(int, omp_get_team_size, int level) { return __faultline_at_level(level, 1); }
ROUTINE(int, omp_get_active_level, void) { return place->active; }
ROUTINE(int, omp_in_final, void) { return place->final_tasks > 0; }
ROUTINE(int, omp_in_explicit_task, void) { return place->tasks > 0; }
ROUTINE(int, omp_get_num_teams, void) { return (int)place->teams; }
ROUTINE(int, omp_get_team_num, void) { return (int)place->team; }
ROUTINE(void, omp_set_num_teams, int teams) { icv->teams = teams > 0 ? teams : 0; }
ROUTINE(int, omp_get_max_teams, void) { return icv->teams; }
ROUTINE(void, omp_set_teams_thread_limit, int limit) { icv->teams_limit = limit > 0 ? limit : 0; }
ROUTINE(int, omp_get_teams_thread_limit, void) { return icv->teams_limit; }

/* ---- Places: there are none ---- */

ROUTINE(omp_proc_bind_t, omp_get_proc_bind, void) { return omp_proc_bind_false; }
ROUTINE(int, omp_get_num_places, void) { return 0; }
ROUTINE(int, omp_get_place_num_procs, int number) { return 0; }
ROUTINE(void, omp_get_place_proc_ids, int number, int *ids) {}
ROUTINE(int, omp_get_place_num, void) { return -1; }
ROUTINE(int, omp_get_partition_num_places, void) { return 0; }
ROUTINE(void, omp_get_partition_place_nums, int *places) {}

static char affinity_format[128] = "thread %n";

/* Like snprintf: what fits, and how long all of it is. */
static size_t __faultline_text(char *buffer, size_t size, const char *text) {
    size_t length = strlen(text), copied = length < size ? length : size - 1;
    if (size != 0) {
        memcpy(buffer, text, copied);
        buffer[copied] = 0;
    }
    return length;
}
ROUTINE(void, omp_set_affinity_format, const char *format) { __faultline_text(affinity_format, sizeof affinity_format, format); }
ROUTINE(size_t, omp_get_affinity_format, char *buffer, size_t size) { return __faultline_text(buffer, size, affinity_format); }
ROUTINE(size_t, omp_capture_affinity, char *buffer, size_t size, const char *format) {
    return __faultline_text(buffer, size, "thread 0");
}
ROUTINE(void, omp_display_affinity, const char *format) { puts("thread 0"); }

/* ---- Devices ---- */

ROUTINE(void, omp_set_default_device, int device) { icv->default_device = device; }
ROUTINE(int, omp_get_default_device, void) { return icv->default_device; }
ROUTINE(int, omp_get_num_devices, void) { return engine_device_count(); }
ROUTINE(int, omp_get_initial_device, void) { return engine_device_count(); }
ROUTINE(int, omp_get_device_num, void) { return place->device == HOST ? engine_device_count() : place->device; }
ROUTINE(int, omp_is_initial_device, void) { return place->device == HOST; }
ROUTINE(int, omp_pause_resource, omp_pause_resource_t kind, int device) { return 0; }
ROUTINE(int, omp_pause_resource_all, omp_pause_resource_t kind) { return 0; }

/* ---- Time ---- */

ROUTINE(double, omp_get_wtime, void) { return engine_now_ns() * 1e-9; }
ROUTINE(double, omp_get_wtick, void) { return 1e-9; }

/* ---- Locks ---- */

/* Not a thread's number in its region, which inside another region is 0 for all of them. */
static int __faultline_owner(void) { return (int)__faultline_threadIdx.x + 1; }

static void __faultline_await_owner(const int *owner) {
    if (!place->waits || *owner == __faultline_owner())
        __faultline_openmp_fatal("deadlock: a lock is set that is set already");
    __faultline_await_lock(owner, *owner);
}

ROUTINE(void, omp_init_lock, omp_lock_t *lock) { lock->owner = 0; }
ROUTINE(void, omp_init_lock_with_hint, omp_lock_t *lock, omp_sync_hint_t hint) { lock->owner = 0; }
ROUTINE(void, omp_destroy_lock, omp_lock_t *lock) { lock->owner = 0; }
ROUTINE(void, omp_set_lock, omp_lock_t *lock) {
    while (lock->owner != 0) __faultline_await_owner(&lock->owner);
    lock->owner = __faultline_owner();
}
ROUTINE(void, omp_unset_lock, omp_lock_t *lock) { lock->owner = 0; }
/* Who is refused is likely to ask again: others run first. */
ROUTINE(int, omp_test_lock, omp_lock_t *lock) {
    if (lock->owner != 0 && place->waits) __faultline_await_lock(NULL, 0);
    if (lock->owner != 0) return 0;
    lock->owner = __faultline_owner();
    return 1;
}
ROUTINE(void, omp_init_nest_lock, omp_nest_lock_t *lock) { lock->owner = lock->depth = 0; }
ROUTINE(void, omp_init_nest_lock_with_hint, omp_nest_lock_t *lock, omp_sync_hint_t hint) { lock->owner = lock->depth = 0; }
ROUTINE(void, omp_destroy_nest_lock, omp_nest_lock_t *lock) { lock->owner = lock->depth = 0; }
ROUTINE(void, omp_set_nest_lock, omp_nest_lock_t *lock) {
    while (lock->owner != 0 && lock->owner != __faultline_owner()) __faultline_await_owner(&lock->owner);
    lock->owner = __faultline_owner();
    lock->depth++;
}
ROUTINE(void, omp_unset_nest_lock, omp_nest_lock_t *lock) {
    if (--lock->depth == 0) lock->owner = 0;
}
ROUTINE(int, omp_test_nest_lock, omp_nest_lock_t *lock) {
    if (lock->owner != 0 && lock->owner != __faultline_owner() && place->waits) __faultline_await_lock(NULL, 0);
    if (lock->owner != 0 && lock->owner != __faultline_owner()) return 0;
    lock->owner = __faultline_owner();
    return ++lock->depth;
}

/* ---- Blocks of memory that a device asks for inside a region ---- */

enum { MAX_CHUNKS = 32, FIRST_CHUNK = 1 << 20, BLOCK_HEADER = 16 };

static struct chunk {
    uintptr_t start;
    size_t bytes, used;
    int device;
} chunks[MAX_CHUNKS];
static int chunk_count;

/* In device memory, as a stack: tasks run at once, so what is taken last is given back first. */
void *__faultline_block(size_t bytes) {
    if (place->device == HOST) return __real_malloc(bytes);
    size_t needed = ((bytes + 15) & ~(size_t)15) + BLOCK_HEADER, size = FIRST_CHUNK;
    struct chunk *chunk = NULL;
    for (int n = 0; n < chunk_count; n++) {
        if (chunks[n].device != place->device) continue;
        if (chunks[n].bytes - chunks[n].used >= needed) chunk = &chunks[n];
        if (chunks[n].bytes >= size) size = chunks[n].bytes * 2;
    }
    if (!chunk) {
        if (needed > size) size = needed;
        uintptr_t start = chunk_count < MAX_CHUNKS ? engine_map(size, KIND_DEVICE, place->device) : 0;
        if (start == 0) return NULL;
        chunk = &chunks[chunk_count++];
        *chunk = (struct chunk){start, size, 0, place->device};
    }
    char *block = (char *)chunk->start + chunk->used + BLOCK_HEADER;
    *(size_t *)(block - BLOCK_HEADER) = needed;
    chunk->used += needed;
    return block;
}

int __faultline_block_free(void *block) {
    for (int n = 0; n < chunk_count; n++) {
        struct chunk *chunk = &chunks[n];
        if ((uintptr_t)block - chunk->start >= chunk->bytes) continue;
        uintptr_t start = (uintptr_t)block - BLOCK_HEADER;
        if (start + *(size_t *)start == chunk->start + chunk->used) chunk->used = start - chunk->start;
        return 1;
    }
    return 0;
}

void __faultline_blocks_reset(int device) {
    for (int n = 0; n < chunk_count; n++)
        if (chunks[n].device == device) chunks[n].used = 0;
}

/* ---- Allocators ---- */

/* What the traits of an allocator made by the program come to. Handles are the addresses of these. */
struct allocator {
    size_t alignment, pool, used;
    omp_alloctrait_value_t fallback;
    int in_pool; /* whether a pool's size was given */
};
enum { FIRST_OWN_ALLOCATOR = 1024 };

ROUTINE(omp_allocator_handle_t, omp_init_allocator, omp_memspace_handle_t space, int count, const omp_alloctrait_t traits[]) {
    struct allocator *allocator = __real_malloc(sizeof *allocator);
    if (!allocator) return omp_null_allocator;
    *allocator = (struct allocator){.fallback = omp_atv_default_mem_fb};
    for (int n = 0; n < count; n++) {
        if (traits[n].key == omp_atk_alignment && traits[n].value != omp_atv_default) allocator->alignment = traits[n].value;
        if (traits[n].key == omp_atk_fallback) allocator->fallback = (omp_alloctrait_value_t)traits[n].value;
        if (traits[n].key == omp_atk_pool_size && traits[n].value != omp_atv_default) {
            allocator->in_pool = 1;
            allocator->pool = traits[n].value;
        }
    }
    return (omp_allocator_handle_t)(uintptr_t)allocator;
}
ROUTINE(void, omp_destroy_allocator, omp_allocator_handle_t allocator) {
    if ((uintptr_t)allocator >= FIRST_OWN_ALLOCATOR) __real_free((void *)(uintptr_t)allocator);
}
ROUTINE(void, omp_set_default_allocator, omp_allocator_handle_t allocator) { icv->allocator = (uintptr_t)allocator; }
ROUTINE(omp_allocator_handle_t, omp_get_default_allocator, void) { return (omp_allocator_handle_t)icv->allocator; }

static void *__faultline_allocate(size_t alignment, size_t bytes, uintptr_t handle) {
    if (bytes == 0) return NULL;
    if (handle == omp_null_allocator) handle = icv->allocator;
    if (handle >= FIRST_OWN_ALLOCATOR) {
        struct allocator *allocator = (struct allocator *)handle;
        if (allocator->alignment > alignment) alignment = allocator->alignment;
        if (allocator->in_pool && bytes > allocator->pool - allocator->used) {
            if (allocator->fallback == omp_atv_abort_fb) __faultline_openmp_fatal("an allocator's pool is exhausted");
            if (allocator->fallback == omp_atv_null_fb) return NULL;
        } else if (allocator->in_pool) allocator->used += bytes;
    }
    if (handle == llvm_omp_target_shared_mem_alloc || handle == llvm_omp_target_device_mem_alloc) {
        int device = place->device != HOST ? place->device : __faultline_device(-1);
        int kind = handle == llvm_omp_target_shared_mem_alloc ? KIND_MANAGED : KIND_DEVICE;
        if (device != HOST) return (void *)engine_map(bytes, kind, device);
    }
    if (place->device == HOST && alignment <= 16) return malloc(bytes);
    if (place->device == HOST) return aligned_alloc(alignment, (bytes + alignment - 1) & -alignment);
    char *block = __faultline_block(bytes + (alignment > 16 ? alignment : 0));
    if (!block || alignment <= 16) return block;
    return (void *)(((uintptr_t)block + alignment - 1) & -alignment);
}

static void __faultline_release(void *pointer) {
    if (pointer && !__faultline_block_free(pointer) && !engine_freed((uintptr_t)pointer)) free(pointer);
}

ROUTINE(void *, omp_alloc, size_t bytes, omp_allocator_handle_t allocator) { return __faultline_allocate(0, bytes, allocator); }
ROUTINE(void *, omp_aligned_alloc, size_t alignment, size_t bytes, omp_allocator_handle_t allocator) {
    return __faultline_allocate(alignment, bytes, allocator);
}
ROUTINE(void *, omp_aligned_calloc, size_t alignment, size_t count, size_t bytes, omp_allocator_handle_t allocator) {
    if (bytes != 0 && count > SIZE_MAX / bytes) return NULL;
    void *block = __faultline_allocate(alignment, count * bytes, allocator);
    return block ? memset(block, 0, count * bytes) : NULL;
}
ROUTINE(void *, omp_calloc, size_t count, size_t bytes, omp_allocator_handle_t allocator) {
    return __faultline_omp_aligned_calloc(0, count, bytes, allocator);
}
ROUTINE(void, omp_free, void *pointer, omp_allocator_handle_t allocator) { __faultline_release(pointer); }
ROUTINE(void *, omp_realloc, void *pointer, size_t bytes, omp_allocator_handle_t allocator, omp_allocator_handle_t former) {
    if (place->device != HOST) __faultline_openmp_fatal("omp_realloc inside a target region");
    return realloc(pointer, bytes);
}

/* The same for the `allocate` directive and clause. */
ROUTINE(void *, __kmpc_alloc, int thread, size_t bytes, uintptr_t allocator) { return __faultline_allocate(0, bytes, allocator); }
ROUTINE(void *, __kmpc_aligned_alloc, int thread, size_t alignment, size_t bytes, uintptr_t allocator) {
    return __faultline_allocate(alignment, bytes, allocator);
}
ROUTINE(void, __kmpc_free, int thread, void *pointer, uintptr_t allocator) { __faultline_release(pointer); }
ROUTINE(uintptr_t, __kmpc_init_allocator, int thread, uintptr_t space, int count, const omp_alloctrait_t *traits) {
    return (uintptr_t)__faultline_omp_init_allocator((omp_memspace_handle_t)space, count, traits);
}
ROUTINE(void, __kmpc_destroy_allocator, int thread, uintptr_t allocator) {
    __faultline_omp_destroy_allocator((omp_allocator_handle_t)allocator);
}

/* ---- Device memory ---- */

static void *__faultline_target_alloc(size_t bytes, int number, int kind) {
    if (bytes == 0) return NULL;
    int device = __faultline_device(number);
    return device == HOST ? malloc(bytes) : (void *)engine_map(bytes, kind, device);
}

/* With unified shared memory the host may use it, too. */
ROUTINE(void *, omp_target_alloc, size_t bytes, int device) {
    return __faultline_target_alloc(bytes, device, __faultline_is_unified() ? KIND_MANAGED : KIND_DEVICE);
}
ROUTINE(void, omp_target_free, void *pointer, int device) { __faultline_release(pointer); }
ROUTINE(void *, llvm_omp_target_alloc_host, size_t bytes, int device) { return malloc(bytes); }
ROUTINE(void *, llvm_omp_target_alloc_shared, size_t bytes, int device) {
    return __faultline_target_alloc(bytes, device, KIND_MANAGED);
}
ROUTINE(void *, llvm_omp_target_alloc_device, size_t bytes, int device) {
    return __faultline_target_alloc(bytes, device, KIND_DEVICE);
}
ROUTINE(void, llvm_omp_target_free_host, void *pointer, int device) { __faultline_release(pointer); }
ROUTINE(void, llvm_omp_target_free_shared, void *pointer, int device) { __faultline_release(pointer); }
ROUTINE(void, llvm_omp_target_free_device, void *pointer, int device) { __faultline_release(pointer); }

ROUTINE(int, omp_target_is_present, const void *pointer, int number) {
    int device = __faultline_device(number);
    return device == HOST || __faultline_is_unified() || __faultline_is_present((uintptr_t)pointer, 0, device);
}
ROUTINE(int, omp_target_is_accessible, const void *pointer, size_t bytes, int number) {
    int device = __faultline_device(number);
    return device == HOST || __faultline_is_unified() || __faultline_is_present((uintptr_t)pointer, bytes, device);
}
ROUTINE(void *, omp_get_mapped_ptr, const void *pointer, int number) {
    int device = __faultline_device(number);
    if (!__faultline_omp_target_is_present(pointer, number)) return NULL;
    return device == HOST ? (void *)pointer : __faultline_device_side((uintptr_t)pointer, device);
}

ROUTINE(int, omp_target_associate_ptr, const void *host, const void *pointer, size_t bytes, size_t offset, int number) {
    int device = __faultline_device(number);
    if (device == HOST || !host || !pointer || bytes == 0) return -1;
    return __faultline_associate((uintptr_t)host, bytes, (char *)pointer + offset, device) ? 0 : -1;
}

ROUTINE(int, omp_target_disassociate_ptr, const void *host, int number) {
    int device = __faultline_device(number);
    return device != HOST && __faultline_disassociate((uintptr_t)host, device) ? 0 : -1;
}

/* Done when the call returns: within a device's memory, too. */
static void __faultline_wait_for_devices(void) { engine_wait(-1, EVERY_STREAM, EVERY_LAUNCH, engine_done_ns(-1, EVERY_STREAM)); }

ROUTINE(int, omp_target_memcpy, void *destination, const void *source, size_t bytes, size_t destination_offset,
        size_t source_offset, int destination_device, int source_device) {
    if (!destination || !source) return -1;
    int direction = (__faultline_device(destination_device) != HOST ? COPY_HOST_TO_DEVICE : 0) |
                    (__faultline_device(source_device) != HOST ? COPY_DEVICE_TO_HOST : 0);
    int issuing = __faultline_device(destination_device) != HOST ? __faultline_device(destination_device) : __faultline_device(source_device);
    int error = engine_copy((uintptr_t)destination + destination_offset, (uintptr_t)source + source_offset, bytes, direction,
                            issuing != HOST ? issuing : 0, 0, SYNCHRONOUS);
    __faultline_wait_for_devices();
    return error;
}

ROUTINE(int, omp_target_memcpy_async, void *destination, const void *source, size_t bytes, size_t destination_offset,
        size_t source_offset, int destination_device, int source_device, int dependences, omp_depend_t *list) {
    return __faultline_omp_target_memcpy(destination, source, bytes, destination_offset, source_offset, destination_device,
                                         source_device);
}

ROUTINE(int, omp_target_memcpy_rect, void *destination, const void *source, size_t element_size, int dimensions,
        const size_t *volume, const size_t *destination_offsets, const size_t *source_offsets,
        const size_t *destination_dimensions, const size_t *source_dimensions, int destination_device, int source_device) {
    if (!destination && !source) return INT32_MAX; /* asks how many dimensions there may be */
    if (!destination || !source || dimensions < 1) return -1;
    size_t to_step = element_size, from_step = element_size;
    for (int n = 1; n < dimensions; n++) {
        to_step *= destination_dimensions[n];
        from_step *= source_dimensions[n];
    }
    char *to = (char *)destination + destination_offsets[0] * to_step;
    const char *from = (const char *)source + source_offsets[0] * from_step;
    if (dimensions == 1) {
        return __faultline_omp_target_memcpy(to, from, volume[0] * element_size, 0, 0, destination_device, source_device);
    }
    for (size_t n = 0; n < volume[0]; n++) {
        int status = __faultline_omp_target_memcpy_rect(to + n * to_step, from + n * from_step, element_size, dimensions - 1,
                                                        volume + 1, destination_offsets + 1, source_offsets + 1,
                                                        destination_dimensions + 1, source_dimensions + 1,
                                                        destination_device, source_device);
        if (status != 0) return status;
    }
    return 0;
}

ROUTINE(int, omp_target_memcpy_rect_async, void *destination, const void *source, size_t element_size, int dimensions,
        const size_t *volume, const size_t *destination_offsets, const size_t *source_offsets,
        const size_t *destination_dimensions, const size_t *source_dimensions, int destination_device, int source_device,
        int dependences, omp_depend_t *list) {
    return __faultline_omp_target_memcpy_rect(destination, source, element_size, dimensions, volume, destination_offsets,
                                              source_offsets, destination_dimensions, source_dimensions, destination_device,
                                              source_device);
}

ROUTINE(void *, omp_target_memset, void *pointer, int value, size_t bytes, int device) {
    if (__faultline_device(device) == HOST) return memset(pointer, value, bytes);
    engine_set((uintptr_t)pointer, value, bytes, __faultline_device(device), 0, SYNCHRONOUS);
    __faultline_wait_for_devices();
    return pointer;
}

/* ---- Events, interoperability, tools ---- */

ROUTINE(void, omp_fulfill_event, omp_event_handle_t event) {}
ROUTINE(int, omp_get_num_interop_properties, const omp_interop_t interop) { return 0; }

static void __faultline_no_interop(int *result) {
    if (result) *result = omp_irc_empty;
}
ROUTINE(omp_intptr_t, omp_get_interop_int, const omp_interop_t interop, omp_interop_property_t property, int *result) {
    __faultline_no_interop(result);
    return 0;
}
ROUTINE(void *, omp_get_interop_ptr, const omp_interop_t interop, omp_interop_property_t property, int *result) {
    __faultline_no_interop(result);
    return NULL;
}
ROUTINE(const char *, omp_get_interop_str, const omp_interop_t interop, omp_interop_property_t property, int *result) {
    __faultline_no_interop(result);
    return NULL;
}
ROUTINE(const char *, omp_get_interop_name, const omp_interop_t interop, omp_interop_property_t property) { return NULL; }
ROUTINE(int, omp_control_tool, int command, int modifier, void *argument) { return omp_control_tool_notool; }

ROUTINE(void, omp_display_env, int verbose) {
    fprintf(stderr, "OPENMP DISPLAY ENVIRONMENT BEGIN\n  _OPENMP='202111'\n  OMP_NUM_THREADS='%d'\n  OMP_DEFAULT_DEVICE='%d'\n"
                    "OPENMP DISPLAY ENVIRONMENT END\n", (int)__faultline_threads_to_come(), icv->default_device);
}
