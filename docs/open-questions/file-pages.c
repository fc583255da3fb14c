/*
 * A device works on a mapped file, and the file system meets pages that may be on the device: fsync, msync, read, write, direct I/O, truncate.
 * Before each of them the device writes to all pages; after it the program prints how many are on the device, and checks every byte it
 * has read. Run it with --file-pages upstream, 2014 and 2025, and with --dir <a folder>:/data.
 */
#include <fcntl.h>
#include <hmm.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#pragma omp requires unified_shared_memory

enum { PAGE = 4096, PAGES = 64, BYTES = PAGES * PAGE, SOME = 8 * PAGE };

static char *data;
static char buffer[SOME] __attribute__((aligned(4096)));

/* The device writes to every page; a later round writes another letter. */
static char work(void) {
    static char letter = 'a';
    char written = ++letter;
#pragma omp target
    for (int i = 0; i < BYTES; i += 64) data[i] = written;
    return written;
}

static void show(const char *after) {
    printf("%s: %zu\n", after, hmm_residency(data, BYTES, 0) / PAGE);
}

/* Whether the first of `bytes` bytes, and those 64 apart, are what the device has written. */
static int holds(const char *bytes, int count, char letter) {
    for (int i = 0; i < count; i += 64)
        if (bytes[i] != letter) return 0;
    return 1;
}

int main(void) {
    int file = open("/data/pages.bin", O_RDWR | O_CREAT | O_TRUNC, 0600);
    int direct = open("/data/pages.bin", O_RDWR | O_DIRECT);
    if (file < 0 || direct < 0 || ftruncate(file, BYTES) != 0) return 1;
    data = mmap(0, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    hmm_name(data, BYTES, "file");
    memset(data, 'a', BYTES);

    work();
    show("the kernel");
    if (fsync(file) != 0) return 2;
    show("fsync");

    work();
    if (msync(data, SOME, MS_SYNC) != 0) return 3;
    show("msync");

    char letter = work();
    if (pread(file, buffer, SOME, 0) != SOME || !holds(buffer, SOME, letter)) return 4;
    show("read");

    letter = work();
    if (pwrite(file, "written", 7, PAGE) != 7 || data[PAGE] != 'w' || data[PAGE + 64] != letter) return 5;
    show("write");

    letter = work();
    if (pread(direct, buffer, SOME, 0) != SOME || !holds(buffer, SOME, letter)) return 6;
    show("direct read");

    letter = work();
    memset(buffer, 'D', SOME);
    if (pwrite(direct, buffer, SOME, 0) != SOME) return 7;
    show("direct write");
    if (!holds(data, SOME, 'D') || !holds(data + SOME, BYTES - SOME, letter)) return 8;

    letter = work();
    if (ftruncate(file, BYTES / 2 + 100) != 0) return 9;
    show("truncate");
    munmap(data, BYTES);

    for (int at = 0; at < BYTES / 2; at += SOME)
        if (pread(file, buffer, SOME, at) != SOME || !holds(buffer, SOME, letter)) return 10;
    if (pread(file, buffer, SOME, BYTES / 2) != 100 || !holds(buffer, 100, letter)) return 11;
    close(direct);
    close(file);
    puts("every byte is as it was written");
    return 0;
}
