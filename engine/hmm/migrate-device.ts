/**
 * Migration of device pages named by frame and not by address: eviction, and moving coherent pages that are to be pinned for long. Whose
 * pages they are, and of how many processes, does not matter. Source: mm/migrate_device.c (migrate_device_range, migrate_device_pfns,
 * migrate_device_coherent_folio).
 *
 * Invariant: as for migrate_vma; nobody owns the invalidations, the device's own mirrors hear of them, too.
 */

import { allocateFrame } from '../memory/entries.js';
import { Errno } from '../memory/errno.js';
import type { Mm } from '../memory/mm.js';
import type { PhysicalMemory } from '../memory/physical-memory.js';
import { HUGE_PAGES, NO_FRAME, type FrameNumber } from '../memory/units.js';
import { unmapEverywhere } from './migrate-entries.js';
import { migrateVmaFinalize, migrateVmaPages, migrateVmaUnmap } from './migrate.js';
import { migratePfn, MigratePfn, MigrateSelect, MigrateSkip, MigrateVma } from './migrate-vma.js';

/**
 * Collects and unmaps the device pages `frames[0 … count)`, wherever they are mapped. Pages and finalize follow as for a range. With
 * MigrateSelect.COMPOUND in args.select, huge pages of which all frames are listed in order move as such; otherwise they are split.
 * @param mm any process over this memory.
 */
export function migrateDevicePfns(mm: Mm, args: MigrateVma, frames: Int32Array, count: number): void {
  migrateDevicePfnsCollect(mm, args, frames, count);
  migrateVmaUnmap(mm, args);
}

/** The same for neighbouring frames. */
export function migrateDeviceRange(mm: Mm, args: MigrateVma, first: FrameNumber, count: number): void {
  migrateDevicePfns(
    mm,
    args,
    Int32Array.from({ length: count }, (_, at) => first + at),
    count,
  );
}

/** Their first half: locks each candidate and puts migration entries in place of what maps it. */
export function migrateDevicePfnsCollect(mm: Mm, args: MigrateVma, frames: Int32Array, count: number): void {
  args.count = count;
  args.collected = 0;
  args.onlyOurs = false;
  args.dst.fill(0, 0, count);
  args.src.fill(0, 0, count);
  args.skipped.fill(MigrateSkip.none, 0, count);
  for (let index = 0; index < count; index++) {
    const frame = frames[index]! as FrameNumber;
    args.pages[index] = mm.physical.of(frame).pageOf(frame);
  }
  for (let index = 0; index < count;) {
    const span = isWholeHuge(mm, args, frames, index, count) ? HUGE_PAGES : 1;
    const why = lockAll(mm.physical, frames, index, span);
    if (why === MigrateSkip.none) collect(mm, args, frames, index, span);
    else args.skipped.fill(why, index, index + span);
    index += span;
  }
}

/**
 * Moves one page of coherent memory to system memory, wherever it is mapped. @param mm any process over this memory.
 * @returns 0, or -EBUSY: somebody holds it, or there is no memory.
 */
export function migrateDeviceCoherentFolio(mm: Mm, frame: FrameNumber): 0 | Errno {
  const args = new MigrateVma(1);
  migrateDevicePfns(mm, args, Int32Array.of(frame), 1);
  const target = args.moves(0) ? allocateFrame(mm) : NO_FRAME;
  if (target !== NO_FRAME) args.dst[0] = migratePfn(target);
  migrateVmaPages(mm, args);
  migrateVmaFinalize(mm, args);
  return args.moves(0) ? 0 : Errno.EBUSY;
}

/** Whether the frames from `index` on are a huge page that is to move as one. */
function isWholeHuge(mm: Mm, args: MigrateVma, frames: Int32Array, index: number, count: number): boolean {
  if ((args.select & MigrateSelect.COMPOUND) === 0 || count - index < HUGE_PAGES) return false;
  const first = frames[index]! as FrameNumber;
  if (first % HUGE_PAGES !== 0) return false;
  for (let at = 1; at < HUGE_PAGES; at++) if (frames[index + at] !== first + at) return false;
  let huge = true;
  mm.physical.rmap(first, (space, page) => {
    if (!space.pageTable.isHuge(page)) huge = false;
  });
  return huge;
}

/** Locks all of the frames or none. */
function lockAll(physical: PhysicalMemory, frames: Int32Array, index: number, span: number): MigrateSkip {
  for (let at = 0; at < span; at++) {
    const frame = frames[index + at]! as FrameNumber;
    const allocator = physical.of(frame);
    // A page that nobody maps may still be a page cache's.
    const unmapped = allocator.mapcount(frame) === 0 && allocator.mappingOf(frame) === 0;
    const gone = allocator.refcount(frame) === 0 || unmapped;
    if (!gone && allocator.tryLock(frame)) continue;
    while (at-- > 0) allocator.unlock(frames[index + at]! as FrameNumber);
    return gone ? MigrateSkip.changed : MigrateSkip.locked;
  }
  return MigrateSkip.none;
}

/** Takes a reference of each frame and unmaps it everywhere. */
function collect(mm: Mm, args: MigrateVma, frames: Int32Array, index: number, span: number): void {
  const { physical } = mm;
  const huge = span > 1;
  let writable = false;
  for (let at = 0; at < span; at++) {
    const frame = frames[index + at]! as FrameNumber;
    physical.of(frame).get(frame);
    writable = unmapEverywhere(physical, frame, huge) || writable;
  }
  const bits = MigratePfn.VALID | MigratePfn.MIGRATE | (writable ? MigratePfn.WRITE : 0);
  args.src[index] = (frames[index]! << MigratePfn.SHIFT) | bits | (huge ? MigratePfn.COMPOUND : 0);
  args.collected++;
}
