/*
 * <hmm.h> – steer and observe where memory lives, from an ordinary C or C++ program.
 * Under Faultline each call acts on the engine. Compiled natively they do nothing and say "in system memory".
 */
#ifndef HMM_H
#define HMM_H

#include <stddef.h>

/* Where memory can be: system memory, or device 0, 1, … */
#define HMM_NODE_CPU (-1)

/* What a program can say about how it will use a range: cudaMemAdvise's kinds and numbers, for any memory and without CUDA. */
enum hmm_advice {
    HMM_ADVISE_READ_MOSTLY = 1,
    HMM_ADVISE_NOT_READ_MOSTLY = 2,
    HMM_ADVISE_PREFERRED_LOCATION = 3,
    HMM_ADVISE_NO_PREFERRED_LOCATION = 4,
    HMM_ADVISE_ACCESSED_BY = 5,
    HMM_ADVISE_NOT_ACCESSED_BY = 6
};

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__FAULTLINE__)
/* Gives a range a name in reports, views and the trace. */
void hmm_name(const void *range, size_t bytes, const char *name);
/* Marks the start of a phase of the program in the trace. */
void hmm_phase(const char *name);
/* Records a failed expectation if any byte of the range is elsewhere now. */
void hmm_expect_resident(const void *range, size_t bytes, int node);
/* Moves the range to a node as far as the driver can. 0, or an errno. */
int hmm_prefetch(const void *range, size_t bytes, int node);
/* Tells the driver how the range will be used; `node` with those kinds that name one. 0, or an errno. */
int hmm_advise(const void *range, size_t bytes, enum hmm_advice advice, int node);
/* Bytes of the range that are at a node now. */
size_t hmm_residency(const void *range, size_t bytes, int node);
/*
 * Moves the range's pages to a device and holds them there: no eviction takes them, and the CPU waits when it touches them until they are
 * unpinned. 0, or an errno (EBUSY: a page cannot be moved there). Counted: each pin needs an unpin. Linux has no such call.
 */
int hmm_pin_device(const void *range, size_t bytes, int device);
int hmm_unpin_device(const void *range, size_t bytes);
/*
 * Storage that is memory, mapped in place (DAX): zeros, gone when it is unmapped. NULL with errno if there is no room. Devices may map it;
 * its pages do not migrate (-EINVAL), unless the run allows it.
 */
void *hmm_map_dax(size_t bytes);
/* The file lies on such storage from now on, as on a file system mounted with -o dax: before it is mapped. 0, or -1 with errno. */
int hmm_dax_file(int fd);
#else
#include <stdlib.h>
static inline void *hmm_map_dax(size_t bytes) { return calloc(1, bytes); }
static inline int hmm_dax_file(int fd) { return (void)fd, 0; }
static inline void hmm_name(const void *range, size_t bytes, const char *name) { (void)range, (void)bytes, (void)name; }
static inline void hmm_phase(const char *name) { (void)name; }
static inline void hmm_expect_resident(const void *range, size_t bytes, int node) { (void)range, (void)bytes, (void)node; }
static inline int hmm_prefetch(const void *range, size_t bytes, int node) { return (void)range, (void)bytes, (void)node, 0; }
static inline int hmm_advise(const void *range, size_t bytes, enum hmm_advice advice, int node) {
    return (void)range, (void)bytes, (void)advice, (void)node, 0;
}
static inline size_t hmm_residency(const void *range, size_t bytes, int node) {
    (void)range;
    return node == HMM_NODE_CPU ? bytes : 0;
}
static inline int hmm_pin_device(const void *range, size_t bytes, int device) { return (void)range, (void)bytes, (void)device, 0; }
static inline int hmm_unpin_device(const void *range, size_t bytes) { return (void)range, (void)bytes, 0; }
#endif

#ifdef __cplusplus
}
#endif

#endif
