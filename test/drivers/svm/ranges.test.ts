/** Ranges: where they begin and end, how they split, and that nothing else becomes of them. Rules of kfd_svm.c, each named. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SvmRange, type SvmAttributes } from '../../../engine/drivers/svm/range.js';
import { maxRangePages, RangeSet } from '../../../engine/drivers/svm/range-set.js';
import { page } from '../../memory/rig.js';

function attributes(granularity: number, flags = 0): SvmAttributes {
  return { preferred: undefined, prefetched: undefined, access: 0, inPlace: 0, flags, granularity };
}

describe('svm_range_set_max_pages: 1/32 of the memory, a power of two from 2 MiB to 1 GiB', () => {
  it.each([
    ['64 pages', [64], 512],
    ['64 MiB', [16384], 512],
    ['96 MiB', [24576], 512],
    ['200 MiB', [51200], 1024],
    ['16 GiB', [1 << 22], 1 << 17],
    ['64 GiB', [1 << 24], 1 << 18],
    ['the smaller of two', [1 << 22, 51200], 1024],
  ])('%s', (_what, memories, expected) => {
    expect(maxRangePages(memories)).toBe(expected);
  });
});

describe('svm_range_restore_pages: a slice is aligned to the granularity, and within the range', () => {
  it.each([
    [9, 700, [512, 1000]],
    [9, 100, [10, 512]],
    [0, 700, [700, 701]],
    [4, 700, [688, 704]],
    [40, 700, [10, 1000]],
    [63, 700, [10, 1000]],
  ])('granularity %i, page %i', (granularity, at, [start, end]) => {
    expect(new SvmRange(10, 1000, attributes(granularity)).sliceOf(page(at))).toEqual({ start, end });
  });
});

/** What a set should be, said in the dullest way: the number of a page's registration, 0 for none. */
class Model {
  readonly owners = new Int32Array(SIZE);
}

const SIZE = 64;
const LARGEST = 8;
const where = fc.integer({ min: 0, max: SIZE - 1 });
const stretch = fc
  .record({ one: where, other: where })
  .map(({ one, other }) => ({ start: Math.min(one, other), end: Math.max(one, other) + 1 }));
const operation = fc.oneof(
  fc.record({ do: fc.constant('fill' as const), at: stretch }),
  fc.record({ do: fc.constant('remove' as const), at: stretch }),
  fc.record({ do: fc.constant('split' as const), at: stretch }),
);

describe('a set of ranges, whatever is done to it', () => {
  it('is sorted and disjoint, keeps attributes with their pages, and loses and invents none', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const model = new Model();
        let splits = 0;
        const set = new RangeSet(LARGEST, (head, tail) => {
          expect(head.end).toBe(tail.start);
          splits++;
        });
        operations.forEach(({ do: what, at: { start, end } }, index) => {
          const before = set.size;
          const splitsBefore = splits;
          if (what === 'fill') {
            const added = set.fillGaps(start, end, attributes(9, index + 1));
            for (let at = start; at < end; at++) if (model.owners[at] === 0) model.owners[at] = index + 1;
            expect(set.size).toBe(before + added.length);
            for (const range of added) {
              expect(Math.floor(range.start / LARGEST)).toBe(Math.floor((range.end - 1) / LARGEST));
              expect(range.flags).toBe(index + 1);
            }
          } else if (what === 'remove') {
            const removed = set.remove(start, end);
            for (const range of removed) expect([range.start >= start, range.end <= end]).toEqual([true, true]);
            model.owners.fill(0, start, end);
          } else {
            set.splitAt(start);
            expect(set.size - before).toBe(splits - splitsBefore);
            const inside = set.find(start);
            if (inside !== undefined) expect(inside.start).toBe(start);
          }
          check(set, model);
        });
      }),
    );
  });

  it('knows the gap around a page', () => {
    fc.assert(
      fc.property(fc.array(stretch, { maxLength: 6 }), where, stretch, (filled, at, window) => {
        const set = new RangeSet(LARGEST, () => undefined);
        for (const { start, end } of filled) set.fillGaps(start, end, attributes(9));
        fc.pre(set.find(at) === undefined && window.start <= at && at < window.end);
        const gap = set.gapAround(at, window.start, window.end);
        const isFree = (index: number): boolean =>
          index >= window.start && index < window.end && set.find(index) === undefined;
        for (let index = gap.start; index < gap.end; index++) expect(isFree(index)).toBe(true);
        expect([isFree(gap.start - 1), isFree(gap.end)]).toEqual([false, false]);
      }),
    );
  });
});

function check(set: RangeSet, model: Model): void {
  let last = 0;
  const owners = new Int32Array(SIZE);
  for (const range of set) {
    expect(range.start).toBeGreaterThanOrEqual(last);
    expect(range.end).toBeGreaterThan(range.start);
    owners.fill(range.flags, range.start, range.end);
    last = range.end;
  }
  expect(owners).toEqual(model.owners);
  expect(set.pages).toBe(owners.filter((owner) => owner !== 0).length);
  for (let at = 0; at < SIZE; at++) expect(set.find(at)?.flags ?? 0).toBe(model.owners[at]);
}
