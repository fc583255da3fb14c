/**
 * What a mapping of the device's file shows: ordinary zeroed pages, inserted when it is mapped. Source: lib/test_hmm.c (dmirror_fops_mmap),
 * mm/memory.c (vm_insert_page).
 *
 * Invariant: the pages belong to the mappings alone and are free when the last of them goes; none is ever found again by a fault.
 */

import { allocateFrame, installPage, zapPage } from '../../memory/entries.js';
import type { Backing } from '../../memory/backing.js';
import { Errno } from '../../memory/errno.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import type { Mm } from '../../memory/mm.js';
import { pteFrame } from '../../memory/page-table.js';
import type { PhysicalMemory } from '../../memory/physical-memory.js';
import { NO_FRAME, type PageIndex } from '../../memory/units.js';
import { isShared, isWritable, linearPageIndex, type Vma } from '../../memory/vma.js';

export class DmirrorBuffer implements Backing {
  readonly kind = 'special';
  readonly id: number;
  readonly name: string;
  readonly #physical: PhysicalMemory;
  #mappedPages = 0;

  private constructor(physical: PhysicalMemory, id: number, name: string) {
    this.#physical = physical;
    this.id = id;
    this.name = name;
  }

  static create(physical: PhysicalMemory, name: string): DmirrorBuffer {
    return physical.backings.add((id) => new DmirrorBuffer(physical, id, name));
  }

  /** Puts a page under each address of the area. @returns 0, or -ENOMEM: those that were put in stay until the area goes. */
  insertPages(mm: Mm, vma: Vma): 0 | Errno {
    for (let page = vma.start; page < vma.end; page++) {
      const frame = allocateFrame(mm);
      if (frame === NO_FRAME) return Errno.ENOMEM;
      mm.contents?.zero(page, 1);
      const frames = mm.physical.of(frame);
      // As vm_page_prot has it: a private mapping has to ask before it writes.
      installPage(mm, vma, page, frame, isShared(vma) && isWritable(vma));
      frames.setMapping(frame, this.id, linearPageIndex(vma, page));
    }
    return 0;
  }

  opened(_mm: Mm, vma: Vma): void {
    this.#mappedPages += vma.end - vma.start;
  }

  closed(_mm: Mm, vma: Vma): void {
    this.#mappedPages -= vma.end - vma.start;
    if (this.#mappedPages <= 0) this.#physical.backings.remove(this);
  }

  /** The driver has no fault handler: what was thrown away is gone. */
  fault(): FaultResult {
    return fatalFault('beyond-file');
  }

  makeWritable(mm: Mm, vma: Vma, page: PageIndex): FaultResult {
    const frame = pteFrame(mm.pageTable.get(page));
    const frames = mm.physical.of(frame);
    frames.get(frame);
    zapPage(mm, vma, page);
    installPage(mm, vma, page, frame, true);
    return FAULT_RESOLVED;
  }

  unmapped(): void {
    // Nothing is kept of a page that nobody maps.
  }
}
