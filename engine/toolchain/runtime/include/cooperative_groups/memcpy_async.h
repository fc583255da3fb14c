/* Programs include this name; everything is in cooperative_groups.h. */
#ifndef FAULTLINE_CG_MEMCPY_ASYNC_H
#define FAULTLINE_CG_MEMCPY_ASYNC_H
#include "cooperative_groups.h"
#endif
