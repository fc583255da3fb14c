/** Constants that need 64 bits: told of where they stand, as a compiler for Linux computes them. */
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { longConstants } from '../../engine/toolchain/long-constants.js';

function told(...texts: string[]): string[] {
  const files = texts.map((text, n) => ({ path: `project/${String(n)}.h`, text, included: [] }));
  return longConstants(files, []).map(({ file, line, column, severity, message }) => {
    const [, value = message] = /^constant (-?\d+) /.exec(message) ?? [];
    return `${file}:${String(line)}:${String(column)} ${severity} ${value}`;
  });
}
const FOUR_GIB = '4294967296';

describe('a constant of a long type that needs 64 bits is told of', () => {
  it.each([
    ['a product', 'static const size_t total = 4 * 1024UL * 1024 * 1024;', '0.h:1:29'],
    ['a shift', 'size_t bytes[] = {1, 8UL << 29};', '0.h:1:22'],
    ['a sum', 'unsigned long n = 0xffffffffUL + 1;', '0.h:1:19'],
    ['a cast', 'size_t n = (size_t)4 << 30;', '0.h:1:12'],
    ['a cast of one that has them', 'auto n = (unsigned long)4294967296ull;', '0.h:1:10'],
    ['sizes of types', 'constexpr auto n = sizeof(double) * 512 * 1024 * 1024 * 2 / 2;', '0.h:1:20'],
    ['a macro', '#define GIB (1024UL * 1024 * 1024) // a gibibyte\nsize_t n = 4 * GIB;', '0.h:2:12'],
    [
      'a macro that is too large itself, where it is used',
      '#define ALL \\\n (1UL << 31 << 1)\nsize_t n = ALL, m = ALL;',
      '0.h:3:12',
      '0.h:3:21',
    ],
    ['a macro of a macro', '#define ALL (4 * G)\n#define G (1UL << 30)\nsize_t n = ALL;', '0.h:3:12'],
    ['constants', 'constexpr std::size_t G = 1 << 30;\nstatic const size_t n = G * 4;', '0.h:2:25'],
    ['in a function, behind what is none', 'void f(int a) { g(a + 4 * 1024ul * 1048576); }', '0.h:1:23'],
    ['on one line with others', "char a = '\\'', *b = \"/*\"; size_t n = 1UL * 65'536 * 65'536; // none", '0.h:1:38'],
  ])('%s', (_, text, ...places) => {
    expect(told(text)).toEqual(places.map((place) => `${place} error ${FOUR_GIB}`));
  });

  it('with names of another file', () => {
    expect(told('size_t n = G << 2;', '#ifndef H\n#define H\n#define G (1UL << 30)\n#endif\n')).toEqual([
      `0.h:1:12 error ${FOUR_GIB}`,
    ]);
  });

  it('but not on a line of which Clang says that something is wrong', () => {
    const text = 'size_t a = 8ul << 29;\nsize_t b = 8ul << 29;';
    const error = { file: '0.h', line: 1, column: 20, severity: 'error', message: '' } as const;
    const found = longConstants(
      [{ path: 'project/0.h', text, included: [] }],
      [error, { ...error, line: 2, severity: 'warning' }],
    );
    expect(found.map(({ line }) => line)).toEqual([2]);
  });

  it('as a warning where a condition may leave it out; a guard of a header is none', () => {
    const text = '#ifndef H\n#define H\nsize_t a = 8ul << 29;\n#ifdef LARGE\nsize_t b = 8ul << 29;\n#endif\n#endif';
    expect(told(text)).toEqual([`0.h:3:12 error ${FOUR_GIB}`, `0.h:5:12 warning ${FOUR_GIB}`]);
  });
});

describe('nothing is said', () => {
  it.each([
    ['of other types', 'uint64_t a = 1ULL << 40, b = (long long)4 * 1024 * 1024 * 1024 + 4294967296; int c = 1 << 31;'],
    ['of what fits', 'size_t a = 1024UL * 1024 * 1024 * 3, b = 2;'],
    ['of the largest there is', 'size_t a = ~0UL, b = -1UL, c = (size_t)-1 / 2, d = ~0ul >> 1, e = (size_t)-1 & 4095;'],
    ['of what is wrapped on purpose', 'size_t a = 0UL - 4096;'],
    [
      'in comments, strings and other directives',
      '// 8UL << 29\n/* 8UL << 29 */ const char *a = "8UL << 29", *b = R"x(8UL << 29)x";\n#if 8UL << 29\n#endif',
    ],
    ['of a macro that nobody uses', '#define ALL (8UL << 29)'],
    ['of a macro with parameters', '#define ALL(x) (8UL << 29)'],
    ['of names with two values', '#ifdef A\n#define G (1UL << 30)\n#else\n#define G 1\n#endif\nsize_t n = G * 4;'],
    ['of names that something else has, too', 'const size_t g = 1UL << 30;\nsize_t f(size_t g) { return g * 4; }'],
    ['of members', 'const size_t g = 1UL << 30;\nauto a = b.g * 4 + c->g * 4 + g(1) * 4;'],
    ['of an operand of an operator that binds more', 'size_t n = a / 8UL << 29, b = a % 2 * 4096UL * 1024 * 1024;'],
  ])('%s', (_, text) => {
    expect(told(text)).toEqual([]);
  });

  it('of names that objects of the engine have, too', () => {
    const text =
      'int toString, constructor; size_t n = sizeof(toString) * 4, m = sizeof(constructor) << 2; 1UL valueOf 2UL;';
    expect(told(text)).toEqual([]);
  });

  it('more often than Clang speaks of errors', () => {
    expect(told('size_t n = 8UL << 29;\n'.repeat(40_000))).toHaveLength(19);
  });

  it('of any text that is none of C, nor for long', () => {
    const word = fc.constantFrom(
      '(',
      ')',
      '~',
      '-',
      '*',
      '1UL',
      '<<',
      'sizeof',
      '"',
      "'",
      '/*',
      '#define',
      '\n',
      'a',
      'toString',
      'valueOf',
      '\\',
      'R"(',
      '0x',
      '09',
      '0b1UL',
      '=',
      'const',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        told(words.join(''), words.join(' '));
      }),
    );
    expect(told('('.repeat(100_000), '~'.repeat(100_000), '1UL+'.repeat(100_000), '#if\n'.repeat(100_000))).toEqual([]);
  });
});
