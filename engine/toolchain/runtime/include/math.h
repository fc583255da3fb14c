/* <math.h> as libstdc++ has it, which brings <stdlib.h> along: programs that g++ and nvcc compile rely on it. */
#ifndef FAULTLINE_MATH_H
#define FAULTLINE_MATH_H

#include_next <math.h>
#ifdef __cplusplus
#include <stdlib.h>
#endif

#endif
