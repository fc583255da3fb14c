/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_CUDA_H
#define FAULTLINE_CUDA_H
#include "cuda_runtime.h"
#endif
