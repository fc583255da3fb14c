/**
 * The timeline as drawn: overview, lanes with what crosses them, plots. Holds which part of the time is shown, what is selected,
 * and where the cursor is; what pointer and keys mean is `controls.ts`'s.
 *
 * Invariant: a frame draws from tiles that are there; a tile that arrives makes another frame.
 */
import type { HostMessageOf, Lane, Marker } from '../messages.js';
import { el, replaceChildren, setAttributes } from '../shared/dom.js';
import { formatNs } from '../shared/format.js';
import { Frame } from '../shared/frame.js';
import type { Host } from '../shared/host.js';
import type { Translate } from '../shared/texts.js';
import { css, rgb, Theme } from '../shared/theme.js';
import { colorOf, hit, LanePainter, ROW, type Hit } from './lane-painter.js';
import { Overview } from './overview.js';
import { Plots } from './plots.js';
import { drawGrid, drawHits, drawMarkers, drawSelected, RULER } from './ruler.js';
import { clamped, TimeScale, whole, type TimeSpan } from './span.js';
import { TileCache, type Part } from './tile-cache.js';

/** CSS pixels: of the names beside the lanes. */
const GUTTER = 196;

/** Where the keyboard is, and what is selected there. */
export interface Cursor {
  readonly lane: number;
  readonly timeNs: number;
  readonly event: number | null;
}

export class TimelineView {
  readonly element: HTMLElement;
  readonly lanesElement: HTMLElement;
  readonly frame: Frame;
  readonly tiles: TileCache;
  lanes: readonly Lane[] = [];
  parts: readonly Part[] = [];
  time = new TimeScale({ fromNs: 0, toNs: 1 }, 1);
  endNs = 0;
  range: TimeSpan | null = null;
  cursor: Cursor | null = null;
  pointerNs: number | null = null;
  hits: { readonly timesNs: Float64Array; readonly current: number } = { timesNs: new Float64Array(), current: -1 };
  #span: TimeSpan = whole(1);
  /** As long as nobody chose a part, a run that grows is shown whole. */
  #followsEnd = true;
  #markers: readonly Marker[] = [];
  #theme = new Theme();
  #size = { width: 1, scale: 1 };
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
  readonly #names = el('ul', { class: 'names' });
  readonly #painter = new LanePainter(this.#theme);
  readonly #overview: Overview;
  readonly #plots: Plots;
  readonly #drawn: () => void;

