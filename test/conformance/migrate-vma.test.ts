/** Section 1.3: what migrate_vma collects, gives up, refuses and puts where; and migration by frame instead of by address. */

import { afterEach, describe, expect } from 'vitest';
import { makeDeviceExclusive, putDeviceExclusive } from '../../engine/hmm/exclusive.js';
import { migrateVmaCollect } from '../../engine/hmm/migrate-collect.js';
import { migrateDeviceCoherentFolio, migrateDevicePfns, migrateDeviceRange } from '../../engine/hmm/migrate-device.js';
import { migrateVmaFinalize, migrateVmaPages, migrateVmaSetup, migrateVmaUnmap } from '../../engine/hmm/migrate.js';
import {
  allocateInSystem,
  allocateOnDevice,
  migratePfn,
  MigratePfn,
  MigrateSelect,
  type MigrateVma,
} from '../../engine/hmm/migrate-vma.js';
import { Errno } from '../../engine/memory/errno.js';
import { FrameFlag } from '../../engine/memory/frames.js';
import { Advice } from '../../engine/memory/madvise.js';
import { NO_FRAME, HUGE_PAGES, type FrameNumber } from '../../engine/memory/units.js';
import { VmaFlag } from '../../engine/memory/vma.js';
import { page } from '../memory/rig.js';
import { conformanceCase } from './case.js';
import { AT, errnoName, migrationWords, SHARED, skipName, World } from './world.js';

const { SYSTEM, DEVICE_PRIVATE, DEVICE_COHERENT, COMPOUND } = MigrateSelect;

let world = new World();
const fresh = (options?: ConstructorParameters<typeof World>[0]): World => (world = new World(options));
afterEach(() => {
  world.end();
  world = new World();
});

const huge = (w: World): World => w.map(HUGE_PAGES, { flags: VmaFlag.HUGEPAGE });

/** Finishes a migration whose pages have been offered. */
function finish(w: World, args: MigrateVma): void {
  migrateVmaPages(w.mm, args);
  migrateVmaFinalize(w.mm, args);
}

describe('migrate_vma_setup · -EINVAL', () => {
  const refusals: readonly [string, (w: World) => unknown, Partial<MigrateVma>][] = [
    ['no VMA', () => 0, {}],
    ['hugetlb VMA', (w) => w.map(2, { flags: VmaFlag.HUGETLB }), {}],
    ['IO VMA', (w) => w.map(2, { flags: VmaFlag.IO }), {}],
    ['PFNMAP VMA', (w) => w.map(2, { flags: VmaFlag.PFNMAP }), {}],
    ['DONTEXPAND VMA', (w) => w.map(2, { flags: VmaFlag.DONTEXPAND }), {}],
    ['MIXEDMAP VMA', (w) => w.map(2, { flags: VmaFlag.MIXEDMAP }), {}],
    ['DAX VMA', (w) => w.map(2, { kind: 'dax', backing: w.file('dax') }), {}],
    ['device file’s VMA', (w) => w.map(2, { kind: 'special', backing: w.file('special') }), {}],
    ['no pages', (w) => w.map(2), { count: 0 }],
    ['range that begins before the VMA', (w) => w.map(2, { at: AT + 1 }), {}],
    ['range that ends after the VMA', (w) => w.map(1), {}],
    ['range over two VMAs', (w) => w.map(1).map(1, { at: AT + 1, protection: 1 }), {}],
    ['src or dst too short', (w) => w.map(4), { count: 4 }],
    ['fault page of system memory', (w) => w.map(2).write(), { faultPage: 1 as FrameNumber }],
  ];
  for (const [what, set, wrong] of refusals) {
    conformanceCase('1.3', `setup · ${what}`, () => {
      const w = fresh();
      set(w);
      const args = Object.assign(w.args(2, SYSTEM), wrong);
      expect([migrateVmaSetup(w.mm, args), args.collected]).toEqual([Errno.EINVAL, 0]);
    });
  }

  conformanceCase('1.3', 'setup · fault page that is not locked', () => {
    const w = fresh().map(1).write();
    w.toDevice();
    const args = Object.assign(w.args(1, DEVICE_PRIVATE), { faultPage: w.frame() });
    expect(migrateVmaSetup(w.mm, args)).toBe(Errno.EINVAL);
  });

  conformanceCase('1.3', 'setup · nothing to collect is no error', () => {
    const w = fresh().map(2).write(2);
    const args = w.args(2, DEVICE_PRIVATE);
    expect([migrateVmaSetup(w.mm, args), args.collected]).toEqual([0, 0]);
  });
});

