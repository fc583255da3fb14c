/** Compiled programs in this thread: which calls of the CUDA API wait for kernels, that looking for races changes nothing else, and errors. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDriver, driverNames } from '../../engine/drivers/registry.js';
import { Debuggee } from '../../engine/execution/debuggee.js';
import type { ProgramApiError } from '../../engine/execution/debuggee-options.js';
import type { ExecutableProgram } from '../../engine/execution/program.js';
import { VirtualClock } from '../../engine/machine/clock.js';
import { loadMachine } from '../../engine/machine/machine.js';
import { Access, EVENT_KINDS, type MemoryEvent } from '../../engine/memory/event.js';
import { prepare } from '../../engine/prepare.js';
import { SourceMap } from '../../engine/source-map.js';
import { CompiledPrograms, testCache } from '../toolchain/compiled.js';

const WAITING = String.raw`
#include <cstdio>
#include <cstring>
__global__ void fill(int *a, int n) { int i = blockIdx.x * blockDim.x + threadIdx.x; if (i < n) a[i] = i; }
__global__ void say(const char *text, const int *a) { printf("%s %d\n", text, a[0]); }
int main(int argc, char **argv) {
    const int n = 2048;
    const char *what = argv[1];
    int *a, *other, *device, *device2, *locked;
    static int host[2048];
    cudaStream_t own, apart;
    cudaEvent_t early, late;
    cudaMallocManaged(&a, n * sizeof *a);
    cudaMallocManaged(&other, 4096);
    cudaMalloc(&device, 4096);
    cudaMalloc(&device2, 4096);
    cudaStreamCreate(&own);
    cudaStreamCreateWithFlags(&apart, cudaStreamNonBlocking);
    cudaEventCreate(&early);
    cudaEventCreate(&late);
    cudaStream_t stream = strstr(what, "in own") ? own : strstr(what, "in apart") ? apart : 0;
    cudaEventRecord(early, stream);
    fill<<<n / 256, 256, 0, stream>>>(a, n);
    cudaEventRecord(late, stream);
    auto is = [&](const char *name) { return strncmp(what, name, strlen(name)) == 0; };
    if (is("cudaDeviceSynchronize")) cudaDeviceSynchronize();
    if (is("other device")) { cudaSetDevice(1); cudaDeviceSynchronize(); cudaSetDevice(0); }
    if (is("sync own")) cudaStreamSynchronize(own);
    if (is("sync apart")) cudaStreamSynchronize(apart);
    if (is("sync 0")) cudaStreamSynchronize(0);
    if (is("event behind")) cudaEventSynchronize(late);
    if (is("event before")) cudaEventSynchronize(early);
    if (is("apart waits for")) cudaStreamWaitEvent(apart, is("apart waits for late") ? late : early);
    if (strstr(what, "launches there")) fill<<<1, 32, 0, apart>>>(other, 32);
    if (strstr(what, "then sync apart")) cudaStreamSynchronize(apart);
    if (is("one query")) cudaEventQuery(late);
    if (is("queries until")) while (cudaEventQuery(late) == cudaErrorNotReady);
    if (is("stream queries until")) while (cudaStreamQuery(stream) == cudaErrorNotReady);
    if (is("cudaMemcpy out")) cudaMemcpy(host, a, 64, cudaMemcpyDefault);
    if (is("cudaMemcpy into a device")) cudaMemcpy(device, host, 64, cudaMemcpyHostToDevice);
    if (is("cudaMemcpy within a device")) cudaMemcpy(device, device2, 64, cudaMemcpyDeviceToDevice);
    if (is("cudaMemcpyAsync to pageable")) cudaMemcpyAsync(host, a, 64, cudaMemcpyDefault);
    if (is("cudaMemcpyAsync from page-locked")) {
        cudaMallocHost(&locked, 4096);
        cudaMemcpyAsync(device, locked, 64, cudaMemcpyDefault);
    }
    if (is("cudaMemset managed")) cudaMemset(other, 1, 64);
    if (is("cudaMemset device")) cudaMemset(device, 1, 64);
    if (is("cudaMemsetAsync")) cudaMemsetAsync(other, 1, 64);
    if (is("cudaFree")) cudaFree(device2);
    if (is("cudaMalloc")) cudaMalloc(&device2, 4096);
    if (is("another kernel")) fill<<<1, 32>>>(other, 32);
    if (is("the kernel prints")) { say<<<1, 1>>>("a is", a); return 0; }
    int sum = a[0];
    a[1] = sum;
    a[1024] = sum;
    cudaDeviceSynchronize();
    printf("%d %d %d\n", a[0], a[2], a[1500]);
    return 0;
}
`;

const FAILING = String.raw`
#include <cstdio>
__global__ void nothing() {}
int main() {
    void *pointer = nullptr;
    int value;
    cudaMalloc(&pointer, (size_t)3 << 30);
    cudaMallocManaged(&pointer, 0);
    cudaMemcpy(&value, &value, 4, (cudaMemcpyKind)9);
    cudaMemcpyAsync((void *)16, &value, 4, cudaMemcpyHostToDevice);
    cudaSetDevice(7);
    nothing<<<1, 4096>>>();
    cudaDeviceGetAttribute(&value, cudaDevAttrWarpSize, 9);
    cudaEventSynchronize(nullptr);
    nothing<<<1, 1>>>();
    cudaDeviceSynchronize();
    printf("%s\n", cudaGetErrorName(cudaGetLastError()));
    return cudaGetLastError() != cudaSuccess;
}
`;

const OFFLOADED = String.raw`
#include <stdlib.h>
#pragma omp requires unified_shared_memory
int main(void) {
    int *a = malloc(8192 * sizeof *a);
#pragma omp target teams distribute parallel for
    for (int i = 0; i < 8192; i++) a[i] = i;
    return a[5] - 5;
}
`;

interface Ran {
  readonly output: string;
  readonly status: number;
  readonly errors: readonly ProgramApiError[];
  readonly nowNs: number;
  /** All but races, in order. */
  readonly events: readonly MemoryEvent[];
  /** Access and launch of each race. */
  readonly races: readonly string[];
}

