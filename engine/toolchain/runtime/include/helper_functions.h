/* What NVIDIA's samples include together. */
#ifndef FAULTLINE_HELPER_FUNCTIONS_H
#define FAULTLINE_HELPER_FUNCTIONS_H
#include "exception.h"
#include "helper_image.h"
#include "helper_string.h"
#include "helper_timer.h"
#include <algorithm>
#include <assert.h>
#include <fstream>
#include <iostream>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string>
#include <vector>
#endif
