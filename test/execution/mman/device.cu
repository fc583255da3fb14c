/* A mapped file that a kernel writes: whatever the mode, no byte is lost and every way to it sees the same. argv[1]: the mode. */
#include "check.h"
#include <hmm.h>

__global__ void add(char *bytes, int n, int step) {
    int i = (blockIdx.x * blockDim.x + threadIdx.x) * step;
    if (i < n) bytes[i]++;
}

enum { PAGES = 8 };
static const int SIZE = PAGES * (int)PAGE;

/* Every page is on the device, written there and nowhere else, where the mode lets it be. */
static void run_on_device(char *m) {
    hmm_prefetch(m, SIZE, 0);
    add<<<1, PAGES>>>(m, SIZE, (int)PAGE);
    cudaDeviceSynchronize();
}

static int bytes_at(const char *path, int page) {
    unsigned char byte = 0;
    int fd = open(path, O_RDONLY | O_DIRECT);
    static char block[512] __attribute__((aligned(4096)));
    CHECK(pread(fd, block, 512, (off_t)page * PAGE) == 512);
    byte = (unsigned char)block[0];
    close(fd);
    return byte;
}

int main(int argc, char **argv) {
    bool moves = strcmp(argv[1], "upstream") != 0, copies = strcmp(argv[1], "2014") == 0;
    int fd = open("data.bin", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(ftruncate(fd, SIZE) == 0);
    char *m = (char *)mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    for (int page = 0; page < PAGES; page++) m[page * PAGE] = 1;
    run_on_device(m);
    size_t there = moves ? SIZE : 0;
    CHECK(hmm_residency(m, SIZE, 0) == there);

    char byte = 0;
    CHECK(pread(fd, &byte, 1, 0) == 1 && byte == 2);
    CHECK(hmm_residency(m, PAGE, 0) == 0);
    CHECK(pwrite(fd, "\x10", 1, PAGE) == 1);
    CHECK(m[PAGE] == 16 && m[2 * PAGE] == 2);
    run_on_device(m);
    CHECK(hmm_residency(m, SIZE, 0) == there);

    CHECK(fsync(fd) == 0);
    CHECK(hmm_residency(m, SIZE, 0) == (copies ? there : 0));
    CHECK(bytes_at("data.bin", 0) == 3 && bytes_at("data.bin", 1) == 17 && bytes_at("data.bin", 2) == 4 - 1);
    run_on_device(m);
    CHECK(msync(m, SIZE, MS_SYNC) == 0 && bytes_at("data.bin", 0) == 4 && bytes_at("data.bin", 7) == 4);

    run_on_device(m);
    static char block[PAGE] __attribute__((aligned(4096)));
    int past = open("data.bin", O_RDWR | O_DIRECT);
    CHECK(pread(past, block, PAGE, 3 * PAGE) == PAGE && block[0] == 5);
    block[0] = 40;
    CHECK(pwrite(past, block, PAGE, 3 * PAGE) == PAGE && m[3 * PAGE] == 40);
    close(past);

    run_on_device(m);
    CHECK(ftruncate(fd, 5 * PAGE + 1) == 0 && m[5 * PAGE] == 6);
    CHECK(ftruncate(fd, SIZE) == 0 && m[6 * PAGE] == 0 && m[0] == 6);

    run_on_device(m);
    CHECK(munmap(m, SIZE) == 0 && bytes_at("data.bin", 0) == 7 && bytes_at("data.bin", 6) == 1);
    m = (char *)mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(m[0] == 7 && m[7 * PAGE] == 1);

    char *own = (char *)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    run_on_device(m);
    CHECK(own[0] == 8);
    add<<<1, 1>>>(own, 1, 1);
    cudaDeviceSynchronize();
    CHECK(own[0] == 9 && m[0] == 8);

    char *dax = (char *)hmm_map_dax(PAGE);
    dax[0] = 1;
    int refused = hmm_prefetch(dax, PAGE, 0);
    CHECK(hmm_residency(dax, PAGE, 0) == (argc > 2 ? PAGE : 0));
    (void)refused;
    add<<<1, 1>>>(dax, 1, 1);
    cudaDeviceSynchronize();
    CHECK(dax[0] == 2);

    char *shared = (char *)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shared[0] = 1;
    hmm_prefetch(shared, PAGE, 0);
    CHECK(hmm_residency(shared, PAGE, 0) == 0);
    add<<<1, 1>>>(shared, 1, 1);
    cudaDeviceSynchronize();
    CHECK(shared[0] == 2);
    add<<<1, 1>>>(m, 1, 1);
    return failures != 0;
}
