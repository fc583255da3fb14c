/** Programs whose own `long` has 64 bits, as on Linux: what becomes of their text, when that is done, and that they compute what they do there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { widened } from '../../engine/toolchain/wide-long.js';
import { prepared, run } from '../execution/compiled-program.js';
import { CompiledPrograms } from './compiled.js';

describe('in the text', () => {
  it.each([
    ['long a; unsigned long b; long int c;', '$l64 a; unsigned $l64 b; $l64 int c;'],
    ['f(long, const long *, long unsigned);', 'f($l64, const $l64 *, $l64 unsigned);'],
    ['std::vector<long> v; sizeof(long)', 'std::vector<$l64> v; sizeof($l64)'],
    ['unsigned /* of many bits */ long\n  a;', 'unsigned /* of many bits */ $l64\n  a;'],
    ['1L + 0x1fUL + 2lu', '1LL + 0x1fULL + 2llu'],
    ['#define WORD long\nlong a;', '#define WORD $l64\n$l64 a;'],
    ['#define ABS(x) ((long)(x) < 0L)', '#define ABS(x) (($l64)(x) < 0LL)'],
    ['LONG_MAX + ULONG_MAX + strtoul(s, 0, 0)', 'LLONG_MAX + ULLONG_MAX + strtoull(s, 0, 0)'],
    [
      '__builtin_ctzl(x); ulong4 v = make_ulong4(a, b, c, d);',
      '__builtin_ctzll(x); ulonglong4 v = make_ulonglong4(a, b, c, d);',
    ],
  ])('%s', (text, wide) => {
    expect(widened(text)).toBe(wide);
  });

  it.each([
    'long long a; unsigned long long int b; long double c; long unsigned long d;',
    'long /* and */ long a; long\nlong b; long \\\n long c;',
    '#define LL long long\n#define LD long double',
    'along = longer + long_ + 1LL + 1ull + 1.0L + 1e3L + 0x1p3L + 10u;',
    '#include "long.h"\n#include <sys/long L 1L>\n',
    '// long 1L\n/* long */ "long 1L" \'L\' R"(long)"',
  ])('nothing: %s', (text) => {
    expect(widened(text)).toBe(text);
  });

  it('whatever is no word of it stays, and so do lines', () => {
    const word = fc.constantFrom(
      'long',
      ' ',
      '\n',
      '#',
      'define',
      'x',
      '1L',
      '"',
      "'",
      '/*',
      '//',
      '\\',
      'double',
      'unsigned',
      '(',
      ')',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        const text = words.join('');
        expect(widened(text).replaceAll('$l64', 'long').replaceAll('1LL', '1L')).toBe(text.replaceAll('1LL', '1L'));
      }),
    );
    expect(widened('unsigned '.repeat(100_000))).toHaveLength(900_000);
  });
});

