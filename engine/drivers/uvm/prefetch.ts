/**
 * The tree prefetcher: which pages of a block come along with those that faulted. Pure; everything else about it is where it is called from.
 * Source: NVIDIA open-gpu-kernel-modules, uvm_perf_prefetch.c, uvm_perf_utils.h.
 *
 * Invariant: a binary tree over the block's pages, as if it began at a big page (so that its nodes are aligned; the last of each level may be
 * cut off). A node is dense if more than `threshold` percent of its pages are at the destination, faulted, or in the same big page as one that
 * faulted. For each page that faulted, the largest dense node that it is in is taken. What is taken does not count for the next.
 */

import { BIG_PAGES, bigPages, BLOCK_PAGES } from './geometry.js';

/** Masks have a byte for each page of the window, not 0 = in it. */
export type PageMask = Uint8Array;

export interface PrefetchQuestion {
  /** The pages that may be taken: places [first, outer) of the window. */
  readonly first: number;
  readonly outer: number;
  /** Where the block that they are of begins: the driver numbers a block's pages from there. */
  readonly blockFirst: number;
  /** Pages that are at the destination already. */
  readonly resident: PageMask;
  readonly faulted: PageMask;
  /** Pages that thrash: what they faulted for grows nothing. */
  readonly thrashing: PageMask | undefined;
  /** Percent; a node must be denser. */
  readonly threshold: number;
  /** Whether a big page in which one faulted counts as if all of it had. Absent: yes. */
  readonly fillsBigPages?: boolean;
}

/** Counts of leaves up to each one. */
const sums = new Uint16Array(BLOCK_PAGES + BIG_PAGES + 1);

/** Writes which pages come along, those that faulted among them. @returns how many, those that faulted included */
export function growFaults(question: PrefetchQuestion, taken: PageMask): number {
  const { first, outer, blockFirst, faulted, thrashing } = question;
  const big = bigPages(first, outer);
  // The tree begins where a big page would.
  const offset = big.outer > 0 && big.first > first ? BIG_PAGES - (big.first - first) : 0;
  const leaves = outer - first + offset;
  countLeaves(question, big, offset);
  taken.fill(0);
  // Who is in the node of the page before has the same one: what is above it is above both, and not dense.
  let done = 0;
  for (let page = first; page < outer; page++) {
    if (faulted[page] === 0 || (thrashing !== undefined && thrashing[page] !== 0)) continue;
    const leaf = page - first + offset;
    if (leaf < done) continue;
    const node = densestNode(leaf, leaves, question.threshold);
    done = node.end;
    if (node.end > node.start) taken.fill(1, ...clamp(node, offset, first, outer, blockFirst));
  }
  let count = 0;
  for (let page = first; page < outer; page++) if (taken[page] !== 0) count++;
  return count;
}

/** The largest dense node above a leaf; empty if not even the leaf is (at a threshold of 100). */
function densestNode(
  leaf: number,
  leaves: number,
  threshold: number,
): { readonly start: number; readonly end: number } {
  let start = 0;
  let end = 0;
  for (let size = 1; ; size *= 2) {
    const nodeStart = leaf & ~(size - 1);
    const nodeEnd = Math.min(nodeStart + size, leaves);
    const count = sums[nodeEnd]! - sums[nodeStart]!;
    if (count * 100 > (nodeEnd - nodeStart) * threshold) {
      start = nodeStart;
      end = nodeEnd;
    }
    if (size >= leaves) return { start, end };
  }
}

/**
 * From leaves to places in the window. In a block that does not begin at a big page the driver's clamp leaves out as many pages at its
 * beginning as the tree has leaves before it.
 */
function clamp(
  node: { readonly start: number; readonly end: number },
  offset: number,
  first: number,
  outer: number,
  blockFirst: number,
): [number, number] {
  const begin = first - blockFirst;
  const start = node.start + begin;
  const from = start < offset ? offset : Math.max(start - offset, begin);
  return [from + blockFirst, Math.min(node.end - offset + first, outer)];
}

/** The bitmap of the tree, summed up. */
function countLeaves(question: PrefetchQuestion, big: { first: number; outer: number }, offset: number): void {
  const { first, outer, resident, faulted } = question;
  sums.fill(0, 0, offset + 1);
  let sum = 0;
  for (let page = first; page < outer;) {
    const end = unitEnd(page, outer, big);
    const filled = question.fillsBigPages !== false && isFilled(question, page, end);
    for (; page < end; page++) {
      if (filled || resident[page] !== 0 || faulted[page] !== 0) sum++;
      sums[page - first + offset + 1] = sum;
    }
  }
}

/** Where the big page ends, or what there is of one at either end of the block; without any big page, the whole block is one. */
function unitEnd(page: number, outer: number, big: { first: number; outer: number }): number {
  if (big.outer === 0 || page >= big.outer) return outer;
  return page < big.first ? big.first : page + BIG_PAGES;
}

/** Whether a fault in it fills it. */
function isFilled({ faulted, thrashing }: PrefetchQuestion, start: number, end: number): boolean {
  let fills = false;
  for (let page = start; page < end; page++) {
    if (thrashing !== undefined && thrashing[page] !== 0) return false;
    if (faulted[page] !== 0) fills = true;
  }
  return fills;
}
