/* Marks for a profiler that is not there. Source: NVTX 3 documentation. */
#ifndef FAULTLINE_NVTX_H
#define FAULTLINE_NVTX_H
#define NVTX_VERSION 3
typedef unsigned long long nvtxRangeId_t;
static inline int nvtxRangePushA(const char *name) { return (void)name, 0; }
static inline int nvtxRangePop(void) { return 0; }
static inline void nvtxMarkA(const char *name) { (void)name; }
static inline nvtxRangeId_t nvtxRangeStartA(const char *name) { return (void)name, 0; }
static inline void nvtxRangeEnd(nvtxRangeId_t id) { (void)id; }
#define nvtxRangePush nvtxRangePushA
#define nvtxMark nvtxMarkA
#define nvtxRangeStart nvtxRangeStartA
#endif
