/**
 * The primitives that write the CPU's entries: putting a page in, taking one away, getting a frame for a new page.
 * Source: mm/memory.c.
 *
 * Invariant: an entry that refers to a frame counts in the frame's mapcount and refcount (a migration entry does not), one that refers to a
 * swap slot counts in the slot; entry, counts and permission byte change together.
 */

import type { Mm } from './mm.js';
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
import { reclaimFrame } from './reclaim.js';
import { frameNode, NO_FRAME, SYSTEM_NODE, type FrameNumber, type PageIndex } from './units.js';
import { isAccessible, linearPageIndex, type Vma } from './vma.js';

/** A frame of system memory with one reference, if need be after reclaiming one; NO_FRAME: memory and swap are full. */
export function allocateFrame(mm: Mm): FrameNumber {
  const { system } = mm.physical;
  const frame = system.allocate();
  if (frame !== NO_FRAME || !reclaimFrame(mm.physical)) return frame;
  return system.allocate();
}

/** The entry for a frame: present where the CPU reaches the frame, else device-private. */
export function pteFor(mm: Mm, vma: Vma, frame: FrameNumber, writable: boolean): number {
  const onDevice = frameNode(frame) !== SYSTEM_NODE && mm.physical.pagemapOf(frame)?.type === 'private';
  if (onDevice) return makePte(PteType.devicePrivate, frame, writable);
  return makePte(PteType.present, frame, writable) | (isAccessible(vma) ? 0 : PTE_PROT_NONE);
}

/** Writes an entry for a frame where there is none, or none that counts. The mapping takes over the caller's reference. */
export function installPage(mm: Mm, vma: Vma, page: PageIndex, frame: FrameNumber, writable: boolean): void {
  const frames = mm.physical.of(frame);
  frames.map(frame, page, mm.id, linearPageIndex(vma, page));
  frames.put(frame);
  mm.pageTable.set(page, pteFor(mm, vma, frame, writable));
}

/**
 * Lets go of what an entry refers to; the caller writes the entry, before or after. A migration entry refers to nothing: whoever migrates
 * finds it gone and drops the page.
 */
export function releaseEntry(mm: Mm, vma: Vma, page: PageIndex, pte: number): void {
  const type = pteType(pte);
  if (type === PteType.none || type === PteType.migration) return;
  if (type === PteType.swap) {
    if (pteSlot(pte) !== HWPOISON_SLOT) mm.physical.swap.release(pteSlot(pte));
    return;
  }
  const frame = pteFrame(pte);
  const frames = mm.physical.of(frame);
  if (vma.kind === 'pinned') frames.unpin(frame);
  const { backing } = vma;
  if (frames.mappingOf(frame) === backing?.id) {
    // The backing looks at the frame, which its cache may be about to drop.
    frames.get(frame);
    frames.unmap(frame);
    backing.unmapped(mm, page, frame, pteWritable(pte));
    frames.put(frame);
  } else frames.unmap(frame);
}

/** Takes one entry away. The caller has invalidated the mirrors, and split the block if it was huge. */
export function zapPage(mm: Mm, vma: Vma, page: PageIndex): void {
  const pte = mm.pageTable.get(page);
  if (pte === 0) return;
  mm.pageTable.set(page, 0);
  releaseEntry(mm, vma, page, pte);
}
