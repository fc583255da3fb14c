/** Section 1.4: what the CPU's accesses and system calls do to entries that devices left, and device-exclusive access. */

import { afterEach, describe, expect } from 'vitest';
import { makeDeviceExclusive, putDeviceExclusive } from '../../engine/hmm/exclusive.js';
import { migrateVmaFinalize, migrateVmaSetup } from '../../engine/hmm/migrate.js';
import { MigrateSelect } from '../../engine/hmm/migrate-vma.js';
import { Access } from '../../engine/memory/event.js';
import { Advice } from '../../engine/memory/madvise.js';
import { HUGE_PAGES, NO_FRAME, SYSTEM_NODE, type FrameNumber } from '../../engine/memory/units.js';
import { VmaFlag } from '../../engine/memory/vma.js';
import { page } from '../memory/rig.js';
import { conformanceCase } from './case.js';
import { AT, errnoName, SHARED, World } from './world.js';

let world = new World();
const fresh = (options?: ConstructorParameters<typeof World>[0]): World => (world = new World(options));
afterEach(() => {
  world.end();
  world = new World();
});

/** A page of the first device. */
function onDevice(w: World, count = 1): World {
  w.map(count).write(count);
  expect(w.toDevice(count)).toBe(count);
  return w;
}

/** A page that the first device has for itself; its lock is still held if asked for. */
function exclusive(w: World, locked = false): FrameNumber {
  const frame = makeDeviceExclusive(w.mm, page(AT), w.own.owner);
  expect(frame).toBeGreaterThan(0);
  if (!locked) putDeviceExclusive(w.mm.physical, frame as FrameNumber);
  return frame as FrameNumber;
}

