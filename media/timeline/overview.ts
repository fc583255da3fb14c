/**
 * The whole run in a strip, with the part that is shown: drag to move or to choose it. For keys and screen readers the strip is a
 * slider, whose value is where the part begins.
 */
import { TILE_BUCKETS } from '../messages.js';
import { el, setAttributes } from '../shared/dom.js';
import { formatNs } from '../shared/format.js';
import type { Translate } from '../shared/texts.js';
import { css, rgb, type Theme } from '../shared/theme.js';
import { panned, TimeScale, whole, zoomed, type TimeSpan } from './span.js';
import { startOf, type Part } from './tile-cache.js';

/** CSS pixels. */
const HEIGHT = 26;
const EDGE = 6;

export class Overview {
  readonly element: HTMLElement;
  readonly #canvas = el('canvas', { 'aria-hidden': 'true' });
  readonly #t: Translate;
  readonly #show: (span: TimeSpan) => void;
  #span: TimeSpan = { fromNs: 0, toNs: 1 };
  #endNs = 1;
  #time = new TimeScale({ fromNs: 0, toNs: 1 }, 1);

  constructor(t: Translate, show: (span: TimeSpan) => void) {
    this.#t = t;
    this.#show = show;
    this.element = el(
      'div',
      { class: 'overview', role: 'slider', tabindex: 0, 'aria-label': t('timeline.view'), 'aria-valuemin': 0 },
      this.#canvas,
    );
    this.#usePointer();
    this.element.addEventListener('keydown', (event) => {
      const to = this.#moved(event.key);
      if (to === null) return;
      event.preventDefault();
      this.#show(to);
    });
  }

  draw(parts: readonly Part[], span: TimeSpan, endNs: number, width: number, scale: number, theme: Theme): void {
    this.#span = span;
    this.#endNs = endNs;
    this.#time = new TimeScale(whole(endNs), width);
    setAttributes(this.element, {
      'aria-valuemax': Math.round(endNs),
      'aria-valuenow': Math.round(span.fromNs),
      'aria-valuetext': this.#t('timeline.viewValue', formatNs(span.fromNs), formatNs(span.toNs)),
    });
    const [deviceWidth, deviceHeight] = [Math.round(width * scale), Math.round(HEIGHT * scale)];
    if (this.#canvas.width !== deviceWidth) this.#canvas.width = deviceWidth;
    if (this.#canvas.height !== deviceHeight) this.#canvas.height = deviceHeight;
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${HEIGHT}px`;
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, HEIGHT);
    this.#drawDensity(context, parts, theme);
    const [from, to] = [this.#time.x(span.fromNs), this.#time.x(span.toNs)];
    context.fillStyle = css(rgb(theme.background), 0.66);
    context.fillRect(0, 0, from, HEIGHT);
    context.fillRect(to, 0, width - to, HEIGHT);
    context.strokeStyle = theme.focus;
    context.strokeRect(Math.max(0.5, from + 0.5), 0.5, Math.max(2, Math.min(width, to) - from - 1), HEIGHT - 1);
  }

  /** All events, a column for each pixel. */
  #drawDensity(context: CanvasRenderingContext2D, parts: readonly Part[], theme: Theme): void {
    const columns = new Float64Array(Math.ceil(this.#time.width) + 1);
    const add = (timeNs: number, count: number): void => {
      const x = Math.floor(this.#time.x(timeNs));
      if (x >= 0 && x < columns.length) columns[x]! += count;
    };
    /** A bucket may be wider than a pixel. */
    const fill = (fromNs: number, toNs: number, count: number): void => {
      const end = Math.min(columns.length, Math.ceil(this.#time.x(toNs)));
      for (let x = Math.max(0, Math.floor(this.#time.x(fromNs))); x < end; x++)
        columns[x] = Math.max(columns[x]!, count);
    };
    for (const { tile } of parts) {
      const lanes = tile.exact.length;
      for (let bucket = 0; bucket < TILE_BUCKETS; bucket++) {
        let count = 0;
        for (let lane = 0; lane < lanes; lane++) count += tile.counts[lane * TILE_BUCKETS + bucket]!;
        const bucketNs = 2 ** tile.level;
        const fromNs = startOf(tile) + bucket * bucketNs;
        if (count > 0) fill(fromNs, fromNs + bucketNs, count);
      }
      for (const startNs of tile.startsNs) add(startNs, 1);
    }
    const most = Math.log2(1 + columns.reduce((a, b) => Math.max(a, b), 1));
    const path = new Path2D();
    columns.forEach((count, x) => {
      const height = count === 0 ? 0 : Math.max(2, (Math.log2(1 + count) / most) * (HEIGHT - 8));
      path.rect(x, HEIGHT - 2 - height, 1, height);
    });
    context.fillStyle = css(rgb(theme.foreground), 0.55);
    context.fill(path);
  }

  #moved(key: string): TimeSpan | null {
    const { fromNs, toNs } = this.#span;
    const length = toNs - fromNs;
    const all = whole(this.#endNs);
    switch (key) {
      case 'ArrowLeft':
      case 'ArrowDown':
        return panned(this.#span, -length / 8, this.#endNs);
      case 'ArrowRight':
      case 'ArrowUp':
        return panned(this.#span, length / 8, this.#endNs);
      case 'PageDown':
        return panned(this.#span, -length, this.#endNs);
      case 'PageUp':
        return panned(this.#span, length, this.#endNs);
      case 'Home':
        return { fromNs: 0, toNs: length };
      case 'End':
        return { fromNs: all.toNs - length, toNs: all.toNs };
      case '+':
      case '=':
        return zoomed(this.#span, 0.5, (fromNs + toNs) / 2);
      case '-':
        return zoomed(this.#span, 2, (fromNs + toNs) / 2);
      default:
        return null;
    }
  }

  #usePointer(): void {
    let drag: ((timeNs: number) => void) | null = null;
    const at = (event: PointerEvent): number =>
      this.#time.time(event.clientX - this.element.getBoundingClientRect().left);
    this.element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      const began = at(event);
      const { fromNs, toNs } = this.#span;
      const edge = EDGE * this.#time.nsPerPixel;
      if (Math.abs(began - fromNs) < edge) drag = (now) => this.#show(ordered(now, toNs));
      else if (Math.abs(began - toNs) < edge) drag = (now) => this.#show(ordered(fromNs, now));
      else if (began > fromNs && began < toNs && toNs - fromNs < this.#endNs * 0.98) {
        drag = (now) => this.#show(panned({ fromNs, toNs }, now - began, this.#endNs));
      } else {
        drag = (now) => {
          if (Math.abs(now - began) > edge / 2) this.#show(ordered(began, now));
        };
      }
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener('pointermove', (event) => drag?.(at(event)));
    const end = (): void => void (drag = null);
    this.element.addEventListener('pointerup', end);
    this.element.addEventListener('pointercancel', end);
    this.element.addEventListener('dblclick', () => this.#show(whole(this.#endNs)));
  }
}

function ordered(a: number, b: number): TimeSpan {
  return { fromNs: Math.min(a, b), toNs: Math.max(a, b) };
}
