/** Threads of a block that race for shared memory are found, by the lines of both; those that do not race are not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../../engine/drivers/registry.js';
import type { SharedHazard } from '../../engine/execution/shared-hazards.js';
import { EventKind } from '../../engine/memory/event.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram, type ProgramRun } from './compiled-program.js';

const PROGRAM = String.raw`
#include <cstdio>
#include <cstdlib>
#include <cuda/barrier>
__global__ void mirror(int *out) {
    extern __shared__ int tile[];
    tile[threadIdx.x] = threadIdx.x;
    out[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}
__global__ void mirrorWaits(int *out) {
    extern __shared__ int tile[];
    for (int round = 0; round < 3; round++) {
        tile[threadIdx.x] = threadIdx.x + round;
        __syncthreads();
        out[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
        __syncthreads();
    }
}
__global__ void early(int *out) {
    __shared__ int sum;
    for (int round = 0; round < 2; round++) {
        if (threadIdx.x == 0) sum = round;
        __syncthreads();
        out[threadIdx.x] += sum;
    }
}
__global__ void lanes(int *out) {
    __shared__ int s[64];
    int lane = threadIdx.x % 32;
    s[threadIdx.x] = lane;
    if (lane < 16) out[threadIdx.x] = s[threadIdx.x] + s[threadIdx.x + 16];
}
__global__ void lanesWait(int *out) {
    __shared__ int s[64];
    int lane = threadIdx.x % 32;
    s[threadIdx.x] = lane;
    __syncwarp();
    if (lane < 16) out[threadIdx.x] = s[threadIdx.x] + s[threadIdx.x + 16];
}
__global__ void lanesVolatile(int *out) {
    __shared__ volatile int s[64];
    int lane = threadIdx.x % 32;
    s[threadIdx.x] = lane;
    if (lane < 16) out[threadIdx.x] = s[threadIdx.x] + s[threadIdx.x + 16];
}
__global__ void neighbours(int *out) {
    __shared__ char s[64];
    s[threadIdx.x] = threadIdx.x;
    out[threadIdx.x] = s[threadIdx.x];
}
__global__ void atomics(int *out) {
    __shared__ int count;
    if (threadIdx.x == 0) count = 0;
    __syncthreads();
    atomicAdd(&count, 1);
    __syncthreads();
    out[threadIdx.x] = count;
}
__global__ void arrives(int *out) {
    __shared__ cuda::barrier<cuda::thread_scope_block> bar;
    __shared__ int s[64];
    if (threadIdx.x == 0) init(&bar, blockDim.x);
    __syncthreads();
    s[threadIdx.x] = threadIdx.x;
    bar.arrive_and_wait();
    out[threadIdx.x] = s[63 - threadIdx.x];
}
__global__ void flagged(int *out) {
    __shared__ volatile int ready;
    __shared__ int value;
    if (threadIdx.x == 0) ready = 0;
    __syncthreads();
    if (threadIdx.x == 63) {
        value = 5;
        __threadfence_block();
        ready = 1;
    } else while (ready == 0);
    out[threadIdx.x] = value;
}
int main(int argc, char **argv) {
    int *out;
    cudaMallocManaged(&out, 64 * sizeof(int));
    const char which = argv[1][0];
    for (int again = 0; again < 2; again++) {
        if (which == 'm') mirror<<<3, 64, 256>>>(out);
        if (which == 'M') mirrorWaits<<<3, 64, 256>>>(out);
        if (which == 'e') early<<<3, 64>>>(out);
        if (which == 'l') lanes<<<3, 64>>>(out);
        if (which == 'L') lanesWait<<<3, 64>>>(out);
        if (which == 'v') lanesVolatile<<<3, 64>>>(out);
        if (which == 'n') neighbours<<<3, 64>>>(out);
        if (which == 'a') atomics<<<3, 64>>>(out);
        if (which == 'b') arrives<<<3, 64>>>(out);
        if (which == 'f') flagged<<<3, 64>>>(out);
        cudaDeviceSynchronize();
    }
    printf("%d\n", out[0]);
}`;
const lineWith = (text: string, from = ''): number =>
  PROGRAM.slice(0, PROGRAM.indexOf(text, PROGRAM.indexOf(from))).split('\n').length;

let programs: CompiledPrograms;
const built: PreparedProgram[] = [];
beforeAll(async () => {
  programs = new CompiledPrograms();
  for (const optimize of [0, 2] as const) built.push(await prepared(programs, { 'a.cu': PROGRAM }, { optimize }));
});
afterAll(() => programs[Symbol.dispose]());

function found(program: PreparedProgram, which: string, driver = 'hmm'): ProgramRun & { hazards: SharedHazard[] } {
  const hazards: SharedHazard[] = [];
  const ignored = (): void => undefined;
  const observer = { allocated: ignored, freed: ignored, named: ignored, launched: ignored };
  const ran = run(program, [which], {
    driver: createDriver(driver),
    observer: { ...observer, hazard: (hazard) => hazards.push(hazard) },
  });
  return { ...ran, hazards };
}

describe.each([0, 1])('optimized or not (%i)', (n) => {
  const program = (): PreparedProgram => built[n] ?? expect.fail('it was not built');

  it.each([
    ['m', 'tile[threadIdx.x] = threadIdx.x;', 'tile[blockDim.x - 1', '', false],
    ['e', 'sum = round', '+= sum', '', false],
    ['l', 's[threadIdx.x] = lane', 's[threadIdx.x + 16]', 'void lanes(', true],
  ])('%s: a race of the lines of both', async (which, writes, reads, from, inOneWarp) => {
    const { hazards, events, output } = found(program(), which);
    expect(hazards.length).toBeGreaterThan(0);
    const lines = await Promise.all(
      hazards.map(async ({ isWrite, site, other }) => ({
        writes: await program().lineOf([isWrite ? site : other]),
        reads: await program().lineOf([isWrite ? other : site]),
      })),
    );
    for (const pair of lines) expect(pair).toEqual({ writes: lineWith(writes, from), reads: lineWith(reads, from) });
    expect(hazards.every(({ sameWarp }) => sameWarp)).toBe(inOneWarp);
    expect(events.filter(({ kind }) => kind === EventKind.race)).toHaveLength(hazards.length);
    expect(found(program(), which, 'uvm')).toMatchObject({ hazards, output });
  });

  it.each(['M', 'L', 'v', 'n', 'a', 'b', 'f'])('%s: no race', (which) => {
    expect(found(program(), which)).toMatchObject({ hazards: [], ending: { status: 0 } });
  });
});
