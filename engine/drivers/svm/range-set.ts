/**
 * All ranges of a process (struct svm_range_list), by address. The kernel has an interval tree; its ranges never overlap, so a sorted list
 * does the same.
 *
 * Invariant: ranges are sorted and disjoint. Source: kfd_svm.c (svm_range_add, svm_range_split_new, svm_range_get_range_boundaries).
 */

import { HUGE_PAGES } from '../../memory/units.js';
import { SvmRange, type SvmAttributes } from './range.js';

export class RangeSet {
  readonly #ranges: SvmRange[] = [];
  readonly #maxPages: number;
  #pages = 0;
  readonly #split: (head: SvmRange, tail: SvmRange) => void;

  /**
   * @param maxPages the most pages of a new range
   * @param split called when a range was split in two, to share what both had
   */
  constructor(maxPages: number, split: (head: SvmRange, tail: SvmRange) => void) {
    this.#maxPages = maxPages;
    this.#split = split;
  }

  get size(): number {
    return this.#ranges.length;
  }

  /** Of all ranges. */
  get pages(): number {
    return this.#pages;
  }

  [Symbol.iterator](): Iterator<SvmRange> {
    return this.#ranges[Symbol.iterator]();
  }

  find(page: number): SvmRange | undefined {
    const range = this.#ranges[this.#firstEndingAfter(page)];
    return range !== undefined && range.start <= page ? range : undefined;
  }

  /** Those that have a page of [start, end), in order; the set may change while they are used. */
  overlapping(start: number, end: number): SvmRange[] {
    const first = this.#firstEndingAfter(start);
    let last = first;
    while (last < this.#ranges.length && this.#ranges[last]!.start < end) last++;
    return this.#ranges.slice(first, last);
  }

  /** The part of [start, end) around a page that no range has. The page must be in none. */
  gapAround(page: number, start: number, end: number): { readonly start: number; readonly end: number } {
    const next = this.#firstEndingAfter(page);
    const before = this.#ranges[next - 1];
    const after = this.#ranges[next];
    return { start: Math.max(start, before?.end ?? start), end: Math.min(end, after?.start ?? end) };
  }

  /** @param range that overlaps none */
  insert(range: SvmRange): void {
    this.#pages += range.pages;
    this.#ranges.splice(this.#firstEndingAfter(range.start), 0, range);
  }

  /** Makes page `at` the first of a range, if a range has both it and the one before. */
  splitAt(at: number): void {
    const head = this.find(at);
    if (head === undefined || head.start === at) return;
    const tail = head.cutTail(at);
    this.#pages -= tail.pages;
    this.insert(tail);
    this.#split(head, tail);
  }

  /** New ranges where [start, end) has none: none of them larger than the most, and all aligned to it. @returns the new ones */
  fillGaps(start: number, end: number, attributes: SvmAttributes): SvmRange[] {
    const added: SvmRange[] = [];
    let at = start;
    for (const { start: from, end: to } of [...this.overlapping(start, end), { start: end, end }]) {
      for (; at < from; at = Math.min(from, Math.floor(at / this.#maxPages + 1) * this.#maxPages)) {
        const pieceEnd = Math.min(from, Math.floor(at / this.#maxPages + 1) * this.#maxPages);
        added.push(new SvmRange(at, pieceEnd, attributes));
      }
      at = to;
    }
    for (const range of added) this.insert(range);
    return added;
  }

  /** Takes [start, end) out. @returns what was taken out, split off from what stays */
  remove(start: number, end: number): SvmRange[] {
    this.splitAt(start);
    this.splitAt(end);
    const gone = this.overlapping(start, end);
    this.#ranges.splice(this.#firstEndingAfter(start), gone.length);
    for (const { pages } of gone) this.#pages -= pages;
    return gone;
  }

  #firstEndingAfter(page: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle]!.end > page) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The most pages of a new range: 1/32 of the smallest device memory, as a power of two from 2 MiB to 1 GiB (svm_range_set_max_pages). */
export function maxRangePages(devicePages: readonly number[]): number {
  const pages = Math.min(...devicePages) / 32;
  const clamped = Math.min(Math.max(pages, HUGE_PAGES), 1 << 18);
  return 2 ** Math.floor(Math.log2(clamped));
}
