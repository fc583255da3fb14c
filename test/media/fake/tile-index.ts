/**
 * Tiles of time for the fake host: an index of events in columns, which a million of them can be put into at once. The extension
 * makes its own from rows as they are recorded (`extension/views/timeline-tiles.ts`).
 *
 * Invariant: events are added in the order of their start. A tile costs time in proportion to the events in it, not in the run:
 * those that began earlier and still last are found by the latest end in each block of events.
 */
import { TILE_BUCKETS, type Plot, type Tile } from '../../../media/messages.js';

/** In a column of lanes or plots: in none. */
export const IN_NONE = 255;
/** A lane with at most so many events in a tile is told by its events. */
const MOST_EXACT = 96;
const BLOCK = 1024;

/** Columns of the same length, by start. */
export interface TimelineEvents {
  /** Index of the lane, or {@link IN_NONE}. */
  readonly lanes: Uint8Array;
  readonly numbers: Float64Array;
  readonly startsNs: Float64Array;
  readonly durationsNs: Float64Array;
  /** Index of the plot (of kind `rate`) that its bytes count for, or {@link IN_NONE}. */
  readonly plots: Uint8Array;
  readonly bytes: Float64Array;
  /** Index into the texts given with them, for what to write on its bar. */
  readonly texts: Uint32Array;
}

/** A value that changes now and then: bytes in use. */
export interface AmountSteps {
  readonly plot: number;
  readonly timesNs: Float64Array;
  readonly values: Float64Array;
}

export class TimelineIndex {
  readonly #laneCount: number;
  readonly #plots: readonly Plot[];
  #count = 0;
  #lanes = new Uint8Array(BLOCK);
  #numbers = new Float64Array(BLOCK);
  #starts = new Float64Array(BLOCK);
  #durations = new Float64Array(BLOCK);
  #plotOf = new Uint8Array(BLOCK);
  #bytes = new Float64Array(BLOCK);
  #textOf = new Uint32Array(BLOCK);
  /** The latest end of each block of events. */
  #latestEnds: number[] = [];
  #texts: readonly string[] = [''];
  #amounts: readonly AmountSteps[] = [];

  constructor(lanes: number, plots: readonly Plot[]) {
    this.#laneCount = lanes;
    this.#plots = plots;
  }

  get count(): number {
    return this.#count;
  }

  /** @param texts all of them so far, which `events.texts` points into @param amounts all steps so far */
  append(events: TimelineEvents, texts: readonly string[], amounts: readonly AmountSteps[]): void {
    const from = this.#count;
    const added = events.startsNs.length;
    this.#reserve(from + added);
    this.#lanes.set(events.lanes, from);
    this.#numbers.set(events.numbers, from);
    this.#starts.set(events.startsNs, from);
    this.#durations.set(events.durationsNs, from);
    this.#plotOf.set(events.plots, from);
    this.#bytes.set(events.bytes, from);
    this.#textOf.set(events.texts, from);
    this.#count = from + added;
    for (let n = from; n < this.#count; n++) {
      const block = Math.floor(n / BLOCK);
      const end = this.#starts[n]! + this.#durations[n]!;
      this.#latestEnds[block] = Math.max(this.#latestEnds[block] ?? 0, end);
    }
    this.#texts = texts;
    this.#amounts = amounts;
  }

