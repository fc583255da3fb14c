/** A growing list of pages that is emptied as a whole and keeps its room. */
import { grown } from '../memory/frames.js';
import type { PageIndex } from '../memory/units.js';

const INITIAL_PAGES = 256;

export class PageList {
  private pages = new Int32Array(INITIAL_PAGES);
  private count = 0;

  add(page: PageIndex): void {
    if (this.count === this.pages.length) this.pages = grown(this.pages, this.count * 2);
    this.pages[this.count++] = page;
  }

  /** Empties the list, with a last look at each page. */
  take(look: (page: PageIndex) => void): void {
    for (let at = 0; at < this.count; at++) look((this.pages[at] ?? 0) as PageIndex);
    this.count = 0;
  }
}
