// Accesses that cross a page boundary: members of packed structures that lie in two pages, and copies over three pages at odd
// offsets. Both pages of such an access have to be there.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096

struct __attribute__((packed)) record {
    char tag;
    uint16_t small;
    uint32_t medium;
    uint64_t large;
    double real;
};

int main(void)
{
    unsigned char *pages = aligned_alloc(PAGE, 8 * PAGE);
    if (pages == NULL) {
        printf("straddle: out of memory\n");
        return 1;
    }
    memset(pages, 0xee, 8 * PAGE);

    // The boundary passes through every byte of the record in turn; what surrounds the record stays as it is.
    int wrong = 0;
    for (int before = 0; before <= (int)sizeof(struct record); before++) {
        struct record *record = (struct record *)(pages + PAGE - before);
        record->tag = 'r';
        record->small = 0x1234;
        record->medium = 0xdeadbeefu;
        record->large = 0x0123456789abcdefull;
        record->real = -2.5;
        struct record copy = *record;
        wrong += copy.tag != 'r' || copy.small != 0x1234 || copy.medium != 0xdeadbeefu ||
                 copy.large != 0x0123456789abcdefull || copy.real != -2.5;
        unsigned char *end = (unsigned char *)(record + 1);
        wrong += ((unsigned char *)record)[-1] != 0xee || *end != 0xee;
        memset(record, 0xee, sizeof *record);
    }

    // Two and a half pages from an odd offset to an odd offset, then an overlapping move by one byte.
    const size_t length = 2 * PAGE + PAGE / 2;
    unsigned char *from = pages + PAGE - 3;
    unsigned char *to = pages + 4 * PAGE + 1357;
    for (size_t i = 0; i < length; i++)
        from[i] = (unsigned char)(i * 31);
    memcpy(to, from, length);
    wrong += memcmp(to, from, length) != 0;
    memmove(to + 1, to, length);
    wrong += to[0] != to[1] || memcmp(to + 1, from, length) != 0;

    printf("straddle: %d results are wrong\n", wrong);
    free(pages);
    return wrong == 0 ? 0 : 1;
}
