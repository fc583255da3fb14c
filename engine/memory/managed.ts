/**
 * What a driver does with the CPU's entries of its own mappings: it puts pages in, and decides what the CPU may do without a fault
 * (vm_insert_page and unmap_mapping_range, with the page staying where it is). Source: mm/memory.c.
 *
 * Invariant: only of managed areas. Taking access from the CPU takes nothing from devices: their entries are for the same frame; an entry never
 * allows more than its area.
 */

import { allocateFrame, installPage } from './entries.js';
import type { Mm } from './mm.js';
import { makePte, PTE_PROT_NONE, PTE_WRITE_REVOKED, pteFrame, pteType, PteType, pteWritable } from './page-table.js';
import { NO_FRAME, type PageIndex } from './units.js';
import { isAccessible, isWritable, type Vma } from './vma.js';

/** Puts a new page of system memory where there is none; the CPU may use it only if `mapped`. False: there is no memory. */
export function insertManagedPage(mm: Mm, vma: Vma, page: PageIndex, mapped: boolean): boolean {
  const frame = allocateFrame(mm);
  if (frame === NO_FRAME) return false;
  // Making room may have let somebody else fill it.
  if (pteType(mm.pageTable.get(page)) !== PteType.none) {
    mm.physical.system.put(frame);
    return true;
  }
  installPage(mm, vma, page, frame, isWritable(vma));
  if (!mapped) unmapManagedPage(mm, page);
  return true;
}

/** The CPU faults when it touches the page next, which stays in system memory. */
export function unmapManagedPage(mm: Mm, page: PageIndex): void {
  const pte = mm.pageTable.get(page);
  if (pteType(pte) === PteType.present) mm.pageTable.set(page, pte | PTE_PROT_NONE);
}

/** The CPU faults when it writes the page next, which stays as it is. False: it could not write it anyway. */
export function revokeManagedWrite(mm: Mm, page: PageIndex): boolean {
  if (!mm.pageTable.allows(page, true)) return false;
  mm.pageTable.set(page, mm.pageTable.get(page) | PTE_WRITE_REVOKED);
  return true;
}

/** The CPU may only read the page: there are copies of it. */
export function protectManagedPage(mm: Mm, page: PageIndex): void {
  const pte = mm.pageTable.get(page);
  if (pteType(pte) !== PteType.present) return;
  mm.pageTable.set(page, makePte(PteType.present, pteFrame(pte), false) | (pte & PTE_PROT_NONE));
}

/** The CPU may use a page of system memory again, as far as its entry and its area allow. */
export function mapManagedPage(mm: Mm, vma: Vma, page: PageIndex): void {
  const pte = mm.pageTable.get(page);
  if (pteType(pte) !== PteType.present || !isAccessible(vma)) return;
  mm.pageTable.set(page, makePte(PteType.present, pteFrame(pte), pteWritable(pte) && isWritable(vma)));
}

/** Whether a page of system memory is one that the CPU may use without a fault. */
export function isMappedForCpu(mm: Mm, page: PageIndex): boolean {
  const pte = mm.pageTable.get(page);
  return pteType(pte) === PteType.present && (pte & PTE_PROT_NONE) === 0;
}
