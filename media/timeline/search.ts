/** The search field: a condition goes to the host, hits come back, one after the other is shown. */
import type { HostMessageOf } from '../messages.js';
import { button, el, icon } from '../shared/dom.js';
import { formatCount } from '../shared/format.js';
import type { Host } from '../shared/host.js';
import type { Translate } from '../shared/texts.js';

const PAUSE_MS = 250;

export class Search {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  readonly #host: Host;
  readonly #t: Translate;
  readonly #found: (result: HostMessageOf<'searchResult'> | null, current: number) => void;
  readonly #count = el('span', { class: 'matches', role: 'status' });
  readonly #steps: readonly HTMLButtonElement[];
  #result: HostMessageOf<'searchResult'> | null = null;
  #current = -1;
  #asked = '';
  #request = 0;
  #timer = 0;

  constructor(
    host: Host,
    t: Translate,
    found: (result: HostMessageOf<'searchResult'> | null, current: number) => void,
  ) {
    this.#host = host;
    this.#t = t;
    this.#found = found;
    const label = t('timeline.search');
    this.input = el('input', {
      type: 'text',
      class: 'input',
      placeholder: label,
      'aria-label': label,
      spellcheck: 'false',
    });
    this.#steps = [
      button({ icon: 'arrow-up', label: t('timeline.previous'), shortcut: 'Shift+Enter', run: () => this.step(-1) }),
      button({ icon: 'arrow-down', label: t('timeline.next'), shortcut: 'Enter', run: () => this.step(1) }),
    ];
    this.element = el(
      'span',
      { class: 'search' },
      el('span', { class: 'field wide' }, icon('search'), this.input, this.#count),
      ...this.#steps,
    );
    this.input.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.ask(), PAUSE_MS);
    });
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        if (this.input.value.trim() !== this.#asked) this.ask();
        else this.step(event.shiftKey ? -1 : 1);
      } else if (event.key === 'Escape') {
        this.input.value = '';
        this.ask();
      } else return;
      event.preventDefault();
    });
    this.#show();
  }

  /** @param goes to the first hit */
  ask(goes = true): void {
    clearTimeout(this.#timer);
    this.#host.forget(this.#request);
    this.#asked = this.input.value.trim();
    this.#result = null;
    this.#current = -1;
    if (this.#asked === '') return this.#show();
    this.#request = this.#host.ask({ type: 'search', filter: this.#asked }, (result) => {
      this.#result = result;
      this.#show();
      if (goes && result.numbers.length > 0) this.step(1);
    });
  }

  step(direction: 1 | -1): void {
    const count = this.#result?.numbers.length ?? 0;
    if (count === 0) return;
    this.#current = this.#current < 0 ? (direction > 0 ? 0 : count - 1) : (this.#current + direction + count) % count;
    this.#show();
  }

  #show(): void {
    const t = this.#t;
    const result = this.#result;
    const count = result?.numbers.length ?? 0;
    for (const step of this.#steps) step.disabled = count === 0;
    this.input.setAttribute('aria-invalid', String(result !== null && result.error !== null));
    this.#count.title = result?.error ?? '';
    if (result === null) this.#count.textContent = '';
    else if (result.error !== null) this.#count.textContent = result.error;
    else if (count === 0) this.#count.textContent = t('timeline.noMatches');
    else
      this.#count.textContent = t(
        'timeline.matches',
        formatCount(Math.max(1, this.#current + 1)),
        formatCount(result.total),
      );
    this.#found(result, this.#current);
  }
}
