/*
 * A device works on a mapped file, and the file system meets pages that may be on the device: read, write, fsync, truncate. Run it with
 * --file-pages upstream, 2014 and 2025.
 */
#include <fcntl.h>
#include <hmm.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#pragma omp requires unified_shared_memory

enum { PAGE = 4096, PAGES = 64, BYTES = PAGES * PAGE };

int main(void) {
    int file = open("/tmp/pages.bin", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, BYTES) != 0) return 1;
    char *data = mmap(0, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    hmm_name(data, BYTES, "file");
    memset(data, 'a', BYTES);

#pragma omp target
    for (int i = 0; i < BYTES; i++) data[i] = 'b';
    printf("on the device after its kernel: %zu of %d pages\n", hmm_residency(data, BYTES, 0) / PAGE, PAGES);

    if (fsync(file) != 0) return 1;
    printf("after fsync: %zu\n", hmm_residency(data, BYTES, 0) / PAGE);

    char text[PAGE];
    if (pread(file, text, PAGE, 0) != PAGE || text[5] != 'b') return 2;
    printf("after read of one page: %zu\n", hmm_residency(data, BYTES, 0) / PAGE);

    if (pwrite(file, "c", 1, 3 * PAGE) != 1 || data[3 * PAGE] != 'c' || data[3 * PAGE + 1] != 'b') return 3;
    printf("after write to one page: %zu\n", hmm_residency(data, BYTES, 0) / PAGE);

    if (ftruncate(file, BYTES / 2) != 0) return 4;
    printf("after truncate to half: %zu\n", hmm_residency(data, BYTES, 0) / PAGE);
    munmap(data, BYTES);

    char last;
    if (pread(file, &last, 1, BYTES / 2 - 1) != 1 || last != 'b') return 5;
    close(file);
    return 0;
}
