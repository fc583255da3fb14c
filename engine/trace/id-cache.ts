/**
 * What is known about the ids in a column (code offsets, allocations, launches): looking names up and comparing them
 * takes longer than everything else in a condition, and thousands of events share an id.
 *
 * Invariant: of fixed size, so that a program with millions of launches costs no memory; an id that has lost its slot to
 * another is found again. Forgets everything when the scope, or its revision, is another.
 */
import type { ConditionScope } from './condition-scope.js';

const SLOT_BITS = 12;
const SLOTS = 1 << SLOT_BITS;
const UNKNOWN = -1;
/** 2^32 divided by the golden ratio (Knuth, TAOCP 3, 6.4): neighbouring ids go to distant slots. */
const MULTIPLIER = 0x9e37_79b1;

export class IdCache {
  readonly #ids = new Uint32Array(SLOTS);
  readonly #values = new Int32Array(SLOTS).fill(UNKNOWN);
  #scope: ConditionScope | null = null;
  #revision = 0;

  /** @param find a whole number from 0 on for an id; must not throw */
  constructor(private readonly find: (id: number, scope: ConditionScope) => number) {}

  get(id: number, scope: ConditionScope): number {
    if (scope !== this.#scope || scope.revision !== this.#revision) {
      this.#values.fill(UNKNOWN);
      this.#scope = scope;
      this.#revision = scope.revision;
    }
    const slot = Math.imul(id, MULTIPLIER) >>> (32 - SLOT_BITS);
    const known = this.#values[slot]!;
    if (known !== UNKNOWN && this.#ids[slot] === id) return known;
    const value = this.find(id, scope);
    this.#ids[slot] = id;
    this.#values[slot] = value;
    return value;
  }
}
