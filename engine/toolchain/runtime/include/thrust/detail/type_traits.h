#include <thrust/detail/functional.h>
