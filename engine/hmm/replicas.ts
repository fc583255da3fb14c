/**
 * Read-only copies of pages whose contents are elsewhere, too (read duplication): a device reads its own, and whoever wants to write first makes
 * all copies but one go away. Source: NVIDIA open-gpu-kernel-modules, uvm_va_block.c (read_duplicated_pages).
 *
 * Invariant: a page with a replica has a read-only `copy` entry in the device's table, with a frame that counts against the device's memory;
 * nobody may write the page while there is one. It goes with any change of the CPU's entry that the device is told of.
 */

import { makePte, pteFrame, PteType, type PageTable } from '../memory/page-table.js';
import { NO_FRAME, PAGE_COUNT, type PageIndex } from '../memory/units.js';
import type { DeviceMemory } from './device-memory.js';

export class DeviceReplicas {
  readonly #memory: DeviceMemory;
  readonly #table: PageTable;
  /** A byte a page; made when first needed. */
  #has: Uint8Array | undefined;
  #pages = 0;

  constructor(memory: DeviceMemory, table: PageTable) {
    this.#memory = memory;
    this.#table = table;
  }

  get pages(): number {
    return this.#pages;
  }

  has(page: PageIndex): boolean {
    return this.#has?.[page] === 1;
  }

  /** The page's entry is one for a copy from now on. False: the device has no room. The caller has unmapped what there was. */
  make(page: PageIndex): boolean {
    const frame = this.#memory.frames.allocate();
    if (frame === NO_FRAME) return false;
    (this.#has ??= new Uint8Array(PAGE_COUNT))[page] = 1;
    this.#pages++;
    this.#table.set(page, makePte(PteType.copy, frame, false));
    return true;
  }

  /** @returns whether there was one. */
  drop(page: PageIndex): boolean {
    const has = this.#has;
    if (has?.[page] !== 1) return false;
    has[page] = 0;
    this.#pages--;
    this.#memory.frames.put(pteFrame(this.#table.get(page)));
    this.#table.set(page, 0);
    return true;
  }
}
