/**
 * Huge pages: a first touch that maps 2 MiB at once, and base pages collapsed into a huge one. Splitting is in huge-split.ts. Sources:
 * mm/huge_memory.c (do_huge_pmd_anonymous_page), mm/khugepaged.c (collapse_huge_page, madvise_collapse).
 *
 * Invariant: a huge entry lies in one anonymous area that asked for huge pages (the system's setting is `madvise`), and its entries refer to
 * neighbouring frames, or all to the zero page. Failing to get huge memory is no failure: base pages do.
 */

import { installPage, pteFor, releaseEntry } from './entries.js';
import { Errno } from './errno.js';
import { Access, type Cause, EventKind, isWrite } from './event.js';
import type { Mm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { pteFrame, pteType, PteType } from './page-table.js';
import {
  CPU,
  HUGE_PAGES,
  hugeBlockStart,
  NO_FRAME,
  SYSTEM_NODE,
  ZERO_FRAME,
  type FrameNumber,
  type PageIndex,
} from './units.js';
import { isAnonymous, isWritable, linearPageIndex, VmaFlag, type Vma } from './vma.js';

/** Whether the page's block lies in the area, which wants huge pages. */
function wantsHuge(vma: Vma, page: PageIndex): boolean {
  const start = hugeBlockStart(page);
  return (
    (vma.flags & (VmaFlag.HUGEPAGE | VmaFlag.NOHUGEPAGE)) === VmaFlag.HUGEPAGE &&
    isAnonymous(vma) &&
    start >= vma.start &&
    start + HUGE_PAGES <= vma.end
  );
}

/** Maps the page's whole block, if the area wants it and nothing of it is mapped. False: base pages, then. */
export function faultHuge(mm: Mm, vma: Vma, page: PageIndex, access: Access): boolean {
  if (!wantsHuge(vma, page)) return false;
  const start = hugeBlockStart(page);
  const { entries } = mm.pageTable;
  for (let at = start; at < start + HUGE_PAGES; at++) if (entries[at] !== 0) return false;
  const zero = !isWrite(access);
  const first = zero ? ZERO_FRAME : mm.physical.system.allocateHuge();
  if (first === NO_FRAME) return false;
  for (let index = 0; index < HUGE_PAGES; index++) {
    if (zero) mm.physical.system.get(ZERO_FRAME);
    const frame = zero ? ZERO_FRAME : ((first + index) as FrameNumber);
    installPage(mm, vma, (start + index) as PageIndex, frame, !zero && isWritable(vma));
  }
  mm.pageTable.setHuge(start, true);
  return true;
}

/**
 * MADV_COLLAPSE of one block: its pages become a huge page, present ones in new frames.
 * @returns 0, -EINVAL (not all of it in one anonymous area, or a page that is elsewhere), -EBUSY (somebody holds a page), -ENOMEM.
 */
export function collapseHuge(mm: Mm, start: PageIndex, cause: Cause): 0 | Errno {
  const vma = mm.findVma(start);
  if (vma === undefined || !isAnonymous(vma) || start < vma.start || start + HUGE_PAGES > vma.end) return Errno.EINVAL;
  if (mm.pageTable.isHuge(start) && pteFrame(mm.pageTable.get(start)) !== ZERO_FRAME) return 0;
  for (let at = start; at < start + HUGE_PAGES; at++) {
    if (pteType(mm.pageTable.get(at)) === PteType.swap && !mm.faultIn(at, Access.read).ok) return Errno.EINVAL;
    const pte = mm.pageTable.get(at);
    const type = pteType(pte);
    if (type === PteType.none) continue;
    if (type !== PteType.present) return Errno.EINVAL;
    const frame = pteFrame(pte);
    const frames = mm.physical.of(frame);
    if (frame !== ZERO_FRAME && (frames.isLocked(frame) || frames.refcount(frame) !== 1)) return Errno.EBUSY;
  }
  const first = mm.physical.system.allocateHuge();
  if (first === NO_FRAME) return Errno.ENOMEM;
  mm.notifiers.start({
    event: MmuNotifyEvent.CLEAR,
    start,
    count: HUGE_PAGES,
    owner: undefined,
    blockable: true,
  });
  for (let index = 0; index < HUGE_PAGES; index++) {
    const page = (start + index) as PageIndex;
    const frame = (first + index) as FrameNumber;
    const before = mm.pageTable.get(page);
    const { system } = mm.physical;
    system.map(frame, page, mm.id, linearPageIndex(vma, page));
    system.put(frame);
    mm.pageTable.set(page, pteFor(mm, vma, frame, isWritable(vma)));
    releaseEntry(mm, vma, page, before);
  }
  mm.pageTable.setHuge(start, true);
  mm.notifiers.end();
  mm.sink.record({
    kind: EventKind.hugeCollapse,
    agent: CPU,
    source: SYSTEM_NODE,
    target: SYSTEM_NODE,
    firstPage: start,
    pageCount: HUGE_PAGES,
    access: Access.none,
    cause,
    durationNs: 0,
    extra: 0,
  });
  return 0;
}
