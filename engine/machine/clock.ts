/**
 * Simulated time: the host's, and that of work which a device does while the host goes on. Such work is carried out when it is issued, at times
 * of its own: {@link VirtualClock.begin} goes to the time at which it starts, {@link VirtualClock.end} back to where the host is.
 *
 * Invariant: the host's time only goes forward, work starts no earlier than it was issued, and time passes only by what the cost model says, so a
 * run is the same every time.
 */
import { Timeline } from './timeline.js';

/** One transfer over one direction of one link. */
export interface Leg {
  /** Which direction of which link: see `routeLegs` of the cost model. */
  readonly lane: number;
  readonly ns: number;
}

export class VirtualClock {
  #nowNs = 0;
  /** The latest end of anything. */
  #latestNs = 0;
  /** Where those are that issued the work under way, the host first. */
  readonly #issuedNs: number[] = [];
  readonly #lanes = new Map<number, Timeline>();

  /** Nanoseconds since the program started, where the work under way is. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** How long all that was done so far takes. */
  get latestNs(): number {
    return Math.max(this.#latestNs, this.#nowNs);
  }

  /** Lets `ns` nanoseconds pass (a fraction is kept; a negative or unreal duration is a bug of the caller). */
  advance(ns: number): void {
    if (!(ns >= 0 && ns < Infinity)) throw new RangeError(`time cannot advance by ${String(ns)} ns`);
    this.#nowNs += ns;
  }

  /** Waits until that time, if it is not past. */
  waitUntil(ns: number): void {
    if (ns > this.#nowNs) this.advance(ns - this.#nowNs);
  }

  /** What is done from here until {@link end} happens from `ns` on, or from now if that is later. */
  begin(ns: number): void {
    this.#issuedNs.push(this.#nowNs);
    this.waitUntil(ns);
  }

  /** @returns when the work that {@link begin} began is done */
  end(): number {
    const endNs = this.#nowNs;
    this.#latestNs = this.latestNs;
    this.#nowNs = this.#issuedNs.pop() ?? endNs;
    return endNs;
  }

  /** The work under way stands still for others, who run at its time: who issued it waits, so that nobody sees a time twice. */
  together<T>(others: () => T): T {
    this.#meet();
    const result = others();
    this.#meet();
    return result;
  }

  #meet(): void {
    for (let n = 0; n < this.#issuedNs.length; n++) this.#issuedNs[n] = Math.max(this.#issuedNs[n]!, this.#nowNs);
  }

  /** Sends something over links, one after the other, from now on. @returns how long that takes, with the time until each is free */
  transfer(legs: readonly Leg[]): number {
    let durationNs = 0;
    for (const { lane, ns } of legs) {
      let timeline = this.#lanes.get(lane);
      if (!timeline) this.#lanes.set(lane, (timeline = new Timeline()));
      // The host's time is the earliest at which anything can happen.
      timeline.forget(this.#issuedNs[0] ?? this.#nowNs);
      durationNs += Math.round(timeline.occupy(this.#nowNs + durationNs, ns)) + ns;
    }
    return durationNs;
  }
}
