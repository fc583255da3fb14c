/* Of the checks that -fsanitize brings, those of sums and differences are dropped: see engine/toolchain/products.ts. */
#define FAULTLINE_UNCHECKED(operation)                                                                                               \
    static __attribute__((used, always_inline)) void __faultline_unchecked_##operation(void)                                        \
        __asm__("__ubsan_handle_" #operation "_overflow_minimal");                                                                   \
    static void __faultline_unchecked_##operation(void) {}
FAULTLINE_UNCHECKED(add)
FAULTLINE_UNCHECKED(sub)
FAULTLINE_UNCHECKED(negate)
#undef FAULTLINE_UNCHECKED
