/** What the module parameters change, one by one, and how batches are accounted for. */

import { describe, expect, it } from 'vitest';
import { FaultEntries, FaultOutcome } from '../../../engine/drivers/fault-batch.js';
import type { DriverParameters } from '../../../engine/drivers/parameters.js';
import { createDriver } from '../../../engine/drivers/registry.js';
import { Access } from '../../../engine/memory/event.js';
import type { VmaKind } from '../../../engine/memory/vma.js';
import { deviceRig, page, type DeviceRig } from '../../memory/rig.js';

const AT = 2048;
const BLOCK = 512;

function rig(parameters: DriverParameters, kind: VmaKind = 'managed', devicePages = 4096): DeviceRig {
  const made = deviceRig({ driver: 'uvm', parameters, devicePages, systemFrames: 8192, onPhase: null });
  made.mm.mmap({ start: page(AT), pageCount: BLOCK, protection: 3, kind, fixed: true });
  return made;
}

const onDevice = ({ mm }: DeviceRig): number => mm.residency(page(AT), BLOCK)[1] ?? 0;
const fault = ({ driver, device }: DeviceRig, at: number): unknown =>
  driver.deviceFault(device, page(AT + at), Access.write);

function batch({ driver, device }: DeviceRig, faults: readonly (readonly [number, Access])[]): FaultEntries {
  const charged: number[] = [];
  const entries = new FaultEntries(faults.length, (index) => charged.push(index));
  for (const [at, access] of faults) entries.add(page(AT + at), access);
  driver.serviceFaults?.(device, entries);
  expect(charged.every((index) => index >= 0 && index < faults.length)).toBe(true);
  return entries;
}

describe('module parameters', () => {
  it('prefetch_enable 0: only what faults moves', () => {
    const made = rig({ uvm_perf_prefetch_enable: 0 });
    fault(made, 3);
    expect(onDevice(made)).toBe(1);
  });

  it.each([
    [1, 512],
    [51, 16],
    [100, 1],
  ])('prefetch_threshold %i: a fault brings %i pages', (threshold, count) => {
    const made = rig({ uvm_perf_prefetch_threshold: threshold });
    fault(made, 3);
    expect(onDevice(made)).toBe(count);
  });

  it('prefetch_min_faults 3: pages come along with the third fault for the same processor', () => {
    const made = rig({ uvm_perf_prefetch_min_faults: 3 });
    const counts: number[] = [];
    for (const at of [0, 16, 32]) {
      fault(made, at);
      counts.push(onDevice(made));
    }
    expect(counts).toEqual([1, 2, 18]);
  });

  it('force_sysmem: nothing moves, the device maps system memory', () => {
    const made = rig({ uvm_fault_force_sysmem: 1 });
    expect([fault(made, 3), onDevice(made), made.mm.nodeOf(page(AT + 3))]).toEqual([{ ok: true }, 0, 0]);
    expect(made.sink.of('remoteMap')).toHaveLength(1);
  });

  it('oversubscription 0: what does not fit is mapped, nothing is evicted', () => {
    const made = rig({ uvm_global_oversubscription: 0 }, 'managed', 32);
    for (let at = 0; at < 64; at += 16) expect(fault(made, at)).toEqual({ ok: true });
    expect([onDevice(made), made.sink.of('evict')]).toEqual([32, []]);
  });

  it('disable_hmm: a device does not reach memory that the driver did not allocate', () => {
    expect(fault(rig({ uvm_disable_hmm: 1 }, 'anonymous'), 0)).toMatchObject({ ok: false, reason: 'host-only' });
    expect(fault(rig({ uvm_disable_hmm: 1 }), 0)).toEqual({ ok: true });
  });

  it('fault_batch_count and fault_replay_policy are the buffer’s', () => {
    const policy = createDriver('uvm', { uvm_perf_fault_batch_count: 64, uvm_perf_fault_replay_policy: 3 }).faultBuffer;
    expect(policy).toEqual({ batchEntries: 64, replay: 'once' });
    expect(createDriver('uvm').faultBuffer).toEqual({ batchEntries: 256, replay: 'flush' });
  });

  it('fault_coalesce: entries for the same page cost once', () => {
    const cost = (coalesce: number): number => {
      const made = rig({ uvm_perf_fault_coalesce: coalesce });
      batch(
        made,
        Array.from({ length: 100 }, () => [0, Access.read] as const),
      );
      return made.sink.of('faultBatch')[0]?.durationNs ?? 0;
    };
    expect(cost(0) - cost(1)).toBe(99_000);
  });
});

describe('a batch', () => {
  it('resolves every entry of a page with the one that asks for most', () => {
    const made = rig({});
    const entries = batch(made, [
      [0, Access.read],
      [0, Access.write],
      [0, Access.atomic],
    ]);
    expect([0, 1, 2].map((index) => entries.outcomeAt(index))).toEqual([1, 1, 1]);
    expect(made.sink.of('faultBatch')).toMatchObject([{ pageCount: 1, extra: 3 }]);
  });

  it('leaves what a later block of it pushed out to be faulted on again, and maps nothing of it', () => {
    const made = deviceRig({ driver: 'uvm', devicePages: 2 * BLOCK, systemFrames: 8192, onPhase: null });
    made.mm.mmap({ start: page(AT), pageCount: 3 * BLOCK, protection: 3, kind: 'managed', fixed: true });
    const entries = batch(
      made,
      [0, 1, 2].map((block) => [block * BLOCK, Access.write] as const),
    );
    expect([0, 1, 2].map((index) => entries.outcomeAt(index))).toEqual([
      FaultOutcome.pending,
      FaultOutcome.resolved,
      FaultOutcome.resolved,
    ]);
    expect([made.mm.nodeOf(page(AT)), made.sink.of('remoteMap')]).toEqual([0, []]);
  });

  it('says which entry ends the program, and services the others', () => {
    const made = rig({});
    made.mm.mprotect(page(AT + 20), 1, 1);
    const entries = batch(made, [
      [20, Access.write],
      [20, Access.read],
      [0, Access.write],
    ]);
    expect(entries.failure).toMatchObject({ index: 0, why: { reason: 'protection' } });
    expect([0, 1, 2].map((index) => entries.outcomeAt(index))).toEqual([
      FaultOutcome.fatal,
      FaultOutcome.resolved,
      FaultOutcome.resolved,
    ]);
  });

  it('holds back who is not to touch a page that thrashes, until it is its turn', () => {
    const made = rig({ uvm_perf_thrashing_threshold: 1, uvm_perf_prefetch_enable: 0 });
    const { mm, device } = made;
    const outcomes: number[] = [];
    for (let turn = 0; turn < 4; turn++) {
      if (!mm.pageTable.allows(page(AT), true)) mm.handleCpuFault(page(AT), Access.write);
      if (!device.mirror.allows(page(AT), true)) outcomes.push(batch(made, [[0, Access.write]]).outcomeAt(0));
    }
    expect(made.sink.of('thrash').length).toBeGreaterThan(0);
    expect(outcomes).toContain(FaultOutcome.throttled);
    expect(made.sink.of('throttle').map(({ agent }) => agent)).toContain(1);
    // Alone, whoever was held back gets the page in the end.
    expect(made.driver.deviceFault(device, page(AT), Access.write)).toEqual({ ok: true });
    expect(mm.nodeOf(page(AT))).toBe(1);
  });
});
