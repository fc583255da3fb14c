/**
 * The curves under the lanes: bytes a second over each link, bytes in use of each memory. uPlot draws them; the time axis is that
 * of the lanes.
 *
 * Invariant: data are handed over only when the tiles are others; panning moves the scale alone. Curves differ in their dashes,
 * too, and each is named beside the plot with its value under the pointer.
 */
import uPlot from 'uplot';
import { TILE_BUCKETS, type Plot } from '../messages.js';
import { el, replaceChildren } from '../shared/dom.js';
import { formatBytes } from '../shared/format.js';
import type { Translate } from '../shared/texts.js';
import { css, rgb, type Theme } from '../shared/theme.js';
import type { TimeSpan } from './span.js';
import { startOf, type Part } from './tile-cache.js';

/** CSS pixels. */
const HEIGHT = 88;
const DASHES: readonly (readonly number[])[] = [[], [5, 3], [2, 2], [8, 3, 2, 3]];

interface Chart {
  readonly plot: uPlot;
  /** Indices into the plots of the timeline. */
  readonly series: readonly number[];
  readonly values: readonly HTMLElement[];
  readonly box: HTMLElement;
  most: number;
}

export class Plots {
  readonly element = el('div', { class: 'plots' });
  readonly #t: Translate;
  #plots: readonly Plot[] = [];
  #charts: Chart[] = [];
  #theme: Theme;
  #width = 100;
  #shown = '';
  #span: TimeSpan = { fromNs: 0, toNs: 1 };

  constructor(t: Translate, theme: Theme) {
    this.#t = t;
    this.#theme = theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    this.#build();
  }

  setPlots(plots: readonly Plot[]): void {
    if (JSON.stringify(plots) === JSON.stringify(this.#plots)) return;
    this.#plots = plots;
    this.#build();
  }

  draw(parts: readonly Part[], span: TimeSpan, width: number): void {
    if (width !== this.#width) {
      this.#width = width;
      for (const { plot } of this.#charts) plot.setSize({ width, height: HEIGHT });
    }
    this.#span = span;
    const shown = parts.map(({ tile, fromNs }) => `${tile.level}/${tile.index}/${tile.generation}@${fromNs}`).join();
    const same = shown === this.#shown;
    this.#shown = shown;
    for (const chart of this.#charts) {
      chart.plot.batch(() => {
        if (!same) chart.plot.setData(this.#dataOf(chart, parts), false);
        chart.plot.setScale('x', { min: span.fromNs, max: span.toNs });
      });
      if (!same) this.#say(chart, null);
    }
  }

  /** Shows the values at a time, or the highest ones. */
  point(timeNs: number | null): void {
    for (const chart of this.#charts) {
      const index = timeNs === null ? null : chart.plot.valToIdx(timeNs);
      this.#say(chart, index);
    }
  }

  #dataOf(chart: Chart, parts: readonly Part[]): uPlot.AlignedData {
    const xs: number[] = [];
    const columns = chart.series.map((): number[] => []);
    for (const { tile, fromNs, toNs } of parts) {
      const bucketNs = 2 ** tile.level;
      const first = Math.round((fromNs - startOf(tile)) / bucketNs);
      const end = Math.round((toNs - startOf(tile)) / bucketNs);
      for (let bucket = first; bucket < end; bucket++) {
        xs.push(startOf(tile) + (bucket + 0.5) * bucketNs);
        chart.series.forEach((plot, n) => columns[n]!.push(tile.plots[plot * TILE_BUCKETS + bucket]!));
      }
    }
    chart.most = columns.reduce((most, column) => column.reduce((a, b) => Math.max(a, b), most), 1);
    return [xs, ...columns];
  }

  #say({ plot, series, values }: Chart, index: number | null): void {
    series.forEach((which, n) => {
      const column = plot.data[n + 1] ?? [];
      const value = index === null ? Math.max(0, ...column.map((one) => one ?? 0)) : (column[index] ?? 0);
      const rate = this.#plots[which]?.kind === 'rate';
      const text = rate ? this.#t('memories.rate', formatBytes(value)) : formatBytes(value);
      const element = values[n]!;
      if (element.textContent !== text) element.textContent = text;
    });
  }

  #build(): void {
    for (const { plot } of this.#charts) plot.destroy();
    this.#shown = '';
    const kinds = (['rate', 'amount'] as const).filter((kind) => this.#plots.some((plot) => plot.kind === kind));
    this.#charts = kinds.map((kind) => this.#chart(this.#plots.flatMap((plot, n) => (plot.kind === kind ? [n] : []))));
    replaceChildren(this.element, ...this.#charts.map(({ box }) => box));
  }

  #chart(series: readonly number[]): Chart {
    const theme = this.#theme;
    const values = series.map(() => el('span', { class: 'value' }));
    const keys = series.map((which, n) => {
      const { label, node } = this.#plots[which]!;
      return el(
        'li',
        {},
        dash(theme.node(node), DASHES[n % DASHES.length]!),
        el('span', { class: 'key' }, label),
        values[n]!,
      );
    });
    const canvasBox = el('div', { class: 'plot' });
    const names = series.map((which) => this.#plots[which]?.label ?? '').join(', ');
    canvasBox.setAttribute('role', 'img');
    canvasBox.setAttribute('aria-label', names);
    const box = el('div', { class: 'row' }, el('ul', { class: 'gutter keys' }, ...keys), canvasBox);
    const chart = { series, values, box, most: 1 };
    const plot = new uPlot(
      {
        width: this.#width,
        height: HEIGHT,
        padding: [6, 0, 2, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: false, auto: false, min: this.#span.fromNs, max: this.#span.toNs },
          y: { range: () => [0, chart.most * 1.08] },
        },
        axes: [{ show: false }, { show: false }],
        series: [
          {},
          ...series.map((which, n) => {
            const color = theme.node(this.#plots[which]!.node);
            return {
              stroke: color,
              width: 1.5,
              dash: [...DASHES[n % DASHES.length]!],
              fill: css(rgb(color), 0.14),
              points: { show: false },
            };
          }),
        ],
      },
      [[], ...series.map(() => [])],
      canvasBox,
    );
    return Object.assign(chart, { plot });
  }
}

/** A sample of a curve's line. */
function dash(color: string, pattern: readonly number[]): HTMLElement {
  const canvas = el('canvas', { class: 'dash', width: 36, height: 4, 'aria-hidden': 'true' });
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.strokeStyle = color;
    context.lineWidth = 3;
    context.setLineDash(pattern.map((length) => length * 2));
    context.beginPath();
    context.moveTo(0, 2);
    context.lineTo(36, 2);
    context.stroke();
  }
  return canvas;
}
