/** The driver uvm on machines whose devices use the process's own page table (ATS): Grace Hopper, POWER9. */

import { describe, expect, it } from 'vitest';
import { MemoryAdvice } from '../../../engine/drivers/advice.js';
import type { DriverParameters } from '../../../engine/drivers/parameters.js';
import { Access, Cause } from '../../../engine/memory/event.js';
import { Protection, type VmaKind } from '../../../engine/memory/vma.js';
import { deviceRig, page, type DeviceRig } from '../../memory/rig.js';

const AT = 2048;
const BLOCK = 512;

function rig(parameters: DriverParameters = {}, kind: VmaKind = 'anonymous', devicePages = 2 * BLOCK): DeviceRig {
  const made = deviceRig({
    driver: 'uvm',
    machine: 'gh200',
    parameters,
    devicePages,
    systemFrames: 8192,
    onPhase: null,
  });
  made.mm.mmap({ start: page(AT), pageCount: BLOCK, protection: 3, kind, fixed: true });
  return made;
}

const gpu = ({ driver, device }: DeviceRig, at: number, access: Access = Access.write): unknown =>
  driver.deviceFault(device, page(AT + at), access);
const cpu = ({ mm }: DeviceRig, at: number, access: Access = Access.write): void => {
  if (!mm.pageTable.allows(page(AT + at), access !== Access.read))
    expect(mm.handleCpuFault(page(AT + at), access)).toEqual({ ok: true });
};
const fill = (made: DeviceRig, count = BLOCK): void => {
  for (let at = 0; at < count; at++) cpu(made, at);
};
const nodes = ({ mm }: DeviceRig): number[] => [...mm.residency(page(AT), BLOCK).subarray(0, 2)];
const permissions = ({ mm, device }: DeviceRig, at = 0): unknown[] => [
  mm.pageTable.permission(page(AT + at)),
  device.mirror.table.permission(page(AT + at)),
];
const OK = { ok: true };

