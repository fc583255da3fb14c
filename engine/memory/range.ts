/**
 * Changing the CPU's entries of a whole range: taking them away and changing what they allow. Linear in the pages of the range, and quick
 * over holes. Sources: mm/memory.c (zap_pte_range), mm/mprotect.c (change_pte_range, can_change_pte_writable).
 */

import { releaseEntry } from './entries.js';
import { FrameFlag } from './frames.js';
import type { Mm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { makePte, PTE_PROT_NONE, pteFrame, pteType, PteType, pteWritable } from './page-table.js';
import { ZERO_FRAME, type FrameNumber, type PageIndex } from './units.js';
import { Protection, type Vma } from './vma.js';

/** Takes away every entry of an area and drops what is behind them. The caller has invalidated the mirrors, and split huge entries at its ends. */
export function zap(mm: Mm, vma: Vma): void {
  const { entries } = mm.pageTable;
  for (let page = vma.start; page < vma.end; page++) {
    const pte = entries[page] ?? 0;
    if (pte !== 0) releaseEntry(mm, vma, page, pte);
  }
  mm.pageTable.clear(vma.start, vma.end - vma.start);
}

/**
 * Makes the entries of a range follow a new protection. Present pages become writable at once where nobody shares them; all others only ever
 * lose permissions and regain them by a fault. Subscribers hear of it from the first entry that there is.
 */
export function changeProtection(mm: Mm, vma: Vma, start: PageIndex, end: PageIndex, protection: Protection): void {
  const { entries } = mm.pageTable;
  let first = start;
  while (first < end && entries[first] === 0) first++;
  if (first === end) return;
  const writable = (protection & Protection.write) !== 0;
  const count = end - first;
  mm.notifiers.start({ event: MmuNotifyEvent.PROTECTION_VMA, start: first, count, owner: undefined, blockable: true });
  for (let page = first; page < end; page++) {
    const pte = entries[page] ?? 0;
    const type = pteType(pte);
    if (pte === 0 || type === PteType.swap) continue;
    const frame = pteFrame(pte);
    if (type === PteType.present) {
      const mayWrite = writable && (pteWritable(pte) || mayBecomeWritable(mm, vma, frame));
      mm.pageTable.set(page, makePte(type, frame, mayWrite) | (protection === Protection.none ? PTE_PROT_NONE : 0));
    } else mm.pageTable.set(page, makePte(type, frame, writable && pteWritable(pte)));
  }
  mm.notifiers.end();
}

/** Whether a read-only entry may allow writes without a fault: of an anonymous page that is this process's alone. */
function mayBecomeWritable(mm: Mm, vma: Vma, frame: FrameNumber): boolean {
  const frames = mm.physical.of(frame);
  if (frame === ZERO_FRAME || frames.mappingOf(frame) !== 0) return false;
  if (vma.kind === 'pinned') return true;
  return frames.mapcount(frame) === 1 && !frames.hasFlag(frame, FrameFlag.LAZY_FREE);
}
