/** Mapped files, shared memory and DAX: that every way to a byte sees the same byte, wherever its page is. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AddressSpace } from '../../engine/memory/address-space.js';
import { Errno } from '../../engine/memory/errno.js';
import { Access, CAUSES } from '../../engine/memory/event.js';
import { FILE_PAGES_MODES } from '../../engine/memory/page-cache.js';
import { pteType, PteType, pteWritable } from '../../engine/memory/page-table.js';
import { MmuNotifyEvent } from '../../engine/memory/mmu-notifier.js';
import { PAGE_COUNT, PAGE_SIZE, type PageIndex } from '../../engine/memory/units.js';
import { Protection } from '../../engine/memory/vma.js';
import { FileRig } from './page-cache-rig.js';

const at = (start: PageIndex, count = 0): PageIndex => (start + count) as PageIndex;

/** What a rig's mirrors heard, as names. */
function listen(rig: FileRig): string[] {
  const heard: string[] = [];
  const names = Object.keys(MmuNotifyEvent);
  rig.mm.notifiers.insert(at(0 as PageIndex), PAGE_COUNT, {
    invalidate: (range) => {
      heard.push(`${names[range.event] ?? '?'} ${String(range.count)}`);
      return true;
    },
  });
  return heard;
}

describe('a mapped file', () => {
  it('is read in by a fault, and dirty only after a write', () => {
    const rig = new FileRig();
    rig.store.bytes[5000] = 7;
    const start = rig.map(4);
    expect(rig.read(start, 5000)).toBe(7);
    expect(pteWritable(rig.mm.pageTable.get(at(start, 1)))).toBe(false);
    expect([rig.isDirty(1), rig.sink.of('cpuFault').length]).toEqual([false, 1]);
    rig.write(start, 5001, 8);
    expect([rig.isDirty(1), rig.sink.of('cpuFault').length]).toEqual([true, 2]);
    rig.end();
    expect(rig.store.bytes[5001]).toBe(8);
  });

  it('ends with SIGBUS behind its end, also after it got shorter, and not before', () => {
    const rig = new FileRig({ bytes: PAGE_SIZE + 1 });
    const start = rig.map(4);
    expect(rig.read(start, PAGE_SIZE)).toBe(0);
    expect(rig.mm.handleCpuFault(at(start, 2), Access.read)).toEqual({
      ok: false,
      signal: 'SIGBUS',
      reason: 'beyond-file',
    });
    expect(rig.file.truncate(1)).toBe(0);
    expect([rig.read(start, PAGE_SIZE), rig.read(start, 0)]).toEqual([undefined, 0]);
    rig.end();
  });

  it('written back: read-only everywhere, mirrors told, and dirty again after the next write', () => {
    const rig = new FileRig();
    const start = rig.map(4);
    for (let page = 0; page < 3; page++) rig.write(start, page * PAGE_SIZE, page + 1);
    const heard = listen(rig);
    expect(rig.file.sync()).toBe(0);
    expect(heard).toEqual(['PROTECTION_PAGE 1', 'PROTECTION_PAGE 1', 'PROTECTION_PAGE 1']);
    const [event] = rig.sink.of('writeback');
    expect(event).toMatchObject({ firstPage: start, pageCount: 3, extra: 0 });
    expect(CAUSES[event?.cause ?? 0]).toBe('user');
    expect([0, 1, 2].map((page) => rig.store.bytes[page * PAGE_SIZE])).toEqual([1, 2, 3]);
    expect(rig.file.sync()).toBe(0);
    expect(rig.sink.of('writeback')).toHaveLength(1);
    rig.write(start, PAGE_SIZE, 9);
    expect([0, 1, 2].map((page) => rig.isDirty(page))).toEqual([false, true, false]);
    rig.end();
    expect(rig.store.bytes[PAGE_SIZE]).toBe(9);
  });

  it('that cannot be written says so once, and loses nothing', () => {
    const rig = new FileRig();
    const start = rig.map(1);
    rig.write(start, 0, 1);
    rig.store.broken = Errno.ENOSPC;
    expect([rig.file.sync(), rig.isDirty(0)]).toEqual([Errno.ENOSPC, true]);
    rig.store.broken = 0;
    expect([rig.file.sync(), rig.file.sync(), rig.store.bytes[0]]).toEqual([0, 0, 1]);
    rig.end();
  });

  it('gets shorter: pages are unmapped, private copies too, and the rest of the last one is zeros', () => {
    const rig = new FileRig();
    const shared = rig.map(4);
    const own = rig.map(4, { shared: false });
    for (let page = 0; page < 4; page++) rig.write(shared, page * PAGE_SIZE + 100, 1);
    rig.write(own, 2 * PAGE_SIZE, 5);
    const from = rig.sink.events.length;
    const heard = listen(rig);
    expect(rig.file.truncate(PAGE_SIZE + 50)).toBe(0);
    expect(heard).toContain('CLEAR 2');
    expect(rig.sink.kinds(from)).toEqual(['truncate', 'truncate']);
    expect(rig.file.truncate(4 * PAGE_SIZE)).toBe(0);
    expect([100, PAGE_SIZE + 100, 2 * PAGE_SIZE + 100].map((offset) => rig.read(shared, offset))).toEqual([1, 0, 0]);
    expect(rig.read(own, 2 * PAGE_SIZE)).toBe(0);
    rig.end();
  });

  it('privately mapped is copied by the first write, and the file stays as it is', () => {
    const rig = new FileRig();
    rig.store.bytes[0] = 3;
    const own = rig.map(1, { shared: false });
    expect(rig.read(own, 0)).toBe(3);
    rig.write(own, 1, 4);
    expect(rig.sink.of('cow')).toHaveLength(1);
    expect(rig.readFile(0, 2)).toEqual([3, 0]);
    expect([rig.read(own, 0), rig.read(own, 1)]).toEqual([3, 4]);
    rig.file.write(0, Uint8Array.of(8));
    expect(rig.read(own, 0)).toBe(3);
    rig.end();
    expect([...rig.store.bytes.subarray(0, 2)]).toEqual([8, 0]);
  });

  it('mapped twice in one process is one file', () => {
    const rig = new FileRig();
    const [a, b] = [rig.map(2), rig.map(2)];
    rig.write(a, 10, 1);
    expect(rig.read(b, 10)).toBe(1);
    rig.write(b, 10, 2);
    expect(rig.read(a, 10)).toBe(2);
    // Read-only, both may be mapped at once.
    const faults = rig.sink.of('cpuFault').length;
    expect([rig.read(a, 10), rig.read(b, 10), rig.read(a, 10)]).toEqual([2, 2, 2]);
    expect(rig.sink.of('cpuFault').length).toBe(faults);
    rig.end();
  });

  it('is remapped with its bytes', () => {
    const rig = new FileRig();
    const start = rig.map(4);
    rig.write(start, PAGE_SIZE, 6);
    const target = at(start, 1000);
    expect(rig.mm.mremap(at(start, 1), 2, 3, 3, target)).toBe(target);
    expect([rig.read(target, 0), rig.readFile(PAGE_SIZE, 1)]).toEqual([6, [6]]);
    rig.write(target, 2 * PAGE_SIZE, 7);
    expect(rig.readFile(3 * PAGE_SIZE, 1)).toEqual([7]);
    rig.end();
  });

  it('made read-only and writable again still hears of writes', () => {
    const rig = new FileRig();
    const start = rig.map(1);
    rig.write(start, 0, 1);
    rig.file.sync();
    rig.mm.mprotect(start, 1, Protection.read);
    expect(rig.write(start, 0, 2)).toBe(false);
    rig.mm.mprotect(start, 1, Protection.readWrite);
    expect(rig.isDirty(0)).toBe(false);
    rig.write(start, 0, 2);
    rig.mm.munmap(start, 1);
    expect(rig.store.bytes[0]).toBe(2);
    rig.end();
  });

  it('that a child wrote through one mapping and read through another is so for the parent', () => {
    const rig = new FileRig();
    const [a, b] = [rig.map(1), rig.map(1)];
    rig.write(a, 0, 1);
    const child = rig.fork();
    rig.caches.switchedTo(child);
    rig.write(b, 0, 2, child);
    expect(rig.read(a, 0, child)).toBe(2);
    child.exit();
    rig.caches.switchedTo(rig.mm);
    expect(rig.read(a, 0)).toBe(2);
    rig.end();
  });

  it('that a child wrote last is so for the parent after the child has ended', () => {
    const rig = new FileRig({ kind: 'shmem' });
    const start = rig.map(1);
    rig.write(start, 0, 1);
    const child = rig.fork();
    rig.caches.switchedTo(child);
    rig.write(start, 0, 2, child);
    child.exit();
    rig.caches.switchedTo(rig.mm);
    expect([rig.read(start, 0), rig.readFile(0, 1)]).toEqual([2, [2]]);
    rig.end();
  });

  it('shared with a child: each sees what the other wrote when its turn comes', () => {
    const rig = new FileRig({ kind: 'shmem' });
    const start = rig.map(2);
    rig.write(start, 0, 1);
    const child = rig.fork();
    rig.caches.switchedTo(child);
    expect(rig.read(start, 0, child)).toBe(1);
    rig.write(start, 0, 2, child);
    rig.write(start, 5000, 3, child);
    rig.caches.switchedTo(rig.mm);
    expect([rig.read(start, 0), rig.read(start, 5000)]).toEqual([2, 3]);
    rig.write(start, 0, 4);
    const faults = rig.sink.of('cpuFault').length;
    rig.caches.switchedTo(child);
    expect(rig.read(start, 0, child)).toBe(4);
    expect(rig.sink.of('cpuFault').length).toBe(faults);
    child.exit();
    rig.caches.switchedTo(rig.mm);
    expect(rig.read(start, 0)).toBe(4);
    rig.end();
  });
});

