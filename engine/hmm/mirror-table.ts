/**
 * A mirror without permission bytes: a sparse table of what a device may reach, for devices whose accesses are calls and not instructions
 * (the test device). Source: lib/test_hmm.c (struct dmirror, its xarray and tags).
 *
 * Invariant: as for a DeviceMirror, an entry is absent or refers to the frame that the CPU's table has for the page and allows no more than
 * that does; an ATOMIC entry's page is the device's alone (its CPU entry is device-exclusive).
 */

import {
  MmuNotifyEvent,
  type MmuIntervalNotifier,
  type MmuIntervalSubscriber,
  type MmuNotifierRange,
  type PgmapOwner,
} from '../memory/mmu-notifier.js';
import type { Mm } from '../memory/mm.js';
import { HUGE_PAGES, hugeBlockOf, PAGE_COUNT, type FrameNumber, type PageIndex } from '../memory/units.js';
import type { HmmMirror } from './mirror-fault.js';
import { hmmFrame, HmmPfn, type HmmRange } from './range-fault.js';

/** What an entry allows; the frame lies above. READ is always there. */
export const MirrorFlag = { READ: 1, WRITE: 2, ATOMIC: 4 } as const;
const FRAME_SHIFT = 3;

export interface MirrorTableOptions {
  /** Whose migrations and exclusive accesses the table need not be told of, and whose device-private pages it may map. */
  readonly owner: PgmapOwner;
  /** The interval it is told of. Absent: the whole address space. */
  readonly start?: PageIndex;
  readonly count?: number;
  /** Told of each invalidation that is not the owner's own, after its entries are gone; `dropped` entries there were. */
  readonly onInvalidate?: (range: MmuNotifierRange, dropped: number) => void;
  /** What a range that is not blockable is answered: false = it would have to wait. Absent: it never has to. */
  readonly wouldBlock?: () => boolean;
}

export class MirrorTable implements HmmMirror, MmuIntervalSubscriber {
  readonly owner: PgmapOwner;
  readonly notifier: MmuIntervalNotifier;
  readonly #mm: Mm;
  readonly #options: MirrorTableOptions;
  /** By block of HUGE_PAGES pages; blocks without entries are absent. */
  readonly #blocks = new Map<number, Uint32Array>();
  #entries = 0;

  constructor(mm: Mm, options: MirrorTableOptions) {
    this.#mm = mm;
    this.owner = options.owner;
    this.#options = options;
    this.notifier = mm.notifiers.insert(options.start ?? (0 as PageIndex), options.count ?? PAGE_COUNT, this);
  }

  /** Entries there are. */
  get mappedPages(): number {
    return this.#entries;
  }

  /** MirrorFlag bits of the page's entry; 0 = absent. */
  flags(page: PageIndex): number {
    return this.#entry(page) & ((1 << FRAME_SHIFT) - 1);
  }

  /** The frame of an entry that is there. */
  frame(page: PageIndex): FrameNumber {
    return (this.#entry(page) >>> FRAME_SHIFT) as FrameNumber;
  }

  /** Writes an entry. @param flags MirrorFlag bits; READ is added. */
  set(page: PageIndex, frame: FrameNumber, flags: number): void {
    const number = hugeBlockOf(page);
    let block = this.#blocks.get(number);
    if (block === undefined) {
      block = new Uint32Array(HUGE_PAGES);
      this.#blocks.set(number, block);
    }
    const at = page % HUGE_PAGES;
    if (block[at] === 0) this.#entries++;
    block[at] = ((frame << FRAME_SHIFT) | flags | MirrorFlag.READ) >>> 0;
  }

  /** Drops the entries of a range. @returns how many there were. */
  erase(start: PageIndex, count: number): number {
    if (this.#entries === 0) return 0;
    const end = start + count;
    let dropped = 0;
    if (count > this.#blocks.size * HUGE_PAGES) {
      for (const number of [...this.#blocks.keys()]) dropped += this.#eraseIn(number, start, end);
    } else {
      for (let number = hugeBlockOf(start); number <= hugeBlockOf(end - 1); number++)
        dropped += this.#eraseIn(number, start, end);
    }
    this.#entries -= dropped;
    return dropped;
  }

  /** Programs the table from the results of a range fault that is still good. */
  program(range: HmmRange): void {
    for (let index = 0; index < range.count; index++) {
      const word = range.words[index]!;
      if ((word & HmmPfn.VALID) === 0) continue;
      this.set((range.start + index) as PageIndex, hmmFrame(word), (word & HmmPfn.WRITE) === 0 ? 0 : MirrorFlag.WRITE);
    }
  }

  /** The notifier: what the owner does itself it knows; all else drops the range's entries. */
  invalidate(range: MmuNotifierRange): boolean {
    const named = range.event === MmuNotifyEvent.MIGRATE || range.event === MmuNotifyEvent.EXCLUSIVE;
    if (named && range.owner === this.owner) return true;
    if (!range.blockable && this.#options.wouldBlock?.() === true) return false;
    const dropped = this.erase(range.start, range.count);
    this.#options.onInvalidate?.(range, dropped);
    return true;
  }

  /** Ends the subscription; the entries go. */
  close(): void {
    this.#mm.notifiers.remove(this.notifier);
    this.#blocks.clear();
    this.#entries = 0;
  }

  #entry(page: PageIndex): number {
    return this.#blocks.get(hugeBlockOf(page))?.[page % HUGE_PAGES] ?? 0;
  }

  #eraseIn(number: number, start: number, end: number): number {
    const block = this.#blocks.get(number);
    if (block === undefined) return 0;
    const base = number * HUGE_PAGES;
    const from = Math.max(start - base, 0);
    const to = Math.min(end - base, HUGE_PAGES);
    let dropped = 0;
    for (let at = from; at < to; at++) if (block[at] !== 0) dropped++;
    if (from === 0 && to === HUGE_PAGES) this.#blocks.delete(number);
    else if (from < to) block.fill(0, from, to);
    return dropped;
  }
}
