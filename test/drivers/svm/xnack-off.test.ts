/** Without xnack devices cannot fault: svm_range_evict stops queues, svm_range_restore_work maps again after a millisecond. */

import { describe, expect, it } from 'vitest';
import { SvmFlag } from '../../../engine/drivers/svm/range.js';
import { Errno } from '../../../engine/memory/errno.js';
import { Access } from '../../../engine/memory/event.js';
import { page } from '../../memory/rig.js';
import { svmRig, type SvmRig, type SvmRigOptions } from './svm-rig.js';

const AT = 1024;

function managed(pages = 16, options: SvmRigOptions = {}): SvmRig {
  const rig = svmRig({ ...options, parameters: { xnack: 0, ...options.parameters } });
  rig.map(AT, pages);
  expect(rig.driver.allocated(page(AT), pages, 'managed')).toBe(0);
  return rig;
}

function access(rig: SvmRig, at: number, device = rig.gpu0): string {
  const result = rig.driver.deviceFault(device, page(at), Access.write);
  return result.ok ? 'ok' : result.reason;
}

describe('managed memory', () => {
  it('is in system memory and mapped on every device from its allocation on', () => {
    const rig = managed();
    expect(rig.where(AT, 16)).toEqual([16, 0, 0]);
    for (const { mirror } of [rig.gpu0, rig.gpu1]) expect(mirror.mappedPages).toBe(16);
    expect(rig.story(1)).toEqual([`remoteMap ${AT}+16 api`, `remoteMap ${AT}+16 api`]);
  });

  it('that the program is loaded with is registered when a device first needs it, without a fault', () => {
    const rig = svmRig({ parameters: { xnack: 0 } });
    rig.map(AT, 16);
    expect(access(rig, AT + 3)).toBe('ok');
    expect([rig.gpu1.mirror.mappedPages, rig.sink.of('deviceFault')]).toEqual([16, []]);
  });

  it.each([
    [1, 0],
    [0, Errno.ENOMEM],
  ])('may exceed half of a small system memory with no_system_mem_limit %i', (unlimited, expected) => {
    const rig = svmRig({ systemFrames: 64, parameters: { xnack: 0, no_system_mem_limit: unlimited } });
    rig.map(AT, 40);
    expect(rig.driver.allocated(page(AT), 40, 'managed')).toBe(expected);
  });

  it('goes to a device on request only if no other uses it', () => {
    const rig = managed();
    rig.driver.prefetch(rig.gpu0, page(AT), 16);
    expect(rig.where(AT, 16)).toEqual([16, 0, 0]);
    rig.driver.setAttributes(page(AT), 16, [{ type: 'noAccess', value: rig.gpu1 }]);
    expect(rig.where(AT, 16)).toEqual([0, 16, 0]);
    expect([access(rig, AT), access(rig, AT, rig.gpu1)]).toEqual(['ok', 'host-only']);
  });
});

describe('a device’s access to what nobody registered', () => {
  it.each(['anonymous', 'heap', 'stack', 'image'] as const)('ends the program: %s', (kind) => {
    const rig = managed();
    rig.map(AT + 100, 8, kind);
    expect(access(rig, AT + 100)).toBe('host-only');
    expect(rig.sink.of('deviceFault')).toEqual([]);
  });

  it('is possible after an explicit registration', () => {
    const rig = managed();
    rig.map(AT + 100, 8, 'heap');
    rig.driver.setAttributes(page(AT + 100), 8, [{ type: 'access', value: rig.gpu0 }]);
    expect(rig.gpu0.mirror.allows(page(AT + 107), true)).toBe(true);
  });
});

describe('a change on the CPU’s side', () => {
  it('stops the queues once; they start a millisecond later, with everything mapped', () => {
    const rig = managed(32);
    rig.mm.mprotect(page(AT), 8, 1);
    const stoppedNs = rig.clock.nowNs;
    rig.mm.mprotect(page(AT + 16), 8, 1);
    const changedNs = rig.clock.nowNs;
    expect(rig.sink.of('queueEvict').map(({ agent }) => agent)).toEqual([1, 2]);
    const from = rig.sink.events.length;
    expect(access(rig, AT)).toBe('protection');
    expect(rig.driver.deviceFault(rig.gpu0, page(AT), Access.read)).toEqual({ ok: true });
    expect(rig.gpu1.mirror.mappedPages).toBe(32);
    expect(rig.story(from)).toEqual([
      `queueRestore ${AT}+32`,
      `queueRestore ${AT}+32`,
      `remoteMap ${AT}+8 fault`,
      `remoteMap ${AT + 16}+8 fault`,
      `remoteMap ${AT}+8 fault`,
      `remoteMap ${AT + 16}+8 fault`,
    ]);
    expect(rig.sink.of('queueRestore').map(({ durationNs }) => durationNs)).toEqual([
      stoppedNs + 1_000_000 - changedNs,
      0,
    ]);
  });

  it('does nothing to queues where nothing is mapped', () => {
    const rig = managed();
    rig.map(AT + 100, 8, 'heap');
    rig.driver.setAttributes(page(AT + 100), 4, [{ type: 'preferredLocation', value: 'cpu' }]);
    rig.mm.populate(page(AT + 100), 8, Access.write);
    rig.mm.mprotect(page(AT + 100), 8, 1);
    expect(rig.sink.of('queueEvict')).toEqual([]);
  });

  it('is no stop when the range is unmapped: it just goes', () => {
    const rig = managed();
    rig.mm.munmap(page(AT), 8);
    expect([rig.sink.of('queueEvict'), access(rig, AT)]).toEqual([[], 'unmapped']);
    expect(access(rig, AT + 8)).toBe('ok');
  });

  it('is one too when the driver migrates what is mapped', () => {
    const rig = managed();
    rig.driver.setAttributes(page(AT), 16, [{ type: 'noAccess', value: rig.gpu1 }]);
    const from = rig.sink.events.length;
    rig.driver.prefetch(rig.gpu0, page(AT), 16);
    expect(rig.story(from)).toContain(`queueEvict ${AT}+16 fault`);
    expect(rig.gpu0.mirror.allows(page(AT), false)).toBe(false);
    expect([access(rig, AT), rig.where(AT, 16)]).toEqual(['ok', [0, 16, 0]]);
  });

  it('stops queues with xnack, too, where a range has to stay mapped', () => {
    const rig = svmRig();
    rig.map(AT, 16);
    rig.driver.setAttributes(page(AT), 16, [{ type: 'setFlags', value: SvmFlag.GPU_ALWAYS_MAPPED }]);
    expect(rig.gpu0.mirror.mappedPages).toBe(16);
    rig.mm.mprotect(page(AT), 16, 1);
    expect(rig.sink.of('queueEvict')).toHaveLength(2);
    expect(rig.driver.deviceFault(rig.gpu0, page(AT), Access.read)).toEqual({ ok: true });
    expect([rig.sink.of('queueRestore').length, rig.sink.of('deviceFault')]).toEqual([2, []]);
  });
});

describe('with xnack', () => {
  it('a change on the CPU’s side only unmaps from devices', () => {
    const rig = svmRig();
    rig.map(AT, 16);
    rig.driver.deviceFault(rig.gpu0, page(AT), Access.write);
    const from = rig.sink.events.length;
    rig.mm.mprotect(page(AT), 16, 1);
    expect(rig.story(from)).toEqual([`protect ${AT}+16 user`, `invalidate ${AT}+16 protect`]);
  });
});
