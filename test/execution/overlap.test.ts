/** Programs whose streams overlap: what they find themselves, and what the events' times say. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../../engine/drivers/registry.js';
import type { LaunchRecord } from '../../engine/execution/launcher.js';
import { VirtualClock } from '../../engine/machine/clock.js';
import { Cause, EventKind, type MemoryEvent } from '../../engine/memory/event.js';
import { SYSTEM_NODE } from '../../engine/memory/units.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

const NAMES = ['streams.cu', 'events.cu', 'prefetch.cu'] as const;
/** The host works, and then touches what a kernel uses; without a word, or behind the kernel. */
const HOST = String.raw`
#include <cstdio>
#include <cstring>
#include <ctime>
__global__ void add(int *values, int n) {
    for (int round = 0; round < 64; round++)
        for (int i = threadIdx.x; i < n; i += blockDim.x) values[i] += 1;
}
static double now() { timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e9 + t.tv_nsec; }
__attribute__((noinline)) static void work(int *values, int n) {
    for (int round = 0; round < 40; round++) for (int i = 0; i < n; i++) values[i] += 1;
}
int main(int argc, char **argv) {
    const int n = 1 << 15;
    int *values, *other;
    cudaMallocManaged(&values, n * sizeof(int));
    cudaMallocManaged(&other, n * sizeof(int));
    for (int i = 0; i < n; i++) values[i] = other[i] = 0;
    double start = now();
    add<<<1, 256>>>(values, n);
    double launched = now();
    work(other, n);
    double worked = now();
    if (strcmp(argv[1], "touches") == 0) values[n - 1] += 1;
    else cudaDeviceSynchronize();
    double waited = now();
    printf("%.0f %.0f %.0f\n", launched - start, worked - launched, waited - start);
    cudaDeviceSynchronize();
    return 0;
}
`;

let programs: CompiledPrograms;
const compiled = new Map<string, PreparedProgram>();
beforeAll(async () => {
  programs = new CompiledPrograms();
  for (const name of NAMES) {
    const text = readFileSync(new URL(`../workloads/cuda/${name}`, import.meta.url), 'utf8');
    compiled.set(name, await prepared(programs, { [name]: text }));
  }
  compiled.set('host.cu', await prepared(programs, { 'host.cu': HOST }));
}, 240_000);
afterAll(() => {
  programs[Symbol.dispose]();
});

interface Timed extends MemoryEvent {
  readonly timeNs: number;
}

function timedRun(name: string, driver: string, args: readonly string[] = []) {
  const clock = new VirtualClock();
  const events: Timed[] = [];
  const launches: LaunchRecord[] = [];
  const { ending, output } = run(compiled.get(name)!, args, {
    driver: createDriver(driver),
    clock,
    createSink: () => ({ record: (event) => events.push({ ...event, timeNs: clock.nowNs }) - 1 }),
    observer: {
      allocated: () => undefined,
      freed: () => undefined,
      named: () => undefined,
      launched: (record) => {
        launches[record.id - 1] = record;
      },
    },
  });
  return { ending, output, events, launches, latestNs: clock.latestNs };
}

const endOf = ({ timeNs, durationNs }: Timed): number => timeNs + durationNs;
const meets = (event: Timed, { startNs, endNs }: LaunchRecord): boolean =>
  event.durationNs > 0 && event.timeNs < endNs && endOf(event) > startNs;

describe.each(['hmm', 'uvm', 'svm', 'ats', 'pinned'])('under the driver %s', (driver) => {
  it.each(NAMES)('%s finds its schedule right', (name) => {
    const { ending, launches, events, latestNs } = timedRun(name, driver);
    expect(ending).toEqual({ status: 0, signal: null });
    // Kernels of a device one after the other, in order.
    launches.forEach(({ startNs, endNs }, n) => {
      expect(endNs).toBeGreaterThan(startNs);
      expect(startNs).toBeGreaterThanOrEqual(launches[n - 1]?.endNs ?? 0);
    });
    expect(latestNs).toBeGreaterThanOrEqual(Math.max(...events.map(endOf)));
  });

  it('each byte of a copy crosses its direction of the link alone', () => {
    const { events, launches } = timedRun('streams.cu', driver);
    const copies = events.filter(({ kind }) => kind === EventKind.copy);
    expect(copies.some((copy) => launches.some((launch) => meets(copy, launch)))).toBe(true);
    for (const toHost of [false, true]) {
      const ends = copies.filter(({ target }) => (target === SYSTEM_NODE) === toHost).map(endOf);
      expect(ends.length).toBeGreaterThan(8);
      expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    }
  });
});

it('a prefetch moves pages while a kernel of another stream runs', () => {
  const { events, launches } = timedRun('prefetch.cu', 'hmm');
  const moved = events.filter(({ kind, cause }) => kind === EventKind.migrate && cause === Cause.prefetch);
  const last = launches.slice(-4);
  expect(moved.filter((event) => last.some((launch) => meets(event, launch))).length).toBeGreaterThan(0);
  expect(moved.some((event) => launches.slice(0, 8).some((launch) => meets(event, launch)))).toBe(false);
});

it.each(['waits', 'touches'])('the host goes on after a launch until it %s', (what) => {
  const { output, launches } = timedRun('host.cu', 'hmm', [what]);
  const [launched, worked, all] = output.trim().split(' ').map(Number) as [number, number, number];
  const [{ startNs, endNs }] = launches as [LaunchRecord];
  const kernel = endNs - startNs;
  expect(launched).toBeLessThan(1000);
  expect(worked).toBeGreaterThan(1000);
  expect(kernel).toBeGreaterThan(worked);
  expect(all).toBeGreaterThanOrEqual(kernel);
  expect(all).toBeLessThan(kernel + worked);
});

it('a run is the same every time', () => {
  const [first, second] = [timedRun('streams.cu', 'uvm'), timedRun('streams.cu', 'uvm')];
  expect(first.events).toEqual(second.events);
  expect(first.latestNs).toBe(second.latestNs);
});
