/* What /proc and /sys say, and DAX. */
#include "check.h"
#include <hmm.h>

static uint64_t entry(int fd, const void *address) {
    uint64_t word = 0;
    CHECK(pread(fd, &word, 8, (off_t)((uintptr_t)address / PAGE) * 8) == 8);
    return word >> 55;
}

static char *contents(const char *path) {
    static char bytes[1 << 16];
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    ssize_t got = read(fd, bytes, sizeof bytes - 1);
    bytes[got < 0 ? 0 : got] = 0;
    close(fd);
    return bytes;
}

int main(void) {
    enum { SOFT = 1, EXCLUSIVE = 2, FILE_PAGE = 64, SWAP = 128, PRESENT = 256 };
    int fd = open("/proc/self/pagemap", O_RDONLY);
    CHECK(fd >= 0);
    char *a = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    a[0] = 1;
    CHECK(a[PAGE] == 0);
    CHECK(entry(fd, a) == (SOFT | EXCLUSIVE | PRESENT));
    CHECK(entry(fd, a + PAGE) == (SOFT | PRESENT));
    CHECK(entry(fd, a + 2 * PAGE) == SOFT);
    CHECK(entry(fd, (void *)0x50000000) == 0);
    char *s = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    s[0] = 1;
    CHECK(entry(fd, s) == (SOFT | EXCLUSIVE | FILE_PAGE | PRESENT));
    CHECK(strstr(contents("/proc/meminfo"), "Hugepagesize:") != NULL && strstr(contents("/proc/meminfo"), " 2048 kB") != NULL);
    CHECK(atoi(contents("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size")) == 2 << 20);
    CHECK(strstr(contents("/sys/kernel/mm/transparent_hugepage/enabled"), "[madvise]") != NULL);
    CHECK(strstr(contents("/proc/self/smaps"), "Rss:") != NULL && strstr(contents("/proc/self/maps"), "rw-s") != NULL);
    FAILS(open("/proc/self/pagemap", O_RDWR), EACCES);
    FAILS(open("/proc/nothing", O_RDONLY), ENOENT);

    char *d = hmm_map_dax(3 * PAGE);
    CHECK(d != NULL && d[0] == 0);
    strcpy(d, "dax");
    CHECK(madvise(d, PAGE, MADV_DONTNEED) == 0 && strcmp(d, "dax") == 0 && munmap(d, 3 * PAGE) == 0);
    int file = open("dax.bin", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(ftruncate(file, PAGE) == 0 && hmm_dax_file(file) == 0);
    char *m = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED_VALIDATE | MAP_SYNC, file, 0);
    CHECK(m != MAP_FAILED);
    strcpy(m, "in place");
    char text[9];
    CHECK(pread(file, text, 9, 0) == 9 && strcmp(text, "in place") == 0 && munmap(m, PAGE) == 0);
    return failures != 0;
}
