/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_MATH_FUNCTIONS_H
#define FAULTLINE_MATH_FUNCTIONS_H
#include "cuda_runtime.h"
#endif
