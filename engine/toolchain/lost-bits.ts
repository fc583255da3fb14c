/**
 * Results of `long`, `size_t` and their like that lose bits: on Linux they have 64 of them, here 32, so the program computes something else.
 * `malloc(n * sizeof(double))` asks for a part of what it needs; a total, a hash or a generator of random numbers gives others. The report says where.
 *
 * Clang's sanitizers check products, sums, shifts and conversions. What they call (faultline_lost_bits.h) knows the types; it is inlined where
 * code is optimized, so that of checks that tell nothing, nothing is left. Not every carry is an error: where a negative `int` becomes a `size_t`
 * (`i + dx`, with dx = -1) it is lost on Linux, too, so sums tell only if no operand looks like one. Not told of: casts that are written out,
 * differences of unsigned values, atomic operations, and left shifts that C++ defines: of signed values in C++20, into the sign before.
 * Source: Clang documentation, UndefinedBehaviorSanitizer and Sanitizer special case list.
 */
const CHECKS = [
  'unsigned-integer-overflow',
  'signed-integer-overflow',
  'implicit-unsigned-integer-truncation',
  'implicit-signed-integer-truncation',
  'implicit-integer-sign-change',
  'float-cast-overflow',
  'shift-base',
  'shift-exponent',
  'unsigned-shift-base',
].join();

/** Flags of cc1 for a source of the program's. */
export function lostBitsFlags(optimize: number): readonly string[] {
  return [
    `-fsanitize=${CHECKS}`,
    `-fsanitize-recover=${CHECKS}`,
    '-fsanitize-ignorelist=faultline/faultline_lost_bits.txt',
    ...(optimize > 0 ? ['-include', 'faultline_lost_bits.h'] : []),
  ];
}
