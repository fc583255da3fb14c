/* <fcntl.h> for both sides of CUDA (see unistd.h), and with O_DIRECT, which the C library lacks: it hands the flag to the engine as it is. */
#ifndef FAULTLINE_FCNTL_H
#define FAULTLINE_FCNTL_H

#ifdef __CUDA__
#pragma clang force_cuda_host_device begin
#endif
#include_next <fcntl.h>
#ifdef __CUDA__
#pragma clang force_cuda_host_device end
#endif

#ifndef O_DIRECT
#define O_DIRECT 0x20
#endif

#endif
