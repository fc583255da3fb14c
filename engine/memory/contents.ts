/**
 * The bytes of one process's pages. Where a page counts as being is the page table's business; its bytes lie at its address in the process's
 * linear memory, wherever that is. Memory management says when a page becomes zeros, a file's bytes, or a copy of another page.
 *
 * Invariant: bytes change here before the entry that makes them reachable is written.
 */

import type { PageIndex } from './units.js';

export interface PageContents {
  /** The pages exist from now on, as zeros; false if the host has no memory for them. */
  provide(start: PageIndex, count: number): boolean;
  /** The pages read as zeros from now on. */
  zero(start: PageIndex, count: number): void;
  /** Copies pages of this process to other pages of it (mremap); the ranges do not overlap. */
  move(from: PageIndex, to: PageIndex, count: number): void;
  /** PAGE_SIZE bytes, to read from and to write to until something is mapped or unmapped. */
  bytes(page: PageIndex): Uint8Array;
}
