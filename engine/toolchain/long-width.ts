/**
 * What of a program counts on 64 bits of `long`, `size_t` and pointers, as Linux has them (LP64), where wasm32 has 32 (ILP32):
 * warnings of Clang's that say that a value is cut, an object used as a larger one, or a number of 64 bits printed as one of 32. The program would compute something else
 * than it does elsewhere, so they are errors here, and say why.
 */
import type { Diagnostic } from './diagnostics.js';
import { isFormatWidth } from './format-width.js';

/** Flags of cc1 that bring what {@link explainLongWidth} reads. */
export const LONG_WIDTH_WARNINGS = [
  '-Wshift-count-overflow',
  '-Wshift-overflow',
  '-Wshift-sign-overflow',
  '-Wconstant-conversion',
  '-Wcast-align',
];

/** A type as a message gives it, and in parentheses what it is an alias of. */
const TYPE = String.raw`'(?<type>[^']*)'(?: \(aka '(?<alias>[^']*)'\))?`;
const TO = TYPE.replace('<type>', '<to>').replace('<alias>', '<toAlias>');
const SHIFT = 'shift count >= width of type';
const SIGN = /^signed shift result \(\S+\) sets the sign bit of the shift expression's type \('(?<type>[^']*)'\)/;
const TOO_FAR = /^signed shift result \(\S+\) requires \d+ bits to represent, but '(?<type>[^']*)'/;
const SUM = new RegExp(`^overflow in expression; result is .* with type ${TYPE}`);
const NARROWED = new RegExp(`^constant expression evaluates to \\S+ which cannot be narrowed to type ${TYPE}`);
const CUT = new RegExp(`^implicit conversion from .* to ${TYPE} changes value from (?<before>\\S+)`);
const CAST = new RegExp(`^cast from ${TYPE} to ${TO} increases required alignment`);

/** The error by which a program may fail for the width of `long`. On Linux int64_t and time_t are no other types than it, as notes tell. */
export function countingOnLong(diagnostics: readonly Diagnostic[]): Diagnostic | undefined {
  const why = diagnostics.find(({ severity, message }) => severity === 'error' && message.endsWith(WHY));
  if (why) return why;
  let error: Diagnostic | undefined;
  for (const diagnostic of diagnostics) {
    if (diagnostic.severity !== 'note') error = diagnostic.severity === 'error' ? diagnostic : undefined;
    if (error && /(?<!long )\blong\b(?! (?:long|double))/.test(diagnostic.message)) return error;
  }
  return undefined;
}

/** Of a program that is built with a `long` of 64 bits. @param because why it could not be built with 32 */
export function wideBecause(because: Diagnostic): Diagnostic {
  const [what = ''] = because.message.split(`; ${WHY}`);
  const message = `'long' has 64 bits in this program, which counts on them here (${what}); 'size_t' and pointers have 32`;
  return { ...because, severity: 'warning', message };
}

/** What to do about it. */
export const WHY = "'long', 'size_t' and pointers have 32 bits here, not 64 as on Linux: use 'long long' or 'uint64_t'";

/** @returns an error where the width of `long` is behind it; null where nothing is: all ones stay all ones, and wasm asks for no alignment */
export function explainLongWidth(diagnostic: Diagnostic): Diagnostic | null {
  const { message, severity } = diagnostic;
  if (severity !== 'warning') return diagnostic;
  if (isFormatWidth(message)) return asError(diagnostic);
  const sign = SIGN.exec(message)?.groups;
  const sum = [SUM, TOO_FAR, NARROWED].map((each) => each.exec(message)).find(Boolean)?.groups ?? sign;
  if (sum && isLong(sum)) return asError(diagnostic);
  if (sign) return null;
  const cut = CUT.exec(message)?.groups;
  const cast = CAST.exec(message)?.groups;
  if (cut?.before === ALL_ONES || (cast && !widensLong(cast))) return null;
  if (!message.startsWith(SHIFT) && !cast && !isLong(cut)) return diagnostic;
  return asError(diagnostic);
}

function isLong(names: Readonly<Record<string, string | undefined>> | undefined): boolean {
  const { alias, type } = names ?? {};
  return /(?<!long )long$/.test(alias ?? type ?? '');
}

function asError(diagnostic: Diagnostic): Diagnostic {
  return { ...diagnostic, severity: 'error', message: `${diagnostic.message.replace(/ \[-W[\w-]+\]$/, '')}; ${WHY}` };
}

const ALL_ONES = String(2n ** 64n - 1n);

function widensLong({ type, alias, to, toAlias }: Readonly<Record<string, string | undefined>>): boolean {
  return (
    /(?<!long )long \*(?:const|__restrict| )*$/.test(alias ?? type ?? '') &&
    /(?:long long|double) \*(?:const|__restrict| )*$/.test(toAlias ?? to ?? '')
  );
}
