/** Retry faults of devices and faults of the CPU under the driver svm: each test is a rule of svm_range_restore_pages or svm_migrate_to_ram. */

import { describe, expect, it } from 'vitest';
import { FaultEntries, FaultOutcome } from '../../../engine/drivers/fault-batch.js';
import { Access } from '../../../engine/memory/event.js';
import { page, forked } from '../../memory/rig.js';
import { svmRig, type SvmRig } from './svm-rig.js';

const AT = 1024;

function fault(rig: SvmRig, at: number, access: Access = Access.write, device = rig.gpu0): string {
  const result = rig.driver.deviceFault(device, page(at), access);
  return result.ok ? 'ok' : result.reason;
}

describe('a fault where nobody registered anything', () => {
  it.each<[string, number, number, number, [number, number]]>([
    ['the slice of 2 MiB that is aligned', 512, 2048, AT + 5, [AT, 512]],
    ['the area, where it is smaller', AT + 3, 40, AT + 5, [AT + 3, 40]],
    ['what the area has of the slice', AT + 500, 100, AT + 505, [AT + 500, 12]],
  ])('moves %s', (_what, start, pages, at, [first, count]) => {
    const rig = svmRig();
    rig.map(start, pages);
    expect(fault(rig, at)).toBe('ok');
    expect([rig.where(start, pages)[1], rig.where(first, count)[1]]).toEqual([count, count]);
    expect(rig.story(1)).toEqual([`deviceFault ${at}+1`]);
  });

  it('moves the gap that other ranges leave', () => {
    const rig = svmRig();
    rig.map(AT, 512);
    rig.driver.setAttributes(page(AT), 100, [{ type: 'preferredLocation', value: 'cpu' }]);
    rig.driver.setAttributes(page(AT + 200), 10, [{ type: 'preferredLocation', value: 'cpu' }]);
    expect(fault(rig, AT + 150)).toBe('ok');
    expect([rig.where(AT, 512)[1], rig.where(AT + 100, 100)[1]]).toEqual([100, 100]);
  });

  it.each([0, 4, 10])('has the granularity of the parameter: 2^%i pages', (granularity) => {
    const rig = svmRig({ parameters: { svm_default_granularity: granularity } });
    rig.map(AT, 2048);
    expect(fault(rig, AT + 5)).toBe('ok');
    expect(rig.where(AT, 2048)[1]).toBe(2 ** granularity);
  });

  it.each(['heap', 'stack'] as const)('leaves the initial %s in system memory', (kind) => {
    const rig = svmRig();
    rig.map(AT, 512, kind);
    expect(fault(rig, AT + 5)).toBe('ok');
    expect([rig.where(AT, 512), rig.gpu0.mirror.allows(page(AT + 7), true)]).toEqual([[512, 0, 0], true]);
    expect(rig.story(1)).toEqual([`deviceFault ${AT + 5}+1`, `remoteMap ${AT}+512 fault`]);
  });

  it('moves anonymous memory like any other', () => {
    const rig = svmRig();
    rig.map(AT, 16, 'anonymous');
    rig.mm.populate(page(AT), 8, Access.write);
    const from = rig.sink.events.length;
    expect(fault(rig, AT + 2)).toBe('ok');
    expect(rig.where(AT, 16)).toEqual([0, 16, 0]);
    expect(rig.story(from)).toEqual([`deviceFault ${AT + 2}+1`, `migrate ${AT}+8 fault`]);
  });
});

describe('a fault that cannot be served', () => {
  it.each<[string, (rig: SvmRig) => void, Access, string]>([
    ['-EFAULT: nothing is mapped', () => undefined, Access.read, 'unmapped'],
    ['-EPERM: a write to a read-only area', (rig) => rig.map(AT, 8, 'managed', 1), Access.write, 'protection'],
    ['-EPERM: an area without access', (rig) => rig.map(AT, 8, 'managed', 0), Access.read, 'protection'],
    [
      '-EACCES: the device has no access',
      (rig) => {
        rig.map(AT, 8);
        rig.driver.setAttributes(page(AT), 8, [{ type: 'noAccess', value: rig.gpu0 }]);
      },
      Access.read,
      'host-only',
    ],
  ])('%s', (_what, prepare, access, reason) => {
    const rig = svmRig();
    prepare(rig);
    expect(fault(rig, AT, access)).toBe(reason);
    expect(rig.where(AT, 8)).toEqual([0, 0, 0]);
  });
});

