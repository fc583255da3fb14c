/**
 * Simulated time. Invariant: it only goes forward, and only by what the cost model says, so a run is the same every time.
 */
export class VirtualClock {
  #nowNs = 0;

  /** Nanoseconds since the program started. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** Lets `ns` nanoseconds pass (a fraction is kept; a negative or unreal duration is a bug of the caller). */
  advance(ns: number): void {
    if (!(ns >= 0 && ns < Infinity)) throw new RangeError(`time cannot advance by ${String(ns)} ns`);
    this.#nowNs += ns;
  }
}
