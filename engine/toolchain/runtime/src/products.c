/*
 * Products of long and size_t that need more than their 32 bits: code of the program's comes here from where it multiplies them
 * (engine/toolchain/products.ts). The function in between is not instrumented: kernels may come here, too.
 */
#include "faultline.h"

ENGINE("product") void engine_product(void);
enum { MOST_TOLD = 64 };

void __faultline_product(void) {
    static unsigned told;
    if (told == MOST_TOLD) return;
    told++;
    engine_product();
}
void __ubsan_handle_mul_overflow_minimal(void) { __faultline_product(); }
