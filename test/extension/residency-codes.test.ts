/** Pages as codes: areas without overlap, and patches that make the page's picture that of the host. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AllocationInfo } from '../../engine/index.js';
import {
  areasOf,
  clearMarks,
  clearOutside,
  mark,
  markChanged,
  spansOf,
  takePatch,
  useOf,
  wholePatch,
  writeCodes,
  type Patch,
} from '../../extension/views/residency-codes.js';
import { CHANGED, PAGE_SIZE, Place, residencyCode } from '../../media/messages.js';

const label = (path: string, line: number) => `${path}:${line}`;

function allocation(id: number, firstPage: number, pages: number, more: Partial<AllocationInfo> = {}): AllocationInfo {
  return {
    id,
    name: `a${id}`,
    kind: 'managed',
    address: firstPage * PAGE_SIZE,
    bytes: pages * PAGE_SIZE,
    path: '/p/add.cu',
    line: 3,
    freed: false,
    residency: {},
    ...more,
  };
}

function applied(page: Uint8Array, { ranges, codes }: Patch): Uint8Array {
  let at = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    const count = ranges[index + 1]!;
    page.set(codes.subarray(at, at + count), ranges[index]);
    at += count;
  }
  expect(at).toBe(codes.length);
  return page;
}

describe('areas', () => {
  test('are sorted, named and placed', () => {
    const areas = areasOf(
      [allocation(2, 40, 4), allocation(1, 10, 2, { name: null, path: null, line: null })],
      false,
      label,
    );
    expect(areas).toEqual([
      { id: 1, name: 'managed 1', kind: 'managed', firstPage: 10, pageCount: 2, bytes: 8192, source: null },
      expect.objectContaining({ id: 2, firstPage: 40, source: { path: '/p/add.cu', line: 3, label: '/p/add.cu:3' } }),
    ]);
  });

  test('of freed memory are shown only where nothing lives', () => {
    const freed = allocation(1, 10, 10, { freed: true });
    expect(areasOf([freed], false, label)).toEqual([]);
    const areas = areasOf([freed, allocation(2, 12, 3)], true, label);
    expect(areas.map(({ id, firstPage, pageCount }) => [id, firstPage, pageCount])).toEqual([
      [1, 10, 2],
      [2, 12, 3],
      [1, 15, 5],
    ]);
  });

  test('never overlap and never end behind the address space', () => {
    const one = fc.record({
      first: fc.integer({ min: 0, max: 60 }),
      pages: fc.integer({ min: 1, max: 20 }),
      freed: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (all) => {
        const areas = areasOf(
          all.map(({ first, pages, freed }, id) => allocation(id + 1, first, pages, { freed })),
          true,
          label,
        );
        let end = 0;
        for (const { firstPage, pageCount } of areas) {
          expect(firstPage).toBeGreaterThanOrEqual(end);
          expect(pageCount).toBeGreaterThan(0);
          end = firstPage + pageCount;
        }
      }),
    );
  });

  test('that touch are asked for together', () => {
    expect(
      spansOf([allocation(1, 4, 4), allocation(2, 8, 1)].map(({ id }) => ({ firstPage: id * 4, pageCount: 4 }))),
    ).toEqual([{ firstPage: 4, pageCount: 8 }]);
  });
});

describe('codes', () => {
  const run = {
    firstPage: 2,
    pageCount: 3,
    node: 'cpu',
    state: 'resident',
    readers: ['cpu'],
    writers: ['cpu'],
  } as const;

  test('say where a page is and in which condition', () => {
    const codes = new Uint8Array(16);
    writeCodes(
      codes,
      [
        run,
        { ...run, firstPage: 5, pageCount: 1, node: 'gpu0', state: 'migrating' },
        { ...run, firstPage: 6, pageCount: 1, readers: ['cpu', 'gpu0'] },
        { ...run, firstPage: 7, pageCount: 1, node: null, state: 'none', readers: [] },
      ],
      ['cpu', 'gpu0'],
    );
    const cpu = residencyCode(Place.firstNode, 'plain', false);
    expect([...codes.subarray(2, 8)]).toEqual([
      cpu,
      cpu,
      cpu,
      residencyCode(Place.firstNode + 1, 'migrating', false),
      residencyCode(Place.firstNode, 'both', false),
      residencyCode(Place.nowhere, 'plain', false),
    ]);
    mark(codes, 'pinned', [{ firstPage: 4, pageCount: 4 }]);
    expect(codes[4]).toBe(residencyCode(Place.firstNode, 'pinned', false));
    expect(codes[6]).toBe(residencyCode(Place.firstNode, 'both', false));
    expect(useOf(codes, [{ firstPage: 0, pageCount: 16 }], 2)).toEqual([
      { pages: 4, pinned: 1 },
      { pages: 1, pinned: 0 },
    ]);
    clearOutside(codes, [{ firstPage: 3, pageCount: 2 }]);
    expect([...codes].filter((code) => code !== Place.unmapped)).toHaveLength(2);
  });

  test("tell what a device has for itself, what is swapped out, and what is a file's", () => {
    const codes = new Uint8Array(16);
    writeCodes(
      codes,
      [
        run,
        { ...run, firstPage: 5, pageCount: 1, state: 'exclusive', readers: ['gpu0'] },
        { ...run, firstPage: 6, pageCount: 1, node: null, state: 'swapped', readers: [] },
      ],
      ['cpu', 'gpu0'],
    );
    mark(codes, 'pinned', [{ firstPage: 2, pageCount: 1 }]);
    mark(codes, 'file', [
      { firstPage: 2, pageCount: 2 },
      { firstPage: 5, pageCount: 3 },
    ]);
    expect([...codes.subarray(2, 8)]).toEqual([
      residencyCode(Place.firstNode, 'pinned', false),
      residencyCode(Place.firstNode, 'file', false),
      residencyCode(Place.firstNode, 'plain', false),
      residencyCode(Place.firstNode, 'exclusive', false),
      residencyCode(Place.nowhere, 'swapped', false),
      Place.unmapped,
    ]);
    expect(useOf(codes, [{ firstPage: 0, pageCount: 16 }], 1)).toEqual([{ pages: 4, pinned: 1 }]);
  });

  test('mark what differs from the last stop', () => {
    const codes = Uint8Array.of(2, 3, 2, 3);
    markChanged(codes, Uint8Array.of(2, 2, 2 | CHANGED, 2), [{ firstPage: 0, pageCount: 3 }]);
    expect([...codes]).toEqual([2, 3 | CHANGED, 2, 3]);
    clearMarks(codes);
    expect([...codes]).toEqual([2, 3, 2, 3]);
  });
});

describe('patches', () => {
  const pages = fc.uint8Array({ minLength: 200, maxLength: 200, max: 3 });
  const spans = [
    { firstPage: 5, pageCount: 60 },
    { firstPage: 100, pageCount: 90 },
  ];

  test('make the picture of the page that of the host', () => {
    fc.assert(
      fc.property(pages, pages, (before, now) => {
        const page = applied(new Uint8Array(200), wholePatch(before, spans));
        const sent = page.slice();
        const patch = takePatch(sent, now, spans);
        if (patch) applied(page, patch);
        for (const { firstPage, pageCount } of spans) {
          const part = (codes: Uint8Array) => [...codes.subarray(firstPage, firstPage + pageCount)];
          expect(part(page)).toEqual(part(now));
          expect(part(sent)).toEqual(part(now));
        }
        expect(takePatch(sent, now, spans)).toBeNull();
      }),
    );
  });

  test('join changes that are near each other', () => {
    const now = new Uint8Array(200);
    now[10] = 1;
    now[20] = 1;
    now[60] = 1;
    expect([...(takePatch(new Uint8Array(200), now, spans)?.ranges ?? [])]).toEqual([10, 11, 60, 1]);
  });
});
