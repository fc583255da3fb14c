/**
 * What a page kept the last time it was open, until it can be shown again: a program that is run again takes a while until it has
 * as much to show. A person who does something else first is not overruled.
 */
import * as v from 'valibot';
import type { Host } from './host.js';

const ACTS = ['pointerdown', 'keydown', 'wheel'] as const;

export class Kept<Schema extends v.GenericSchema> {
  #state: v.InferOutput<Schema> | null;
  readonly #show: (state: v.InferOutput<Schema>) => boolean;

  /** @param show returns false as long as there is not enough to show it */
  constructor(host: Host, schema: Schema, show: (state: v.InferOutput<Schema>) => boolean) {
    const parsed = v.safeParse(schema, host.kept);
    this.#state = parsed.success ? parsed.output : null;
    this.#show = show;
    for (const act of ACTS)
      window.addEventListener(act, () => this.drop(), { capture: true, passive: true, once: true });
  }

  /** Null if there is nothing, or nothing any more. As long as it is there, nothing else should be kept. */
  get state(): v.InferOutput<Schema> | null {
    return this.#state;
  }

  drop(): void {
    this.#state = null;
  }

  /** There is more to show than before. */
  tryToShow(): void {
    if (this.#state !== null && this.#show(this.#state)) this.#state = null;
  }
}
