/** Programs whose directives of OpenMP stand in headers alone. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run } from './compiled-program.js';

let programs: CompiledPrograms;
beforeAll(() => {
  programs = new CompiledPrograms();
});
afterAll(() => programs[Symbol.dispose]());

const MAIN = `
#include <stdio.h>
#include "solver.h"
int main(void) {
  int on[2] = {-1, -1};
  printf("%d %d\\n", device(on), on[1]);
  return 0;
}
`;
const WHERE = 'int omp_is_initial_device(void), omp_get_num_threads(void);\n';
const REGION = `
static int device(int *on) {
  PARALLEL { on[0] = omp_is_initial_device(); on[1] = omp_get_num_threads(); }
  return on[0];
}
`;
const DIRECTIVE = 'omp target parallel map(tofrom : on[0 : 2]) num_threads(8)';

it.each([
  ['a header', { 'main.c': MAIN, 'solver.h': `${WHERE}${REGION.replace('PARALLEL', `\n#pragma ${DIRECTIVE}\n`)}` }],
  [
    'a header of a header',
    {
      'main.cpp': MAIN,
      'solver.h': `extern "C" {\n${WHERE}}\n#include "inner/region.h"\n`,
      'inner/region.h': REGION.replace('PARALLEL', `\n#  pragma ${DIRECTIVE}\n`),
    },
  ],
  ['an operator', { 'main.c': MAIN, 'solver.h': WHERE + REGION.replace('PARALLEL', `_Pragma("${DIRECTIVE}")`) }],
])('a target region in %s runs on the device', async (_, files) => {
  const image = await programs.image(files);
  expect(image.language).toBe('openmp');
  const { ending, output } = run(await prepared(programs, files), []);
  expect(output).toBe('0 8\n');
  expect(ending).toMatchObject({ status: 0 });
});
