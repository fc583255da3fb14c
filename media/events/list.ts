/**
 * The list: a grid of which only the rows that show exist. It has one tab stop; arrow keys move the active row.
 *
 * Invariant: the number of elements depends on the height of the window alone. Lists that are longer than a browser can scroll
 * are scrolled in proportion.
 */
import { el, replaceChildren, setAttributes } from '../shared/dom.js';
import { Frame } from '../shared/frame.js';
import type { Translate } from '../shared/texts.js';
import { cellsOf, COLUMNS } from './columns.js';
import type { Row, RowCache } from './row-cache.js';

/** CSS pixels. */
const ROW = 22;
const HEADER = 24;
/** Browsers lay nothing out that is higher than some 30 million pixels. */
const HIGHEST = 16_000_000;
const BEYOND = 20;

export interface ListIntents {
  readonly open: (row: Row) => void;
  readonly menu: (row: Row, x: number, y: number) => void;
  readonly run: (row: Row) => void;
  readonly copy: (row: Row) => void;
  readonly drawn: () => void;
}

export class EventList {
  readonly element: HTMLElement;
  readonly frame: Frame;
  /** The active row; -1 if the list is empty. */
  active = -1;
  readonly #grid: HTMLElement;
  readonly #body = el('div', { class: 'rows', role: 'rowgroup' });
  readonly #spacer: HTMLElement;
  readonly #rows = new Map<number, { readonly element: HTMLElement; filled: boolean }>();
  readonly #cache: RowCache;
  readonly #t: Translate;
  readonly #intents: ListIntents;
  #total = 0;

