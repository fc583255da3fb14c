/** Section 1.5: which event who raises, of what range, and the protocol of interval notifiers. */

import { afterEach, describe, expect } from 'vitest';
import { makeDeviceExclusive, putDeviceExclusive } from '../../engine/hmm/exclusive.js';
import { migrateVmaFinalize, migrateVmaSetup } from '../../engine/hmm/migrate.js';
import { MigrateSelect } from '../../engine/hmm/migrate-vma.js';
import { MirrorTable } from '../../engine/hmm/mirror-table.js';
import { Access } from '../../engine/memory/event.js';
import { Advice } from '../../engine/memory/madvise.js';
import { MmuNotifiers, MmuNotifyEvent, type MmuNotifierRange } from '../../engine/memory/mmu-notifier.js';
import { HUGE_PAGES, PAGE_COUNT, type FrameNumber } from '../../engine/memory/units.js';
import { VmaFlag } from '../../engine/memory/vma.js';
import { page } from '../memory/rig.js';
import { conformanceCase, conformanceGap } from './case.js';
import { AT, World } from './world.js';

let world = new World();
const fresh = (options?: ConstructorParameters<typeof World>[0]): World => (world = new World(options));
afterEach(() => {
  world.end();
  world = new World();
});

interface Raiser {
  readonly row: string;
  readonly set: (w: World) => unknown;
  readonly act: (w: World) => unknown;
  readonly heard: readonly string[];
}

const raisers: readonly Raiser[] = [
  {
    row: 'UNMAP · munmap, for each VMA',
    set: (w) =>
      w
        .map(2)
        .map(2, { at: AT + 2, protection: 1 })
        .write(2),
    act: (w) => w.mm.munmap(page(AT), 3),
    heard: ['UNMAP 0+2', 'UNMAP 2+1'],
  },
  {
    row: 'UNMAP · mremap of the old range: when its entries move, and when it goes',
    set: (w) => w.map(2).write(2),
    act: (w) => w.mm.mremap(page(AT), 2, 2, 3, page(AT + 64)),
    heard: ['UNMAP 0+2', 'UNMAP 0+2'],
  },
  {
    row: 'CLEAR · MADV_DONTNEED',
    set: (w) => w.map(4).write(4),
    act: (w) => w.mm.madvise(page(AT + 1), 2, Advice.DONTNEED),
    heard: ['CLEAR 1+2'],
  },
  {
    row: 'CLEAR · MADV_FREE',
    set: (w) => w.map(4).write(4),
    act: (w) => w.mm.madvise(page(AT + 1), 2, Advice.FREE),
    heard: ['CLEAR 1+2'],
  },
  {
    row: 'CLEAR · try_to_unmap (reclaim)',
    set: (w) => w.map(2).write(2),
    act: (w) => w.mm.madvise(page(AT), 1, Advice.PAGEOUT),
    heard: ['CLEAR 0+1'],
  },
  {
    row: 'CLEAR · COW page copy',
    set: (w) => w.map(1).write(1).fork(),
    act: (w) => w.write(1),
    heard: ['CLEAR 0+1'],
  },
  {
    row: 'CLEAR · THP split',
    set: (w) => w.map(HUGE_PAGES, { flags: VmaFlag.HUGEPAGE }).write(),
    act: (w) => w.mm.mprotect(page(AT + 4), 1, 3),
    heard: [`CLEAR 0+${HUGE_PAGES}`],
  },
  {
    row: 'CLEAR · collapse (khugepaged, MADV_COLLAPSE)',
    set: (w) => w.map(HUGE_PAGES).write(HUGE_PAGES),
    act: (w) => w.mm.madvise(page(AT), HUGE_PAGES, Advice.COLLAPSE),
    heard: [`CLEAR 0+${HUGE_PAGES}`],
  },
  {
    row: 'PROTECTION_VMA · mprotect, from the first page that there is',
    set: (w) => w.map(8).write(1, AT + 3),
    act: (w) => w.mm.mprotect(page(AT), 6, 1),
    heard: ['PROTECTION_VMA 3+3'],
  },
  {
    row: 'PROTECTION_VMA · not raised when nothing is populated',
    set: (w) => w.map(8),
    act: (w) => w.mm.mprotect(page(AT), 6, 1),
    heard: [],
  },
  {
    row: 'PROTECTION_PAGE · fork of a COW mapping: the parent’s whole VMA',
    set: (w) => w.map(8).write(1, AT + 3),
    act: (w) => w.fork(),
    heard: ['PROTECTION_PAGE 0+8'],
  },
  {
    row: 'MIGRATE · collect, with the owner, whatever is collected',
    set: (w) => w.map(8),
    act: (w) => {
      const args = w.args(3, MigrateSelect.SYSTEM);
      migrateVmaSetup(w.mm, args);
      migrateVmaFinalize(w.mm, args);
    },
    heard: ['MIGRATE 0+3 own'],
  },
  {
    row: 'MIGRATE · insertion of a device page in a hole',
    set: (w) => w.map(2),
    act: (w) => w.toDevice(2),
    heard: ['MIGRATE 0+2 own', 'MIGRATE 0+2 own'],
  },
  {
    row: 'EXCLUSIVE · make_device_exclusive, owner = the caller',
    set: (w) => w.map().write(),
    act: (w) => {
      putDeviceExclusive(w.mm.physical, makeDeviceExclusive(w.mm, page(AT), w.own.owner) as FrameNumber);
    },
    heard: ['EXCLUSIVE 0+1 own'],
  },
  {
    row: 'EXCLUSIVE · revoked by a CPU fault, owner NULL',
    set: (w) => {
      w.map();
      putDeviceExclusive(w.mm.physical, makeDeviceExclusive(w.mm, page(AT), w.own.owner) as FrameNumber);
    },
    act: (w) => w.read(),
    heard: ['EXCLUSIVE 0+1'],
  },
];

