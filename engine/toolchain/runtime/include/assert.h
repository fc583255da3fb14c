/*
 * <assert.h> for both sides of CUDA: the C library's own declares its function anew, for the host only, each time it is
 * included, which may be often.
 */
#ifndef __CUDA__
#include_next <assert.h>
#else
#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((void)((condition) || (__assert_fail(#condition, __FILE__, __LINE__, __func__), 0)))
#endif
extern "C" __attribute__((host)) __attribute__((device)) __attribute__((noreturn)) void __assert_fail(const char *, const char *, int, const char *);
#endif