describe('of a program', () => {
  let programs: CompiledPrograms;
  beforeAll(() => {
    programs = new CompiledPrograms();
  });
  afterAll(() => programs[Symbol.dispose]());

  const TOTALS = `
    #include <limits.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/types.h>
    #include "hash.h"
    struct pair { long first; ulong second; };
    static void count(struct pair *p, long *least) {
      for (int i = 0; i < 5; i++) p->first += 1000000000;
      p->second = hash(p->first) >> 33;
      if (p->first < *least) *least = p->first;
    }`;
  const HASH =
    'static unsigned long hash(unsigned long x) { x ^= x >> 33; x *= 0xff51afd7ed558ccdUL; return x ^ x >> 33; }';
  const MAIN = `
    int main(int argc, char **argv) {
      long least = LONG_MAX, given = strtol(argv[1], NULL, 10);
      struct pair p = {0, 0};
      count(&p, &least);
      printf("%ld %lu %ld %zu %ld\\n", p.first, p.second, least, sizeof p, given);
    }`;
  const GRID = `
    __global__ void kernel(pair *p, long *least) { ::count(p, least); }
    int main(int argc, char **argv) {
      long *least, given = strtol(argv[1], NULL, 10);
      pair *p;
      cudaMallocManaged(&least, sizeof *least);
      cudaMallocManaged(&p, sizeof *p);
      *least = LONG_MAX;
      kernel<<<1, 1>>>(p, least);
      cudaDeviceSynchronize();
      printf("%ld %lu %ld %zu %ld\\n", p->first, p->second, *least, sizeof *p, given);
    }`;
  // The second by a compiler for Linux.
  const PRINTED = '5000000000 14396278 5000000000 16 12345678901\n';

  it.each([
    ['a.c', TOTALS + MAIN],
    ['a.cu', TOTALS.replace('static void count', 'static __host__ __device__ void count') + GRID],
  ])(
    'that counts on 64 bits, %s: it is built with them, says so, and computes what it does on Linux',
    async (name, text) => {
      const hash = name === 'a.cu' ? HASH.replace('static', 'static __host__ __device__') : HASH;
      const files = { [name]: text, 'hash.h': hash };
      const result = await programs.build(files, { optimize: 2 }, [name]);
      const [first, ...others] = result.ok ? result.image.diagnostics : [];
      expect(first).toMatchObject({
        severity: 'warning',
        message: expect.stringMatching(/^'long' has 64 bits in this program/) as string,
      });
      expect(others).toEqual([]);
      for (const optimize of [0, 2] as const) {
        const { output } = run(await preparedOf(files, name, optimize), ['12345678901']);
        expect(output).toBe(PRINTED);
      }
    },
  );

  async function preparedOf(
    files: Readonly<Record<string, string>>,
    name: string,
    optimize: 0 | 2,
  ): ReturnType<typeof prepared> {
    // A header is no source.
    return prepared(
      programs,
      { [name]: `${files['hash.h'] ?? ''}\n${(files[name] ?? '').replace('#include "hash.h"', '')}` },
      { optimize },
    );
  }

  it('has 32 where it is asked for them, 64 where it is asked for those', async () => {
    const source = { 'a.c': 'int main(void) { return sizeof(long); }' };
    for (const longBits of [32, 64] as const) {
      const { ending } = run(await prepared(programs, source, { longBits }), []);
      expect(ending).toMatchObject({ status: longBits / 8 });
    }
    const shift = await programs.build(
      { 'a.c': 'long f(long a) { return a << 40; } int main(void) {}' },
      { longBits: 32 },
    );
    expect(shift.ok).toBe(false);
  });

  it.each([
    ['one of two', '#include <algorithm>\n#include <cstdint>\nint64_t f(long a, int64_t b) { return std::max(a, b); }'],
    ['where it is pointed to', '#include <ctime>\nlong f() { long now; return time(&now); }'],
  ])('that takes it for a type of 64 bits is built with them: %s', async (_, source) => {
    const result = await programs.build({ 'a.cpp': `${source}\nint main() {}` });
    expect(result.ok && result.image.diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
  });

  it('whose formats of long are no literals is not built with 64: the library would read 32 of them', async () => {
    const said =
      '#include <stdarg.h>\n#include <stdio.h>\nvoid say(const char *f, ...) { va_list a; va_start(a, f); vprintf(f, a); va_end(a); }\n';
    const rest =
      'int main(int argc, char **argv) { const char *f = argv[1]; long n = argc; say("%d\\n", argc); return n << (argc + 1); }';
    const built = await programs.build({ 'a.c': said + rest }, { longBits: 64 });
    expect(built.ok && built.image.diagnostics).toEqual([]);
    const of = rest.replace('say("%d\\n", argc)', 'say("%8ld\\n", n); printf(f, n)');
    const refused = await programs.build({ 'a.c': said + of }, { longBits: 64 });
    expect(!refused.ok && refused.diagnostics.map(({ line, severity }) => [line, severity])).toEqual([
      [3, 'error'],
      [4, 'error'],
    ]);
    const because = await programs.build({ 'a.c': said + of.replace('argc + 1', '40') });
    expect(!because.ok && because.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringContaining('shift count >= width of type'),
    ]);
  });

  it('that does not compile with 64 either is told of as it is', async () => {
    const result = await programs.build({
      'a.cpp':
        'template <class T> struct S {}; template <> struct S<unsigned long> {}; template <> struct S<unsigned long long> {};\nlong f(long a) { return a << 40; }\nint main() {}',
    });
    expect(result.ok).toBe(false);
    expect(!result.ok && result.diagnostics.map(({ line, message }) => [line, message])).toEqual([
      [2, expect.stringContaining('shift count >= width of type')],
    ]);
  });
});
