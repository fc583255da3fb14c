/* <stdlib.h> with the temporary files and qsort_r that the C library lacks, and the types (uint, ulong) that glibc's brings. */
#ifndef FAULTLINE_STDLIB_H
#define FAULTLINE_STDLIB_H

#include_next <stdlib.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a file of which the last six letters, XXXXXX, are replaced. In a folder that is not there, or cannot be written, below /tmp: a file in
 * memory. */
int mkstemp(char *path);
int mkostemp(char *path, int flags);
int mkstemps(char *path, int suffix);
int mkostemps(char *path, int suffix, int flags);
#ifdef _GNU_SOURCE
void qsort_r(void *base, size_t n, size_t size, int (*compare)(const void *, const void *, void *), void *context);
#endif

#ifdef __cplusplus
}
#endif

#endif
