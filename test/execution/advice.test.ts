/** Advice, prefetches and questions of the CUDA API as they reach a driver; and devices without concurrent managed access. */
import { createDriver } from '../../engine/drivers/registry.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdvisedRange, MemoryAdvice, Processor } from '../../engine/drivers/advice.js';
import { HmmDriver } from '../../engine/drivers/hmm/hmm-driver.js';
import type { Ending } from '../../engine/execution/debuggee-options.js';
import { loadMachine, type Machine } from '../../engine/machine/machine.js';
import { EventKind } from '../../engine/memory/event.js';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

const ADVICE = String.raw`
#include <cstdio>
#include <cstdlib>
#include <hmm.h>
static int say(const char *what, cudaError_t error) { return printf("%s %s\n", what, cudaGetErrorName(error)); }
int main() {
    char *managed, *own, *pinned, *heap = (char *)malloc(1 << 20);
    cudaMallocManaged(&managed, 16 * 4096);
    cudaMalloc(&own, 4096);
    cudaMallocHost(&pinned, 4096);
    say("read mostly", cudaMemAdvise(managed + 100, 5000, cudaMemAdviseSetReadMostly, 99));
    say("preferred", cudaMemAdvise(managed, 4096, cudaMemAdviseSetPreferredLocation, 1));
    say("preferred cpu", cudaMemAdvise(managed, 4096, cudaMemAdviseSetPreferredLocation, cudaCpuDeviceId));
    say("accessed by", cudaMemAdvise(managed, 4096, cudaMemAdviseSetAccessedBy, 0));
    cudaMemLocation host = {cudaMemLocationTypeHost, 0}, second = {cudaMemLocationTypeDevice, 1}, node = {cudaMemLocationTypeHostNuma, 3};
    say("located", cudaMemAdvise(managed, 4096, cudaMemAdviseUnsetAccessedBy, second));
    say("heap", cudaMemAdvise(heap, 4096, cudaMemAdviseSetAccessedBy, host));
    say("no node", cudaMemAdvise(managed, 4096, cudaMemAdviseSetAccessedBy, node));
    say("no device", cudaMemAdvise(managed, 4096, cudaMemAdviseSetAccessedBy, 2));
    say("no kind", cudaMemAdvise(managed, 4096, (cudaMemoryAdvise)7, 0));
    say("coarse is HIP's", cudaMemAdvise(managed, 4096, (cudaMemoryAdvise)100, 0));
    say("no bytes", cudaMemAdvise(managed, 0, cudaMemAdviseSetReadMostly, 0));
    say("too long", cudaMemAdvise(managed, 1 << 30, cudaMemAdviseSetReadMostly, 0));
    say("device memory", cudaMemAdvise(own, 4096, cudaMemAdviseSetReadMostly, 0));
    say("pinned memory", cudaMemAdvise(pinned, 4096, cudaMemAdviseSetReadMostly, 0));
    say("null", cudaMemAdvise(nullptr, 4096, cudaMemAdviseSetReadMostly, 0));
    say("prefetch", cudaMemPrefetchAsync(managed, 2 * 4096, 1));
    say("prefetch located", cudaMemPrefetchAsync(managed, 4096, host, 0));
    say("prefetch flags", cudaMemPrefetchAsync(managed, 4096, host, 1));
    say("prefetch nowhere", cudaMemPrefetchAsync(managed, 4096, 2));
    int answer;
    auto ask = [&](const char *what, cudaMemRangeAttribute which, const char *at, size_t bytes) {
        answer = -99;
        cudaError_t error = cudaMemRangeGetAttribute(&answer, sizeof answer, which, at, bytes);
        printf("%s %d %s\n", what, answer, cudaGetErrorName(error));
    };
    ask("is read mostly", cudaMemRangeAttributeReadMostly, managed, 2 * 4096);
    ask("is not all read mostly", cudaMemRangeAttributeReadMostly, managed, 3 * 4096);
    ask("last", cudaMemRangeAttributeLastPrefetchLocation, managed + 4096, 4096);
    ask("last of two", cudaMemRangeAttributeLastPrefetchLocation, managed, 2 * 4096);
    ask("last type", cudaMemRangeAttributeLastPrefetchLocationType, managed, 4096);
    ask("last id", cudaMemRangeAttributeLastPrefetchLocationId, managed + 4096, 4096);
    ask("no attribute", (cudaMemRangeAttribute)9, managed, 4096);
    ask("of device memory", cudaMemRangeAttributeReadMostly, own, 4096);
    int two[2];
    say("wrong size", cudaMemRangeGetAttribute(two, 3, cudaMemRangeAttributeReadMostly, managed, 4096));
    say("two answers", cudaMemRangeGetAttribute(two, 8, cudaMemRangeAttributeReadMostly, managed, 4096));
    cudaFree(managed);
    cudaMallocManaged(&managed, 16 * 4096);
    ask("forgotten", cudaMemRangeAttributeReadMostly, managed, 4096);
    printf("hmm %d\n", hmm_advise(heap, 4096, HMM_ADVISE_READ_MOSTLY, HMM_NODE_CPU));
}
`;

