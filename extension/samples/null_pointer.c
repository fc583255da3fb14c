/* Writes through a pointer that was never set: the debugger stops at the access, with the address and what is mapped around it. */
#include <stdio.h>
#include <stdlib.h>

struct image {
    int width, height;
    unsigned char *pixels;
};

static void fill(struct image *image, unsigned char value)
{
    for (int i = 0; i < image->width * image->height; i++)
        image->pixels[i] = value;
}

int main(void)
{
    struct image *image = calloc(1, sizeof *image);
    image->width = 64;
    image->height = 64;
    printf("filling %d × %d pixels\n", image->width, image->height);
    fill(image, 255);
    free(image);
    return 0;
}
