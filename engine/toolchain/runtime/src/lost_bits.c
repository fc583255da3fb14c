/*
 * Results of long and size_t that need more than their 32 bits: code of the program's comes here from where it computes
 * them (engine/toolchain/lost-bits.ts). The function in between is not instrumented: kernels may come here, too.
 */
#include "faultline.h"

ENGINE("lostBits") void engine_lost_bits(unsigned site);
/* A hash function comes here with each round: its place is told once, or, where two places share a slot, not for ever. */
enum { SLOTS = 256, MOST_TOLD = 4096 };

static int is_news(unsigned place) {
    static unsigned places[SLOTS], told;
    unsigned *last = &places[place * 2654435761u >> 24];
    if ((*last == place && place != 0) || told == MOST_TOLD) return 0;
    *last = place;
    told++;
    return 1;
}

/* The instrumenter puts the place in the code for 0. */
void __faultline_lost_bits(unsigned site) {
    if (is_news(site)) engine_lost_bits(site);
}

/*
 * Without optimization the sanitizer calls the functions below, and the engine looks who called them. Each place has a check of its own.
 * What the C library has would be the program's code: its breakpoints, its accesses.
 */
struct __faultline_type;
static int __faultline_is_long(const struct __faultline_type *type);
#define FAULTLINE_CHECKED(operation, parameters, tells)                                                                              \
    void __ubsan_handle_##operation parameters {                                                                                       \
        if ((tells) && is_news((unsigned)of)) engine_lost_bits(0);                                                                     \
    }
#include "faultline_lost_bits.h"

static int names_long(const char *name) {
    const volatile char *end = name;
    while (*end) end++;
    end -= end[-1] == ')' ? 2 : 1;
    /* Backwards, for the name may be short. */
    for (const char *at = "gnol"; *at; at++)
        if (*--end != *at) return 0;
    if (end[-1] == '\'') return 1;
    if (end[-1] != ' ') return 0;
    for (const char *at = " gnol"; *at; at++)
        if (*--end != *at) return 1;
    return 0;
}

/* A hash function shifts an unsigned int hundreds of millions of times. */
static int __faultline_is_long(const struct __faultline_type *type) {
    static struct {
        const struct __faultline_type *type;
        int is_long;
    } known[16];
    unsigned at = (unsigned)type / 4 % 16;
    if (known[at].type != type) {
        known[at].type = type;
        known[at].is_long = names_long(type->name);
    }
    return known[at].is_long;
}
