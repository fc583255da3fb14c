/**
 * Migration between system memory and device memory in the kernel's steps: setup (collect, unmap), pages, finalize. Each is callable on
 * its own, so a debugger can stop between them. Source: mm/migrate_device.c.
 *
 *   migrateVmaSetup → the driver allocates, fills dst, copies → migrateVmaPages → (copies may still be checked) → migrateVmaFinalize
 *
 * Invariant: a page that is collected has a migration entry and nobody can reach it until finalize, which puts either the new frame or the
 * old one in place with the same permissions; whatever happens in between, no page and no frame is lost. Skipping a page is silent.
 * Bytes are not copied here: a page's bytes stay at its address in the debuggee, only where they count as being changes.
 */

import { Errno } from '../memory/errno.js';
import type { Mm } from '../memory/mm.js';
import { MmuNotifyEvent } from '../memory/mmu-notifier.js';
import { makePte, PTE_PROT_NONE, pteFrame, pteType, PteType, pteWritable } from '../memory/page-table.js';
import { frameNode, SYSTEM_NODE, type FrameNumber, type PageIndex } from '../memory/units.js';
import { isAccessible, isAnonymous, isWritable, type Vma } from '../memory/vma.js';
import { migrateFrame, MigratePfn, MigrateSelect, MigrateSkip, type MigrateVma } from './migrate-vma.js';

/**
 * Collects what can be collected of [start, start+count) and unmaps it: src says what.
 * @returns 0, even if nothing could be collected; -EINVAL for a range that is not within one ordinary area, too long for the arrays, or a
 * fault page that is not locked device memory.
 */
export function migrateVmaSetup(mm: Mm, args: MigrateVma): 0 | Errno {
  const result = migrateVmaCollect(mm, args);
  if (result === 0) migrateVmaUnmap(mm, args);
  return result;
}

/** First half of setup: locks each candidate and puts a migration entry in its place. */
export function migrateVmaCollect(mm: Mm, args: MigrateVma): 0 | Errno {
  const { start, count, owner, faultPage } = args;
  const vma = mm.findVma(start);
  args.collected = 0;
  if (vma === undefined || !isAnonymous(vma)) return Errno.EINVAL;
  if (count <= 0 || count > args.src.length || start + count > vma.end) return Errno.EINVAL;
  if (faultPage >= 0 && (frameNode(faultPage) === SYSTEM_NODE || !mm.physical.of(faultPage).isLocked(faultPage)))
    return Errno.EINVAL;
  mm.notifiers.start({ event: MmuNotifyEvent.MIGRATE, start, count, owner, blockable: true });
  for (let index = 0; index < count; index++) {
    const page = (start + index) as PageIndex;
    args.pages[index] = page;
    args.dst[index] = 0;
    args.skipped[index] = MigrateSkip.none;
    args.src[index] = collectPage(mm, args, index, page);
    if (args.moves(index)) args.collected++;
  }
  mm.notifiers.end();
  return 0;
}

/** Second half of setup: gives up the pages that somebody else holds on to (pins, input and output under way). */
export function migrateVmaUnmap(mm: Mm, args: MigrateVma): void {
  for (let index = 0; index < args.count; index++) {
    const word = args.src[index] ?? 0;
    if ((word & MigratePfn.VALID) === 0 || isOnlyHeldBy(mm, args, migrateFrame(word))) continue;
    args.skipped[index] = whyHeld(mm, migrateFrame(word));
    restore(mm, args, index);
    args.src[index] = 0;
    args.collected--;
  }
}