  constructor(t: Translate, makeCache: (arrived: () => void) => RowCache, intents: ListIntents) {
    this.#t = t;
    this.#intents = intents;
    this.frame = new Frame(() => this.#draw());
    this.#cache = makeCache(() => this.frame.invalidate());
    const headers = COLUMNS.map(({ name, number }) =>
      el('div', { role: 'columnheader', class: number ? 'number' : null }, t(`events.column.${name}`)),
    );
    this.#grid = el(
      'div',
      { class: 'events-grid', role: 'grid', tabindex: 0, 'aria-label': t('events.table') },
      el(
        'div',
        { role: 'rowgroup', class: 'head' },
        el('div', { role: 'row', class: 'row', 'aria-rowindex': 1 }, ...headers),
      ),
      this.#body,
    );
    setAttributes(this.#grid, { 'aria-colcount': COLUMNS.length });
    this.#spacer = el('div', { class: 'spacer' }, this.#grid);
    this.element = el('div', { class: 'list' }, this.#spacer);
    this.element.addEventListener('scroll', () => this.frame.invalidate(), { passive: true });
    new ResizeObserver(() => this.frame.invalidate()).observe(this.element);
    this.#usePointer();
    this.#grid.addEventListener('keydown', (event) => {
      if (this.#pressed(event)) event.preventDefault();
    });
  }

  get scrollTop(): number {
    return this.element.scrollTop;
  }

  set scrollTop(scrollTop: number) {
    this.element.scrollTop = scrollTop;
  }

  reset(generation: number, total: number, grown: boolean): void {
    this.#cache.reset(generation, total, grown);
    this.#total = total;
    if (!grown) {
      for (const { element } of this.#rows.values()) element.remove();
      this.#rows.clear();
      this.element.scrollTop = 0;
      this.active = total === 0 ? -1 : 0;
    }
    if (this.active < 0 && total > 0) this.active = 0;
    this.#spacer.style.height = `${HEADER + Math.min(HIGHEST, total * ROW)}px`;
    setAttributes(this.#grid, { 'aria-rowcount': total + 1 });
    this.frame.invalidate();
  }

  go(index: number): void {
    if (this.#total === 0) return;
    this.active = Math.max(0, Math.min(this.#total - 1, index));
    const first = this.#firstRow();
    const room = Math.floor(this.#room() / ROW) - 1;
    if (this.active < first) this.#scrollTo(this.active);
    else if (this.active > first + room) this.#scrollTo(this.active - room);
    this.frame.invalidate();
  }

  focus(): void {
    this.#grid.focus({ preventScroll: true });
  }

  #room(): number {
    return Math.max(ROW, this.element.clientHeight - HEADER);
  }

  /** Rows in a pixel of scrolling: 1 / ROW but in very long lists. */
  #rowsPerPixel(): number {
    const scrollable = Math.min(HIGHEST, this.#total * ROW) - this.#room();
    return scrollable <= 0 ? 0 : (this.#total - this.#room() / ROW) / scrollable;
  }

  /** With a fraction: how far it is scrolled away. */
  #firstRow(): number {
    return this.element.scrollTop * this.#rowsPerPixel();
  }

  #scrollTo(index: number): void {
    const perPixel = this.#rowsPerPixel();
    if (perPixel > 0) this.element.scrollTop = index / perPixel;
  }

  #draw(): void {
    const first = this.#firstRow();
    const from = Math.max(0, Math.floor(first));
    const to = Math.min(this.#total, Math.ceil(first + this.#room() / ROW) + 1);
    this.#cache.want(from - BEYOND, to + BEYOND);
    for (const [index, { element }] of this.#rows) {
      if (index >= from && index < to) continue;
      element.remove();
      this.#rows.delete(index);
    }
    for (let index = from; index < to; index++) {
      const element = this.#rowAt(index);
      element.style.transform = `translateY(${(index - first) * ROW}px)`;
      const active = index === this.active;
      element.classList.toggle('active', active);
      setAttributes(element, { 'aria-selected': String(active) });
    }
    setAttributes(this.#grid, { 'aria-activedescendant': this.#rows.has(this.active) ? `row${this.active}` : null });
    this.#intents.drawn();
  }

  #rowAt(index: number): HTMLElement {
    let shown = this.#rows.get(index);
    if (shown === undefined) {
      const element = el('div', { role: 'row', class: 'row', id: `row${index}`, 'aria-rowindex': index + 2 });
      shown = { element, filled: false };
      this.#rows.set(index, shown);
      this.#body.append(element);
    }
    if (!shown.filled) {
      const row = this.#cache.row(index);
      shown.filled = row !== null;
      const loading = [el('div', { role: 'gridcell', class: 'loading' }, this.#t('events.loading'))];
      replaceChildren(shown.element, ...(row === null ? loading : cellsOf(row)));
    }
    return shown.element;
  }

  #indexOf(target: EventTarget | null): number {
    const row = target instanceof Element ? target.closest('.rows .row') : null;
    return row === null ? -1 : Number(row.id.slice(3));
  }

  #usePointer(): void {
    this.#body.addEventListener('pointerdown', ({ target }) => {
      const index = this.#indexOf(target);
      if (index >= 0) this.go(index);
    });
    this.#body.addEventListener('click', ({ target }) => {
      const row = this.#cache.row(this.#indexOf(target));
      if (row !== null && target instanceof Element && target.closest('.place') !== null) this.#intents.open(row);
    });
    this.#body.addEventListener('dblclick', ({ target }) => {
      const row = this.#cache.row(this.#indexOf(target));
      if (row !== null) this.#intents.open(row);
    });
    this.#body.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      const row = this.#cache.row(this.#indexOf(event.target));
      if (row !== null) this.#intents.menu(row, event.clientX, event.clientY);
    });
  }

  #pressed(event: KeyboardEvent): boolean {
    const page = Math.max(1, Math.floor(this.#room() / ROW) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.#total - 1,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      this.go(to);
      return true;
    }
    const row = this.#cache.row(this.active);
    if (row === null) return false;
    const wantsMenu = event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
    if (wantsMenu) {
      const box = this.#rows.get(this.active)?.element.getBoundingClientRect();
      this.#intents.menu(row, (box?.left ?? 0) + 40, box?.bottom ?? 0);
    } else if (event.key === 'Enter') this.#intents.open(row);
    else if (event.key === 'r' && !event.ctrlKey && !event.metaKey) this.#intents.run(row);
    else if (event.key === 'c' && (event.ctrlKey || event.metaKey)) this.#intents.copy(row);
    else return false;
    return true;
  }
}
