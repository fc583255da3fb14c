/**
 * How UVM divides the address space: aligned windows of 2 MiB, in them blocks (a window, clipped to one range of memory), in those big pages of
 * 64 KiB. Source: NVIDIA open-gpu-kernel-modules, uvm_va_block_types.h, uvm_va_block.c (uvm_va_block_big_page_region_subset), uvm_hmm.c.
 *
 * Invariant: a block lies in one window and in one area; nothing that a service does crosses it. Masks of pages are indexed by a page's place in
 * its window.
 */

import type { PageIndex } from '../../memory/units.js';
import type { Vma } from '../../memory/vma.js';
import type { RangePolicies } from './range-policies.js';

/** Pages of a window (2 MiB). */
export const BLOCK_PAGES = 512;
const BLOCK_SHIFT = 9;
/** Windows in the address space. */
export const BLOCK_COUNT = 2048;
/** Pages of a big page (64 KiB). */
export const BIG_PAGES = 16;

export interface Block {
  readonly vma: Vma;
  /** First page of its window. */
  readonly window: PageIndex;
  /** Its pages: places [first, outer) of the window. */
  readonly first: number;
  readonly outer: number;
  /**
   * Managed memory, whose blocks the driver lays out; otherwise memory of the system's (HMM), of which a block is what is alike around the
   * page in question.
   */
  readonly managed: boolean;
}

/** The block that a page is in. */
export function blockAround(policies: RangePolicies, vma: Vma, page: PageIndex): Block {
  const window = windowOf(page);
  const managed = vma.kind === 'managed';
  const low = Math.max(window, vma.start);
  const high = Math.min(window + BLOCK_PAGES, vma.end);
  const { start, end } = policies.alike(page, low, high, managed);
  return { vma, window, first: start - window, outer: end - window, managed };
}

export function windowOf(page: number): PageIndex {
  return (page & ~(BLOCK_PAGES - 1)) as PageIndex;
}

/** Number of a page's window. */
export function windowNumber(page: number): number {
  return page >>> BLOCK_SHIFT;
}

/** Whether it has all pages of its window: the driver gives it a root chunk of its own on a device. */
export function isWhole(block: Block): boolean {
  return block.outer - block.first === BLOCK_PAGES;
}

/** Which whole big pages there are in [first, outer): from where to where, both 0 if there are none. */
export function bigPages(first: number, outer: number): { readonly first: number; readonly outer: number } {
  const from = Math.ceil(first / BIG_PAGES) * BIG_PAGES;
  const to = Math.floor(outer / BIG_PAGES) * BIG_PAGES;
  return from < to ? { first: from, outer: to } : NO_BIG_PAGES;
}

const NO_BIG_PAGES = { first: 0, outer: 0 };