describe.each(FILE_PAGES_MODES)('file pages and devices, mode %s', (filePages) => {
  const resident = (rig: FileRig, page: PageIndex): boolean =>
    pteType(rig.mm.pageTable.get(page)) === PteType.devicePrivate;

  it('says whether a device may have them', () => {
    const rig = new FileRig({ filePages });
    const start = rig.map(1);
    rig.write(start, 0, 1);
    expect(rig.device.take(rig.mm, start)).toBe(filePages !== 'upstream');
    rig.end();
    expect(rig.store.bytes[0]).toBe(1);
  });

  if (filePages === 'upstream') return;

  it('write-back copies while the page stays, or brings it back', () => {
    const rig = new FileRig({ filePages });
    const start = rig.map(1);
    rig.write(start, 0, 1);
    rig.device.take(rig.mm, start);
    rig.deviceWrite(start, 0, 2);
    expect(rig.file.sync()).toBe(0);
    expect([rig.store.bytes[0], resident(rig, start)]).toEqual([2, filePages === '2014']);
    // What the device writes after it is not lost.
    if (filePages === '2014') rig.deviceWrite(start, 0, 3);
    else rig.write(start, 0, 3);
    rig.mm.munmap(start, 1);
    expect(rig.store.bytes[0]).toBe(3);
    rig.end();
  });

  it.each([
    ['read()', (rig: FileRig) => expect(rig.readFile(0, 1)).toEqual([2]), 2],
    ['write()', (rig: FileRig) => rig.file.write(0, Uint8Array.of(9)), 9],
    ['truncate', (rig: FileRig) => rig.file.truncate(1), 2],
    ['direct write', (rig: FileRig) => rig.file.writeDirect(0, Uint8Array.of(9)), 9],
    [
      'get_user_pages',
      (rig: FileRig, page: PageIndex) => {
        const frame = rig.mm.pinUserPage(page, false);
        if (frame >= 0) rig.mm.unpinUserPage(frame as never);
      },
      2,
    ],
    ['a second mapping', (rig: FileRig) => rig.read(rig.map(1), 0), 2],
  ] as const)('%s brings the page back and sees what the device wrote', (_, meet, value) => {
    const rig = new FileRig({ filePages });
    const start = rig.map(1);
    rig.write(start, 0, 1);
    expect(rig.device.take(rig.mm, start)).toBe(true);
    rig.deviceWrite(start, 0, 2);
    meet(rig, start);
    expect(resident(rig, start)).toBe(false);
    expect(rig.read(start, 0)).toBe(value);
    rig.end();
    expect(rig.store.bytes[0]).toBe(value);
  });

  it('stays on the device when nobody maps it any more, and comes back when it is looked up', () => {
    const rig = new FileRig({ filePages });
    const start = rig.map(1);
    rig.write(start, 0, 1);
    rig.device.take(rig.mm, start);
    rig.deviceWrite(start, 0, 2);
    rig.mm.munmap(start, 1);
    expect(rig.device.frames.usedFrames).toBe(filePages === '2014' ? 1 : 0);
    expect(rig.read(rig.map(1), 0)).toBe(2);
    expect(rig.device.frames.usedFrames).toBe(0);
    rig.end();
  });
});

