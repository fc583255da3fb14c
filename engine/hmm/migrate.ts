/**
 * Migration between system memory and device memory in the kernel's steps: setup (collect, unmap), pages, finalize. Each is callable on
 * its own, so a debugger can stop between them. Source: mm/migrate_device.c.
 *
 *   migrateVmaSetup → the driver allocates, fills dst, copies → migrateVmaPages → (copies may still be checked) → migrateVmaFinalize
 *
 * Invariant: a page that is collected has migration entries and nobody can reach it until finalize, which puts either the new frame or the
 * old one in place with the same permissions; whatever happens in between, no page and no frame is lost. Skipping a page is silent.
 * Bytes are not copied here: a page's bytes stay at its address in the debuggee, only where they count as being changes.
 */

import type { Errno } from '../memory/errno.js';
import { FrameField, FrameFlag, frameRecord } from '../memory/frames.js';
import type { Mm } from '../memory/mm.js';
import type { PhysicalMemory } from '../memory/physical-memory.js';
import { frameNode, HUGE_PAGES, SYSTEM_NODE, type FrameNumber } from '../memory/units.js';
import { migrateVmaCollect } from './migrate-collect.js';
import { release, replaceEntries, unmapEverywhere, whyHeld } from './migrate-entries.js';
import { HoleFiller } from './migrate-holes.js';
import { splitCollectedHuge } from './migrate-huge.js';
import { Settler } from './migrate-settle.js';
import { migrateFrame, MigratePfn, MigrateSkip, type MigrateVma } from './migrate-vma.js';

const MOVING = MigratePfn.VALID | MigratePfn.MIGRATE;

/**
 * Collects what can be collected of [start, start+count) and unmaps it: src says what.
 * @returns 0, even if nothing could be collected; -EINVAL for a range that is not within one area, or is empty or too long for the arrays; for
 * an area of a huge page pool, a special one (IO, PFNMAP, DONTEXPAND, MIXEDMAP), a DAX mapping, or one that is not the CPU's; and for a fault
 * page that is not locked device-private memory.
 */
export function migrateVmaSetup(mm: Mm, args: MigrateVma): 0 | Errno {
  const result = migrateVmaCollect(mm, args);
  if (result === 0) migrateVmaUnmap(mm, args);
  return result;
}

/**
 * Second half of setup: what other processes map of the pages becomes migration entries, too; then those pages are given up that somebody
 * holds on to (pins, input and output under way).
 */
export function migrateVmaUnmap(mm: Mm, args: MigrateVma): void {
  const { src, count, faultPage } = args;
  const { physical } = mm;
  if (args.onlyOurs) return;
  for (let index = 0; index < count; index++) {
    index = endOfUnheld(physical, args, index);
    if (index === count) break;
    const word = src[index]!;
    if ((word & MigratePfn.VALID) === 0) continue;
    const frame = migrateFrame(word);
    if ((word & MigratePfn.COMPOUND) !== 0) {
      unmapHuge(mm, args, index, frame);
      index += HUGE_PAGES - 1;
      continue;
    }
    if (physical.of(frame).mapcount(frame) > 0) unmapEverywhere(physical, frame, false);
    const why = whyHeld(physical, frame, faultPage);
    if (why !== MigrateSkip.none) putBack(mm, args, index, frame, why);
  }
}

/** What nearly all pages are, many at once: small, and only the migration's. @returns the index of the first word that may be another case. */
function endOfUnheld(physical: PhysicalMemory, { src, count }: MigrateVma, first: number): number {
  const word = src[first]!;
  if ((word & MigratePfn.VALID) === 0) return first;
  const node = frameNode(migrateFrame(word));
  const { records } = physical.of(migrateFrame(word));
  for (let index = first; index < count; index++) {
    const word = src[index]!;
    const frame = migrateFrame(word);
    if ((word & (MigratePfn.VALID | MigratePfn.COMPOUND)) !== MigratePfn.VALID || frameNode(frame) !== node)
      return index;
    const record = frameRecord(frame);
    if (records[record + FrameField.MAPS] !== 0 || records[record + FrameField.REFS] !== 1) return index;
  }
  return count;
}

