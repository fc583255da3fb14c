/**
 * The CPU's side of device-exclusive access: its next access ends it. Source: mm/memory.c (remove_device_exclusive_entry,
 * restore_exclusive_pte).
 *
 * Invariant: an exclusive entry keeps its mapping's reference, so revoking it changes the entry alone; it waits for the page's lock, which
 * the device's driver holds for as long as it relies on being alone.
 */

import { Access, Cause, EventKind } from './event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from './fault.js';
import type { Mm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { makePte, PTE_PROT_NONE, pteFrame, pteType, PteType } from './page-table.js';
import { CPU, frameNode, type FrameNumber, type PageIndex } from './units.js';
import { isAccessible, isWritable } from './vma.js';

/**
 * Revokes a device's exclusive access to a page: its entry is an ordinary one again. Fails with `driver-failed` if somebody holds the page's
 * lock and cannot be waited for.
 */
export function restoreExclusive(mm: Mm, page: PageIndex): FaultResult {
  const frame = pteFrame(mm.pageTable.get(page));
  if (!lockPage(mm, page, frame)) return fatalFault('driver-failed');
  const frames = mm.physical.of(frame);
  frames.get(frame);
  mm.notifiers.start({ event: MmuNotifyEvent.EXCLUSIVE, start: page, count: 1, owner: undefined, blockable: true });
  // While the lock was waited for, the entry may have become another one.
  const pte = mm.pageTable.get(page);
  if (pteType(pte) === PteType.exclusive && pteFrame(pte) === frame) {
    mm.pageTable.set(page, restoredPte(mm, page, frame));
    recordExclusive(mm, page, frame, Cause.fault);
  }
  mm.notifiers.end();
  frames.unlock(frame);
  frames.put(frame);
  return FAULT_RESOLVED;
}

/** Takes a page's lock, waiting for it where that is possible. */
export function lockPage(mm: Mm, page: PageIndex, frame: FrameNumber): boolean {
  const frames = mm.physical.of(frame);
  if (frames.tryLock(frame)) return true;
  frames.get(frame);
  const outcome = mm.wait?.({ kind: 'lock', page }, () => !frames.isLocked(frame));
  frames.put(frame);
  return outcome === 'ready' && frames.tryLock(frame);
}

/** An exclusive access begins (cause `exclusive`) or ends (cause `fault`). */
export function recordExclusive(mm: Mm, page: PageIndex, frame: FrameNumber, cause: Cause): void {
  mm.sink.record({
    kind: EventKind.exclusive,
    agent: CPU,
    source: frameNode(frame),
    target: frameNode(frame),
    firstPage: page,
    pageCount: 1,
    access: Access.none,
    cause,
    durationNs: 0,
    extra: 0,
  });
}

/** Writable if the area is and nobody else maps the frame: exclusivity was got by a write fault. */
function restoredPte(mm: Mm, page: PageIndex, frame: FrameNumber): number {
  const vma = mm.findVma(page);
  const writable = vma !== undefined && isWritable(vma) && mm.physical.of(frame).mapcount(frame) === 1;
  const protNone = vma === undefined || !isAccessible(vma) ? PTE_PROT_NONE : 0;
  return makePte(PteType.present, frame, writable) | protNone;
}
