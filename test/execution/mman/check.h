/* A check that fails says where, and what errno was. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
static int failures;
#define CHECK(condition) ((condition) ? (void)0 : (void)(failures++, printf("line %d: %s (errno %d)\n", __LINE__, #condition, errno)))
#define FAILS(call, error) CHECK((errno = 0, (long)(call) == -1) && errno == error)
#define PAGE 4096u
