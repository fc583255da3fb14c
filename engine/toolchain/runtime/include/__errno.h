/*
 * errno of the C library: one variable, which the engine keeps apart for each thread. (The library's own header says that it is
 * thread-local, which the library was not compiled with.)
 */
#ifndef FAULTLINE_ERRNO_H
#define FAULTLINE_ERRNO_H

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __CUDA__
__attribute__((host)) __attribute__((device))
#endif
__attribute__((__const__)) int *__errno_location(void);
#define errno (*__errno_location())

#ifdef __cplusplus
}
#endif

#endif
