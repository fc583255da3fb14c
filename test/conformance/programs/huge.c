/* Rows of hmm-tests: huge pages. */
#include "rows.h"

#include <sys/time.h>

/* 2 MiB aligned to 2 MiB, advised to be huge, in an area of twice the size. */
static int *map_huge(int protection, void **area) {
    *area = map(2 * HUGE, protection);
    if (*area == MAP_FAILED) return NULL;
    void *data = (void *)(((uintptr_t)*area + HUGE - 1) & ~(HUGE - 1));
    return madvise(data, HUGE, MADV_HUGEPAGE) == 0 ? data : NULL;
}

static void anon_write_huge(int fd) {
    void *area;
    int *data = map_huge(PROT_READ | PROT_WRITE, &area), *mirror = malloc(HUGE);
    CHECK(data != NULL);
    fill(mirror, 0, INTS(HUGE), 3);
    CHECK(command(fd, HMM_DMIRROR_WRITE, data, mirror, HUGE / PAGE) == 0);
    CHECK(cpages == HUGE / PAGE && faults == 1);
    CHECK(is(data, 0, INTS(HUGE), 3));
    munmap(area, 2 * HUGE);
    free(mirror);
}

static void migrate_anon_huge_empty(int fd) {
    void *area;
    int *data = map_huge(PROT_READ, &area), *mirror = malloc(HUGE);
    CHECK(data != NULL);
    memset(mirror, 0xff, HUGE);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, HUGE / PAGE) == 0 && cpages == HUGE / PAGE);
    CHECK(is(mirror, 0, INTS(HUGE), 0));
    munmap(area, 2 * HUGE);
    free(mirror);
}

static void migrate_anon_huge_zero(int fd) {
    void *area;
    int *data = map_huge(PROT_READ, &area), *mirror = malloc(HUGE);
    CHECK(data != NULL);
    memset(mirror, 0xff, HUGE);
    CHECK(*(volatile int *)data == 0);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, HUGE / PAGE) == 0 && cpages == HUGE / PAGE);
    CHECK(is(mirror, 0, INTS(HUGE), 0) && is(data, 0, INTS(HUGE), 0));
    munmap(area, 2 * HUGE);
    free(mirror);
}

static void migrate_anon_huge_free(int fd) {
    void *area;
    int *data = map_huge(PROT_READ | PROT_WRITE, &area), *mirror = malloc(HUGE);
    CHECK(data != NULL);
    fill(data, 0, INTS(HUGE), 1);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, HUGE / PAGE) == 0 && cpages == HUGE / PAGE);
    CHECK(is(mirror, 0, INTS(HUGE), 1));
    CHECK(madvise(data, HUGE, MADV_FREE) == 0);
    munmap(area, 2 * HUGE);
    free(mirror);
}

#define PAGEMAP_SWAP (1ull << 62)
#define PAGEMAP_PRESENT (1ull << 63)

/* The page's word in /proc/self/pagemap. */
static unsigned long long pagemap_word(const void *address) {
    unsigned long long word = 0;
    int file = open("/proc/self/pagemap", O_RDONLY);
    if (file < 0) return 0;
    if (pread(file, &word, sizeof word, (off_t)((uintptr_t)address / PAGE * sizeof word)) != sizeof word) word = 0;
    close(file);
    return word;
}

static void migrate_anon_huge_fault(int fd) {
    void *area;
    int *data = map_huge(PROT_READ | PROT_WRITE, &area), *mirror = malloc(HUGE);
    unsigned char *seen = malloc(HUGE / PAGE);
    CHECK(data != NULL);
    fill(data, 0, INTS(HUGE), 1);
    CHECK(madvise(data, HUGE, MADV_COLLAPSE) == 0);
    CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, HUGE / PAGE) == 0 && cpages == HUGE / PAGE);
    CHECK(is(mirror, 0, INTS(HUGE), 1));
    CHECK(command(fd, HMM_DMIRROR_SNAPSHOT, data, seen, HUGE / PAGE) == 0 && cpages == HUGE / PAGE);
    if (!coherent()) {
        for (unsigned long i = 0; i < HUGE / PAGE; i++)
            CHECK(seen[i] == (HMM_DMIRROR_PROT_DEV_PRIVATE_LOCAL | HMM_DMIRROR_PROT_WRITE | HMM_DMIRROR_PROT_PMD));
        for (unsigned long i = 0; i < HUGE; i += PAGE)
            CHECK((pagemap_word((char *)data + i) & (PAGEMAP_SWAP | PAGEMAP_PRESENT)) == PAGEMAP_SWAP);
    }
    CHECK(is(data, 0, INTS(HUGE), 1));
    munmap(area, 2 * HUGE);
    free(seen);
    free(mirror);
}

