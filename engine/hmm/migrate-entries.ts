/**
 * Migration entries: putting them in place of every mapping of a page, in every process, and replacing them when the page has a place again.
 * Source: mm/rmap.c (try_to_migrate), mm/migrate.c (remove_migration_pte), mm/migrate_device.c (migrate_device_unmap).
 *
 * Invariant: a migration entry holds no reference; the migration itself holds one for as long as there may be such entries. An entry that is
 * put back allows no more than the migration entry said and its area allows; whoever unmapped it meanwhile keeps it unmapped.
 */

import { Cause } from '../memory/event.js';
import { FrameField, FrameFlag, frameRecord } from '../memory/frames.js';
import { splitHuge } from '../memory/huge-split.js';
import type { Mm } from '../memory/mm.js';
import { MmuNotifyEvent } from '../memory/mmu-notifier.js';
import { makePte, PTE_PROT_NONE, pteType, PteType, pteWritable } from '../memory/page-table.js';
import type { PhysicalMemory } from '../memory/physical-memory.js';
import type { FrameNumber, PageIndex } from '../memory/units.js';
import { isAccessible } from '../memory/vma.js';
import { MigrateSkip } from './migrate-vma.js';

/** What of a page's state goes with it to another frame (folio_migrate_flags). */
export const CARRIED_FLAGS = FrameFlag.DIRTY | FrameFlag.LAZY_FREE;

/**
 * Replaces every mapping of a frame, in every process, by a migration entry. Nobody owns these invalidations.
 * @param huge the frame is part of a huge page that moves as a whole: huge entries stay huge. @returns whether one of them was writable.
 */
export function unmapEverywhere(physical: PhysicalMemory, frame: FrameNumber, huge: boolean): boolean {
  const frames = physical.of(frame);
  let writable = false;
  physical.rmap(frame, (mm, page) => {
    const type = pteType(mm.pageTable.get(page));
    if (type !== PteType.present && type !== PteType.devicePrivate) return;
    if (!huge) splitHuge(mm, page, Cause.none);
    mm.notifiers.start({ event: MmuNotifyEvent.CLEAR, start: page, count: 1, owner: undefined, blockable: true });
    const pte = mm.pageTable.get(page);
    writable ||= pteWritable(pte);
    mm.pageTable.setUnreachable(page, makePte(PteType.migration, frame, pteWritable(pte)));
    frames.unmap(frame);
    mm.notifiers.end();
  });
  return writable;
}

/** Maps `to` wherever there is a migration entry for `from`. They may be the same: the page stays. */
export function replaceEntries(physical: PhysicalMemory, from: FrameNumber, to: FrameNumber): void {
  const target = physical.of(to);
  const index = physical.of(from).indexOf(from);
  const onDevice = physical.pagemapOf(to)?.type === 'private';
  if (from !== to) carryState(physical, from, to);
  physical.rmap(from, (mm, page) => {
    const pte = mm.pageTable.get(page);
    if (pteType(pte) !== PteType.migration) return;
    target.map(to, page, mm.id, index);
    const writable = pteWritable(pte);
    if (onDevice) mm.pageTable.setUnreachable(page, makePte(PteType.devicePrivate, to, writable));
    else mm.pageTable.set(page, makePte(PteType.present, to, writable) | protNone(mm, page));
  });
}

/** The area may have become PROT_NONE while the page was away. */
function protNone(mm: Mm, page: PageIndex): number {
  const vma = mm.findVma(page);
  return vma === undefined || !isAccessible(vma) ? PTE_PROT_NONE : 0;
}

function carryState(physical: PhysicalMemory, from: FrameNumber, to: FrameNumber): void {
  const carried = physical.of(from).records[frameRecord(from) + FrameField.FLAGS]! & CARRIED_FLAGS;
  if (carried !== 0) physical.of(to).setFlag(to, carried);
}

/**
 * Why somebody besides the migration (and the fault that it resolves, and the page cache) refers to a page that nothing maps any more; `none` if
 * nobody does: the pin check.
 */
export function whyHeld(physical: PhysicalMemory, frame: FrameNumber, faultPage: FrameNumber): MigrateSkip {
  const frames = physical.of(frame);
  if (frames.mapcount(frame) > 0) return MigrateSkip.referenced;
  const expected = 1 + Number(frame === faultPage) + Number(frames.mappingOf(frame) !== 0);
  if (frames.refcount(frame) === expected) return MigrateSkip.none;
  return frames.pincount(frame) > 0 ? MigrateSkip.pinned : MigrateSkip.referenced;
}

/** Drops the migration's lock and reference; a fault that holds the page keeps its own. */
export function release(physical: PhysicalMemory, frame: FrameNumber, faultPage: FrameNumber): void {
  const frames = physical.of(frame);
  if (frame !== faultPage) frames.unlock(frame);
  frames.put(frame);
}
