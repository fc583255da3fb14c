/**
 * Finds threads of a block that race for shared memory: one reads a byte that another one writes, both in between the same two barriers. On a
 * GPU either may come first; here threads run one after the other, so the program computes something, and perhaps not what it does there.
 * Code of before Volta that counts on lanes in lockstep, without `volatile` and without `__syncwarp`, is found in this way, too.
 *
 * To look at each access would slow down every tiled kernel; what one block does, all do. So the first block of each kernel's first launch is
 * looked at, up to a number of accesses: meanwhile the launch table does not allow the pages of shared memory, and the runtime's C brings
 * each access of them here (`watched` in faultline.c).
 *
 * What is not told: two that write, for they may write the same; atomic operations; threads that order themselves by what they read, as at
 * volatile flags and `cuda::barrier`. An access that LLVM made out of a branch may be told of although the source does not make it.
 * Source: NVIDIA Compute Sanitizer, racecheck tool (hazards of shared memory, read after write and write after read).
 */
import { Access, Cause, EventKind, type MemoryEvent } from '../memory/event.js';
import { NO_NODE, PAGE_SHIFT, type AgentId } from '../memory/units.js';
import type { GridCode } from './grid/concurrent-grid.js';
import { PHASES_A_BARRIER } from './block-threads.js';
import { pageAt, type Range } from './layout.js';

/** Of one kernel. */
const MOST_ACCESSES = 1 << 18;
const MOST_HAZARDS = 8;

const ATOMIC = 4;
const WRITE = 2;

/** A race of two threads: what came later here, and what came before it. */
export interface SharedHazard {
  /** Index of the kernel. */
  readonly kernel: number;
  readonly address: number;
  readonly isWrite: boolean;
  /** Code offsets of the access and of the other thread's. */
  readonly site: number;
  readonly other: number;
  /** Both are lanes of one warp. */
  readonly sameWarp: boolean;
}

/** A kernel whose first block is looked at. */
export interface WatchedKernel {
  readonly index: number;
  readonly code: GridCode;
  /** Threads of a warp. */
  readonly warpLanes: number;
  /** Its warps wait for each other by what they read. */
  readonly looks: boolean;
}

/** The last access of each byte: who, where in the code, and what he had waited for. */
class LastAccesses {
  /** Number of the thread, from 1; 0: nobody. */
  readonly thread: Uint16Array;
  readonly phase: Uint32Array;
  readonly site: Uint32Array;

  constructor(bytes: number) {
    this.thread = new Uint16Array(bytes);
    this.phase = new Uint32Array(bytes);
    this.site = new Uint32Array(bytes);
  }

  set(at: number, thread: number, phase: number, site: number): void {
    this.thread[at] = thread + 1;
    this.phase[at] = phase;
    this.site[at] = site;
  }
}

export function hazardEvent({ address, isWrite }: SharedHazard, agent: AgentId, launch: number): MemoryEvent {
  return {
    kind: EventKind.race,
    agent,
    source: NO_NODE,
    target: NO_NODE,
    firstPage: pageAt(address),
    pageCount: 1,
    access: isWrite ? Access.write : Access.read,
    cause: Cause.none,
    durationNs: 0,
    extra: launch,
  };
}

interface Watch extends WatchedKernel {
  /** The first that has come to its shared memory. */
  block: number | undefined;
  readonly told: Set<string>;
  accesses: number;
}

export class SharedHazards {
  private readonly known = new Set<number>();
  private watch: Watch | undefined;
  private writes: LastAccesses | undefined;
  /** The last two threads that read a byte: the one that writes it next may be the last. */
  private reads: readonly LastAccesses[] = [];

  /**
   * @param watched the runtime's struct watched: start and bytes of what it brings here
   * @param launch the permission table of launched kernels
   */
  constructor(
    private readonly watched: Uint32Array,
    private readonly launch: Uint8Array,
    private readonly shared: Range,
  ) {}

