/**
 * A warp whose code has run ahead of simulated time, and the pages that it touched without the device having them: what it will fault on, in
 * steps. All of a step goes out together, and the next step only when the device has all of this one.
 *
 * Invariant: touches are in order of phase and step. A step belongs to one phase, which is the time between two waits for other threads.
 */
import type { Access } from '../../memory/event.js';
import type { PageIndex } from '../../memory/units.js';

/** A touch of a page that the device did not have. */
export interface Touch {
  readonly page: PageIndex;
  readonly access: Access;
  readonly address: number;
  readonly codeOffset: number;
  /** Index in the grid. */
  readonly block: number;
  /** Index in the block. */
  readonly thread: number;
  /** Goes up with every barrier of the block and every exchange of the warp before it. */
  readonly phase: number;
  /** Steps of its lane before it, in that phase. */
  readonly step: number;
}

export class Warp {
  /** What it waits for: touches of the step at hand that the device does not have yet. */
  waitingFor: readonly Touch[] = [];
  /** Its block's code has run: there will be no more touches. */
  ended = false;
  #touches: Touch[] = [];
  #next = 0;

  constructor(readonly block: ResidentBlock) {}

  /** Adds a touch in its place. Those of a thread come in order, threads one after the other. */
  add(touch: Touch): void {
    let at = this.#touches.length;
    while (at > this.#next && isBefore(touch, this.#touches[at - 1]!)) at--;
    if (at === this.#touches.length) this.#touches.push(touch);
    else this.#touches.splice(at, 0, touch);
  }

  /** Phase of what it waits for, or of its next step; Infinity if there is neither. */
  get phase(): number {
    return this.waitingFor[0]?.phase ?? this.#touches[this.#next]?.phase ?? Infinity;
  }

  /** Whether its next step is one of those up to this one of the phase. */
  hasStepUpTo(phase: number, step: number): boolean {
    const next = this.#touches[this.#next];
    return next !== undefined && (next.phase < phase || (next.phase === phase && next.step <= step));
  }

  /** Begins to wait for the touches of the next step. */
  takeStep(): void {
    const from = this.#next;
    const first = this.#touches[from];
    if (first === undefined) return;
    while (this.#touches[this.#next]?.phase === first.phase && this.#touches[this.#next]?.step === first.step)
      this.#next++;
    this.waitingFor = this.#touches.slice(from, this.#next);
    if (this.#next < this.#touches.length) return;
    this.#touches = [];
    this.#next = 0;
  }

  get hasTouches(): boolean {
    return this.waitingFor.length > 0 || this.#touches.length > 0;
  }
}

function isBefore(a: Touch, b: Touch): boolean {
  return a.phase < b.phase || (a.phase === b.phase && a.step < b.step);
}

/** A block that has its place on a multiprocessor until all its warps have got what they touch. */
export interface ResidentBlock {
  readonly multiprocessor: number;
  /** By index; those that have touched nothing are absent. */
  readonly warps: (Warp | undefined)[];
  /** Barriers that its warps may have passed. */
  barriers: number;
  unfinished: number;
  /** Warps that wait for the others at a barrier. */
  readonly parked: Warp[];
}
