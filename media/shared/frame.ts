/**
 * When to draw: once in an animation frame, if something changed, and never while the page is hidden.
 *
 * Invariant: what was invalid when the page was hidden is drawn when it is shown again. An acknowledgement follows the drawing
 * of what it acknowledges, so that a host that waits for it cannot outrun the page.
 */
import type { Host } from './host.js';

export class Frame {
  readonly #draw: () => void;
  #dirty = false;
  #scheduled = 0;
  #hidden = false;
  #after: (() => void)[] = [];
  /** Frames drawn: for measurements and tests. */
  drawn = 0;

  constructor(draw: () => void) {
    this.#draw = draw;
    document.addEventListener('visibilitychange', () => this.#schedule());
  }

  get hidden(): boolean {
    return this.#hidden || document.hidden;
  }

  /** The host says so for a page that the browser believes to be visible. */
  set hidden(hidden: boolean) {
    this.#hidden = hidden;
    if (hidden) cancelAnimationFrame(this.#scheduled);
    this.#scheduled = 0;
    this.#schedule();
  }

  invalidate(): void {
    this.#dirty = true;
    this.#schedule();
  }

  /** Calls once after the next drawing; at once while hidden, when there will be none. */
  after(then: () => void): void {
    if (this.hidden) return then();
    this.#after.push(then);
    this.invalidate();
  }

  #schedule(): void {
    if (!this.#dirty || this.#scheduled !== 0 || this.hidden) return;
    this.#scheduled = requestAnimationFrame(() => {
      this.#scheduled = 0;
      this.#dirty = false;
      this.drawn += 1;
      this.#draw();
      const after = this.#after;
      this.#after = [];
      for (const then of after) then();
    });
  }
}

/** Wires a page's frame to what its host says about visibility. */
export function followVisibility(host: Host, frame: Frame): void {
  host.on('visibility', ({ visible }) => (frame.hidden = !visible));
}

export function acknowledge(host: Host, frame: Frame, seq: number): void {
  frame.after(() => host.send({ type: 'ack', seq }));
}
