/**
 * Draws the lanes: bars for single events, columns for many. The columns of a tile are painted once, a pixel wide each, and
 * then stretched to where they belong.
 *
 * Invariant: a frame costs an image for each tile and at most a bar for each pixel of a lane, however many events there are.
 */
import { TILE_BUCKETS, type Lane, type Tile } from '../messages.js';
import type { Theme } from '../shared/theme.js';
import type { TimeScale } from './span.js';
import { startOf, type Part } from './tile-cache.js';

/** CSS pixels. */
export const ROW = 22;
const BAR = 16;
const LEAST_BAR = 2;
const LABEL_FROM = 32;
/** Columns grow with the logarithm of the number of events; so many fill the row. */
const FULL = 8;

const COLORS = {
  thread: 'faultline.thread',
  kernel: 'faultline.kernel',
  fault: 'faultline.fault',
  batch: 'faultline.batch',
  migrateIn: 'faultline.gpu0',
  migrateOut: 'faultline.cpu',
  evict: 'faultline.eviction',
  prefetch: 'faultline.prefetch',
  other: 'faultline.nowhere',
} as const satisfies Record<Lane['kind'], string>;

export function colorOf(lane: Lane, theme: Theme): string {
  return theme.own(COLORS[lane.kind]);
}

export class LanePainter {
  lanes: readonly Lane[] = [];
  #theme: Theme;
  #scale = 1;
  #columns = new WeakMap<Tile, OffscreenCanvas>();

  constructor(theme: Theme) {
    this.#theme = theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    this.#columns = new WeakMap();
  }

