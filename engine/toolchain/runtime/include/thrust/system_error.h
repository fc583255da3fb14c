#include "detail/errors.h"
