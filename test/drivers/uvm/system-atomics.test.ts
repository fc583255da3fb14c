/** Atomic operations of the system's scope (atomicAdd_system) on memory that a device reaches without native atomics. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryAdvice } from '../../../engine/drivers/advice.js';
import { checkInvariants } from '../../../engine/drivers/kit/invariants.js';
import type { DriverParameters } from '../../../engine/drivers/parameters.js';
import { createDriver } from '../../../engine/drivers/registry.js';
import { loadMachine } from '../../../engine/machine/machine.js';
import { Access, EVENT_KINDS } from '../../../engine/memory/event.js';
import { pteType, PteType } from '../../../engine/memory/page-table.js';
import { VmaFlag, type VmaKind } from '../../../engine/memory/vma.js';
import { prepared, run, type PreparedProgram } from '../../execution/compiled-program.js';
import { deviceRig, page, type DeviceRig } from '../../memory/rig.js';
import { CompiledPrograms } from '../../toolchain/compiled.js';

const AT = 2048;
const RANGE = { start: page(AT), count: 16 };

interface Setup {
  readonly machine?: string;
  readonly kind?: VmaKind;
  readonly flags?: number;
  readonly devices?: number;
  readonly parameters?: DriverParameters;
}

/** The CPU has written the pages, and prefers to keep them. */
function rig({
  machine = 't4-pcie3',
  kind = 'managed',
  flags = 0,
  devices = 1,
  parameters = {},
}: Setup = {}): DeviceRig {
  const made = deviceRig({ driver: 'uvm', machine, devices, parameters, devicePages: 1024, onPhase: null });
  made.mm.mmap({ start: page(AT), pageCount: 16, protection: 3, kind, flags, fixed: true });
  for (let at = 0; at < 16; at++) cpu(made, Access.write, at);
  made.driver.advise?.(MemoryAdvice.setPreferredLocation, RANGE, 'cpu');
  return made;
}

function cpu({ mm }: DeviceRig, access: Access, at = 0): void {
  if (!mm.pageTable.allows(page(AT + at), access !== Access.read))
    expect(mm.handleCpuFault(page(AT + at), access)).toEqual({ ok: true });
}
const atomic = ({ driver, devices }: DeviceRig, device = 0): unknown =>
  driver.deviceFault(devices[device]!, page(AT), Access.systemAtomic);
const may = ({ driver, devices, mm }: DeviceRig): unknown[] => [
  mm.pageTable.permission(page(AT)),
  ...devices.map((device) => driver.allowsSystemAtomics?.(device, page(AT))),
];

describe('managed memory of the system’s', () => {
  it('stays: the CPU may only read it while the device may do them, and takes the permission back when it writes', () => {
    const made = rig();
    expect(made.driver.deviceFault(made.device, page(AT), Access.write)).toEqual({ ok: true });
    expect(may(made)).toEqual([3, false]);
    expect(atomic(made)).toEqual({ ok: true });
    expect([may(made), made.mm.nodeOf(page(AT))]).toEqual([[1, true], 0]);
    cpu(made, Access.read);
    expect(may(made)).toEqual([1, true]);
    cpu(made, Access.write);
    expect(may(made)).toEqual([3, false]);
    expect(made.device.mirror.allows(page(AT), true)).toBe(true);
    expect(made.sink.of('exclusive')).toMatchObject([{ source: 0, target: 1, firstPage: AT, pageCount: 1 }]);
    checkInvariants(made.mm, made.devices, AT, 16);
  });

  it('goes to the device without advice, where they need nothing', () => {
    const made = rig();
    made.driver.advise?.(MemoryAdvice.unsetPreferredLocation, RANGE, undefined);
    expect(atomic(made)).toEqual({ ok: true });
    expect([made.mm.nodeOf(page(AT)), may(made), made.sink.of('exclusive')]).toEqual([1, [0, true], []]);
  });

  it('needs nothing where the link has native atomics', () => {
    const made = rig({ machine: 'v100-nvlink2' });
    expect(made.driver.deviceFault(made.device, page(AT), Access.write)).toEqual({ ok: true });
    expect(may(made)).toEqual([3, true]);
  });

  it('is one device’s at a time', () => {
    const made = rig({ devices: 2 });
    expect([atomic(made, 0), atomic(made, 1)]).toEqual([{ ok: true }, { ok: true }]);
    expect(may(made)).toEqual([1, false, true]);
    expect(made.devices[0]?.mirror.allows(page(AT), false)).toBe(false);
  });

  it('thrashes when permissions go to and fro', () => {
    const made = rig();
    made.driver.advise?.(MemoryAdvice.unsetPreferredLocation, RANGE, undefined);
    made.driver.advise?.(MemoryAdvice.setAccessedBy, RANGE, made.device);
    for (let turn = 0; turn < 6; turn++) {
      atomic(made);
      cpu(made, Access.write);
    }
    expect(made.sink.of('thrash')[0]).toMatchObject({ firstPage: AT, pageCount: 1 });
    expect(made.sink.of('throttle').length).toBeGreaterThan(0);
    expect(made.sink.of('migrate')).toEqual([]);
  });
});

