/** The map's arithmetic: which page is in which cell, and what a zoomed-out cell shows. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHANGED, PAGE_COUNT, PAGE_SIZE, type Area } from '../../media/messages.js';
import { LEVELS, PageCodes } from '../../media/residency-map/codes.js';
import { fittingZoom, Layout, ZOOMS } from '../../media/residency-map/layout.js';
import { moved, Selection } from '../../media/residency-map/selection.js';

/** Sorted, not overlapping. */
const areasOf = (sizes: readonly (readonly [gap: number, pages: number])[]): Area[] => {
  let next = 0;
  return sizes.map(([gap, pageCount], id) => {
    const firstPage = next + gap;
    next = firstPage + pageCount;
    return { id, name: `a${id}`, kind: 'managed', firstPage, pageCount, bytes: pageCount * PAGE_SIZE, source: null };
  });
};
const someAreas = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: 3000 })), { minLength: 1, maxLength: 12 })
  .map(areasOf);
const zoomIndex = fc.integer({ min: 0, max: ZOOMS.length - 1 });

describe('layout', () => {
  test('every page is in one cell, and pointing at that cell finds it', () => {
    fc.assert(
      fc.property(someAreas, zoomIndex, fc.integer({ min: 40, max: 2000 }), fc.nat(), (areas, zoom, width, pick) => {
        const layout = new Layout({ areas, zoom: ZOOMS[zoom]!, width, scale: 1.5 });
        const area = areas[pick % areas.length]!;
        const page = area.firstPage + (pick % area.pageCount);
        const block = layout.blockOf(page)!;
        expect(block.area).toBe(area);
        const { x, y, size } = layout.rectOf(block, layout.cellOf(block, page));
        const hit = layout.cellAt(x + size / 2, y + size / 2)!;
        expect(hit.block).toBe(block);
        expect(page).toBeGreaterThanOrEqual(hit.span.first);
        expect(page).toBeLessThan(hit.span.end);
      }),
    );
  });

  test('blocks follow each other, and those that show are found', () => {
    fc.assert(
      fc.property(someAreas, zoomIndex, fc.nat(5000), fc.nat(900), (areas, zoom, top, height) => {
        const layout = new Layout({ areas, zoom: ZOOMS[zoom]!, width: 800, scale: 1 });
        const [from, to] = layout.visible(top, top + height);
        layout.blocks.forEach((block, n) => {
          expect(block.top).toBeGreaterThanOrEqual(layout.blocks[n - 1]?.bottom ?? 0);
          expect(n >= from && n < to).toBe(block.bottom > top && block.top < top + height);
        });
      }),
    );
  });

  test('the zoom that shows everything does, and a whole address space fits', () => {
    const whole = areasOf([[0, PAGE_COUNT]]);
    const zoom = fittingZoom(whole, 1200, 300, 1);
    expect(new Layout({ areas: whole, zoom: ZOOMS[zoom]!, width: 1200, scale: 1 }).height).toBeLessThanOrEqual(300);
  });

  test('in a low panel headers take no room from cells: they stay readable, and the rest is scrolled to', () => {
    const many = areasOf([
      [0, 2048],
      [3000, 1],
      [4000, 5],
      [5000, 1],
      [6000, 1],
      [7000, 256],
      [8000, 256],
    ]);
    expect(ZOOMS[fittingZoom(many, 1150, 180, 1)]).toEqual({ level: 0, cell: 6 });
  });

  test('between zooms a cell grows from 1024 pages to 64 pixels', () => {
    expect(ZOOMS[0]).toEqual({ level: 5, cell: 1 });
    expect(ZOOMS.at(-1)).toEqual({ level: 0, cell: 64 });
  });
});

/** What the invariant of `codes.ts` says, in other words. */
function isMostOf(cell: number, parts: readonly number[]): boolean {
  const changed = parts.some((part) => (part & CHANGED) !== 0);
  const plain = parts.map((part) => part & 0x7f).filter((part) => part !== 0);
  if (plain.length === 0) return cell === 0;
  const times = (one: number): number => plain.filter((part) => part === one).length;
  return ((cell & CHANGED) !== 0) === changed && times(cell & 0x7f) === Math.max(...plain.map(times));
}