const BUSY = String.raw`
#include <cstdio>
#include <cstring>
__device__ __managed__ int variable;
__global__ void touch(int *a) { a[0] += 1; }
int main(int argc, char **argv) {
    const char *what = argv[1];
    auto is = [&](const char *name) { return strstr(what, name) != nullptr; };
    int *used, *other;
    cudaStream_t one, two;
    cudaStreamCreate(&one);
    cudaStreamCreate(&two);
    if (is("large")) return cudaMallocManaged(&used, 48 << 20);
    cudaMallocManaged(&used, 4096);
    cudaMallocManaged(&other, 8 * 4096, is("for the host") ? cudaMemAttachHost : cudaMemAttachGlobal);
    used[0] = 1, other[0] = 2, variable = 3;
    if (is("attached to two")) {
        int error = cudaStreamAttachMemAsync(two, other);
        cudaStreamSynchronize(two);
        if (error) return 70 + error;
    }
    if (is("attached wrongly")) return cudaStreamAttachMemAsync(0, other);
    if (is("the kernel uses it")) used = other;
    touch<<<1, 1, 0, one>>>(used);
    if (is("attached late")) cudaStreamAttachMemAsync(one, other, 0, cudaMemAttachHost);
    if (is("late and waited for")) cudaStreamSynchronize(one);
    if (is("after cudaDeviceSynchronize")) cudaDeviceSynchronize();
    if (is("after cudaStreamSynchronize(one)")) cudaStreamSynchronize(one);
    if (is("after cudaStreamSynchronize(two)")) cudaStreamSynchronize(two);
    if (is("copied")) return cudaMemcpy(&argc, other, 4, cudaMemcpyDefault) || argc != 2;
    if (is("the variable")) return variable != 3;
    return other[0] < 2;
}
`;

let compiler: CompiledPrograms;
let advice: PreparedProgram;
let busy: PreparedProgram;
beforeAll(async () => {
  compiler = new CompiledPrograms();
  advice = await prepared(compiler, { 'advice.cu': ADVICE });
  busy = await prepared(compiler, { 'busy.cu': BUSY });
}, 300_000);
afterAll(() => {
  compiler[Symbol.dispose]();
});

/** Moves as HMM does, and keeps what it is told. */
class ListeningDriver extends HmmDriver {
  readonly told: string[] = [];

  advise(kind: MemoryAdvice, { count }: AdvisedRange, location: Processor | undefined): 0 {
    const where = typeof location === 'object' ? location.agent - 1 : location;
    this.told.push([kind, count, ...(where === undefined ? [] : [where])].join(' '));
    return 0;
  }
}