  /** A kernel begins. */
  begin(kernel: WatchedKernel): void {
    const { start, end } = this.shared;
    if (this.known.has(kernel.index)) return;
    this.known.add(kernel.index);
    const bytes = end - start;
    this.writes ??= new LastAccesses(bytes);
    if (this.reads.length === 0) this.reads = [new LastAccesses(bytes), new LastAccesses(bytes)];
    for (const accesses of [this.writes, ...this.reads]) accesses.thread.fill(0);
    this.watch = { ...kernel, block: undefined, told: new Set(), accesses: 0 };
    this.watched.set([start, bytes]);
    // What an earlier launch touched is allowed still.
    this.launch.fill(0, start >>> PAGE_SHIFT, ((end - 1) >>> PAGE_SHIFT) + 1);
  }

  /** It ends, or has been looked at for long enough: the runtime allows the pages as it does others. */
  end(): void {
    this.watch = undefined;
    this.watched.fill(0);
  }

  /** An access of the kernel that runs. @param flags bytes << 8 | atomic << 2 | need @returns a race that has not been told of */
  access(address: number, flags: number, site: number): SharedHazard | undefined {
    const { watch, writes } = this;
    if (!watch || !writes) return undefined;
    watch.block ??= watch.code.block();
    if (++watch.accesses > MOST_ACCESSES || watch.code.block() !== watch.block) {
      this.end();
      return undefined;
    }
    if ((flags & ATOMIC) !== 0) return undefined;
    const isWrite = (flags & WRITE) !== 0;
    const thread = watch.code.thread();
    const phase = watch.code.phase() >>> 0;
    const from = address - this.shared.start;
    const to = Math.min(from + (flags >>> 8), writes.thread.length);
    let hazard: SharedHazard | undefined;
    for (let at = from; at < to; at++) {
      const other = (isWrite ? this.reads : [writes]).find((last) => isUnordered(watch, last, at, thread, phase));
      if (other) hazard ??= this.told(watch, other, at, { address, isWrite, site, thread });
      if (isWrite) writes.set(at, thread, phase, site);
      else this.read(at, thread, phase, site);
    }
    return hazard;
  }

  private read(at: number, thread: number, phase: number, site: number): void {
    const [last, before] = this.reads;
    if (!last || !before) return;
    if (last.thread[at] !== thread + 1) {
      before.thread[at] = last.thread[at] ?? 0;
      before.phase[at] = last.phase[at] ?? 0;
      before.site[at] = last.site[at] ?? 0;
    }
    last.set(at, thread, phase, site);
  }

  private told(
    watch: Watch,
    last: LastAccesses,
    at: number,
    { address, isWrite, site, thread }: { address: number; isWrite: boolean; site: number; thread: number },
  ): SharedHazard | undefined {
    if (watch.code.ordersByWords()) {
      this.end();
      return undefined;
    }
    const other = last.site[at] ?? 0;
    const sameWarp = inOneWarp(watch, thread, (last.thread[at] ?? 0) - 1);
    const key = `${String(site)} ${String(other)} ${String(sameWarp)}`;
    if (watch.told.has(key)) return undefined;
    watch.told.add(key);
    if (watch.told.size >= MOST_HAZARDS) this.end();
    return { kernel: watch.index, address, isWrite, site, other, sameWarp };
  }
}

function inOneWarp({ warpLanes }: Watch, thread: number, other: number): boolean {
  return Math.floor(thread / warpLanes) === Math.floor(other / warpLanes);
}

/** Whether another thread's access and this one's may come in either order. */
function isUnordered(watch: Watch, last: LastAccesses, at: number, thread: number, phase: number): boolean {
  const other = (last.thread[at] ?? 0) - 1;
  if (other < 0 || other === thread) return false;
  const before = last.phase[at] ?? 0;
  if (Math.floor(before / PHASES_A_BARRIER) !== Math.floor(phase / PHASES_A_BARRIER)) return false;
  return inOneWarp(watch, thread, other) ? before === phase : !watch.looks;
}
