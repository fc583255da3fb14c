/**
 * What real devices do, measured: faults and copies of one processor that sweeps a block, wherever the data are, and of blocks that end early.
 * Figures are those of published profiles (see engine/drivers/uvm/README.md).
 */

import { describe, expect, it } from 'vitest';
import { FaultEntries, FaultOutcome } from '../../../engine/drivers/fault-batch.js';
import { Access, Cause } from '../../../engine/memory/event.js';
import type { VmaKind } from '../../../engine/memory/vma.js';
import { deviceRig, page, type DeviceRig } from '../../memory/rig.js';

/** A page at the beginning of a 2 MiB window. */
const AT = 2048;
const BLOCK = 512;
/** KiB of the copies that a sweep of a block makes. */
const STAIRCASE = [4, 60, 4, 60, 4, 124, 4, 252, 4, 508, 4, 1020];

function rig(pageCount = BLOCK, kind: VmaKind = 'managed'): DeviceRig {
  const made = deviceRig({ driver: 'uvm', devicePages: 16_384, systemFrames: 16_384, onPhase: null });
  made.mm.mmap({ start: page(AT), pageCount, protection: 3, kind, fixed: true });
  return made;
}

/** The CPU touches pages one after the other. */
function cpuSweep({ mm }: DeviceRig, from: number, count: number, access: Access = Access.read): void {
  for (let at = from; at < from + count; at++) {
    if (!mm.pageTable.allows(page(at), access !== Access.read))
      expect(mm.handleCpuFault(page(at), access).ok).toBe(true);
  }
}

/** One thread of the device touches pages one after the other, each fault a batch of its own. */
function deviceSweep({ device, driver }: DeviceRig, from: number, count: number, access: Access = Access.read): void {
  for (let at = from; at < from + count; at++) {
    if (!device.mirror.allows(page(at), access !== Access.read)) {
      expect(driver.deviceFault(device, page(at), access).ok).toBe(true);
    }
  }
}

/** All pages fault in one batch. */
function deviceBatch({ device, driver }: DeviceRig, pages: readonly number[], access: Access = Access.read): void {
  const batch = new FaultEntries(pages.length);
  for (const at of pages) batch.add(page(at), access);
  driver.serviceFaults?.(device, batch);
  for (let index = 0; index < batch.count; index++) expect(batch.outcomeAt(index)).toBe(FaultOutcome.resolved);
}

const copies = ({ sink }: DeviceRig, target: number, from = 0): number[] =>
  sink
    .of('migrate')
    .slice(from)
    .filter((event) => event.target === target)
    .map(({ extra }) => extra / 1024);
const cpuFaults = ({ sink }: DeviceRig): number[] => sink.of('cpuFault').map(({ firstPage }) => firstPage - AT);
const groups = ({ sink }: DeviceRig): number[] => sink.of('faultBatch').map(({ firstPage }) => firstPage - AT);
const pages = (count: number, step = 1): number[] => Array.from({ length: count }, (_, index) => AT + index * step);
const STEPS = [0, 16, 32, 64, 128, 256];

describe('one processor that sweeps a block of 2 MiB', () => {
  it('the CPU, first touch: 6 faults, no copies', () => {
    const made = rig();
    cpuSweep(made, AT, BLOCK, Access.write);
    expect(cpuFaults(made)).toEqual(STEPS);
    expect(made.sink.of('migrate')).toEqual([]);
  });

  it('the CPU, reading what is on the device: 6 faults, 12 copies, and may write without another', () => {
    const made = rig();
    deviceBatch(made, pages(BLOCK), Access.write);
    cpuSweep(made, AT, BLOCK);
    cpuSweep(made, AT, BLOCK, Access.write);
    expect(cpuFaults(made)).toEqual(STEPS);
    expect(copies(made, 0)).toEqual(STAIRCASE);
    const causes = made.sink.of('migrate').map(({ cause }) => cause);
    expect(causes).toEqual(STAIRCASE.map((_, index) => (index % 2 === 0 ? Cause.fault : Cause.prefetch)));
  });

  it('one thread of the device, reading what the CPU has: 6 groups, 12 copies', () => {
    const made = rig();
    cpuSweep(made, AT, BLOCK, Access.write);
    deviceSweep(made, AT, BLOCK);
    expect(groups(made)).toEqual(STEPS);
    expect(copies(made, 1)).toEqual(STAIRCASE);
  });

  it('one thread of the device, first touch: 6 groups, no copies', () => {
    const made = rig();
    deviceSweep(made, AT, BLOCK, Access.write);
    expect(groups(made)).toEqual(STEPS);
    expect(made.sink.of('migrate')).toEqual([]);
  });

  it('memory of the system’s on a device comes back to the CPU in the same steps', () => {
    const made = rig(BLOCK, 'anonymous');
    cpuSweep(made, AT, BLOCK, Access.write);
    expect(made.sink.of('cpuFault')).toHaveLength(BLOCK);
    deviceSweep(made, AT, BLOCK);
    expect(copies(made, 1)).toEqual(STAIRCASE);
    const before = made.sink.of('cpuFault').length;
    cpuSweep(made, AT, BLOCK);
    expect(cpuFaults(made).slice(before)).toEqual(STEPS);
    expect(copies(made, 0)).toEqual(STAIRCASE);
  });
});

