// Arguments, standard input and exit status: prints every argument, copies its input to its output, and ends with the status that
// the first argument gives (0 without one).
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        printf("args: argument %d is \"%s\"\n", i, argv[i]);

    size_t bytes = 0;
    for (int c = getchar(); c != EOF; c = getchar()) {
        putchar(c);
        bytes++;
    }
    fprintf(stderr, "args: %lu bytes of input\n", (unsigned long)bytes);
    return argc > 1 ? atoi(argv[1]) : 0;
}