/** Moves each page that has a dst, as far as that is still possible: MIGRATE stays set where it is. Holes get their new page here. */
export function migrateVmaPages(mm: Mm, args: MigrateVma): void {
  let notified = false;
  for (let index = 0; index < args.count; index++) {
    const word = args.src[index] ?? 0;
    if ((word & MigratePfn.MIGRATE) === 0) continue;
    const target = args.dst[index] ?? 0;
    if (target === 0) {
      args.src[index] = word & ~MigratePfn.MIGRATE;
    } else if ((word & MigratePfn.VALID) === 0) {
      const page = args.pageAt(index);
      if (!notified) {
        const count = args.count - index;
        mm.notifiers.start({ event: MmuNotifyEvent.MIGRATE, start: page, count, owner: args.owner, blockable: true });
        notified = true;
      }
      if (!insertPage(mm, page, migrateFrame(target))) {
        args.src[index] = word & ~MigratePfn.MIGRATE;
        args.skipped[index] = MigrateSkip.changed;
      }
    } else if (!isOnlyHeldBy(mm, args, migrateFrame(word))) {
      args.src[index] = word & ~MigratePfn.MIGRATE;
      args.skipped[index] = whyHeld(mm, migrateFrame(word));
    }
  }
  if (notified) mm.notifiers.end();
}

/** Puts the new pages in place of the migration entries, or the old ones where a page did not move, and lets go of both. */
export function migrateVmaFinalize(mm: Mm, args: MigrateVma): void {
  for (let index = 0; index < args.count; index++) {
    const word = args.src[index] ?? 0;
    const target = args.dst[index] ?? 0;
    const moved = (word & MigratePfn.MIGRATE) !== 0 && target !== 0;
    if ((word & MigratePfn.VALID) !== 0) {
      if (moved) {
        replaceMigrationEntry(mm, args.pageAt(index), migrateFrame(word), migrateFrame(target));
        release(mm, args, migrateFrame(word));
      } else restore(mm, args, index);
    }
    if (target !== 0) mm.physical.of(migrateFrame(target)).put(migrateFrame(target));
  }
}

/**
 * Collects device pages by frame instead of by address, for eviction: fills args from `frames[0 … count)` and unmaps them wherever they are
 * mapped. Pages and finalize follow as for a range. Source: migrate_device_pfns.
 */
export function migrateDevicePfns(mm: Mm, args: MigrateVma, frames: Int32Array, count: number): void {
  migrateDevicePfnsCollect(mm, args, frames, count);
  migrateVmaUnmap(mm, args);
}

/** Its first half: locks each candidate and puts a migration entry in its place. Source: migrate_device_pfn_lock, try_to_migrate. */
export function migrateDevicePfnsCollect(mm: Mm, args: MigrateVma, frames: Int32Array, count: number): void {
  args.count = count;
  args.collected = 0;
  for (let index = 0; index < count; index++) {
    const frame = (frames[index] ?? 0) as FrameNumber;
    const allocator = mm.physical.of(frame);
    const page = allocator.pageOf(frame);
    args.pages[index] = page;
    args.dst[index] = 0;
    args.src[index] = 0;
    args.skipped[index] = MigrateSkip.changed;
    if (allocator.refcount(frame) === 0 || allocator.mapcount(frame) === 0) continue;
    args.skipped[index] = MigrateSkip.locked;
    if (!allocator.tryLock(frame)) continue;
    args.skipped[index] = MigrateSkip.none;
    allocator.get(frame);
    // try_to_migrate: nobody owns this invalidation, the device's own mirror hears of it too.
    mm.notifiers.start({ event: MmuNotifyEvent.CLEAR, start: page, count: 1, owner: undefined, blockable: true });
    args.src[index] = enterMigration(mm, page, frame);
    mm.notifiers.end();
    args.collected++;
  }
}

function collectPage(mm: Mm, args: MigrateVma, index: number, page: PageIndex): number {
  const pte = mm.pageTable.get(page);
  const type = pteType(pte);
  if (type === PteType.none) return MigratePfn.MIGRATE;
  const frame = pteFrame(pte);
  if (type === PteType.present) {
    if ((args.select & MigrateSelect.SYSTEM) === 0) return skip(args, index, MigrateSkip.alreadyThere);
  } else if (type === PteType.devicePrivate) {
    if (mm.physical.pagemapOf(frame)?.owner !== args.owner) return skip(args, index, MigrateSkip.otherDevice);
    if ((args.select & MigrateSelect.DEVICE_PRIVATE) === 0) return skip(args, index, MigrateSkip.alreadyThere);
  } else {
    return skip(args, index, type === PteType.migration ? MigrateSkip.migrating : MigrateSkip.notMigratable);
  }
  const allocator = mm.physical.of(frame);
  if (frame !== args.faultPage && !allocator.tryLock(frame)) return skip(args, index, MigrateSkip.locked);
  allocator.get(frame);
  return enterMigration(mm, page, frame);
}

