/** Access counters: which machines have them, what a notification moves, and whose counters begin again. */

import { describe, expect, it } from 'vitest';
import { MemoryAdvice } from '../../../engine/drivers/advice.js';
import { checkInvariants } from '../../../engine/drivers/kit/invariants.js';
import type { DriverParameters } from '../../../engine/drivers/parameters.js';
import { Access, Cause } from '../../../engine/memory/event.js';
import { Permission } from '../../../engine/memory/page-table.js';
import type { PageIndex } from '../../../engine/memory/units.js';
import type { VmaKind } from '../../../engine/memory/vma.js';
import { deviceRig, page, type DeviceRig } from '../../memory/rig.js';

const AT = 2048;
const BLOCK = 512;
const ON = { uvm_perf_access_counter_migration_enable: 1 };
const WHOLE = { start: page(AT), count: BLOCK };

function rig(
  parameters: DriverParameters = ON,
  kind: VmaKind = 'managed',
  machine = 't4-pcie3',
  blocks = 1,
): DeviceRig {
  const made = deviceRig({
    driver: 'uvm',
    machine,
    parameters,
    devicePages: 2 * BLOCK,
    systemFrames: 8192,
    onPhase: null,
  });
  made.mm.mmap({ start: page(AT), pageCount: blocks * BLOCK, protection: 3, kind, fixed: true });
  return made;
}

/** The CPU has all of it, the device maps it there. */
function mapped(parameters: DriverParameters = ON, kind: VmaKind = 'managed'): DeviceRig {
  const made = rig(parameters, kind);
  for (let at = 0; at < BLOCK; at++)
    if (!made.mm.pageTable.allows(page(AT + at), true)) made.mm.handleCpuFault(page(AT + at), Access.write);
  made.driver.advise?.(MemoryAdvice.setAccessedBy, WHOLE, made.device);
  return made;
}

const notify = ({ driver, device }: DeviceRig, ...regions: number[]): readonly PageIndex[] =>
  driver.serviceAccessCounters?.(
    device,
    regions.map((at) => page(AT + at)),
  ) ?? [];
const onDevice = ({ mm }: DeviceRig): number => mm.residency(page(AT), BLOCK)[1] ?? 0;
const moves = ({ sink }: DeviceRig): number[][] =>
  sink.of('migrate').map(({ firstPage, pageCount, cause }) => [firstPage - AT, pageCount, cause]);

describe('who counts', () => {
  it.each([
    ['gh200', -1, true],
    ['v100-nvlink2', -1, true],
    ['t4-pcie3', -1, false],
    ['h100-pcie5', -1, false],
    ['gh200', 0, false],
    ['t4-pcie3', 1, true],
    ['p100-pcie3', 1, false],
    ['gtx1080-pcie3', 1, false],
  ])('%s with migration_enable %i: %s', (machine, value, counts) => {
    const { driver, device } = rig({ uvm_perf_access_counter_migration_enable: value }, 'managed', machine);
    expect(driver.accessCounters?.(device)).toEqual(counts ? { threshold: 256, batchNotifications: 256 } : undefined);
  });

  it('threshold and batch_count are handed on', () => {
    const { driver, device } = rig({
      ...ON,
      uvm_perf_access_counter_threshold: 7,
      uvm_perf_access_counter_batch_count: 3,
    });
    expect(driver.accessCounters?.(device)).toEqual({ threshold: 7, batchNotifications: 3 });
  });

  it('only what lies elsewhere is counted', () => {
    const made = mapped();
    const permission = (at: number): number => made.mm.permissions[1]?.[AT + at] ?? 0;
    expect(permission(0)).toBe(3 | Permission.counted);
    notify(made, 0);
    expect([permission(0), permission(16)]).toEqual([3, 3 | Permission.counted]);
    checkInvariants(made.mm, made.devices, AT, BLOCK);
    const without = mapped({});
    expect(without.mm.permissions[1]?.[AT]).toBe(3);
  });
});

