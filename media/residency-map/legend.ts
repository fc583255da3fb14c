/**
 * What the pictures mean, with how many pages are in which state: the map in words.
 * Invariant: lists what occurs, every place and condition and nothing else, so that it stays short.
 */
import { CHANGED, CONDITIONS, Place } from '../messages.js';
import { el, replaceChildren } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';
import type { Translate } from '../shared/texts.js';
import type { Describer } from './describe.js';
import { drawSprite, type Palette } from './sprites.js';

const SIDE = 14;

export class Legend {
  readonly element: HTMLElement;
  readonly #t: Translate;
  readonly #describe: Describer;
  #shown = '';

  constructor(t: Translate, describe: Describer) {
    this.#t = t;
    this.#describe = describe;
    this.element = el('ul', { class: 'legend', 'aria-label': t('map.legend') });
  }

  /** @param counts of pages, by code */
  draw(counts: Uint32Array, palette: Palette, scale: number, paletteKey: string): void {
    const places = new Map<number, number>();
    const conditions = new Map<number, { count: number; code: number }>();
    let changed = 0;
    counts.forEach((count, code) => {
      const place = code & 0xf;
      if (count === 0 || place === Place.unmapped) return;
      const condition = (code >> 4) & 7;
      // Its condition says where it is.
      if (CONDITIONS[condition] !== 'swapped') places.set(place, (places.get(place) ?? 0) + count);
      if (condition > 0) {
        const before = conditions.get(condition);
        conditions.set(condition, { count: count + (before?.count ?? 0), code: before?.code ?? code & ~CHANGED });
      }
      if ((code & CHANGED) !== 0) changed += count;
    });
    const entries = [
      ...[...places]
        .sort(([a], [b]) => a - b)
        .map(([code, count]) => ({ code, count, text: this.#describe.place(code) })),
      ...[...conditions]
        .sort(([a], [b]) => a - b)
        .map(([condition, { count, code }]) => ({
          code,
          count,
          text: this.#t(`map.condition.${conditionName(condition)}`),
        })),
    ];
    if (changed > 0) entries.push({ code: Place.nowhere | CHANGED, count: changed, text: this.#t('map.changed') });
    const key = JSON.stringify([entries, scale, paletteKey]);
    if (key === this.#shown) return;
    this.#shown = key;
    replaceChildren(
      this.element,
      ...entries.map(({ code, count, text }) => {
        const canvas = el('canvas', { class: 'swatch', 'aria-hidden': 'true' });
        drawSprite(canvas, code, Math.round(SIDE * scale), palette);
        return el('li', {}, canvas, `${text} `, el('span', { class: 'count' }, formatCount(count)));
      }),
    );
  }
}

function conditionName(condition: number): Exclude<(typeof CONDITIONS)[number], 'plain'> {
  const name = CONDITIONS[condition] ?? 'plain';
  return name === 'plain' ? 'file' : name;
}