/** Moves each page that has a dst, as far as that is still possible: MIGRATE stays set where it is. Holes get their new page here. */
export function migrateVmaPages(mm: Mm, args: MigrateVma): void {
  const { src, dst, count, faultPage } = args;
  const { physical } = mm;
  let filler: HoleFiller | undefined;
  for (let index = 0; index < count; index++) {
    index = endOfMovable(physical, args, index);
    if (index === count) break;
    let word = src[index]!;
    if ((word & MigratePfn.MIGRATE) === 0) continue;
    const target = dst[index]!;
    if (target === 0) {
      src[index] = word & ~MigratePfn.MIGRATE;
      continue;
    }
    if (((word ^ target) & MigratePfn.COMPOUND) !== 0) {
      if ((word & MigratePfn.COMPOUND) === 0) {
        args.giveUp(index, MigrateSkip.tooLarge);
        continue;
      }
      splitCollectedHuge(mm, args, index);
      word = src[index]!;
    }
    if ((word & MigratePfn.VALID) === 0) {
      filler ??= new HoleFiller(mm, args);
      filler.fill(index, migrateFrame(target), (word & MigratePfn.COMPOUND) !== 0);
      continue;
    }
    const frame = migrateFrame(word);
    const frames = physical.of(frame);
    const mapping = frames.mappingOf(frame);
    if (mapping !== 0 && !mayReplace(mm, mapping, migrateFrame(target))) args.giveUp(index, MigrateSkip.fileBacked);
    else if (frames.refcount(frame) !== 1 || (word & MigratePfn.COMPOUND) !== 0) {
      const held = whyAnyHeld(mm, frame, args.span(index), faultPage);
      if (held !== MigrateSkip.none) args.giveUp(index, held);
      else if (mapping !== 0 && !replaceInCache(mm, mapping, frame, migrateFrame(target)))
        args.giveUp(index, MigrateSkip.changed);
    }
  }
  filler?.end();
}

/**
 * What nearly all pages are, many at once: small, anonymous, with a small frame to go to, and only the migration's.
 * @returns the index of the first word that may be another case.
 */
function endOfMovable(physical: PhysicalMemory, { src, dst, count }: MigrateVma, first: number): number {
  const word = src[first]!;
  if ((word & MigratePfn.VALID) === 0) return first;
  const node = frameNode(migrateFrame(word));
  const { records } = physical.of(migrateFrame(word));
  for (let index = first; index < count; index++) {
    const word = src[index]!;
    const target = dst[index]!;
    if ((word & MOVING) !== MOVING || target === 0 || ((word | target) & MigratePfn.COMPOUND) !== 0) return index;
    const frame = migrateFrame(word);
    const record = frameRecord(frame);
    if (frameNode(frame) !== node || records[record + FrameField.REFS] !== 1) return index;
    if ((records[record + FrameField.FLAGS]! & FrameFlag.BACKED) !== 0) return index;
  }
  return count;
}

/** Puts the new pages in place of the migration entries, or the old ones where a page did not move, and lets go of both. */
export function migrateVmaFinalize(mm: Mm, args: MigrateVma): void {
  const { src, dst, count } = args;
  const settler = new Settler(mm, args.faultPage);
  for (let index = 0; index < count; index++) {
    index = settler.settleRun(args, index);
    if (index === count) break;
    const word = src[index]!;
    const target = dst[index]!;
    if ((word | target) === 0) continue;
    if (((word | target) & MigratePfn.COMPOUND) !== 0) {
      settler.settleHuge(args.pageAt(index), word, target);
      continue;
    }
    if ((word & MigratePfn.VALID) !== 0) {
      const moved = (word & MigratePfn.MIGRATE) !== 0 && target !== 0;
      const from = migrateFrame(word);
      settler.settle(args.pageAt(index), from, moved ? migrateFrame(target) : from);
    }
    if (target !== 0) settler.put(migrateFrame(target));
  }
}

/** A huge page is unmapped, and given up, as a whole. */
function unmapHuge(mm: Mm, args: MigrateVma, index: number, first: FrameNumber): void {
  for (let at = 0; at < HUGE_PAGES; at++) {
    const frame = (first + at) as FrameNumber;
    if (mm.physical.of(frame).mapcount(frame) > 0) unmapEverywhere(mm.physical, frame, true);
  }
  const why = whyAnyHeld(mm, first, HUGE_PAGES, args.faultPage);
  if (why === MigrateSkip.none) return;
  for (let at = 0; at < HUGE_PAGES; at++) putBack(mm, args, index + at, (first + at) as FrameNumber, why);
  args.collected += HUGE_PAGES - 1;
}

/** A page of a cache may always come to system memory; to a device only if its backing lets it. */
function mayReplace(mm: Mm, mapping: number, target: FrameNumber): boolean {
  const backing = mm.physical.backings.get(mapping);
  if (backing?.replacePage === undefined) return false;
  return frameNode(target) === SYSTEM_NODE || backing.deviceEntriesAllowed === true;
}

/** Makes the cache refer to the page's new frame. False: it no longer has the page. */
function replaceInCache(mm: Mm, mapping: number, from: FrameNumber, to: FrameNumber): boolean {
  const index = mm.physical.of(from).indexOf(from);
  return mm.physical.backings.get(mapping)?.replacePage?.(index, from, to) === true;
}

function whyAnyHeld(mm: Mm, first: FrameNumber, span: number, faultPage: FrameNumber): MigrateSkip {
  for (let at = 0; at < span; at++) {
    const why = whyHeld(mm.physical, (first + at) as FrameNumber, faultPage);
    if (why !== MigrateSkip.none) return why;
  }
  return MigrateSkip.none;
}

/** Gives a page up before it has a new place. */
function putBack(mm: Mm, args: MigrateVma, index: number, frame: FrameNumber, why: MigrateSkip): void {
  replaceEntries(mm.physical, frame, frame);
  release(mm.physical, frame, args.faultPage);
  args.src[index] = 0;
  args.skipped[index] = why;
  args.collected--;
}
