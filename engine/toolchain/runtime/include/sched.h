/* <sched.h>: the C library's own, and the policies, of which there is one. */
#include_next <sched.h>
#ifndef FAULTLINE_SCHED_H
#define FAULTLINE_SCHED_H

#ifndef SCHED_OTHER
#define SCHED_OTHER 0
#define SCHED_FIFO 1
#define SCHED_RR 2
#define SCHED_BATCH 3
#define SCHED_IDLE 5
#endif

#ifdef __cplusplus
extern "C" {
#endif

int sched_get_priority_max(int);
int sched_get_priority_min(int);
int sched_getcpu(void);

#ifdef __cplusplus
}
#endif

#endif
