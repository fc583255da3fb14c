/**
 * mlock and munlock: pages that reclaim leaves alone. Source: mm/mlock.c.
 *
 * Invariant: what is locked is a property of areas; pages that migrate to a device stay locked and may do so (device pages are never
 * reclaimed by the CPU's side).
 */

import { Errno } from './errno.js';
import { Access } from './event.js';
import { setFlags } from './madvise.js';
import type { MutableMm } from './mm.js';
import type { PageIndex } from './units.js';
import { isAccessible, isOrdinary, isWritable, isShared, VmaFlag } from './vma.js';

export function lock(mm: MutableMm, start: PageIndex, count: number, onFault: boolean): 0 | Errno {
  const result = flag(mm, start, count, VmaFlag.LOCKED, 0);
  if (result !== 0 || onFault) return result;
  for (let page = start; page < start + count; page++) {
    const vma = mm.findVma(page);
    if (vma === undefined || !isOrdinary(vma)) continue;
    if (!isAccessible(vma)) return Errno.ENOMEM;
    // A private writable mapping is faulted in for writing, so that nothing has to be copied later.
    const access = isWritable(vma) && !isShared(vma) ? Access.write : Access.read;
    if (!mm.faultIn(page, access).ok) return Errno.ENOMEM;
  }
  return 0;
}

export function unlock(mm: MutableMm, start: PageIndex, count: number): 0 | Errno {
  return flag(mm, start, count, 0, VmaFlag.LOCKED);
}

/** @returns -ENOMEM at the first hole; what lies before it is changed. */
function flag(mm: MutableMm, start: PageIndex, count: number, add: number, remove: number): 0 | Errno {
  const end = (start + count) as PageIndex;
  for (let page: PageIndex = start; page < end;) {
    const vma = mm.areas.find(page);
    if (vma === undefined) return Errno.ENOMEM;
    const pieceEnd = vma.end < end ? vma.end : end;
    setFlags(add, remove)(mm, vma, page, pieceEnd);
    page = pieceEnd;
  }
  return 0;
}