describe('a fault in the middle of a big page', () => {
  it('makes three copies', () => {
    const made = rig();
    cpuSweep(made, AT, BLOCK, Access.write);
    deviceBatch(made, [AT + 5]);
    expect(copies(made, 1)).toEqual([20, 4, 40]);
  });

  it('merges with its neighbours that faulted, too', () => {
    const made = rig();
    cpuSweep(made, AT, BLOCK, Access.write);
    deviceBatch(made, [AT + 5, AT + 6, AT + 7, AT + 7]);
    expect(copies(made, 1)).toEqual([20, 12, 32]);
    expect(made.sink.of('faultBatch')).toMatchObject([{ pageCount: 3, extra: 4, agent: 1, firstPage: AT + 5 }]);
  });
});

describe('a batch with many faults', () => {
  it('of every page of a block: one copy', () => {
    const made = rig();
    cpuSweep(made, AT, BLOCK, Access.write);
    deviceBatch(made, pages(256));
    expect(copies(made, 1)).toEqual([1024]);
  });

  it('of the first pages of 16 big pages that alternate: each grows to its big page only', () => {
    const made = rig();
    cpuSweep(made, AT, BLOCK, Access.write);
    deviceBatch(made, pages(16, 32));
    expect(copies(made, 1)).toEqual(Array.from({ length: 16 }, () => [4, 60]).flat());
  });

  it('of the first pages of 17 big pages: the whole block comes', () => {
    const made = rig();
    cpuSweep(made, AT, BLOCK, Access.write);
    deviceBatch(made, pages(17, 16));
    expect(copies(made, 1).reduce((sum, size) => sum + size, 0)).toBe(2048);
    expect(copies(made, 1).filter((size) => size === 4)).toHaveLength(17);
  });

  it('of several blocks: each is serviced by itself', () => {
    const made = rig(2 * BLOCK);
    cpuSweep(made, AT, 2 * BLOCK, Access.write);
    deviceBatch(made, [AT + BLOCK, AT]);
    expect(made.sink.of('migrate').map(({ firstPage, extra }) => [firstPage - AT, extra / 1024])).toEqual([
      [0, 4],
      [1, 60],
      [BLOCK, 4],
      [BLOCK + 1, 60],
    ]);
    expect(made.sink.of('faultBatch')).toHaveLength(1);
  });
});

/** Big pages swept → faults, first where the range ends there, then where the rest of the block belongs to it. */
const SWEEPS = [
  [1, 1, 1],
  [2, 2, 2],
  [3, 2, 3],
  [4, 3, 3],
  [5, 3, 4],
  [6, 4, 4],
  [8, 4, 4],
  [9, 4, 5],
  [10, 5, 5],
  [16, 5, 5],
  [17, 5, 6],
  [18, 6, 6],
  [31, 6, 6],
  [32, 6, 6],
] as const;

describe('sweeping big pages in order', () => {
  it.each(SWEEPS)('%i big pages: %i faults where the range ends there, %i where it goes on', (big, ending, going) => {
    for (const [count, expected] of [
      [big * 16, ending],
      [BLOCK, going],
    ] as const) {
      const made = rig(count);
      cpuSweep(made, AT, big * 16, Access.write);
      expect(made.sink.of('cpuFault')).toHaveLength(expected);
      deviceSweep(made, AT, big * 16);
      expect(copies(made, 1)).toHaveLength(expected * 2);
    }
  });
});

describe('measured programs, as faults of one processor after the other', () => {
  it('steps: the device touches big pages 0, 1, 2, 4, 8, 16, then the CPU the same in reverse', () => {
    const made = rig();
    const touched = [0, 1, 2, 4, 8, 16].map((big) => AT + big * 16);
    cpuSweep(made, AT, BLOCK, Access.write);
    for (const at of touched) deviceSweep(made, at, 1, Access.write);
    expect(groups(made)).toHaveLength(6);
    expect(copies(made, 1)).toEqual(STAIRCASE);
    for (const at of [...touched].reverse()) cpuSweep(made, at, 1);
    const back = copies(made, 0);
    expect([back.length, Math.max(...back), back.reduce((sum, size) => sum + size, 0)]).toEqual([13, 64, 448]);
    expect(made.sink.of('cpuFault')).toHaveLength(12);
  });

  it('vecadd of 256 KiB with prefetches: three allocations in one block, and what nobody allocated comes back, too', () => {
    const made = rig();
    const [a, b, c] = [AT, AT + 64, AT + 128];
    for (const array of [a, b]) cpuSweep(made, array, 64, Access.write);
    for (const array of [a, b]) made.driver.prefetch?.(made.device, page(array), 64);
    expect(copies(made, 1)).toEqual([256, 256]);
    deviceBatch(
      made,
      pages(64).map((at) => at + 128),
      Access.write,
    );
    made.driver.prefetch?.(undefined, page(c), 64);
    for (let index = 0; index < 64; index++) for (const array of [a, b, c]) cpuSweep(made, array + index, 1);
    const back = copies(made, 0);
    expect([back.length, Math.max(...back), back.reduce((sum, size) => sum + size, 0)]).toEqual([13, 256, 1024]);
    expect(made.sink.of('cpuFault')).toHaveLength(9);
    expect(made.sink.of('faultBatch')).toHaveLength(1);
  });
});
