#include "detail/vectors.h"
