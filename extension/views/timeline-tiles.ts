/**
 * Tiles of the timeline: a part of the time in equal buckets, each lane told by its events where they are few and by sums where they
 * are many. One pass over the events of the tile; nothing is kept.
 */
import { TILE_BUCKETS, type Tile } from '../../media/messages.js';
import type { Curve } from './curve.js';
import type { EventColumns, LaneColumns } from './event-columns.js';

/** More events than this in a lane of a tile are told by sums: there are as many buckets. */
const MOST_EVENTS = TILE_BUCKETS;

export interface TilePlot {
  readonly kind: 'rate' | 'amount';
  readonly curve: Curve;
}

export interface TileRequest {
  readonly request: number;
  readonly generation: number;
  readonly level: number;
  readonly index: number;
}

export function makeTile(
  { request, generation, level, index }: TileRequest,
  events: EventColumns,
  lanes: readonly LaneColumns[],
  plots: readonly TilePlot[],
): Tile {
  const bucketNs = 2 ** level;
  const fromNs = index * TILE_BUCKETS * bucketNs;
  const toNs = fromNs + TILE_BUCKETS * bucketNs;
  const counts = new Uint32Array(lanes.length * TILE_BUCKETS);
  const busyNs = new Float32Array(lanes.length * TILE_BUCKETS);
  const exact = new Uint8Array(lanes.length);
  const rows: number[] = [];
  const eventLanes: number[] = [];
  for (const [lane, columns] of lanes.entries()) {
    const found = rowsWithin(columns, events, fromNs, toNs);
    if (found.length <= MOST_EVENTS) {
      exact[lane] = 1;
      for (const row of found) {
        rows.push(row);
        eventLanes.push(lane);
      }
    } else {
      const base = lane * TILE_BUCKETS;
      for (const row of found) {
        const start = events.startsNs.at(row);
        const bucket = Math.floor((start - fromNs) / bucketNs);
        if (bucket >= 0) counts[base + bucket]! += 1;
        spread(busyNs, base, start - fromNs, events.durationsNs.at(row), bucketNs);
      }
    }
  }
  const texts = new Map<number, number>([[0, 0]]);
  const eventTexts = Uint32Array.from(rows, (row) => {
    const text = events.textOf.at(row);
    const known = texts.get(text) ?? texts.size;
    texts.set(text, known);
    return known;
  });
  const values = new Float32Array(plots.length * TILE_BUCKETS);
  for (const [plot, { kind, curve }] of plots.entries()) {
    draw(values.subarray(plot * TILE_BUCKETS, (plot + 1) * TILE_BUCKETS), kind, curve, fromNs, bucketNs);
  }
  return {
    type: 'tile',
    request,
    generation,
    level,
    index,
    counts,
    busyNs,
    plots: values,
    exact,
    eventLanes: Uint8Array.from(eventLanes),
    eventNumbers: Float64Array.from(rows, (row) => events.numbers.at(row)),
    startsNs: Float64Array.from(rows, (row) => events.startsNs.at(row)),
    durationsNs: Float64Array.from(rows, (row) => events.durationsNs.at(row)),
    eventTexts,
    texts: [...texts.keys()].map((text) => events.texts[text] ?? ''),
  };
}

/** Rows of events that overlap the time, in the order of their starts. */
function rowsWithin(lane: LaneColumns, events: EventColumns, fromNs: number, toNs: number): number[] {
  const found: number[] = [];
  const first = firstAt(lane, events, fromNs - lane.longestNs);
  for (let index = first; index < lane.rows.length; index += 1) {
    const row = lane.rows.at(index);
    const start = events.startsNs.at(row);
    if (start >= toNs) break;
    if (start >= fromNs || start + events.durationsNs.at(row) > fromNs) found.push(row);
  }
  return found;
}

/** The first of a lane's events that begins at this time or later. */
export function firstAt({ rows }: LaneColumns, { startsNs }: EventColumns, timeNs: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startsNs.at(rows.at(middle)) < timeNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds a time that may cover many buckets. Times count from the tile's beginning. */
function spread(busyNs: Float32Array, base: number, startNs: number, durationNs: number, bucketNs: number): void {
  const end = Math.min(startNs + durationNs, TILE_BUCKETS * bucketNs);
  let at = Math.max(0, startNs);
  while (at < end) {
    const bucket = Math.floor(at / bucketNs);
    const next = Math.min(end, (bucket + 1) * bucketNs);
    busyNs[base + bucket]! += next - at;
    at = next;
  }
}

const NS_PER_SECOND = 1e9;

/** An amount is what it is at a bucket's end; a rate is what was added within it. */
function draw(values: Float32Array, kind: TilePlot['kind'], curve: Curve, fromNs: number, bucketNs: number): void {
  const step = kind === 'amount' ? stepAt : slopeAt;
  const { timesNs } = curve;
  let index = timesNs.lowerBound(fromNs);
  let before = step(curve, index, fromNs);
  for (let bucket = 0; bucket < values.length; bucket += 1) {
    const end = fromNs + (bucket + 1) * bucketNs;
    while (index < timesNs.length && timesNs.at(index) < end) index += 1;
    const value = step(curve, index, end);
    values[bucket] = kind === 'amount' ? value : ((value - before) / bucketNs) * NS_PER_SECOND;
    before = value;
  }
}

/** The value of the last change before `index`. What pages left before they came, in simulated time, is not less than nothing. */
function stepAt({ values }: Curve, index: number): number {
  return index === 0 ? 0 : Math.max(0, values.at(index - 1));
}

/** Between two changes, in proportion. */
function slopeAt({ timesNs, values }: Curve, index: number, timeNs: number): number {
  if (index === 0) return 0;
  const before = values.at(index - 1);
  if (index >= timesNs.length) return before;
  const [from, to] = [timesNs.at(index - 1), timesNs.at(index)];
  if (to <= from) return before;
  return before + (values.at(index) - before) * Math.min(1, Math.max(0, (timeNs - from) / (to - from)));
}

/** At most `most` points of curves, at the same times: for a small picture of the whole run. */
export function sample(
  curves: readonly Curve[],
  endNs: number,
  most: number,
): { timesNs: Float64Array<ArrayBuffer>; values: Float64Array<ArrayBuffer>[] } {
  const points = endNs > 0 ? most : 1;
  const timesNs = Float64Array.from({ length: points }, (_, point) =>
    points === 1 ? 0 : (endNs * point) / (points - 1),
  );
  const values = curves.map((curve) =>
    Float64Array.from(timesNs, (time) => {
      // Changes at this very time count.
      let index = curve.timesNs.lowerBound(time);
      while (index < curve.timesNs.length && curve.timesNs.at(index) <= time) index += 1;
      return stepAt(curve, index);
    }),
  );
  return { timesNs, values };
}
