/* <sys/stat.h> for both sides of CUDA: see unistd.h. */
#ifndef FAULTLINE_SYS_STAT_H
#define FAULTLINE_SYS_STAT_H

#ifdef __CUDA__
#pragma clang force_cuda_host_device begin
#endif
#include_next <sys/stat.h>
#ifdef __CUDA__
#pragma clang force_cuda_host_device end
#endif

#endif
