/* The driver API as far as programs of the runtime call it, and the runtime, which nvcc includes anyway. */
#ifndef FAULTLINE_CUDA_H
#define FAULTLINE_CUDA_H
/* Helpers look for it. */
#define __cuda_cuda_h__
#include "cuda/driver.h"
#endif
