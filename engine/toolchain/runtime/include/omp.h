/*
 * <omp.h>: the runtime routines of OpenMP 5.2 for C and C++ (OpenMP API specification 5.2, chapter 18), with the names and
 * values that Clang looks up by itself (allocator handles, events, depend objects).
 */
#ifndef FAULTLINE_OMP_H
#define FAULTLINE_OMP_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
/* glibc's <stdlib.h> brings uint, ushort and ulong along, and programs have come to expect them. */
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#define __OMP_DEFAULT(value) = value
#else
#define __OMP_DEFAULT(value)
#endif

/* Not the specification's -1: that is what Clang passes for "no device clause". */
enum { omp_initial_device = -10, omp_invalid_device = -11 };

typedef enum omp_sched_t {
    omp_sched_static = 1,
    omp_sched_dynamic = 2,
    omp_sched_guided = 3,
    omp_sched_auto = 4,
    omp_sched_monotonic = (int)0x80000000u
} omp_sched_t;

typedef enum omp_proc_bind_t {
    omp_proc_bind_false = 0,
    omp_proc_bind_true = 1,
    omp_proc_bind_primary = 2,
    omp_proc_bind_master = 2,
    omp_proc_bind_close = 3,
    omp_proc_bind_spread = 4
} omp_proc_bind_t;

typedef enum omp_sync_hint_t {
    omp_sync_hint_none = 0,
    omp_lock_hint_none = 0,
    omp_sync_hint_uncontended = 1,
    omp_lock_hint_uncontended = 1,
    omp_sync_hint_contended = 2,
    omp_lock_hint_contended = 2,
    omp_sync_hint_nonspeculative = 4,
    omp_lock_hint_nonspeculative = 4,
    omp_sync_hint_speculative = 8,
    omp_lock_hint_speculative = 8
} omp_sync_hint_t;
typedef omp_sync_hint_t omp_lock_hint_t;

typedef enum omp_pause_resource_t {
    omp_pause_soft = 1,
    omp_pause_hard = 2
} omp_pause_resource_t;

/* Threads and teams. */
void omp_set_num_threads(int threads);
int omp_get_num_threads(void);
int omp_get_max_threads(void);
int omp_get_thread_num(void);
int omp_get_num_procs(void);
int omp_in_parallel(void);
void omp_set_dynamic(int dynamic);
int omp_get_dynamic(void);
int omp_get_cancellation(void);
void omp_set_nested(int nested);
int omp_get_nested(void);
void omp_set_schedule(omp_sched_t kind, int chunk);
void omp_get_schedule(omp_sched_t *kind, int *chunk);
int omp_get_thread_limit(void);
int omp_get_supported_active_levels(void);
void omp_set_max_active_levels(int levels);
int omp_get_max_active_levels(void);
int omp_get_level(void);
int omp_get_ancestor_thread_num(int level);
int omp_get_team_size(int level);
int omp_get_active_level(void);
int omp_in_final(void);
int omp_in_explicit_task(void);
int omp_get_num_teams(void);
int omp_get_team_num(void);
void omp_set_num_teams(int teams);
int omp_get_max_teams(void);
void omp_set_teams_thread_limit(int limit);
int omp_get_teams_thread_limit(void);

/* Places. */
omp_proc_bind_t omp_get_proc_bind(void);
int omp_get_num_places(void);
int omp_get_place_num_procs(int place);
void omp_get_place_proc_ids(int place, int *ids);
int omp_get_place_num(void);
int omp_get_partition_num_places(void);
void omp_get_partition_place_nums(int *places);
void omp_set_affinity_format(const char *format);
size_t omp_get_affinity_format(char *buffer, size_t size);
void omp_display_affinity(const char *format);
size_t omp_capture_affinity(char *buffer, size_t size, const char *format);

/* Devices. */
void omp_set_default_device(int device);
int omp_get_default_device(void);
int omp_get_num_devices(void);
int omp_get_device_num(void);
int omp_get_initial_device(void);
int omp_is_initial_device(void);
int omp_pause_resource(omp_pause_resource_t kind, int device);
int omp_pause_resource_all(omp_pause_resource_t kind);

/* Device memory. */
typedef void *omp_depend_t;
void *omp_target_alloc(size_t bytes, int device);
void omp_target_free(void *pointer, int device);
int omp_target_is_present(const void *pointer, int device);
int omp_target_is_accessible(const void *pointer, size_t bytes, int device);
void *omp_get_mapped_ptr(const void *pointer, int device);
int omp_target_memcpy(void *destination, const void *source, size_t bytes, size_t destination_offset, size_t source_offset,
                      int destination_device, int source_device);
