/*
 * <unistd.h> for both sides of CUDA: the C library declares some functions in several headers, and a declaration for host and device must not
 * meet one for the host alone.
 */
#ifndef FAULTLINE_UNISTD_H
#define FAULTLINE_UNISTD_H

#ifdef __CUDA__
#pragma clang force_cuda_host_device begin
#endif
#include_next <unistd.h>
#ifdef __CUDA__
#pragma clang force_cuda_host_device end
#endif

#endif
