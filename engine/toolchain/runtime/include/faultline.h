/* What the runtime's own sources share with each other and with the engine. Not for programs. */
#ifndef FAULTLINE_H
#define FAULTLINE_H

#include <stddef.h>
#include <stdint.h>

/* A function that the engine provides. */
#define ENGINE(name) __attribute__((import_module("faultline"), import_name(name)))

/* Of times(), a second. */
enum { FAULTLINE_CLOCK_TICKS = 100 };

struct __faultline_triple {
    unsigned x, y, z;
};

/* Kinds of a mapping, as the engine numbers them. */
enum engine_kind { KIND_ANONYMOUS = 0, KIND_MANAGED = 1, KIND_DEVICE = 2, KIND_PINNED = 3 };

/* Maps page-aligned memory and records it as an allocation of this size; 0 if there is no room. */
ENGINE("map") uintptr_t engine_map(size_t bytes, int kind, int device);
/* Records a block of the heap, or a block that begins `lead` bytes into the mapping that engine_map gave. */
ENGINE("allocated") void engine_allocated(uintptr_t block, size_t bytes, uintptr_t mapping);
/* The block is no more; 1 if it was a mapping of its own, which is gone now. */
ENGINE("freed") int engine_freed(uintptr_t block);
/* Size that a live block was recorded with; 0 if it is none. */
ENGINE("block_bytes") size_t engine_block_bytes(uintptr_t block);

/* Directions of an explicit copy, numbered as cudaMemcpyKind. */
enum engine_copy { COPY_HOST_TO_HOST = 0, COPY_HOST_TO_DEVICE = 1, COPY_DEVICE_TO_HOST = 2, COPY_DEVICE_TO_DEVICE = 3, COPY_DEFAULT = 4 };
/* Copies and records; 0, or the errno that says why not. In the order of a device's stream; `waits`: the call does, and for kernels before it, too. */
ENGINE("copy") int engine_copy(uintptr_t destination, uintptr_t source, size_t bytes, int direction, int device, uintptr_t stream, int waits);
ENGINE("set") int engine_set(uintptr_t destination, int value, size_t bytes, int device, uintptr_t stream, int waits);
enum { ASYNCHRONOUS = 0, SYNCHRONOUS = 1 };
/* Host memory that a device can copy from and to while the program goes on. */
ENGINE("host_register") void engine_host_register(uintptr_t address, size_t bytes);
ENGINE("host_unregister") void engine_host_unregister(uintptr_t address);

/* Moves pages to a device, or to system memory for -1, as far as the driver can. 0 or an errno. */
ENGINE("prefetch") int engine_prefetch(uintptr_t address, size_t bytes, int device);
/* Bytes of the range that are in a device's memory, or in system memory for -1. */
ENGINE("residency") size_t engine_residency(uintptr_t address, size_t bytes, int device);
/* Records that the program waits. */
ENGINE("sync") void engine_sync(void);
/* The host waits until `ns`, and so for the launches up to `until` in a stream of a device; for all devices with -1. */
ENGINE("wait") void engine_wait(int device, uintptr_t stream, unsigned until, double ns);
/* When all that a stream was given is done. */
ENGINE("done_ns") double engine_done_ns(int device, uintptr_t stream);
/* An event is recorded in a stream: when it is reached. */
ENGINE("record_event") double engine_record_event(int device, uintptr_t stream);
/* What a stream is given from now on waits until `ns`, for the launches up to `until` in another stream. */
ENGINE("stream_wait") void engine_stream_wait(int device, uintptr_t stream, int awaited_device, uintptr_t awaited_stream, unsigned until, double ns);
/* Whether it is `ns`. Some time passes if it is not. */
ENGINE("poll_ns") int engine_poll_ns(double ns);
#define EVERY_STREAM UINTPTR_MAX
#define EVERY_LAUNCH 0xffffffffu
/* The number of the last launch; later ones are told apart from it by what engine_wait is given. */
ENGINE("mark") unsigned engine_mark(void);
/* A call of the API returns this error; names are for a person. */
ENGINE("api_error") void engine_api_error(int code, const char *function, const char *error);
ENGINE("now_ns") double engine_now_ns(void);
ENGINE("device_count") int engine_device_count(void);

enum engine_property {
    PROPERTY_TOTAL_MEMORY,
    PROPERTY_FREE_MEMORY,
    PROPERTY_MULTIPROCESSORS,
    PROPERTY_CLOCK_KHZ,
    PROPERTY_MEMORY_BANDWIDTH,
    PROPERTY_COMPUTE_CAPABILITY,
    PROPERTY_L2_BYTES,
    PROPERTY_MEMORY_BUS_BITS,
    PROPERTY_THREADS_PER_MULTIPROCESSOR,
    PROPERTY_BLOCKS_PER_MULTIPROCESSOR,
    PROPERTY_SHARED_PER_BLOCK,
    PROPERTY_SHARED_PER_MULTIPROCESSOR,
    PROPERTY_REGISTERS_PER_MULTIPROCESSOR,
    PROPERTY_MANAGED_MEMORY,
    PROPERTY_CONCURRENT_MANAGED_ACCESS,
    PROPERTY_PAGEABLE_MEMORY_ACCESS,
    PROPERTY_USES_HOST_PAGE_TABLES,
    PROPERTY_DIRECT_MANAGED_ACCESS_FROM_HOST,
    PROPERTY_HOST_NATIVE_ATOMICS
};
/* One figure of a device's; 0 where the machine's profile does not give it. */
ENGINE("device_property") double engine_device_property(int device, int property);
ENGINE("device_name") void engine_device_name(int device, char *text, size_t bytes);

/* Between these the runtime works for a device thread with host data: nothing is checked or counted. */
ENGINE("service_begin") void engine_service_begin(void);
ENGINE("service_end") void engine_service_end(void);
/* Ends the program as abort() does, with a sentence for the report. */
ENGINE("stop") __attribute__((noreturn)) void engine_stop(const char *message);

#endif
