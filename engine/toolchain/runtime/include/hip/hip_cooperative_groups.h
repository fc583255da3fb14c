#ifndef FAULTLINE_HIP_CG_H
#define FAULTLINE_HIP_CG_H
#include "hip_runtime.h"
#include "../cooperative_groups.h"
#endif