describe('device-private entries', () => {
  for (const [what, access] of [
    ['read', Access.read],
    ['write', Access.write],
  ] as const) {
    conformanceCase('1.4', `${what} of device-private · migrate_to_ram brings it back`, () => {
      const w = onDevice(fresh());
      expect(w.mm.handleCpuFault(page(AT), access)).toEqual({ ok: true });
      expect([w.entry(), w.own.frames.usedFrames]).toEqual(['present rw on 0', 0]);
    });
  }

  conformanceCase('1.4', 'device-private, page lock held · waits for it and tries again', () => {
    const w = onDevice(fresh());
    const frame = w.frame();
    w.own.frames.tryLock(frame);
    w.mm.wait = ({ kind }, ready) => {
      expect([kind, ready()]).toEqual(['pageLock', false]);
      w.own.frames.unlock(frame);
      return 'ready';
    };
    expect(w.mm.handleCpuFault(page(AT), Access.read)).toEqual({ ok: true });
    expect(w.entry()).toBe('present rw on 0');
  });

  conformanceCase('1.4', 'device-private, page lock held by nobody who could let go · SIGBUS', () => {
    const w = onDevice(fresh());
    const frame = w.frame();
    w.own.frames.tryLock(frame);
    expect(w.mm.handleCpuFault(page(AT), Access.read)).toMatchObject({ ok: false, signal: 'SIGBUS' });
    w.own.frames.unlock(frame);
  });

  conformanceCase('1.4', 'device-private · the callback’s failure is delivered, the page stays', () => {
    const w = onDevice(fresh({ systemFrames: 1, swapFrames: 0 }).map(2));
    w.map(1, { at: AT + 1 }).write(1, AT + 1);
    expect(w.mm.handleCpuFault(page(AT), Access.read)).toEqual({
      ok: false,
      signal: 'SIGBUS',
      reason: 'out-of-memory',
    });
    expect(w.entry()).toBe('devicePrivate rw on 1');
  });

  conformanceCase('1.4', 'migration entry · sleeps until finalize', () => {
    const w = fresh().map().write();
    const args = w.args(1, MigrateSelect.SYSTEM);
    migrateVmaSetup(w.mm, args);
    w.mm.wait = ({ kind }, ready) => {
      expect([kind, ready()]).toEqual(['migration', false]);
      migrateVmaFinalize(w.mm, args);
      return ready() ? 'ready' : 'deadlock';
    };
    expect(w.mm.handleCpuFault(page(AT), Access.write)).toEqual({ ok: true });
  });

  conformanceCase('1.4', 'fork · the child shares the device page, readable in both', () => {
    const w = onDevice(fresh());
    const child = w.fork();
    expect([w.entry(), w.entry(AT, child)]).toEqual(['devicePrivate ro on 1', 'devicePrivate ro on 1']);
    expect([w.own.frames.refcount(w.frame()), w.own.frames.mapcount(w.frame())]).toEqual([2, 2]);
  });

  conformanceCase('1.4', 'fork · a write by one brings the page back for both, then copies it', () => {
    const w = onDevice(fresh());
    const child = w.fork();
    expect(child.handleCpuFault(page(AT), Access.write)).toEqual({ ok: true });
    expect([w.entry(), w.entry(AT, child)]).toEqual(['present ro on 0', 'present rw on 0']);
    expect(w.frame()).not.toBe(w.frame(AT, child));
  });

  conformanceCase('1.4', 'mprotect to read-only · the page stays on the device', () => {
    const w = onDevice(fresh());
    w.mm.mprotect(page(AT), 1, 1);
    expect(w.entry()).toBe('devicePrivate ro on 1');
  });

  for (const [what, zap] of [
    ['munmap', (w: World) => w.mm.munmap(page(AT), 1)],
    ['MADV_DONTNEED', (w: World) => w.mm.madvise(page(AT), 1, Advice.DONTNEED)],
  ] as const) {
    conformanceCase('1.4', `${what} · entry zapped, device page freed through the free callback`, () => {
      const w = onDevice(fresh());
      const frame = w.frame();
      zap(w);
      expect([w.entry(), w.freed, w.own.residentPages]).toEqual(['none', [frame], 0]);
    });
  }

  conformanceCase('1.4', 'mremap · the entry moves, the page stays; UNMAP of the old range', () => {
    const w = onDevice(fresh(), 2);
    const frame = w.frame();
    const heard = w.hear();
    expect(w.mm.mremap(page(AT), 2, 2, 3, page(AT + 64))).toBe(AT + 64);
    expect([w.entry(), w.entry(AT + 64), w.frame(AT + 64)]).toEqual(['none', 'devicePrivate rw on 1', frame]);
    expect(heard).toContain('UNMAP 0+2');
    expect(w.own.frames.pageOf(frame)).toBe(AT + 64);
  });

  conformanceCase('1.4', 'swap-out · device pages are never reclaimed', () => {
    const w = onDevice(fresh());
    w.mm.madvise(page(AT), 1, Advice.PAGEOUT);
    expect(w.entry()).toBe('devicePrivate rw on 1');
  });
});

describe('get_user_pages', () => {
  for (const longTerm of [false, true]) {
    conformanceCase('1.4', `GUP${longTerm ? ', FOLL_LONGTERM' : ''}, device-private · migrates to RAM first`, () => {
      const w = onDevice(fresh());
      const frame = w.mm.pinUserPage(page(AT), true, longTerm) as FrameNumber;
      expect([w.entry(), frame]).toEqual(['present rw on 0', w.frame()]);
      w.mm.unpinUserPage(frame);
    });
  }

  conformanceCase('1.4', 'GUP, device-coherent, short-term · in place', () => {
    const w = fresh().map().write();
    w.toDevice(1, w.coherent);
    const frame = w.mm.pinUserPage(page(AT), true) as FrameNumber;
    expect([w.entry(), frame]).toEqual(['present rw on 3', w.frame()]);
    w.mm.unpinUserPage(frame);
  });

  conformanceCase('1.4', 'GUP, device-coherent, FOLL_LONGTERM · migrates to system memory first', () => {
    const w = fresh().map().write();
    w.toDevice(1, w.coherent);
    const frame = w.mm.pinUserPage(page(AT), true, true) as FrameNumber;
    expect([w.entry(), frame]).toEqual(['present rw on 0', w.frame()]);
    w.mm.unpinUserPage(frame);
  });

  conformanceCase('1.4', 'GUP, device-coherent, FOLL_LONGTERM, page held · -EBUSY', () => {
    const w = fresh().map().write();
    w.toDevice(1, w.coherent);
    const frame = w.mm.pinUserPage(page(AT), true) as FrameNumber;
    expect(errnoName(w.mm.pinUserPage(page(AT), true, true))).toBe('EBUSY');
    w.mm.unpinUserPage(frame);
  });
});

