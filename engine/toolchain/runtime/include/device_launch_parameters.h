/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_DEVICE_LAUNCH_PARAMETERS_H
#define FAULTLINE_DEVICE_LAUNCH_PARAMETERS_H
#include "cuda_runtime.h"
#endif
