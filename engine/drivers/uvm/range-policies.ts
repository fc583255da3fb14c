/**
 * What programs have advised about memory, page by page, and where it was prefetched to last. Source: NVIDIA open-gpu-kernel-modules,
 * uvm_policy.c, uvm_va_policy.c.
 *
 * Invariant: advice on a part of managed memory splits its range at both ends, for good: a block does not reach over a split. Memory of the
 * system's has no ranges; a block of it ends where what was advised changes. Nothing is allocated before the first advice.
 */

import { NO_NODE, PAGE_COUNT, type NodeId, type PageIndex } from '../../memory/units.js';

/** Bits of a page's word: the preferred node and the one prefetched to, each plus one; flags; one bit for each processor that accesses it. */
const PREFERRED = 0xff;
const PREFETCHED_SHIFT = 8;
const PREFETCHED = 0xff << PREFETCHED_SHIFT;
const READ_MOSTLY = 1 << 16;
/** A range of managed memory begins here. */
const SPLIT = 1 << 17;
const ACCESSED_SHIFT = 18;
const POLICY = ~(PREFETCHED | SPLIT);

export interface PageSpan {
  readonly start: number;
  readonly end: number;
}

export class RangePolicies {
  #words: Uint32Array | undefined;

  /** NO_NODE if there is none. */
  preferred(page: number): NodeId {
    return nodeOf(this.#word(page) & PREFERRED);
  }

  readMostly(page: number): boolean {
    return (this.#word(page) & READ_MOSTLY) !== 0;
  }

  /** Bit n: processor n accesses the page and is to have a mapping wherever it is. */
  accessedBy(page: number): number {
    return this.#word(page) >>> ACCESSED_SHIFT;
  }

  lastPrefetch(page: number): NodeId {
    return nodeOf((this.#word(page) & PREFETCHED) >>> PREFETCHED_SHIFT);
  }

  setPreferred(span: PageSpan, node: NodeId): void {
    this.#split(span);
    this.#change(span, PREFERRED, node === NO_NODE ? 0 : node + 1);
  }

  setReadMostly(span: PageSpan, value: boolean): void {
    this.#split(span);
    this.#change(span, READ_MOSTLY, value ? READ_MOSTLY : 0);
  }

  setAccessedBy(span: PageSpan, processor: number, value: boolean): void {
    this.#split(span);
    const bit = (1 << (ACCESSED_SHIFT + processor)) >>> 0;
    this.#change(span, bit, value ? bit : 0);
  }

  notePrefetch(span: PageSpan, node: NodeId): void {
    this.#change(span, PREFETCHED, (node + 1) << PREFETCHED_SHIFT);
  }

  /** The pages are unmapped. */
  forget({ start, end }: PageSpan): void {
    this.#words?.fill(0, start, end);
  }

  /** The pages around `page`, within [low, high), that are one block. */
  alike(page: number, low: number, high: number, managed: boolean): PageSpan {
    const words = this.#words;
    if (words === undefined) return { start: low, end: high };
    const policy = words[page]! & POLICY;
    const goesOn = (at: number): boolean => (managed ? (words[at]! & SPLIT) === 0 : (words[at]! & POLICY) === policy);
    let start = page;
    while (start > low && goesOn(managed ? start : start - 1)) start--;
    let end = page + 1;
    while (end < high && goesOn(end)) end++;
    return { start, end };
  }

  #word(page: number): number {
    return this.#words?.[page] ?? 0;
  }

  #change({ start, end }: PageSpan, mask: number, value: number): void {
    const words = (this.#words ??= new Uint32Array(PAGE_COUNT));
    for (let page = start; page < end; page++) words[page] = (words[page]! & ~mask) | value;
  }

  #split({ start, end }: PageSpan): void {
    this.#change({ start, end: start + 1 }, SPLIT, SPLIT);
    if (end < PAGE_COUNT) this.#change({ start: end, end: end + 1 }, SPLIT, SPLIT);
  }
}

function nodeOf(stored: number): NodeId {
  return stored === 0 ? NO_NODE : ((stored - 1) as NodeId);
}

/** A range of pages as a span. */
export function spanOf(start: PageIndex, count: number): PageSpan {
  return { start, end: start + count };
}
