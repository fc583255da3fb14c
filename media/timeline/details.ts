/** Beside the lanes: the selected event and the selected part of the time, in words, with what can be done with them. */
import type { EventText } from '../messages.js';
import { button, el, replaceChildren } from '../shared/dom.js';
import { formatNs } from '../shared/format.js';
import type { Host } from '../shared/host.js';
import type { MenuItem } from '../shared/menu.js';
import type { Translate } from '../shared/texts.js';
import type { TimeSpan } from './span.js';

/** What can be done with an event: the same in the menu and in the details. */
export function offers(host: Host, t: Translate, { event, source, pages }: EventText): MenuItem[] {
  return [
    {
      icon: 'go-to-file',
      label: t('action.source'),
      enabled: source !== null,
      run: () => {
        if (source !== null) host.send({ type: 'openSource', path: source.path, line: source.line });
      },
    },
    {
      icon: 'map',
      label: t('action.map'),
      enabled: pages !== null,
      run: () => {
        if (pages !== null) host.send({ type: 'showInMap', ...pages });
      },
    },
    {
      icon: 'history',
      label: t('action.history'),
      enabled: pages !== null,
      run: () => {
        if (pages !== null) host.send({ type: 'showHistory', ...pages });
      },
    },
    { icon: 'debug-continue', label: t('action.run'), run: () => host.send({ type: 'runToEvent', event }) },
  ];
}

export class Details {
  readonly element: HTMLElement;
  readonly #host: Host;
  readonly #t: Translate;
  readonly #close: () => void;

  constructor(host: Host, t: Translate, close: () => void) {
    this.#host = host;
    this.#t = t;
    this.#close = close;
    this.element = el('section', { class: 'details', 'aria-label': t('timeline.details'), hidden: true });
  }

  show(details: EventText): void {
    const t = this.#t;
    this.element.hidden = false;
    this.element.setAttribute('aria-label', t('timeline.details'));
    const actions = offers(this.#host, t, details).map((item) => {
      const one = button({ icon: item.icon ?? 'none', label: item.label, text: true, run: item.run });
      one.disabled = item.enabled === false;
      return one;
    });
    const place = details.source === null ? null : el('span', { class: 'place' }, details.source.label);
    this.#fill(el('strong', {}, details.headline), place, actions, details.fields);
  }

  range(range: TimeSpan, fields: EventText['fields'], zoom: () => void): void {
    const t = this.#t;
    this.element.hidden = false;
    this.element.setAttribute('aria-label', t('timeline.range'));
    const { fromNs, toNs } = range;
    const said = t('timeline.rangeValue', formatNs(toNs - fromNs), formatNs(fromNs));
    this.#fill(
      el('strong', {}, said),
      null,
      [
        button({ icon: 'zoom-in', label: t('timeline.zoomToRange'), text: true, run: zoom }),
        button({
          icon: 'list-flat',
          label: t('timeline.listRange'),
          text: true,
          run: () => this.#host.send({ type: 'showEvents', fromNs, toNs }),
        }),
      ],
      fields,
    );
  }

  hide(): void {
    this.element.hidden = true;
  }

  #fill(
    title: HTMLElement,
    place: HTMLElement | null,
    actions: readonly HTMLElement[],
    fields: EventText['fields'],
  ): void {
    const close = button({ icon: 'close', label: this.#t('timeline.close'), run: this.#close });
    replaceChildren(
      this.element,
      el('div', { class: 'details-title' }, title, place, el('span', { class: 'stretch' }), ...actions, close),
      el(
        'dl',
        { class: 'fields' },
        ...fields.map(([label, value]) => el('div', {}, el('dt', {}, label), el('dd', {}, value))),
      ),
    );
  }
}
