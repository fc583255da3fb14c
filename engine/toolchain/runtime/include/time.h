/*
 * <time.h> with the clocks of Linux's that the C library leaves out, and for both sides of CUDA: see unistd.h. One thread runs at a time in simulated
 * time, so a process's and a thread's clocks go as the monotonic one does.
 */
#ifndef _WASI_EMULATED_PROCESS_CLOCKS
#define _WASI_EMULATED_PROCESS_CLOCKS
#endif
#ifdef __CUDA__
#pragma clang force_cuda_host_device begin
#endif
#include_next <time.h>
#ifdef __CUDA__
#pragma clang force_cuda_host_device end
#endif
#if !defined(FAULTLINE_TIME_H) && defined(CLOCK_MONOTONIC)
#define FAULTLINE_TIME_H

#ifdef __cplusplus
extern "C" {
#endif

extern const struct __clockid __faultline_process_clock, __faultline_thread_clock;
#ifndef CLOCK_PROCESS_CPUTIME_ID
#define CLOCK_PROCESS_CPUTIME_ID (&__faultline_process_clock)
#endif
#ifndef CLOCK_THREAD_CPUTIME_ID
#define CLOCK_THREAD_CPUTIME_ID (&__faultline_thread_clock)
#endif
#define CLOCK_MONOTONIC_RAW CLOCK_MONOTONIC
#define CLOCK_MONOTONIC_COARSE CLOCK_MONOTONIC
#define CLOCK_REALTIME_COARSE CLOCK_REALTIME
#define CLOCK_BOOTTIME CLOCK_MONOTONIC

#ifdef __cplusplus
}
#endif

#endif
