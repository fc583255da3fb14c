/** Advice, prefetches by the program, and copies of what is mostly read, end to end: transfers, mappings, faults. */

import { describe, expect, it } from 'vitest';
import { MemoryAdvice } from '../../../engine/drivers/advice.js';
import { Access, Cause } from '../../../engine/memory/event.js';
import { NO_NODE } from '../../../engine/memory/units.js';
import type { VmaKind } from '../../../engine/memory/vma.js';
import type { Device } from '../../../engine/drivers/driver.js';
import { checkInvariants } from '../../../engine/drivers/kit/invariants.js';
import { deviceRig, page, type DeviceRig } from '../../memory/rig.js';

const AT = 2048;
const BLOCK = 512;

function rig(devices = 1, kind: VmaKind = 'managed'): DeviceRig {
  const made = deviceRig({ driver: 'uvm', devices, devicePages: 4096, systemFrames: 8192, onPhase: null });
  made.mm.mmap({ start: page(AT), pageCount: BLOCK, protection: 3, kind, fixed: true });
  return made;
}

const WHOLE = { start: page(AT), count: BLOCK };

function cpu({ mm }: DeviceRig, at: number, access: Access): void {
  if (!mm.pageTable.allows(page(AT + at), access !== Access.read)) {
    expect(mm.handleCpuFault(page(AT + at), access)).toEqual({ ok: true });
  }
}

function cpuFill(made: DeviceRig, count = BLOCK): void {
  for (let at = 0; at < count; at++) cpu(made, at, Access.write);
}

function device(made: DeviceRig, at: number, access: Access, who: Device = made.device): void {
  expect(made.driver.deviceFault(who, page(AT + at), access)).toEqual({ ok: true });
}

const transfers = ({ sink }: DeviceRig): number[][] =>
  sink.of('migrate').map(({ source, target, extra }) => [source, target, extra / 1024]);
const permissions = ({ mm }: DeviceRig, at = 0): number[] => mm.permissions.map((table) => table[AT + at] ?? -1);
const check = ({ mm, devices }: DeviceRig): void => checkInvariants(mm, devices, AT, BLOCK);

describe('a prefetch that the program asks for', () => {
  it('moves exactly what is named, neighbours that are elsewhere as one, and spares the target its faults', () => {
    const made = rig();
    cpuFill(made);
    device(made, 100, Access.read);
    const before = made.sink.of('migrate').length;
    made.driver.prefetch?.(made.device, page(AT + 90), 60);
    // Pages 96 … 111 were there already.
    expect(transfers(made).slice(before)).toEqual([
      [0, 1, 24],
      [0, 1, 152],
    ]);
    expect(made.sink.of('migrate').at(-1)?.cause).toBe(Cause.prefetch);
    expect(permissions(made, 149)).toEqual([0, 3]);
    expect(permissions(made, 150)).toEqual([3, 0]);
    check(made);
  });

  it('makes pages that nobody has touched where they are wanted, without a transfer', () => {
    const made = rig();
    made.driver.prefetch?.(made.device, page(AT), 10);
    made.driver.prefetch?.(undefined, page(AT + 20), 10);
    expect(transfers(made)).toEqual([]);
    expect([permissions(made, 5), permissions(made, 25), made.mm.nodeOf(page(AT + 15))]).toEqual([
      [0, 3],
      [3, 0],
      NO_NODE,
    ]);
    expect([made.sink.of('cpuFault'), made.sink.of('faultBatch')]).toEqual([[], []]);
    expect(made.driver.rangeAttributes?.({ start: page(AT), count: 10 }).lastPrefetchLocation).toBe(made.device);
  });

  it('goes from one device to another through system memory', () => {
    const made = rig(2);
    const [first, second] = made.devices;
    made.driver.prefetch?.(first, page(AT), 16);
    cpu(made, 0, Access.write);
    made.driver.prefetch?.(first, page(AT), 16);
    made.driver.prefetch?.(second, page(AT), 16);
    expect(transfers(made).slice(-2)).toEqual([
      [1, 0, 64],
      [0, 2, 64],
    ]);
    check(made);
  });
});

describe('the preferred location', () => {
  it('gets the whole block with one fault if nobody has any of it', () => {
    const made = rig();
    made.driver.advise?.(MemoryAdvice.setPreferredLocation, WHOLE, made.device);
    device(made, 7, Access.write);
    expect([permissions(made, 0), permissions(made, 511)]).toEqual([
      [0, 3],
      [0, 3],
    ]);
    expect(made.sink.of('faultBatch')).toHaveLength(1);
  });

  it('keeps the pages; who can reach it maps them over the link', () => {
    const made = rig();
    cpuFill(made);
    made.driver.advise?.(MemoryAdvice.setPreferredLocation, WHOLE, 'cpu');
    device(made, 7, Access.write);
    expect([transfers(made), permissions(made, 7)]).toEqual([[], [3, 3]]);
    expect(made.sink.of('remoteMap')).toMatchObject([{ source: 0, target: 1, firstPage: AT + 7 }]);
    check(made);
  });

  it('gets pages that the device touches first, mapped for the device alone', () => {
    const made = rig();
    made.driver.advise?.(MemoryAdvice.setPreferredLocation, WHOLE, 'cpu');
    device(made, 7, Access.write);
    expect([made.mm.nodeOf(page(AT + 7)), permissions(made, 7)]).toEqual([0, [0, 3]]);
    cpu(made, 7, Access.read);
    expect([permissions(made, 7), made.sink.of('cpuFault')]).toMatchObject([[3, 3], [{ source: 0 }]]);
    check(made);
  });

  it('is not left by prefetching: a fault from elsewhere brings its page alone', () => {
    const made = rig();
    made.driver.advise?.(MemoryAdvice.setPreferredLocation, WHOLE, made.device);
    device(made, 0, Access.write);
    cpu(made, 3, Access.read);
    expect(transfers(made)).toEqual([[1, 0, 4]]);
  });

  it('of a part makes that part a block of its own', () => {
    const made = rig();
    made.driver.advise?.(MemoryAdvice.setPreferredLocation, { start: page(AT), count: 64 }, made.device);
    device(made, 0, Access.write);
    expect([made.mm.nodeOf(page(AT + 63)), made.mm.nodeOf(page(AT + 64))]).toEqual([1, NO_NODE]);
    const attributes = made.driver.rangeAttributes?.({ start: page(AT), count: 64 });
    expect(attributes?.preferredLocation).toBe(made.device);
    expect(made.driver.rangeAttributes?.(WHOLE).preferredLocation).toBeUndefined();
  });
});

