/*
 * The engine's part inside the module. Functions named __faultline_* are called by generated code and are never
 * instrumented themselves; what they cannot decide from the permission table they ask the engine (the imports below).
 */
#include "faultline.h"

#define HOOK __attribute__((used, visibility("hidden")))

ENGINE("fault") void engine_fault(unsigned address, unsigned flags, unsigned site);
ENGINE("frame") void engine_frame(unsigned address, unsigned bytes, unsigned need, unsigned site);
ENGINE("range") void engine_range(unsigned address, unsigned bytes, unsigned need, unsigned site);
ENGINE("memory_size") unsigned engine_memory_size(void);
ENGINE("memory_grow") unsigned engine_memory_grow(unsigned pages);
ENGINE("poll") void engine_poll(unsigned site, unsigned kind);
ENGINE("preempt") void engine_preempt(void);
ENGINE("region_begin") void engine_region_begin(unsigned site);
ENGINE("region_end") void engine_region_end(void);

/*
 * Fences: each is the first thing in its segment (this object is linked first) and page-aligned, so that read-only data, the
 * program's data, managed variables, the device's own variables and zeroed data never share a page.
 */
#define FENCE(segment) __attribute__((section(segment), aligned(4096), used))
#define REGISTER __attribute__((section("faultline.device"), used))
FENCE(".data") char __faultline_data_start[16] = {1};
FENCE("faultline.managed") char __faultline_managed_start[16] = {1};
/* The special registers of a GPU thread, in this order and without gaps (the engine checks). */
FENCE("faultline.device") struct __faultline_triple __faultline_threadIdx = {1, 1, 1};
REGISTER struct __faultline_triple __faultline_blockIdx = {1, 1, 1};
REGISTER struct __faultline_triple __faultline_blockDim = {1, 1, 1};
REGISTER struct __faultline_triple __faultline_gridDim = {1, 1, 1};
/* __shared__ variables: behind the device's others, for the linker keeps the order in which it first meets segments of one kind. */
FENCE("faultline.device.shared") char __faultline_shared_start[16] = {1};
FENCE(".bss") char __faultline_device_end[16];

/*
 * A launched kernel is checked against a table that begins empty, so the first touch of each page comes here. If the device's own table
 * allows it, it is logged for the engine (execution/race-detector.ts) and allowed from then on; what would be a race with it is withheld
 * from the CPU: a write, and after a write also a read. A page whose accesses are counted (bit 2 of the device's table) is not allowed but
 * remembered as heard of (bits 5-6): each access comes here. Addresses as in execution/layout.ts.
 */
ENGINE("touched") void engine_touched(void);
#define CPU_TABLE ((unsigned char *)0x00800000)
#define LAUNCH_TABLE ((unsigned char *)0x06800000)
#define TOUCH_LOG ((struct touch_log *)0x8000)
enum { MOST_TOUCHES = 0x8000 / 4 - 2, COUNTED = 4, HEARD_SHIFT = 5 };
struct touch_log {
    unsigned count;
    const unsigned char *permissions;
    /* page << 2 | need */
    unsigned touches[MOST_TOUCHES];
};

/*
 * Accesses to another processor's memory, in regions of 64 KiB, for the engine to count (execution/remote-accesses.ts, which says what is one
 * access and does the same where an access comes to it).
 */
ENGINE("counted") void engine_counted(void);
#define ACCESS_LOG ((struct access_log *)0x4000)
enum { LINE_SHIFT = 7, REGION_SHIFT = 16, LINES = 1024, MOST_ACCESSES = 1023, WARP_LANES = 32, MOST_WARPS = 32 };
struct access_log {
    unsigned count;
    unsigned regions[MOST_ACCESSES];
    struct { unsigned line, warp; } lines[LINES];
};

/* Shared memory of a kernel that the engine looks at access by access (execution/shared-hazards.ts); its pages are not in the launch table. */
ENGINE("shared_access") void engine_shared_access(unsigned address, unsigned flags, unsigned site);
#define WATCHED ((const struct watched *)0x7ff8)
struct watched { unsigned start, bytes; };

static int __faultline_is_watched(const unsigned char *permissions, unsigned address, unsigned bytes) {
    unsigned offset = address - WATCHED->start;
    return offset < WATCHED->bytes && bytes <= WATCHED->bytes - offset && permissions == LAUNCH_TABLE;
}

static unsigned __faultline_linear(const struct __faultline_triple *index, const struct __faultline_triple *size) {
    return index->x + size->x * (index->y + size->y * index->z);
}

static void __faultline_count_accesses(unsigned first, unsigned last) {
    unsigned warp = __faultline_linear(&__faultline_blockIdx, &__faultline_gridDim) * MOST_WARPS +
                    __faultline_linear(&__faultline_threadIdx, &__faultline_blockDim) / WARP_LANES;
    for (unsigned line = first >> LINE_SHIFT; line <= last >> LINE_SHIFT; line++) {
        unsigned at = (line ^ line >> 10) % LINES;
        if (ACCESS_LOG->lines[at].line == line && ACCESS_LOG->lines[at].warp == warp) continue;
        ACCESS_LOG->lines[at].line = line;
        ACCESS_LOG->lines[at].warp = warp;
        ACCESS_LOG->regions[ACCESS_LOG->count++] = line >> (REGION_SHIFT - LINE_SHIFT);
        if (ACCESS_LOG->count == MOST_ACCESSES) engine_counted();
    }
}

