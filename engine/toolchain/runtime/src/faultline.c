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
FENCE(".bss") char __faultline_device_end[16];

/*
 * A launched kernel is checked against a table that begins empty, so the first touch of each page comes here. If the device's own table
 * allows it, it is logged for the engine (execution/race-detector.ts) and allowed from then on; what would be a race with it is withheld
 * from the CPU: a write, and after a write also a read. Addresses as in execution/layout.ts.
 */
ENGINE("touched") void engine_touched(void);
#define CPU_TABLE ((unsigned char *)0x00800000)
#define LAUNCH_TABLE ((unsigned char *)0x06800000)
#define TOUCH_LOG ((struct touch_log *)0x8000)
enum { MOST_TOUCHES = 0x8000 / 4 - 2 };
struct touch_log {
    unsigned count;
    const unsigned char *permissions;
    /* page << 2 | need */
    unsigned touches[MOST_TOUCHES];
};

static int touch(const unsigned char *permissions, unsigned page, unsigned need) {
    if (permissions != LAUNCH_TABLE || (TOUCH_LOG->permissions[page] & need) != need) return 0;
    if (TOUCH_LOG->count == MOST_TOUCHES) engine_touched();
    TOUCH_LOG->touches[TOUCH_LOG->count++] = page << 2 | need;
    unsigned withheld = need & 2 ? 3 : 2;
    LAUNCH_TABLE[page] |= need | withheld << 2;
    CPU_TABLE[page] &= ~withheld;
    return 1;
}

static int allowed(const unsigned char *permissions, unsigned address, unsigned need) {
    unsigned page = address >> 12;
    return (permissions[page] & need) == need || touch(permissions, page, need);
}

/* flags: bytes << 8 | atomic << 2 | need. Reached when the page lacks a permission or the address is misaligned. */
HOOK void __faultline_access(const unsigned char *permissions, unsigned address, unsigned flags, unsigned site) {
    unsigned need = flags & 3, last = address + (flags >> 8) - 1;
    if (allowed(permissions, address, need) && allowed(permissions, last, need)) return;
    engine_fault(address, flags, site);
}

HOOK void __faultline_frame(const unsigned char *permissions, unsigned first, unsigned last, unsigned need, unsigned site) {
    if (allowed(permissions, first, need) && allowed(permissions, last, need)) return;
    engine_frame(first, last - first + 1, need, site);
}

/* Whether every page of a range that is not empty and does not wrap allows this. */
static int range_allowed(const unsigned char *permissions, unsigned address, unsigned bytes, unsigned need) {
    unsigned last = address + bytes - 1;
    if (last < address) return 0;
    for (unsigned page = address >> 12; page <= last >> 12; page++)
        if (!allowed(permissions, page << 12, need)) return 0;
    return 1;
}

HOOK void __faultline_copy(const unsigned char *permissions, unsigned destination, unsigned source, unsigned bytes, unsigned site) {
    if (bytes == 0) return;
    if (!range_allowed(permissions, source, bytes, 1)) engine_range(source, bytes, 1, site);
    if (!range_allowed(permissions, destination, bytes, 2)) engine_range(destination, bytes, 2, site);
}

HOOK void __faultline_fill(const unsigned char *permissions, unsigned destination, unsigned bytes, unsigned site) {
    if (bytes != 0 && !range_allowed(permissions, destination, bytes, 2)) engine_range(destination, bytes, 2, site);
}

HOOK unsigned __faultline_memory_size(void) { return engine_memory_size(); }
HOOK unsigned __faultline_memory_grow(unsigned pages) { return engine_memory_grow(pages); }
HOOK void __faultline_poll(unsigned site, unsigned kind) { engine_poll(site, kind); }
HOOK void __faultline_preempt(void) { engine_preempt(); }
HOOK void __faultline_region_begin(unsigned site) { engine_region_begin(site); }
HOOK void __faultline_region_end(void) { engine_region_end(); }
