/** Events whose times are not in their order: a device works while the host goes on. */
import { describe, expect, test } from 'vitest';
import { ACCESSES, CAUSES, EVENT_KINDS } from '../../engine/memory/event.js';
import type { Column } from '../../extension/views/column.js';
import { Curve } from '../../extension/views/curve.js';
import { EventColumns } from '../../extension/views/event-columns.js';
import { firstAt, makeTile, sample } from '../../extension/views/timeline-tiles.js';

const numbersOf = (column: Column<Float64Array> | Column<Uint32Array>): number[] =>
  Array.from({ length: column.length }, (_, index) => column.at(index));

describe('a curve', () => {
  test.each<[string, readonly (readonly (readonly [timeNs: number, by: number])[])[], number[], number[]]>([
    [
      'of sorted changes',
      [
        [
          [1, 2],
          [3, 4],
        ],
        [[3, 1]],
      ],
      [1, 3, 3],
      [2, 6, 7],
    ],
    [
      'of one block',
      [
        [
          [5, 1],
          [2, 1],
          [9, -1],
        ],
      ],
      [2, 5, 9],
      [1, 2, 1],
    ],
    [
      'of a later block',
      [
        [
          [1, 1],
          [5, 2],
          [9, 4],
        ],
        [
          [5, 8],
          [2, 16],
        ],
      ],
      [1, 2, 5, 5, 9],
      [1, 17, 19, 27, 31],
    ],
    ['of a block before all others', [[[5, 1]], [[2, 2]], [], [[1, 4]]], [1, 2, 5], [4, 6, 7]],
  ])('%s', (_, blocks, times, values) => {
    const curve = new Curve();
    for (const block of blocks) {
      for (const [timeNs, by] of block) curve.change(timeNs, by);
      curve.settle();
    }
    expect([numbersOf(curve.timesNs), numbersOf(curve.values)]).toEqual([times, values]);
  });
});

type Told = Partial<Record<'time' | 'duration' | 'launch' | 'page' | 'extra', number>> & {
  readonly kind: (typeof EVENT_KINDS)[number];
  readonly agent?: number;
  readonly source?: number;
  readonly target?: number;
};

const NODES = ['cpu', 'gpu0'];
const names = { kind: EVENT_KINDS, node: NODES, access: ACCESSES, cause: CAUSES };

function block(from: number, told: readonly Told[]) {
  const all = (value: (event: Told, index: number) => number): number[] => told.map(value);
  return {
    names,
    columns: {
      number: Float64Array.from(all((_, index) => from + index)),
      timeNs: Float64Array.from(all(({ time = 0 }) => time)),
      durationNs: Float64Array.from(all(({ duration = 0 }) => duration)),
      extra: Float64Array.from(all(({ extra = 0 }) => extra)),
      firstPage: Uint32Array.from(all(({ page = 0 }) => page)),
      pageCount: Uint32Array.from(all(({ page }) => (page === undefined ? 0 : 1))),
      launch: Uint32Array.from(all(({ launch = 0 }) => launch)),
      allocation: new Uint32Array(told.length),
      kind: Uint8Array.from(all(({ kind }) => EVENT_KINDS.indexOf(kind))),
      agent: Uint8Array.from(all(({ agent = 0 }) => agent)),
      source: Uint8Array.from(all(({ source = 255 }) => source)),
      target: Uint8Array.from(all(({ target = 255 }) => target)),
      access: new Uint8Array(told.length),
      cause: new Uint8Array(told.length),
    },
  };
}

const arrives = (page: number, time: number): Told => ({
  ...{ kind: 'migrate', agent: 1, source: 0, target: 1, page, time, duration: 5, extra: 4096 },
});

/** A kernel, what the host does meanwhile, and a prefetch that the host asks for after that, in two blocks or in one. */
const KERNEL: readonly Told[] = [
  { kind: 'sync', time: 5 },
  { kind: 'launch', agent: 1, launch: 1, time: 10 },
  arrives(1, 20),
  arrives(2, 60),
  { kind: 'complete', agent: 1, launch: 1, time: 100 },
];
const HOST: readonly Told[] = [{ kind: 'note', time: 12 }, arrives(3, 40), { kind: 'sync', time: 13 }];

describe.each([
  ['in one block', [[...KERNEL, ...HOST]]],
  ['in two', [KERNEL, HOST]],
])('a store of events, %s', (_, blocks) => {
  const columns = new EventColumns(NODES);
  for (const told of blocks) columns.add(block(columns.nextNumber, told));

  test('keeps their order, and sorts lanes and curves', () => {
    expect(numbersOf(columns.startsNs)).toEqual([5, 10, 20, 60, 12, 40, 13]);
    expect(columns.rowOf(6)).toBe(5);
    const lane = columns.lanes.find(({ kind }) => kind === 'migrateIn')!;
    expect(numbersOf(lane.rows).map((row) => columns.startsNs.at(row))).toEqual([20, 40, 60]);
    expect(columns.startsNs.at(lane.rows.at(firstAt(lane, columns, 30)))).toBe(40);
    expect([numbersOf(columns.inUse[1]!.timesNs), numbersOf(columns.inUse[1]!.values)]).toEqual([
      [20, 40, 60],
      [4096, 8192, 12288],
    ]);
    expect(sample(columns.inUse, columns.endNs, 3).values[1]).toEqual(Float64Array.from([0, 8192, 12288]));
    expect(numbersOf(columns.moved[1]!.timesNs)).toEqual([20, 25, 40, 45, 60, 65]);
  });

  test('says how far nothing changes any more: where the host is', () => {
    expect([columns.settledNs, columns.endNs]).toEqual([13, 100]);
  });

  test('makes tiles whose events are sorted in each lane', () => {
    const { lanes } = columns;
    const tile = makeTile({ request: 1, generation: 1, level: 0, index: 0 }, columns, lanes, []);
    lanes.forEach((_lane, lane) => {
      const starts = Array.from(tile.startsNs).filter((_start, n) => tile.eventLanes[n] === lane);
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    });
    expect(tile.startsNs.length).toBe(7);
  });
});
