/** What is said about pages: a cell under the pointer, the focused one, a selection. Invariant: counted on single pages, exact. */
import { CHANGED, CONDITIONS, Place, type Area, type Node } from '../messages.js';
import { addressOf, formatAddress, formatBytes, formatCount } from '../shared/format.js';
import type { Translate } from '../shared/texts.js';
import { countCodes, type Span } from './codes.js';

const PLAIN = CHANGED - 1;

export class Describer {
  readonly #t: Translate;
  nodes: readonly Node[] = [];

  constructor(t: Translate) {
    this.#t = t;
  }

  /** `gpu0, pinned` */
  state(code: number): string {
    const t = this.#t;
    const condition = CONDITIONS[(code >> 4) & 7] ?? 'plain';
    // What is swapped out is nowhere; saying both would say it twice.
    const said = condition === 'swapped' ? [] : [this.place(code)];
    if (condition !== 'plain') said.push(t(`map.condition.${condition}`));
    if ((code & CHANGED) !== 0) said.push(t('map.changed'));
    return said.join(', ');
  }

  place(code: number): string {
    const place = code & 0xf;
    if (place === Place.unmapped) return this.#t('map.place.unmapped');
    if (place === Place.nowhere) return this.#t('map.place.nowhere');
    return this.nodes[place - Place.firstNode]?.label ?? `node ${place - Place.firstNode}`;
  }

  /** `gpu0 12, cpu 4`: the state of a page, or how many pages are in which. */
  states(pages: Uint8Array, span: Span): string {
    if (span.end - span.first === 1) return this.state(pages[span.first]!);
    const counts = new Map<number, number>();
    countCodes(pages, span).forEach((count, code) => {
      if (count > 0) counts.set(code & PLAIN, (counts.get(code & PLAIN) ?? 0) + count);
    });
    return [...counts]
      .sort(([, a], [, b]) => b - a)
      .map(([code, count]) => `${this.state(code)} ${formatCount(count)}`)
      .join(' · ');
  }

  /** `Page 0x20000`, or `16 pages`. */
  pages({ first, end }: Span): string {
    const count = end - first;
    return count === 1 ? this.#t('map.page', `0x${first.toString(16)}`) : this.#t('map.pages', formatCount(count));
  }

  range({ first, end }: Span): string {
    const from = formatAddress(addressOf(first));
    return end - first === 1 ? from : `${from} – ${formatAddress(addressOf(end) - 1)}`;
  }

  /** `y + 8.0 KiB` */
  within(area: Area, { first }: Span): string {
    const offset = addressOf(first - area.firstPage);
    return offset === 0 ? area.name : this.#t('map.offset', area.name, formatBytes(offset));
  }
}
