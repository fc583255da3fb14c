/** Section 1.2: what hmm_range_fault says of each state of the CPU's entry: looking, asking for a read, asking for a write. */

import { afterEach, describe, expect } from 'vitest';
import { makeDeviceExclusive, putDeviceExclusive } from '../../engine/hmm/exclusive.js';
import { migrateVmaFinalize, migrateVmaSetup } from '../../engine/hmm/migrate.js';
import { MigrateSelect } from '../../engine/hmm/migrate-vma.js';
import { makeHmmRange, mirrorFault, readBegin } from '../../engine/hmm/mirror-fault.js';
import { MirrorFlag, MirrorTable } from '../../engine/hmm/mirror-table.js';
import { HmmPfn, hmmRangeFault } from '../../engine/hmm/range-fault.js';
import { Errno } from '../../engine/memory/errno.js';
import { FrameFlag } from '../../engine/memory/frames.js';
import { Advice } from '../../engine/memory/madvise.js';
import { MmuNotifyEvent } from '../../engine/memory/mmu-notifier.js';
import {
  HWPOISON_SLOT,
  makePte,
  makeSwapPte,
  PTE_PROT_NONE,
  pteFrame,
  PteType,
} from '../../engine/memory/page-table.js';
import { frameNode, HUGE_PAGES, type FrameNumber } from '../../engine/memory/units.js';
import { VmaFlag } from '../../engine/memory/vma.js';
import { page } from '../memory/rig.js';
import { conformanceCase, conformanceGap } from './case.js';
import { AT, SHARED, World } from './world.js';

const LOOK = 0;
const READ = HmmPfn.REQ_FAULT;
const WRITE = HmmPfn.REQ_FAULT | HmmPfn.REQ_WRITE;

let world = new World();
const fresh = (): World => (world = new World());
afterEach(() => {
  world.end();
  world = new World();
});

/** Fills the page's block with one huge page. */
const huge = (w: World, write = true): World => {
  w.map(HUGE_PAGES, { flags: VmaFlag.HUGEPAGE });
  return write ? w.write() : w.read();
};

interface Row {
  readonly state: string;
  readonly set: (w: World) => unknown;
  readonly look: string;
  readonly read: string;
  readonly write: string;
  /** What the walk asked for has moved the notifier's sequence: the caller begins anew, and finds this. */
  readonly then?: string;
}

const row = (state: string, set: Row['set'], look: string, read: string, write: string, then?: string): Row => ({
  state,
  set,
  look,
  read,
  write,
  ...(then !== undefined && { then }),
});