describe('system memory', () => {
  it('that the CPU has mapped is found without a fault, and stays', () => {
    const made = rig();
    fill(made, 32);
    const from = made.sink.events.length;
    expect([gpu(made, 3), nodes(made), permissions(made, 3)]).toEqual([OK, [32, 0], [3, 3]]);
    expect(made.sink.kinds(from)).toEqual(['remoteMap']);
  });

  it('that nobody has is made on the device, which the CPU reaches without a fault', () => {
    const made = rig();
    expect([gpu(made, 3), nodes(made), permissions(made, 3)]).toEqual([OK, [0, 1], [3, 3]]);
    expect([made.sink.of('faultBatch').length, made.sink.of('migrate'), made.sink.of('remoteMap')]).toEqual([
      1,
      [],
      [],
    ]);
    cpu(made, 3);
    expect([nodes(made), made.sink.of('cpuFault')]).toEqual([[0, 1], []]);
  });

  it('comes along as the tree says, but not by 64 KiB', () => {
    const made = rig();
    const sizes: number[] = [];
    for (let at = 0; at < BLOCK;) {
      gpu(made, at);
      sizes.push(nodes(made)[1]!);
      at = sizes.at(-1)!;
    }
    // 65 of 128 pages are not more than 51 %, nor 129 and 130 of 256, nor 257 … 261 of 512.
    expect(sizes).toEqual([1, 2, 4, 8, 16, 32, 64, 65, 128, 129, 130, 256, 257, 258, 260, 264, 512]);
    const alone = rig({ uvm_perf_prefetch_enable: 0 });
    for (let at = 0; at < 8; at++) gpu(alone, at);
    expect(nodes(alone)).toEqual([0, 8]);
  });

  it('comes along only where it is not mapped', () => {
    const made = rig();
    for (const at of [1, 5]) cpu(made, at);
    for (const at of [0, 2, 3, 4]) gpu(made, at);
    expect([made.mm.nodeOf(page(AT + 1)), made.mm.nodeOf(page(AT + 5)), nodes(made)[0]]).toEqual([0, 0, 2]);
  });

  it('gets the permission only, where the CPU’s entry is read-only', () => {
    const made = rig();
    cpu(made, 3, Access.read);
    expect(gpu(made, 3, Access.read)).toEqual(OK);
    expect(gpu(made, 3)).toEqual(OK);
    expect([nodes(made), permissions(made, 3)]).toEqual([
      [1, 0],
      [3, 3],
    ]);
    made.mm.mprotect(page(AT), 4, Protection.read);
    expect(gpu(made, 3)).toMatchObject({ ok: false, reason: 'protection' });
  });

  it('is made in system memory where it is preferred, or the device is full', () => {
    const preferred = rig();
    preferred.driver.advise?.(MemoryAdvice.setPreferredLocation, { start: page(AT), count: BLOCK }, 'cpu');
    expect([gpu(preferred, 0), nodes(preferred)]).toEqual([OK, [1, 0]]);
    const full = rig({}, 'anonymous', 4);
    for (let at = 0; at < 8; at++) expect(gpu(full, at)).toEqual(OK);
    expect([nodes(full), full.sink.of('evict')]).toEqual([[4, 4], []]);
    const whole = rig();
    whole.driver.advise?.(MemoryAdvice.setPreferredLocation, { start: page(AT), count: BLOCK }, whole.device);
    expect([gpu(whole, 7), nodes(whole)]).toEqual([OK, [0, BLOCK]]);
  });

  it('moves when the counters say so, and is mapped by both afterwards', () => {
    const made = rig();
    fill(made);
    gpu(made, 32);
    expect(made.driver.serviceAccessCounters?.(made.device, [page(AT + 32)])).toEqual([AT + 32]);
    expect(
      made.sink.of('migrate').map(({ firstPage, pageCount, cause }) => [firstPage - AT, pageCount, cause]),
    ).toEqual([[32, 16, Cause.accessCounter]]);
    expect(permissions(made, 32)).toEqual([3, 3]);
    expect(made.driver.serviceAccessCounters?.(made.device, [page(AT + 32)])).toEqual([AT + 32]);
    expect(made.sink.of('migrate')).toHaveLength(1);
  });

  it('keeps its counter where it cannot move', () => {
    const made = rig({}, 'anonymous', 4);
    fill(made);
    gpu(made, 0);
    expect(made.driver.serviceAccessCounters?.(made.device, [page(AT)])).toEqual([]);
    expect(nodes(made)).toEqual([BLOCK, 0]);
  });

  it('is a prefetch’s to move, there and back', () => {
    const made = rig();
    fill(made);
    made.driver.prefetch?.(made.device, page(AT), BLOCK);
    expect([nodes(made), permissions(made)]).toEqual([
      [0, BLOCK],
      [3, 3],
    ]);
    made.driver.prefetch?.(undefined, page(AT), BLOCK);
    expect([nodes(made), made.mm.pageTable.permission(page(AT))]).toEqual([[BLOCK, 0], 3]);
  });

  it('is HMM’s without ats_mode', () => {
    const made = rig({ uvm_ats_mode: 0 });
    fill(made, 32);
    gpu(made, 3);
    expect(nodes(made)[1]).toBe(16);
    expect(permissions(made, 3)).toEqual([0, 3]);
  });
});

describe('managed memory', () => {
  it('moves as without ATS: the CPU faults on what is on the device', () => {
    const made = rig({}, 'managed');
    fill(made, 32);
    gpu(made, 3);
    expect([nodes(made), permissions(made, 3)]).toEqual([
      [16, 16],
      [0, 3],
    ]);
    cpu(made, 3);
    expect(permissions(made, 3)).toEqual([3, 0]);
    expect(made.sink.of('migrate').map(({ source, target }) => [source, target])).toContainEqual([1, 0]);
  });

  it('is mapped by the CPU where it lies, with advice', () => {
    const made = rig({}, 'managed');
    made.driver.advise?.(MemoryAdvice.setAccessedBy, { start: page(AT), count: BLOCK }, 'cpu');
    gpu(made, 3);
    expect([nodes(made)[1], permissions(made, 3)]).toEqual([16, [3, 3]]);
  });

  it('is evicted when the device is full', () => {
    const made = deviceRig({
      driver: 'uvm',
      machine: 'gh200',
      devicePages: 2 * BLOCK,
      systemFrames: 8192,
      onPhase: null,
    });
    made.mm.mmap({ start: page(AT), pageCount: 3 * BLOCK, protection: 3, kind: 'managed', fixed: true });
    for (const block of [0, 1, 2]) made.driver.prefetch?.(made.device, page(AT + block * BLOCK), BLOCK);
    expect([0, 1, 2].map((block) => made.mm.nodeOf(page(AT + block * BLOCK)))).toEqual([0, 1, 1]);
    expect(made.sink.of('evict')).toHaveLength(1);
    made.mm.munmap(page(AT), 3 * BLOCK);
    expect(made.device.memory.frames.usedFrames).toBe(0);
  });
});
