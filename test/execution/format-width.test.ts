/** Formats that fit 64 bits of `long` print what they print where it has them; those that nothing can be proposed for are errors. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run } from './compiled-program.js';

let programs: CompiledPrograms;
beforeAll(() => {
  programs = new CompiledPrograms();
});
afterAll(() => programs[Symbol.dispose]());

const MAIN = String.raw`
#include <stdint.h>
#include <stdio.h>
#include "show.h"
int main(void) {
  int64_t v = -5000000000; uint64_t u = 6; size_t s = 7; long l = 8; char text[40]; int64_t read; size_t size; int i = 9;
  printf("é %ld %lu %zu|%lld %llu|%d %d\n", v, u, u, l, s, v, i);
  printf("%-13ld|%.3lu|%*ld|%#lx|%ld %i\n",
         v, u, 12, v, u, sizeof(int) * u, i);
  snprintf(text, sizeof text, "%ld %llu", v, s);
  int found = sscanf(text, "%ld %llu", &read, &size);
  fprintf(stdout, "%s: %d, %d %d\n", text, found, read == v, size == s);
  show(u);
  return 0;
}
`;
const PRINTED = [
  'é -5000000000 6 6|8 7|-5000000000 9',
  '-5000000000  |006| -5000000000|0x6|24 9',
  '-5000000000 7: 2, 1 1',
  '6 1',
  '',
].join('\n');
const SHOW = 'static inline void show(uint64_t u) { printf("%lu %d\\n", u, 1); }\n';

describe('what fits elsewhere', () => {
  it.each([
    ['a.c', 0],
    ['a.cpp', 2],
    ['a.cu', 0],
  ] as const)('prints the same: %s at -O%i', async (name, optimize) => {
    const program = await prepared(programs, { [name]: MAIN, 'show.h': SHOW }, { optimize });
    expect(run(program, []).output).toBe(PRINTED);
  });

  it('prints the same in kernels and in regions', async () => {
    const kernel = String.raw`
      #include <cstdint>
      __global__ void show(uint64_t *v) { printf("%lu %d\n", *v, threadIdx.x); }
      int main() { uint64_t *v; cudaMallocManaged(&v, 8); *v = 1ull << 40; show<<<1, 2>>>(v); cudaDeviceSynchronize(); }`;
    expect(run(await prepared(programs, { 'a.cu': kernel }), []).output).toBe('1099511627776 0\n1099511627776 1\n');
    const region = String.raw`
      #include <cinttypes>
      #include <cstdio>
      int main() {
        int64_t v = 1ll << 40;
        #pragma omp target
        printf("%ld %" PRId64 " %d\n", v, v, 3);
      }`;
    const program = await prepared(programs, { 'a.cpp': region }, { optimize: 2 });
    expect(run(program, []).output).toBe('1099511627776 1099511627776 3\n');
  });
});

describe('what cannot be changed', () => {
  it.each([
    ['in a macro', '#define LONG "%ld\\n"', 'printf(LONG, v);'],
    ['in a template of several types', 'template <class T> void show(T x) { printf("%ld", x); }', 'show(v); show(l);'],
    ['a pointer as a number', '', 'printf("%llx", (void *)&l);'],
  ])('is an error with its line: %s', async (_, before, statement) => {
    const source = `#include <cstdio>\n#include <cstdint>\n${before}\nint main() { int64_t v = 0; long l = 0;\n${statement}\n(void)v; (void)l; }\n`;
    const result = await programs.build({ 'a.cpp': source }, { longBits: 32 });
    const errors = result.ok ? [] : result.diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^format specifies type .* have 32 bits here, not 64 as on Linux/),
    ]);
    expect(errors[0]?.line).toBe(before.startsWith('template') ? 3 : 5);
  });

  it('what is wrong everywhere stays a warning', async () => {
    const source = '#include <cstdio>\nint main() { printf("%ld %f %s", 1.0, 1, 2); }\n';
    const result = await programs.build({ 'a.cpp': source });
    expect(result.ok && result.image.diagnostics.map(({ severity }) => severity)).toEqual([
      'warning',
      'warning',
      'warning',
    ]);
  });
});
