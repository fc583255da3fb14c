#ifndef FAULTLINE_HIP_BF16_H
#define FAULTLINE_HIP_BF16_H
#include "hip_runtime.h"
#include "../cuda_bf16.h"
#endif
