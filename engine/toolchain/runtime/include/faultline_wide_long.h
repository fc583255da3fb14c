/* Of programs whose own `long` has 64 bits (engine/toolchain/wide-long.ts): what it is, and <sys/types.h>'s name for the unsigned one. */
#ifndef FAULTLINE_WIDE_LONG_H
#define FAULTLINE_WIDE_LONG_H
#define $l64 long long
typedef unsigned long long $ulong;
#endif