let programs: CompiledPrograms;
const prepared = new Map<string, ExecutableProgram>();

beforeAll(async () => {
  programs = new CompiledPrograms();
  const cache = testCache();
  for (const [name, text] of [
    ['waiting.cu', WAITING],
    ['failing.cu', FAILING],
    ['offloaded.c', OFFLOADED],
  ] as const) {
    const image = await programs.image({ [name]: text });
    const sources = new SourceMap((args, files) => programs.compiler.run(args, files), image, cache);
    prepared.set(name, await prepare(image, sources, programs.compiler, cache));
  }
}, 120_000);

afterAll(() => {
  programs[Symbol.dispose]();
});

interface How {
  readonly argument?: string;
  readonly detects?: boolean;
  /** Faults are serviced one by one, whatever the driver has a buffer for: with a buffer, kernels are always followed, so there is no other way. */
  readonly oneByOne?: boolean;
}

function run(name: string, driverName: string, { argument = '', detects = true, oneByOne = false }: How = {}): Ran {
  const driver = createDriver(driverName);
  if (oneByOne) Object.defineProperty(driver, 'faultBuffer', { value: undefined });
  const program = prepared.get(name);
  if (program === undefined) throw new Error(`${name} was not compiled`);
  const clock = new VirtualClock();
  const events: MemoryEvent[] = [];
  const errors: ProgramApiError[] = [];
  let output = '';
  using debuggee = new Debuggee({
    program,
    machine: loadMachine('p100-pcie3', { devices: 2 }),
    driver,
    clock,
    createSink: () => ({ record: (event) => events.push({ ...event }) - 1 }),
    observer: { allocated: () => undefined, freed: () => undefined, named: () => undefined, launched: () => undefined },
    memoryLimitBytes: 2 ** 28,
    onProgramError: (error) => errors.push(error),
    wasi: {
      args: ['program', argument],
      env: {},
      preopens: [],
      stdin: () => null,
      stdout: (chunk) => void (output += Buffer.from(chunk).toString()),
      stderr: () => undefined,
      seed: 1,
    },
  });
  if (!detects) debuggee.races.begin = () => undefined;
  const { status, signal } = debuggee.run();
  if (signal) throw new Error(`${name} ended with ${signal.signal}`);
  const isRace = ({ kind }: MemoryEvent): boolean => EVENT_KINDS[kind] === 'race';
  return {
    output,
    status,
    errors,
    nowNs: clock.nowNs,
    events: events.filter((event) => !isRace(event)),
    races: events.filter(isRace).map(({ access, extra }) => `${access === Access.write ? 'w' : 'r'} of ${extra}`),
  };
}

