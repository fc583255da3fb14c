/**
 * Reclaim: making frames of system memory free by taking pages away from processes that have not used them for long. Anonymous pages go to
 * the swap area, MADV_FREE pages are thrown away, clean pages of a page cache are dropped. Source: mm/vmscan.c (shrink_folio_list), mm/rmap.c
 * (try_to_unmap).
 *
 * Invariant: a page that is locked, pinned, mlocked, or referred to by anybody but its entries is left alone; mirrors hear CLEAR before an
 * entry goes. The hand moves on with each call, so finding a page costs O(1) on average. Pages go in turn: accesses that are allowed are seen by
 * nobody, so there is no telling which page was used last.
 */

import { Access, Cause, EventKind } from './event.js';
import { FrameFlag } from './frames.js';
import { splitHuge } from './huge-split.js';
import type { Mm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { makeSwapPte, pteType, PteType } from './page-table.js';
import type { PhysicalMemory } from './physical-memory.js';
import { CPU, frameNumber, NO_NODE, SYSTEM_NODE, type FrameNumber, type PageIndex } from './units.js';
import { VmaFlag } from './vma.js';

/** Frees one frame of system memory. False if there is none that could go. */
export function reclaimFrame(physical: PhysicalMemory): boolean {
  const { system } = physical;
  const end = system.highest;
  let hand = physical.reclaimHand;
  for (let step = 0; step < end; step++) {
    if (hand >= end) hand = 1;
    const frame = frameNumber(SYSTEM_NODE, hand++);
    if (system.refcount(frame) === 0) continue;
    const free = system.freeFrames;
    if (pageOut(physical, frame, Cause.reclaim) && system.freeFrames > free) {
      physical.reclaimHand = hand;
      return true;
    }
  }
  physical.reclaimHand = hand;
  return false;
}

/** Takes one page out of memory, wherever it is mapped. False if it has to stay. */
export function pageOut(physical: PhysicalMemory, frame: FrameNumber, cause: Cause): boolean {
  const { system, swap } = physical;
  const mapping = system.mappingOf(frame);
  const maps = system.mapcount(frame);
  if (system.isLocked(frame) || system.pincount(frame) > 0) return false;
  if (mapping !== 0) return physical.reclaimCached?.(mapping, frame) ?? false;
  if (maps === 0 || system.refcount(frame) !== maps) return false;
  const entries: [Mm, PageIndex][] = [];
  const blocked = { locked: false };
  physical.rmap(frame, (mm, page) => {
    const flags = mm.findVma(page)?.flags ?? VmaFlag.LOCKED;
    const present = pteType(mm.pageTable.get(page)) === PteType.present;
    if ((flags & VmaFlag.LOCKED) !== 0 || !present) blocked.locked = true;
    entries.push([mm, page]);
  });
  if (blocked.locked || entries.length !== maps) return false;
  const lazy = system.hasFlag(frame, FrameFlag.LAZY_FREE);
  const slot = lazy ? -1 : swap.allocate();
  if (!lazy && slot < 0) return false;
  entries.forEach(([mm, page], at) => {
    splitHuge(mm, page, cause);
    mm.notifiers.start({ event: MmuNotifyEvent.CLEAR, start: page, count: 1, owner: undefined, blockable: true });
    if (lazy) {
      mm.pageTable.set(page, 0);
      mm.contents?.zero(page, 1);
    } else {
      if (at > 0) swap.duplicate(slot);
      mm.pageTable.set(page, makeSwapPte(slot));
    }
    mm.notifiers.end();
    system.unmap(frame);
    if (!lazy) recordSwap(mm, EventKind.swapOut, page, cause);
  });
  return true;
}

export function recordSwap(mm: Mm, kind: EventKind, page: PageIndex, cause: Cause): void {
  const out = kind === EventKind.swapOut;
  mm.sink.record({
    kind,
    agent: CPU,
    source: out ? SYSTEM_NODE : NO_NODE,
    target: out ? NO_NODE : SYSTEM_NODE,
    firstPage: page,
    pageCount: 1,
    access: Access.none,
    cause,
    durationNs: 0,
    extra: 0,
  });
}
