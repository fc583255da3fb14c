/**
 * The host's threads: one runs at a time, in this thread of the engine, and gives up the processor where it waits, where it yields, and
 * after a number of loop rounds in the user's code. Who runs next is decided by a fixed order, so a run is the same every time, and
 * two threads are never inside the engine at once: nothing here or behind it needs a lock.
 *
 * The module was rewritten by Binaryen's Asyncify (see block-scheduler.ts): a thread that waits is unwound into a buffer, which is then
 * kept here, and rewound when its turn comes. All threads unwind into one buffer and write their call records to one place; what is
 * there of a thread that does not run is kept with it. A page fault cannot be unwound: {@link HostThreads.blockUntil} runs the others
 * on top of the faulting thread until what it waits for has come.
 */
import { CPU, type AgentId } from '../memory/units.js';
import type { Instance } from './instance.js';
import { CALL_STACK_BASE, SUSPENDED, SUSPENDED_END } from './layout.js';
import type { LinearMemory } from './linear-memory.js';
import type { RuntimeImport } from './runtime-import.js';
import { ProgramExit, type WaitingThread } from './signals.js';
import { Xoshiro128 } from './wasi/random.js';

/** As many as Linux would let a small machine have, and as a person can look at. */
const MOST_HOST_THREADS = 4096;
export const MAIN_THREAD = 1;
/** Loop rounds until others may run. */
const SLICE_ROUNDS = 20_000;
/** What these rounds take if somebody waits for a time to come, and what a call that yields does. */
const SLICE_NS = SLICE_ROUNDS;
const YIELD_NS = 500;
const HEADER_BYTES = 8;
/** The seed of runs that ask for none: threads take turns in the order in which they were made. */
const TAKING_TURNS = 1;

/** Values of asyncify_get_state. */
const AsyncifyState = { normal: 0, unwinding: 1, rewinding: 2 } as const;

/** Why a thread waits, for a sentence: "for the mutex held by thread 2". */
export interface WaitReason {
  readonly what: string;
  /** Number of the thread that has to act, 0 if that may be any. */
  readonly owner?: () => number;
}

export interface Wait {
  readonly reason: WaitReason;
  ready(): boolean;
  /** Simulated time at which it is given up. */
  readonly untilNs?: number | undefined;
  /** Others go first even if it is ready. */
  readonly yields?: boolean;
  /** Called when the thread's frames are kept, and before anybody else runs. */
  readonly suspended?: (thread: HostThread) => void;
}

export type WaitOutcome = 'ready' | 'timeout';

/** A call of the program's that may wait: it gives what it waits for, is told how that came out, and returns the call's value. */
export type SuspendableCall = Generator<Wait, number, WaitOutcome>;

/** The part of the running program that threads need. */
export interface ThreadHost {
  readonly instance: Instance;
  readonly linear: LinearMemory;
  readonly agent: AgentId;
  nowNs(): number;
  advance(ns: number): void;
  /** Code offsets of the calls on the thread's stack, innermost first. */
  callers(): number[];
  /** A thread is about to run: what is recorded from now on is its doing. */
  runs(threadId: number): void;
  /** Whether the thread that runs can be unwound: not below code of a library that calls back. */
  unwinds(): boolean;
  /** Forgets for a while where the program is; the result puts it back. */
  leavePlace(): () => void;
  stop(message: string, waits?: readonly WaitingThread[]): never;
  /** Whether there are other processes, which want the processor, too. */
  isShared(): boolean;
  /** Runs other processes in the middle of this one's work. True if any of them did anything. */
  runOthers(): boolean;
}

export class HostThread {
  name: string;
  done = false;
  result = 0;
  detached = false;
  joined = false;
  /** Set by the thread's own end, which unwinds it for good. */
  exiting = false;
  started = false;
  /** Its frames are on the engine's own stack, below those of whoever runs: it waits in a page fault. */
  nested = false;
  wait: (Wait & { readonly sinceNs: number; readonly offsets: readonly number[] }) | undefined;
  call: SuspendableCall | undefined;
  suspended: Wait['suspended'];
  outcome: WaitOutcome = 'ready';
  stackPointer: number;
  callStackEnd = CALL_STACK_BASE;
  /** Of the shadow call stack and of suspended frames, while it does not run. */
  records = new Uint8Array();
  frames = new Uint8Array();
  error = 0;

  constructor(
    readonly id: number,
    readonly enter: (instance: Instance) => unknown,
    stackTop: number,
    readonly tlsBase: number,
    readonly release: () => void,
  ) {
    this.name = id === MAIN_THREAD ? 'main' : `thread ${String(id)}`;
    this.stackPointer = stackTop;
  }
}

