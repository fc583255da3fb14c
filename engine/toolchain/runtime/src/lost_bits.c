/*
 * Results of long and size_t that need more than their 32 bits: code of the program's comes here from where it computes
 * them (engine/toolchain/lost-bits.ts). The function in between is not instrumented: kernels may come here, too.
 */
#include "faultline.h"

ENGINE("lostBits") void engine_lost_bits(unsigned site);
/* A hash function comes here with each round: its place is told once, or, where two places share a slot, not for ever. */
enum { SLOTS = 256, MOST_TOLD = 4096 };

/* The instrumenter puts the place in the code for 0. */
void __faultline_lost_bits(unsigned site) {
    static unsigned places[SLOTS], told;
    unsigned *last = &places[site * 2654435761u >> 24];
    if ((*last == site && site != 0) || told == MOST_TOLD) return;
    *last = site;
    told++;
    engine_lost_bits(site);
}
