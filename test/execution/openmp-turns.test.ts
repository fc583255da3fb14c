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

it.each([0, 2] as const)('lanes of a team are in step at volatile accesses, at -O%i', async (optimize) => {
  // An inclusive sum within each warp, as code for GPUs of before Volta has it: no barrier, 32 zeros in front of each warp.
  const text = String.raw`
    #include <omp.h>
    #include <stdio.h>
    #pragma omp declare target
    unsigned scan(unsigned value, volatile unsigned *shared) {
      int lane = omp_get_thread_num(), at = 2 * lane - (lane & 31);
      shared[at] = 0;
      at += 32;
      shared[at] = value;
      for (int by = 1; by < 32; by *= 2) shared[at] += shared[at - by];
      return shared[at];
    }
    #pragma omp end declare target
    int main(void) {
      unsigned sums[128];
      #pragma omp target teams num_teams(1) thread_limit(128) map(from : sums)
      {
        unsigned shared[256];
        #pragma omp parallel num_threads(128)
        sums[omp_get_thread_num()] = scan(omp_get_thread_num(), shared);
      }
      int wrong = 0;
      for (unsigned n = 0, sum = 0; n < 128; n++) {
        sum = n % 32 == 0 ? n : sum + n;
        wrong += sums[n] != sum;
      }
      printf("%d wrong\n", wrong);
    }`;
  expect(run(await prepared(programs, { 'a.c': text }, { optimize }), []).output).toBe('0 wrong\n');
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