export class HostThreads {
  /** The thread that runs. Set by {@link run} before anything of the program's does. */
  current: HostThread;
  /** Counts turns, so that a moment between two of them has a name of its own. */
  switches = 0;
  /** How often a thread has run. */
  turns = 0;
  /** Where the C library's errno lies: one word for all. */
  errnoAddress = 0;
  private readonly live: HostThread[] = [];
  private readonly byId = new Map<number, HostThread>();
  private nextId = MAIN_THREAD + 1;
  private readonly random: Xoshiro128 | undefined;
  private suspends = false;
  private main: HostThread;

  constructor(
    private readonly host: ThreadHost,
    seed: number,
  ) {
    this.current = this.main = new HostThread(MAIN_THREAD, nothing, 0, 0, nothing);
    this.random = seed === TAKING_TURNS ? undefined : Xoshiro128.fromSeed(seed);
  }

  /** Those that have not ended, in the order in which they were made. */
  get threads(): readonly HostThread[] {
    return this.live;
  }

  thread(id: number): HostThread | undefined {
    return this.byId.get(id);
  }

  /** Takes a thread into the schedule. Undefined if there are too many. */
  add(make: (id: number) => HostThread | undefined): HostThread | undefined {
    if (this.live.length >= MOST_HOST_THREADS) return undefined;
    const thread = make(this.nextId);
    if (!thread) return undefined;
    this.nextId++;
    this.live.push(thread);
    this.byId.set(thread.id, thread);
    return thread;
  }

  forget(thread: HostThread): void {
    this.byId.delete(thread.id);
  }

  /** Main is about to run, or goes on where the parent forked. */
  begin(main: HostThread): void {
    this.current = this.main = main;
    this.live.push(main);
    this.byId.set(main.id, main);
    this.nextId = Math.max(this.nextId, main.id + 1);
    this.suspends = this.host.instance.has('asyncify_get_state');
  }

  /** Runs threads until main returns or the last one ends, nobody can go on, or others should have their turn. */
  advance(mostTurns: number): 'ended' | 'blocked' | 'running' {
    if (!this.suspends) {
      this.load(this.main);
      this.main.enter(this.host.instance);
      return 'ended';
    }
    for (let turn = 0; turn < mostTurns; turn++) {
      if (this.isOver()) return 'ended';
      const next = this.pick();
      if (!next) return 'blocked';
      this.resume(next);
    }
    return this.isOver() ? 'ended' : 'running';
  }

  /** When the first of those that wait gives up. Undefined: none of them does. */
  get nextTimeNs(): number | undefined {
    const now = this.host.nowNs();
    // One whose time has come and that does not run is buried below others.
    const times = this.live.flatMap(({ wait }) => wait?.untilNs ?? []).filter((time) => time > now);
    return times.length === 0 ? undefined : times.reduce((least, time) => Math.min(least, time));
  }

  /** Ends the thread that runs. */
  exit(result: number): void {
    this.current.result = result;
    this.current.exiting = true;
    if (!this.suspends) throw new ProgramExit(0);
    this.unwind();
  }

  /** An import that may wait. In a program that makes no threads it waits on the engine's own stack. */
  suspending(make: (...values: number[]) => SuspendableCall): RuntimeImport {
    return (...values) => {
      const thread = this.current;
      if (this.suspends && this.host.instance.call('asyncify_get_state') === AsyncifyState.rewinding) {
        this.host.instance.call('asyncify_stop_rewind');
        const { call, outcome } = thread;
        return call ? this.drive(thread, call, outcome) : 0;
      }
      return this.drive(thread, make(...values));
    };
  }

  /** In a loop of the user's: gives the processor away if somebody else can use it. */
  *preempt(): SuspendableCall {
    this.host.instance.budget = SLICE_ROUNDS;
    this.spend(SLICE_NS);
    if (this.host.agent !== CPU) return 0;
    if (this.host.isShared() || this.live.some((other) => other !== this.current && this.canRun(other))) yield YIELD;
    return 0;
  }

  *yieldNow(): SuspendableCall {
    this.spend(YIELD_NS);
    yield YIELD;
    return 0;
  }

