/** Tiles of time against the events they are made of, counted one by one. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TILE_BUCKETS, type Plot } from '../../media/messages.js';
import { IN_NONE, TimelineIndex } from './fake/tile-index.js';

interface Event {
  readonly lane: number;
  readonly startNs: number;
  readonly durationNs: number;
}

const PLOTS: Plot[] = [{ kind: 'rate', label: 'to gpu0', node: 1 }];

function indexOf(events: readonly Event[], chunk = events.length): TimelineIndex {
  const index = new TimelineIndex(2, PLOTS);
  for (let from = 0; from < events.length; from += chunk) {
    const some = events.slice(from, from + chunk);
    index.append(
      {
        lanes: Uint8Array.from(some, ({ lane }) => lane),
        numbers: Float64Array.from(some, (_, n) => from + n),
        startsNs: Float64Array.from(some, ({ startNs }) => startNs),
        durationsNs: Float64Array.from(some, ({ durationNs }) => durationNs),
        plots: Uint8Array.from(some, ({ lane }) => (lane === 0 ? 0 : IN_NONE)),
        bytes: Float64Array.from(some, ({ lane }) => (lane === 0 ? 4096 : 0)),
        texts: new Uint32Array(some.length).fill(1),
      },
      ['', 'fault'],
      [],
    );
  }
  return index;
}

const events = fc
  .array(fc.record({ lane: fc.nat(2), startNs: fc.nat(40_000), durationNs: fc.nat(9000) }), { maxLength: 2500 })
  .map((all) => all.sort((a, b) => a.startNs - b.startNs));

describe('tiles', () => {
  test('nothing is lost and nothing is made up, in each lane of each tile', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: 2, max: 7 }), fc.integer({ min: 1, max: 700 }), (all, level, chunk) => {
        const index = indexOf(all, chunk);
        const tileNs = TILE_BUCKETS * 2 ** level;
        for (let number = 0; number * tileNs < 50_000; number++) {
          const [from, to] = [number * tileNs, (number + 1) * tileNs];
          const tile = index.tile(1, 1, level, number);
          for (const lane of [0, 1]) {
            const inside = all.filter((one) => one.lane === lane && one.startNs >= from && one.startNs < to);
            const earlier = all.filter(
              (one) => one.lane === lane && one.startNs < from && one.startNs + one.durationNs > from,
            );
            const told = [...tile.eventLanes].filter((one) => one === lane).length;
            const counts = tile.counts.subarray(lane * TILE_BUCKETS, (lane + 1) * TILE_BUCKETS);
            const counted = counts.reduce((sum, count) => sum + count, 0);
            expect(tile.exact[lane] === 1 ? told : counted).toBe(
              tile.exact[lane] === 1 ? inside.length + earlier.length : inside.length,
            );
            if (tile.exact[lane] === 1) continue;
            const busy = tile.busyNs.subarray(lane * TILE_BUCKETS, (lane + 1) * TILE_BUCKETS);
            const expected = [...inside, ...earlier].reduce(
              (sum, { startNs, durationNs }) => sum + Math.min(to, startNs + durationNs) - Math.max(from, startNs),
              0,
            );
            expect(busy.reduce((sum, ns) => sum + ns, 0)).toBeCloseTo(expected, -2);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('all bytes are in the plot, spread over the time that they took', () => {
    const index = indexOf([{ lane: 0, startNs: 100, durationNs: 400 }]);
    const { plots } = index.tile(1, 1, 0, 0);
    const bytes = plots.reduce((sum, rate) => sum + rate, 0) / 1e9;
    expect(bytes).toBeCloseTo(4096, 0);
    expect(plots[99]).toBe(0);
    expect(plots[100]).toBeCloseTo((4096 / 400) * 1e9, -4);
    expect(plots[500]).toBe(0);
  });

  test('a kernel that began long ago is in the tile', () => {
    const long = { lane: 1, startNs: 5, durationNs: 1e9 };
    const short = Array.from({ length: 5000 }, (_, n) => ({ lane: 0, startNs: 10 + n, durationNs: 1 }));
    const tile = indexOf([long, ...short]).tile(1, 1, 4, 1000);
    expect([...tile.eventLanes]).toEqual([1]);
    expect(tile.texts[tile.eventTexts[0]!]).toBe('fault');
  });

  test('events are found by lane and time, and lanes by number', () => {
    const index = indexOf([
      { lane: 0, startNs: 10, durationNs: 1 },
      { lane: 1, startNs: 20, durationNs: 1 },
      { lane: 2, startNs: 30, durationNs: 1 },
    ]);
    expect(index.pick(1, 0, 100)).toBe(1);
    expect(index.pick(1, 21, 100)).toBeNull();
    expect([index.laneOf(1), index.laneOf(2), index.laneOf(9)]).toEqual([1, -1, -1]);
  });
});