interface Collected {
  readonly state: string;
  readonly set: (w: World) => unknown;
  readonly select: number;
  readonly words: readonly string[];
  readonly why?: string;
  readonly owner?: 'other' | 'coherent';
}

const ALL = SYSTEM | DEVICE_PRIVATE | DEVICE_COHERENT;

const collected: readonly Collected[] = [
  { state: 'hole, VMA anonymous · no flag', set: (w) => w.map(2), select: 0, words: ['M', 'M'] },
  {
    state: 'hole, VMA of a file',
    set: (w) => w.map(1, { backing: w.file(), kind: 'file' }),
    select: SYSTEM,
    words: [''],
    why: 'fileBacked',
  },
  {
    state: 'hole, VMA shared and anonymous',
    set: (w) => w.map(1, { backing: w.file('shmem'), kind: 'shared', flags: SHARED }),
    select: SYSTEM,
    words: [''],
    why: 'fileBacked',
  },
  { state: 'zero page · SYSTEM', set: (w) => w.map().read(), select: SYSTEM, words: ['M'] },
  { state: 'zero page · no flag', set: (w) => w.map().read(), select: 0, words: [''], why: 'alreadyThere' },
  { state: 'system page rw · SYSTEM', set: (w) => w.map().write(), select: SYSTEM, words: ['VMW'] },
  {
    state: 'system page ro · SYSTEM',
    set: (w) => w.map().write().mm.mprotect(page(AT), 1, 1),
    select: SYSTEM,
    words: ['VM'],
  },
  {
    state: 'system page of a VMA without access · SYSTEM',
    set: (w) => w.map().write().mm.mprotect(page(AT), 1, 0),
    select: SYSTEM,
    words: ['VM'],
  },
  {
    state: 'system page · DEVICE_PRIVATE',
    set: (w) => w.map().write(),
    select: DEVICE_PRIVATE,
    words: [''],
    why: 'alreadyThere',
  },
  {
    state: 'device-private, own · DEVICE_PRIVATE',
    set: (w) => w.map().write().toDevice(),
    select: DEVICE_PRIVATE,
    words: ['VMW'],
  },
  {
    state: 'device-private, own · SYSTEM',
    set: (w) => w.map().write().toDevice(),
    select: SYSTEM,
    words: [''],
    why: 'alreadyThere',
  },
  {
    state: 'device-private, another owner’s · all flags',
    set: (w) => w.map().write().toDevice(1, w.other),
    select: ALL,
    words: [''],
    why: 'otherDevice',
  },
  {
    state: 'device-coherent, own · DEVICE_COHERENT',
    set: (w) => w.map().write().toDevice(1, w.coherent),
    select: DEVICE_COHERENT,
    words: ['VMW'],
    owner: 'coherent',
  },
  {
    state: 'device-coherent, own · SYSTEM',
    set: (w) => w.map().write().toDevice(1, w.coherent),
    select: SYSTEM,
    words: [''],
    why: 'alreadyThere',
    owner: 'coherent',
  },
  {
    state: 'device-coherent, another owner’s · all flags',
    set: (w) => w.map().write().toDevice(1, w.coherent),
    select: ALL,
    words: [''],
    why: 'otherDevice',
  },
  {
    state: 'swapped out',
    set: (w) => w.map().write().mm.madvise(page(AT), 1, Advice.PAGEOUT),
    select: ALL,
    words: [''],
    why: 'swapped',
  },
  {
    state: 'device-exclusive',
    set: (w) => {
      w.map();
      putDeviceExclusive(w.mm.physical, makeDeviceExclusive(w.mm, page(AT), undefined) as FrameNumber);
    },
    select: ALL,
    words: [''],
    why: 'exclusive',
  },
  {
    state: 'page with no mapping',
    set: (w) => {
      w.map().write().mm.physical.system.setFlag(w.frame(), FrameFlag.SPECIAL);
    },
    select: ALL,
    words: [''],
    why: 'notMigratable',
  },
  {
    state: 'page of a file · SYSTEM',
    set: (w) => w.map(1, { backing: w.file(), kind: 'file', flags: SHARED }).write(),
    select: SYSTEM,
    words: ['VMW'],
  },
  {
    state: 'private copy of a file’s page · SYSTEM',
    set: (w) => w.map(1, { backing: w.file(), kind: 'file' }).write(),
    select: SYSTEM,
    words: ['VMW'],
  },
];