describe('a notification', () => {
  it('moves the 64 KiB to the device, because of the counter, and clears it', () => {
    const made = mapped();
    expect(notify(made, 32)).toEqual([AT + 32]);
    expect(moves(made)).toEqual([[32, 16, Cause.accessCounter]]);
    expect(made.device.mirror.allows(page(AT + 40), true)).toBe(true);
    expect(made.mm.pageTable.allows(page(AT + 40), false)).toBe(false);
    checkInvariants(made.mm, made.devices, AT, BLOCK);
  });

  it('lets the prefetcher bring the rest along as a fault does', () => {
    const made = mapped();
    notify(made, 0, 16);
    expect(moves(made)).toEqual([[0, 32, Cause.accessCounter]]);
    notify(made, 32);
    expect(moves(made).slice(1)).toEqual([
      [32, 16, Cause.accessCounter],
      [48, 16, Cause.prefetch],
    ]);
    const alone = mapped({ ...ON, uvm_perf_prefetch_enable: 0 });
    notify(alone, 0, 16);
    notify(alone, 32);
    expect(onDevice(alone)).toBe(48);
  });

  it('moves nothing twice, and nothing that nobody has', () => {
    const made = mapped();
    notify(made, 0);
    expect(notify(made, 0)).toEqual([AT]);
    expect(moves(made)).toHaveLength(1);
    const empty = rig();
    expect(notify(empty, 0)).toEqual([AT]);
    expect(onDevice(empty)).toBe(0);
  });

  it('moves nothing that prefers another place, and clears the counter all the same', () => {
    const made = mapped();
    made.driver.advise?.(MemoryAdvice.setPreferredLocation, WHOLE, 'cpu');
    expect(notify(made, 0)).toEqual([AT]);
    expect(onDevice(made)).toBe(0);
  });

  it('is a copy where memory is mostly read', () => {
    const made = rig();
    for (let at = 0; at < 16; at++) made.mm.handleCpuFault(page(AT + at), Access.write);
    made.driver.advise?.(MemoryAdvice.setAccessedBy, WHOLE, made.device);
    made.driver.advise?.(MemoryAdvice.setReadMostly, WHOLE, undefined);
    notify(made, 0);
    expect([onDevice(made), made.device.mirror.hasReplica(page(AT + 3))]).toEqual([0, true]);
  });

  it('of memory that the driver did not allocate moves nothing, and its counter is not cleared', () => {
    const made = mapped(ON, 'anonymous');
    expect(made.device.mirror.allows(page(AT), true)).toBe(true);
    expect(notify(made, 0)).toEqual([]);
    expect(moves(made)).toEqual([]);
  });

  it('of memory that is gone clears the counter', () => {
    const made = mapped();
    made.mm.munmap(page(AT), BLOCK);
    expect(notify(made, 0)).toEqual([AT]);
  });
});

describe('what is evicted', () => {
  function evictedBlock(parameters: DriverParameters): DeviceRig {
    const made = rig(parameters, 'managed', 't4-pcie3', 3);
    for (const block of [0, 1, 2]) made.driver.prefetch?.(made.device, page(AT + block * BLOCK), BLOCK);
    expect(made.mm.nodeOf(page(AT))).toBe(0);
    checkInvariants(made.mm, made.devices, AT, 3 * BLOCK);
    return made;
  }

  it.each([
    ['stays mapped on a device that counts', ON, true],
    ['does not where a parameter says so', { ...ON, uvm_perf_map_remote_on_eviction: 0 }, false],
    ['does not where nobody counts', {}, false],
  ])('%s', (_, parameters, remote) => {
    const made = evictedBlock(parameters);
    expect(made.device.mirror.allows(page(AT + 100), true)).toBe(remote);
    const events = made.sink.of('remoteMap').map(({ firstPage, pageCount, cause }) => [firstPage, pageCount, cause]);
    expect(events).toEqual(remote ? [[AT, BLOCK, Cause.evict]] : []);
  });

  it('comes back because of a counter', () => {
    const made = evictedBlock(ON);
    notify(made, 0);
    expect(made.mm.nodeOf(page(AT))).toBe(1);
    checkInvariants(made.mm, made.devices, AT, 3 * BLOCK);
  });

  it('is mapped again for a device that is said to access it', () => {
    const made = rig({}, 'managed', 't4-pcie3', 3);
    made.driver.advise?.(MemoryAdvice.setAccessedBy, { start: page(AT), count: BLOCK }, made.device);
    for (const block of [0, 1, 2]) made.driver.prefetch?.(made.device, page(AT + block * BLOCK), BLOCK);
    expect([made.mm.nodeOf(page(AT)), made.device.mirror.allows(page(AT), true)]).toEqual([0, true]);
  });
});
