/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_VECTOR_FUNCTIONS_HPP
#define FAULTLINE_VECTOR_FUNCTIONS_HPP
#include "cuda_runtime.h"
#endif