describe('migrate_vma_setup · collect', () => {
  for (const { state, set, select, words, why, owner } of collected) {
    conformanceCase('1.3', `collect · ${state}`, () => {
      const w = fresh();
      set(w);
      const args = w.args(words.length, select, owner === 'coherent' ? w.coherent : w.own);
      expect(migrateVmaSetup(w.mm, args)).toBe(0);
      expect(migrationWords(args)).toEqual(words);
      expect(args.collected).toBe(words.filter((word) => word.includes('M')).length);
      expect(skipName(args.skipped[0] ?? 0)).toBe(why ?? 'none');
      migrateVmaFinalize(w.mm, args);
    });
  }

  conformanceCase('1.3', 'collect · migration entry', () => {
    const w = fresh().map().write();
    const first = w.args(1, SYSTEM);
    migrateVmaSetup(w.mm, first);
    const second = w.args(1, ALL);
    expect([migrateVmaSetup(w.mm, second), second.src[0], skipName(second.skipped[0] ?? 0)]).toEqual([
      0,
      0,
      'migrating',
    ]);
    migrateVmaFinalize(w.mm, second);
    migrateVmaFinalize(w.mm, first);
    expect(w.entry()).toBe('present rw on 0');
  });

  conformanceCase('1.3', 'collect · folio lock not obtained at once', () => {
    const w = fresh().map().write();
    w.mm.physical.system.tryLock(w.frame());
    const args = w.args(1, SYSTEM);
    expect([migrateVmaSetup(w.mm, args), args.src[0], skipName(args.skipped[0] ?? 0)]).toEqual([0, 0, 'locked']);
    w.mm.physical.system.unlock(w.frame());
  });

  conformanceCase('1.3', 'collect · candidate is locked and referenced and has a migration entry', () => {
    const w = fresh().map(2).write(1);
    w.read(1, AT + 1);
    const frame = w.frame();
    const args = w.args(1, SYSTEM);
    migrateVmaCollect(w.mm, args);
    const { system } = w.mm.physical;
    expect([w.entry(), system.isLocked(frame), system.refcount(frame), system.mapcount(frame)]).toEqual([
      'migration rw on 0',
      true,
      1,
      0,
    ]);
    expect(args.src[0]).toBe((migratePfn(frame) | MigratePfn.MIGRATE | MigratePfn.WRITE) >>> 0);
    migrateVmaUnmap(w.mm, args);
    migrateVmaFinalize(w.mm, args);
    expect([w.entry(), system.isLocked(frame), system.refcount(frame)]).toEqual(['present rw on 0', false, 1]);
  });

  conformanceCase('1.3', 'collect · huge page, COMPOUND selected, whole PMD', () => {
    const w = huge(fresh()).write();
    const args = w.args(HUGE_PAGES, SYSTEM | COMPOUND);
    migrateVmaSetup(w.mm, args);
    expect(migrationWords(args)).toEqual(['VMWC', ...Array<string>(HUGE_PAGES - 1).fill('')]);
    expect([args.collected, args.movingPages(), w.entry()]).toEqual([1, HUGE_PAGES, 'migration rw on 0 huge']);
    migrateVmaFinalize(w.mm, args);
    expect(w.entry()).toBe('present rw on 0 huge');
  });

  conformanceCase('1.3', 'collect · huge page, COMPOUND not selected: split', () => {
    const w = huge(fresh()).write();
    const args = w.args(2, SYSTEM);
    migrateVmaSetup(w.mm, args);
    expect(migrationWords(args)).toEqual(['VMW', 'VMW']);
    migrateVmaFinalize(w.mm, args);
    expect([w.entry(), w.sink.of('hugeSplit').length]).toEqual(['present rw on 0', 1]);
  });

  conformanceCase('1.3', 'collect · part of a huge page, COMPOUND selected: split', () => {
    const w = huge(fresh()).write();
    const args = w.args(HUGE_PAGES - 1, SYSTEM | COMPOUND);
    migrateVmaSetup(w.mm, args);
    expect([migrationWords(args)[0], args.collected]).toEqual(['VMW', HUGE_PAGES - 1]);
    migrateVmaFinalize(w.mm, args);
  });

  conformanceCase('1.3', 'collect · aligned empty PMD, COMPOUND selected', () => {
    const w = huge(fresh());
    const args = w.args(HUGE_PAGES, COMPOUND);
    migrateVmaSetup(w.mm, args);
    expect(migrationWords(args)).toEqual(['MC', ...Array<string>(HUGE_PAGES - 1).fill('')]);
    migrateVmaFinalize(w.mm, args);
  });

  conformanceCase('1.3', 'collect · aligned empty PMD, COMPOUND not selected', () => {
    const w = huge(fresh());
    const args = w.args(HUGE_PAGES, 0);
    migrateVmaSetup(w.mm, args);
    expect(migrationWords(args)).toEqual(Array<string>(HUGE_PAGES).fill('M'));
    migrateVmaFinalize(w.mm, args);
  });

  conformanceCase('1.3', 'collect · huge zero page, COMPOUND and SYSTEM', () => {
    const w = huge(fresh()).read();
    const args = w.args(HUGE_PAGES, SYSTEM | COMPOUND);
    migrateVmaSetup(w.mm, args);
    expect([migrationWords(args)[0], args.collected, w.entry()]).toEqual(['MC', 1, 'present ro on 0 huge']);
    migrateVmaFinalize(w.mm, args);
  });
});

