/** What fits the 64 bits of a `long` elsewhere wraps around in its 32 here; no pass may count on it not to. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run } from './compiled-program.js';

let programs: CompiledPrograms;
beforeAll(() => {
  programs = new CompiledPrograms();
});
afterAll(() => programs[Symbol.dispose]());

const GENERATOR = String.raw`
#include <stdio.h>
static int last = 7;
static double next(void) {
  const int given = last;
  last = (1103515245L * last + 12345) & 0x7FFFFFFF;
  return given / 2147483648.0;
}
int main(void) {
  for (int i = 0; i < 4; i++) printf("%.6f\n", next());
  return 0;
}
`;

it.each([0, 2] as const)('a generator of random numbers gives what it gives there, at -O%i', async (optimize) => {
  const numbers: string[] = [];
  for (let n = 0, last = 7n; n < 4; n++, last = (1_103_515_245n * last + 12_345n) & 0x7fff_ffffn)
    numbers.push(`${(Number(last) / 2 ** 31).toFixed(6)}\n`);
  expect(run(await prepared(programs, { 'a.c': GENERATOR }, { optimize }), []).output).toBe(numbers.join(''));
});