describe('advice', () => {
  it('is checked as CUDA does, told to the driver and recorded, and can be asked for', () => {
    const driver = new ListeningDriver();
    const { output, events, ending } = run(advice, [], { driver, machine: loadMachine('p100-pcie3', { devices: 2 }) });
    expect(ending).toMatchObject({ status: 0, signal: null });
    expect(output.trimEnd().split('\n')).toEqual([
      'read mostly cudaSuccess',
      'preferred cudaSuccess',
      'preferred cpu cudaSuccess',
      'accessed by cudaSuccess',
      'located cudaSuccess',
      'heap cudaSuccess',
      'no node cudaErrorInvalidDevice',
      'no device cudaErrorInvalidDevice',
      'no kind cudaErrorInvalidValue',
      "coarse is HIP's cudaErrorInvalidValue",
      'no bytes cudaErrorInvalidValue',
      'too long cudaErrorInvalidValue',
      'device memory cudaErrorInvalidValue',
      'pinned memory cudaErrorInvalidValue',
      'null cudaErrorInvalidValue',
      'prefetch cudaSuccess',
      'prefetch located cudaSuccess',
      'prefetch flags cudaErrorInvalidValue',
      'prefetch nowhere cudaErrorInvalidDevice',
      'is read mostly 1 cudaSuccess',
      'is not all read mostly 0 cudaSuccess',
      'last 1 cudaSuccess',
      'last of two -2 cudaSuccess',
      'last type 2 cudaSuccess',
      'last id 1 cudaSuccess',
      'no attribute -99 cudaErrorInvalidValue',
      'of device memory -99 cudaErrorInvalidValue',
      'wrong size cudaErrorInvalidValue',
      'two answers cudaErrorInvalidValue',
      'forgotten 0 cudaSuccess',
      'hmm 0',
    ]);
    // A block of the heap does not begin on a page.
    expect(driver.told).toEqual(['1 2', '3 1 1', '3 1 cpu', '5 1 0', '6 1 1', '5 2 cpu', '1 2']);
    const recorded = events.filter(({ kind }) => kind === EventKind.advise);
    expect(recorded.map(({ extra, pageCount, target }) => [extra, pageCount, target])).toEqual([
      [1, 2, 255],
      [3, 1, 2],
      [3, 1, 0],
      [5, 1, 1],
      [6, 1, 2],
      [5, 2, 0],
      [1, 2, 255],
    ]);
  });

  it('on malloc’ed memory needs a device that can use it', () => {
    const { output } = run(advice, [], {
      driver: createDriver('uvm'),
      machine: withDevice({ pageableMemoryAccess: false }),
    });
    expect(output).toContain('heap cudaErrorInvalidValue');
    expect(output).toContain('read mostly cudaSuccess');
  });
});

function withDevice(model: Readonly<Record<string, boolean>>, deviceMemoryBytes = 32 * 2 ** 20): Machine {
  const machine = loadMachine('p100-pcie3', { deviceMemoryBytes });
  return { ...machine, devices: machine.devices.map((device) => ({ ...device, ...model })) };
}

describe('a device without concurrent managed access', () => {
  const machine = withDevice({ concurrentManagedAccess: false });
  const end = (what: string): Ending => run(busy, [what], { machine }).ending;

  it.each([
    'untouched by the kernel',
    'the variable',
    'after cudaStreamSynchronize(two)',
    'attached late',
    'the kernel uses it',
  ])('forbids the CPU managed memory until the kernel has been waited for: %s', (what) => {
    expect(end(what)).toMatchObject({
      signal: { kind: 'access', signal: 'SIGSEGV', reason: 'device-busy', agent: 0, launch: 1 },
    });
  });

  it.each([
    'after cudaDeviceSynchronize',
    'after cudaStreamSynchronize(one)',
    'after cudaDeviceSynchronize: the kernel uses it',
    'after cudaDeviceSynchronize: the variable',
    'attached to two',
    'attached late and waited for',
    'for the host',
    'copied',
  ])('allows it again: %s', (what) => {
    expect(end(what)).toMatchObject({ status: 0, signal: null });
  });

  it('refuses a kernel what is attached to the host', () => {
    expect(end('for the host, the kernel uses it')).toMatchObject({ signal: { reason: 'host-only', agent: 1 } });
  });

  it('is told the stream that memory is attached to, and has no other room than its own', () => {
    expect(end('attached wrongly')).toMatchObject({ status: 1 });
    expect(end('large')).toMatchObject({ status: 2 });
  });

  it('gets managed memory at the launch and does not fault', () => {
    const { events } = run(busy, ['after cudaDeviceSynchronize'], { machine });
    const faults = events.filter(({ kind }) => kind === EventKind.deviceFault);
    const moved = events.filter(({ kind, target }) => kind === EventKind.migrate && target === 1);
    expect(faults).toEqual([]);
    expect(moved.reduce((pages, { pageCount }) => pages + pageCount, 0)).toBe(3);
  });

  it('is another matter where access is concurrent', () => {
    expect(run(busy, ['untouched by the kernel']).ending).toMatchObject({ status: 0, signal: null });
    expect(run(busy, ['large'], { machine: withDevice({}) }).ending).toMatchObject({ status: 0, signal: null });
  });
});