describe('migrate_vma_setup · unmap', () => {
  conformanceCase('1.3', 'unmap · other processes’ mappings become migration entries, and come back', () => {
    const w = fresh().map(2).write(2);
    const child = w.fork();
    const heard = w.hear(child);
    const args = w.args(2, SYSTEM);
    migrateVmaSetup(w.mm, args);
    expect([migrationWords(args), w.entry(), w.entry(AT, child)]).toEqual([
      ['VM', 'VM'],
      'migration ro on 0',
      'migration ro on 0',
    ]);
    expect(heard).toEqual(['CLEAR 0+1', 'CLEAR 1+1']);
    allocateOnDevice(args, w.own);
    finish(w, args);
    expect([w.entry(), w.entry(AT, child)]).toEqual(['devicePrivate ro on 1', 'devicePrivate ro on 1']);
    expect(w.own.frames.mapcount(w.frame())).toBe(2);
    expect(w.frame()).toBe(w.frame(AT, child));
  });

  conformanceCase('1.3', 'unmap · grandchildren and moved mappings are found, too', () => {
    const w = fresh().map(4).write(4);
    const child = w.fork();
    const grandchild = w.fork();
    expect(child.mremap(page(AT), 4, 4, 3, page(AT + 64))).toBe(AT + 64);
    expect(w.toDevice(4)).toBe(4);
    expect([w.entry(AT + 1), w.entry(AT + 65, child), w.entry(AT + 1, grandchild)]).toEqual(
      Array<string>(3).fill('devicePrivate ro on 1'),
    );
  });

  for (const [what, hold, why] of [
    ['pin check: pinned by get_user_pages', (w: World) => w.mm.pinUserPage(page(AT), true), 'pinned'],
    ['pin check: input or output under way', (w: World) => w.mm.physical.system.get(w.frame()), 'referenced'],
  ] as const) {
    conformanceCase('1.3', `unmap · ${what}: put back, word 0, cpages less one`, () => {
      const w = fresh().map(2).write(2);
      hold(w);
      const frame = w.frame();
      const args = w.args(2, SYSTEM);
      migrateVmaCollect(w.mm, args);
      expect([args.collected, w.entry()]).toEqual([2, 'migration rw on 0']);
      migrateVmaUnmap(w.mm, args);
      expect([migrationWords(args), args.collected, skipName(args.skipped[0] ?? 0), w.entry()]).toEqual([
        ['', 'VMW'],
        1,
        why,
        'present rw on 0',
      ]);
      migrateVmaFinalize(w.mm, args);
      if (why === 'pinned') w.mm.unpinUserPage(frame);
      else w.mm.physical.system.put(frame);
    });
  }

  conformanceCase('1.3', 'unmap · a pin of another process holds the page for all', () => {
    const w = fresh().map().write();
    const child = w.fork();
    // A pin for reading takes the child's page apart from its parent's (unsharing); a plain reference does not.
    const frame = w.frame(AT, child);
    w.mm.physical.system.get(frame);
    const args = w.args(1, SYSTEM);
    migrateVmaSetup(w.mm, args);
    expect([args.collected, w.entry(), w.entry(AT, child)]).toEqual([0, 'present ro on 0', 'present ro on 0']);
    migrateVmaFinalize(w.mm, args);
    w.mm.physical.system.put(frame);
  });

  conformanceCase('1.3', 'unmap · one pinned page holds the whole huge page', () => {
    const w = huge(fresh()).write();
    const frame = w.mm.pinUserPage(page(AT + 7), true) as FrameNumber;
    const args = w.args(HUGE_PAGES, SYSTEM | COMPOUND);
    migrateVmaSetup(w.mm, args);
    expect([args.collected, skipName(args.skipped[0] ?? 0), w.entry()]).toEqual([0, 'pinned', 'present rw on 0 huge']);
    migrateVmaFinalize(w.mm, args);
    w.mm.unpinUserPage(frame);
  });
});

