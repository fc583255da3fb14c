/**
 * Products of `long`, `size_t` and their like, and sums of `long`, that do not fit in 32 bits: on Linux they have 64, so the program computes
 * something else here. `malloc(n * sizeof(double))` asks for a part of what it needs, a total or a generator of random numbers gives others.
 * The report says where.
 *
 * Clang's sanitizer of integers checks them, of those types only (faultline_products.txt). It checks unsigned sums and differences as well;
 * there a negative `int` that becomes a `size_t` is no error (`i + dx`, with dx = -1), so what they call is an empty function that is inlined, and
 * with it goes the check. Without optimization it would stay, so nothing is checked then.
 * Source: Clang documentation, UndefinedBehaviorSanitizer and Sanitizer special case list.
 */
const CHECKS = 'unsigned-integer-overflow,signed-integer-overflow';

/** Flags of cc1 for a source of the program's. */
export function productFlags(optimize: number): readonly string[] {
  if (optimize === 0) return [];
  return [
    `-fsanitize=${CHECKS}`,
    `-fsanitize-recover=${CHECKS}`,
    '-fsanitize-ignorelist=faultline/faultline_products.txt',
    '-include',
    'faultline_products.h',
  ];
}