const rows: readonly Row[] = [
  row('no VMA', () => 0, 'ERROR', 'EFAULT', 'EFAULT'),
  row('VMA without READ', (w) => w.map(1, { protection: 0 }), 'ERROR', 'EFAULT', 'EFAULT'),
  row('VMA that is write-only', (w) => w.map(1, { protection: 2 }), 'ERROR', 'EFAULT', 'EFAULT'),
  row('IO VMA', (w) => w.map(1, { flags: VmaFlag.IO }), 'ERROR', 'EFAULT', 'EFAULT'),
  row('PFNMAP VMA', (w) => w.map(1, { flags: VmaFlag.PFNMAP }), 'ERROR', 'EFAULT', 'EFAULT'),
  row('hole', (w) => w.map(), '0', 'VALID on 0', 'VALID+WRITE on 0'),
  row('hole in a VMA that is not writable', (w) => w.map(1, { protection: 1 }), '0', 'VALID on 0', 'EPERM'),
  row('present rw', (w) => w.map().write(), 'VALID+WRITE on 0', 'VALID+WRITE on 0', 'VALID+WRITE on 0'),
  row(
    'present ro in a VMA that is not writable',
    (w) => {
      w.map().write().mm.mprotect(page(AT), 1, 1);
    },
    'VALID on 0',
    'VALID on 0',
    'EPERM',
  ),
  row(
    'present ro, shared with a child (COW)',
    (w) => {
      w.map().write().fork();
    },
    'VALID on 0',
    'VALID on 0',
    'EBUSY',
    'VALID+WRITE on 0',
  ),
  row('zero page', (w) => w.map().read(), 'VALID on 0', 'VALID on 0', 'EBUSY', 'VALID+WRITE on 0'),
  row(
    'swapped out',
    (w) => {
      w.map().write().mm.madvise(page(AT), 1, Advice.PAGEOUT);
      expect(w.entry()).toBe('swap');
    },
    '0',
    'VALID+WRITE on 0',
    'VALID+WRITE on 0',
  ),
  row(
    'device-private rw, own',
    (w) => w.map().write().toDevice(),
    'VALID+WRITE on 1',
    'VALID+WRITE on 1',
    'VALID+WRITE on 1',
  ),
  row(
    'device-private ro, own, VMA not writable',
    (w) => {
      w.map().write().toDevice();
      w.mm.mprotect(page(AT), 1, 1);
    },
    'VALID on 1',
    'VALID on 1',
    'EPERM',
  ),
  row(
    'device-private ro, own, VMA writable',
    (w) => {
      w.map().write().toDevice();
      w.mm.mprotect(page(AT), 1, 1);
      w.mm.mprotect(page(AT), 1, 3);
    },
    'VALID on 1',
    'VALID on 1',
    'EBUSY',
    'VALID+WRITE on 0',
  ),
  row(
    'device-private, another owner’s',
    (w) => w.map().write().toDevice(1, w.other),
    '0',
    'EBUSY',
    'EBUSY',
    'VALID+WRITE on 0',
  ),
  row(
    'device-coherent, another owner’s: an ordinary present page',
    (w) => w.map().write().toDevice(1, w.coherent),
    'VALID+WRITE on 3',
    'VALID+WRITE on 3',
    'VALID+WRITE on 3',
  ),
  row(
    'device-exclusive',
    (w) => {
      const frame = makeDeviceExclusive(w.map().mm, page(AT), undefined) as FrameNumber;
      putDeviceExclusive(w.mm.physical, frame);
    },
    '0',
    'EBUSY',
    'EBUSY',
    'VALID+WRITE on 0',
  ),
  row(
    'protnone (NUMA hint)',
    (w) => {
      w.map().write();
      w.mm.pageTable.set(page(AT), w.mm.pageTable.get(page(AT)) | PTE_PROT_NONE);
    },
    '0',
    'VALID+WRITE on 0',
    'VALID+WRITE on 0',
  ),
  row(
    'special page',
    (w) => {
      w.map().write().mm.physical.system.setFlag(w.frame(), FrameFlag.SPECIAL);
    },
    'ERROR',
    'EFAULT',
    'EFAULT',
  ),
  row(
    'hwpoison',
    (w) => {
      w.map().mm.pageTable.set(page(AT), makeSwapPte(HWPOISON_SLOT));
    },
    'ERROR',
    'EFAULT',
    'EFAULT',
  ),
  row(
    'huge PMD rw',
    (w) => huge(w),
    'VALID+WRITE on 0 order 9',
    'VALID+WRITE on 0 order 9',
    'VALID+WRITE on 0 order 9',
  ),
  row(
    'huge PMD ro',
    (w) => huge(w).mm.mprotect(page(AT), HUGE_PAGES, 1),
    'VALID on 0 order 9',
    'VALID on 0 order 9',
    'EPERM',
  ),
  row('huge zero page', (w) => huge(w, false), 'VALID on 0 order 9', 'VALID on 0 order 9', 'EBUSY', 'VALID+WRITE on 0'),
  row(
    'device-private PMD, own',
    (w) => huge(w).toDevice(HUGE_PAGES),
    'VALID+WRITE on 1 order 9',
    'VALID+WRITE on 1 order 9',
    'VALID+WRITE on 1 order 9',
  ),
  row(
    'device-private PMD, another owner’s',
    (w) => huge(w).toDevice(HUGE_PAGES, w.other),
    '0',
    'EBUSY',
    'EBUSY',
    'VALID+WRITE on 0 order 9',
  ),
  row(
    'page of a file, shared mapping, written',
    (w) => w.map(1, { backing: w.file(), kind: 'file', flags: SHARED }).write(),
    'VALID+WRITE on 0',
    'VALID+WRITE on 0',
    'VALID+WRITE on 0',
  ),
  row(
    'hole of a file’s shared mapping',
    (w) => w.map(1, { backing: w.file(), kind: 'file', flags: SHARED }),
    '0',
    'VALID on 0',
    'VALID+WRITE on 0',
  ),
];

