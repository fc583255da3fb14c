import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CPU } from '../../engine/memory/units.js';
import type { Vma } from '../../engine/memory/vma.js';
import { VmaSet } from '../../engine/memory/vma-set.js';
import { page } from './rig.js';

const area = (start: number, end: number, name = ''): Vma => ({
  start: page(start),
  end: page(end),
  protection: 3,
  kind: 'anonymous',
  name,
  agent: CPU,
  flags: 0,
  backing: undefined,
  pageOffset: start,
});
const ranges = (set: VmaSet): [number, number, string][] => [...set].map(({ start, end, name }) => [start, end, name]);

describe('VmaSet', () => {
  it('finds the area that holds a page, and the next one from a hole', () => {
    const set = new VmaSet();
    set.insert(area(10, 20));
    set.insert(area(30, 40, 'b'));
    expect(set.find(9)).toBeUndefined();
    expect(set.find(10)?.start).toBe(10);
    expect(set.find(19)?.start).toBe(10);
    expect(set.find(20)).toBeUndefined();
    expect(set.firstEndingAfter(20)?.name).toBe('b');
    expect(set.firstEndingAfter(40)).toBeUndefined();
  });

  it('makes one area of neighbours that are alike, and leaves those that differ', () => {
    const set = new VmaSet();
    set.insert(area(10, 20));
    set.insert(area(30, 40));
    set.insert(area(20, 30));
    set.insert(area(40, 50, 'other'));
    expect(ranges(set)).toEqual([
      [10, 40, ''],
      [40, 50, 'other'],
    ]);
  });

  it('cuts areas in two when a range is taken out of the middle', () => {
    const set = new VmaSet();
    set.insert(area(10, 40));
    expect(set.splitsBy(page(20), page(30))).toBe(true);
    expect(set.carve(page(20), page(30)).map(({ start, end }) => [start, end])).toEqual([[20, 30]]);
    expect(ranges(set)).toEqual([
      [10, 20, ''],
      [30, 40, ''],
    ]);
  });

  it('finds the lowest hole that is large enough', () => {
    const set = new VmaSet();
    set.insert(area(10, 20));
    set.insert(area(25, 30));
    set.insert(area(40, 50));
    expect(set.findHole(5, 10, 100)).toBe(20);
    expect(set.findHole(6, 10, 100)).toBe(30);
    expect(set.findHole(11, 10, 100)).toBe(50);
    expect(set.findHole(51, 10, 100)).toBe(-1);
    expect(set.findHole(3, 22, 100)).toBe(22);
    expect(set.findHole(10, 0, 100)).toBe(0);
  });

  it('agrees with an array of pages after any sequence of calls', () => {
    const step = fc.record({
      insert: fc.boolean(),
      start: fc.integer({ min: 0, max: 59 }),
      count: fc.integer({ min: 1, max: 12 }),
      name: fc.constantFrom('', 'a'),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 30 }),
        (steps, want, low) => {
          const set = new VmaSet();
          const model: (string | undefined)[] = new Array<string | undefined>(72).fill(undefined);
          for (const { insert, start, count, name } of steps) {
            set.carve(page(start), page(start + count));
            model.fill(insert ? name : undefined, start, start + count);
            if (insert) set.insert(area(start, start + count, name));
          }
          expect(ranges(set)).toEqual(runs(model));
          expect(set.size).toBe(runs(model).length);
          expect(set.findHole(want, low, 72)).toBe(firstHole(model, want, low));
          for (let at = 0; at < 72; at++) expect(set.find(at)?.name).toBe(model[at]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function runs(model: readonly (string | undefined)[]): [number, number, string][] {
  const found: [number, number, string][] = [];
  model.forEach((name, at) => {
    const last = found.at(-1);
    if (name === undefined) return;
    if (last?.[1] === at && last[2] === name) last[1] = at + 1;
    else found.push([at, at + 1, name]);
  });
  return found;
}

function firstHole(model: readonly (string | undefined)[], want: number, low: number): number {
  for (let at = low; at + want <= model.length; at++) {
    if (model.slice(at, at + want).every((name) => name === undefined)) return at;
  }
  return -1;
}
