/**
 * hmm_range_fault: what the CPU's page table says of a range, page by page, faulting in what is asked for. Source: mm/hmm.c,
 * include/linux/hmm.h.
 *
 * Invariant: 0 is returned only for words that describe the page table under `notifierSequence`; if the table moved meanwhile the answer is
 * -EBUSY and the caller begins anew. Nothing is migrated, except that a page of another device's comes to system memory when asked for.
 *
 * The kernel's 64-bit word is folded into 32 bits: flags in bits 31 (VALID), 30 (WRITE) and 29 (ERROR), bits 26–28 kept for the caller's
 * sticky DMA flags, frame number in bits 0–25. The map order, always 0 while there are no huge pages, has no place in it.
 */

import { Errno } from '../memory/errno.js';
import { Access } from '../memory/event.js';
import type { Mm } from '../memory/mm.js';
import type { MmuIntervalNotifier, PgmapOwner } from '../memory/mmu-notifier.js';
import { pteFrame, pteType, PteType, pteWritable } from '../memory/page-table.js';
import { PAGE_COUNT, type FrameNumber, type PageIndex } from '../memory/units.js';
import { isOrdinary, isReadable, isWritable, type Vma } from '../memory/vma.js';

export const HmmPfn = {
  /** Out: the frame may be read. */
  VALID: 0x8000_0000,
  /** Out: and written. */
  WRITE: 0x4000_0000,
  /** Out: no access is possible there. */
  ERROR: 0x2000_0000,
  /** In: the page must be valid afterwards. */
  REQ_FAULT: 0x8000_0000,
  /** In, with REQ_FAULT: and writable. */
  REQ_WRITE: 0x4000_0000,
  /** Copied from input to output. */
  STICKY: 0x1c00_0000,
  FRAME: 0x03ff_ffff,
} as const;

/** The frame of a word that is VALID. */
export function hmmFrame(word: number): FrameNumber {
  return (word & HmmPfn.FRAME) as FrameNumber;
}

/** The kernel's struct hmm_range. Made to be used again. */
export interface HmmRange {
  notifier: MmuIntervalNotifier;
  /** From readBegin. */
  notifierSequence: number;
  start: PageIndex;
  count: number;
  /** In: requests; out: results. At least `count` words. */
  readonly words: Uint32Array;
  /** Request of every page, added to its word's. */
  defaultFlags: number;
  /** Which bits of an input word count. */
  pfnFlagsMask: number;
  /** Device-private pages of this owner are valid as they are. */
  owner: PgmapOwner | undefined;
}

/** Walks may start again this often before the caller is told that it is busy. */
const MAX_RESTARTS = 16;
/** Internal: the page was faulted in, look at it again. */
const RESTART = 1;
/** Internal: the page is on its way. */
const MIGRATING = -1;

/**
 * @returns 0; -EBUSY (the sequence moved: call readBegin and try again), -EFAULT (no access possible where one is asked for), -EPERM (a write is
 * asked for where the area is read-only), -ENOMEM, -EINVAL (bad range).
 */
export function hmmRangeFault(mm: Mm, range: HmmRange): 0 | Errno {
  const { start, count, words } = range;
  if (count <= 0 || start < 0 || start + count > PAGE_COUNT || words.length < count) return Errno.EINVAL;
  let restarts = 0;
  for (let index = 0; index < count;) {
    if (mm.notifiers.retry(range.notifier, range.notifierSequence)) return Errno.EBUSY;
    const result = walkPage(mm, range, index);
    if (result === 0) {
      restarts = 0;
      index++;
    } else if (result !== RESTART) return result;
    else if (++restarts > MAX_RESTARTS) return Errno.EBUSY;
  }
  return 0;
}

function walkPage(mm: Mm, range: HmmRange, index: number): 0 | typeof RESTART | Errno {
  const page = (range.start + index) as PageIndex;
  const input = range.words[index] ?? 0;
  const request = (input & range.pfnFlagsMask) | range.defaultFlags;
  const faults = (request & HmmPfn.REQ_FAULT) !== 0;
  const writes = faults && (request & HmmPfn.REQ_WRITE) !== 0;
  const sticky = input & HmmPfn.STICKY;
  const vma = mm.findVma(page);
  if (vma === undefined || !isOrdinary(vma) || !isReadable(vma)) {
    if (faults) return Errno.EFAULT;
    range.words[index] = HmmPfn.ERROR | sticky;
    return 0;
  }
  const state = describe(mm, range, page);
  if (state === MIGRATING) return faults ? Errno.EBUSY : output(range, index, sticky);
  const missing = writes ? (state & HmmPfn.WRITE) === 0 : faults && (state & HmmPfn.VALID) === 0;
  if (!missing) return output(range, index, state | sticky);
  return faultPage(mm, vma, page, writes);
}

function output(range: HmmRange, index: number, word: number): 0 {
  range.words[index] = word;
  return 0;
}

/** The page's word as things are; 0 if a fault is needed to know more; MIGRATING. */
function describe(mm: Mm, range: HmmRange, page: PageIndex): number {
  const pte = mm.pageTable.get(page);
  switch (pteType(pte)) {
    case PteType.present:
      return (HmmPfn.VALID | (pteWritable(pte) ? HmmPfn.WRITE : 0) | pteFrame(pte)) >>> 0;
    case PteType.devicePrivate:
      if (mm.physical.pagemapOf(pteFrame(pte))?.owner !== range.owner) return 0;
      return (HmmPfn.VALID | (pteWritable(pte) ? HmmPfn.WRITE : 0) | pteFrame(pte)) >>> 0;
    case PteType.migration:
      return MIGRATING;
    case PteType.none:
    case PteType.swap:
    case PteType.exclusive:
    case PteType.deviceOnly:
    case PteType.copy:
      return 0;
  }
}

function faultPage(mm: Mm, vma: Vma, page: PageIndex, write: boolean): typeof RESTART | Errno {
  if (write && !isWritable(vma)) return Errno.EPERM;
  const result = mm.faultIn(page, write ? Access.write : Access.read);
  if (result.ok) return RESTART;
  return result.reason === 'out-of-memory' ? Errno.ENOMEM : Errno.EFAULT;
}