describe('a processor that is said to access a range', () => {
  it('is mapped at once and takes no fault, and nothing moves', () => {
    const made = rig();
    cpuFill(made);
    made.driver.advise?.(MemoryAdvice.setAccessedBy, WHOLE, made.device);
    expect([permissions(made, 0), permissions(made, 511), transfers(made)]).toEqual([[3, 3], [3, 3], []]);
    expect(made.driver.rangeAttributes?.(WHOLE).accessedBy).toEqual([made.device]);
    check(made);
  });

  it('is mapped again when pages come to where it reaches them', () => {
    const made = rig();
    made.driver.advise?.(MemoryAdvice.setAccessedBy, WHOLE, made.device);
    cpu(made, 0, Access.write);
    expect(permissions(made, 15)).toEqual([3, 3]);
    made.driver.advise?.(MemoryAdvice.unsetAccessedBy, WHOLE, made.device);
    cpu(made, 64, Access.write);
    expect(permissions(made, 64)).toEqual([3, 0]);
  });
});

describe('memory that is mostly read', () => {
  const readMostly = (devices = 1): DeviceRig => {
    const made = rig(devices);
    made.driver.advise?.(MemoryAdvice.setReadMostly, WHOLE, undefined);
    return made;
  };

  it('is copied to a device that reads it, and the CPU keeps its mapping', () => {
    const made = readMostly();
    cpuFill(made);
    device(made, 0, Access.read);
    expect([transfers(made), permissions(made, 0), permissions(made, 15)]).toEqual([
      [
        [0, 1, 4],
        [0, 1, 60],
      ],
      [1, 1],
      [1, 1],
    ]);
    expect(made.sink.of('replicate')).toMatchObject([
      { source: 0, target: 1, pageCount: 1 },
      { source: 0, target: 1, pageCount: 15 },
    ]);
    expect(made.mm.nodeOf(page(AT))).toBe(0);
    check(made);
  });

  it('has one copy again when the CPU writes', () => {
    const made = readMostly();
    cpuFill(made);
    made.driver.prefetch?.(made.device, page(AT), BLOCK);
    expect([transfers(made), made.device.mirror.replicatedPages]).toEqual([[[0, 1, 2048]], BLOCK]);
    cpu(made, 9, Access.write);
    expect([permissions(made, 9), permissions(made, 10), made.device.mirror.replicatedPages]).toEqual([
      [3, 0],
      [1, 1],
      BLOCK - 1,
    ]);
    check(made);
  });

  it('goes to a device that writes what it has a copy of, without a transfer', () => {
    const made = readMostly();
    cpuFill(made, 16);
    device(made, 0, Access.read);
    const before = transfers(made).length;
    device(made, 0, Access.write);
    expect([made.mm.nodeOf(page(AT)), permissions(made, 0), permissions(made, 1)]).toEqual([1, [0, 3], [1, 1]]);
    expect(transfers(made).slice(before)).toEqual([]);
    check(made);
  });

  it('stays on the device, too, when the CPU reads it', () => {
    const made = readMostly();
    device(made, 0, Access.write);
    cpu(made, 0, Access.read);
    expect([transfers(made)[0], permissions(made, 0)]).toEqual([
      [1, 0, 4],
      [1, 1],
    ]);
    expect(made.device.mirror.hasReplica(page(AT))).toBe(true);
    check(made);
  });

  it('can be with both devices and the CPU', () => {
    const made = readMostly(2);
    cpuFill(made);
    for (const who of made.devices) device(made, 0, Access.read, who);
    expect(permissions(made, 0)).toEqual([1, 1, 1]);
    device(made, 0, Access.write, made.devices[1]);
    expect(permissions(made, 0)).toEqual([0, 0, 3]);
    check(made);
  });

  it('is writable again, in one place, when the advice is taken back', () => {
    const made = readMostly();
    cpuFill(made);
    device(made, 0, Access.read);
    made.driver.advise?.(MemoryAdvice.unsetReadMostly, WHOLE, undefined);
    expect([permissions(made, 0), made.device.mirror.replicatedPages]).toEqual([[3, 0], 0]);
    made.mm.exit();
    expect(made.device.memory.frames.usedFrames).toBe(0);
  });

  it('gives copies back with the memory', () => {
    const made = readMostly();
    cpuFill(made);
    device(made, 0, Access.read);
    made.mm.munmap(page(AT), BLOCK);
    expect([made.device.memory.frames.usedFrames, made.device.mirror.mappedPages]).toEqual([0, 0]);
  });

  it('is nothing to memory of the system’s', () => {
    const made = rig(1, 'anonymous');
    made.driver.advise?.(MemoryAdvice.setReadMostly, WHOLE, undefined);
    cpuFill(made);
    device(made, 0, Access.read);
    expect([permissions(made, 0), made.sink.of('replicate')]).toEqual([[0, 3], []]);
  });
});
