/** What is said where the data would be, if there is none, and beside it, if the program has something to say. */
import type { HostMessageOf } from '../messages.js';
import { el } from './dom.js';
import type { Translate } from './texts.js';

export class Notice {
  readonly element: HTMLElement;
  readonly #t: Translate;
  #status: HostMessageOf<'status'> | null = null;
  #hasData = false;

  constructor(t: Translate) {
    this.#t = t;
    this.element = el('p', { class: 'notice', role: 'status' });
    this.#show();
  }

  status(status: HostMessageOf<'status'>): void {
    this.#status = status;
    this.#show();
  }

  set hasData(hasData: boolean) {
    this.#hasData = hasData;
    this.#show();
  }

  #show(): void {
    const status = this.#status;
    const instead = status === null || status.session === 'none' ? this.#t('empty.none') : this.#t('empty.waiting');
    const text = status?.text ?? '';
    this.element.textContent = text !== '' ? text : this.#hasData ? '' : instead;
    this.element.hidden = this.element.textContent === '';
    // The page's style puts the notice into the middle of an empty page.
    document.body.classList.toggle('empty', !this.#hasData);
  }
}
