/** Threads of an OpenMP team that look until another one has written, and what the host may do with a device's memory. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run } from './compiled-program.js';

let programs: CompiledPrograms;
beforeAll(() => {
  programs = new CompiledPrograms();
});
afterAll(() => programs[Symbol.dispose]());

const FLAG = String.raw`
#include <omp.h>
#include <stdio.h>
volatile int raised;
int main(void) {
  int flag = 0, data = 0, seen = 0;
  #pragma omp parallel num_threads(3) shared(flag, data, seen)
  {
    int found = 0;
    switch (omp_get_thread_num()) {
    case 0:
      while (!found) {
        #pragma omp atomic read
        found = flag;
      }
      seen += data;
      break;
    case 1:
      while (!raised) {}
      #pragma omp atomic write
      flag = 1;
      break;
    default:
      data = 42;
      raised = 1;
    }
  }
  printf("%d\n", seen);
}
`;

it.each([0, 2] as const)('one waits by atomic reads, one by a volatile variable, at -O%i', async (optimize) => {
  expect(run(await prepared(programs, { 'a.c': FLAG }, { optimize }), []).output).toBe('42\n');
});

it('memory of a device is the host’s, too, where shared memory is required', async () => {
  const text = String.raw`
    #include <omp.h>
    #include <stdio.h>
    #pragma omp requires unified_shared_memory
    int main(void) {
      int *word = omp_target_alloc(sizeof *word, 0);
      *word = 3;
      #pragma omp target
      *word += 4;
      printf("%d\n", *word);
      omp_target_free(word, 0);
    }`;
  expect(run(await prepared(programs, { 'a.c': text }), []).output).toBe('7\n');
});
