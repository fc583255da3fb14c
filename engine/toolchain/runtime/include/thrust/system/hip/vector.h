#include <thrust/detail/vectors.h>
