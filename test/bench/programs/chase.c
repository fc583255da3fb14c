/* A linked list in an order that no prefetcher guesses: every load waits for the one before. */
#include "bench.h"

enum { count = 1 << 15, steps = 1 << 20 };

struct node {
    struct node *next;
    unsigned value;
};

static struct node nodes[count];

static __attribute__((noinline)) unsigned follow(const struct node *node, int n)
{
    unsigned total = 0;
    while (n-- > 0) {
        total += node->value;
        node = node->next;
    }
    return total;
}

static __attribute__((noinline)) unsigned kernel(void)
{
    unsigned at = 0;
    for (int i = 0; i < count; i++) {
        unsigned next = (at * 1664525u + 1013904223u) % count;
        nodes[at].next = &nodes[next];
        nodes[at].value = at;
        at = next;
    }
    return follow(nodes, steps);
}
