/* Programs include this name; everything is in cuda_runtime.h. */
#ifndef FAULTLINE_CHANNEL_DESCRIPTOR_H
#define FAULTLINE_CHANNEL_DESCRIPTOR_H
#include "cuda_runtime.h"
#endif