describe('migrate_vma_pages', () => {
  conformanceCase('1.3', 'pages · dst absent: MIGRATE cleared, the page stays', () => {
    const w = fresh().map(2).write();
    const args = w.args(2, SYSTEM);
    migrateVmaSetup(w.mm, args);
    finish(w, args);
    expect([migrationWords(args), w.entry(), w.entry(AT + 1)]).toEqual([['VW', ''], 'present rw on 0', 'none']);
  });

  conformanceCase('1.3', 'pages · hole: a new page, a second MIGRATE event before it', () => {
    const w = fresh().map(3).write();
    const heard = w.hear();
    const args = w.args(3, SYSTEM);
    migrateVmaSetup(w.mm, args);
    allocateOnDevice(args, w.own);
    migrateVmaPages(w.mm, args);
    expect(heard).toEqual(['MIGRATE 0+3 own', 'MIGRATE 1+2 own']);
    expect([w.entry(), w.entry(AT + 1)]).toEqual(['migration rw on 0', 'devicePrivate rw on 1']);
    migrateVmaFinalize(w.mm, args);
    expect(w.own.frames.refcount(w.frame(AT + 1))).toBe(1);
  });

  conformanceCase('1.3', 'pages · zero page: replaced by a new page', () => {
    const w = fresh().map().read();
    expect([w.toDevice(), w.entry()]).toEqual([1, 'devicePrivate rw on 1']);
  });

  for (const [what, change, why] of [
    ['no longer none', (w: World) => w.write(), 'changed'],
    ['unmapped meanwhile', (w: World) => w.mm.munmap(page(AT), 1), 'changed'],
    ['userfaultfd missing mode', (w: World) => w.map(1, { flags: VmaFlag.UFFD_MISSING }), 'userfault'],
  ] as const) {
    conformanceCase('1.3', `pages · hole refused: ${what}`, () => {
      const w = fresh().map(1);
      const args = w.args(1, SYSTEM);
      migrateVmaSetup(w.mm, args);
      allocateOnDevice(args, w.own);
      change(w);
      finish(w, args);
      expect([migrationWords(args), skipName(args.skipped[0] ?? 0)]).toEqual([[''], why]);
      expect(w.own.frames.usedFrames).toBe(0);
    });
  }

  conformanceCase('1.3', 'pages · hole refused: charge fails', () => {
    const w = fresh().map(2);
    const args = w.args(2, SYSTEM);
    let allowed = 1;
    args.charge = () => allowed-- > 0;
    migrateVmaSetup(w.mm, args);
    allocateOnDevice(args, w.own);
    finish(w, args);
    expect([migrationWords(args), skipName(args.skipped[1] ?? 0)]).toEqual([['M', ''], 'overLimit']);
    expect([w.entry(), w.entry(AT + 1), w.own.frames.usedFrames]).toEqual(['devicePrivate rw on 1', 'none', 1]);
  });

  for (const [what, options] of [
    ['page of a file', (w: World) => ({ backing: w.file(), kind: 'file' as const, flags: SHARED })],
    ['page of shared memory', (w: World) => ({ backing: w.file('shmem'), kind: 'shared' as const, flags: SHARED })],
  ] as const) {
    for (const target of ['own', 'coherent'] as const) {
      conformanceCase('1.3', `pages · ${what} to ${target === 'own' ? 'private' : 'coherent'} memory: refused`, () => {
        const w = fresh();
        w.map(1, options(w)).write();
        const args = w.args(1, SYSTEM, w[target]);
        migrateVmaSetup(w.mm, args);
        allocateOnDevice(args, w[target]);
        finish(w, args);
        expect([migrationWords(args), skipName(args.skipped[0] ?? 0), w.entry()]).toEqual([
          ['VW'],
          'fileBacked',
          'present rw on 0',
        ]);
        expect(w[target].frames.usedFrames).toBe(0);
      });
    }
  }

  conformanceCase('1.3', 'pages · private copy of a file’s page goes', () => {
    const w = fresh();
    w.map(1, { backing: w.file(), kind: 'file' }).write();
    expect([w.toDevice(), w.entry()]).toEqual([1, 'devicePrivate rw on 1']);
  });

  conformanceCase('1.3', 'pages · extra reference appeared: refused', () => {
    const w = fresh().map(1).write();
    const frame = w.frame();
    const args = w.args(1, SYSTEM);
    migrateVmaSetup(w.mm, args);
    allocateOnDevice(args, w.own);
    w.mm.physical.system.get(frame);
    finish(w, args);
    w.mm.physical.system.put(frame);
    expect([skipName(args.skipped[0] ?? 0), w.entry()]).toEqual(['referenced', 'present rw on 0']);
  });

  conformanceCase('1.3', 'pages · compound src, compound dst: the huge page moves as one, both ways', () => {
    const w = huge(fresh()).write();
    expect([w.toDevice(HUGE_PAGES), w.entry(), w.entry(AT + 511)]).toEqual([
      HUGE_PAGES,
      'devicePrivate rw on 1 huge',
      'devicePrivate rw on 1 huge',
    ]);
    expect(w.frame(AT + 511) - w.frame()).toBe(511);
    expect([w.toSystem(HUGE_PAGES), w.entry(), w.own.frames.usedFrames]).toEqual([
      HUGE_PAGES,
      'present rw on 0 huge',
      0,
    ]);
    expect(w.sink.of('hugeSplit')).toEqual([]);
  });

  conformanceCase('1.3', 'pages · compound src, small dst: the huge page is split', () => {
    const w = huge(fresh()).write();
    const args = w.args(HUGE_PAGES, SYSTEM | COMPOUND);
    migrateVmaSetup(w.mm, args);
    for (let at = 0; at < HUGE_PAGES; at++) if (at !== 5) args.dst[at] = migratePfn(w.own.allocate());
    finish(w, args);
    expect([args.movingPages(), w.entry(), w.entry(AT + 5), w.entry(AT + 6)]).toEqual([
      HUGE_PAGES - 1,
      'devicePrivate rw on 1',
      'present rw on 0',
      'devicePrivate rw on 1',
    ]);
    expect(w.sink.of('hugeSplit').length).toBe(1);
  });

  conformanceCase('1.3', 'pages · small src, compound dst: refused', () => {
    const w = fresh().map(HUGE_PAGES).write(HUGE_PAGES);
    const args = w.args(HUGE_PAGES, SYSTEM | COMPOUND);
    migrateVmaSetup(w.mm, args);
    args.dst[0] = migratePfn(w.own.allocateHuge()) | MigratePfn.COMPOUND;
    finish(w, args);
    expect([args.movingPages(), skipName(args.skipped[0] ?? 0), w.entry()]).toEqual([0, 'tooLarge', 'present rw on 0']);
    expect(w.own.frames.usedFrames).toBe(0);
  });

  for (const zero of [false, true]) {
    conformanceCase('1.3', `pages · ${zero ? 'huge zero page' : 'empty PMD'}, compound dst: a huge device page`, () => {
      const w = huge(fresh());
      if (zero) w.read();
      expect([w.toDevice(HUGE_PAGES), w.entry(), w.own.frames.usedFrames]).toEqual([
        HUGE_PAGES,
        'devicePrivate rw on 1 huge',
        HUGE_PAGES,
      ]);
    });

    conformanceCase('1.3', `pages · ${zero ? 'huge zero page' : 'empty PMD'}, small dst: base pages`, () => {
      const w = huge(fresh());
      if (zero) w.read();
      const args = w.args(HUGE_PAGES, SYSTEM | COMPOUND);
      migrateVmaSetup(w.mm, args);
      args.dst[0] = migratePfn(w.own.allocate());
      args.dst[9] = migratePfn(w.own.allocate());
      finish(w, args);
      expect([0, 1, 9].map((at) => w.entry(AT + at))).toEqual([
        'devicePrivate rw on 1',
        zero ? 'present ro on 0' : 'none',
        'devicePrivate rw on 1',
      ]);
    });
  }

  conformanceCase('1.3', 'allocation · no huge frame on the device: single frames, and the huge page is split', () => {
    const w = huge(fresh({ devicePages: HUGE_PAGES + 4 })).write();
    // A frame in use in each block: no block is free as a whole.
    const held = [w.own.frames.allocate()];
    expect(w.toDevice(HUGE_PAGES)).toBe(HUGE_PAGES);
    expect([w.entry(), w.sink.of('hugeSplit').length]).toEqual(['devicePrivate rw on 1', 1]);
    for (const frame of held) w.own.frames.put(frame);
  });
});

