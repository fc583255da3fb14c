/** Grids whose blocks wait for each other: as many threads as a device keeps resident, and no more. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

const PROGRAM = String.raw`
#include <cooperative_groups.h>
#include <cstdio>
#include <cstdlib>
__global__ void pass(unsigned *words, unsigned *sums, int rounds) {
    auto grid = cooperative_groups::this_grid();
    unsigned i = (unsigned)grid.thread_rank(), count = (unsigned)grid.size();
    for (int round = 0; round < rounds; round++) {
        words[i] += i;
        grid.sync();
        sums[i] += words[(i + 1) % count];
        grid.sync();
    }
}
int main(int argc, char **argv) {
    unsigned blocks = atoi(argv[1]), threads = atoi(argv[2]), count = blocks * threads, *words, *sums, wrong = 0;
    cudaMallocManaged(&words, count * sizeof *words);
    cudaMallocManaged(&sums, count * sizeof *sums);
    int rounds = 2;
    void *arguments[] = {&words, &sums, &rounds};
    cudaError_t error = cudaLaunchCooperativeKernel((void *)pass, blocks, threads, arguments);
    if (error != cudaSuccess) return printf("%s\n", cudaGetErrorName(error)), 0;
    cudaDeviceSynchronize();
    for (unsigned i = 0; i < count; i++) wrong += sums[i] != 3 * ((i + 1) % count);
    printf("%u wrong\n", wrong);
}`;

let programs: CompiledPrograms;
let program: PreparedProgram;
beforeAll(async () => {
  programs = new CompiledPrograms();
  program = await prepared(programs, { 'a.cu': PROGRAM }, { optimize: 2 });
});
afterAll(() => programs[Symbol.dispose]());

it.each([
  ['4', '64'],
  // More than the memory for one block's threads is enough for, with and without all that is wanted.
  ['56', '512'],
  ['112', '1024'],
])('%s blocks of %s threads', (blocks, threads) => {
  expect(run(program, [blocks, threads]).output).toBe('0 wrong\n');
});

it('are refused like any launch if their blocks are too large', () => {
  expect(run(program, ['1', '4096']).output).toBe('cudaErrorInvalidConfiguration\n');
});

it('are refused if they have more blocks than the device keeps resident', () => {
  expect(run(program, ['113', '1024']).output).toBe('cudaErrorCooperativeLaunchTooLarge\n');
});
