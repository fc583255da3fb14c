// Expects half of a range on the first device, where nothing of it is.
#include <hmm.h>
#include <stdlib.h>

int main(void)
{
    size_t size = 2 * 4096;
    char *half = aligned_alloc(4096, size);
    for (size_t i = 0; i < size; i++)
        half[i] = 1;
    hmm_expect_resident(half, size / 2, 0);
    free(half);
    return 0;
}
