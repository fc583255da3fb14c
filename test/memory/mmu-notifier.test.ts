import { describe, expect, it } from 'vitest';
import { MmuNotifiers, MmuNotifyEvent, type MmuNotifierRange } from '../../engine/memory/mmu-notifier.js';
import { Access } from '../../engine/memory/event.js';
import { Protection } from '../../engine/memory/vma.js';
import { memoryRig, page } from './rig.js';

const range = (start: number, count: number): MmuNotifierRange => ({
  event: MmuNotifyEvent.UNMAP,
  start: page(start),
  count,
  owner: undefined,
  blockable: true,
});

describe('interval notifiers', () => {
  it('make whoever read before an invalidation try again', () => {
    const notifiers = new MmuNotifiers();
    const notifier = notifiers.insert(page(100), 10, { invalidate: () => true });
    const sequence = notifiers.readBegin(notifier);
    expect(sequence).toBeDefined();
    expect(notifiers.retry(notifier, sequence ?? 0)).toBe(false);
    notifiers.start(range(105, 1));
    expect(notifiers.readBegin(notifier)).toBeUndefined();
    notifiers.end();
    expect(notifiers.retry(notifier, sequence ?? 0)).toBe(true);
    const next = notifiers.readBegin(notifier);
    expect(notifiers.retry(notifier, next ?? 0)).toBe(false);
  });

  it('leave alone whose range is not touched', () => {
    const notifiers = new MmuNotifiers();
    const notifier = notifiers.insert(page(100), 10, {
      invalidate: () => {
        throw new Error('not asked for');
      },
    });
    const sequence = notifiers.readBegin(notifier);
    notifiers.start(range(90, 10));
    notifiers.start(range(110, 10));
    expect(notifiers.readBegin(notifier)).toBe(sequence);
    notifiers.end();
    notifiers.end();
    expect(notifiers.retry(notifier, sequence ?? 0)).toBe(false);
  });

  it('stay odd until the last of several invalidations is over', () => {
    const notifiers = new MmuNotifiers();
    const notifier = notifiers.insert(page(0), 10, { invalidate: () => true });
    notifiers.start(range(0, 1));
    notifiers.start(range(1, 1));
    notifiers.end();
    expect(notifiers.readBegin(notifier)).toBeUndefined();
    notifiers.end();
    expect(notifiers.readBegin(notifier)).toBeDefined();
  });

  it('pass on that a subscriber would have to wait, and forget who leaves', () => {
    const notifiers = new MmuNotifiers();
    const notifier = notifiers.insert(page(0), 10, { invalidate: ({ blockable }) => blockable });
    expect(notifiers.start({ ...range(0, 1), blockable: false })).toBe(false);
    notifiers.end();
    notifiers.remove(notifier);
    expect(notifiers.start({ ...range(0, 1), blockable: false })).toBe(true);
    notifiers.end();
  });
});

describe('who raises which event', () => {
  it('mprotect from the first page that there is, munmap per area, exit once for all', () => {
    const { mm } = memoryRig();
    const heard: [number, number, number][] = [];
    mm.notifiers.insert(page(0), 1 << 20, {
      invalidate: ({ event, start, count }) => heard.push([event, start, count]) > 0,
    });
    mm.mmap({ start: page(100), pageCount: 10, protection: Protection.readWrite, kind: 'anonymous', fixed: true });
    mm.mprotect(page(100), 10, Protection.read);
    expect(heard).toEqual([]);
    mm.handleCpuFault(page(104), Access.read);
    mm.mprotect(page(100), 8, Protection.readWrite);
    expect(heard.splice(0)).toEqual([[MmuNotifyEvent.PROTECTION_VMA, 104, 4]]);
    mm.munmap(page(100), 9);
    expect(heard.splice(0)).toEqual([
      [MmuNotifyEvent.UNMAP, 100, 8],
      [MmuNotifyEvent.UNMAP, 108, 1],
    ]);
    mm.exit();
    expect(heard[0]).toEqual([MmuNotifyEvent.RELEASE, 0, 1 << 20]);
  });
});