it('a DAX region has no write-back to hear of, and migrates only where that is allowed', () => {
  for (const daxMigration of [false, true]) {
    const rig = new FileRig({ kind: 'dax', daxMigration });
    const start = rig.map(2);
    rig.read(start, 0);
    expect(pteWritable(rig.mm.pageTable.get(start))).toBe(true);
    rig.write(start, 1, 2);
    expect(rig.file.sync()).toBe(0);
    expect([rig.store.bytes[1], rig.sink.of('writeback').length]).toEqual([2, 0]);
    expect(rig.device.take(rig.mm, start)).toBe(daxMigration);
    expect(rig.deviceWrite(start, 2, 3)).toBe(daxMigration);
    expect(rig.readFile(1, 2)).toEqual([2, daxMigration ? 3 : 0]);
    rig.end();
  }
});

describe('random sequences agree with a plain model', () => {
  const PAGES = 4;
  const command = fc.record({
    op: fc.constantFrom(
      ...(['mapWrite', 'mapWrite', 'mapRead', 'mapRead', 'read', 'write', 'truncate', 'sync', 'directRead'] as const),
      ...(['directWrite', 'unmap', 'take', 'take', 'deviceWrite', 'reclaim', 'fork', 'switch', 'punch'] as const),
      ...(['dontNeed', 'protect', 'move'] as const),
    ),
    which: fc.nat(2),
    // Few places, so that they are met again.
    offset: fc.oneof(
      fc.nat(PAGES * PAGE_SIZE - 1),
      fc.nat(2 * PAGES - 1).map((half) => (half * PAGE_SIZE) / 2),
    ),
    length: fc.nat(2 * PAGE_SIZE),
    value: fc.integer({ min: 1, max: 255 }),
  });

  /** The file as an array; a private mapping's own pages by page. */
  function play(
    rig: FileRig,
    commands: readonly { op: string; which: number; offset: number; length: number; value: number }[],
  ): void {
    let model = [...rig.store.bytes];
    // 0 and 1 are shared mappings of the same file, 2 is private.
    const starts = [rig.map(PAGES), rig.map(PAGES), rig.map(PAGES, { shared: false })];
    const copies = (): Map<number, number[]> => new Map();
    let own = [copies(), copies()];
    let child: AddressSpace | undefined;
    let running = 0;
    const mm = (): AddressSpace => (running === 1 && child ? child : rig.mm);
    const switchTo = (next: number): void => {
      running = next;
      rig.caches.switchedTo(mm());
    };
    const pageOf = (offset: number): number => Math.floor(offset / PAGE_SIZE);
    const grow = (size: number): void =>
      void (model = [...model.slice(0, size), ...Array<number>(Math.max(0, size - model.length)).fill(0)]);
    const seen = (which: number, offset: number): number | undefined => {
      if (pageOf(offset) * PAGE_SIZE >= model.length) return undefined;
      const copy = which === 2 ? own[running]?.get(pageOf(offset)) : undefined;
      return copy === undefined ? (model[offset] ?? 0) : copy[offset % PAGE_SIZE];
    };
    for (const { op, which, offset, length, value } of commands) {
      const start = starts[which] ?? at(0 as PageIndex);
      switch (op) {
        case 'mapRead':
          expect(rig.read(start, offset, mm())).toBe(seen(which, offset));
          break;
        case 'mapWrite': {
          if (offset >= model.length) break;
          expect(rig.write(start, offset, value, mm())).toBe(true);
          if (which < 2) model[offset] = value;
          else {
            const page = pageOf(offset);
            const before = Array.from({ length: PAGE_SIZE }, (_, n) => model[page * PAGE_SIZE + n] ?? 0);
            const copy = own[running]?.get(page) ?? before;
            copy[offset % PAGE_SIZE] = value;
            own[running]?.set(page, copy);
          }
          break;
        }
        case 'read':
          expect(rig.readFile(offset, length)).toEqual(model.slice(offset, offset + length));
          break;
        case 'directRead': {
          const bytes = rig.file.readDirect(offset, length);
          expect(typeof bytes === 'number' ? bytes : [...bytes]).toEqual(model.slice(offset, offset + length));
          break;
        }
        case 'write':
        case 'directWrite': {
          const bytes = new Uint8Array(Math.min(length, PAGES * PAGE_SIZE - offset)).fill(value);
          if (bytes.length === 0) break;
          expect(op === 'write' ? rig.file.write(offset, bytes) : rig.file.writeDirect(offset, bytes)).toBe(
            bytes.length,
          );
          if (offset + bytes.length > model.length) grow(offset + bytes.length);
          bytes.forEach((byte, n) => (model[offset + n] = byte));
          break;
        }
        case 'truncate': {
          expect(rig.file.truncate(offset)).toBe(0);
          if (offset < model.length) {
            for (const of of own) for (const page of of.keys()) if (page * PAGE_SIZE >= offset) of.delete(page);
          }
          grow(offset);
          break;
        }
        case 'punch': {
          const first = pageOf(offset);
          expect(rig.cache.punch(first, 1)).toBe(0);
          for (let byte = first * PAGE_SIZE; byte < Math.min(model.length, (first + 1) * PAGE_SIZE); byte++)
            model[byte] = 0;
          break;
        }
        case 'sync':
          expect(rig.file.sync()).toBe(0);
          if (rig.store.persistent && rig.kind !== 'dax') expect([...rig.store.bytes]).toEqual(model);
          break;
        case 'unmap':
          if (child) break;
          rig.mm.munmap(start, PAGES);
          starts[which] = rig.map(PAGES, { shared: which < 2 });
          if (which === 2) own[0] = copies();
          break;
        case 'dontNeed':
          mm().madvise(start, PAGES, 4);
          if (which === 2) own[running] = copies();
          break;
        case 'protect':
          mm().mprotect(start, PAGES, Protection.read);
          mm().mprotect(start, PAGES, Protection.readWrite);
          break;
        case 'move': {
          if (child) break;
          const target = at(start, 4096);
          if (rig.mm.findVma(target) !== undefined || rig.mm.findVma(at(target, PAGES - 1)) !== undefined) break;
          expect(rig.mm.mremap(start, PAGES, PAGES, 3, target)).toBe(target);
          starts[which] = target;
          break;
        }
        case 'take':
          if (running === 0) rig.device.take(rig.mm, at(start, pageOf(offset)));
          break;
        case 'deviceWrite':
          if (running === 0 && which < 2 && offset < model.length && rig.deviceWrite(start, offset, value))
            model[offset] = value;
          break;
        case 'reclaim':
          rig.reclaim(pageOf(offset));
          break;
        case 'fork':
          if (running === 1) {
            child?.exit();
            child = undefined;
            switchTo(0);
          } else if (!child) {
            child = rig.fork();
            own = [own[0] ?? copies(), structuredClone(own[0] ?? copies())];
          }
          break;
        case 'switch':
          if (child) switchTo(1 - running);
          break;
      }
    }
    child?.exit();
    running = 0;
    rig.caches.switchedTo(rig.mm);
    for (const [which, start] of starts.entries()) {
      for (let page = 0; page < PAGES; page++) {
        const expected = seen(which, page * PAGE_SIZE);
        expect(rig.read(start, page * PAGE_SIZE)).toBe(expected);
        if (expected === undefined) continue;
        const bytes = [...rig.contents.bytes(at(start, page))];
        expect(bytes).toEqual(bytes.map((_, n) => seen(which, page * PAGE_SIZE + n)));
      }
    }
    expect(rig.readFile(0, PAGES * PAGE_SIZE)).toEqual(model);
    rig.end();
    if (rig.store.persistent) expect([...rig.store.bytes]).toEqual(model);
    expect(rig.mm.physical.cachedFrames).toBe(0);
  }

  it.each([
    ['file', 'upstream'],
    ['file', '2014'],
    ['file', '2025'],
    ['shmem', 'upstream'],
    ['dax', '2014'],
  ] as const)('%s, mode %s', { timeout: 120_000 }, (kind, filePages) => {
    const run = fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      play(new FileRig({ kind, filePages, daxMigration: filePages === '2014', bytes: 3 * PAGE_SIZE - 100 }), commands);
    });
    fc.assert(run, { numRuns: 200, seed: 5 });
  });
});
