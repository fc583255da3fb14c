/**
 * Explicit copies: pages of which the device has a copy of its own, made and ended by the program (OpenMP map clauses without unified
 * memory), counted per page because clauses nest and buffers share pages.
 *
 * Invariant: a page with a count has a `copy` entry with a frame that counts against the device's memory and never migrates, unless the
 * device already reaches the page's memory as its own (cudaMalloc) or as pinned; the CPU's mapping is not touched. Two copies of one page
 * may thus both be writable: they are two things, and the program says when one is copied to the other.
 */

import { Errno } from '../memory/errno.js';
import type { Mm } from '../memory/mm.js';
import { makePte, pteFrame, pteType, PteType, type PageTable } from '../memory/page-table.js';
import { PAGE_COUNT, type PageIndex } from '../memory/units.js';
import { isAnonymous, type Vma } from '../memory/vma.js';
import type { DeviceMemory } from './device-memory.js';

export class DeviceCopies {
  readonly #memory: DeviceMemory;
  readonly #table: PageTable;
  /** Counts by page; made when first needed. */
  #counts: Uint16Array | undefined;
  #pages = 0;

  constructor(memory: DeviceMemory, table: PageTable) {
    this.#memory = memory;
    this.#table = table;
  }

  get pages(): number {
    return this.#pages;
  }

  /** @returns how many entries the device's table has gained, or -ENOMEM with nothing changed. */
  map(start: PageIndex, count: number, mm: Mm): number {
    const counts = (this.#counts ??= new Uint16Array(PAGE_COUNT));
    let needed = 0;
    for (let page = start; page < start + count; page++) {
      if (counts[page] === 0 && needsCopy(mm.findVma(page))) needed++;
    }
    if (!this.#memory.makeRoom(needed)) return Errno.ENOMEM;
    let gained = 0;
    for (let page = start; page < start + count; page++) {
      const before = counts[page] ?? 0;
      counts[page] = before + 1;
      if (before > 0 || !needsCopy(mm.findVma(page))) continue;
      if (this.#table.get(page) === 0) gained++;
      this.#table.set(page, makePte(PteType.copy, this.#memory.frames.allocate(), true));
      this.#pages++;
    }
    return gained;
  }

  /** Counts down; copies that nobody needs any more go. @returns how many. */
  unmap(start: PageIndex, count: number): number {
    return this.#end(start, count, false);
  }

  /** The pages are unmapped: their copies go whatever the count. @returns how many. */
  forget(start: PageIndex, count: number): number {
    return this.#end(start, count, true);
  }

  #end(start: PageIndex, count: number, all: boolean): number {
    const counts = this.#counts;
    if (counts === undefined) return 0;
    let ended = 0;
    for (let page = start; page < start + count; page++) {
      const before = counts[page] ?? 0;
      if (before === 0) continue;
      counts[page] = all ? 0 : before - 1;
      if (!all && before > 1) continue;
      const pte = this.#table.get(page);
      if (pteType(pte) !== PteType.copy) continue;
      this.#memory.frames.put(pteFrame(pte));
      this.#table.set(page, 0);
      ended++;
    }
    this.#pages -= ended;
    return ended;
  }
}

function needsCopy(vma: Vma | undefined): boolean {
  return vma !== undefined && isAnonymous(vma);
}
