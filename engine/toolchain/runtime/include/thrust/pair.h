#include "detail/tuple.h"
