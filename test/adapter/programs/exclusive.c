// The test device takes two pages for itself, until the CPU touches the first.
#include <fcntl.h>
#include <hmm_dmirror.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PAGES = 2, BYTES = PAGES * 4096 };

int main(void)
{
    char *data = aligned_alloc(4096, BYTES), *mirror = aligned_alloc(4096, BYTES);
    memset(data, 1, BYTES);
    int device = open("/dev/hmm_dmirror0", O_RDWR);
    struct hmm_dmirror_cmd command = {.addr = (uintptr_t)data, .ptr = (uintptr_t)mirror, .npages = PAGES};
    if (device < 0 || ioctl(device, HMM_DMIRROR_EXCLUSIVE, &command) != 0)
        return 1;
    data[0]++;
    close(device);
    return data[0] == 2 && command.cpages == PAGES ? 0 : 1;
}
