#include "detail/functional.h"
