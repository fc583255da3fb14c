/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_SURFACE_TYPES_H
#define FAULTLINE_SURFACE_TYPES_H
#include "cuda_runtime.h"
#endif
