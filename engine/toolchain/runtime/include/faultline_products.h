/*
 * What Clang's sanitizer of integers calls where an operation does not fit (engine/toolchain/products.ts). Inlined: where nothing is
 * told, the check goes.
 */
#ifndef FAULTLINE_PRODUCTS_H
#define FAULTLINE_PRODUCTS_H

/* As Clang lays them out (its runtime library, ubsan_handlers.h and ubsan_value.h). */
struct __faultline_type {
    unsigned short kind;
    /* Bit 0: the type is signed. */
    unsigned short info;
};
struct __faultline_overflow {
    const char *file;
    unsigned line, column;
    const struct __faultline_type *type;
};

#if defined(__CUDA__) || defined(__HIP__)
#define FAULTLINE_ANYWHERE __attribute__((host, device))
#else
#define FAULTLINE_ANYWHERE
#endif
#ifdef __cplusplus
extern "C"
#endif
FAULTLINE_ANYWHERE void __faultline_product(unsigned site);

#define FAULTLINE_CHECKED(operation, parameters, tells)                                                                              \
    static FAULTLINE_ANYWHERE __attribute__((used, always_inline)) void __faultline_checked_##operation parameters                   \
        __asm__("__ubsan_handle_" #operation);                                                                                      \
    static FAULTLINE_ANYWHERE void __faultline_checked_##operation parameters {                                                      \
        if (tells) __faultline_product(0);                                                                                           \
    }
FAULTLINE_CHECKED(mul_overflow, (const struct __faultline_overflow *of, unsigned left, unsigned right), 1)
/* A negative int that becomes a size_t and is added is no error: i + dx, with dx = -1. */
FAULTLINE_CHECKED(add_overflow, (const struct __faultline_overflow *of, unsigned left, unsigned right), (of->type->info & 1) != 0)
FAULTLINE_CHECKED(sub_overflow, (const struct __faultline_overflow *of, unsigned left, unsigned right), (of->type->info & 1) != 0)
FAULTLINE_CHECKED(negate_overflow, (const struct __faultline_overflow *of, unsigned value), 0)
/* The division itself traps. */
FAULTLINE_CHECKED(divrem_overflow, (const struct __faultline_overflow *of, unsigned left, unsigned right), 0)
#undef FAULTLINE_CHECKED
#undef FAULTLINE_ANYWHERE
#endif
