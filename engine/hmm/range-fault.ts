/**
 * hmm_range_fault: what the CPU's page table says of a range, page by page, faulting in what is asked for. Source: mm/hmm.c,
 * include/linux/hmm.h.
 *
 * Invariant: nothing is migrated, except that a page of another device's comes to system memory when asked for. What 0 is returned with
 * describes the page table for as long as the notifier's sequence is the one that was read under; whoever uses it asks `retry` first.
 *
 * The kernel's 64-bit word is folded into 32 bits and a byte: flags in bits 31 (VALID), 30 (WRITE) and 29 (ERROR), the caller's sticky bits
 * 28 (DMA_MAPPED), 27 (P2PDMA) and 26 (P2PDMA_BUS), the frame number in bits 0–25; the map order is in `orders`, beside the words.
 */

import { Errno } from '../memory/errno.js';
import { Access } from '../memory/event.js';
import { FrameFlag } from '../memory/frames.js';
import { waitUntil, type Mm } from '../memory/mm.js';
import type { MmuIntervalNotifier, PgmapOwner } from '../memory/mmu-notifier.js';
import {
  HWPOISON_SLOT,
  PTE_PROT_NONE,
  pteFrame,
  pteSlot,
  pteType,
  PteType,
  pteWritable,
} from '../memory/page-table.js';
import { HUGE_SHIFT, PAGE_COUNT, ZERO_FRAME, type FrameNumber, type PageIndex } from '../memory/units.js';
import { isMirrorable, isWritable, type Vma } from '../memory/vma.js';

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
  DMA_MAPPED: 0x1000_0000,
  P2PDMA: 0x0800_0000,
  P2PDMA_BUS: 0x0400_0000,
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
  /** Out: the CPU maps a block of 2^order pages around this one. At least `count` bytes. */
  readonly orders: Uint8Array;
  /** Requests of every page, added to its word's. */
  defaultFlags: number;
  /** Which bits of an input word count. */
  pfnFlagsMask: number;
  /** Device-private pages of this owner are valid as they are. */
  owner: PgmapOwner | undefined;
  /** Called before each page is looked at: what another thread might do meanwhile. */
  onPage?: ((page: PageIndex) => void) | undefined;
}

/** Walks may start again this often at one page before the caller is told that it is busy. */
const MAX_RESTARTS = 16;

/**
 * @returns 0; -EBUSY (the sequence moved: call readBegin and try again; or a page is on its way and nobody can wait), -EFAULT (no access possible
 * where one is asked for), -EPERM (a write is asked for where the area is read-only), -ENOMEM, -EINVAL (bad range).
 */
export function hmmRangeFault(mm: Mm, range: HmmRange): 0 | Errno {
  const { start, count, words, orders } = range;
  if (count <= 0 || start < 0 || start + count > PAGE_COUNT) return Errno.EINVAL;
  if (words.length < count || orders.length < count) return Errno.EINVAL;
  let restarts = 0;
  for (let index = 0; index < count;) {
    // Faulting may have moved the sequence; a walk under an old one is for nothing.
    if (mm.notifiers.retry(range.notifier, range.notifierSequence)) return Errno.EBUSY;
    const reached = walk(mm, range, index);
    if (reached < 0) return reached as Errno;
    restarts = reached === index ? restarts + 1 : 0;
    if (restarts > MAX_RESTARTS) return Errno.EBUSY;
    index = reached;
  }
  return 0;
}

/** Fills words from `index` on. @returns the index at which a fault was taken and the walk has to look again, `count` at the end, or an Errno. */
function walk(mm: Mm, range: HmmRange, from: number): number {
  const { start, count, words, orders, pfnFlagsMask, defaultFlags, onPage } = range;
  const { huge } = mm.pageTable;
  let vma: Vma | undefined;
  let mirrorable = false;
  let vmaEnd = -1;
  for (let index = from; index < count; index++) {
    const page = (start + index) as PageIndex;
    onPage?.(page);
    if (page >= vmaEnd || onPage !== undefined) {
      vma = mm.findVma(page);
      mirrorable = vma !== undefined && isMirrorable(vma);
      vmaEnd = vma === undefined ? page + 1 : vma.end;
    }
    const input = words[index]!;
    const request = (input & pfnFlagsMask) | defaultFlags;
    const faults = (request & HmmPfn.REQ_FAULT) !== 0;
    const writes = faults && (request & HmmPfn.REQ_WRITE) !== 0;
    const state = vma === undefined || !mirrorable ? HmmPfn.ERROR : describe(mm, range.owner, page);
    const missing = writes ? (state & HmmPfn.WRITE) === 0 : faults && (state & HmmPfn.VALID) === 0;
    if (missing) {
      if (vma === undefined || (state & HmmPfn.ERROR) !== 0) return Errno.EFAULT;
      const error = faultPage(mm, vma, page, writes);
      return error === 0 ? index : error;
    }
    words[index] = state | (input & HmmPfn.STICKY);
    orders[index] = (state & HmmPfn.VALID) !== 0 && huge[page >>> HUGE_SHIFT] === 1 ? HUGE_SHIFT : 0;
  }
  return count;
}

/** The page's word as things are; 0 if a fault is needed to know more. */
function describe(mm: Mm, owner: PgmapOwner | undefined, page: PageIndex): number {
  const pte = mm.pageTable.get(page);
  switch (pteType(pte)) {
    case PteType.present:
      // A NUMA hint: the area allows what the entry does not.
      if ((pte & PTE_PROT_NONE) !== 0) return 0;
      return isSpecial(mm, pteFrame(pte)) ? HmmPfn.ERROR : validWord(pte);
    case PteType.devicePrivate:
      return mm.physical.pagemapOf(pteFrame(pte))?.owner === owner ? validWord(pte) : 0;
    case PteType.swap:
      return pteSlot(pte) === HWPOISON_SLOT ? HmmPfn.ERROR : 0;
    case PteType.none:
    case PteType.migration:
    case PteType.exclusive:
    case PteType.deviceOnly:
    case PteType.copy:
      return 0;
  }
}

function validWord(pte: number): number {
  return (HmmPfn.VALID | (pteWritable(pte) ? HmmPfn.WRITE : 0) | pteFrame(pte)) >>> 0;
}

/** Memory that has no struct page (pte_special), which the zero page has. */
function isSpecial(mm: Mm, frame: FrameNumber): boolean {
  return frame !== ZERO_FRAME && mm.physical.of(frame).hasFlag(frame, FrameFlag.SPECIAL);
}

/** Makes the page what is asked for, or waits until it has arrived. @returns 0 if it is to be looked at again. */
function faultPage(mm: Mm, vma: Vma, page: PageIndex, write: boolean): 0 | Errno {
  if (write && !isWritable(vma)) return Errno.EPERM;
  const pte = mm.pageTable.get(page);
  if (pteType(pte) === PteType.migration) {
    const arrived = (): boolean => mm.pageTable.get(page) !== pte;
    return waitUntil(mm, { kind: 'migration', page }, arrived) === 'ready' ? 0 : Errno.EBUSY;
  }
  const result = mm.faultIn(page, write ? Access.write : Access.read);
  if (result.ok) return 0;
  return result.reason === 'out-of-memory' ? Errno.ENOMEM : Errno.EFAULT;
}