describe('migrate_vma_finalize', () => {
  for (const [what, protection, entry] of [
    ['write', 3, 'rw'],
    ['read', 1, 'ro'],
  ] as const) {
    conformanceCase('1.3', `finalize · ${what} is preserved, there and back`, () => {
      const w = fresh().map().write();
      w.mm.mprotect(page(AT), 1, protection);
      w.toDevice();
      expect(w.entry()).toBe(`devicePrivate ${entry} on 1`);
      w.toSystem();
      expect(w.entry()).toBe(`present ${entry} on 0`);
    });
  }

  conformanceCase('1.3', 'finalize · read-exclusive is preserved: the first write makes no copy', () => {
    const w = fresh().map().write();
    w.mm.mprotect(page(AT), 1, 1);
    w.toDevice();
    w.mm.mprotect(page(AT), 1, 3);
    w.toSystem();
    const frame = w.frame();
    w.write();
    expect([w.frame(), w.entry(), w.sink.of('cow').length]).toEqual([frame, 'present rw on 0', 0]);
  });

  conformanceCase('1.3', 'finalize · a device-private entry is writable only if the restored entry would be', () => {
    const w = fresh().map().write();
    const args = w.args(1, SYSTEM);
    migrateVmaSetup(w.mm, args);
    allocateOnDevice(args, w.own);
    w.mm.mprotect(page(AT), 1, 1);
    finish(w, args);
    expect(w.entry()).toBe('devicePrivate ro on 1');
  });

  conformanceCase('1.3', 'finalize · coherent memory gets a present entry', () => {
    const w = fresh().map().write();
    expect([w.toDevice(1, w.coherent), w.entry(), w.mm.pageTable.permission(page(AT))]).toEqual([
      1,
      'present rw on 3',
      3,
    ]);
    expect([w.toSystem(1, w.coherent), w.entry()]).toEqual([1, 'present rw on 0']);
  });

  conformanceCase('1.3', 'finalize · unmapped meanwhile: both frames go', () => {
    const w = fresh().map().write();
    const args = w.args(1, SYSTEM);
    migrateVmaSetup(w.mm, args);
    allocateOnDevice(args, w.own);
    w.mm.munmap(page(AT), 1);
    finish(w, args);
    expect([w.entry(), w.own.frames.usedFrames, w.mm.physical.system.usedFrames]).toEqual(['none', 0, 0]);
  });

  conformanceCase('1.3', 'finalize · forked meanwhile: the child gets the page, too', () => {
    const w = fresh().map().write();
    const args = w.args(1, SYSTEM);
    migrateVmaSetup(w.mm, args);
    allocateOnDevice(args, w.own);
    const child = w.fork();
    finish(w, args);
    expect([w.entry(), w.entry(AT, child), w.own.frames.mapcount(w.frame())]).toEqual([
      'devicePrivate ro on 1',
      'devicePrivate ro on 1',
      2,
    ]);
  });

  conformanceCase('1.3', 'finalize · an MADV_FREE page stays one', () => {
    const w = fresh().map().write();
    w.mm.madvise(page(AT), 1, Advice.FREE);
    w.toDevice();
    expect(w.own.frames.hasFlag(w.frame(), FrameFlag.LAZY_FREE)).toBe(true);
  });

  conformanceCase('1.3', 'finalize · the device is told of a page that it has no more', () => {
    const w = fresh().map().write();
    w.toDevice();
    const frame = w.frame();
    w.toSystem();
    expect(w.freed).toEqual([frame]);
  });
});