/** Notes why a page is not collected. @returns its src word. */
function skip(args: MigrateVma, index: number, why: MigrateSkip): 0 {
  args.skipped[index] = why;
  return 0;
}

/** Why somebody besides the migration refers to a page. */
function whyHeld(mm: Mm, frame: FrameNumber): MigrateSkip {
  return mm.physical.of(frame).pincount(frame) > 0 ? MigrateSkip.pinned : MigrateSkip.referenced;
}

/** Puts a migration entry in place of the page's entry. The mapping's reference goes, the migration's stays. @returns the src word. */
function enterMigration(mm: Mm, page: PageIndex, frame: FrameNumber): number {
  const writable = pteWritable(mm.pageTable.get(page));
  mm.pageTable.set(page, makePte(PteType.migration, frame, writable));
  mm.physical.of(frame).unmap(frame);
  return (migrateWord(frame) | (writable ? MigratePfn.WRITE : 0)) >>> 0;
}

function migrateWord(frame: FrameNumber): number {
  return (frame << MigratePfn.SHIFT) | MigratePfn.VALID | MigratePfn.MIGRATE;
}

/** The pin check: whether nobody but the migration (and the fault that it resolves) refers to the page. */
function isOnlyHeldBy(mm: Mm, args: MigrateVma, frame: FrameNumber): boolean {
  const allocator = mm.physical.of(frame);
  return allocator.refcount(frame) - allocator.mapcount(frame) === (frame === args.faultPage ? 2 : 1);
}

/** Puts the page back where it was and lets go of it. */
function restore(mm: Mm, args: MigrateVma, index: number): void {
  const frame = migrateFrame(args.src[index] ?? 0);
  replaceMigrationEntry(mm, args.pageAt(index), frame, frame);
  release(mm, args, frame);
}

/** Drops the migration's lock and reference; a fault that holds the page keeps its own. */
function release(mm: Mm, args: MigrateVma, frame: FrameNumber): void {
  const allocator = mm.physical.of(frame);
  if (frame !== args.faultPage) allocator.unlock(frame);
  allocator.put(frame);
}

/** remove_migration_pte. If the entry is gone, the page was unmapped meanwhile and nothing is to be mapped. */
function replaceMigrationEntry(mm: Mm, page: PageIndex, from: FrameNumber, to: FrameNumber): void {
  const pte = mm.pageTable.get(page);
  if (pteType(pte) !== PteType.migration || pteFrame(pte) !== from) return;
  mapFrame(mm, page, to, pteWritable(pte));
}

/** migrate_vma_insert_page: a page where there was none. False if there is one by now, or may not be. */
function insertPage(mm: Mm, page: PageIndex, frame: FrameNumber): boolean {
  const vma: Vma | undefined = mm.findVma(page);
  if (vma === undefined || !isAnonymous(vma) || pteType(mm.pageTable.get(page)) !== PteType.none) return false;
  mapFrame(mm, page, frame, isWritable(vma));
  return true;
}

function mapFrame(mm: Mm, page: PageIndex, frame: FrameNumber, writable: boolean): void {
  mm.physical.of(frame).map(frame, page);
  if (frameNode(frame) !== SYSTEM_NODE) {
    mm.pageTable.set(page, makePte(PteType.devicePrivate, frame, writable));
    return;
  }
  // The area may have become PROT_NONE while the page was away.
  const vma = mm.findVma(page);
  const protNone = vma === undefined || !isAccessible(vma) ? PTE_PROT_NONE : 0;
  mm.pageTable.set(page, makePte(PteType.present, frame, writable) | protNone);
}
