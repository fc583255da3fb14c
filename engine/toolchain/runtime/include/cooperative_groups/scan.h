/* Programs include this name; everything is in cooperative_groups.h. */
#ifndef FAULTLINE_CG_SCAN_H
#define FAULTLINE_CG_SCAN_H
#include "cooperative_groups.h"
#endif