describe('where a slice cannot go to the device', () => {
  it('is in system memory, mapped remotely: the device has no room for the range', () => {
    const rig = svmRig({ devicePages: 100 });
    rig.map(AT, 512);
    expect(fault(rig, AT)).toBe('ok');
    expect(rig.where(AT, 512)).toEqual([512, 0, 0]);
    expect(rig.story(1)).toEqual([`deviceFault ${AT}+1`, `remoteMap ${AT}+512 fault`]);
  });

  it('leaves a pinned page, and moves the others', () => {
    const rig = svmRig();
    rig.map(AT, 16);
    expect(rig.mm.pinUserPage(page(AT + 3), true)).toBeGreaterThan(0);
    expect(fault(rig, AT)).toBe('ok');
    expect([rig.where(AT, 16), rig.gpu0.mirror.allows(page(AT + 3), true)]).toEqual([[1, 15, 0], true]);
  });

  it('comes back from another device first, the whole range of it', () => {
    const rig = svmRig();
    rig.map(AT, 16);
    fault(rig, AT, Access.write, rig.gpu0);
    const from = rig.sink.events.length;
    expect(fault(rig, AT + 3, Access.read, rig.gpu1)).toBe('ok');
    expect(rig.where(AT, 16)).toEqual([0, 0, 16]);
    const moves = rig.sink.events.slice(from).filter(({ extra }) => extra === 16 * 4096);
    expect(moves.map(({ source, target }) => [source, target])).toEqual([
      [1, 0],
      [0, 2],
    ]);
  });

  it('maps the page alone when memory is too short for the slice', () => {
    const rig = svmRig({ devicePages: 4, systemFrames: 4 });
    rig.map(AT, 16);
    expect([fault(rig, AT), fault(rig, AT + 1)]).toEqual(['ok', 'ok']);
    expect(fault(rig, AT + 15)).toBe('out-of-memory');
    expect(rig.mm.physical.system.freeFrames).toBe(0);
  });
});

describe('a fault of the CPU', () => {
  it('brings the granularity slice back, and no more of the range', () => {
    const rig = svmRig();
    rig.map(AT, 400);
    rig.driver.setAttributes(page(AT), 400, [
      { type: 'granularity', value: 4 },
      { type: 'prefetchLocation', value: rig.gpu0 },
    ]);
    const from = rig.sink.events.length;
    expect(rig.mm.handleCpuFault(page(AT + 37), Access.write)).toEqual({ ok: true });
    expect([rig.where(AT, 400), rig.where(AT + 32, 16)]).toEqual([
      [16, 384, 0],
      [16, 0, 0],
    ]);
    expect(rig.story(from)).toEqual([
      `cpuFault ${AT + 37}+1`,
      `invalidate ${AT + 32}+16 fault`,
      `migrate ${AT + 32}+16 fault`,
    ]);
  });

  it('brings the page itself first where system memory is short', () => {
    const rig = svmRig({ systemFrames: 600, parameters: { svm_default_granularity: 10 } });
    rig.map(AT, 1024);
    fault(rig, AT);
    expect(rig.mm.handleCpuFault(page(AT + 900), Access.read)).toEqual({ ok: true });
    expect([rig.mm.physical.system.freeFrames, rig.where(AT + 512, 512)]).toEqual([0, [512, 0, 0]]);
  });

  it('gives the buffer back with the last page', () => {
    const rig = svmRig({ parameters: { svm_default_granularity: 3 } });
    rig.map(AT, 16);
    rig.driver.prefetch(rig.gpu0, page(AT), 16);
    rig.mm.populate(page(AT), 16);
    expect([rig.where(AT, 16), rig.gpu0.memory.frames.usedFrames]).toEqual([[16, 0, 0], 0]);
  });

  it('of a child brings the slice back for both', () => {
    const rig = svmRig();
    rig.map(AT, 8);
    fault(rig, AT);
    const child = forked(rig);
    expect(child.handleCpuFault(page(AT + 2), Access.read)).toEqual({ ok: true });
    expect([rig.where(AT, 8)[0], child.residency(page(AT), 8)[0]]).toEqual([8, 8]);
    child.exit();
  });

  it('of a child whose parent has unmapped the range brings the page back', () => {
    const rig = svmRig();
    rig.map(AT, 8);
    fault(rig, AT);
    const child = forked(rig);
    rig.mm.munmap(page(AT), 8);
    expect(child.handleCpuFault(page(AT + 2), Access.read)).toEqual({ ok: true });
    expect([child.residency(page(AT), 8)[0], child.residency(page(AT), 8)[1]]).toEqual([1, 7]);
    child.exit();
  });
});

