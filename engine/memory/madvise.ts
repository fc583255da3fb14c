/**
 * madvise: what a program says about how it will use a range. Source: mm/madvise.c.
 *
 * Invariant: a range is worked through area by area; holes in it are passed over and answered with -ENOMEM at the end. What is thrown away
 * reads as zeros, or as the file, when it is touched again.
 */

import { zapPage } from './entries.js';
import { Errno } from './errno.js';
import { Access, Cause } from './event.js';
import { FrameFlag } from './frames.js';
import { splitHugeEnds } from './huge-split.js';
import { collapseHuge } from './huge.js';
import type { MutableMm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { HWPOISON_SLOT, makePte, PTE_PROT_NONE, pteFrame, pteSlot, pteType, PteType } from './page-table.js';
import { pageOut } from './reclaim.js';
import { frameNode, HUGE_PAGES, SYSTEM_NODE, ZERO_FRAME, type PageIndex } from './units.js';
import { isAnonymous, isOrdinary, isShared, isWritable, VmaFlag, type Vma } from './vma.js';

/** MADV_* of <sys/mman.h>, Linux's numbers. */
export const Advice = {
  NORMAL: 0,
  RANDOM: 1,
  SEQUENTIAL: 2,
  WILLNEED: 3,
  DONTNEED: 4,
  FREE: 8,
  REMOVE: 9,
  DONTFORK: 10,
  DOFORK: 11,
  MERGEABLE: 12,
  UNMERGEABLE: 13,
  HUGEPAGE: 14,
  NOHUGEPAGE: 15,
  DONTDUMP: 16,
  DODUMP: 17,
  WIPEONFORK: 18,
  KEEPONFORK: 19,
  COLD: 20,
  PAGEOUT: 21,
  POPULATE_READ: 22,
  POPULATE_WRITE: 23,
  DONTNEED_LOCKED: 24,
  COLLAPSE: 25,
  HWPOISON: 100,
} as const;

type Work = (mm: MutableMm, vma: Vma, start: PageIndex, end: PageIndex) => 0 | Errno;

/** @returns 0, -EINVAL (unknown advice, or one that an area cannot take), -ENOMEM (holes; or no memory), -EBUSY, -EFAULT, -EPERM. */
export function advise(mm: MutableMm, start: PageIndex, count: number, advice: number): 0 | Errno {
  if (advice === Advice.HWPOISON) return Errno.EPERM;
  const work = WORK[advice];
  if (work === undefined) return Errno.EINVAL;
  const end = (start + count) as PageIndex;
  let missing = false;
  for (let page: PageIndex = start; page < end;) {
    const vma = mm.areas.firstEndingAfter(page);
    if (vma === undefined || vma.start >= end) return Errno.ENOMEM;
    if (vma.start > page) {
      missing = true;
      page = vma.start;
    }
    const pieceEnd = vma.end < end ? vma.end : end;
    const result = work(mm, vma, page, pieceEnd);
    if (result !== 0) return result;
    page = pieceEnd;
  }
  return missing ? Errno.ENOMEM : 0;
}

const nothing: Work = () => 0;

const WORK: Readonly<Partial<Record<number, Work>>> = {
  [Advice.NORMAL]: nothing,
  [Advice.RANDOM]: nothing,
  [Advice.SEQUENTIAL]: nothing,
  [Advice.MERGEABLE]: nothing,
  [Advice.UNMERGEABLE]: nothing,
  [Advice.DONTDUMP]: nothing,
  [Advice.DODUMP]: nothing,
  [Advice.COLD]: nothing,
  [Advice.WILLNEED]: willNeed,
  [Advice.DONTNEED]: (mm, vma, start, end) => dontNeed(mm, vma, start, end, VmaFlag.LOCKED),
  [Advice.DONTNEED_LOCKED]: (mm, vma, start, end) => dontNeed(mm, vma, start, end, 0),
  [Advice.FREE]: free,
  [Advice.REMOVE]: remove,
  [Advice.DONTFORK]: setFlags(VmaFlag.DONTFORK, 0),
  [Advice.DOFORK]: setFlags(0, VmaFlag.DONTFORK),
  [Advice.HUGEPAGE]: setFlags(VmaFlag.HUGEPAGE, VmaFlag.NOHUGEPAGE),
  [Advice.NOHUGEPAGE]: setFlags(VmaFlag.NOHUGEPAGE, VmaFlag.HUGEPAGE),
  [Advice.WIPEONFORK]: (mm, vma, start, end) =>
    isAnonymous(vma) ? setFlags(VmaFlag.WIPEONFORK, 0)(mm, vma, start, end) : Errno.EINVAL,
  [Advice.KEEPONFORK]: setFlags(0, VmaFlag.WIPEONFORK),
  [Advice.PAGEOUT]: pageOutRange,
  [Advice.POPULATE_READ]: populateWith(Access.read),
  [Advice.POPULATE_WRITE]: populateWith(Access.write),
  [Advice.COLLAPSE]: collapse,
};

/** Puts flags on a piece of an area, which becomes an area of its own if its neighbours differ now. */
export function setFlags(add: number, remove: number): Work {
  return (mm, vma, start, end) => {
    const flags = (vma.flags & ~remove) | add;
    if (flags === vma.flags) return 0;
    for (const piece of mm.areas.carve(start, end)) mm.areas.insert({ ...piece, flags });
    return 0;
  };
}

function dontNeed(mm: MutableMm, vma: Vma, start: PageIndex, end: PageIndex, refused: number): 0 | Errno {
  if ((vma.flags & (refused | VmaFlag.PFNMAP | VmaFlag.HUGETLB)) !== 0) return Errno.EINVAL;
  if (!isOrdinary(vma) || vma.kind === 'pinned') return Errno.EINVAL;
  splitHugeEnds(mm, start, end, Cause.advise);
  const count = end - start;
  mm.notifiers.start({ event: MmuNotifyEvent.CLEAR, start, count, owner: undefined, blockable: true });
  const { entries } = mm.pageTable;
  for (let page = start; page < end; page++) if (entries[page] !== 0) zapPage(mm, vma, page);
  mm.pageTable.clear(start, count);
  if (vma.backing === undefined) mm.contents?.zero(start, count);
  mm.notifiers.end();
  return 0;
}

/** Pages that the program does not need unless it writes them again: from now on a write faults, which takes the mark away. */
function free(mm: MutableMm, vma: Vma, start: PageIndex, end: PageIndex): 0 | Errno {
  if (!isAnonymous(vma) || (vma.flags & VmaFlag.LOCKED) !== 0) return Errno.EINVAL;
  splitHugeEnds(mm, start, end, Cause.advise);
  mm.notifiers.start({
    event: MmuNotifyEvent.CLEAR,
    start,
    count: end - start,
    owner: undefined,
    blockable: true,
  });
  for (let page = start; page < end; page++) {
    const pte = mm.pageTable.get(page);
    const type = pteType(pte);
    if (type === PteType.swap && pteSlot(pte) !== HWPOISON_SLOT) {
      zapPage(mm, vma, page);
      mm.contents?.zero(page, 1);
    }
    // Pages on a device stay as they are (madvise_free_pte_range passes over them).
    if (type !== PteType.present || pteFrame(pte) === ZERO_FRAME) continue;
    const frame = pteFrame(pte);
    const frames = mm.physical.of(frame);
    if (frameNode(frame) !== SYSTEM_NODE || frames.mapcount(frame) !== 1 || frames.isLocked(frame)) continue;
    frames.setFlag(frame, FrameFlag.LAZY_FREE);
    mm.pageTable.set(page, makePte(PteType.present, frame, false) | (pte & PTE_PROT_NONE));
  }
  mm.notifiers.end();
  return 0;
}

/** Punches a hole into what a shared mapping maps. */
function remove(_mm: MutableMm, vma: Vma, start: PageIndex, end: PageIndex): 0 | Errno {
  if (vma.backing?.punch === undefined || !isShared(vma) || !isWritable(vma)) return Errno.EINVAL;
  return vma.backing.punch(vma.pageOffset + (start - vma.start), end - start);
}

function willNeed(mm: MutableMm, _vma: Vma, start: PageIndex, end: PageIndex): 0 | Errno {
  for (let page = start; page < end; page++) {
    if (pteType(mm.pageTable.get(page)) === PteType.swap) mm.faultIn(page, Access.read);
  }
  return 0;
}

function pageOutRange(mm: MutableMm, vma: Vma, start: PageIndex, end: PageIndex): 0 | Errno {
  if (!isOrdinary(vma) || (vma.flags & (VmaFlag.LOCKED | VmaFlag.PFNMAP | VmaFlag.HUGETLB)) !== 0) return Errno.EINVAL;
  for (let page = start; page < end; page++) {
    const pte = mm.pageTable.get(page);
    const frame = pteFrame(pte);
    if (pteType(pte) !== PteType.present || frame === ZERO_FRAME || frameNode(frame) !== SYSTEM_NODE) continue;
    // Pages that other processes map, too, are not this one's to send away.
    if (mm.physical.system.mapcount(frame) === 1) pageOut(mm.physical, frame, Cause.advise);
  }
  return 0;
}

function populateWith(access: typeof Access.read | typeof Access.write): Work {
  return (mm, vma, start, end) => {
    if (!isOrdinary(vma)) return Errno.EINVAL;
    for (let page = start; page < end; page++) {
      if (mm.pageTable.allows(page, access === Access.write)) continue;
      const result = mm.faultIn(page, access);
      if (result.ok) continue;
      if (result.reason === 'protection') return Errno.EINVAL;
      return result.reason === 'out-of-memory' ? Errno.ENOMEM : Errno.EFAULT;
    }
    return 0;
  };
}

function collapse(mm: MutableMm, vma: Vma, start: PageIndex, end: PageIndex): 0 | Errno {
  if (!isAnonymous(vma) || (vma.flags & VmaFlag.NOHUGEPAGE) !== 0) return Errno.EINVAL;
  const first = Math.ceil(start / HUGE_PAGES) * HUGE_PAGES;
  if (first + HUGE_PAGES > end) return Errno.EINVAL;
  for (let page = first; page + HUGE_PAGES <= end; page += HUGE_PAGES) {
    const result = collapseHuge(mm, page as PageIndex, Cause.advise);
    if (result !== 0) return result;
  }
  return 0;
}
