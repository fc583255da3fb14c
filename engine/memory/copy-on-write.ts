/**
 * A write to a present page of a private mapping whose entry is read-only: the writer gets a page of its own, unless nobody shares the page
 * any more. Source: mm/memory.c (do_wp_page, wp_page_reuse, wp_page_copy, wp_can_reuse_anon_folio).
 *
 * Invariant: mirrors hear CLEAR before the entry refers to the new page. A page that is pinned is never shared (fork copies it at once), so it
 * is never replaced under whoever pinned it. Bytes need no copying: each process has its own at the page's address.
 */

import { allocateFrame, installPage } from './entries.js';
import { Access, Cause, EventKind } from './event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from './fault.js';
import { FrameFlag } from './frames.js';
import { splitHuge } from './huge-split.js';
import type { Mm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { makePte, pteFrame, PteType } from './page-table.js';
import {
  CPU,
  frameNode,
  HUGE_PAGES,
  hugeBlockStart,
  NO_FRAME,
  ZERO_FRAME,
  type FrameNumber,
  type PageIndex,
} from './units.js';
import type { Vma } from './vma.js';

/** @param unshare the page is to become this process's own, but not writable: for a pin that only reads (FAULT_FLAG_UNSHARE). */
export function copyOnWrite(mm: Mm, vma: Vma, page: PageIndex, unshare = false): FaultResult {
  const frame = pteFrame(mm.pageTable.get(page));
  if (mm.pageTable.isHuge(page)) {
    if (frame !== ZERO_FRAME && isHugeExclusive(mm, page)) return reuseHuge(mm, page);
    splitHuge(mm, page, Cause.fault);
  }
  if (isExclusive(mm, frame)) {
    mm.physical.of(frame).clearFlag(frame, FrameFlag.LAZY_FREE);
    mm.pageTable.set(page, makePte(PteType.present, frame, true));
    return FAULT_RESOLVED;
  }
  const pte = mm.pageTable.get(page);
  const copy = allocateFrame(mm);
  if (copy === NO_FRAME) return fatalFault('out-of-memory');
  // Making room may have taken the page away.
  if (mm.pageTable.get(page) !== pte) {
    mm.physical.system.put(copy);
    return FAULT_RESOLVED;
  }
  if (frame !== ZERO_FRAME) recordCopy(mm, page, frame, copy);
  mm.notifiers.start({ event: MmuNotifyEvent.CLEAR, start: page, count: 1, owner: undefined, blockable: true });
  installPage(mm, vma, page, copy, !unshare);
  mm.physical.of(frame).unmap(frame);
  mm.notifiers.end();
  return FAULT_RESOLVED;
}

/** Whether the only reference to an anonymous page, pins apart, is the entry that is about to be made writable. */
function isExclusive(mm: Mm, frame: FrameNumber): boolean {
  const frames = mm.physical.of(frame);
  if (frame === ZERO_FRAME || frames.mappingOf(frame) !== 0 || frames.mapcount(frame) !== 1) return false;
  return frames.refcount(frame) - frames.pincount(frame) === 1;
}

function isHugeExclusive(mm: Mm, page: PageIndex): boolean {
  const start = hugeBlockStart(page);
  for (let at = start; at < start + HUGE_PAGES; at++) {
    if (!isExclusive(mm, pteFrame(mm.pageTable.get(at)))) return false;
  }
  return true;
}

function reuseHuge(mm: Mm, page: PageIndex): FaultResult {
  const start = hugeBlockStart(page);
  for (let at = start; at < start + HUGE_PAGES; at++) {
    const frame = pteFrame(mm.pageTable.get(at));
    mm.physical.of(frame).clearFlag(frame, FrameFlag.LAZY_FREE);
    mm.pageTable.set(at, makePte(PteType.present, frame, true));
  }
  return FAULT_RESOLVED;
}

function recordCopy(mm: Mm, page: PageIndex, from: FrameNumber, to: FrameNumber): void {
  mm.sink.record({
    kind: EventKind.cow,
    agent: CPU,
    source: frameNode(from),
    target: frameNode(to),
    firstPage: page,
    pageCount: 1,
    access: Access.write,
    cause: Cause.fault,
    durationNs: 0,
    extra: 0,
  });
}
