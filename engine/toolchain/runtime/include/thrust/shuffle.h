#include "detail/shuffle.h"