  /** @param scale device pixels of a CSS pixel, which the context is scaled by */
  draw(context: CanvasRenderingContext2D, time: TimeScale, parts: readonly Part[], scale: number): void {
    if (scale !== this.#scale) this.#columns = new WeakMap();
    this.#scale = scale;
    context.imageSmoothingEnabled = false;
    for (const { tile, fromNs, toNs } of parts) {
      const image = this.#columnsOf(tile);
      if (image === null) continue;
      const bucketNs = 2 ** tile.level;
      const [x, width] = [time.x(fromNs), (toNs - fromNs) / time.nsPerPixel];
      const from = (fromNs - startOf(tile)) / bucketNs;
      context.drawImage(image, from, 0, (toNs - fromNs) / bucketNs, image.height, x, 0, width, image.height / scale);
    }
    for (const { tile, fromNs, toNs } of parts) {
      context.save();
      context.beginPath();
      context.rect(time.x(fromNs) - 1, 0, time.x(toNs) - time.x(fromNs) + 2, this.lanes.length * ROW);
      context.clip();
      this.#drawBars(context, time, tile);
      context.restore();
    }
  }

  #drawBars(context: CanvasRenderingContext2D, time: TimeScale, tile: Tile): void {
    const { eventLanes, startsNs, durationsNs, eventTexts, texts } = tile;
    const drawnTo = new Float64Array(this.lanes.length).fill(-1);
    /** Left edges and widths: rectangles that lie straight are quicker than a path of them. */
    const bars = this.lanes.map((): number[] => []);
    const labels: [text: string, x: number, width: number, lane: number][] = [];
    for (let n = 0; n < startsNs.length; n++) {
      const lane = eventLanes[n]!;
      const x = Math.max(-8, time.x(startsNs[n]!));
      const end = Math.min(time.width + 8, Math.max(x + LEAST_BAR, time.x(startsNs[n]! + durationsNs[n]!)));
      // What ends on a pixel that is drawn already cannot be seen.
      if (end < 0 || x > time.width || end <= drawnTo[lane]!) continue;
      const width = end - x > LEAST_BAR * 2 ? end - x - 0.5 : end - x;
      bars[lane]?.push(x, width);
      drawnTo[lane] = end;
      const text = texts[eventTexts[n]!] ?? '';
      if (text !== '' && width >= LABEL_FROM) labels.push([text, Math.max(0, x), x + width - Math.max(0, x), lane]);
    }
    bars.forEach((rects, n) => {
      context.fillStyle = colorOf(this.lanes[n]!, this.#theme);
      for (let at = 0; at < rects.length; at += 2)
        context.fillRect(rects[at]!, n * ROW + (ROW - BAR) / 2, rects[at + 1]!, BAR);
    });
    context.fillStyle = this.#theme.dark ? '#0b0d10' : '#ffffff';
    context.font = `11px ${this.#theme.font}`;
    context.textBaseline = 'middle';
    for (const [text, x, width, lane] of labels) {
      context.save();
      context.beginPath();
      context.rect(x, lane * ROW, width - 4, ROW);
      context.clip();
      context.fillText(text, x + 5, lane * ROW + ROW / 2 + 0.5);
      context.restore();
    }
  }

  #columnsOf(tile: Tile): OffscreenCanvas | null {
    if (!tile.exact.includes(0)) return null;
    const painted = this.#columns.get(tile);
    if (painted !== undefined) return painted;
    const scale = this.#scale;
    const canvas = new OffscreenCanvas(TILE_BUCKETS, Math.ceil(this.lanes.length * ROW * scale));
    const context = canvas.getContext('2d');
    if (context === null) return null;
    const bucketNs = 2 ** tile.level;
    this.lanes.forEach((lane, n) => {
      if (tile.exact[n] === 1) return;
      const path = new Path2D();
      const bottom = (n * ROW + (ROW + BAR) / 2) * scale;
      for (let bucket = 0; bucket < TILE_BUCKETS; bucket++) {
        const at = n * TILE_BUCKETS + bucket;
        const count = tile.counts[at]!;
        const busy = Math.min(1, tile.busyNs[at]! / bucketNs);
        if (count === 0 && busy === 0) continue;
        const share = isActivity(lane) ? busy : Math.max(busy * 0.3, Math.min(1, Math.log2(1 + count) / FULL));
        const height = Math.max(2, share * BAR) * scale;
        path.rect(bucket, bottom - height, 1, height);
      }
      context.fillStyle = colorOf(lane, this.#theme);
      context.fill(path);
    });
    this.#columns.set(tile, canvas);
    return canvas;
  }
}

/** Lanes of what goes on for a time rather than happens. */
function isActivity({ kind }: Lane): boolean {
  return kind === 'thread' || kind === 'kernel';
}

export type Hit =
  | {
      readonly kind: 'event';
      readonly lane: number;
      readonly event: number;
      readonly startNs: number;
      readonly durationNs: number;
      readonly text: string;
    }
  | {
      readonly kind: 'many';
      readonly lane: number;
      readonly fromNs: number;
      readonly toNs: number;
      readonly count: number;
      readonly busyNs: number;
    };

/** Pixels beside a bar that still mean it. */
const NEAR = 3;

/** What lies there: the event whose bar it is or is nearest, or a column of many. */
export function hit(parts: readonly Part[], time: TimeScale, lane: number, x: number): Hit | null {
  const at = time.time(x);
  const nearNs = NEAR * time.nsPerPixel;
  let best: Hit | null = null;
  let bestAway = Infinity;
  for (const { tile, fromNs, toNs } of parts) {
    if (at < fromNs - nearNs || at >= toNs + nearNs) continue;
    if (tile.exact[lane] === 1) {
      tile.startsNs.forEach((startNs, n) => {
        if (tile.eventLanes[n] !== lane) return;
        const durationNs = tile.durationsNs[n]!;
        const away = Math.max(0, startNs - at, at - startNs - durationNs);
        // Of bars that lie over each other the last one is on top.
        if (away > nearNs || away > bestAway) return;
        bestAway = away;
        const text = tile.texts[tile.eventTexts[n]!] ?? '';
        best = { kind: 'event', lane, event: tile.eventNumbers[n]!, startNs, durationNs, text };
      });
    } else {
      best ??= columnAt(tile, lane, at);
    }
  }
  return best;
}

function columnAt(tile: Tile, lane: number, at: number): Hit | null {
  const bucketNs = 2 ** tile.level;
  const bucket = Math.floor((at - startOf(tile)) / bucketNs);
  if (bucket < 0 || bucket >= TILE_BUCKETS) return null;
  const count = tile.counts[lane * TILE_BUCKETS + bucket]!;
  const busyNs = tile.busyNs[lane * TILE_BUCKETS + bucket]!;
  if (count === 0 && busyNs === 0) return null;
  const fromNs = startOf(tile) + bucket * bucketNs;
  return { kind: 'many', lane, fromNs, toNs: fromNs + bucketNs, count, busyNs };
}

/** The next time, later or earlier, at which something begins in a lane, as far as the tiles tell. */
export function neighbour(parts: readonly Part[], lane: number, fromNs: number, direction: 1 | -1): number | null {
  let best: number | null = null;
  const offer = (timeNs: number): void => {
    const further = direction > 0 ? timeNs > fromNs : timeNs < fromNs;
    const nearer = best === null || (direction > 0 ? timeNs < best : timeNs > best);
    if (further && nearer) best = timeNs;
  };
  for (const { tile } of parts) {
    if (tile.exact[lane] === 1) {
      tile.startsNs.forEach((startNs, n) => {
        if (tile.eventLanes[n] === lane) offer(startNs);
      });
      continue;
    }
    for (let bucket = 0; bucket < TILE_BUCKETS; bucket++) {
      if (tile.counts[lane * TILE_BUCKETS + bucket]! > 0) offer(startOf(tile) + (bucket + 0.5) * 2 ** tile.level);
    }
  }
  return best;
}