  /**
   * Waits where a thread's frames cannot be unwound: in the middle of an access. Others run meanwhile, on top of it.
   * 'deadlock': nobody can run, and no time will change that.
   */
  blockUntil(ready: () => boolean, reason: WaitReason, untilNs?: number): WaitOutcome | 'deadlock' {
    const thread = this.current;
    if (ready()) return 'ready';
    const putBack = this.host.leavePlace();
    const wait = { reason, ready, untilNs, sinceNs: this.host.nowNs(), offsets: this.host.callers() };
    const outer = thread.wait;
    thread.wait = wait;
    thread.nested = true;
    this.save(thread);
    try {
      for (;;) {
        if (ready()) return 'ready';
        if (this.expired(wait)) return 'timeout';
        const next = this.suspends ? this.pick() : undefined;
        if (next) this.resume(next);
        else if (!this.passTime()) {
          // With other threads there is more to tell than where this one waits.
          if (this.live.length > 1) this.deadlock();
          return 'deadlock';
        }
        if (this.isOver()) throw new ProgramExit(0);
      }
    } finally {
      thread.wait = outer;
      thread.nested = false;
      this.load(thread);
      putBack();
    }
  }

  /** What every thread waits for, for a report. */
  waits(): WaitingThread[] {
    return this.live.flatMap((thread) => {
      const { id, name, wait } = thread;
      if (!wait) return [];
      const { reason, offsets } = wait;
      return [{ id, name, what: reason.what, owner: reason.owner?.() ?? 0, offsets }];
    });
  }

  /** Each thread as a debugger shows it. */
  states(): {
    readonly id: number;
    readonly name: string;
    readonly records: Uint8Array;
    readonly waits: string | null;
  }[] {
    const waits = this.waits();
    return this.live.map((thread) => {
      const { id, name, records } = thread;
      const waiting = thread === this.current ? undefined : waits.find((other) => other.id === id);
      return {
        id,
        name,
        records: thread === this.current ? NOTHING : records,
        waits: waiting ? waitText(waiting, waits) : null,
      };
    });
  }

  /** The thread of a child process that goes on where this one is suspended, and gets this from the call that made it. */
  forked(thread: HostThread, value: number): HostThread {
    const child = new HostThread(thread.id, thread.enter, thread.stackPointer, thread.tlsBase, nothing);
    const { name, callStackEnd, records, frames, error } = thread;
    const state = {
      name,
      callStackEnd,
      records,
      frames,
      error,
      started: true,
      wait: YIELD_NOW,
      call: returning(value),
    };
    return Object.assign(child, state);
  }

  /* --- scheduling ------------------------------------------------------------------------------------------------------ */

  private isOver(): boolean {
    return (this.main.done && !this.main.exiting) || this.live.length === 0;
  }

  /** Goes on with a call until it returns or has to wait. */
  private drive(thread: HostThread, call: SuspendableCall, told?: WaitOutcome): number {
    let step = told === undefined ? call.next() : call.next(told);
    thread.call = undefined;
    while (step.done !== true) {
      const wait = step.value;
      if (wait.yields !== true && this.canRun({ wait })) {
        step = call.next(wait.ready() ? 'ready' : 'timeout');
        continue;
      }
      if (this.host.agent !== CPU) this.host.stop('code that runs on a device cannot wait for a thread of the host');
      if (!this.suspends || !this.host.unwinds()) {
        if (wait.yields === true) return 0;
        const outcome = this.blockUntil(() => wait.ready(), wait.reason, wait.untilNs);
        if (outcome === 'deadlock') this.deadlock();
        step = call.next(outcome);
      } else {
        thread.call = call;
        const { reason, untilNs } = wait;
        thread.suspended = wait.suspended;
        const ready = (): boolean => wait.ready();
        thread.wait = { reason, ready, untilNs, sinceNs: this.host.nowNs(), offsets: this.host.callers() };
        this.unwind();
        return 0;
      }
    }
    return step.value;
  }

  private canRun({ wait }: { readonly wait: Wait | undefined }): boolean {
    return !wait || wait.ready() || this.expired(wait);
  }

  private expired({ untilNs }: Pick<Wait, 'untilNs'>): boolean {
    return untilNs !== undefined && untilNs <= this.host.nowNs();
  }

  /** The first after the current one that can run and whose frames are not below others. */
  private pick(): HostThread | undefined {
    const { live } = this;
    const start = live.indexOf(this.current) + 1;
    const can: HostThread[] = [];
    for (let n = 0; n < live.length; n++) {
      const thread = live[(start + n) % live.length];
      if (!thread || thread.nested || !this.canRun(thread)) continue;
      if (!this.random) return thread;
      can.push(thread);
    }
    return this.random && can[(this.random.bytes(1)[0] ?? 0) % can.length];
  }

  /** A thread that only computes takes no time by itself: without this, one that waits for a sleeper would do so for ever. */
  private spend(ns: number): void {
    if (this.host.isShared() || this.live.some(({ wait }) => wait?.untilNs !== undefined)) this.host.advance(ns);
  }

  /** To the first time at which a thread would go on. False if there is none. */
  private passTime(): boolean {
    if (this.host.runOthers()) return true;
    const time = this.nextTimeNs;
    if (time !== undefined) this.host.advance(time - this.host.nowNs());
    return time !== undefined;
  }

