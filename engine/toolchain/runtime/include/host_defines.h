/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_HOST_DEFINES_H
#define FAULTLINE_HOST_DEFINES_H
#include "cuda_runtime.h"
#endif
