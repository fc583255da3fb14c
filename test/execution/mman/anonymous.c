/* Anonymous and shared memory: every call with what Linux answers. */
#include "check.h"

static void mapping(void) {
    CHECK(getpagesize() == 4096 && sysconf(_SC_PAGESIZE) == 4096);
    char *a = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(a != MAP_FAILED && (uintptr_t)a % PAGE == 0);
    for (unsigned i = 0; i < 5 * PAGE; i += 512) CHECK(a[i] == 0);
    memset(a, 1, 5 * PAGE);
    CHECK(munmap(a + 2 * PAGE, PAGE) == 0);
    CHECK(a[PAGE] == 1 && a[3 * PAGE] == 1);
    char *hole = mmap(a + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    CHECK(hole == a + 2 * PAGE && *hole == 0);
    FAILS(mmap(a, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
    CHECK(mmap(a, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == a && a[0] == 0 && a[PAGE] == 1);
    FAILS(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    FAILS(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0), EINVAL);
    FAILS(mmap(NULL, PAGE, 64, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), EINVAL);
    FAILS(mmap(a + 1, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), EINVAL);
    FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0), EBADF);
    FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 1, 0), EACCES);
    FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 0, 0), ENODEV);
    FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 5), EINVAL);
    FAILS(mmap(NULL, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0), ENOMEM);
    FAILS(mmap((void *)0x10000, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), ENOMEM);
    FAILS(munmap(a + 1, PAGE), EINVAL);
    FAILS(munmap(a, 0), EINVAL);
    CHECK(munmap(a, 5 * PAGE) == 0 && munmap(a, 5 * PAGE) == 0);
    FAILS(mmap(NULL, 3u << 29, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0), ENOMEM);
    char *eager = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    unsigned char in[5] = {9, 9, 9, 9, 9};
    CHECK(mincore(eager, 4 * PAGE, in) == 0 && in[0] == 1 && in[3] == 1 && in[4] == 9);
    CHECK(madvise(eager, PAGE, MADV_DONTNEED) == 0 && mincore(eager, 2 * PAGE, in) == 0 && in[0] == 0 && in[1] == 1);
    FAILS(mincore(eager + 1, PAGE, in), EINVAL);
    FAILS(mincore(eager, 400 * PAGE, in), ENOMEM);
    munmap(eager, 4 * PAGE);
}

