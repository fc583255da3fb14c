/**
 * Something fails at every allocation and between every two phases of a migration: no page is lost, no frame leaks, no lock stays, and every
 * page can still be read.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { migrateVmaCollect } from '../../engine/hmm/migrate-collect.js';
import { migrateDevicePfnsCollect } from '../../engine/hmm/migrate-device.js';
import { migrateVmaFinalize, migrateVmaPages, migrateVmaUnmap } from '../../engine/hmm/migrate.js';
import { allocateInSystem, allocateOnDevice, MigrateSelect, type MigrateVma } from '../../engine/hmm/migrate-vma.js';
import type { AddressSpace } from '../../engine/memory/address-space.js';
import { Access } from '../../engine/memory/event.js';
import { Advice } from '../../engine/memory/madvise.js';
import { pteType, PteType } from '../../engine/memory/page-table.js';
import { HUGE_PAGES, NO_FRAME, type FrameNumber } from '../../engine/memory/units.js';
import { VmaFlag } from '../../engine/memory/vma.js';
import { AT, World } from '../conformance/world.js';
import { page } from '../memory/rig.js';

const PHASES = ['before', 'collect', 'unmap', 'allocate', 'pages', 'finalize'] as const;
type Phase = (typeof PHASES)[number];

const SELECT = MigrateSelect.SYSTEM | MigrateSelect.DEVICE_PRIVATE | MigrateSelect.COMPOUND;

/** One migration with something happening after a phase. */
function migrate(w: World, mm: AddressSpace, args: MigrateVma, toDevice: boolean, after: (phase: Phase) => void): void {
  after('before');
  if (migrateVmaCollect(mm, args) !== 0) return;
  after('collect');
  migrateVmaUnmap(mm, args);
  after('unmap');
  if (toDevice) allocateOnDevice(args, w.own);
  else allocateInSystem(args, () => mm.physical.system.allocate(), mm.physical.system);
  after('allocate');
  migrateVmaPages(mm, args);
  after('pages');
  migrateVmaFinalize(mm, args);
  after('finalize');
}

/** Every entry is an ordinary one again, no frame is locked, and every page of the range can be written. */
function expectWhole(w: World, mm: AddressSpace, count: number): void {
  for (let at = AT; at < AT + count; at++) {
    expect(pteType(mm.pageTable.get(page(at)))).not.toBe(PteType.migration);
    if (mm.findVma(page(at)) !== undefined) expect(mm.handleCpuFault(page(at), Access.write)).toEqual({ ok: true });
  }
  for (const frames of mm.physical.nodes())
    for (let at = 1; at < frames.highest; at++)
      if (frames.refcount(((frames.node << 22) | at) as FrameNumber) > 0)
        expect(frames.isLocked(((frames.node << 22) | at) as FrameNumber)).toBe(false);
  expect(w.own.frames.usedFrames).toBe(w.own.residentPages);
}

/** What may happen while a migration is under way. */
const DISTURBANCES: Readonly<Record<string, (w: World) => unknown>> = {
  'munmap of all': (w) => w.mm.munmap(page(AT), 8),
  'munmap of a part': (w) => w.mm.munmap(page(AT + 2), 3),
  MADV_DONTNEED: (w) => w.mm.madvise(page(AT + 1), 4, Advice.DONTNEED),
  'mprotect to none and back': (w) => [w.mm.mprotect(page(AT), 8, 0), w.mm.mprotect(page(AT), 8, 3)],
  fork: (w) => w.fork(),
  'mremap elsewhere': (w) => w.mm.mremap(page(AT), 8, 8, 3, page(AT + 2 * HUGE_PAGES)),
  'another migration of the same pages': (w) => w.toDevice(8),
};

describe.each(PHASES)('after %s', (phase) => {
  it.each(Object.entries(DISTURBANCES))('%s loses nothing', (_what, disturb) => {
    for (const huge of [false, true]) {
      for (const toDevice of [true, false]) {
        const w = new World();
        const count = huge ? HUGE_PAGES : 8;
        w.map(count, huge ? { flags: VmaFlag.HUGEPAGE } : {});
        if (huge) w.write();
        else w.write(6).read(1, AT + 6);
        if (!toDevice) w.toDevice(count);
        migrate(w, w.mm, w.args(count, SELECT), toDevice, (now) => now === phase && disturb(w));
        expectWhole(w, w.mm, count);
        w.end();
      }
    }
  });

  it('a child that exits takes nothing with it', () => {
    const w = new World();
    w.map(8).write(8);
    const child = w.fork();
    migrate(w, w.mm, w.args(8, SELECT), true, (now) => now === phase && child.munmap(page(AT), 8));
    expectWhole(w, w.mm, 8);
    w.end();
  });
});

