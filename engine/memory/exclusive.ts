/**
 * The CPU's side of device-exclusive access: the entry becomes an ordinary one again. Source: mm/memory.c (remove_device_exclusive_entry).
 *
 * Invariant: the device has dropped its own entry, told by an EXCLUSIVE event that nobody owns, before the CPU's entry allows anything.
 */

import { pteFor } from './entries.js';
import { waitUntil, type Mm, type WaitOutcome } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { pteFrame, pteType, PteType, pteWritable } from './page-table.js';
import type { PageIndex } from './units.js';
import type { Vma } from './vma.js';

/** Takes the page back from the device that has it for itself; waits as long as the device holds the page's lock. */
export function restoreExclusive(mm: Mm, vma: Vma, page: PageIndex): WaitOutcome {
  const pte = mm.pageTable.get(page);
  const frame = pteFrame(pte);
  const frames = mm.physical.of(frame);
  const outcome = waitUntil(mm, { kind: 'pageLock', page }, () => !frames.isLocked(frame));
  if (outcome !== 'ready') return outcome;
  // Whoever held the lock may have changed the entry.
  if (mm.pageTable.get(page) !== pte || pteType(pte) !== PteType.exclusive) return 'ready';
  mm.notifiers.start({ event: MmuNotifyEvent.EXCLUSIVE, start: page, count: 1, owner: undefined, blockable: true });
  mm.pageTable.set(page, pteFor(mm, vma, frame, pteWritable(pte)));
  mm.notifiers.end();
  return 'ready';
}
