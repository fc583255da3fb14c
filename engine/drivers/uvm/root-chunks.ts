/**
 * A device's memory as the driver hands it out: root chunks of 2 MiB, one for each whole block of managed memory that has anything on the device,
 * single pages for everything else; and who has to go when there is none left. Source: NVIDIA open-gpu-kernel-modules, uvm_pmm_gpu.c
 * (pick_root_chunk_to_evict, chunk_update_lists_locked), uvm_va_block.c (block_mark_memory_used, uvm_va_block_gpu_chunk_index_range).
 *
 * Invariant: what is held in reserve for the rest of a chunk nobody else gets while there is another victim. Order of eviction: chunks that
 * have nothing on the device any more, then by when something was last moved in (not by use, which the driver does not see). Memory of the
 * program's own (cudaMalloc) is never a victim.
 */

import type { Mm } from '../../memory/mm.js';
import { pteFrame, pteType, PteType } from '../../memory/page-table.js';
import { frameNode, type PageIndex } from '../../memory/units.js';
import type { Device } from '../driver.js';
import { BLOCK_COUNT, BLOCK_PAGES, isWhole, windowNumber, type Block } from './geometry.js';

/** A device with less memory than this (tests have them) hands out pages. */
const SMALLEST_WITH_CHUNKS = 2 * BLOCK_PAGES;

export class RootChunks {
  readonly #mm: Mm;
  readonly #device: Device;
  /** Evicts these frames. False if none of them went. */
  readonly #evict: (frames: Int32Array, count: number) => boolean;
  readonly #frames = new Int32Array(BLOCK_PAGES);
  /** Pages of each window on the device, as last counted, and whether it holds a chunk. */
  readonly #resident = new Uint16Array(BLOCK_COUNT);
  readonly #whole = new Uint8Array(BLOCK_COUNT);
  /** Windows that have something on the device, those first that got something longest ago. */
  readonly #used = new Set<number>();
  readonly #unused = new Set<number>();
  /** Windows of which something was unmapped since they were counted. */
  readonly #stale = new Set<number>();
  /** Frames that are free and belong to chunks. */
  #reserve = 0;
  /** The window whose faults are being serviced: the last to go. */
  #busy = -1;

  constructor(mm: Mm, device: Device, evict: (frames: Int32Array, count: number) => boolean) {
    this.#mm = mm;
    this.#device = device;
    this.#evict = evict;
  }

  /** Makes room for `pages` more of a block, evicting others if it may. False if there is not that much. */
  reserve(block: Block, pages: number, mayEvict: boolean): boolean {
    this.#refresh();
    const window = windowNumber(block.window);
    const chunk = block.managed && isWhole(block) && this.#device.memory.frames.capacity >= SMALLEST_WITH_CHUNKS;
    const needed = (): number => {
      if (!chunk) return pages;
      return this.#whole[window] === 1 ? 0 : BLOCK_PAGES - this.#resident[window]!;
    };
    this.#busy = window;
    while (this.#available < needed()) if (!mayEvict || !this.#evictFirst(false)) return false;
    if (chunk && this.#whole[window] === 0) {
      this.#whole[window] = 1;
      this.#reserve += BLOCK_PAGES - this.#resident[window]!;
    }
    return true;
  }

  /** Pages of a window have moved to the device, or away from it. */
  changed(window: PageIndex, movedIn: boolean): void {
    const number = windowNumber(window);
    this.#count(number);
    if (movedIn) this.#used.delete(number);
    this.#list(number);
  }

  /** Memory of these windows is being unmapped: what is on the device of it will be free. */
  forget(start: PageIndex, end: number): void {
    for (let number = windowNumber(start); number <= windowNumber(end - 1); number++) {
      if (this.#used.has(number) || this.#unused.has(number)) this.#stale.add(number);
    }
  }

  /** Frees at least one frame. False if nothing can go. */
  makeRoom(): boolean {
    this.#refresh();
    const { frames } = this.#device.memory;
    const before = frames.freeFrames;
    while (this.#evictFirst(true)) if (frames.freeFrames > before) return true;
    return false;
  }

  /** Somebody else has taken memory that was kept for chunks: as much of them goes. */
  settle(): void {
    this.#refresh();
    while (this.#available < 0 && this.#evictFirst(true));
  }

  get #available(): number {
    return this.#device.memory.frames.freeFrames - this.#reserve;
  }

  /** @param any even the block that is being serviced, if there is no other */
  #evictFirst(any: boolean): boolean {
    for (const number of this.#unused) {
      if (number === this.#busy) continue;
      this.#release(number);
      return true;
    }
    for (const number of this.#used) if (number !== this.#busy && this.#evictWindow(number)) return true;
    return any && this.#used.has(this.#busy) && this.#evictWindow(this.#busy);
  }

  #refresh(): void {
    for (const number of this.#stale) {
      this.#count(number);
      if (this.#resident[number]! > 0) this.#list(number);
      else this.#release(number);
    }
    this.#stale.clear();
  }

  #evictWindow(number: number): boolean {
    const window = (number * BLOCK_PAGES) as PageIndex;
    const dropped = this.#dropReplicas(window);
    const count = this.#collect(window);
    const moved = count > 0 && this.#evict(this.#frames, count);
    this.#count(number);
    if (this.#resident[number] === 0) this.#release(number);
    return moved || dropped || count === 0;
  }

  #release(number: number): void {
    if (this.#whole[number] === 1) this.#reserve -= BLOCK_PAGES - this.#resident[number]!;
    this.#whole[number] = 0;
    this.#used.delete(number);
    this.#unused.delete(number);
  }

  #list(number: number): void {
    this.#unused.delete(number);
    if (this.#resident[number]! > 0) this.#used.add(number);
    else {
      this.#used.delete(number);
      if (this.#whole[number] === 1) this.#unused.add(number);
    }
  }

  #count(number: number): void {
    const before = this.#resident[number]!;
    const window = (number * BLOCK_PAGES) as PageIndex;
    const now = this.#collect(window) + this.#countReplicas(window);
    this.#resident[number] = now;
    if (this.#whole[number] === 1) this.#reserve += before - now;
  }

  #countReplicas(window: PageIndex): number {
    const { mirror } = this.#device;
    let count = 0;
    if (mirror.replicatedPages === 0) return count;
    for (let page = window; page < window + BLOCK_PAGES; page++) if (mirror.hasReplica(page)) count++;
    return count;
  }

  /** Copies go without a transfer. @returns whether there were any */
  #dropReplicas(window: PageIndex): boolean {
    const { mirror } = this.#device;
    let dropped = false;
    if (mirror.replicatedPages === 0) return dropped;
    for (let page = window; page < window + BLOCK_PAGES; page++) dropped = mirror.dropReplica(page) || dropped;
    return dropped;
  }

  /** Frames of the window's pages on the device. @returns how many */
  #collect(window: PageIndex): number {
    const { entries } = this.#mm.pageTable;
    let count = 0;
    for (let page = window; page < window + BLOCK_PAGES; page++) {
      const pte = entries[page]!;
      const type = pteType(pte);
      if (type !== PteType.devicePrivate && type !== PteType.present) continue;
      if (frameNode(pteFrame(pte)) !== this.#device.node) continue;
      this.#frames[count++] = pteFrame(pte);
    }
    return count;
  }
}
