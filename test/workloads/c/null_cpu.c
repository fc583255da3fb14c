// Follows a list past its end: the CPU reads through a null pointer. It has to end with a report that names the line of the
// access, as SIGSEGV (status 139); the last line of main must not be reached.
#include <stdio.h>

struct node {
    struct node *next;
    int value;
};

static int valueAt(const struct node *list, int index)
{
    while (index-- > 0)
        list = list->next;
    return list->value;
}

int main(void)
{
    struct node second = {NULL, 2};
    struct node first = {&second, 1};
    printf("null_cpu: value %d\n", valueAt(&first, 1));
    fflush(stdout);
    printf("null_cpu: the read through a null pointer gave %d\n", valueAt(&first, 2));
    return 1;
}
