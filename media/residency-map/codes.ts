/**
 * Where every page is: a residency code for each of the 2^20 pages, and the same zoomed out: on level k a cell stands for 4^k
 * pages.
 *
 * Invariant: a cell shows the place and condition that most of its four parts have and, of equally frequent ones, the higher
 * code (a device before the CPU); it is unmapped only if all are, and marked as changed if any is. What a person is told about a
 * cell is counted on level 0.
 */
import { CHANGED, PAGE_COUNT, Place } from '../messages.js';

export const LEVELS = 6;
const PLAIN = 0x7f;

/** Pages from `first` up to `end`. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

export class PageCodes {
  /** By level; level k has 4^k times fewer. */
  readonly levels: readonly Uint8Array[] = Array.from(
    { length: LEVELS },
    (_, level) => new Uint8Array(PAGE_COUNT >> (2 * level)),
  );
  readonly pages = this.levels[0]!;

  /** Everything unmapped. */
  clear(): void {
    for (const level of this.levels) level.fill(0);
  }

  clearChanged(): void {
    for (const level of this.levels) for (let n = 0; n < level.length; n++) level[n]! &= PLAIN;
  }

  /** @returns the part that may have changed */
  apply(ranges: Uint32Array, codes: Uint8Array): Span {
    let taken = 0;
    let lowest = PAGE_COUNT;
    let highest = 0;
    for (let n = 0; n + 1 < ranges.length; n += 2) {
      const first = ranges[n]!;
      const end = Math.min(first + ranges[n + 1]!, PAGE_COUNT);
      const count = Math.min(end - first, codes.length - taken);
      if (count <= 0) continue;
      this.pages.set(codes.subarray(taken, taken + count), first);
      taken += ranges[n + 1]!;
      lowest = Math.min(lowest, first);
      highest = Math.max(highest, first + count);
      // Many small ranges next to each other are summed up once, below.
      if (ranges.length <= SEPARATE) this.#sumUp({ first, end: first + count });
    }
    if (lowest >= highest) return { first: 0, end: 0 };
    const span = { first: lowest, end: highest };
    if (ranges.length > SEPARATE) this.#sumUp(span);
    return span;
  }

  #sumUp({ first, end }: Span): void {
    for (let level = 1; level < LEVELS; level++) {
      const below = this.levels[level - 1]!;
      const cells = this.levels[level]!;
      const last = (end - 1) >> (2 * level);
      for (let n = first >> (2 * level); n <= last; n++) {
        const at = n * 4;
        const a = below[at]!;
        const b = below[at + 1]!;
        const c = below[at + 2]!;
        const d = below[at + 3]!;
        cells[n] = a === b && b === c && c === d ? a : most(a, b, c, d);
      }
    }
  }
}

const SEPARATE = 512;

function most(...codes: readonly [number, number, number, number]): number {
  let best = Place.unmapped as number;
  let bestCount = 0;
  let changed = 0;
  for (const code of codes) {
    changed |= code & CHANGED;
    const plain = code & PLAIN;
    if (plain === Place.unmapped) continue;
    let count = 0;
    for (const other of codes) if ((other & PLAIN) === plain) count += 1;
    if (count > bestCount || (count === bestCount && plain > best)) {
      best = plain;
      bestCount = count;
    }
  }
  return best === Place.unmapped ? best : best | changed;
}

/** How many pages of a range have each code: 256 numbers. */
export function countCodes(pages: Uint8Array, { first, end }: Span): Uint32Array {
  const counts = new Uint32Array(256);
  for (let page = first; page < end; page++) counts[pages[page]!]! += 1;
  return counts;
}
