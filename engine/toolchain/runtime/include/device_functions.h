/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_DEVICE_FUNCTIONS_H
#define FAULTLINE_DEVICE_FUNCTIONS_H
#include "cuda_runtime.h"
#endif