int omp_target_memcpy_async(void *destination, const void *source, size_t bytes, size_t destination_offset,
                            size_t source_offset, int destination_device, int source_device, int dependences,
                            omp_depend_t *dependence_list);
int omp_target_memcpy_rect(void *destination, const void *source, size_t element_size, int dimensions, const size_t *volume,
                           const size_t *destination_offsets, const size_t *source_offsets,
                           const size_t *destination_dimensions, const size_t *source_dimensions, int destination_device,
                           int source_device);
int omp_target_memcpy_rect_async(void *destination, const void *source, size_t element_size, int dimensions,
                                 const size_t *volume, const size_t *destination_offsets, const size_t *source_offsets,
                                 const size_t *destination_dimensions, const size_t *source_dimensions,
                                 int destination_device, int source_device, int dependences, omp_depend_t *dependence_list);
void *omp_target_memset(void *pointer, int value, size_t bytes, int device);
int omp_target_associate_ptr(const void *host, const void *device_pointer, size_t bytes, size_t offset, int device);
int omp_target_disassociate_ptr(const void *host, int device);

/* Locks. */
typedef struct omp_lock_t {
    int owner;
} omp_lock_t;
typedef struct omp_nest_lock_t {
    int owner, depth;
} omp_nest_lock_t;
void omp_init_lock(omp_lock_t *lock);
void omp_init_lock_with_hint(omp_lock_t *lock, omp_sync_hint_t hint);
void omp_destroy_lock(omp_lock_t *lock);
void omp_set_lock(omp_lock_t *lock);
void omp_unset_lock(omp_lock_t *lock);
int omp_test_lock(omp_lock_t *lock);
void omp_init_nest_lock(omp_nest_lock_t *lock);
void omp_init_nest_lock_with_hint(omp_nest_lock_t *lock, omp_sync_hint_t hint);
void omp_destroy_nest_lock(omp_nest_lock_t *lock);
void omp_set_nest_lock(omp_nest_lock_t *lock);
void omp_unset_nest_lock(omp_nest_lock_t *lock);
int omp_test_nest_lock(omp_nest_lock_t *lock);

/* Time: the virtual clock. */
double omp_get_wtime(void);
double omp_get_wtick(void);

/* Detached tasks. */
typedef enum omp_event_handle_t {
    __omp_event_handle_largest = UINTPTR_MAX
} omp_event_handle_t;
void omp_fulfill_event(omp_event_handle_t event);

/* Memory allocators. */
typedef uintptr_t omp_uintptr_t;
typedef enum omp_memspace_handle_t {
    omp_default_mem_space = 0,
    omp_large_cap_mem_space = 1,
    omp_const_mem_space = 2,
    omp_high_bw_mem_space = 3,
    omp_low_lat_mem_space = 4,
    llvm_omp_target_host_mem_space = 100,
    llvm_omp_target_shared_mem_space = 101,
    llvm_omp_target_device_mem_space = 102,
    __omp_memspace_handle_largest = UINTPTR_MAX
} omp_memspace_handle_t;

typedef enum omp_allocator_handle_t {
    omp_null_allocator = 0,
    omp_default_mem_alloc = 1,
    omp_large_cap_mem_alloc = 2,
    omp_const_mem_alloc = 3,
    omp_high_bw_mem_alloc = 4,
    omp_low_lat_mem_alloc = 5,
    omp_cgroup_mem_alloc = 6,
    omp_pteam_mem_alloc = 7,
    omp_thread_mem_alloc = 8,
    llvm_omp_target_host_mem_alloc = 100,
    llvm_omp_target_shared_mem_alloc = 101,
    llvm_omp_target_device_mem_alloc = 102,
    __omp_allocator_handle_largest = UINTPTR_MAX
} omp_allocator_handle_t;

typedef enum omp_alloctrait_key_t {
    omp_atk_sync_hint = 1,
    omp_atk_alignment = 2,
    omp_atk_access = 3,
    omp_atk_pool_size = 4,
    omp_atk_fallback = 5,
    omp_atk_fb_data = 6,
    omp_atk_pinned = 7,
    omp_atk_partition = 8
} omp_alloctrait_key_t;

typedef enum omp_alloctrait_value_t {
    omp_atv_false = 0,
    omp_atv_true = 1,
    omp_atv_contended = 3,
    omp_atv_uncontended = 4,
    omp_atv_serialized = 5,
    omp_atv_sequential = 5,
    omp_atv_private = 6,
    omp_atv_all = 7,
    omp_atv_thread = 8,
    omp_atv_pteam = 9,
    omp_atv_cgroup = 10,
    omp_atv_default_mem_fb = 11,
    omp_atv_null_fb = 12,
    omp_atv_abort_fb = 13,
    omp_atv_allocator_fb = 14,
    omp_atv_environment = 15,
    omp_atv_nearest = 16,
    omp_atv_blocked = 17,
    omp_atv_interleaved = 18
} omp_alloctrait_value_t;
#define omp_atv_default ((omp_uintptr_t)-1)

