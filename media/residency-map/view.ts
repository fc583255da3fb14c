/**
 * The map: cells, lines of areas, outlines, and the one focusable cell, inside a scrolling box. Draws; what the pointer and keys
 * mean is `controls.ts`'s.
 *
 * Invariant: everything in the box is placed in the same frame from the same scroll position, so nothing lags behind; a frame is
 * drawn only if something changed, and hit-testing is arithmetic.
 */
import type { Area, SourcePlace } from '../messages.js';
import { el, setAttributes } from '../shared/dom.js';
import { Frame } from '../shared/frame.js';
import type { Translate } from '../shared/texts.js';
import { Theme } from '../shared/theme.js';
import { PageCodes, type Span } from './codes.js';
import { Headers } from './headers.js';
import { fittingZoom, HEADER, Layout, ZOOMS, type Block } from './layout.js';
import { Overlay } from './overlay.js';
import type { MapRenderer } from './renderer.js';
import { Selection } from './selection.js';
import { SoftwareRenderer } from './software-renderer.js';
import { paletteOf, SpriteSet, type Palette } from './sprites.js';
import { WebglRenderer } from './webgl-renderer.js';

/** The focused element is at least so big that its outline can be seen. CSS pixels. */
const LEAST_FOCUS = 8;

export interface MapViewOptions {
  readonly t: Translate;
  /** `auto`: WebGL where a graphics processor does it. */
  readonly renderer: 'auto' | 'webgl' | 'software';
  readonly open: (source: SourcePlace) => void;
  /** After each frame. */
  readonly drawn: () => void;
}

export class MapView {
  readonly element: HTMLElement;
  readonly scroller: HTMLElement;
  readonly stage: HTMLElement;
  readonly grid: HTMLElement;
  readonly cell: HTMLElement;
  readonly row: HTMLElement;
  readonly codes = new PageCodes();
  readonly selection = new Selection();
  readonly frame: Frame;
  renderer: MapRenderer;
  layout: Layout;
  palette: Palette;
  hover: Span | null = null;
  #theme = new Theme();
  #areas: readonly Area[] = [];
  #nodeCount = 0;
  #zoom = ZOOMS.length - 6;
  #sprites: SpriteSet;
  #size = { width: 1, height: 1, scale: 1 };
  /** Everything is shown, and stays so, until someone zooms or selects. */
  #fits = false;
  readonly #spacer: HTMLElement;
  readonly #headers: Headers;
  readonly #overlay = new Overlay();
  readonly #drawn: () => void;
  #whenSized: (() => void) | null = null;

