/**
 * The tree prefetcher against tables of the rule, against sweeps of short blocks, and against the rule said once more in the most obvious way.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { growFaults, type PrefetchQuestion } from '../../../engine/drivers/uvm/prefetch.js';

const BLOCK = 512;

function mask(pages: Iterable<number>): Uint8Array {
  const made = new Uint8Array(BLOCK);
  for (const page of pages) made[page] = 1;
  return made;
}

const range = (start: number, end: number, step = 1): number[] =>
  Array.from({ length: Math.ceil((end - start) / step) }, (_, index) => start + index * step);

interface Asked {
  readonly first?: number;
  readonly outer?: number;
  readonly blockFirst?: number;
  readonly resident?: readonly number[];
  readonly faulted: readonly number[];
  readonly thrashing?: readonly number[];
  readonly threshold?: number;
}

function ask(asked: Asked): number[] {
  const { first = 0, outer = BLOCK, blockFirst = 0, resident = [], faulted, thrashing, threshold = 51 } = asked;
  const question: PrefetchQuestion = {
    first,
    outer,
    blockFirst,
    resident: mask(resident),
    faulted: mask(faulted),
    thrashing: thrashing && mask(thrashing),
    threshold,
  };
  const taken = new Uint8Array(BLOCK).fill(7);
  const count = growFaults(question, taken);
  const pages = range(0, BLOCK).filter((page) => taken[page] !== 0);
  expect(count).toBe(pages.length);
  return pages;
}

/** What comes along: neither faulted nor there. */
function brought(asked: Asked): number[] {
  const { resident = [], faulted } = asked;
  return ask(asked).filter((page) => !resident.includes(page) && !faulted.includes(page));
}

/** Faults that it takes to fill [first, end) in order, one a service, of a block [first, outer). */
function sweep(end: number, outer = BLOCK, threshold = 51, first = 0): number[] {
  const resident = new Set<number>();
  const faults: number[] = [];
  for (let page = first; page < end; page++) {
    if (resident.has(page)) continue;
    faults.push(page);
    const all = ask({ first, outer, blockFirst: first, resident: [...resident], faulted: [page], threshold });
    for (const each of [page, ...all]) resident.add(each);
  }
  return faults;
}

describe('what comes along with faults in a whole block', () => {
  it.each<[string, Asked, number[]]>([
    ['one fault in an empty block: its big page', { faulted: [0] }, range(1, 16)],
    ['the next big page: the node of both', { resident: range(0, 16), faulted: [16] }, range(17, 32)],
    ['three of four big pages: all four', { resident: range(0, 32), faulted: [32] }, range(33, 64)],
    ['just above half of the block: the rest', { resident: range(0, 256), faulted: [256] }, range(257, 512)],
    ['the same from its last page', { resident: range(0, 256), faulted: [511] }, range(256, 511)],
    [
      'every other big page: exactly half is not dense',
      { faulted: range(0, 512, 32) },
      range(0, 512).filter((page) => page % 32 < 16 && page % 32 > 0),
    ],
    [
      'the same and one more: all others',
      { faulted: [...range(0, 512, 32), 16] },
      range(0, 512).filter((page) => page % 32 !== 0 && page !== 16),
    ],
    [
      'the first pages of the first 17 big pages: all others',
      { faulted: range(0, 272, 16) },
      range(0, 512).filter((page) => page >= 272 || page % 16 !== 0),
    ],
  ])('%s', (_what, asked, expected) => {
    expect(brought(asked)).toEqual(expected);
  });

  it.each([
    [51, 6],
    [50, 6],
    [25, 3],
    [75, 20],
    [100, 512],
    [1, 1],
  ])('at a threshold of %i percent a sweep takes %i faults', (threshold, faults) => {
    expect(sweep(BLOCK, BLOCK, threshold)).toHaveLength(faults);
  });

  it('climbs the steps of 64 KiB, 128 KiB … 1 MiB', () => {
    expect(sweep(BLOCK)).toEqual([0, 16, 32, 64, 128, 256]);
  });
});

