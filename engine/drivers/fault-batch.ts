/**
 * What a driver takes from a device's fault buffer at once, and what it makes of each entry. The buffer, and the threads that wait for it,
 * are execution's (execution/fault-buffer.ts); the service is the driver's.
 *
 * Invariant: entries stand in the order in which the device wrote them. An entry may say a page that an earlier one says, too: each warp that
 * faults writes its own. Source: NVIDIA open-gpu-kernel-modules, uvm_gpu_replayable_faults.c (uvm_fault_buffer_entry_t, fetch, replay).
 */

import type { Access } from '../memory/event.js';
import type { FaultResult } from '../memory/fault.js';
import type { PageIndex } from '../memory/units.js';

export const FaultOutcome = {
  /** Not looked at: the device faults again after the replay. */
  pending: 0,
  /** The device may do this access now. */
  resolved: 1,
  /** Held back because the page thrashes: the device faults again after the replay. */
  throttled: 2,
  /** The access can never be done: the program ends. */
  fatal: 3,
} as const;
export type FaultOutcome = (typeof FaultOutcome)[keyof typeof FaultOutcome];

/** How a device that has a fault buffer and its driver work together. */
export interface FaultBufferPolicy {
  /** Entries that the driver takes at once, at most. */
  readonly batchEntries: number;
  /**
   * When waiting threads try again. block: after each 2 MiB of a batch, which count as batches of their own · batch: after each batch, what else is in the buffer stays in it · flush: after each batch, and the buffer
   * is emptied before (who still waits faults again) · once: when the buffer is empty · always: by themselves all the time (XNACK), so that who
   * has what it needs has gone on before the next batch, and nobody writes a second entry for what it still waits for.
   */
  readonly replay: 'block' | 'batch' | 'flush' | 'once' | 'always';
}

export interface FaultBatch {
  readonly count: number;
  pageAt(index: number): PageIndex;
  accessAt(index: number): Access;
  outcomeAt(index: number): FaultOutcome;
  setOutcome(index: number, outcome: FaultOutcome): void;
  /** The access can never be done, and this is why. The program ends when the batch has been serviced. */
  fail(index: number, why: FaultResult): void;
  /** Events recorded from now on are charged to the place in the program of this entry. */
  charge(index: number): void;
}

/** A batch in columns, filled by whoever has the buffer. */
export class FaultEntries implements FaultBatch {
  count = 0;
  /** Why the program ends, if an entry is fatal. */
  failure: { readonly index: number; readonly why: FaultResult } | undefined;
  readonly #pages: Int32Array;
  readonly #accesses: Uint8Array;
  readonly #outcomes: Uint8Array;
  readonly #charge: (index: number) => void;

  /** @param charge see {@link FaultBatch.charge} */
  constructor(capacity: number, charge: (index: number) => void = () => undefined) {
    this.#pages = new Int32Array(capacity);
    this.#accesses = new Uint8Array(capacity);
    this.#outcomes = new Uint8Array(capacity);
    this.#charge = charge;
  }

  clear(): void {
    this.count = 0;
    this.failure = undefined;
  }

  /** @returns its index */
  add(page: PageIndex, access: Access): number {
    const index = this.count++;
    this.#pages[index] = page;
    this.#accesses[index] = access;
    this.#outcomes[index] = FaultOutcome.pending;
    return index;
  }

  pageAt(index: number): PageIndex {
    return this.#pages[index]! as PageIndex;
  }

  accessAt(index: number): Access {
    return this.#accesses[index]! as Access;
  }

  outcomeAt(index: number): FaultOutcome {
    return this.#outcomes[index]! as FaultOutcome;
  }

  setOutcome(index: number, outcome: FaultOutcome): void {
    this.#outcomes[index] = outcome;
  }

  fail(index: number, why: FaultResult): void {
    this.#outcomes[index] = FaultOutcome.fatal;
    this.failure ??= { index, why };
  }

  charge(index: number): void {
    this.#charge(index);
  }
}
