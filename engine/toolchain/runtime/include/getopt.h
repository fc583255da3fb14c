/* <getopt.h> for both sides of CUDA: see unistd.h, which declares the same. */
#ifdef __CUDA__
#pragma clang force_cuda_host_device begin
#endif
#include_next <getopt.h>
#ifdef __CUDA__
#pragma clang force_cuda_host_device end
#endif
