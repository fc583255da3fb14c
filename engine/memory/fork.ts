/**
 * fork: a child's areas and entries, made from its parent's. Source: mm/memory.c (copy_page_range, copy_nonpresent_pte, copy_present_ptes),
 * kernel/fork.c (dup_mmap).
 *
 * Invariant: of a private mapping, no page is writable in both; a pinned page stays its parent's alone, the child gets a copy at once; a page
 * on a device is shared like any other, readable in both. The parent's mirrors hear PROTECTION_PAGE before its entries lose permissions.
 */

import { allocateFrame, installPage, pteFor } from './entries.js';
import { Errno } from './errno.js';
import { restoreExclusive } from './exclusive.js';
import { FrameFlag } from './frames.js';
import { splitHuge } from './huge-split.js';
import { Cause } from './event.js';
import type { MutableMm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import {
  HWPOISON_SLOT,
  makePte,
  PTE_PROT_NONE,
  pteFrame,
  pteSlot,
  pteType,
  PteType,
  pteWritable,
} from './page-table.js';
import { NO_FRAME, ZERO_FRAME, type PageIndex } from './units.js';
import { isCowMapping, isOrdinary, isShared, linearPageIndex, VmaFlag, type Vma } from './vma.js';

/** @returns how many entries the child has, or -ENOMEM (a pinned page could not be copied), -EDEADLK (a page is locked by somebody who waits for this thread). */
export function copyAddressSpace(parent: MutableMm, child: MutableMm): number {
  let copied = 0;
  for (const vma of parent.areas) {
    if (!isInherited(vma)) continue;
    // Memory locks are not inherited.
    const copy = { ...vma, flags: vma.flags & ~VmaFlag.LOCKED };
    child.areas.insert(copy);
    vma.backing?.opened(child, copy);
    if ((vma.flags & VmaFlag.WIPEONFORK) !== 0) {
      child.contents?.zero(vma.start, vma.end - vma.start);
      continue;
    }
    // The pages of a shared mapping are found again by faults (vma_needs_copy).
    if (isShared(vma)) continue;
    const result = copyArea(parent, child, vma);
    if (result < 0) return result;
    copied += result;
  }
  return copied;
}

/** A device's areas are those of the process that opened it, and pinned memory is its driver's. */
function isInherited(vma: Vma): boolean {
  if ((vma.flags & VmaFlag.DONTFORK) !== 0 || vma.kind === 'pinned') return false;
  return isOrdinary(vma) || vma.kind === 'reserved';
}

/** @returns how many entries, or an error. */
function copyArea(parent: MutableMm, child: MutableMm, vma: Vma): number {
  const count = vma.end - vma.start;
  const cow = isCowMapping(vma);
  if (cow) {
    const event = MmuNotifyEvent.PROTECTION_PAGE;
    parent.notifiers.start({ event, start: vma.start, count, owner: undefined, blockable: true });
  }
  let result: 0 | Errno = 0;
  let copied = 0;
  const { entries } = parent.pageTable;
  for (let page = vma.start; page < vma.end && result === 0; page++) {
    if (entries[page] === 0) continue;
    result = copyEntry(parent, child, vma, page, cow);
    copied++;
  }
  if (cow) parent.notifiers.end();
  return result === 0 ? copied : result;
}

function copyEntry(parent: MutableMm, child: MutableMm, vma: Vma, page: PageIndex, cow: boolean): 0 | Errno {
  let pte = parent.pageTable.get(page);
  if (pteType(pte) === PteType.exclusive) {
    if (restoreExclusive(parent, vma, page) !== 'ready') return Errno.EDEADLK;
    pte = parent.pageTable.get(page);
  }
  const type = pteType(pte);
  if (type === PteType.swap) {
    if (pteSlot(pte) !== HWPOISON_SLOT) parent.physical.swap.duplicate(pteSlot(pte));
    child.pageTable.set(page, pte);
    return 0;
  }
  const frame = pteFrame(pte);
  const frames = parent.physical.of(frame);
  if (type === PteType.present && frame !== ZERO_FRAME && frames.mappingOf(frame) === 0 && frames.pincount(frame) > 0)
    return copyPinned(parent, child, vma, page);
  const shared = makePte(type, frame, pteWritable(pte) && !cow) | (pte & PTE_PROT_NONE);
  if (pteWritable(pte) && cow) parent.pageTable.set(page, shared);
  child.pageTable.set(page, shared);
  if (parent.pageTable.isHuge(page)) child.pageTable.setHuge(page, true);
  if (type === PteType.migration) {
    // It holds no reference; whoever migrates looks for it in every process.
    frames.setFlag(frame, FrameFlag.SHARED);
    return 0;
  }
  frames.map(frame, page, child.id, linearPageIndex(vma, page));
  return 0;
}

/** copy_present_page: what somebody has pinned must not be replaced under them by the parent's next write. */
function copyPinned(parent: MutableMm, child: MutableMm, vma: Vma, page: PageIndex): 0 | Errno {
  if (parent.pageTable.isHuge(page)) {
    splitHuge(parent, page, Cause.fork);
    child.pageTable.setHuge(page, false);
  }
  const copy = allocateFrame(child);
  if (copy === NO_FRAME) return Errno.ENOMEM;
  installPage(child, vma, page, copy, false);
  child.pageTable.set(page, pteFor(child, vma, copy, pteWritable(parent.pageTable.get(page))));
  return 0;
}
