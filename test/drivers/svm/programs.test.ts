/** Compiled programs under the driver svm: with xnack any memory is shared, without it what is managed. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../../../engine/drivers/registry.js';
import { EVENT_KINDS } from '../../../engine/memory/event.js';
import { prepared, run, type PreparedProgram, type ProgramRun } from '../../execution/compiled-program.js';
import { CompiledPrograms } from '../../toolchain/compiled.js';

const TWICE = String.raw`
#include <cstdio>
#include <cstdlib>
#include <cstring>
__managed__ int variable[1024];
__global__ void twice(int *a, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) a[i] *= 2; }
int main(int argc, char **argv) {
    const int n = 1 << 18;
    int *a = nullptr;
    if (strcmp(argv[1], "managed") == 0) cudaMallocManaged(&a, n * sizeof *a);
    else if (strcmp(argv[1], "pinned") == 0) cudaMallocHost(&a, n * sizeof *a);
    else a = (int *)malloc(n * sizeof *a);
    for (int i = 0; i < n; i++) a[i] = i;
    for (int i = 0; i < 1024; i++) variable[i] = i;
    for (int pass = 0; pass < 2; pass++) {
        twice<<<n / 256, 256>>>(a, n);
        twice<<<4, 256>>>(variable, 1024);
        cudaDeviceSynchronize();
        for (int i = 0; i < n; i++) a[i]++;
    }
    int wrong = 0;
    for (int i = 0; i < n; i++) wrong += a[i] != 4 * i + 3;
    for (int i = 0; i < 1024; i++) wrong += variable[i] != 4 * i;
    printf("%d wrong\n", wrong);
}
`;

let programs: CompiledPrograms;
let twice: PreparedProgram;

beforeAll(async () => {
  programs = new CompiledPrograms();
  twice = await prepared(programs, { 'twice.cu': TWICE });
}, 120_000);

afterAll(() => {
  programs[Symbol.dispose]();
});

function count({ events }: ProgramRun, kind: (typeof EVENT_KINDS)[number]): number {
  return events.filter((event) => EVENT_KINDS[event.kind] === kind).length;
}

describe('the driver svm', () => {
  it.each(['managed', 'pinned', 'malloc'])('shares %s memory with xnack', (memory) => {
    const ran = run(twice, [memory], { driver: createDriver('svm') });
    expect([ran.output, count(ran, 'queueEvict')]).toEqual(['0 wrong\n', 0]);
    expect(count(ran, 'deviceFault') + count(ran, 'faultBatch')).toBeGreaterThan(0);
  });

  it.each(['managed', 'pinned'])('shares %s memory without xnack, and no device faults', (memory) => {
    const ran = run(twice, [memory], { driver: createDriver('svm', { xnack: 0 }) });
    expect([ran.output, count(ran, 'deviceFault') + count(ran, 'faultBatch')]).toEqual(['0 wrong\n', 0]);
    expect(count(ran, 'migrate')).toBe(0);
  });

  it('ends a program without xnack whose kernel reaches for what malloc returned', () => {
    const ran = run(twice, ['malloc'], { driver: createDriver('svm', { xnack: 0 }) });
    expect(ran.ending.signal).toMatchObject({ signal: 'SIGSEGV', reason: 'host-only' });
    expect(count(ran, 'fatalFault')).toBe(1);
  });
});
