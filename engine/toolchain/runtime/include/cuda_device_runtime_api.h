/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_CUDA_DEVICE_RUNTIME_API_H
#define FAULTLINE_CUDA_DEVICE_RUNTIME_API_H
#include "cuda_runtime.h"
#endif
