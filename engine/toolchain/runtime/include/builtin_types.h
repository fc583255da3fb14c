/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_BUILTIN_TYPES_H
#define FAULTLINE_BUILTIN_TYPES_H
#include "cuda_runtime.h"
#endif
