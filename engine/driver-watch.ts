/**
 * Looks from the engine's thread whether a call into a user's driver ends: the thread of the program cannot say so itself while it is in it.
 * This is the one place where real time decides; it decides only that a run has failed.
 */
import { DRIVER_CALLS, type DriverCall } from './drivers/user/guarded-driver.js';
import { WATCH_CELLS } from './driver-source.js';

/** The longest that one call may take, in real time. */
export const MOST_CALL_MS = 5000;

export class DriverWatch {
  readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(WATCH_CELLS * Int32Array.BYTES_PER_ELEMENT);
  readonly #cells = new Int32Array(this.buffer);
  #count = 0;
  #sinceMs = 0;

  /** A person looks at the program: time does not count. */
  goesOn(nowMs: number): void {
    this.#sinceMs = nowMs;
  }

  /** The call that has been under way for too long. */
  stuck(nowMs: number): DriverCall | undefined {
    const count = Atomics.load(this.#cells, 0);
    if (count !== this.#count) {
      this.#count = count;
      this.#sinceMs = nowMs;
    }
    if (count % 2 === 0 || nowMs - this.#sinceMs < MOST_CALL_MS) return undefined;
    return DRIVER_CALLS[this.#cells[1] ?? 0];
  }
}
