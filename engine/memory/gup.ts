/**
 * get_user_pages: holding pages of a process for somebody who is not the process (direct I/O, a device that cannot fault). Source: mm/gup.c.
 *
 * Invariant: what is pinned is a page that the CPU reaches, never device-private memory; a page pinned for reading is not shared with anybody
 * whose writes would move it away (unsharing), and a long-term pin is never on a device's memory.
 */

import { copyOnWrite } from './copy-on-write.js';
import { Errno } from './errno.js';
import { Access } from './event.js';
import type { Mm } from './mm.js';
import { pteFrame, pteType, PteType } from './page-table.js';
import { frameNode, SYSTEM_NODE, ZERO_FRAME, type FrameNumber, type PageIndex } from './units.js';
import { isShared } from './vma.js';

export interface PinRequest {
  readonly write: boolean;
  /** FOLL_LONGTERM: for as long as the holder likes. */
  readonly longTerm?: boolean;
  /** Only what is mapped already: nothing is faulted in (get_user_pages_fast_only). */
  readonly fast?: boolean;
}

/** More rounds than a page needs that comes from a device, is unshared, and leaves coherent memory. */
const MAX_ROUNDS = 8;

/** @returns the frame, pinned; -EFAULT (no such access), -ENOMEM, -EBUSY (it cannot leave a device's memory, or cannot be had without a fault). */
export function pinUserPage(
  mm: Mm,
  page: PageIndex,
  { write, longTerm = false, fast = false }: PinRequest,
): FrameNumber | Errno {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (!mm.pageTable.allows(page, write)) {
      if (fast) return Errno.EBUSY;
      const result = mm.faultIn(page, write ? Access.write : Access.read);
      if (!result.ok) return result.reason === 'out-of-memory' ? Errno.ENOMEM : Errno.EFAULT;
      continue;
    }
    const frame = pteFrame(mm.pageTable.get(page));
    const frames = mm.physical.of(frame);
    if (frameNode(frame) !== SYSTEM_NODE && longTerm) {
      if (mm.physical.pagemapOf(frame)?.evict?.(frame) !== true) return Errno.EBUSY;
      continue;
    }
    if (!write && mustUnshare(mm, page, frame, longTerm)) {
      if (fast) return Errno.EBUSY;
      const vma = mm.findVma(page);
      if (vma === undefined) return Errno.EFAULT;
      const result = copyOnWrite(mm, vma, page, true);
      if (!result.ok) return Errno.ENOMEM;
      continue;
    }
    frames.pin(frame);
    return frame;
  }
  return Errno.EBUSY;
}

/** gup_must_unshare: an anonymous page that other processes share, or the zero page for long. */
function mustUnshare(mm: Mm, page: PageIndex, frame: FrameNumber, longTerm: boolean): boolean {
  if (pteType(mm.pageTable.get(page)) !== PteType.present) return false;
  if (frame === ZERO_FRAME) return longTerm;
  const vma = mm.findVma(page);
  const frames = mm.physical.of(frame);
  return vma !== undefined && !isShared(vma) && frames.mappingOf(frame) === 0 && frames.mapcount(frame) > 1;
}