describe('hmm_range_fault', () => {
  for (const { state, set, look, read, write, then } of rows) {
    for (const [what, request, expected] of [
      ['look', LOOK, look],
      ['read', READ, read],
      ['write', WRITE, write],
    ] as const) {
      conformanceCase('1.2', `${state} · ${what}`, () => {
        const w = fresh();
        set(w);
        const faults = w.sink.of('cpuFault').length;
        expect(w.walk(request).outcome).toBe(expected);
        if (expected === 'EBUSY') expect(w.walk(request).outcome).toBe(then);
        expect(w.sink.of('cpuFault').length).toBe(faults);
      });
    }
  }

  conformanceCase('1.2', 'migration entry · look', () => {
    const w = fresh().map().write();
    const args = w.args(1, MigrateSelect.SYSTEM);
    migrateVmaSetup(w.mm, args);
    expect(w.walk(LOOK).outcome).toBe('0');
    migrateVmaFinalize(w.mm, args);
  });

  conformanceCase('1.2', 'migration entry · read waits for its end and looks again', () => {
    const w = fresh().map().write();
    const args = w.args(1, MigrateSelect.SYSTEM);
    migrateVmaSetup(w.mm, args);
    const waited: unknown[] = [];
    w.mm.wait = (reason, ready) => {
      waited.push(reason);
      expect(ready()).toBe(false);
      migrateVmaFinalize(w.mm, args);
      return ready() ? 'ready' : 'deadlock';
    };
    expect(w.walk(READ).outcome).toBe('VALID+WRITE on 0');
    expect(waited).toEqual([{ kind: 'migration', page: AT }]);
  });

  conformanceCase('1.2', 'migration entry · read without anybody to wait for', () => {
    const w = fresh().map().write();
    const args = w.args(1, MigrateSelect.SYSTEM);
    migrateVmaSetup(w.mm, args);
    expect(w.walk(READ).outcome).toBe('EBUSY');
    migrateVmaFinalize(w.mm, args);
  });

  conformanceCase('1.2', 'hugetlb · each page has the order of its page', () => {
    const w = fresh().map(HUGE_PAGES, { flags: VmaFlag.HUGEPAGE }).write();
    expect(w.walk(LOOK, HUGE_PAGES).words()).toEqual(
      Array.from({ length: HUGE_PAGES }, () => 'VALID+WRITE on 0 order 9'),
    );
    expect([...w.walk(LOOK, 3).range.words].map((word) => word & HmmPfn.FRAME)).toEqual(
      [0, 1, 2].map((at) => w.frame() + at),
    );
  });

  conformanceCase('1.2', 'no memory · -ENOMEM', () => {
    world = new World({ systemFrames: 1, swapFrames: 0 });
    world.map(2).write();
    expect(world.walk(WRITE, 2).outcome).toBe('ENOMEM');
  });

  conformanceCase('1.2', 'VMA that cannot be mirrored · all of it is ERROR and the walk goes on after it', () => {
    const w = fresh()
      .map(4, { protection: 0 })
      .map(2, { at: AT + 4 })
      .write(2, AT + 4);
    expect(w.walk(LOOK, 6).words()).toEqual([
      ...Array<string>(4).fill('ERROR'),
      ...Array<string>(2).fill('VALID+WRITE on 0'),
    ]);
  });

  conformanceCase('1.2', 'range · empty, beyond the address space, longer than its words: -EINVAL', () => {
    const w = fresh().map(4);
    expect(w.walk(READ, 0).outcome).toBe('EINVAL');
    expect(w.walk(READ, 2, { start: page((1 << 20) - 1) }).outcome).toBe('EINVAL');
    expect(w.walk(READ, 1, { count: 2 }).outcome).toBe('EINVAL');
  });

  conformanceCase('1.2', 'input · (word AND pfn_flags_mask) OR default_flags', () => {
    const w = fresh().map(4);
    const range = Object.assign(makeHmmRange(w.mirror, 4), {
      start: page(AT),
      count: 4,
      pfnFlagsMask: READ,
      notifierSequence: w.mm.notifiers.readBegin(w.mirror.notifier),
    });
    // The third asks for a write that the mask takes away; the fourth for a write without a fault, which means nothing.
    range.words.set([0, READ, WRITE, HmmPfn.REQ_WRITE]);
    expect(hmmRangeFault(w.mm, range)).toBe(0);
    expect([0, 1, 2, 3].map((at) => w.entry(AT + at))).toEqual(['none', 'present ro on 0', 'present ro on 0', 'none']);
  });

  conformanceCase('1.2', 'output · DMA_MAPPED, P2PDMA and P2PDMA_BUS stay as they were', () => {
    const w = fresh().map(2).write();
    for (const bit of [HmmPfn.DMA_MAPPED, HmmPfn.P2PDMA, HmmPfn.P2PDMA_BUS]) {
      const range = Object.assign(makeHmmRange(w.mirror, 3), {
        start: page(AT),
        count: 3,
        notifierSequence: w.mm.notifiers.readBegin(w.mirror.notifier),
      });
      range.words.fill(bit | 5);
      expect(hmmRangeFault(w.mm, range)).toBe(0);
      expect([...range.words]).toEqual([
        (HmmPfn.VALID | HmmPfn.WRITE | bit | w.frame()) >>> 0,
        bit,
        (HmmPfn.ERROR | bit) >>> 0,
      ]);
    }
  });

  conformanceCase('1.2', 'sequence · moved before the walk: -EBUSY', () => {
    const w = fresh().map(2).write(2);
    const sequence = w.mm.notifiers.readBegin(w.mirror.notifier) ?? -1;
    w.mm.munmap(page(AT), 1);
    expect(w.walk(LOOK, 1, { notifierSequence: sequence }).outcome).toBe('EBUSY');
  });

  conformanceCase('1.2', 'sequence · moved in the middle of a walk that faults: -EBUSY', () => {
    const w = fresh().map(4);
    let left = 3;
    const onPage = (): void => {
      if (--left === 0) w.mm.munmap(page(AT + 3), 1);
    };
    expect(w.walk(READ, 4, { onPage }).outcome).toBe('EBUSY');
  });

  conformanceCase('1.2', 'protocol · retry says that a walk without faults is stale', () => {
    const w = fresh().map(2).write(2);
    const walk = w.walk(LOOK, 2, { onPage: (at) => at === AT + 1 && w.mm.munmap(page(AT), 1) });
    expect(walk.words()[0]).toBe('VALID+WRITE on 0');
    expect(w.mm.notifiers.retry(w.mirror.notifier, walk.range.notifierSequence)).toBe(true);
  });

  conformanceCase('1.2', 'protocol · read_begin waits while an invalidation runs', () => {
    const w = fresh().map().write();
    w.mm.notifiers.start({ event: MmuNotifyEvent.CLEAR, start: page(AT), count: 1, owner: undefined, blockable: true });
    expect(readBegin(w.mm, w.mirror.notifier, page(AT))).toBeUndefined();
    w.mm.wait = (reason, ready) => {
      expect(reason.kind).toBe('invalidation');
      w.mm.notifiers.end();
      return ready() ? 'ready' : 'deadlock';
    };
    expect(readBegin(w.mm, w.mirror.notifier, page(AT))).toBeDefined();
  });

  conformanceCase('1.2', 'protocol · a device’s table is programmed after all races, with what is true then', () => {
    const w = fresh().map(2);
    let races = 3;
    const range = makeHmmRange(w.mirror, 2);
    range.onPage = (at) => {
      if (at === AT + 1 && races-- > 0) w.mm.madvise(page(AT), 1, Advice.DONTNEED);
    };
    expect(mirrorFault(w.mm, w.mirror, range, page(AT), 2, true)).toBe(0);
    expect([w.mirror.frame(page(AT)), w.mirror.flags(page(AT))]).toEqual([
      w.frame(),
      MirrorFlag.READ | MirrorFlag.WRITE,
    ]);
  });

  conformanceCase('1.2', 'protocol · a table that never holds still: -EBUSY', () => {
    const w = fresh().map(1);
    const range = makeHmmRange(w.mirror, 1);
    range.onPage = () => w.mm.madvise(page(AT), 1, Advice.DONTNEED);
    expect(mirrorFault(w.mm, w.mirror, range, page(AT), 1, false)).toBe(Errno.EBUSY);
    expect(w.mirror.mappedPages).toBe(0);
  });

  conformanceCase('1.2', 'child process · its own table is walked, and its own mirror programmed', () => {
    const w = fresh().map(2).write(1);
    const child = w.fork();
    const mirror = new MirrorTable(child, { owner: w.own.owner });
    expect(mirrorFault(child, mirror, makeHmmRange(mirror, 2), page(AT), 2, true)).toBe(0);
    expect([w.entry(AT, child), w.entry()]).toEqual(['present rw on 0', 'present ro on 0']);
    expect(mirror.frame(page(AT))).toBe(w.frame(AT, child));
    expect(w.mirror.mappedPages).toBe(0);
  });

  conformanceCase('1.2', 'another owner’s page · its fault moves it to system memory, in whichever process', () => {
    const w = fresh().map().write();
    w.toDevice(1, w.other);
    const child = w.fork();
    expect(mirrorFault(w.mm, w.mirror, makeHmmRange(w.mirror, 1), page(AT), 1, false)).toBe(0);
    expect([w.entry(), w.entry(AT, child)]).toEqual(['present ro on 0', 'present ro on 0']);
    expect(frameNode(w.mirror.frame(page(AT)))).toBe(0);
  });

  conformanceCase('1.2', 'device-private entry without any owner named · 0', () => {
    const w = fresh().map().write();
    w.toDevice();
    expect(w.walk(LOOK, 1, { owner: undefined }).outcome).toBe('0');
  });

  conformanceCase('1.2', 'wrong entry type in an ordinary VMA · nothing is claimed of it', () => {
    const w = fresh().map().write();
    const pte = w.mm.pageTable.get(page(AT));
    w.mm.pageTable.set(page(AT), makePte(PteType.deviceOnly, pteFrame(pte), true));
    expect(w.walk(LOOK).outcome).toBe('0');
    w.mm.pageTable.set(page(AT), pte);
  });

  conformanceGap('1.2', 'userfaultfd write-protect marker', 'no markers: it is a hole');
  conformanceGap('1.2', 'huge PUD · order 18', 'the page table has no level of 1 GiB');
  conformanceGap('1.2', 'bad PMD', 'a page table of the model cannot be corrupt');
  conformanceGap('1.2', '-EINTR of the unlockable variant', 'nothing kills a task in the middle of a system call');
});
