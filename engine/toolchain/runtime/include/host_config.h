/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_HOST_CONFIG_H
#define FAULTLINE_HOST_CONFIG_H
#include "cuda_runtime.h"
#endif