/** The CPU reads one page and writes another. */
const BOTH = ['r of 1', 'w of 1'];

describe.each(driverNames)('under the driver %s', (driver) => {
  it.each<[string, readonly string[]]>([
    ['nothing', BOTH],
    ['cudaDeviceSynchronize', []],
    ['other device', BOTH],
    ['sync 0, kernel in own stream', []],
    ['sync own, kernel in own stream', []],
    ['sync own, kernel in stream 0', BOTH],
    ['sync 0, kernel in apart', BOTH],
    ['sync apart, kernel in apart', []],
    ['event behind the kernel', []],
    ['event before the kernel', BOTH],
    ['apart waits for late', BOTH],
    ['apart waits for late, then sync apart', []],
    ['apart waits for late, launches there, then sync apart', []],
    ['apart waits for early, then sync apart', BOTH],
    ['one query', BOTH],
    ['queries until it is done', []],
    ['stream queries until it is done', []],
    ['cudaMemcpy out of managed memory', []],
    ['cudaMemcpy into a device', []],
    ['cudaMemcpy within a device', BOTH],
    ['cudaMemcpyAsync to pageable memory', []],
    ['cudaMemcpyAsync from page-locked memory', BOTH],
    ['cudaMemset managed', []],
    ['cudaMemset device', BOTH],
    ['cudaMemsetAsync', BOTH],
    ['cudaFree', []],
    ['cudaMalloc', BOTH],
    ['another kernel', BOTH],
    ['the kernel prints what it wrote', []],
  ])('between kernel and CPU: %s', (what, races) => {
    const argument = what;
    const ran = run('waiting.cu', driver, { argument });
    expect(ran.races).toEqual(races);
    const [watched, undisturbed] = [true, false].map((detects) =>
      run('waiting.cu', driver, { argument, detects, oneByOne: true }),
    );
    expect(undisturbed?.races).toEqual([]);
    // Who does not wait for a kernel waits where it touches what the kernel uses, and that is known from the detector.
    const nowNs = races.length === 0 ? watched?.nowNs : undisturbed?.nowNs;
    // The same durations in another order: their sum is the same but for the last bits.
    expect(watched?.nowNs).toBeGreaterThan((nowNs ?? Infinity) - 1e-3);
    expect({ ...watched, nowNs, races: [] }).toEqual(undisturbed);
    expect(ran.output).toBe(what.startsWith('the kernel') ? 'a is 0\n' : '0 2 1500\n');
  });

  it('tells of each error that the API returns, with the function that the program called', () => {
    const { errors, output, status } = run('failing.cu', driver);
    expect(errors.map(({ code, functionName, errorName }) => [code, functionName, errorName])).toEqual([
      [2, 'cudaMalloc', 'cudaErrorMemoryAllocation'],
      [1, 'cudaMallocManaged', 'cudaErrorInvalidValue'],
      [21, 'cudaMemcpy', 'cudaErrorInvalidMemcpyDirection'],
      [1, 'cudaMemcpyAsync', 'cudaErrorInvalidValue'],
      [101, 'cudaSetDevice', 'cudaErrorInvalidDevice'],
      [9, 'cudaLaunchKernel', 'cudaErrorInvalidConfiguration'],
      [101, 'cudaDeviceGetAttribute', 'cudaErrorInvalidDevice'],
      [400, 'cudaEventSynchronize', 'cudaErrorInvalidResourceHandle'],
    ]);
    expect([output, status]).toEqual(['cudaErrorInvalidResourceHandle\n', 0]);
  });

  it('a target region is waited for where it stands', () => {
    const { races, status, events } = run('offloaded.c', driver);
    expect([races, status]).toEqual([[], 0]);
    expect(events.some(({ kind }) => EVENT_KINDS[kind] === 'launch')).toBe(true);
  });
});