function batchOf(entries: readonly (readonly [number, Access])[]): FaultEntries {
  const batch = new FaultEntries(32);
  for (const [at, access] of entries) batch.add(page(at), access);
  return batch;
}

describe('the ring of retry faults', () => {
  const { write, read } = Access;
  const outcomes = (batch: FaultEntries): FaultOutcome[] =>
    Array.from({ length: batch.count }, (_, index) => batch.outcomeAt(index));

  it('is taken 32 entries at a time, and waves go on meanwhile', () => {
    expect(svmRig().driver.faultBuffer).toEqual({ batchEntries: 32, replay: 'always' });
  });

  it('serves a slice once, whoever asks for it, and says so in one event before it', () => {
    const rig = svmRig();
    rig.map(AT, 1024);
    const batch = batchOf([
      [AT, write],
      [AT, read],
      [AT + 7, write],
      [AT + 600, read],
    ]);
    rig.driver.serviceFaults(rig.gpu0, batch);
    const { pending, resolved } = FaultOutcome;
    expect(outcomes(batch)).toEqual([resolved, resolved, resolved, pending]);
    expect(rig.where(AT, 1024)).toEqual([0, 512, 0]);
    expect(rig.story(1)).toEqual([`faultBatch ${AT}+8`]);
    expect(rig.sink.of('faultBatch')[0]?.extra).toBe(4);
  });

  it('is served one slice at a time: who waits for the first goes on before the next', () => {
    const rig = svmRig();
    rig.map(AT, 1024);
    const both = batchOf([
      [AT, write],
      [AT + 600, read],
    ]);
    rig.driver.serviceFaults(rig.gpu0, both);
    expect(outcomes(both)).toEqual([FaultOutcome.resolved, FaultOutcome.pending]);
    rig.driver.serviceFaults(rig.gpu0, both);
    expect(outcomes(both)).toEqual([FaultOutcome.resolved, FaultOutcome.resolved]);
  });

  it('charges each entry before it is served, and fails it alone', () => {
    const rig = svmRig();
    rig.map(AT, 4);
    const charged: number[] = [];
    const batch = new FaultEntries(32, (index) => charged.push(index));
    batch.add(page(AT), write);
    batch.add(page(5), read);
    rig.driver.serviceFaults(rig.gpu0, batch);
    expect([outcomes(batch), charged]).toEqual([
      [FaultOutcome.resolved, FaultOutcome.fatal],
      [0, 1],
    ]);
    expect(batch.failure).toMatchObject({ index: 1, why: { reason: 'null' } });
  });

  it('drops faults on a range restored less than 2 ms ago, which are served when it is over', () => {
    const rig = svmRig();
    rig.map(AT, 1024);
    expect(rig.driver.allocated(page(AT), 1024, 'managed')).toBe(0);
    rig.driver.setAttributes(page(AT), 1024, [{ type: 'granularity', value: 4 }]);
    rig.map(4096, 4);
    rig.driver.serviceFaults(rig.gpu0, batchOf([[AT, write]]));
    const restoredNs = rig.clock.nowNs;
    const both = batchOf([
      [AT + 100, write],
      [4096, write],
    ]);
    rig.driver.serviceFaults(rig.gpu0, both);
    expect(outcomes(both)).toEqual([FaultOutcome.pending, FaultOutcome.resolved]);
    expect(rig.clock.nowNs - restoredNs).toBeLessThan(2_000_000);
    const alone = batchOf([[AT + 100, write]]);
    rig.driver.serviceFaults(rig.gpu0, alone);
    expect(outcomes(alone)).toEqual([FaultOutcome.resolved]);
    expect(rig.clock.nowNs - restoredNs).toBeGreaterThanOrEqual(2_000_000);
  });

  it('drops a fault that may be older than the munmap of its page, once', () => {
    const rig = svmRig();
    rig.map(AT, 16);
    fault(rig, AT);
    rig.mm.munmap(page(AT), 16);
    const stale = batchOf([[AT + 1, write]]);
    rig.driver.serviceFaults(rig.gpu0, stale);
    expect(outcomes(stale)).toEqual([FaultOutcome.pending]);
    rig.driver.serviceFaults(rig.gpu0, stale);
    expect(outcomes(stale)).toEqual([FaultOutcome.fatal]);
  });
});