describe('blocks that end early', () => {
  it.each([
    [1, 1, 1],
    [2, 2, 2],
    [3, 2, 3],
    [4, 3, 3],
    [5, 3, 4],
    [6, 4, 4],
    [9, 4, 5],
    [10, 5, 5],
    [17, 5, 6],
    [18, 6, 6],
    [32, 6, 6],
  ])('%i big pages swept: %i faults where the range ends there, %i where it goes on', (big, ending, going) => {
    expect([sweep(big * 16, big * 16).length, sweep(big * 16).length]).toEqual([ending, going]);
  });

  it('a block smaller than a big page is one unit', () => {
    expect(brought({ outer: 5, faulted: [2] })).toEqual([0, 1, 3, 4]);
  });

  it('the tail behind the last big page is a unit of its own', () => {
    expect(brought({ outer: 37, faulted: [33] })).toEqual([32, 34, 35, 36]);
  });

  it('the head before the first big page is a unit, and the tree begins where a big page would', () => {
    // Memory of the system's: the block begins at the window, the area at page 5.
    expect(brought({ first: 5, blockFirst: 0, faulted: [6] })).toEqual([5, ...range(7, 16)]);
    expect(brought({ first: 5, blockFirst: 0, resident: range(5, 16), faulted: [16] })).toEqual(range(17, 32));
  });

  it('a managed block that begins off a big page loses as many pages at its head as the tree has leaves before it', () => {
    expect(brought({ first: 5, blockFirst: 5, faulted: [12] })).toEqual([10, 11, 13, 14, 15]);
    expect(brought({ first: 5, blockFirst: 5, resident: range(5, 16), faulted: [16] })).toEqual(range(17, 32));
  });
});

describe('pages that thrash', () => {
  it('keep their big page from being filled, and grow nothing', () => {
    expect(brought({ faulted: [3, 40], thrashing: [3] })).toEqual([...range(32, 40), ...range(41, 48)]);
    expect(brought({ faulted: [3, 4], thrashing: [3] })).toEqual([]);
  });
});

describe('any question', () => {
  /** The rule as it is written: a tree of nodes, counted one by one. */
  function obvious({
    first,
    outer,
    resident,
    faulted,
    threshold,
  }: Required<Omit<Asked, 'blockFirst' | 'thrashing'>>): Set<number> {
    const origin = Math.floor(first / 16) * 16;
    const hasBig = Math.ceil(first / 16) * 16 < Math.floor(outer / 16) * 16;
    const base = hasBig ? origin : first;
    const unit = (page: number): number => {
      if (!hasBig) return 0;
      if (page < Math.ceil(first / 16) * 16) return -1;
      return page >= Math.floor(outer / 16) * 16 ? -2 : Math.floor(page / 16);
    };
    const units = new Set(faulted.map(unit));
    const full = new Set([...resident, ...faulted, ...range(first, outer).filter((page) => units.has(unit(page)))]);
    const taken = new Set<number>();
    for (const fault of faulted) {
      let best: number[] = [];
      for (let size = 1; size <= 512; size *= 2) {
        const start = base + Math.floor((fault - base) / size) * size;
        const node = range(start, Math.min(start + size, outer));
        const count = node.filter((page) => page >= first && full.has(page)).length;
        if (count * 100 > node.length * threshold) best = node;
        if (base + size >= outer && start === base) break;
      }
      for (const page of best) if (page >= first) taken.add(page);
    }
    return taken;
  }

  it('is answered as the rule says', () => {
    const asked = fc
      .record({ first: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 1, max: 452 }) })
      .chain(({ first, length }) => {
        const page = fc.integer({ min: first, max: first + length - 1 });
        const pages = (minLength: number, maxLength: number) =>
          fc.uniqueArray(page, { minLength: Math.min(minLength, length), maxLength });
        const run = fc
          .tuple(page, fc.integer({ min: 1, max: 128 }))
          .map(([start, count]) => range(start, Math.min(start + count, first + length)));
        return fc.record({
          first: fc.constant(first),
          outer: fc.constant(first + length),
          faulted: pages(1, 12),
          resident: fc.array(run, { maxLength: 5 }).map((runs) => [...new Set(runs.flat())]),
          threshold: fc.constantFrom(51, 51, 1, 25, 50, 75, 100),
        });
      });
    fc.assert(
      fc.property(asked, (question) => {
        const resident = question.resident.filter((page) => !question.faulted.includes(page));
        expect(ask({ ...question, resident })).toEqual([...obvious({ ...question, resident })].sort((a, b) => a - b));
      }),
      { numRuns: 2000 },
    );
  });
});
