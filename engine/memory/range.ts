/**
 * Changing the CPU's entries of a whole range: taking them away and changing what they allow. Linear in the pages of the range, and quick
 * over holes. Sources: mm/memory.c (zap_pte_range), mm/mprotect.c (change_pte_range).
 */

import type { Mm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { makePte, PTE_PROT_NONE, pteFrame, pteType, PteType, pteWritable } from './page-table.js';
import type { PageIndex } from './units.js';
import { Protection, type Vma } from './vma.js';

/** Takes away every entry of an area and drops the frames behind them. The caller has invalidated the mirrors. */
export function zap(mm: Mm, vma: Vma): void {
  const { entries } = mm.pageTable;
  for (let page = vma.start; page < vma.end; page++) {
    const pte = entries[page] ?? 0;
    const type = pteType(pte);
    // A migration entry holds no reference: whoever migrates the page finds its entry gone and drops the page.
    if (type === PteType.none || type === PteType.migration) continue;
    const frame = pteFrame(pte);
    const frames = mm.physical.of(frame);
    if (vma.kind === 'pinned') frames.unpin(frame);
    frames.unmap(frame);
  }
  mm.pageTable.clear(vma.start, vma.end - vma.start);
}

/**
 * Makes the entries of a range follow a new protection. Present pages become writable at once where that is allowed (they are exclusive);
 * entries of other types only ever lose permissions and regain them by a fault. Subscribers hear of it from the first entry that there is.
 */
export function changeProtection(mm: Mm, start: PageIndex, end: PageIndex, protection: Protection): void {
  const { entries } = mm.pageTable;
  let first = start;
  while (first < end && entries[first] === 0) first++;
  if (first === end) return;
  const writable = (protection & Protection.write) !== 0;
  const count = end - first;
  mm.notifiers.start({ event: MmuNotifyEvent.PROTECTION_VMA, start: first, count, owner: undefined, blockable: true });
  for (let page = first; page < end; page++) {
    const pte = entries[page] ?? 0;
    if (pte === 0) continue;
    const type = pteType(pte);
    const frame = pteFrame(pte);
    if (type === PteType.present) {
      mm.pageTable.set(page, makePte(type, frame, writable) | (protection === Protection.none ? PTE_PROT_NONE : 0));
    } else mm.pageTable.set(page, makePte(type, frame, writable && pteWritable(pte)));
  }
  mm.notifiers.end();
}