  constructor({ t, renderer, open, drawn }: MapViewOptions) {
    this.#drawn = drawn;
    this.frame = new Frame(() => this.#draw());
    this.renderer = this.#makeRenderer(renderer);
    this.palette = paletteOf(this.#theme, 0);
    this.#sprites = new SpriteSet(1, this.palette);
    this.layout = this.#makeLayout();
    this.#headers = new Headers(t, open);
    this.cell = el('div', { role: 'gridcell', class: 'focus', tabindex: 0, 'aria-describedby': 'card' });
    this.row = el('div', { role: 'row' }, this.cell);
    this.grid = el('div', { role: 'grid', class: 'grid', 'aria-label': t('map.grid') }, this.row);
    this.grid.setAttribute('aria-multiselectable', 'true');
    this.stage = el(
      'div',
      { class: 'stage' },
      this.renderer.canvas,
      this.#overlay.canvas,
      this.grid,
      this.#headers.element,
    );
    this.renderer.canvas.setAttribute('aria-hidden', 'true');
    this.#spacer = el('div', { class: 'spacer' }, this.stage);
    this.scroller = el('div', { class: 'scroller' }, this.#spacer);
    this.element = el('div', { class: 'map' }, this.scroller);
    this.scroller.addEventListener('scroll', () => this.frame.invalidate(), { passive: true });
    new ResizeObserver(() => this.measure()).observe(this.scroller);
  }

  get areas(): readonly Area[] {
    return this.#areas;
  }

  get zoom(): number {
    return this.#zoom;
  }

  get fits(): boolean {
    return this.#fits;
  }

  get scale(): number {
    return this.#size.scale;
  }

  /** Device pixels. */
  get scrollTop(): number {
    return Math.round(this.scroller.scrollTop * this.#size.scale);
  }

  get height(): number {
    return this.#size.height;
  }

  get theme(): Theme {
    return this.#theme;
  }

  set theme(theme: Theme) {
    this.#theme = theme;
    this.#repaint();
  }

  /** Once the box has a size: there is none while the page is empty. */
  whenSized(then: () => void): void {
    if (this.#size.height > 1) then();
    else this.#whenSized = then;
  }

  setAreas(areas: readonly Area[], nodeCount: number): void {
    this.#areas = areas;
    if (nodeCount !== this.#nodeCount) {
      this.#nodeCount = nodeCount;
      this.#repaint();
    }
    this.#relayout();
    if (this.#fits) this.fit();
  }

  /** These pages have other codes than before. */
  changed(span: Span): void {
    this.renderer.update(this.codes, span);
    this.frame.invalidate();
  }

  /** Zooms so that a page stays where it is, or the middle of the view does. */
  setZoom(zoom: number, keep?: { readonly page: number; readonly y: number }): void {
    this.#fits = false;
    const to = Math.max(0, Math.min(ZOOMS.length - 1, zoom));
    if (to === this.#zoom) return;
    const anchor = keep ?? this.#middle();
    this.#zoom = to;
    this.#relayout();
    if (anchor === null) return;
    const block = this.layout.blockOf(anchor.page);
    if (block === undefined) return;
    const { y, size } = this.layout.rectOf(block, this.layout.cellOf(block, anchor.page));
    this.scroller.scrollTop = (y + size / 2) / this.#size.scale - anchor.y;
  }

  fit(): void {
    const { width, height, scale } = this.#size;
    this.setZoom(fittingZoom(this.#areas, width, height, scale));
    this.scroller.scrollTop = 0;
    this.#fits = true;
  }

  /** Something is selected: the cells under the pointer stay where they are. */
  stay(): void {
    this.#fits = false;
  }

  /** Brings a cell into view. */
  show(page: number): void {
    const block = this.layout.blockOf(page);
    if (block === undefined) return;
    const { y, size } = this.layout.rectOf(block, this.layout.cellOf(block, page));
    const { height, scale } = this.#size;
    const top = this.scrollTop + HEADER * scale;
    if (y < top) this.scroller.scrollTop = y / scale - HEADER - 4;
    else if (y + size > this.scrollTop + height) this.scroller.scrollTop = (y + size - height) / scale + 4;
    this.frame.invalidate();
  }

  at(clientX: number, clientY: number): { readonly block: Block; readonly span: Span } | null {
    const box = this.stage.getBoundingClientRect();
    const { scale } = this.#size;
    return this.layout.cellAt((clientX - box.left) * scale, (clientY - box.top) * scale + this.scrollTop);
  }

  /** Where a cell is in the window. */
  rectOf(page: number): DOMRect | null {
    const block = this.layout.blockOf(page);
    if (block === undefined) return null;
    const box = this.stage.getBoundingClientRect();
    const { scale } = this.#size;
    const { x, y, size } = this.layout.rectOf(block, this.layout.cellOf(block, page));
    return new DOMRect(box.left + x / scale, box.top + (y - this.scrollTop) / scale, size / scale, size / scale);
  }

  #makeRenderer(kind: MapViewOptions['renderer']): MapRenderer {
    if (kind !== 'software') {
      try {
        return new WebglRenderer(kind === 'webgl', () => {
          this.renderer.update(this.codes, { first: 0, end: this.codes.pages.length });
          this.frame.invalidate();
        });
      } catch {
        // None here, or one that the processor emulates: the other one needs nothing and is faster then.
      }
    }
    return new SoftwareRenderer();
  }

  #makeLayout(): Layout {
    const { width, scale } = this.#size;
    return new Layout({ areas: this.#areas, zoom: ZOOMS[this.#zoom]!, width, scale });
  }

  #middle(): { readonly page: number; readonly y: number } | null {
    const { height, scale } = this.#size;
    const [from, to] = this.layout.visible(this.scrollTop, this.scrollTop + height);
    const block = this.layout.blocks[Math.floor((from + to) / 2)];
    if (block === undefined) return null;
    const y = Math.max(0, this.scrollTop + height / 2 - block.cellsTop);
    const cell = Math.min(Math.floor(y / this.layout.cell) * block.columns, block.cellCount - 1);
    const { first } = this.layout.spanOf(block, cell);
    return { page: first, y: height / 2 / scale };
  }

  #repaint(): void {
    this.palette = paletteOf(this.#theme, this.#nodeCount);
    this.#sprites = new SpriteSet(this.layout.cell, this.palette);
    this.frame.invalidate();
  }

  #relayout(): void {
    this.layout = this.#makeLayout();
    if (this.#sprites.cell !== this.layout.cell) this.#sprites = new SpriteSet(this.layout.cell, this.palette);
    this.#spacer.style.height = `${this.layout.height / this.#size.scale}px`;
    this.selection.settle(this.layout);
    this.hover = null;
    this.frame.invalidate();
  }

  /** Takes the size that the box has now. */
  measure(): void {
    const scale = devicePixelRatio;
    const [cssWidth, cssHeight] = [this.scroller.clientWidth, this.scroller.clientHeight];
    if (cssWidth === 0 || cssHeight === 0) return;
    const [width, height] = [Math.round(cssWidth * scale), Math.round(cssHeight * scale)];
    if (width === this.#size.width && height === this.#size.height && scale === this.#size.scale) return;
    this.#size = { width, height, scale };
    for (const { style } of [this.stage, this.renderer.canvas, this.#overlay.canvas]) {
      style.width = `${cssWidth}px`;
      style.height = `${cssHeight}px`;
    }
    this.renderer.resize(width, height);
    this.#relayout();
    if (this.#fits) this.fit();
    this.#whenSized?.();
    this.#whenSized = null;
  }

  #draw(): void {
    const { layout, scrollTop } = this;
    const { height, scale } = this.#size;
    this.renderer.draw({ layout, sprites: this.#sprites, scrollTop });
    const marks = { selection: this.selection.span, hover: this.hover };
    this.#overlay.draw(layout, scrollTop, this.#size, marks, this.#theme);
    this.#headers.draw(layout, scrollTop, height, scale);
    this.#drawFocus();
    this.#drawn();
  }

  #drawFocus(): void {
    const { focus } = this.selection;
    const block = focus === null ? undefined : this.layout.blockOf(focus);
    this.grid.hidden = block === undefined;
    if (focus === null || block === undefined) return;
    const number = this.layout.cellOf(block, focus);
    const { x, y, size } = this.layout.rectOf(block, number);
    const { scale } = this.#size;
    const side = Math.max(LEAST_FOCUS, size / scale);
    const inset = (side - size / scale) / 2;
    const { style } = this.cell;
    style.width = style.height = `${side}px`;
    style.transform = `translate(${x / scale - inset}px, ${(y - this.scrollTop) / scale - inset}px)`;
    const row = Math.floor(number / block.columns);
    setAttributes(this.grid, { 'aria-rowcount': block.rows, 'aria-colcount': block.columns });
    setAttributes(this.row, { 'aria-rowindex': row + 1 });
    setAttributes(this.cell, {
      'aria-colindex': number - row * block.columns + 1,
      'aria-selected': String(this.selection.includes(focus)),
    });
  }
}
