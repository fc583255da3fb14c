/**
 * `long` with the 64 bits that it has on Linux: in the program's own text it becomes `long long`, with what goes with it: suffixes of numbers, limits,
 * and the functions of the C library and of the compiler that are named after it. The library itself, `size_t` and pointers keep 32 bits.
 *
 * The word itself becomes a macro of as many letters, so that messages and breakpoints keep their columns.
 */
import { fileOf, withFile } from './file-tree.js';
import type { Diagnostic } from './diagnostics.js';
import { projectTexts, type ProjectText } from './project-texts.js';
import { piecesOf, type Piece } from './source-tokens.js';
import type { SourceTree } from './source-tree.js';

/** A macro of `faultline_wide_long.h`. */
const WORD = '$l64';
/** Flags of cc1 for its sources. */
export const WIDE_LONG_FLAGS = [
  '-include',
  'faultline_wide_long.h',
  '-Wformat-nonliteral',
  '-Wno-missing-format-attribute',
];

/** What a `long` may stand among: of `long long` and `long double` it is a part. */
const SPECIFIERS = new Set(
  'long double unsigned signed int const volatile static extern inline register constexpr'.split(' '),
);

const RENAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ulong: '$ulong',
    // CUDA's vectors.
    ...Object.fromEntries(
      [1, 2, 3, 4].flatMap((n) =>
        ['', 'u', 'make_', 'make_u'].map((prefix) => [`${prefix}long${String(n)}`, `${prefix}longlong${String(n)}`]),
      ),
    ),
    atomic_long: 'atomic_llong',
    atomic_ulong: 'atomic_ullong',
    LONG_MAX: 'LLONG_MAX',
    LONG_MIN: 'LLONG_MIN',
    ULONG_MAX: 'ULLONG_MAX',
    __LONG_MAX__: '__LONG_LONG_MAX__',
    strtol: 'strtoll',
    strtoul: 'strtoull',
    atol: 'atoll',
    stol: 'stoll',
    stoul: 'stoull',
    labs: 'llabs',
    ldiv: 'lldiv',
    ldiv_t: 'lldiv_t',
    lrint: 'llrint',
    lrintf: 'llrintf',
    lround: 'llround',
    lroundf: 'llroundf',
    ...Object.fromEntries(
      ['clz', 'ctz', 'ffs', 'popcount', 'parity', 'clrsb'].map((name) => [`__builtin_${name}l`, `__builtin_${name}ll`]),
    ),
    ...Object.fromEntries(
      ['uadd', 'usub', 'umul', 'sadd', 'ssub', 'smul'].map((name) => [
        `__builtin_${name}l_overflow`,
        `__builtin_${name}ll_overflow`,
      ]),
    ),
  }),
);

/** The same program with wide ones. */
export function widenLongs(tree: SourceTree): SourceTree {
  let { files } = tree;
  const paths = new Set(tree.sources.flatMap((source) => Array.from(projectTexts(tree, source), ({ path }) => path)));
  const texts = Array.from(paths, (path) => ({ path, text: widened(fileOf(tree.files, path) ?? '') }));
  for (const { path, text } of texts) files = withFile(files, path, text);
  return { ...tree, files, fingerprint: [...tree.fingerprint, ...texts.map(({ text }) => text)] };
}

const NO_LITERAL = 'format string is not a string literal [-Wformat-nonliteral]';
const LONG_FORMAT = /%[-+ #0-9.*'$]*l[diuoxXn]/;

/**
 * Formats that Clang cannot see are read by the library, whose `long` has 32 bits: where the program has formats of `long`, they are errors, elsewhere
 * none of them is one. @param said by Clang; @param texts of a source and what it includes
 */
export function withFormats(said: readonly Diagnostic[], texts: Iterable<ProjectText>): readonly Diagnostic[] {
  const isNone = ({ message }: Diagnostic): boolean => !message.startsWith(NO_LITERAL);
  if (said.every(isNone)) return said;
  if (!Array.from(texts).some(({ text }) => LONG_FORMAT.test(text))) return said.filter(isNone);
  return said.map((each) => (isNone(each) ? each : { ...each, severity: 'error', message: UNSEEN }));
}

const UNSEEN =
  "the library reads this format, which is no literal, with a 'long' of 32 bits, and the program's has 64: use '%lld' and 'long long', or --long 32";

export function widened(text: string): string {
  const words = wordsOf(text);
  return words.map((word, at) => (word.text === 'long' && isAlone(words, at) ? WORD : changed(word))).join('');
}

interface Word extends Piece {
  /** A directive and each stretch of text between two are one: words of two do not stand together. */
  readonly stretch: number;
  readonly isIncluding: boolean;
}

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let stretch = 0;
  let directive: Piece | undefined;
  for (const piece of piecesOf(text)) {
    if (piece.kind === 'directive') {
      stretch++;
      directive = piece;
    }
    words.push({ ...piece, stretch, isIncluding: directive?.keyword === 'include' });
    if (piece.kind === 'newline' && directive) {
      stretch++;
      directive = undefined;
    }
  }
  return words;
}

function isAlone(words: readonly Word[], at: number): boolean {
  const word = words[at];
  return word?.kind === 'name' && !word.isIncluding && !isPart(words, at, -1) && !isPart(words, at, 1);
}

/** Whether among the words of a type, in that direction, is another `long`, or a `double`. */
function isPart(words: readonly Word[], start: number, step: 1 | -1): boolean {
  let left = MOST_SPECIFIERS;
  for (let at = start + step; left > 0; at += step) {
    const word = words[at];
    if (word === undefined || word.stretch !== words[start]?.stretch) return false;
    if (word.kind === 'newline' || (word.kind === 'skipped' && /^[\s\\/]/.test(word.text))) continue;
    if (word.kind !== 'name' || !SPECIFIERS.has(word.text)) return false;
    if (word.text === 'long' || word.text === 'double') return true;
    left--;
  }
  return false;
}

const MOST_SPECIFIERS = 8;

function changed({ kind, text, isIncluding }: Word): string {
  if (isIncluding) return text;
  if (kind === 'name') return RENAMED.get(text) ?? text;
  if (kind !== 'number') return text;
  // Of a number with a point or an exponent an L is a long double's.
  return text.replace(/^(0[xX][\da-fA-F']+|0[bB][01']+|\d[\d']*)([uU]?)([lL])([uU]?)$/, '$1$2$3$3$4');
}
