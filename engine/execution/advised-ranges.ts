/**
 * What the program has said about its memory, page by page: advice, and where it was prefetched to last. This is what
 * cudaMemRangeGetAttribute tells, whatever a driver makes of it.
 *
 * Invariant: what is unmapped is forgotten. Nothing is kept before the first piece of advice.
 * Source: CUDA Runtime API, cudaMemRangeGetAttribute.
 */
import { MemoryAdvice } from '../drivers/advice.js';
import type { AddressSpace } from '../memory/address-space.js';
import { MmuNotifyEvent } from '../memory/mmu-notifier.js';
import { PAGE_COUNT, type PageIndex } from '../memory/units.js';

/** A processor as the APIs number it: a device's index, the CPU, or none. */
export const CPU_LOCATION = -1;
export const NO_LOCATION = -2;

const READ_MOSTLY = 1;
const COARSE_GRAIN = 2;

interface Columns {
  readonly flags: Uint8Array;
  readonly preferred: Int8Array;
  /** Bit 0: the CPU; bit n + 1: device n. */
  readonly accessedBy: Uint16Array;
  readonly prefetched: Int8Array;
}

/** hipMemRangeCoherencyMode. */
const Coherency = { fineGrain: 0, coarseGrain: 1, indeterminate: 2 } as const;

export class AdvisedRanges {
  #columns: Columns | undefined;

  constructor(private readonly mm: AddressSpace) {}

  /** @param location with those kinds that have one */
  advise(advice: MemoryAdvice, start: PageIndex, count: number, location: number): void {
    const { flags, preferred, accessedBy } = this.#made();
    const end = start + count;
    switch (advice) {
      case MemoryAdvice.setReadMostly:
      case MemoryAdvice.setCoarseGrain: {
        const flag = advice === MemoryAdvice.setReadMostly ? READ_MOSTLY : COARSE_GRAIN;
        for (let page: number = start; page < end; page++) flags[page]! |= flag;
        return;
      }
      case MemoryAdvice.unsetReadMostly:
      case MemoryAdvice.unsetCoarseGrain: {
        const flag = advice === MemoryAdvice.unsetReadMostly ? READ_MOSTLY : COARSE_GRAIN;
        for (let page: number = start; page < end; page++) flags[page]! &= ~flag;
        return;
      }
      case MemoryAdvice.setPreferredLocation:
        preferred.fill(location, start, end);
        return;
      case MemoryAdvice.unsetPreferredLocation:
        preferred.fill(NO_LOCATION, start, end);
        return;
      case MemoryAdvice.setAccessedBy:
        for (let page: number = start; page < end; page++) accessedBy[page]! |= 1 << (location + 1);
        return;
      case MemoryAdvice.unsetAccessedBy:
        for (let page: number = start; page < end; page++) accessedBy[page]! &= ~(1 << (location + 1));
    }
  }

  prefetched(start: PageIndex, count: number, location: number): void {
    this.#made().prefetched.fill(location, start, start + count);
  }

  isReadMostly(start: PageIndex, count: number): boolean {
    return this.#columns?.flags.subarray(start, start + count).every((flags) => (flags & READ_MOSTLY) !== 0) ?? false;
  }

  preferredLocation(start: PageIndex, count: number): number {
    return common(this.#columns?.preferred, start, count);
  }

  lastPrefetchLocation(start: PageIndex, count: number): number {
    return common(this.#columns?.prefetched, start, count);
  }

  /** Who is said of every page, in order: the CPU first. */
  accessedBy(start: PageIndex, count: number): number[] {
    let mask = this.#columns === undefined ? 0 : 0xffff;
    for (const each of this.#columns?.accessedBy.subarray(start, start + count) ?? []) mask &= each;
    return Array.from({ length: 16 }, (_, bit) => bit - 1).filter((location) => (mask & (1 << (location + 1))) !== 0);
  }

  coherency(start: PageIndex, count: number): number {
    const flags = this.#columns?.flags.subarray(start, start + count);
    const coarse = flags?.reduce((pages, each) => pages + Number((each & COARSE_GRAIN) !== 0), 0) ?? 0;
    if (coarse === 0) return Coherency.fineGrain;
    return coarse === count ? Coherency.coarseGrain : Coherency.indeterminate;
  }

  #made(): Columns {
    if (this.#columns !== undefined) return this.#columns;
    const columns: Columns = {
      flags: new Uint8Array(PAGE_COUNT),
      preferred: new Int8Array(PAGE_COUNT).fill(NO_LOCATION),
      accessedBy: new Uint16Array(PAGE_COUNT),
      prefetched: new Int8Array(PAGE_COUNT).fill(NO_LOCATION),
    };
    this.mm.notifiers.insert(0 as PageIndex, PAGE_COUNT, {
      invalidate: ({ event, start, count }) => {
        if (event !== MmuNotifyEvent.UNMAP) return true;
        const end = start + count;
        columns.flags.fill(0, start, end);
        columns.preferred.fill(NO_LOCATION, start, end);
        columns.accessedBy.fill(0, start, end);
        columns.prefetched.fill(NO_LOCATION, start, end);
        return true;
      },
    });
    return (this.#columns = columns);
  }
}

/** What all pages have, or none. */
function common(column: Int8Array | undefined, start: number, count: number): number {
  const [first = NO_LOCATION] = column?.subarray(start, start + 1) ?? [];
  return column?.subarray(start, start + count).every((each) => each === first) === true ? first : NO_LOCATION;
}
