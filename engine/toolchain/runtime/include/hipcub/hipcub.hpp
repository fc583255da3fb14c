/* hipCUB: CUB by its other name. */
#ifndef FAULTLINE_HIPCUB_H
#define FAULTLINE_HIPCUB_H
#include <hip/hip_runtime.h>
#include <cub/cub.cuh>
namespace hipcub = cub;
#endif