#ifndef MAP_HUGETLB
#define MAP_HUGETLB 0x40000
#endif

static void anon_write_hugetlbfs(int fd) {
    int *data = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0), *mirror = malloc(HUGE);
    if (data == MAP_FAILED) SKIP("there is no pool of huge pages");
    fill(mirror, 0, INTS(HUGE), 3);
    CHECK(command(fd, HMM_DMIRROR_WRITE, data, mirror, HUGE / PAGE) == 0);
    CHECK(cpages == HUGE / PAGE && faults == 1);
    CHECK(is(data, 0, INTS(HUGE), 3));
    munmap(data, HUGE);
    free(mirror);
}

static void compound(int fd) {
    unsigned char seen[HUGE / PAGE];
    int *data = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    if (data == MAP_FAILED) SKIP("there is no pool of huge pages");
    fill(data, 0, INTS(HUGE), 1);
    CHECK(command(fd, HMM_DMIRROR_SNAPSHOT, data, seen, HUGE / PAGE) == 0 && cpages == HUGE / PAGE);
    for (unsigned long i = 0; i < HUGE / PAGE; i++) CHECK(seen[i] == (HMM_DMIRROR_PROT_WRITE | HMM_DMIRROR_PROT_PMD));
    CHECK(mprotect(data, HUGE, PROT_READ) == 0);
    CHECK(command(fd, HMM_DMIRROR_SNAPSHOT, data, seen, HUGE / PAGE) == 0 && cpages == HUGE / PAGE);
    for (unsigned long i = 0; i < HUGE / PAGE; i++) CHECK(seen[i] == (HMM_DMIRROR_PROT_READ | HMM_DMIRROR_PROT_PMD));
    munmap(data, HUGE);
}

static double milliseconds(void) {
    struct timeval now;
    gettimeofday(&now, NULL);
    return now.tv_sec * 1e3 + now.tv_usec / 1e3;
}

static void benchmark_thp_migration(int fd) {
    static const unsigned long sizes[] = {HUGE / 4, HUGE / 2, HUGE, 2 * HUGE, 4 * HUGE, 8 * HUGE, 128 * HUGE};
    for (int huge = 0; huge < 2; huge++) {
        for (unsigned long n = 0; n < sizeof sizes / sizeof *sizes; n++) {
            unsigned long size = sizes[n];
            int *data = map(size, PROT_READ | PROT_WRITE);
            void *mirror = map(size, PROT_READ | PROT_WRITE);
            CHECK(data != MAP_FAILED && mirror != MAP_FAILED);
            CHECK(madvise(data, size, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) == 0);
            memset(data, 1, size);
            double to_device = 0, to_system = 0;
            for (int round = 0; round < 5; round++) {
                double start = milliseconds();
                CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_DEV, data, mirror, size / PAGE) == 0 && cpages == size / PAGE);
                double between = milliseconds();
                CHECK(command(fd, HMM_DMIRROR_MIGRATE_TO_SYS, data, mirror, size / PAGE) == 0);
                to_device += between - start;
                to_system += milliseconds() - between;
            }
            printf("%lu KiB %s: to the device %.3f ms, back %.3f ms\n", size >> 10, huge ? "huge" : "base", to_device / 5, to_system / 5);
            munmap(data, size);
            munmap(mirror, size);
        }
    }
}

MAIN(ROW(anon_write_huge); ROW(migrate_anon_huge_empty); ROW(migrate_anon_huge_zero); ROW(migrate_anon_huge_free);
     ROW(migrate_anon_huge_fault); ROW(anon_write_hugetlbfs); ROW(compound); ROW(benchmark_thp_migration))