typedef struct omp_alloctrait_t {
    omp_alloctrait_key_t key;
    omp_uintptr_t value;
} omp_alloctrait_t;

omp_allocator_handle_t omp_init_allocator(omp_memspace_handle_t space, int count, const omp_alloctrait_t traits[]);
void omp_destroy_allocator(omp_allocator_handle_t allocator);
void omp_set_default_allocator(omp_allocator_handle_t allocator);
omp_allocator_handle_t omp_get_default_allocator(void);
void *omp_alloc(size_t bytes, omp_allocator_handle_t allocator __OMP_DEFAULT(omp_null_allocator));
void *omp_aligned_alloc(size_t alignment, size_t bytes, omp_allocator_handle_t allocator __OMP_DEFAULT(omp_null_allocator));
void *omp_calloc(size_t count, size_t bytes, omp_allocator_handle_t allocator __OMP_DEFAULT(omp_null_allocator));
void *omp_aligned_calloc(size_t alignment, size_t count, size_t bytes,
                         omp_allocator_handle_t allocator __OMP_DEFAULT(omp_null_allocator));
void *omp_realloc(void *pointer, size_t bytes, omp_allocator_handle_t allocator __OMP_DEFAULT(omp_null_allocator),
                  omp_allocator_handle_t free_allocator __OMP_DEFAULT(omp_null_allocator));
void omp_free(void *pointer, omp_allocator_handle_t allocator __OMP_DEFAULT(omp_null_allocator));

/* LLVM's own names for the three kinds of memory a device can use. */
void *llvm_omp_target_alloc_host(size_t bytes, int device);
void *llvm_omp_target_alloc_shared(size_t bytes, int device);
void *llvm_omp_target_alloc_device(size_t bytes, int device);
void llvm_omp_target_free_host(void *pointer, int device);
void llvm_omp_target_free_shared(void *pointer, int device);
void llvm_omp_target_free_device(void *pointer, int device);

/* Interoperability objects: always omp_interop_none, since no foreign runtime is behind a device. */
typedef void *omp_interop_t;
typedef intptr_t omp_intptr_t;
#define omp_interop_none ((omp_interop_t)0)
typedef enum omp_interop_fr_t {
    omp_ifr_cuda = 1,
    omp_ifr_cuda_driver = 2,
    omp_ifr_opencl = 3,
    omp_ifr_sycl = 4,
    omp_ifr_hip = 5,
    omp_ifr_level_zero = 6,
    omp_ifr_last = 7
} omp_interop_fr_t;
typedef enum omp_interop_property_t {
    omp_ipr_fr_id = -1,
    omp_ipr_fr_name = -2,
    omp_ipr_vendor = -3,
    omp_ipr_vendor_name = -4,
    omp_ipr_device_num = -5,
    omp_ipr_platform = -6,
    omp_ipr_device = -7,
    omp_ipr_device_context = -8,
    omp_ipr_targetsync = -9,
    omp_ipr_first = -9
} omp_interop_property_t;
typedef enum omp_interop_rc_t {
    omp_irc_no_value = 1,
    omp_irc_success = 0,
    omp_irc_empty = -1,
    omp_irc_out_of_range = -2,
    omp_irc_type_int = -3,
    omp_irc_type_ptr = -4,
    omp_irc_type_str = -5,
    omp_irc_other = -6
} omp_interop_rc_t;
int omp_get_num_interop_properties(const omp_interop_t interop);
omp_intptr_t omp_get_interop_int(const omp_interop_t interop, omp_interop_property_t property, int *result);
void *omp_get_interop_ptr(const omp_interop_t interop, omp_interop_property_t property, int *result);
const char *omp_get_interop_str(const omp_interop_t interop, omp_interop_property_t property, int *result);
const char *omp_get_interop_name(const omp_interop_t interop, omp_interop_property_t property);

typedef enum omp_control_tool_t {
    omp_control_tool_start = 1,
    omp_control_tool_pause = 2,
    omp_control_tool_flush = 3,
    omp_control_tool_end = 4
} omp_control_tool_t;
typedef enum omp_control_tool_result_t {
    omp_control_tool_notool = -2,
    omp_control_tool_nocallback = -1,
    omp_control_tool_success = 0,
    omp_control_tool_ignored = 1
} omp_control_tool_result_t;
int omp_control_tool(int command, int modifier, void *argument);
void omp_display_env(int verbose);

#ifdef __cplusplus
}
#endif
#undef __OMP_DEFAULT

#endif
