/* <sys/mman.h>: each call is the engine's, which answers with a value or with an errno as a negative number. And the size of a page. */
#include "faultline.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096 };

ENGINE("mmap") int engine_mmap(uintptr_t address, size_t bytes, int protection, int flags, int fd, unsigned page);
ENGINE("munmap") int engine_munmap(uintptr_t address, size_t bytes);
ENGINE("mprotect") int engine_mprotect(uintptr_t address, size_t bytes, int protection);
ENGINE("mremap") int engine_mremap(uintptr_t address, size_t bytes, size_t new_bytes, int flags, uintptr_t new_address);
ENGINE("madvise") int engine_madvise(uintptr_t address, size_t bytes, int advice);
ENGINE("mlock") int engine_mlock(uintptr_t address, size_t bytes, int on_fault);
ENGINE("munlock") int engine_munlock(uintptr_t address, size_t bytes);
ENGINE("mlockall") int engine_mlockall(int flags);
ENGINE("munlockall") int engine_munlockall(void);
ENGINE("msync") int engine_msync(uintptr_t address, size_t bytes, int flags);
ENGINE("mincore") int engine_mincore(uintptr_t address);
ENGINE("memfd_create") int engine_memfd_create(const char *name, unsigned flags);
ENGINE("shm_open") int engine_shm_open(const char *name, unsigned flags);
ENGINE("shm_unlink") int engine_shm_unlink(const char *name);
/* The engine's numbers for how shared memory is opened. */
enum { SHM_CREATE = 1, SHM_EXCLUSIVE = 2, SHM_TRUNCATE = 4, SHM_WRITE = 8 };

/* What a call returns: all errors are within the last page of the address space. */
static int value(int result) {
    if (result >= 0 || result < -4095) return result;
    errno = -result;
    return -1;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
    if (offset < 0 || offset % PAGE_BYTES != 0) return errno = EINVAL, MAP_FAILED;
    if (offset / PAGE_BYTES > 0xffffffffLL) return errno = EOVERFLOW, MAP_FAILED;
    return (void *)value(engine_mmap((uintptr_t)address, length, protection, flags, fd, (unsigned)(offset / PAGE_BYTES)));
}

int munmap(void *address, size_t length) { return value(engine_munmap((uintptr_t)address, length)); }

int mprotect(void *address, size_t length, int protection) { return value(engine_mprotect((uintptr_t)address, length, protection)); }

void *mremap(void *old_address, size_t old_length, size_t new_length, int flags, ...) {
    uintptr_t target = 0;
    if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
        va_list arguments;
        va_start(arguments, flags);
        target = va_arg(arguments, uintptr_t);
        va_end(arguments);
    }
    return (void *)value(engine_mremap((uintptr_t)old_address, old_length, new_length, flags, target));
}

int madvise(void *address, size_t length, int advice) { return value(engine_madvise((uintptr_t)address, length, advice)); }

int posix_madvise(void *address, size_t length, int advice) {
    /* Advice only: nothing may be lost. */
    if (advice == POSIX_MADV_DONTNEED) return 0;
    int result = engine_madvise((uintptr_t)address, length, advice);
    return result < 0 ? -result : 0;
}

int mlock(const void *address, size_t length) { return value(engine_mlock((uintptr_t)address, length, 0)); }

int mlock2(const void *address, size_t length, unsigned flags) {
    if (flags & ~MLOCK_ONFAULT) return errno = EINVAL, -1;
    return value(engine_mlock((uintptr_t)address, length, flags & MLOCK_ONFAULT));
}

int munlock(const void *address, size_t length) { return value(engine_munlock((uintptr_t)address, length)); }
int mlockall(int flags) { return value(engine_mlockall(flags)); }
int munlockall(void) { return value(engine_munlockall()); }
int msync(void *address, size_t length, int flags) { return value(engine_msync((uintptr_t)address, length, flags)); }

int mincore(void *address, size_t length, unsigned char *vector) {
    if ((uintptr_t)address % PAGE_BYTES != 0) return errno = EINVAL, -1;
    for (size_t at = 0; at < length; at += PAGE_BYTES) {
        int found = value(engine_mincore((uintptr_t)address + at));
        if (found < 0) return -1;
        *vector++ = (unsigned char)found;
    }
    return 0;
}

int memfd_create(const char *name, unsigned flags) {
    if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB | MFD_NOEXEC_SEAL | MFD_EXEC)) return errno = EINVAL, -1;
    return value(engine_memfd_create(name, flags));
}

int shm_open(const char *name, int flags, mode_t mode) {
    (void)mode;
    while (*name == '/') name++;
    for (const char *at = name; *at; at++)
        if (*at == '/') return errno = EINVAL, -1;
    if (*name == 0) return errno = EINVAL, -1;
    unsigned how = (flags & O_CREAT ? SHM_CREATE : 0) | (flags & O_EXCL ? SHM_EXCLUSIVE : 0) |
                   (flags & O_TRUNC ? SHM_TRUNCATE : 0) | ((flags & O_ACCMODE) != O_RDONLY ? SHM_WRITE : 0);
    return value(engine_shm_open(name, how));
}

int shm_unlink(const char *name) {
    while (*name == '/') name++;
    return value(engine_shm_unlink(name));
}

/* The C library means WebAssembly's pages of 64 KiB; a program means those that it maps, protects and advises. */
long __real_sysconf(int name);

/* Threads of the host run one at a time, and a process has 4 GiB of addresses. */
long __wrap_sysconf(int name) {
    switch (name) {
    case _SC_PAGESIZE: return PAGE_BYTES;
    case _SC_CLK_TCK: return FAULTLINE_CLOCK_TICKS;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN: return 1;
    case _SC_PHYS_PAGES:
    case _SC_AVPHYS_PAGES: return (long)((1ull << 32) / PAGE_BYTES);
    default: return __real_sysconf(name);
    }
}
int __wrap_getpagesize(void) { return PAGE_BYTES; }
