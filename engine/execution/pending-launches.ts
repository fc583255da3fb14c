/**
 * Kernels that the host has launched and not yet waited for. A kernel runs to its end when it is launched here; on a real device it runs
 * some time between its launch and the call that waits for it, and this says which calls wait for which kernels.
 *
 * Order is that of CUDA's legacy default stream: work in stream 0 waits for all earlier work in the device's other streams, and these wait
 * for earlier work in stream 0; streams made with cudaStreamNonBlocking stand apart. Work of one stream runs in order.
 * Source: CUDA Runtime API, "Stream synchronization behavior" and "API synchronization behavior".
 */
import type { AgentId } from '../memory/units.js';

/** Stream 0 of each device. */
const LEGACY_STREAM = 0;
/** Bit of a stream's handle: it does not wait for the legacy stream, nor the other way round. The runtime's C gives handles. */
const NON_BLOCKING = 1;

/** Which work is waited for. */
export interface Synchronization {
  /** Undefined: every device's. */
  readonly agent: AgentId | undefined;
  /** A stream's handle; undefined: every stream's. */
  readonly stream: number | undefined;
  /** Launches up to this one. */
  readonly until: number;
}

/** Launches in a row in one stream. */
interface Run {
  readonly agent: AgentId;
  readonly stream: number;
  first: number;
  last: number;
}

export class PendingLaunches {
  /** Ascending. */
  private runs: Run[] = [];

  isEmpty(): boolean {
    return this.runs.length === 0;
  }

  /** @param launch greater than all before */
  add(launch: number, agent: AgentId, stream: number): void {
    const newest = this.runs.at(-1);
    // What was launched elsewhere in between may be done.
    if (newest?.last === launch - 1 && newest.agent === agent && newest.stream === stream) newest.last = launch;
    else this.runs.push({ agent, stream, first: launch, last: launch });
  }

  has(launch: number): boolean {
    let low = 0;
    let high = this.runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.runs[middle]?.last ?? 0) < launch) low = middle + 1;
      else high = middle;
    }
    return (this.runs[low]?.first ?? Infinity) <= launch;
  }

  /** The host has waited. @returns whether anything was pending that is no longer */
  complete({ agent, stream, until }: Synchronization): boolean {
    const [only] = this.runs;
    if (this.runs.length === 1 && only !== undefined && this.untilOf(only, { agent, stream, until }) >= only.last) {
      this.runs.length = 0;
      return true;
    }
    const left: Run[] = [];
    let completed = false;
    // From the newest to the oldest: what is complete says what was complete before it, by device.
    const legacyUntil = new Map<AgentId, number>();
    const blockingUntil = new Map<AgentId, number>();
    for (const run of this.runs.toReversed()) {
      const done = Math.min(run.last, Math.max(this.untilOf(run, { agent, stream, until }), impliedUntil(run)));
      if (done >= run.first) {
        completed = true;
        const implies = run.stream === LEGACY_STREAM ? blockingUntil : legacyUntil;
        if ((run.stream & NON_BLOCKING) === 0) implies.set(run.agent, Math.max(implies.get(run.agent) ?? 0, done));
      }
      if (done < run.last) left.push({ ...run, first: Math.max(run.first, done + 1) });
    }
    this.runs = left.reverse();
    return completed;

    function impliedUntil(run: Run): number {
      if ((run.stream & NON_BLOCKING) !== 0) return 0;
      return (run.stream === LEGACY_STREAM ? legacyUntil : blockingUntil).get(run.agent) ?? 0;
    }
  }

  /** The last launch of a run's stream that the call itself waits for. */
  private untilOf(run: Run, { agent, stream, until }: Synchronization): number {
    if (agent !== undefined && run.agent !== agent) return 0;
    const blocking = (run.stream & NON_BLOCKING) === 0;
    return stream === undefined || stream === run.stream || (stream === LEGACY_STREAM && blocking) ? until : 0;
  }
}
