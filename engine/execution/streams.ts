/**
 * When the work in a device's streams begins and ends in simulated time. Work is carried out when it is issued; here it gets the time that an
 * overlapped schedule gives it, and the host goes on without it until it waits.
 *
 * Work begins when the host has issued it, what its stream waits for is done (the order is that of pending-launches.ts), and the device is free:
 * kernels of a device, and copies and fills within its memory, run one after the other, in the order in which they are issued. Transfers of
 * different streams share the directions of links (machine/timeline.ts).
 * Source: CUDA C++ Programming Guide, "Asynchronous concurrent execution"; CUDA Runtime API, "Stream synchronization behavior".
 */
import type { VirtualClock } from '../machine/clock.js';
import type { AgentId } from '../memory/units.js';
import { isBlocking, LEGACY_STREAM } from './pending-launches.js';

/** Ours: a call of the runtime that looks at a flag. */
const QUERY_NS = 500;
/** A query takes this part of what is left at least, so that who polls gets there in some hundreds of rounds however long it takes. */
const QUERY_SHARE = 1 / 64;

/** When things are done, ns, of one device. */
interface DeviceTimes {
  readonly streams: Map<number, number>;
  /** All streams that wait for the legacy one. */
  blockingNs: number;
  allNs: number;
  /** What only one of them can use at a time. */
  computeNs: number;
}

export class Streams {
  private readonly devices = new Map<AgentId, DeviceTimes>();
  /** Ends of launches that the host's time has not reached yet, ascending by launch. */
  private readonly ends = new Map<number, number>();

  /** @param accountCpu lets the time of what the CPU has done so far pass */
  constructor(
    private readonly clock: VirtualClock,
    private readonly accountCpu: () => void,
  ) {}

  /** Work in a stream begins: until {@link end} time is its own. */
  begin(agent: AgentId, stream: number, computes: boolean): void {
    this.accountCpu();
    const readyNs = this.readyNs(agent, stream);
    this.clock.begin(computes ? Math.max(readyNs, this.of(agent).computeNs) : readyNs);
  }

  /** @param launch the launch that it was, 0 if it was none. @returns when it is done */
  end(agent: AgentId, stream: number, computes: boolean, launch = 0): number {
    const endNs = this.clock.end();
    this.delay(agent, stream, endNs);
    if (computes) this.of(agent).computeNs = endNs;
    if (launch !== 0 && endNs > this.clock.nowNs) this.ends.set(launch, endNs);
    return endNs;
  }

  /** The host runs something on a device and waits for it: it gets its turn first. */
  takeTurn(agent: AgentId): void {
    this.clock.waitUntil(this.of(agent).computeNs);
  }

  giveTurn(agent: AgentId): void {
    this.of(agent).computeNs = this.clock.nowNs;
  }

  /** When all that these streams were given so far is done. @param agent undefined: every device's; stream undefined: every stream's */
  doneNs(agent: AgentId | undefined, stream: number | undefined): number {
    if (agent === undefined) return Math.max(0, ...[...this.devices.values()].map(({ allNs }) => allNs));
    const { streams, blockingNs, allNs } = this.of(agent);
    if (stream === undefined) return allNs;
    if (stream === LEGACY_STREAM) return blockingNs;
    return streams.get(stream) ?? 0;
  }

  /** When what comes into a stream next may begin. */
  private readyNs(agent: AgentId, stream: number): number {
    const doneNs = this.doneNs(agent, stream);
    return isBlocking(stream) ? Math.max(doneNs, this.of(agent).streams.get(LEGACY_STREAM) ?? 0) : doneNs;
  }

  /** An event is recorded in a stream. @returns when it is reached */
  record(agent: AgentId, stream: number): number {
    this.accountCpu();
    const reachedNs = Math.max(this.clock.nowNs, this.readyNs(agent, stream));
    this.delay(agent, stream, reachedNs);
    return reachedNs;
  }

  /** Work that comes into a stream from now on begins no earlier. */
  delay(agent: AgentId, stream: number, ns: number): void {
    const times = this.of(agent);
    times.streams.set(stream, Math.max(ns, times.streams.get(stream) ?? 0));
    times.allNs = Math.max(times.allNs, ns);
    if (isBlocking(stream)) times.blockingNs = Math.max(times.blockingNs, ns);
  }

  /** The host waits. */
  wait(ns: number): void {
    this.accountCpu();
    this.clock.waitUntil(ns);
    this.forgetEnded();
  }

  /** The host waits for a launch, if that has not ended; which one is asked only if any has not. */
  waitForLaunch(which: () => number): void {
    if (this.ends.size === 0) return;
    const endNs = this.ends.get(which());
    if (endNs !== undefined) this.wait(endNs);
  }

  /** Whether a time has come; if not, some passes, so that it will. */
  poll(ns: number): boolean {
    this.accountCpu();
    const leftNs = ns - this.clock.nowNs;
    if (leftNs <= 0) return true;
    this.clock.advance(Math.max(QUERY_NS, Math.ceil(leftNs * QUERY_SHARE)));
    return false;
  }

  private forgetEnded(): void {
    for (const [launch, endNs] of this.ends) {
      // Those of another device may be behind it: they cost nothing, and go later.
      if (endNs > this.clock.nowNs) return;
      this.ends.delete(launch);
    }
  }

  private of(agent: AgentId): DeviceTimes {
    let times = this.devices.get(agent);
    if (!times) this.devices.set(agent, (times = { streams: new Map(), blockingNs: 0, allNs: 0, computeNs: 0 }));
    return times;
  }
}
