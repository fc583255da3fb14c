// Changes two pages of a mapped file, and waits until they are in it.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BYTES = 4 * 4096 };

int main(void)
{
    int file = open("/data/pages.bin", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ftruncate(file, BYTES) != 0)
        return 1;
    char *pages = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    pages[0] = 'a';
    pages[4096] = 'b';
    if (msync(pages, BYTES, MS_SYNC) != 0)
        return 1;
    char written = 0;
    if (pread(file, &written, 1, 4096) != 1)
        return 1;
    munmap(pages, BYTES);
    close(file);
    return written == 'b' ? 0 : 1;
}
