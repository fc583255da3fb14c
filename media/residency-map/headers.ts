/**
 * The line above each area: name, kind, size, and the line of code that allocated it. Elements exist only for areas that show.
 * Invariant: an area whose beginning is scrolled away keeps its line at the top, so one always sees where one is.
 */
import type { Area, SourcePlace } from '../messages.js';
import { el, setAttributes } from '../shared/dom.js';
import { formatBytes } from '../shared/format.js';
import type { Translate } from '../shared/texts.js';
import { HEADER, type Layout } from './layout.js';

interface Header {
  readonly element: HTMLElement;
  readonly area: Area;
}

export class Headers {
  readonly element = el('div', { class: 'areas' });
  readonly #shown = new Map<number, Header>();
  readonly #open: (source: SourcePlace) => void;
  readonly #t: Translate;

  constructor(t: Translate, open: (source: SourcePlace) => void) {
    this.#t = t;
    this.#open = open;
  }

  draw(layout: Layout, scrollTop: number, height: number, scale: number): void {
    const [from, to] = layout.visible(scrollTop, scrollTop + height);
    const wanted = new Set<number>();
    for (let n = from; n < to; n++) {
      const block = layout.blocks[n]!;
      wanted.add(block.area.firstPage);
      const header = this.#headerOf(block.area);
      const bottom = (block.bottom - scrollTop) / scale - HEADER;
      const top = Math.max(Math.min(0, bottom), (block.top - scrollTop) / scale);
      header.style.transform = `translateY(${top}px)`;
      header.classList.toggle('stuck', block.top < scrollTop);
    }
    for (const [key, { element }] of this.#shown) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
  }

  #headerOf(area: Area): HTMLElement {
    const shown = this.#shown.get(area.firstPage);
    if (shown?.area === area) return shown.element;
    const element = this.#make(area);
    if (shown === undefined) this.element.append(element);
    else shown.element.replaceWith(element);
    this.#shown.set(area.firstPage, { element, area });
    return element;
  }

  #make(area: Area): HTMLElement {
    const { name, kind, bytes, source } = area;
    const size = formatBytes(bytes);
    const element = el(
      'div',
      { class: 'area', role: 'group', 'aria-label': this.#t('map.area', name, kind, size) },
      el('span', { class: 'area-name', title: name }, name),
      el('span', { class: 'area-kind' }, kind),
      el('span', { class: 'area-size' }, size),
    );
    if (source !== null) {
      const link = el('button', { type: 'button', class: 'link' }, source.label);
      setAttributes(link, { title: `${this.#t('map.allocatedAt')} ${source.label}` });
      link.addEventListener('click', () => this.#open(source));
      element.append(link);
    }
    return element;
  }
}
