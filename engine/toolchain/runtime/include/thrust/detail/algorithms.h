/* All algorithms: programs name those of one header with another, since NVIDIA's headers include each other. */
#ifndef FAULTLINE_THRUST_ALGORITHMS_H
#define FAULTLINE_THRUST_ALGORITHMS_H
#include "reduce.h"
#include "sort.h"
#endif
