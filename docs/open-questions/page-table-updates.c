/*
 * Two devices mirror one address space, and the CPU changes it: it write-protects a table of many small areas, then gives it back. Run it with
 * --page-table-updates serial, batched and overlapped.
 */
#include <stdio.h>
#include <sys/mman.h>

#pragma omp requires unified_shared_memory

enum { PAGE = 4096, AREAS = 64, PAGES = 4, BYTES = AREAS * PAGES * PAGE };

int main(void) {
    char *table = mmap(0, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < BYTES; i += PAGE) table[i] = 1;
    /* Every other piece gets other advice, so that the range is many areas. */
    for (int i = 0; i < AREAS; i += 2) madvise(table + i * PAGES * PAGE, PAGES * PAGE, MADV_DONTFORK);

    for (int device = 0; device < 2; device++) {
#pragma omp target device(device)
        for (int i = 0; i < BYTES; i += PAGE) table[i]++;
    }
    mprotect(table, BYTES, PROT_READ);
    for (int device = 0; device < 2; device++) {
        int sum = 0;
#pragma omp target device(device) map(tofrom : sum)
        for (int i = 0; i < BYTES; i += PAGE) sum += table[i];
        printf("device %d: %d\n", device, sum);
    }
    munmap(table, BYTES);
    return 0;
}
