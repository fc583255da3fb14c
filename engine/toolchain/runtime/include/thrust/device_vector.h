#include "detail/vectors.h"
#include "detail/algorithms.h"
