/** Data regions whose maps have sizes that are computed, and checked for lost bits while they are: see toolchain/data-regions.ts. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { joinDataRegions } from '../../engine/toolchain/data-regions.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run } from './compiled-program.js';

let programs: CompiledPrograms;
beforeAll(() => {
  programs = new CompiledPrograms();
});
afterAll(() => programs[Symbol.dispose]());

const REGIONS = String.raw`
#include <stdio.h>
#include <stdlib.h>
static int either(int a, int b) { return a > 3 && b > 2 ? a : b; }
static long summed(int *from, int *to, size_t rows, size_t columns, int layers) {
  long sum = either((int)rows, layers) > 0 && columns > 2 ? 1 : layers;
#pragma omp target data map(to : from[0 : rows * columns * layers])
  {
    int twice = 2 * layers;
#pragma omp target data map(from : to[0 : rows * (columns > 1 ? columns : columns + 1) * layers]) if (twice > 1)
    {
#pragma omp target teams distribute parallel for
      for (int i = 0; i < (int)(rows * columns) * layers; i++) to[i] = from[i] * twice;
    }
    for (size_t i = 0; i < rows * columns * layers; i++) sum += to[i];
  }
#pragma omp target data map(tofrom : to[layers : rows * columns])
  {
#pragma omp target update from(to[layers : rows * layers])
  }
  return sum;
}
int main(int argc, char **argv) {
  size_t rows = 10 * argc, columns = 20;
  int *from = (int *)malloc(sizeof(int) * rows * columns * 3), *to = (int *)malloc(sizeof(int) * rows * columns * 3);
  for (size_t i = 0; i < rows * columns * 3; i++) from[i] = (int)i;
  printf("%ld\n", summed(from, to, rows, columns, 3));
  return 0;
}
`;

it.each([
  ['a.c', 0],
  ['a.c', 2],
  ['a.cpp', 1],
  ['a.cpp', 2],
] as const)('%s at -O%i', async (name, optimize) => {
  const { ending, output } = run(await prepared(programs, { [name]: REGIONS }, { optimize }), []);
  expect(output).toBe(`${String(1 + 6 * ((600 * 599) / 2))}\n`);
  expect(ending).toMatchObject({ status: 0 });
});

it('code that is whole stays as it is', () => {
  const ir =
    'define i32 @f(i32 %0) {\n  br i1 true, label %2, label %3, !nosanitize !1\n\n2:\n  ret i32 %0\n\n3:\n  ret i32 1\n}\n';
  expect(joinDataRegions(ir)).toBe(ir);
});

it('what stands behind a check goes behind what it leads to, and values have names', () => {
  const ir = [
    'define i32 @f(i32 %0) {',
    '  %2 = add i32 %0, 1',
    '  br i1 true, label %5, label %4, !nosanitize !1',
    '  %3 = add i32 %2, %6',
    '  ret i32 %3',
    '',
    '4:                  ; preds = %1',
    '  br label %5',
    '',
    '5:                  ; preds = %4, %1',
    '  %6 = phi i32 [ 1, %1 ], [ 2, %4 ]',
    '}',
  ];
  expect(joinDataRegions(ir.join('\n')).split('\n')).toEqual([
    'define i32 @f(i32 %v0) {',
    'v1:',
    '  %v2 = add i32 %v0, 1',
    '  br i1 true, label %v5, label %v4, !nosanitize !1',
    '',
    'v4:                  ; preds = %v1',
    '  br label %v5',
    '',
    'v5:                  ; preds = %v4, %v1',
    '  %v6 = phi i32 [ 1, %v1 ], [ 2, %v4 ]',
    '  %v3 = add i32 %v2, %v6',
    '  ret i32 %v3',
    '}',
  ]);
});
