/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_VECTOR_FUNCTIONS_H
#define FAULTLINE_VECTOR_FUNCTIONS_H
#include "cuda_runtime.h"
#endif
