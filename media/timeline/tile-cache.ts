/**
 * The tiles that the page has, and asks for: those in view first, then their neighbours.
 *
 * Invariant: until a tile is there a coarser one that covers it is drawn, so panning and zooming never wait. Each is asked for
 * once; at most {@link MOST} are kept, the least recently used go first.
 */
import { TILE_BUCKETS, type Tile } from '../messages.js';
import type { Host } from '../shared/host.js';
import type { TimeSpan } from './span.js';

const MOST = 96;
const MOST_ASKED = 6;
const HIGHEST = 46;

/** A tile and the part of it that is to be shown: of a coarser one not all. */
export interface Part extends TimeSpan {
  readonly tile: Tile;
}

export class TileCache {
  readonly #host: Host;
  readonly #arrived: () => void;
  /** In the order of use. */
  readonly #tiles = new Map<string, Tile>();
  readonly #asked = new Set<string>();
  #generation = 0;

  constructor(host: Host, arrived: () => void) {
    this.#host = host;
    this.#arrived = arrived;
  }

  reset(generation: number): void {
    this.#generation = generation;
    this.#tiles.clear();
    this.#asked.clear();
  }

  /** The log grew: tiles that end later are asked for again, and shown until then. */
  outdate(validToNs: number): void {
    for (const [key, tile] of this.#tiles)
      if (endOf(tile) > validToNs) this.#tiles.set(key, { ...tile, generation: -1 });
  }

  /** Buckets are one to two pixels wide. */
  levelFor(nsPerPixel: number): number {
    return Math.max(0, Math.min(HIGHEST, Math.ceil(Math.log2(nsPerPixel))));
  }

  /** What to draw for a part of the time, and asks for what is missing. */
  cover(level: number, { fromNs, toNs }: TimeSpan, endNs: number): readonly Part[] {
    const tileNs = TILE_BUCKETS * 2 ** level;
    const first = Math.max(0, Math.floor(fromNs / tileNs));
    const last = Math.floor(Math.min(toNs, endNs) / tileNs);
    const parts: Part[] = [];
    for (let index = first; index <= last; index++) {
      const tile = this.#get(level, index) ?? this.#coarser(level, index);
      if (tile !== undefined) parts.push({ tile, fromNs: index * tileNs, toNs: (index + 1) * tileNs });
      this.#want(level, index);
    }
    if (first > 0) this.#want(level, first - 1);
    if ((last + 1) * tileNs < endNs) this.#want(level, last + 1);
    return parts;
  }

  #get(level: number, index: number): Tile | undefined {
    const key = `${level}/${index}`;
    const tile = this.#tiles.get(key);
    if (tile === undefined) return undefined;
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile;
  }

  #coarser(level: number, index: number): Tile | undefined {
    for (let up = 1; level + up <= HIGHEST; up++) {
      const tile = this.#get(level + up, Math.floor(index / 2 ** up));
      if (tile !== undefined) return tile;
    }
    return undefined;
  }

  #want(level: number, index: number): void {
    const key = `${level}/${index}`;
    if (this.#asked.has(key) || this.#asked.size >= MOST_ASKED) return;
    if (this.#tiles.get(key)?.generation === this.#generation) return;
    this.#asked.add(key);
    const generation = this.#generation;
    this.#host.ask({ type: 'tile', level, index }, (tile) => {
      if (generation !== this.#generation) return;
      this.#asked.delete(key);
      this.#tiles.set(key, tile);
      for (const old of this.#tiles.keys()) {
        if (this.#tiles.size <= MOST) break;
        this.#tiles.delete(old);
      }
      this.#arrived();
    });
  }
}

export function startOf({ level, index }: Tile): number {
  return index * TILE_BUCKETS * 2 ** level;
}

function endOf({ level, index }: Tile): number {
  return (index + 1) * TILE_BUCKETS * 2 ** level;
}
