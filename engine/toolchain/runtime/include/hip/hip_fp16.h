#ifndef FAULTLINE_HIP_FP16_H
#define FAULTLINE_HIP_FP16_H
#include "hip_runtime.h"
#include "../cuda_fp16.h"
#endif
