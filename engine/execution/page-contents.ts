/**
 * The bytes of a process's pages, where they are: at their address in its linear memory.
 *
 * Invariant: a page that was provided exists for good, since linear memory never shrinks.
 */
import type { PageContents } from '../memory/contents.js';
import { PAGE_SIZE, type PageIndex } from '../memory/units.js';
import type { LinearMemory } from './linear-memory.js';

export class LinearPageContents implements PageContents {
  constructor(private readonly linear: LinearMemory) {}

  provide(start: PageIndex, count: number): boolean {
    return this.linear.provide(start * PAGE_SIZE, (start + count) * PAGE_SIZE);
  }

  zero(start: PageIndex, count: number): void {
    // What does not exist yet will be zeros.
    const { bytes } = this.linear;
    bytes.fill(0, start * PAGE_SIZE, Math.min((start + count) * PAGE_SIZE, bytes.length));
  }

  move(from: PageIndex, to: PageIndex, count: number): void {
    this.linear.bytes.copyWithin(to * PAGE_SIZE, from * PAGE_SIZE, (from + count) * PAGE_SIZE);
  }

  bytes(page: PageIndex): Uint8Array {
    return this.linear.bytes.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
  }
}
