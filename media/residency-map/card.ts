/**
 * The card beside the pointer (or the focused cell): address, state, and, once the host has answered, last fault, last move and
 * history.
 *
 * Invariant: what is known here is shown at once; the host is asked only when the pointer rests, and an answer about another
 * page than the one shown is dropped.
 */
import type { Area, EventText, HostMessageOf } from '../messages.js';
import { el, replaceChildren, type Child } from '../shared/dom.js';
import { formatNs } from '../shared/format.js';
import type { Host } from '../shared/host.js';
import type { Translate } from '../shared/texts.js';
import type { Span } from './codes.js';
import type { Describer } from './describe.js';

const REST_MS = 120;
const MARGIN = 14;

interface Subject {
  readonly area: Area;
  readonly span: Span;
  readonly states: string;
}

export class Card {
  readonly element = el('div', { class: 'card', role: 'tooltip', id: 'card', hidden: true });
  readonly #host: Host;
  readonly #t: Translate;
  readonly #describe: Describer;
  #page = -1;
  #request = 0;
  #timer = 0;

  constructor(host: Host, t: Translate, describe: Describer) {
    this.#host = host;
    this.#t = t;
    this.#describe = describe;
  }

  get shown(): boolean {
    return !this.element.hidden;
  }

  show(subject: Subject, near: DOMRect): void {
    const { span } = subject;
    if (span.first !== this.#page) {
      this.#forget();
      this.#page = span.first;
      this.#fill(subject, null);
      if (span.end - span.first === 1) this.#timer = setTimeout(() => this.#ask(subject, near), REST_MS);
    }
    this.element.hidden = false;
    this.#place(near);
  }

  hide(): void {
    this.#forget();
    this.#page = -1;
    this.element.hidden = true;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#host.forget(this.#request);
  }

  #ask(subject: Subject, near: DOMRect): void {
    this.#request = this.#host.ask({ type: 'pageDetails', page: subject.span.first }, (details) => {
      if (details.page !== this.#page) return;
      this.#fill(subject, details);
      this.#place(near);
    });
  }

  #fill({ area, span, states }: Subject, details: HostMessageOf<'pageDetails'> | null): void {
    const t = this.#t;
    const single = span.end - span.first === 1;
    const rows: [string, Child][] = [
      [t('map.address'), this.#describe.range(span)],
      [t('map.state'), states],
      [t('map.allocation'), this.#describe.within(area, span)],
    ];
    if (area.source !== null) rows.push([t('map.allocatedAt'), area.source.label]);
    if (single) {
      rows.push(...(details?.fields ?? []));
      if (details?.lastFault !== null) rows.push([t('map.lastFault'), said(details?.lastFault, t)]);
      if (details?.lastMove !== null) rows.push([t('map.lastMove'), said(details?.lastMove, t)]);
    }
    const history = details?.history ?? [];
    replaceChildren(
      this.element,
      el('div', { class: 'card-title' }, this.#describe.pages(span)),
      el('dl', {}, ...rows.flatMap(([label, value]) => [el('dt', {}, label), el('dd', {}, value)])),
      history.length === 0
        ? null
        : el(
            'div',
            { class: 'card-history' },
            el('div', { class: 'card-label' }, t('map.history')),
            el(
              'ol',
              {},
              ...history.map((event) => el('li', {}, el('time', {}, formatNs(event.timeNs)), event.headline)),
            ),
          ),
    );
  }

  #place(near: DOMRect): void {
    const { offsetWidth, offsetHeight, style } = this.element;
    const right = near.right + MARGIN;
    const left = right + offsetWidth <= innerWidth ? right : Math.max(4, near.left - MARGIN - offsetWidth);
    style.left = `${left}px`;
    style.top = `${Math.max(4, Math.min(near.bottom + MARGIN / 2, innerHeight - offsetHeight - 4))}px`;
  }
}

function said(event: EventText | undefined, t: Translate): Child {
  if (event === undefined) return t('map.asking');
  const where = event.source === null ? '' : ` – ${event.source.label}`;
  return `${event.headline}${where}`;
}
