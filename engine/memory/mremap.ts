/**
 * mremap: growing, shrinking and moving a mapping. Source: mm/mremap.c.
 *
 * Invariant: a page that moves keeps its frame, its place on a device and its bytes; only its address changes. Mirrors hear UNMAP for where
 * it was.
 */

import { Errno, isErrno } from './errno.js';
import { Access, Cause, EventKind } from './event.js';
import { splitHuge, splitHugeEnds } from './huge-split.js';
import type { MutableMm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { hasFrame, pteFrame, PteType, pteType } from './page-table.js';
import { CPU, HUGE_PAGES, PAGE_COUNT, SYSTEM_NODE, type PageIndex } from './units.js';
import { isAnonymous, isOrdinary, isShared, linearPageIndex, VmaFlag, type Vma } from './vma.js';

/** MREMAP_* of <sys/mman.h>. */
export const RemapFlag = { MAYMOVE: 1, FIXED: 2, DONTUNMAP: 4 } as const;

export interface RemapRequest {
  readonly start: PageIndex;
  readonly count: number;
  readonly newCount: number;
  /** RemapFlag bits. */
  readonly flags: number;
  /** With FIXED: where it must go; with DONTUNMAP: a wish. */
  readonly newStart?: PageIndex;
}

/** @returns the first page of where it is now, or -EINVAL, -EFAULT (not within one area), -ENOMEM (no room). */
export function remap(mm: MutableMm, request: RemapRequest): PageIndex | Errno {
  const { start, count, newCount, flags, newStart } = request;
  const mayMove = (flags & RemapFlag.MAYMOVE) !== 0;
  const fixed = (flags & RemapFlag.FIXED) !== 0;
  const dontUnmap = (flags & RemapFlag.DONTUNMAP) !== 0;
  if ((flags & ~7) !== 0 || newCount <= 0 || newCount > PAGE_COUNT || ((fixed || dontUnmap) && !mayMove))
    return Errno.EINVAL;
  if (dontUnmap && count !== newCount) return Errno.EINVAL;
  if (fixed && !isFixedTarget(start, count, newCount, newStart)) return Errno.EINVAL;
  const vma = mm.findVma(start);
  if (vma === undefined) return Errno.EFAULT;
  if (count === 0 && !isShared(vma)) return Errno.EINVAL;
  if (!isOrdinary(vma) || vma.kind === 'pinned' || start + count > vma.end) return Errno.EFAULT;
  if ((vma.flags & (VmaFlag.DONTEXPAND | VmaFlag.PFNMAP)) !== 0 && newCount > count) return Errno.EFAULT;
  if (!fixed && !dontUnmap && newCount <= count) return shrink(mm, start, count, newCount);
  if (!fixed && !dontUnmap && count > 0 && growInPlace(mm, vma, start, count, newCount)) return start;
  if (!mayMove) return Errno.ENOMEM;
  return move(mm, vma, request, fixed, dontUnmap);
}

function isFixedTarget(start: number, count: number, newCount: number, newStart: PageIndex | undefined): boolean {
  if (newStart === undefined || newStart <= 0 || newStart + newCount > PAGE_COUNT) return false;
  return newStart + newCount <= start || newStart >= start + count;
}

function shrink(mm: MutableMm, start: PageIndex, count: number, newCount: number): PageIndex | Errno {
  if (newCount === count) return start;
  const unmapped = mm.munmap((start + newCount) as PageIndex, count - newCount);
  return unmapped === 0 ? start : unmapped;
}

function growInPlace(mm: MutableMm, vma: Vma, start: PageIndex, count: number, newCount: number): boolean {
  const end = (start + newCount) as PageIndex;
  const next = mm.areas.firstEndingAfter(start + count);
  if (vma.end !== start + count || end > PAGE_COUNT || (next !== undefined && next.start < end)) return false;
  if (mm.contents?.provide(vma.end, end - vma.end) === false) return false;
  mm.areas.insert({ ...vma, start: vma.end, end, pageOffset: linearPageIndex(vma, vma.end) });
  return true;
}

function move(mm: MutableMm, vma: Vma, request: RemapRequest, fixed: boolean, dontUnmap: boolean): PageIndex | Errno {
  const { start, count, newCount, newStart } = request;
  const target = mm.place({ ...(newStart !== undefined && { start: newStart }), pageCount: newCount, fixed });
  if (isErrno(target)) return target;
  if (fixed) {
    const unmapped = mm.munmap(target, newCount);
    if (unmapped !== 0) return unmapped;
    if (newCount < count) {
      const tail = mm.munmap((start + newCount) as PageIndex, count - newCount);
      if (tail !== 0) return tail;
    }
  }
  if (mm.contents?.provide(target, newCount) === false) return Errno.ENOMEM;
  const moved = Math.min(count, newCount);
  const end = (target + newCount) as PageIndex;
  const area = { ...vma, start: target, end, pageOffset: linearPageIndex(vma, start) };
  mm.areas.insert(area);
  vma.backing?.opened(mm, area);
  movePages(mm, start, target, moved);
  recordMove(mm, start, target, moved);
  if (dontUnmap) {
    // What stays behind is empty; an anonymous area starts its index anew, so that it can be told from the one that moved.
    if (isAnonymous(vma)) {
      for (const piece of mm.areas.carve(start, (start + count) as PageIndex))
        mm.areas.insert({ ...piece, flags: piece.flags & ~VmaFlag.LOCKED, pageOffset: piece.start });
      mm.contents?.zero(start, count);
    }
  } else if (count > 0) {
    const unmapped = mm.munmap(start, moved);
    if (unmapped !== 0) return unmapped;
  }
  return target;
}

/** move_page_tables: entries go to their new address with all that they say. */
function movePages(mm: MutableMm, from: PageIndex, to: PageIndex, count: number): void {
  if (count === 0) return;
  const { pageTable } = mm;
  const aligned = (to - from) % HUGE_PAGES === 0;
  splitHugeEnds(mm, from, (from + count) as PageIndex, Cause.user);
  mm.notifiers.start({ event: MmuNotifyEvent.UNMAP, start: from, count, owner: undefined, blockable: true });
  mm.contents?.move(from, to, count);
  for (let index = 0; index < count; index++) {
    const source = (from + index) as PageIndex;
    const target = (to + index) as PageIndex;
    const pte = pageTable.get(source);
    if (pte === 0) continue;
    if (pageTable.isHuge(source)) {
      if (!aligned) splitHuge(mm, source, Cause.user);
      else if (source % HUGE_PAGES === 0) pageTable.setHuge(target, true);
    }
    pageTable.set(source, 0);
    pageTable.set(target, pte);
    if (hasFrame(pte) && pteType(pte) !== PteType.deviceOnly)
      mm.physical.of(pteFrame(pte)).moved(pteFrame(pte), target, mm.id);
  }
  pageTable.clear(from, count);
  mm.notifiers.end();
}

function recordMove(mm: MutableMm, from: PageIndex, to: PageIndex, pageCount: number): void {
  mm.sink.record({
    kind: EventKind.remap,
    agent: CPU,
    source: SYSTEM_NODE,
    target: SYSTEM_NODE,
    firstPage: to,
    pageCount,
    access: Access.none,
    cause: Cause.user,
    durationNs: 0,
    extra: from,
  });
}
