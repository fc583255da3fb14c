/**
 * When one thing that can do one piece of work at a time (one direction of a link) is busy. Work takes the idle time that it finds from a moment
 * on, around what was given before, as packets of several transfers share a link: no byte waits while the link is idle, and none is carried twice.
 *
 * Invariant: the busy times are disjoint and ascending, none touches the next, and their sum is the sum of all work given, less what was forgotten.
 */
export class Timeline {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Does work of `ns`, not before `fromNs`. @returns for how long it stands still because of other work */
  occupy(fromNs: number, ns: number): number {
    if (ns <= 0) return 0;
    const starts = this.#starts;
    const ends = this.#ends;
    const last = ends.length - 1;
    if (last < 0 || ends[last]! < fromNs) {
      starts.push(fromNs);
      ends.push(fromNs + ns);
      return 0;
    }
    if (ends[last] === fromNs) {
      ends[last] = fromNs + ns;
      return 0;
    }
    const first = this.#firstEndingFrom(fromNs);
    let next = first;
    let at = fromNs;
    let left = ns;
    let waitedNs = 0;
    while (next < starts.length && left > 0) {
      const idleNs = Math.max(0, starts[next]! - at);
      if (idleNs > left) break;
      at = ends[next]!;
      left -= idleNs;
      if (left > 0) waitedNs += at - Math.max(fromNs, starts[next]!);
      next++;
    }
    // All that was met on the way is one with the work now.
    const startNs = Math.min(fromNs, starts[first] ?? fromNs);
    const endNs = at + left;
    if (next === first + 1) [starts[first], ends[first]] = [startNs, endNs];
    else {
      starts.splice(first, next - first, startNs);
      ends.splice(first, next - first, endNs);
    }
    return waitedNs;
  }

  /** Nothing will be asked of the time before `ns` any more. */
  forget(ns: number): void {
    // A few old ones cost less than to remove each of them.
    if (this.#ends.length < MOST_KEPT) return;
    const past = this.#firstEndingFrom(ns);
    if (past === 0) return;
    this.#starts.splice(0, past);
    this.#ends.splice(0, past);
  }

  #firstEndingFrom(ns: number): number {
    const ends = this.#ends;
    // Work mostly comes last.
    if (ends.length === 0 || ends[ends.length - 1]! < ns) return ends.length;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! < ns) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const MOST_KEPT = 64;
