/* ioctl(): what stands behind a descriptor is the engine's business. */
#include "faultline.h"
#include <errno.h>
#include <stdarg.h>
#include <sys/ioctl.h>

/* 0 or an errno. */
ENGINE("ioctl") int engine_ioctl(int fd, unsigned long request, uintptr_t argument);

int ioctl(int fd, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    uintptr_t argument = va_arg(arguments, uintptr_t);
    va_end(arguments);
    int error = engine_ioctl(fd, request, argument);
    if (error == 0) return 0;
    errno = error;
    return -1;
}