describe('memory that the driver did not allocate', () => {
  it('is made exclusive to the device until the CPU touches it', () => {
    const made = rig({ kind: 'anonymous' });
    expect(atomic(made)).toEqual({ ok: true });
    expect([pteType(made.mm.pageTable.get(page(AT))), may(made)]).toEqual([PteType.exclusive, [0, true]]);
    cpu(made, Access.read);
    expect([may(made), made.device.mirror.allows(page(AT), false)]).toEqual([[3, false], false]);
  });

  it.each([
    ['shared', VmaFlag.SHARED],
    ['of a huge page pool', VmaFlag.HUGETLB],
  ])('ends the program if it is %s', (_, flags) => {
    const made = rig({ kind: 'anonymous', flags, parameters: { uvm_fault_force_sysmem: 1 } });
    expect(made.driver.deviceFault(made.device, page(AT), Access.write)).toEqual({ ok: true });
    expect(atomic(made)).toMatchObject({ ok: false });
  });
});

const SOURCE = String.raw`
#include <cstdio>
#include <cstdlib>
#include <cstring>
__global__ void add(int *a, int *b) { atomicAdd_system(a, 1); atomicAdd(b, 1); }
int main(int, char **argv) {
    int *a = nullptr, *b = nullptr;
    if (!strcmp(argv[1], "managed")) cudaMallocManaged(&a, 4096);
    if (!strcmp(argv[1], "malloc")) a = (int *)aligned_alloc(4096, 4096);
    if (!strcmp(argv[1], "pinned")) cudaMallocHost(&a, 4096);
    cudaMallocManaged(&b, 4096);
    *a = *b = 0;
    if (strcmp(argv[1], "pinned")) cudaMemAdvise(a, 4096, cudaMemAdviseSetPreferredLocation, cudaCpuDeviceId);
    cudaMemAdvise(b, 4096, cudaMemAdviseSetPreferredLocation, cudaCpuDeviceId);
    for (int round = 0; round < 2; round++) {
        add<<<4, 64>>>(a, b);
        cudaDeviceSynchronize();
        printf("%d %d\n", *a, *b);
        ++*a, ++*b;
    }
    return 0;
}
`;

describe('a kernel', () => {
  let compiler: CompiledPrograms;
  let program: PreparedProgram;
  beforeAll(async () => {
    compiler = new CompiledPrograms();
    program = await prepared(compiler, { 'add.cu': SOURCE });
  }, 300_000);
  afterAll(() => {
    compiler[Symbol.dispose]();
  });

  it.each([
    // One for the device's own atomics, and one more after the CPU has written.
    ['managed', 'uvm', 't4-pcie3', 2],
    ['malloc', 'uvm', 't4-pcie3', 2],
    ['pinned', 'uvm', 't4-pcie3', 0],
    ['managed', 'uvm', 'gh200', 0],
    ['managed', 'hmm', 't4-pcie3', 0],
  ])('on %s memory under %s on %s takes it for itself %i times', (memory, driver, machine, times) => {
    const ran = run(program, [memory], { driver: createDriver(driver), machine: loadMachine(machine, {}) });
    expect(ran.ending).toMatchObject({ status: 0, signal: null });
    expect(ran.output).toBe('256 256\n513 513\n');
    expect(ran.events.filter(({ kind }) => EVENT_KINDS[kind] === 'exclusive')).toHaveLength(times);
  });
});
