/**
 * The rows that the list has, in blocks, and asks for.
 * Invariant: each block is asked for once; a block of an older generation is never shown; few are kept.
 */
import type { Rows } from '../messages.js';
import type { Host } from '../shared/host.js';

const BLOCK = 200;
const MOST = 40;

/** One row of a block. */
export interface Row {
  readonly rows: Rows;
  readonly at: number;
}

export class RowCache {
  readonly #host: Host;
  readonly #arrived: () => void;
  /** By number of the block, in the order of use. */
  readonly #blocks = new Map<number, Rows>();
  readonly #asked = new Map<number, number>();
  #generation = 0;
  #total = 0;

  constructor(host: Host, arrived: () => void) {
    this.#host = host;
    this.#arrived = arrived;
  }

  /** @param grown rows below the old total are as they were */
  reset(generation: number, total: number, grown: boolean): void {
    for (const request of this.#asked.values()) this.#host.forget(request);
    this.#asked.clear();
    if (grown) this.#blocks.delete(Math.floor(this.#total / BLOCK));
    else this.#blocks.clear();
    this.#generation = generation;
    this.#total = total;
  }

  /** Null as long as it is not there. */
  row(index: number): Row | null {
    const number = Math.floor(index / BLOCK);
    const rows = this.#blocks.get(number);
    if (rows === undefined) return null;
    const at = index - rows.from;
    return at < rows.numbers.length ? { rows, at } : null;
  }

  /** Asks for what is missing of a part of the list. */
  want(from: number, to: number): void {
    const last = Math.floor(Math.min(to, this.#total - 1) / BLOCK);
    for (let number = Math.floor(Math.max(0, from) / BLOCK); number <= last; number++) {
      const rows = this.#blocks.get(number);
      if (rows !== undefined) {
        this.#blocks.delete(number);
        this.#blocks.set(number, rows);
      } else if (!this.#asked.has(number)) this.#ask(number);
    }
  }

  #ask(number: number): void {
    const generation = this.#generation;
    const question = { type: 'rows', generation, from: number * BLOCK, count: BLOCK } as const;
    const request = this.#host.ask(question, (rows) => {
      if (generation !== this.#generation || rows.generation !== generation) return;
      this.#asked.delete(number);
      this.#blocks.set(number, rows);
      for (const old of this.#blocks.keys()) {
        if (this.#blocks.size <= MOST) break;
        this.#blocks.delete(old);
      }
      this.#arrived();
    });
    this.#asked.set(number, request);
  }
}