describe('allocation', () => {
  it('that fails at any page leaves that page where it is', () => {
    for (let room = 0; room <= 8; room++) {
      const w = new World({ devicePages: room });
      w.map(8).write(6);
      expect(w.toDevice(8)).toBe(room);
      expectWhole(w, w.mm, 8);
      w.end();
    }
  });

  it('of system memory that fails at any page leaves that page on the device', () => {
    for (let room = 0; room <= 8; room++) {
      const w = new World({ systemFrames: 8, swapFrames: 0 });
      w.map(8).write(8);
      expect(w.toDevice(8)).toBe(8);
      const taken = Array.from({ length: 8 - room }, () => w.mm.physical.system.allocate());
      expect(taken).not.toContain(NO_FRAME);
      expect(w.toSystem(8)).toBe(room);
      expect(w.own.residentPages).toBe(8 - room);
      for (const frame of taken) w.mm.physical.system.put(frame);
      expectWhole(w, w.mm, 8);
      w.end();
    }
  });

  it('of a huge page that fails half way splits it and moves the rest', () => {
    const w = new World({ devicePages: HUGE_PAGES - 3 });
    w.map(HUGE_PAGES, { flags: VmaFlag.HUGEPAGE }).write();
    expect(w.toDevice(HUGE_PAGES)).toBe(HUGE_PAGES - 3);
    expectWhole(w, w.mm, HUGE_PAGES);
    w.end();
  });

  it('that is refused by the process’s limit at any hole leaves a hole', () => {
    for (let allowed = 0; allowed <= 4; allowed++) {
      const w = new World();
      w.map(4);
      const args = w.args(4, SELECT);
      let left = allowed;
      args.charge = () => left-- > 0;
      migrate(w, w.mm, args, true, () => undefined);
      expect([args.movingPages(), w.own.residentPages]).toEqual([allowed, allowed]);
      w.end();
    }
  });

  it('in a CPU fault that fails is SIGBUS, and the page can be had later', () => {
    const w = new World({ systemFrames: 1, swapFrames: 0 });
    w.map(2).write();
    w.toDevice();
    w.write(1, AT + 1);
    expect(w.mm.handleCpuFault(page(AT), Access.read)).toEqual({
      ok: false,
      signal: 'SIGBUS',
      reason: 'out-of-memory',
    });
    w.mm.munmap(page(AT + 1), 1);
    expect(w.mm.handleCpuFault(page(AT), Access.read)).toEqual({ ok: true });
    w.end();
  });
});

describe('any sequence of migrations of three processes', () => {
  const step = fc.record({
    who: fc.constantFrom(0, 1, 2),
    what: fc.constantFrom('there', 'back', 'evict', 'write', 'read', 'zap', 'protect', 'coherent'),
    at: fc.integer({ min: 0, max: 7 }),
    count: fc.integer({ min: 1, max: 8 }),
    after: fc.constantFrom(...PHASES, null),
    disturb: fc.constantFrom('write', 'zap', 'protect'),
  });

  it('keeps every count right and loses no page', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const w = new World({ devicePages: 6, systemFrames: 40 });
        w.map(8).write(5);
        const spaces = [w.mm, w.fork(), w.fork()];
        const small = (mm: AddressSpace, what: string, at: number): void => {
          if (what === 'write') mm.handleCpuFault(page(at), Access.write);
          else if (what === 'read') mm.handleCpuFault(page(at), Access.read);
          else if (what === 'zap') mm.madvise(page(at), 1, Advice.DONTNEED);
          else mm.mprotect(page(at), 1, mm.findVma(page(at))?.protection === 3 ? 1 : 3);
        };
        for (const { who, what, at, count, after, disturb } of steps) {
          const mm = spaces[who] ?? w.mm;
          const length = Math.min(count, 8 - at);
          const vma = mm.findVma(page(AT + at));
          const clipped = Math.min(length, (vma?.end ?? 0) - AT - at);
          const args = w.args(clipped, SELECT, what === 'coherent' ? w.coherent : w.own, AT + at);
          const told = (phase: Phase): unknown => phase === after && small(mm, disturb, AT + at);
          if (what === 'there') migrate(w, mm, args, true, told);
          else if (what === 'back') migrate(w, mm, args, false, told);
          else if (what === 'coherent') w.toDevice(clipped, w.coherent, mm, AT + at);
          else if (what === 'evict') {
            const victims = new Int32Array(8);
            const found = w.own.longestResident(victims, Math.min(count, 8));
            const eviction = w.args(8, 0);
            migrateDevicePfnsCollect(mm, eviction, victims, found);
            migrateVmaUnmap(mm, eviction);
            allocateInSystem(eviction, () => mm.physical.system.allocate(), mm.physical.system);
            migrateVmaPages(mm, eviction);
            migrateVmaFinalize(mm, eviction);
          } else small(mm, what, AT + at);
          checkCounts(w, spaces);
        }
        w.end();
      }),
      { numRuns: 300 },
    );
  });

  /** Mappings of each frame, counted in the entries of all processes. */
  function checkCounts(w: World, spaces: readonly AddressSpace[]): void {
    const maps = new Map<FrameNumber, number>();
    for (const mm of spaces) {
      for (let at = AT; at < AT + 8; at++) {
        const type = pteType(mm.pageTable.get(page(at)));
        if (type === PteType.none || type === PteType.swap) continue;
        if (type === PteType.migration) throw new Error('a migration entry is left over');
        const frame = w.frame(at, mm);
        maps.set(frame, (maps.get(frame) ?? 0) + 1);
      }
    }
    let used = 0;
    for (const [frame, count] of maps) {
      const frames = w.mm.physical.of(frame);
      if (frame !== 0) used++;
      if (frame !== 0 && (frames.mapcount(frame) !== count || frames.refcount(frame) !== count))
        throw new Error(`frame ${frame} is mapped ${count} times, counted ${frames.mapcount(frame)}`);
      if (frames.isLocked(frame)) throw new Error(`frame ${frame} is locked`);
    }
    const total = w.mm.physical.nodes().reduce((sum, { usedFrames }) => sum + usedFrames, 0);
    if (total !== used) throw new Error(`${total - used} frames are lost`);
  }
});