describe('who raises which event', () => {
  for (const { row, set, act, heard } of raisers) {
    conformanceCase('1.5', row, () => {
      const w = fresh();
      set(w);
      const told = w.hear();
      act(w);
      expect(told).toEqual(heard);
    });
  }

  conformanceCase('1.5', 'RELEASE · the address space goes away', () => {
    const w = fresh().map(2).write();
    const child = w.fork();
    const told = w.hear(child);
    child.exit();
    expect(told[0]).toBe(`RELEASE ${-AT}+${PAGE_COUNT}`);
  });

  conformanceGap('1.5', 'SOFT_DIRTY', 'clear_refs does not exist: nothing reads soft-dirty bits');
  conformanceGap('1.5', 'CLEAR · KSM, uprobes', 'neither exists');
});

describe('rules', () => {
  const range = (more: Partial<MmuNotifierRange> = {}): MmuNotifierRange => ({
    event: MmuNotifyEvent.CLEAR,
    start: page(AT),
    count: 1,
    owner: undefined,
    blockable: true,
    ...more,
  });

  conformanceCase('1.5', 'entries are gone by the time that the callback returns', () => {
    const w = fresh().map(3).write(3);
    for (let at = 0; at < 3; at++) w.mirror.set(page(AT + at), w.frame(AT + at), 0);
    w.mm.madvise(page(AT + 1), 1, Advice.DONTNEED);
    expect([0, 1, 2].map((at) => w.mirror.flags(page(AT + at)))).toEqual([1, 0, 1]);
  });

  for (const event of ['MIGRATE', 'EXCLUSIVE'] as const) {
    conformanceCase('1.5', `owner filter · ${event}: mine is ignored, another’s is not`, () => {
      const w = fresh();
      for (const [owner, left] of [
        [w.own.owner, 1],
        [w.other.owner, 0],
      ] as const) {
        w.mirror.set(page(AT), 1 as FrameNumber, 0);
        w.mm.notifiers.start(range({ event: MmuNotifyEvent[event], owner }));
        w.mm.notifiers.end();
        expect(w.mirror.mappedPages).toBe(left);
      }
    });
  }

  conformanceCase('1.5', 'not blockable · a subscriber that would wait answers false and keeps its entries', () => {
    const w = fresh();
    const mirror = new MirrorTable(w.mm, { owner: w.other.owner, wouldBlock: () => true });
    mirror.set(page(AT), 1 as FrameNumber, 0);
    expect(w.mm.notifiers.start(range({ blockable: false }))).toBe(false);
    w.mm.notifiers.end();
    expect(mirror.mappedPages).toBe(1);
    expect(w.mm.notifiers.start(range())).toBe(true);
    w.mm.notifiers.end();
    expect(mirror.mappedPages).toBe(0);
    mirror.close();
  });

  conformanceCase('1.5', 'sequence · odd while an invalidation runs, the same again for who was not told', () => {
    const notifiers = new MmuNotifiers();
    const near = notifiers.insert(page(0), 10, { invalidate: () => true });
    const far = notifiers.insert(page(10), 10, { invalidate: () => true });
    const [before, untouched] = [near.sequence, far.sequence];
    notifiers.start(range({ start: page(4) }));
    expect([near.sequence % 2, far.sequence, notifiers.readBegin(near), notifiers.readBegin(far)]).toEqual([
      1,
      untouched,
      undefined,
      untouched,
    ]);
    notifiers.end();
    expect([notifiers.retry(near, before), notifiers.retry(far, untouched)]).toEqual([true, false]);
    expect(notifiers.retry(near, notifiers.readBegin(near) ?? -1)).toBe(false);
  });

  conformanceCase('1.5', 'subscription during an invalidation · reading begins after it', () => {
    const notifiers = new MmuNotifiers();
    notifiers.start(range());
    const late = notifiers.insert(page(AT), 1, { invalidate: () => true });
    expect(notifiers.readBegin(late)).toBeUndefined();
    notifiers.end();
    expect(notifiers.readBegin(late)).toBeDefined();
  });

  conformanceCase('1.5', 'subscriber that leaves within its callback · the others are told all the same', () => {
    const notifiers = new MmuNotifiers();
    const told: string[] = [];
    const first = notifiers.insert(page(AT), 1, {
      invalidate: () => {
        notifiers.remove(first);
        return told.push('first') > 0;
      },
    });
    notifiers.insert(page(AT), 1, { invalidate: () => told.push('second') > 0 });
    notifiers.start(range());
    notifiers.end();
    notifiers.start(range());
    notifiers.end();
    expect(told).toEqual(['first', 'second', 'second']);
  });

  conformanceCase('1.5', 'two phases · all begin before the first is waited for', () => {
    const notifiers = new MmuNotifiers();
    const told: string[] = [];
    const never = (): boolean => {
      throw new Error('the first phase stands in for it');
    };
    for (const name of ['a', 'b']) {
      notifiers.insert(page(AT), 1, {
        invalidate: never,
        invalidateStart: () => {
          told.push(`${name} begins`);
          return () => told.push(`${name} ends`);
        },
      });
    }
    notifiers.insert(page(AT), 1, { invalidate: () => told.push('c') > 0 });
    expect(notifiers.start(range())).toBe(true);
    notifiers.end();
    expect(told).toEqual(['a begins', 'b begins', 'c', 'a ends', 'b ends']);
  });

  conformanceCase('1.5', 'two phases, not blockable · one that would wait answers false', () => {
    const notifiers = new MmuNotifiers();
    notifiers.insert(page(AT), 1, { invalidate: () => true, invalidateStart: ({ blockable }) => blockable });
    expect(notifiers.start(range({ blockable: false }))).toBe(false);
    notifiers.end();
    expect(notifiers.start(range())).toBe(true);
    notifiers.end();
  });

  conformanceCase('1.5', 'guarantee · a mirror has what the CPU’s table has, or nothing', () => {
    const w = fresh().map(4).write(4);
    const agree = (): void => {
      for (let at = AT; at < AT + 4; at++)
        if (w.mirror.flags(page(at)) !== 0) expect(w.mirror.frame(page(at))).toBe(w.frame(at));
    };
    const program = (): void => {
      w.mirror.program(w.walk(0, 4).range);
      agree();
    };
    const acts: (() => unknown)[] = [
      () => w.mm.mprotect(page(AT), 2, 1),
      () => w.fork(),
      () => w.mm.handleCpuFault(page(AT + 2), Access.write),
      () => w.mm.madvise(page(AT + 3), 1, Advice.DONTNEED),
      () => w.toDevice(2, w.other),
      () => w.mm.munmap(page(AT), 1),
    ];
    for (const act of acts) {
      program();
      act();
      agree();
    }
  });
});
