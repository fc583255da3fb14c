/* Mapped files: what read(), write(), ftruncate, fsync and direct I/O see of mappings, and the other way round. */
#include "check.h"

static char text[3 * PAGE];

static int contains(const char *path, size_t offset, const char *expected) {
    static char bytes[4 * PAGE];
    int fd = open(path, O_RDONLY);
    ssize_t got = pread(fd, bytes, strlen(expected), (off_t)offset);
    close(fd);
    return got == (ssize_t)strlen(expected) && memcmp(bytes, expected, strlen(expected)) == 0;
}

static int make(const char *path, size_t size) {
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    memset(text, 'a', sizeof text);
    CHECK(fd >= 0 && write(fd, text, size) == (ssize_t)size);
    return fd;
}

static void shared(void) {
    int fd = make("shared.txt", 2 * PAGE + 10);
    char *m = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(m != MAP_FAILED && m[0] == 'a' && m[2 * PAGE + 9] == 'a' && m[2 * PAGE + 10] == 0);
    strcpy(m + 100, "mapped");
    CHECK(contains("shared.txt", 100, "mapped"));
    CHECK(pwrite(fd, "written", 7, PAGE - 3) == 7 && memcmp(m + PAGE - 3, "written", 7) == 0);
    CHECK(msync(m, PAGE, MS_SYNC) == 0 && msync(m, PAGE, MS_ASYNC) == 0 && msync(m, PAGE, MS_INVALIDATE | MS_SYNC) == 0);
    FAILS(msync(m, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
    FAILS(msync(m + 1, PAGE, MS_SYNC), EINVAL);
    FAILS(msync(m + 3 * PAGE, 9 * PAGE, MS_SYNC), ENOMEM);
    m[200] = 'z';
    CHECK(fsync(fd) == 0 && fdatasync(fd) == 0);
    m[201] = 'y';
    struct stat status;
    CHECK(ftruncate(fd, 3 * PAGE) == 0 && fstat(fd, &status) == 0 && status.st_size == 3 * PAGE);
    CHECK(m[2 * PAGE + 10] == 0);
    m[3 * PAGE - 1] = 'e';
    CHECK(ftruncate(fd, PAGE + 1) == 0 && m[PAGE] == 't' && m[PAGE + 1] == 0);
    CHECK(ftruncate(fd, 3 * PAGE) == 0 && m[3 * PAGE - 1] == 0 && m[PAGE + 1] == 0);
    CHECK(lseek(fd, 0, SEEK_END) == 3 * PAGE && write(fd, "tail", 4) == 4 && memcmp(m + 3 * PAGE, "tail", 4) == 0);
    CHECK(close(fd) == 0);
    strcpy(m + 300, "after close");
    CHECK(contains("shared.txt", 200, "zy") && munmap(m, 4 * PAGE) == 0 && contains("shared.txt", 300, "after close"));
}

static void private(void) {
    int fd = make("private.txt", PAGE);
    char *m = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    CHECK(m[0] == 'a');
    CHECK(pwrite(fd, "b", 1, 0) == 1 && m[0] == 'b');
    m[1] = 'c';
    CHECK(pwrite(fd, "d", 1, 0) == 1 && m[0] == 'b' && contains("private.txt", 0, "da"));
    CHECK(madvise(m, PAGE, MADV_DONTNEED) == 0 && m[0] == 'd' && m[1] == 'a');
    close(fd);
}

static void twice(void) {
    int fd = make("twice.txt", 2 * PAGE);
    char *a = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    char *b = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, PAGE);
    for (int i = 0; i < 100; i++) {
        a[PAGE + i] = (char)i;
        CHECK(b[i] == (char)i);
        b[i]++;
        CHECK(a[PAGE + i] == (char)(i + 1));
    }
    close(fd);
}

static void direct(void) {
    int fd = make("direct.txt", 2 * PAGE);
    char *m = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    memset(m, 'm', PAGE);
    int past = open("direct.txt", O_RDWR | O_DIRECT);
    static char block[PAGE] __attribute__((aligned(4096)));
    CHECK(past >= 0 && pread(past, block, 512, 512) == 512 && block[0] == 'm');
    memset(block, 'w', sizeof block);
    CHECK(pwrite(past, block, 1024, 0) == 1024 && m[0] == 'w' && m[1023] == 'w' && m[1024] == 'm');
    FAILS(pread(past, block, 100, 0), EINVAL);
    close(past);
    close(fd);
}

static void rights(void) {
    int fd = open("private.txt", O_RDONLY);
    FAILS(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EACCES);
    char *m = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    m[0] = 'x';
    CHECK(m[0] == 'x' && contains("private.txt", 0, "d"));
    int out = open("private.txt", O_WRONLY);
    FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, out, 0), EACCES);
    int folder = open(".", O_RDONLY | O_DIRECTORY);
    FAILS(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, folder, 0), ENODEV);
    int trunc = open("twice.txt", O_WRONLY | O_TRUNC);
    struct stat status;
    CHECK(fstat(trunc, &status) == 0 && status.st_size == 0);
    FAILS(mmap(NULL, PAGE, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0), EOPNOTSUPP);
}

int main(int argc, char **argv) {
    shared();
    private();
    twice();
    direct();
    rights();
    if (argc > 1) {
        /* Left to the end of the program. */
        int fd = make("exit.txt", PAGE);
        char *m = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        strcpy(m, "at exit");
        if (strcmp(argv[1], "beyond") == 0) m[PAGE] = 1;
    }
    return failures != 0;
}