  constructor(host: Host, t: Translate, drawn: () => void) {
    this.#drawn = drawn;
    this.frame = new Frame(() => this.#draw());
    this.tiles = new TileCache(host, () => this.frame.invalidate());
    this.#overview = new Overview(t, (span) => this.show(span));
    this.#plots = new Plots(t, this.#theme);
    this.lanesElement = el(
      'div',
      { class: 'lanes', role: 'slider', tabindex: 0, 'aria-label': t('timeline.lanes'), 'aria-valuemin': 0 },
      this.#canvas,
    );
    setAttributes(this.lanesElement, { 'aria-valuenow': 0, 'aria-valuemax': 0 });
    this.element = el(
      'div',
      { class: 'view' },
      el('div', { class: 'row' }, el('div', { class: 'gutter' }), this.#overview.element),
      el('div', { class: 'row lanes-row' }, el('div', { class: 'gutter' }, this.#names), this.lanesElement),
      this.#plots.element,
    );
    new ResizeObserver(() => this.#resize()).observe(this.element);
  }

  get span(): TimeSpan {
    return this.#span;
  }

  get followsEnd(): boolean {
    return this.#followsEnd;
  }

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    this.#painter.theme = theme;
    this.#plots.theme = theme;
    this.#nameLanes();
    this.frame.invalidate();
  }

  reset({ lanes, plots, markers, endNs, generation }: HostMessageOf<'timelineReset'>): void {
    this.tiles.reset(generation);
    this.lanes = lanes;
    this.#painter.lanes = lanes;
    this.#markers = markers;
    this.#plots.setPlots(plots);
    this.#nameLanes();
    this.#end(endNs);
  }

  grown({ endNs, validToNs, markers }: HostMessageOf<'timelineGrown'>): void {
    this.tiles.outdate(validToNs);
    this.#markers = markers;
    this.#end(endNs);
  }

  show(span: TimeSpan): void {
    const all = whole(this.endNs);
    this.#span = clamped(span, this.endNs);
    this.#followsEnd = this.#span.toNs - this.#span.fromNs >= all.toNs * 0.999;
    this.frame.invalidate();
  }

  showAll(): void {
    this.show(whole(this.endNs));
  }

  /** Brings a time into view, without changing the zoom if that is not needed. */
  bringIn(timeNs: number): void {
    const { fromNs, toNs } = this.#span;
    const air = (toNs - fromNs) * 0.05;
    if (timeNs >= fromNs + air && timeNs <= toNs - air) return;
    const half = (toNs - fromNs) / 2;
    this.show({ fromNs: timeNs - half, toNs: timeNs + half });
  }

  /** The lane at a height in the window, -1 for none. */
  laneAt(clientY: number): number {
    const y = clientY - this.#canvas.getBoundingClientRect().top - RULER;
    const lane = Math.floor(y / ROW);
    return y >= 0 && lane < this.lanes.length ? lane : -1;
  }

  timeAt(clientX: number): number {
    return this.time.time(clientX - this.#canvas.getBoundingClientRect().left);
  }

  hitAt(clientX: number, clientY: number): Hit | null {
    const lane = this.laneAt(clientY);
    const x = clientX - this.#canvas.getBoundingClientRect().left;
    return lane < 0 ? null : hit(this.parts, this.time, lane, x);
  }

  #end(endNs: number): void {
    this.endNs = endNs;
    setAttributes(this.lanesElement, { 'aria-valuemax': Math.round(endNs) });
    if (this.#followsEnd) this.#span = whole(endNs);
    else this.#span = clamped(this.#span, endNs);
    this.frame.invalidate();
  }

  #nameLanes(): void {
    replaceChildren(
      this.#names,
      ...this.lanes.map((lane) => {
        const swatch = el('span', { class: 'swatch', 'aria-hidden': 'true' });
        swatch.style.background = colorOf(lane, this.#theme);
        return el('li', { title: lane.label }, swatch, lane.label);
      }),
    );
    this.#resize();
  }

  #resize(): void {
    const scale = devicePixelRatio;
    const width = this.element.clientWidth - GUTTER;
    if (width <= 0) return;
    this.#size = { width, scale };
    const height = RULER + this.lanes.length * ROW;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    this.frame.invalidate();
  }

  #draw(): void {
    const { width, scale } = this.#size;
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (context === null || this.lanes.length === 0) return;
    const theme = this.#theme;
    const time = (this.time = new TimeScale(this.#span, width));
    const all = whole(this.endNs);
    const everything = this.tiles.cover(this.tiles.levelFor(all.toNs / width), all, this.endNs);
    this.parts = this.tiles.cover(this.tiles.levelFor(time.nsPerPixel), this.#span, this.endNs);
    const height = RULER + this.lanes.length * ROW;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = theme.background;
    context.fillRect(0, 0, width, height);
    context.lineWidth = 1;
    this.#drawRows(context, width, height);
    drawGrid(context, time, height, theme);
    context.save();
    context.translate(0, RULER);
    this.#painter.draw(context, time, this.parts, scale);
    context.restore();
    drawMarkers(context, time, height, this.#markers, theme);
    drawHits(context, time, this.hits.timesNs, this.hits.current, theme);
    if (this.range !== null) drawSelected(context, time, height, this.range, theme);
    this.#drawCursor(context, height);
    this.#overview.draw(everything, this.#span, this.endNs, width, scale, theme);
    this.#plots.draw(this.parts, this.#span, width);
    this.#plots.point(this.pointerNs);
    this.#drawn();
  }

  #drawRows(context: CanvasRenderingContext2D, width: number, height: number): void {
    const theme = this.#theme;
    context.strokeStyle = theme.line;
    context.beginPath();
    for (let y = RULER + 0.5; y <= height; y += ROW) {
      context.moveTo(0, y);
      context.lineTo(width, y);
    }
    context.stroke();
    if (this.cursor === null) return;
    context.fillStyle = css(rgb(theme.foreground), 0.06);
    context.fillRect(0, RULER + this.cursor.lane * ROW, width, ROW);
  }

  #drawCursor(context: CanvasRenderingContext2D, height: number): void {
    const theme = this.#theme;
    if (this.pointerNs !== null) {
      const x = Math.round(this.time.x(this.pointerNs)) + 0.5;
      context.strokeStyle = css(rgb(theme.foreground), 0.35);
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, height);
      context.stroke();
      this.#drawTime(context, x, this.pointerNs);
    }
    const { cursor } = this;
    if (cursor === null) return;
    const x = this.time.x(cursor.timeNs);
    const y = RULER + cursor.lane * ROW;
    const found = hit(this.parts, this.time, cursor.lane, x);
    const width = found?.kind === 'event' ? found.durationNs / this.time.nsPerPixel : 0;
    context.lineWidth = 2;
    context.strokeStyle = theme.background;
    context.strokeRect(x - 2.5, y + 0.5, Math.max(4, width) + 4, ROW - 1);
    context.strokeStyle = theme.foreground;
    context.strokeRect(x - 1.5, y + 1.5, Math.max(2, width) + 2, ROW - 3);
    context.lineWidth = 1;
  }

  #drawTime(context: CanvasRenderingContext2D, x: number, timeNs: number): void {
    const text = formatNs(timeNs);
    const width = context.measureText(text).width + 8;
    const left = x + width > this.time.width ? x - width : x;
    context.fillStyle = this.#theme.foreground;
    context.fillRect(left, 3, width, RULER - 8);
    context.fillStyle = this.#theme.background;
    context.fillText(text, left + 4, RULER / 2 - 1);
  }
}