describe('device-exclusive access', () => {
  for (const [state, set] of [
    ['hole', (w: World) => w.map()],
    ['zero page', (w: World) => w.map().read()],
    ['present rw', (w: World) => w.map().write()],
    ['device-private', (w: World) => onDevice(w)],
    [
      'swapped out',
      (w: World) => {
        w.map().write().mm.madvise(page(AT), 1, Advice.PAGEOUT);
      },
    ],
  ] as const) {
    conformanceCase('1.4', `make_device_exclusive, ${state} · faulted in writable, locked and referenced`, () => {
      const w = fresh();
      set(w);
      const frame = exclusive(w, true);
      const { system } = w.mm.physical;
      expect([w.entry(), w.frame(), w.mm.pageTable.permission(page(AT))]).toEqual(['exclusive rw on 0', frame, 0]);
      expect([system.isLocked(frame), system.refcount(frame), system.mapcount(frame)]).toEqual([true, 2, 1]);
      expect(w.sink.of('exclusive').length).toBe(1);
      putDeviceExclusive(w.mm.physical, frame);
      expect([system.isLocked(frame), system.refcount(frame)]).toEqual([false, 1]);
    });
  }

  conformanceCase('1.4', 'make_device_exclusive, shared with a child · breaks COW', () => {
    const w = fresh().map().write();
    const child = w.fork();
    const shared = w.frame();
    exclusive(w);
    expect([w.entry(AT, child), w.frame(AT, child)]).toEqual(['present ro on 0', shared]);
    expect(w.frame()).not.toBe(shared);
  });

  conformanceCase('1.4', 'make_device_exclusive, huge page · splits it, exactly one page', () => {
    const w = fresh().map(HUGE_PAGES, { flags: VmaFlag.HUGEPAGE }).write();
    exclusive(w);
    expect([w.entry(), w.entry(AT + 1), w.sink.of('hugeSplit').length]).toEqual([
      'exclusive rw on 0',
      'present rw on 0',
      1,
    ]);
  });

  const refusals: readonly [string, (w: World) => unknown, string][] = [
    ['file', (w) => w.map(1, { backing: w.file(), kind: 'file', flags: SHARED }), 'EOPNOTSUPP'],
    ['shared memory', (w) => w.map(1, { backing: w.file('shmem'), kind: 'shared', flags: SHARED }), 'EOPNOTSUPP'],
    ['hugetlb', (w) => w.map(1, { flags: VmaFlag.HUGETLB }), 'EOPNOTSUPP'],
    ['VMA that is not writable', (w) => w.map(1, { protection: 1 }), 'EFAULT'],
    ['no VMA', () => 0, 'EFAULT'],
  ];
  for (const [what, set, error] of refusals) {
    conformanceCase('1.4', `make_device_exclusive, ${what} · -${error}`, () => {
      const w = fresh();
      set(w);
      expect(errnoName(makeDeviceExclusive(w.mm, page(AT), w.own.owner))).toBe(error);
    });
  }

  conformanceCase('1.4', 'make_device_exclusive, no memory · -ENOMEM', () => {
    const w = fresh({ systemFrames: 1, swapFrames: 0 }).map(2);
    w.write(1, AT + 1);
    expect(errnoName(makeDeviceExclusive(w.mm, page(AT), w.own.owner))).toBe('ENOMEM');
  });

  conformanceCase('1.4', 'make_device_exclusive · EXCLUSIVE with the caller’s owner; its own mirror ignores it', () => {
    const w = fresh().map().write();
    w.mirror.set(page(AT), w.frame(), 0);
    const heard = w.hear();
    exclusive(w);
    expect([heard, w.mirror.mappedPages]).toEqual([['EXCLUSIVE 0+1 own'], 1]);
  });

  conformanceCase('1.4', 'make_device_exclusive, already exclusive · revoked first', () => {
    const w = fresh().map();
    const frame = exclusive(w);
    const heard = w.hear();
    expect(exclusive(w)).toBe(frame);
    expect(heard).toEqual(['EXCLUSIVE 0+1', 'EXCLUSIVE 0+1 own']);
  });

  conformanceCase('1.4', 'make_device_exclusive, page locked and nobody to wait for · -EBUSY', () => {
    const w = fresh().map().write();
    const frame = w.frame();
    w.mm.physical.system.tryLock(frame);
    expect(errnoName(makeDeviceExclusive(w.mm, page(AT), w.own.owner))).toBe('EBUSY');
    w.mm.physical.system.unlock(frame);
    expect(w.mm.physical.system.refcount(frame)).toBe(1);
  });

  for (const [what, access] of [
    ['read', Access.read],
    ['write', Access.write],
  ] as const) {
    conformanceCase('1.4', `CPU ${what} of device-exclusive · EXCLUSIVE without owner, an ordinary entry`, () => {
      const w = fresh().map();
      const frame = exclusive(w);
      w.mirror.set(page(AT), frame, 0);
      const heard = w.hear();
      expect(w.mm.handleCpuFault(page(AT), access)).toEqual({ ok: true });
      expect([heard, w.entry(), w.frame(), w.mirror.mappedPages]).toEqual([
        ['EXCLUSIVE 0+1'],
        'present rw on 0',
        frame,
        0,
      ]);
    });
  }

  conformanceCase('1.4', 'CPU access of device-exclusive · waits for the driver’s critical section', () => {
    const w = fresh().map();
    const frame = exclusive(w, true);
    const waited: string[] = [];
    w.mm.wait = ({ kind }, ready) => {
      waited.push(`${kind} ${w.entry()} ${ready()}`);
      putDeviceExclusive(w.mm.physical, frame);
      return ready() ? 'ready' : 'deadlock';
    };
    expect(w.mm.handleCpuFault(page(AT), Access.write)).toEqual({ ok: true });
    expect(waited).toEqual(['pageLock exclusive rw on 0 false']);
  });

  conformanceCase('1.4', 'CPU access of device-exclusive, the driver never lets go · SIGBUS, entry as it was', () => {
    const w = fresh().map();
    const frame = exclusive(w, true);
    expect(w.mm.handleCpuFault(page(AT), Access.write)).toMatchObject({ ok: false, signal: 'SIGBUS' });
    expect(w.entry()).toBe('exclusive rw on 0');
    putDeviceExclusive(w.mm.physical, frame);
  });

  conformanceCase('1.4', 'fork, device-exclusive · restored first, then copied as COW', () => {
    const w = fresh().map();
    exclusive(w);
    const heard = w.hear();
    const child = w.fork();
    expect([w.entry(), w.entry(AT, child)]).toEqual(['present ro on 0', 'present ro on 0']);
    expect(heard).toContain('EXCLUSIVE 0+1');
  });

  conformanceCase('1.4', 'mprotect to read-only, device-exclusive · the restored entry is read-only', () => {
    const w = fresh().map();
    exclusive(w);
    w.mm.mprotect(page(AT), 1, 1);
    w.read();
    expect(w.entry()).toBe('present ro on 0');
  });

  conformanceCase('1.4', 'munmap, device-exclusive · the page is freed', () => {
    const w = fresh().map();
    exclusive(w);
    w.mm.munmap(page(AT), 1);
    expect(w.mm.physical.nodes()[SYSTEM_NODE]?.usedFrames).toBe(0);
    expect(w.mm.physical.system.allocate()).not.toBe(NO_FRAME);
    w.mm.physical.system.put(1 as FrameNumber);
  });
});
