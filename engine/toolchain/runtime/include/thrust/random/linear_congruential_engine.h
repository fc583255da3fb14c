#include <thrust/detail/random.h>