describe('codes', () => {
  const code = fc.constantFrom(0, 1, 2, 3, 3 | CHANGED, 2 | (3 << 4));

  test('each level is what four cells of the one below are mostly', () => {
    fc.assert(
      fc.property(fc.array(code, { minLength: 1, maxLength: 600 }), fc.nat(5000), (values, first) => {
        const codes = new PageCodes();
        codes.apply(new Uint32Array([first, values.length]), Uint8Array.from(values));
        const wrong: string[] = [];
        for (let level = 1; level < LEVELS; level++) {
          const below = codes.levels[level - 1]!;
          const last = (first + values.length) >> (2 * level);
          for (let n = first >> (2 * level); n <= last; n++) {
            const parts = [...below.subarray(n * 4, n * 4 + 4)];
            if (!isMostOf(codes.levels[level]![n]!, parts)) wrong.push(`level ${level}, cell ${n}: ${parts.join()}`);
          }
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  test('many small patches sum up as one big patch does', () => {
    const [one, many] = [new PageCodes(), new PageCodes()];
    const values = Uint8Array.from({ length: 2000 }, (_, n) => 2 + (n % 3 === 0 ? 1 : 0));
    one.apply(new Uint32Array([100, 2000]), values);
    const ranges = Uint32Array.from({ length: 4000 }, (_, n) => (n % 2 === 0 ? 100 + n / 2 : 1));
    expect(many.apply(ranges, values)).toEqual({ first: 100, end: 2100 });
    expect(many.levels.map((level, n) => Buffer.compare(level, one.levels[n]!))).toEqual(one.levels.map(() => 0));
  });

  test('forgetting changes leaves everything else', () => {
    const codes = new PageCodes();
    codes.apply(new Uint32Array([0, 2]), new Uint8Array([3 | CHANGED, 2]));
    codes.clearChanged();
    expect([...codes.pages.subarray(0, 3)]).toEqual([3, 2, 0]);
  });
});

describe('keys', () => {
  const layout = new Layout({
    areas: areasOf([
      [16, 40],
      [10, 5],
    ]),
    zoom: { level: 0, cell: 20 },
    width: 344,
    scale: 1,
  });
  const go = (page: number, key: string, toEnds = false): number => {
    const to = moved(layout, page, key, toEnds, 3)!;
    return layout.spanOf(to.block, to.cell).first;
  };

  test('rows have 16 cells here', () => expect(layout.blocks[0]!.columns).toBe(16));

  test.each([
    ['right', 16, 'ArrowRight', 17],
    ['down a row', 16, 'ArrowDown', 32],
    ['down into a shorter row', 46, 'ArrowDown', 55],
    ['down into the next area', 50, 'ArrowDown', 68],
    ['right into the next area', 55, 'ArrowRight', 66],
    ['left into the area before', 66, 'ArrowLeft', 55],
    ['up into the area before', 66, 'ArrowUp', 55],
    ['not before the first', 16, 'ArrowLeft', 16],
    ['not behind the last', 70, 'ArrowRight', 70],
    ['to the end of the row', 18, 'End', 31],
    ['to its beginning', 30, 'Home', 16],
  ])('%s', (_, from, key, to) => expect(go(from, key)).toBe(to));

  test('to both ends of everything', () => {
    expect(go(30, 'Home', true)).toBe(16);
    expect(go(30, 'End', true)).toBe(70);
  });

  test('Shift selects from where it began, both ways', () => {
    const selection = new Selection();
    const block = layout.blocks[0]!;
    selection.go(block, { first: 20, end: 21 }, false);
    selection.go(block, { first: 22, end: 23 }, true);
    expect(selection.span).toEqual({ first: 20, end: 23 });
    selection.go(block, { first: 18, end: 19 }, true);
    expect(selection.span).toEqual({ first: 18, end: 21 });
    selection.go(block, { first: 30, end: 31 }, false);
    expect(selection.span).toBeNull();
  });
});
