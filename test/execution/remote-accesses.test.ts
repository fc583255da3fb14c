/** What a device's access counters count while kernels run, and when the driver hears of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../../engine/drivers/registry.js';
import type { Debuggee } from '../../engine/execution/debuggee.js';
import { loadMachine } from '../../engine/machine/machine.js';
import { Cause, EVENT_KINDS, type MemoryEvent } from '../../engine/memory/event.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram, type RunOptions } from './compiled-program.js';

/** Touches 1 MiB that the CPU has and the device maps: what the arguments say, kernel by kernel. */
const SOURCE = String.raw`
#include <cstdio>
#include <cstdlib>
#include <cstring>
constexpr int words = 1 << 18, line = 32;
struct Large { int words[1024]; };
__global__ void lines(int *a, int first, int count, int rounds) {
    for (int round = 0; round < rounds; round++)
        for (int n = 0; n < count; n++) a[(first + n) * line]++;
}
__global__ void together(int *a, int first) { a[first * line + blockIdx.x * blockDim.x + threadIdx.x]++; }
__global__ void bulk(Large *a, int first) { a[first / 32] = a[first / 32 + 1]; }
__global__ void straddle(char *a) { *(volatile long long *)(a + 124) = 1; }
int main(int argc, char **argv) {
    int *a;
    cudaMallocManaged(&a, 2 << 20);
    memset(a, 0, words * sizeof *a);
    cudaMemAdvise(a, 2 << 20, cudaMemAdviseSetAccessedBy, 0);
    for (int n = 1; n + 2 < argc; n += 3) {
        int first = atoi(argv[n + 1]), count = atoi(argv[n + 2]);
        if (!strcmp(argv[n], "lines")) lines<<<1, 1>>>(a, first, count, 1);
        if (!strcmp(argv[n], "twice")) lines<<<1, 1>>>(a, first, count, 2);
        if (!strcmp(argv[n], "together")) together<<<count, 32>>>(a, first);
        if (!strcmp(argv[n], "wide")) together<<<1, count>>>(a, first);
        if (!strcmp(argv[n], "bulk")) bulk<<<1, 1>>>((Large *)a, first);
        if (!strcmp(argv[n], "straddle")) straddle<<<1, 1>>>((char *)a);
        if (!strcmp(argv[n], "home")) cudaMemPrefetchAsync(a, 2 << 20, cudaCpuDeviceId);
        cudaDeviceSynchronize();
    }
    printf("%d\n", a[0]);
    return 0;
}
`;

let compiler: CompiledPrograms;
let touches: PreparedProgram;
beforeAll(async () => {
  compiler = new CompiledPrograms();
  touches = await prepared(compiler, { 'touches.cu': SOURCE });
}, 300_000);
afterAll(() => {
  compiler[Symbol.dispose]();
});

function events(words: string, threshold: number, options: RunOptions = {}): readonly MemoryEvent[] {
  const parameters = {
    uvm_perf_access_counter_migration_enable: 1,
    uvm_perf_access_counter_threshold: threshold,
    uvm_perf_prefetch_enable: 0,
  };
  const driver = createDriver('uvm', parameters);
  const machine = loadMachine('t4-pcie3', {});
  const ran = run(touches, words.split(' '), { driver, machine, ...options });
  expect(ran.ending).toMatchObject({ status: 0, signal: null });
  return ran.events;
}

const of = (all: readonly MemoryEvent[], kind: string): MemoryEvent[] =>
  all.filter((event) => EVENT_KINDS[event.kind] === kind);
const notified = (words: string, threshold: number): number => of(events(words, threshold), 'accessCounter').length;

describe('what is counted', () => {
  it.each([
    ['a line of 128 bytes for each', 'lines 0 256', 256],
    ['no more than there are', 'lines 0 255', 255],
    ['what a warp accesses together once', 'together 0 256', 256],
    ['each warp of a block', 'wide 0 512', 16],
    ['a line that a warp comes back to once', 'twice 0 200', 200],
    ['kernels together', 'lines 0 128 lines 0 128', 256],
    ['both lines of an access that straddles them', 'straddle 0 0', 2],
    ['each line of a bulk operation, of what is read and what is written', 'bulk 0 0', 64],
  ])('%s', (_, words, count) => {
    expect([notified(words, count), notified(words, count + 1)]).toEqual([1, 0]);
  });

  it('region by region of 64 KiB', () => {
    const regions = of(events('lines 0 2048', 256), 'accessCounter');
    expect(regions.map(({ firstPage, pageCount }) => [firstPage % 512, pageCount])).toEqual([
      [0, 16],
      [16, 16],
      [32, 16],
      [48, 16],
    ]);
  });
});

describe('a region that has reached the threshold', () => {
  it('moves to the device, and is not counted there', () => {
    const all = events('lines 0 512 lines 0 512 lines 0 512', 300);
    expect(of(all, 'accessCounter')).toHaveLength(1);
    expect(of(all, 'migrate').filter(({ cause }) => cause === Cause.accessCounter)).toMatchObject([{ pageCount: 16 }]);
  });

  it('is counted again from the start when it is back', () => {
    const counters = (words: string): number => of(events(words, 300), 'accessCounter').length;
    expect([counters('lines 0 300 home 0 0 lines 0 299'), counters('lines 0 300 home 0 0 lines 0 300')]).toEqual([
      1, 2,
    ]);
  });

  it('is the same whoever watches', () => {
    const everything = (debuggee: Debuggee): void => {
      debuggee.watch(new Set(Array.from({ length: 1 << 20 }, (_, page) => page)));
    };
    const key = ({ kind, firstPage, cause, pageCount }: MemoryEvent): number[] => [kind, firstPage, pageCount, cause];
    for (const words of ['lines 0 300', 'together 0 300', 'twice 0 2048', 'bulk 0 0']) {
      const alone = events(words, 30).map(key);
      expect(events(words, 30, { prepare: everything }).map(key)).toEqual(alone);
    }
  });
});
