/*
 * Products of long and size_t, and sums of long, that need more than their 32 bits: code of the program's comes here from where it computes
 * them (engine/toolchain/products.ts). The function in between is not instrumented: kernels may come here, too.
 */
#include "faultline.h"

ENGINE("product") void engine_product(unsigned site);
enum { MOST_TOLD = 64 };

/* The instrumenter puts the place in the code for 0. */
void __faultline_product(unsigned site) {
    static unsigned told;
    if (told == MOST_TOLD) return;
    told++;
    engine_product(site);
}
