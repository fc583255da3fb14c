#include "universal_vector.h"
