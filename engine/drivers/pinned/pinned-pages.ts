/** The pages that the driver has pinned, with the frame that each pin holds. Invariant: one pin a page, released exactly once. */

import { isErrno, type Errno } from '../../memory/errno.js';
import type { AddressSpace } from '../../memory/address-space.js';
import { PAGE_COUNT, type FrameNumber, type PageIndex } from '../../memory/units.js';

export class PinnedPages {
  readonly #mm: AddressSpace;
  /** Frame + 1 by page, 0 = not pinned. */
  readonly #frames = new Uint32Array(PAGE_COUNT);
  #count = 0;

  constructor(mm: AddressSpace) {
    this.#mm = mm;
  }

  has(page: PageIndex): boolean {
    return this.#frames[page] !== 0;
  }

  /** Pins a page, faulting it in. @returns 0, -ENOMEM or -EFAULT. */
  pin(page: PageIndex, write: boolean): 0 | Errno {
    const frame = this.#mm.pinUserPage(page, write);
    if (isErrno(frame)) return frame;
    this.#frames[page] = frame + 1;
    this.#count++;
    return 0;
  }

  /** @returns how many pages of the range were pinned. */
  unpinRange(start: PageIndex, count: number): number {
    if (this.#count === 0) return 0;
    let unpinned = 0;
    for (let page = start; page < start + count; page++) {
      const held = this.#frames[page] ?? 0;
      if (held === 0) continue;
      this.#frames[page] = 0;
      this.#mm.unpinUserPage((held - 1) as FrameNumber);
      unpinned++;
    }
    this.#count -= unpinned;
    return unpinned;
  }
}
