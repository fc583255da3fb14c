/* Programs include this name. */
#ifndef FAULTLINE_CUDA_PIPELINE_H
#define FAULTLINE_CUDA_PIPELINE_H
#include "cuda_pipeline_primitives.h"
#include "cuda/pipeline"

#endif