static void protecting(void) {
    char *a = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(a, 7, 4 * PAGE);
    CHECK(mprotect(a + PAGE, PAGE, PROT_READ) == 0 && a[PAGE] == 7);
    CHECK(mprotect(a + PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
    a[PAGE] = 8;
    CHECK(a[PAGE] == 8 && mprotect(a, 0, PROT_READ) == 0);
    FAILS(mprotect(a + 1, PAGE, PROT_READ), EINVAL);
    FAILS(mprotect(a, PAGE, 64), EINVAL);
    munmap(a + 2 * PAGE, PAGE);
    FAILS(mprotect(a, 4 * PAGE, PROT_READ), ENOMEM);
    munmap(a, 4 * PAGE);
}

static void remapping(void) {
    char *a = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 8; i++) a[i * PAGE] = (char)(i + 1);
    char *b = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mremap(a, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, b) == b);
    CHECK(b[0] == 1 && b[3 * PAGE] == 4 && a[4 * PAGE] == 5);
    unsigned char in[4];
    FAILS(mincore(a, PAGE, in), ENOMEM);
    char *c = mremap(a + 4 * PAGE, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
    CHECK(c != MAP_FAILED && c[0] == 5 && c[3 * PAGE] == 8 && c[4 * PAGE] == 0 && c[63 * PAGE] == 0);
    CHECK(mremap(c, 64 * PAGE, 2 * PAGE, 0) == c && c[PAGE] == 6);
    FAILS(mremap(c, 2 * PAGE, 0, 0), EINVAL);
    FAILS(mremap(c + 1, PAGE, PAGE, 0), EINVAL);
    FAILS(mremap((void *)0x30000000, PAGE, PAGE * 2, MREMAP_MAYMOVE), EFAULT);
    char *d = mremap(c, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
    CHECK(d != MAP_FAILED && d != c && d[0] == 5 && d[PAGE] == 6 && c[0] == 0 && c[PAGE] == 0);
}

static void advising(void) {
    char *a = mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(a, 3, 4 * PAGE);
    CHECK(madvise(a, 2 * PAGE, MADV_DONTNEED) == 0 && a[0] == 0 && a[2 * PAGE] == 3);
    CHECK(madvise(a + 2 * PAGE, PAGE, MADV_FREE) == 0);
    a[2 * PAGE] = 4;
    CHECK(a[2 * PAGE] == 4);
    CHECK(madvise(a, 4 << 20, MADV_HUGEPAGE) == 0 && madvise(a, 4 << 20, MADV_NOHUGEPAGE) == 0);
    CHECK(madvise(a, PAGE, MADV_WILLNEED) == 0 && madvise(a, PAGE, MADV_COLD) == 0 && madvise(a, PAGE, MADV_PAGEOUT) == 0);
    CHECK(madvise(a, 4 * PAGE, MADV_POPULATE_READ) == 0 && madvise(a, 4 * PAGE, MADV_POPULATE_WRITE) == 0);
    CHECK(madvise(a, PAGE, MADV_DONTFORK) == 0 && madvise(a, PAGE, MADV_DOFORK) == 0);
    CHECK(madvise(a, PAGE, MADV_WIPEONFORK) == 0 && madvise(a, PAGE, MADV_KEEPONFORK) == 0);
    FAILS(madvise(a, PAGE, MADV_HWPOISON), EPERM);
    FAILS(madvise(a, PAGE, 77), EINVAL);
    FAILS(madvise(a + 1, PAGE, MADV_NORMAL), EINVAL);
    CHECK(posix_madvise(a, PAGE, POSIX_MADV_WILLNEED) == 0 && posix_madvise(a + 2 * PAGE, PAGE, POSIX_MADV_DONTNEED) == 0 && a[2 * PAGE] == 4);
    CHECK(mlock(a + 100, PAGE) == 0 && munlock(a, 2 * PAGE) == 0 && mlock2(a, PAGE, MLOCK_ONFAULT) == 0);
    FAILS(madvise(a, PAGE, MADV_DONTNEED), EINVAL);
    FAILS(mlock2(a, PAGE, 2), EINVAL);
    FAILS(mlockall(0), EINVAL);
    CHECK(mlockall(MCL_CURRENT | MCL_FUTURE) == 0 && munlockall() == 0);
    CHECK(munmap(a, 4 << 20) == 0);
    FAILS(mlock(a, PAGE), ENOMEM);
}

static void sharing(void) {
    char *a = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    a[0] = 1;
    char *b = mremap(a, 0, 2 * PAGE, MREMAP_MAYMOVE);
    CHECK(b != MAP_FAILED && b != a && b[0] == 1);
    b[PAGE] = 2;
    CHECK(a[PAGE] == 2 && madvise(a, 2 * PAGE, MADV_DONTNEED) == 0 && a[0] == 1 && a[PAGE] == 2);
    CHECK(madvise(a, PAGE, MADV_REMOVE) == 0 && a[0] == 0 && b[0] == 0 && b[PAGE] == 2);
    CHECK(munmap(a, 2 * PAGE) == 0 && b[PAGE] == 2 && munmap(b, 2 * PAGE) == 0);

    int fd = memfd_create("ring", MFD_CLOEXEC);
    struct stat status;
    CHECK(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0 && fstat(fd, &status) == 0 && status.st_size == 2 * PAGE);
    char *ring = mmap(NULL, 4 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mmap(ring, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == ring);
    CHECK(mmap(ring + 2 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) == ring + 2 * PAGE);
    memcpy(ring + 2 * PAGE - 3, "around", 7);
    CHECK(memcmp(ring, "und", 4) == 0);
    *(uint64_t *)(ring + 2 * PAGE - 4) = 0x1122334455667788;
    CHECK(*(uint32_t *)ring == 0x11223344 && *(uint64_t *)(ring + 2 * PAGE - 4) == 0x1122334455667788);
    char text[4];
    CHECK(pread(fd, text, 4, 2 * PAGE - 4) == 4 && *(uint32_t *)text == 0x55667788);
    CHECK(pwrite(fd, "!", 1, 0) == 1 && ring[0] == '!' && ring[2 * PAGE] == '!');
    CHECK(close(fd) == 0 && ring[0] == '!');
    CHECK(munmap(ring, 4 * PAGE) == 0);
    FAILS(memfd_create("x", 0x8000), EINVAL);

    FAILS(shm_open("/name", O_RDWR, 0), ENOENT);
    int first = shm_open("/name", O_RDWR | O_CREAT | O_EXCL, 0600);
    FAILS(shm_open("/name", O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST);
    CHECK(ftruncate(first, PAGE) == 0);
    int again = shm_open("/name", O_RDONLY, 0);
    char *w = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, first, 0);
    FAILS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0), EACCES);
    char *r = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, again, 0);
    FAILS(mprotect(r, PAGE, PROT_READ | PROT_WRITE), EACCES);
    strcpy(w, "shared");
    CHECK(strcmp(r, "shared") == 0 && shm_unlink("/name") == 0);
    FAILS(shm_unlink("/name"), ENOENT);
    CHECK(close(first) == 0 && close(again) == 0 && strcmp(r, "shared") == 0);
}

int main(void) {
    mapping();
    protecting();
    remapping();
    advising();
    sharing();
    return failures != 0;
}