describe('fault_page', () => {
  conformanceCase('1.3', 'fault_page · locked by the fault: collected all the same, and stays locked', () => {
    const w = fresh().map().write();
    w.toDevice();
    const frame = w.frame();
    const { frames } = w.own;
    frames.tryLock(frame);
    frames.get(frame);
    const args = Object.assign(w.args(1, DEVICE_PRIVATE), { faultPage: frame });
    expect([migrateVmaSetup(w.mm, args), args.collected]).toEqual([0, 1]);
    allocateInSystem(args, () => w.mm.physical.system.allocate(), w.mm.physical.system);
    finish(w, args);
    expect([w.entry(), frames.isLocked(frame), frames.refcount(frame)]).toEqual(['present rw on 0', true, 1]);
    frames.unlock(frame);
    frames.put(frame);
  });

  conformanceCase('1.3', 'fault_page · a CPU fault on part of a huge device page brings all of it', () => {
    const w = huge(fresh()).write();
    w.toDevice(HUGE_PAGES);
    w.read(1, AT + 100);
    expect([w.entry(), w.entry(AT + 100), w.own.frames.usedFrames]).toEqual([
      'present rw on 0 huge',
      'present rw on 0 huge',
      0,
    ]);
  });
});

describe('migrate_device_range, migrate_device_pfns', () => {
  conformanceCase('1.3', 'migrate_device_pfns · pages of any process, shared or not', () => {
    const w = fresh().map(2).write(2);
    w.toDevice(2);
    const child = w.fork();
    must(child, w);
    const frames = Int32Array.of(w.frame(), w.frame(AT + 1));
    const args = w.args(2, 0);
    const heard = [w.hear(), w.hear(child)];
    migrateDevicePfns(w.mm, args, frames, 2);
    expect(args.collected).toBe(2);
    expect(heard).toEqual([
      ['CLEAR 0+1', 'CLEAR 1+1'],
      ['CLEAR 0+1', 'CLEAR 1+1'],
    ]);
    allocateInSystem(args, () => w.mm.physical.system.allocate(), w.mm.physical.system);
    finish(w, args);
    expect([w.entry(), w.entry(AT, child), w.own.frames.usedFrames]).toEqual(['present ro on 0', 'present ro on 0', 0]);
  });

  conformanceCase('1.3', 'migrate_device_range · free, locked and pinned frames stay as they are', () => {
    const w = fresh().map(4).write(4);
    w.toDevice(4);
    const first = w.frame();
    const { frames } = w.own;
    w.mm.munmap(page(AT + 1), 1);
    frames.tryLock(w.frame(AT + 2));
    frames.pin(w.frame(AT + 3));
    const args = w.args(4, 0);
    migrateDeviceRange(w.mm, args, first, 4);
    expect([...args.skipped].map(skipName)).toEqual(['none', 'changed', 'locked', 'pinned']);
    allocateInSystem(args, () => w.mm.physical.system.allocate(), w.mm.physical.system);
    finish(w, args);
    expect([0, 2, 3].map((at) => w.entry(AT + at))).toEqual([
      'present rw on 0',
      'devicePrivate rw on 1',
      'devicePrivate rw on 1',
    ]);
    frames.unlock(w.frame(AT + 2));
    frames.unpin(w.frame(AT + 3));
  });

  for (const compound of [true, false]) {
    conformanceCase('1.3', `migrate_device_range · a huge page ${compound ? 'moves as one' : 'is split'}`, () => {
      const w = huge(fresh()).write();
      w.toDevice(HUGE_PAGES);
      const args = w.args(HUGE_PAGES, compound ? COMPOUND : 0);
      migrateDeviceRange(w.mm, args, w.frame(), HUGE_PAGES);
      expect(args.collected).toBe(compound ? 1 : HUGE_PAGES);
      allocateInSystem(args, () => w.mm.physical.system.allocate(), w.mm.physical.system);
      finish(w, args);
      expect([w.entry(AT + 3), w.own.frames.usedFrames]).toEqual([`present rw on 0${compound ? ' huge' : ''}`, 0]);
    });
  }

  conformanceCase('1.3', 'migrate_device_coherent_folio · moves the page', () => {
    const w = fresh().map().write();
    w.toDevice(1, w.coherent);
    expect([migrateDeviceCoherentFolio(w.mm, w.frame()), w.entry()]).toEqual([0, 'present rw on 0']);
  });

  conformanceCase('1.3', 'migrate_device_coherent_folio · -EBUSY when somebody holds it', () => {
    const w = fresh().map().write();
    w.toDevice(1, w.coherent);
    const frame = w.mm.pinUserPage(page(AT), true) as FrameNumber;
    expect([errnoName(migrateDeviceCoherentFolio(w.mm, frame)), w.entry()]).toEqual(['EBUSY', 'present rw on 3']);
    w.mm.unpinUserPage(frame);
  });

  conformanceCase('1.3', 'migrate_device_coherent_folio · -EBUSY without memory', () => {
    const w = fresh({ systemFrames: 1, swapFrames: 0 }).map(2).write();
    w.toDevice(1, w.coherent);
    w.write(1, AT + 1);
    expect([errnoName(migrateDeviceCoherentFolio(w.mm, w.frame())), w.entry()]).toEqual(['EBUSY', 'present rw on 3']);
  });
});

/** Both processes see the page on the device. */
function must(child: World['mm'], w: World): void {
  expect([w.entry(AT, child), w.frame(AT, child)]).toEqual(['devicePrivate ro on 1', w.frame()]);
  expect(w.frame()).not.toBe(NO_FRAME);
}
