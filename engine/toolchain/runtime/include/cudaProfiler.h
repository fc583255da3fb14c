/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_CUDAPROFILER_H
#define FAULTLINE_CUDAPROFILER_H
#include "cuda_runtime.h"
#endif
