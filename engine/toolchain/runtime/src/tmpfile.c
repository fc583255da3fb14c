/* Temporary files: O_TMPFILE and mkstemp(). What has no name, or would be in a /tmp that the program does not see, is a file in memory. */
#include "faultline.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int __real_open(const char *path, int flags, ...);
int __real_openat(int folder, const char *path, int flags, ...);

static int in_memory(const char *path) { return memfd_create(path, 0); }

int __wrap_open(const char *path, int flags, ...) {
    int mode = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, int);
        va_end(arguments);
    }
    if ((flags & O_TMPFILE) == O_TMPFILE) return in_memory(path);
    return __real_open(path, flags, mode);
}

int __wrap_openat(int folder, const char *path, int flags, ...) {
    int mode = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, int);
        va_end(arguments);
    }
    if ((flags & O_TMPFILE) == O_TMPFILE) return in_memory(path);
    return __real_openat(folder, path, flags, mode);
}

int mkostemps(char *path, int suffix, int flags) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t length = strlen(path);
    if (suffix < 0 || length < 6 + (size_t)suffix) return errno = EINVAL, -1;
    char *place = path + length - suffix - 6;
    if (memcmp(place, "XXXXXX", 6) != 0) return errno = EINVAL, -1;
    for (int attempt = 0; attempt < 100; attempt++) {
        unsigned char random[6];
        if (getentropy(random, sizeof random) != 0) return -1;
        for (int n = 0; n < 6; n++) place[n] = letters[random[n] % (sizeof letters - 1)];
        int file = __real_open(path, flags | O_RDWR | O_CREAT | O_EXCL, 0600);
        if (file >= 0) return file;
        if (errno == EEXIST) continue;
        if (strncmp(path, "/tmp/", 5) == 0) return in_memory(path);
        break;
    }
    memcpy(place, "XXXXXX", 6);
    return -1;
}

int mkostemp(char *path, int flags) { return mkostemps(path, 0, flags); }
int mkstemps(char *path, int suffix) { return mkostemps(path, suffix, 0); }
int mkstemp(char *path) { return mkostemps(path, 0, 0); }
