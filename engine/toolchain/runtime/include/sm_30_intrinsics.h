/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_SM_30_INTRINSICS_H
#define FAULTLINE_SM_30_INTRINSICS_H
#include "cuda_runtime.h"
#endif