static int __faultline_touch(const unsigned char *permissions, unsigned first, unsigned last, unsigned need) {
    unsigned page = first >> 12;
    if (permissions != LAUNCH_TABLE) return 0;
    if (__faultline_is_watched(permissions, first, last - first + 1)) return 1;
    if ((LAUNCH_TABLE[page] >> HEARD_SHIFT & need) == need) {
        __faultline_count_accesses(first, last);
        return 1;
    }
    unsigned known = TOUCH_LOG->permissions[page];
    if ((known & need) != need) return 0;
    if (TOUCH_LOG->count == MOST_TOUCHES) engine_touched();
    TOUCH_LOG->touches[TOUCH_LOG->count++] = page << 2 | need;
    unsigned withheld = need & 2 ? 3 : 2;
    LAUNCH_TABLE[page] |= (known & COUNTED ? need << HEARD_SHIFT : need) | withheld << 2;
    CPU_TABLE[page] &= ~withheld;
    if (known & COUNTED) __faultline_count_accesses(first, last);
    return 1;
}

/* Whether [first, last], which is of one page, may be accessed. */
static int __faultline_allowed(const unsigned char *permissions, unsigned first, unsigned last, unsigned need) {
    return (permissions[first >> 12] & need) == need || __faultline_touch(permissions, first, last, need);
}

/* Whether each page of [first, last], which does not wrap, may be accessed. */
static int __faultline_all_allowed(const unsigned char *permissions, unsigned first, unsigned last, unsigned need) {
    for (; first >> 12 < last >> 12; first = (first | 4095) + 1)
        if (!__faultline_allowed(permissions, first, first | 4095, need)) return 0;
    return __faultline_allowed(permissions, first, last, need);
}

/* flags: bytes << 8 | atomic << 2 | need. Reached when the page lacks a permission or the address is misaligned. */
HOOK void __faultline_access(const unsigned char *permissions, unsigned address, unsigned flags, unsigned site) {
    unsigned need = flags & 3, last = address + (flags >> 8) - 1;
    if (__faultline_is_watched(permissions, address, flags >> 8)) {
        engine_shared_access(address, flags, site);
        return;
    }
    if (last >= address && __faultline_all_allowed(permissions, address, last, need)) return;
    engine_fault(address, flags, site);
}

HOOK void __faultline_frame(const unsigned char *permissions, unsigned first, unsigned last, unsigned need, unsigned site) {
    if (__faultline_allowed(permissions, first, first, need) && __faultline_allowed(permissions, last, last, need)) return;
    engine_frame(first, last - first + 1, need, site);
}

/* The same for a range that is not empty, and may wrap. */
static int __faultline_range_allowed(const unsigned char *permissions, unsigned address, unsigned bytes, unsigned need, unsigned site) {
    if (__faultline_is_watched(permissions, address, bytes)) {
        engine_shared_access(address, bytes << 8 | need, site);
        return 1;
    }
    unsigned last = address + bytes - 1;
    return last >= address && __faultline_all_allowed(permissions, address, last, need);
}

/* Whether a range that is not empty lies in one page, and that may be accessed. */
static inline int __faultline_page_allowed(const unsigned char *permissions, unsigned address, unsigned bytes, unsigned need) {
    return (address ^ (address + bytes - 1)) >> 12 == 0 && (permissions[address >> 12] & need) != 0;
}

HOOK void __faultline_copy(const unsigned char *permissions, unsigned destination, unsigned source, unsigned bytes, unsigned site) {
    if (bytes == 0) return;
    if (__faultline_page_allowed(permissions, source, bytes, 1) && __faultline_page_allowed(permissions, destination, bytes, 2)) return;
    if (!__faultline_range_allowed(permissions, source, bytes, 1, site)) engine_range(source, bytes, 1, site);
    if (!__faultline_range_allowed(permissions, destination, bytes, 2, site)) engine_range(destination, bytes, 2, site);
}

HOOK void __faultline_fill(const unsigned char *permissions, unsigned destination, unsigned bytes, unsigned site) {
    if (bytes == 0 || __faultline_page_allowed(permissions, destination, bytes, 2)) return;
    if (!__faultline_range_allowed(permissions, destination, bytes, 2, site)) engine_range(destination, bytes, 2, site);
}

HOOK unsigned __faultline_memory_size(void) { return engine_memory_size(); }
HOOK unsigned __faultline_memory_grow(unsigned pages) { return engine_memory_grow(pages); }
HOOK void __faultline_poll(unsigned site, unsigned kind) { engine_poll(site, kind); }
HOOK void __faultline_preempt(void) { engine_preempt(); }
HOOK void __faultline_region_begin(unsigned site) { engine_region_begin(site); }
HOOK void __faultline_region_end(void) { engine_region_end(); }
