/*
 * <fcntl.h> for both sides of CUDA (see unistd.h), with what the C library lacks: O_DIRECT, which it hands to the engine as it is, and
 * O_TMPFILE.
 */
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

/* A file without a name, in memory: gone when it is closed. */
#ifndef O_TMPFILE
#define O_TMPFILE (0x00400000 | O_DIRECTORY)
#endif

#endif