  /** Nobody can go on. */
  deadlock(): never {
    const waits = this.waits();
    this.host.stop(deadlockSentence(waits), waits);
  }

  /** Runs a thread until it waits, yields or ends. */
  private resume(thread: HostThread): void {
    const { instance } = this.host;
    this.turns++;
    if (thread !== this.current || thread.wait) this.switches++;
    this.load(thread);
    if (thread.wait) thread.outcome = thread.wait.ready() ? 'ready' : 'timeout';
    thread.wait = undefined;
    if (thread.started) {
      const { bytes } = this.host.linear;
      bytes.set(thread.frames, SUSPENDED + HEADER_BYTES);
      this.setBuffer(SUSPENDED + HEADER_BYTES + thread.frames.length);
      instance.call('asyncify_start_rewind', SUSPENDED);
    }
    thread.started = true;
    const result = thread.enter(instance);
    const state = instance.call('asyncify_get_state');
    if (state !== AsyncifyState.normal) {
      instance.call('asyncify_stop_unwind');
      if (!thread.exiting) {
        const [end = 0] = this.host.linear.words(SUSPENDED, 1);
        thread.frames = this.host.linear.bytes.slice(SUSPENDED + HEADER_BYTES, end);
        this.save(thread);
        thread.suspended?.(thread);
        thread.suspended = undefined;
        return;
      }
    } else thread.result = Number(result ?? 0);
    this.end(thread);
  }

  private end(thread: HostThread): void {
    thread.done = true;
    thread.frames = thread.records = new Uint8Array();
    this.current = this.live[this.live.indexOf(thread) - 1] ?? this.main;
    this.live.splice(this.live.indexOf(thread), 1);
    if (thread.detached) this.forget(thread);
    thread.release();
  }

  private unwind(): void {
    this.setBuffer(SUSPENDED + HEADER_BYTES);
    this.host.instance.call('asyncify_start_unwind', SUSPENDED);
  }

  private setBuffer(current: number): void {
    this.host.linear.words(SUSPENDED, 2).set([current, SUSPENDED_END]);
  }

  private save(thread: HostThread): void {
    const { instance, linear } = this.host;
    thread.stackPointer = instance.stackPointer;
    thread.callStackEnd = instance.callStack;
    thread.records = linear.bytes.slice(CALL_STACK_BASE, thread.callStackEnd);
    if (this.errnoAddress !== 0) thread.error = linear.words(this.errnoAddress, 1)[0] ?? 0;
  }

  private load(thread: HostThread): void {
    const { instance, linear } = this.host;
    this.current = thread;
    this.host.runs(thread.id);
    instance.stackPointer = thread.stackPointer;
    instance.callStack = thread.callStackEnd;
    linear.bytes.set(thread.records, CALL_STACK_BASE);
    if (thread.tlsBase !== 0) instance.tlsBase = thread.tlsBase;
    if (this.errnoAddress !== 0) linear.words(this.errnoAddress, 1)[0] = thread.error;
    instance.budget = SLICE_ROUNDS;
  }
}

/** A call that only returns. */
function* returning(value: number): SuspendableCall {
  yield* [];
  return value;
}

const YIELD: Wait = { reason: { what: 'for its turn' }, ready: () => true, yields: true };

/** @param place a thread's place in the source, if that is known */
export function deadlockSentence(
  waits: readonly WaitingThread[],
  place: (waiting: WaitingThread) => string | undefined = () => undefined,
): string {
  const parts = waits.slice(0, MOST_NAMED).map((waiting) => {
    const at = place(waiting);
    return `${waiting.name}${at === undefined ? '' : ` at ${at}`} ${waitText(waiting, waits)}`;
  });
  const more = waits.length > MOST_NAMED ? [`and ${String(waits.length - MOST_NAMED)} more`] : [];
  return `every thread waits: ${[...parts, ...more].join(', ')}`;
}

const YIELD_NOW = { ...YIELD, sinceNs: 0, offsets: [] };
const MOST_NAMED = 8;
const NOTHING = new Uint8Array();
const nothing = (): undefined => undefined;

/** "waits for the mutex held by main" */
function waitText({ id, what, owner }: WaitingThread, all: readonly WaitingThread[]): string {
  const named =
    all.find((other) => other.id === owner)?.name ?? (owner === MAIN_THREAD ? 'main' : `thread ${String(owner)}`);
  if (what.includes('%')) return what.replace('%', named);
  if (owner === 0) return what;
  return owner === id ? `${what} that it holds itself` : `${what} held by ${named}`;
}