  tile(request: number, generation: number, level: number, index: number): Tile {
    const bucketNs = 2 ** level;
    const fromNs = index * TILE_BUCKETS * bucketNs;
    const toNs = fromNs + TILE_BUCKETS * bucketNs;
    const earlier = this.#lastingUntil(fromNs);
    const first = this.#firstFrom(fromNs);
    const end = this.#firstFrom(toNs);

    const inLane = new Uint32Array(this.#laneCount);
    const countIn = (n: number): void => {
      const lane = this.#lanes[n]!;
      if (lane < this.#laneCount) inLane[lane]! += 1;
    };
    earlier.forEach(countIn);
    for (let n = first; n < end; n++) countIn(n);
    const exact = Uint8Array.from(inLane, (count) => (count <= MOST_EXACT ? 1 : 0));

    const counts = new Uint32Array(this.#laneCount * TILE_BUCKETS);
    const busyNs = new Float32Array(this.#laneCount * TILE_BUCKETS);
    const plots = new Float32Array(this.#plots.length * TILE_BUCKETS);
    const told: number[] = [];
    const add = (n: number): void => {
      const start = this.#starts[n]!;
      const bucket = Math.floor((start - fromNs) / bucketNs);
      const plot = this.#plotOf[n]!;
      if (plot !== IN_NONE) this.#spread(plots, plot, start, this.#durations[n]!, this.#bytes[n]!, fromNs, bucketNs);
      const lane = this.#lanes[n]!;
      if (lane >= this.#laneCount) return;
      if (exact[lane] === 1) {
        told.push(n);
        return;
      }
      if (bucket >= 0) counts[lane * TILE_BUCKETS + bucket]! += 1;
      const duration = this.#durations[n]!;
      this.#spread(busyNs, lane, start, duration, duration, fromNs, bucketNs);
    };
    earlier.forEach(add);
    for (let n = first; n < end; n++) add(n);
    this.#plots.forEach(({ kind }, plot) => {
      const part = plots.subarray(plot * TILE_BUCKETS, (plot + 1) * TILE_BUCKETS);
      if (kind === 'rate') part.forEach((bytes, bucket) => (part[bucket] = (bytes * 1e9) / bucketNs));
    });
    for (const steps of this.#amounts) {
      fillSteps(plots.subarray(steps.plot * TILE_BUCKETS, (steps.plot + 1) * TILE_BUCKETS), steps, fromNs, bucketNs);
    }
    return { type: 'tile', request, generation, level, index, counts, busyNs, plots, exact, ...this.#tell(told) };
  }

  /** The first event of a lane that begins in a part of the time. */
  pick(lane: number, fromNs: number, toNs: number): number | null {
    const end = this.#firstFrom(toNs);
    for (let n = this.#firstFrom(fromNs); n < end; n++) if (this.#lanes[n] === lane) return this.#numbers[n]!;
    return null;
  }

  /** Which lane an event is in, by its number; -1 if in none. */
  laneOf(number: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#numbers[middle]! < number) low = middle + 1;
      else high = middle;
    }
    const lane = low < this.#count && this.#numbers[low] === number ? this.#lanes[low]! : IN_NONE;
    return lane < this.#laneCount ? lane : -1;
  }

  #tell(events: readonly number[]) {
    const texts = [''];
    const textAt = new Map<number, number>();
    const textOf = (n: number): number => {
      const text = this.#textOf[n]!;
      const known = textAt.get(text);
      if (known !== undefined) return known;
      textAt.set(text, texts.length);
      return texts.push(this.#texts[text] ?? '') - 1;
    };
    return {
      eventLanes: Uint8Array.from(events, (n) => this.#lanes[n]!),
      eventNumbers: Float64Array.from(events, (n) => this.#numbers[n]!),
      startsNs: Float64Array.from(events, (n) => this.#starts[n]!),
      durationsNs: Float64Array.from(events, (n) => this.#durations[n]!),
      eventTexts: Uint32Array.from(events, textOf),
      texts,
    };
  }

  /** Adds `amount`, spread evenly over the event's time, to a row's buckets. */
  #spread(
    rows: Float32Array,
    row: number,
    startNs: number,
    durationNs: number,
    amount: number,
    fromNs: number,
    bucketNs: number,
  ): void {
    const from = (startNs - fromNs) / bucketNs;
    const to = from + durationNs / bucketNs;
    const first = Math.max(0, Math.floor(from));
    const last = Math.min(TILE_BUCKETS - 1, Math.ceil(to) - 1);
    const at = row * TILE_BUCKETS;
    if (last <= first) {
      // Within one bucket (or without duration), in which all of it lies unless it began before the tile.
      const inside = durationNs === 0 || from >= 0 ? 1 : Math.max(0, to) / (to - from);
      if (first < TILE_BUCKETS) rows[at + first]! += amount * inside;
      return;
    }
    for (let bucket = first; bucket <= last; bucket++) {
      const share = (Math.min(to, bucket + 1) - Math.max(from, bucket)) / (to - from);
      rows[at + bucket]! += amount * share;
    }
  }

  /** Events that began before and last longer. */
  #lastingUntil(timeNs: number): number[] {
    const before = this.#firstFrom(timeNs);
    const lasting: number[] = [];
    for (let block = 0; block * BLOCK < before; block++) {
      if (this.#latestEnds[block]! <= timeNs) continue;
      const end = Math.min(before, (block + 1) * BLOCK);
      for (let n = block * BLOCK; n < end; n++) if (this.#starts[n]! + this.#durations[n]! > timeNs) lasting.push(n);
    }
    return lasting;
  }

  #firstFrom(timeNs: number): number {
    return firstFrom(this.#starts, this.#count, timeNs);
  }

  #reserve(count: number): void {
    if (count <= this.#starts.length) return;
    const size = 2 ** Math.ceil(Math.log2(count));
    this.#lanes = grown(new Uint8Array(size), this.#lanes);
    this.#numbers = grown(new Float64Array(size), this.#numbers);
    this.#starts = grown(new Float64Array(size), this.#starts);
    this.#durations = grown(new Float64Array(size), this.#durations);
    this.#plotOf = grown(new Uint8Array(size), this.#plotOf);
    this.#bytes = grown(new Float64Array(size), this.#bytes);
    this.#textOf = grown(new Uint32Array(size), this.#textOf);
  }
}

function grown<Column extends { set(from: ArrayLike<number>): void }>(to: Column, from: ArrayLike<number>): Column {
  to.set(from);
  return to;
}

function firstFrom(sorted: Float64Array, count: number, value: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the value is at the end of each bucket. */
function fillSteps(row: Float32Array, { timesNs, values }: AmountSteps, fromNs: number, bucketNs: number): void {
  let next = firstFrom(timesNs, timesNs.length, fromNs);
  let value = next === 0 ? 0 : values[next - 1]!;
  for (let bucket = 0; bucket < row.length; bucket++) {
    const end = fromNs + (bucket + 1) * bucketNs;
    while (next < timesNs.length && timesNs[next]! < end) value = values[next++]!;
    row[bucket] = value;
  }
}
