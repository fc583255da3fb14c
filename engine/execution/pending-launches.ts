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
export const LEGACY_STREAM = 0;
/** Bit of a stream's handle: it does not wait for the legacy stream, nor the other way round. The runtime's C gives handles. */
const NON_BLOCKING = 1;

/** Whether a stream waits for the legacy one, and that for it. */
export function isBlocking(stream: number): boolean {
  return (stream & NON_BLOCKING) === 0;
}

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

/** What a stream is given later waits for work of another. */
interface Join {
  readonly agent: AgentId;
  readonly stream: number;
  /** The last launch before it. */
  readonly after: number;
  readonly awaited: Synchronization;
}

export class PendingLaunches {
  /** Ascending. */
  private runs: Run[] = [];
  private joins: Join[] = [];

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

  /** The latest launch of these devices, in a stream or in any, up to `until`; 0 if none is pending. */
  latest(agents: ReadonlySet<AgentId>, stream: number | undefined, until: number): number {
    const found = this.runs.findLast(
      (run) => agents.has(run.agent) && (stream === undefined || run.stream === stream) && run.first <= until,
    );
    return found === undefined ? 0 : Math.min(found.last, until);
  }

  /** cudaStreamWaitEvent: who waits for what a stream is given after launch `after` has waited for `awaited`, too. */
  join(agent: AgentId, stream: number, after: number, awaited: Synchronization): void {
    if (!this.isEmpty()) this.joins.push({ agent, stream, after, awaited });
  }

  /** The host has waited. @returns whether anything was pending that is no longer */
  complete(waited: Synchronization): boolean {
    let completed = this.completeRuns(waited);
    for (const implied of this.implied(waited)) if (this.completeRuns(implied)) completed = true;
    if (this.isEmpty()) this.joins.length = 0;
    return completed;
  }

  /** What joins say has been waited for, too, once for each stream; they go. What a join awaits was issued before it: one way back is enough. */
  private implied(waited: Synchronization): Iterable<Synchronization> {
    const reached = new Map<string, Synchronization>();
    const left: Join[] = [];
    for (const join of this.joins.toReversed()) {
      const { agent, stream, after, awaited } = join;
      const covers = (wait: Synchronization | undefined): boolean =>
        wait !== undefined &&
        (wait.agent ?? agent) === agent &&
        (wait.stream ?? stream) === stream &&
        wait.until >= after;
      if (!covers(waited) && !covers(reached.get(`${String(agent)} ${String(stream)}`))) {
        left.push(join);
        continue;
      }
      const key = `${String(awaited.agent)} ${String(awaited.stream)}`;
      if ((reached.get(key)?.until ?? -1) < awaited.until) reached.set(key, awaited);
    }
    this.joins = left.reverse();
    return reached.values();
  }

  private completeRuns({ agent, stream, until }: Synchronization): boolean {
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
        if (isBlocking(run.stream)) implies.set(run.agent, Math.max(implies.get(run.agent) ?? 0, done));
      }
      if (done < run.last) left.push({ ...run, first: Math.max(run.first, done + 1) });
    }
    this.runs = left.reverse();
    return completed;

    function impliedUntil(run: Run): number {
      if (!isBlocking(run.stream)) return 0;
      return (run.stream === LEGACY_STREAM ? legacyUntil : blockingUntil).get(run.agent) ?? 0;
    }
  }

  /** The last launch of a run's stream that the call itself waits for. */
  private untilOf(run: Run, { agent, stream, until }: Synchronization): number {
    if (agent !== undefined && run.agent !== agent) return 0;
    return stream === undefined || stream === run.stream || (stream === LEGACY_STREAM && isBlocking(run.stream))
      ? until
      : 0;
  }
}
