/**
 * The swap area: slots for anonymous pages that reclaim took out of memory. Bytes stay at their place in the process (contents.ts), so a slot
 * is only a count of the entries that refer to it. Source: mm/swapfile.c (swap_map).
 *
 * Invariant: a slot is free exactly when nothing refers to it.
 */

import { MemoryInvariantError } from './invariant.js';

export class SwapArea {
  /** How many pages it holds. */
  readonly capacity: number;
  #counts = new Int32Array(64);
  #free: number[] = [];
  #fresh = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get usedSlots(): number {
    return this.#fresh - this.#free.length;
  }

  /** A slot that one entry refers to, or -1: the area is full. */
  allocate(): number {
    let slot = this.#free.pop();
    if (slot === undefined) {
      if (this.#fresh >= this.capacity) return -1;
      slot = this.#fresh++;
      if (slot >= this.#counts.length) {
        const longer = new Int32Array(this.#counts.length * 2);
        longer.set(this.#counts);
        this.#counts = longer;
      }
    }
    this.#counts[slot] = 1;
    return slot;
  }

  /** Another entry refers to it (fork). */
  duplicate(slot: number): void {
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  /** An entry no longer refers to it. */
  release(slot: number): void {
    const left = (this.#counts[slot] ?? 0) - 1;
    if (left < 0) throw new MemoryInvariantError('a swap slot was freed twice', { slot });
    this.#counts[slot] = left;
    if (left === 0) this.#free.push(slot);
  }
}
