/* <malloc.h> with what glibc has in it besides. */
#ifndef FAULTLINE_MALLOC_H
#define FAULTLINE_MALLOC_H

#include_next <malloc.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif
void *memalign(size_t alignment, size_t bytes);
void *valloc(size_t bytes);
#ifdef __cplusplus
}
#endif

#endif
