/*
 * What Clang's sanitizer of integers calls where an operation does not fit (engine/toolchain/lost-bits.ts). Inlined where code is optimized:
 * where nothing is told, the check goes. Where it is not, the runtime has them (src/lost_bits.c).
 */
#ifndef FAULTLINE_LOST_BITS_H
#define FAULTLINE_LOST_BITS_H

/* As Clang lays them out (its runtime library, ubsan_handlers.h and ubsan_value.h). */
struct __faultline_type {
    unsigned short kind;
    /* Bit 0: the type is signed. */
    unsigned short info;
    /* Quoted; an alias is followed by what it is, in parentheses. */
    char name[];
};
/* Of a value that is converted implicitly, of a floating-point number that becomes an integer, and of a shift (its operands' types). */
struct __faultline_conversion {
    const char *file;
    unsigned line, column;
    const struct __faultline_type *from, *to;
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
#ifndef FAULTLINE_CHECKED
#ifdef __cplusplus
extern "C"
#endif
FAULTLINE_ANYWHERE void __faultline_lost_bits(unsigned site);

/* Whether it is long or unsigned long, by itself or as an alias. The compiler knows the name: nothing of this is left. */
static FAULTLINE_ANYWHERE __attribute__((always_inline)) inline int __faultline_is_long(const struct __faultline_type *type) {
    const char *end = type->name + __builtin_strlen(type->name) - 1;
    if (*end == ')') end--;
    return __builtin_memcmp(end - 5, " long", 5) == 0 ? __builtin_memcmp(end - 9, "long long", 9) != 0
                                                      : __builtin_memcmp(end - 5, "'long", 5) == 0;
}

#define FAULTLINE_CHECKED(operation, parameters, tells)                                                                              \
    static FAULTLINE_ANYWHERE __attribute__((used, always_inline)) void __faultline_checked_##operation parameters                   \
        __asm__("__ubsan_handle_" #operation);                                                                                      \
    static FAULTLINE_ANYWHERE void __faultline_checked_##operation parameters {                                                      \
        if (tells) __faultline_lost_bits(0);                                                                                           \
    }
#endif
FAULTLINE_CHECKED(mul_overflow, (const struct __faultline_overflow *of, unsigned left, unsigned right), 1)
/* A negative int that becomes a size_t and is added is no error: i + dx, with dx = -1. It is most often on the right. */
FAULTLINE_CHECKED(add_overflow, (const struct __faultline_overflow *of, unsigned left, unsigned right),
    (of->type->info & 1) != 0 || (left < 0xfffff000u && right < 0xc0000000u))
FAULTLINE_CHECKED(sub_overflow, (const struct __faultline_overflow *of, unsigned left, unsigned right), (of->type->info & 1) != 0)
FAULTLINE_CHECKED(negate_overflow, (const struct __faultline_overflow *of, unsigned value), 0)
/* The division itself traps. */
FAULTLINE_CHECKED(divrem_overflow, (const struct __faultline_overflow *of, unsigned left, unsigned right), 0)
/*
 * What has more bits than a pointer is passed by its address. A negative number that becomes unsigned stays what it is; an unsigned int
 * that becomes a long must not become negative, but a difference of two size_t may.
 */
FAULTLINE_CHECKED(implicit_conversion, (const struct __faultline_conversion *of, const long long *from, unsigned to),
    __faultline_is_long(of->to) &&
        (of->from->info >> 1 > 5 ? *from != (int)*from : (of->to->info & 1) != 0 && !__faultline_is_long(of->from)))
FAULTLINE_CHECKED(float_cast_overflow, (const struct __faultline_conversion *of, unsigned from), __faultline_is_long(of->to))
/* Bits that 64 would keep; as above, what looks like a small negative number is one. */
FAULTLINE_CHECKED(shift_out_of_bounds, (const struct __faultline_conversion *of, unsigned left, unsigned right),
    __faultline_is_long(of->from) && right < 64 &&
        (right > 31                     ? left != 0
         : (of->from->info & 1) != 0 ? (int)(left << right) >> right != (int)left
                                        : left < 0xfffff000u))
#undef FAULTLINE_CHECKED
#undef FAULTLINE_ANYWHERE
#endif
