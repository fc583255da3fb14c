#include "detail/random.h"
