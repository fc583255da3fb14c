/**
 * The program's processes: itself, and the children that it forks. A child is a copy of memory and of the code's instance over an address
 * space of its own; in it goes on the thread that forked. One process runs at a time, in a fixed order: a child when its parent waits or
 * has ended, and in turns where both only compute. What they share is brought up to date when one is entered (the page cache's affair).
 * Sources: POSIX.1-2017 (fork, waitpid, pipe); statuses are Linux's.
 */
import type { Ending } from './debuggee-options.js';
import type { HostThread, HostThreads, SuspendableCall, Wait } from './host-threads.js';
import type { RuntimeImport } from './runtime-import.js';
import type { TrapSignal, AccessSignal } from './signals.js';
import { createPipe } from './wasi/pipe.js';
import type { DescriptorTable } from './wasi/file-descriptors.js';

const MOST_PROCESSES = 256;
const FIRST_PROCESS = 1000;
/** Who adopts orphans. */
const INIT_PROCESS = 1;
/** Turns of a process's threads until others have theirs. */
const TURNS = 8;
const WNOHANG = 1;

/** wasi-libc's numbers. */
const EAGAIN = 6;
const ECHILD = 12;
const EPERM = 63;
const ESRCH = 71;

/** What a process is made of. */
export interface ProcessBody extends Disposable {
  readonly threads: HostThreads;
  readonly descriptors: DescriptorTable;
  /** Goes on for some turns of its threads. An ending: it has ended. */
  advance(mostTurns: number): 'blocked' | 'running' | Ending;
  /** It can never go on. */
  deadlock(): Ending;
  /** It is about to run after another did: what happens is its doing. */
  entered(): void;
  /** Whether the thread that runs can be copied. */
  canFork(): boolean;
  /** A copy in which this suspended thread goes on; an errno if there is none. */
  fork(child: Process, thread: HostThread): ProcessBody | number;
  nowNs(): number;
  passTime(ns: number): void;
  write(address: number, value: number): void;
  stop(message: string): never;
}

export class Process {
  body: ProcessBody | undefined;
  ending: Ending | undefined;
  reaped = false;
  /** A signal that it raised itself and that ends it. */
  killedBy: number | undefined;
  /** It is in the middle of something, below whoever runs now. */
  active = false;

  constructor(
    readonly id: number,
    readonly parent: Process | undefined,
  ) {}
}

export class ProcessGroup {
  readonly root: Process;
  private processes: Process[];
  private current: Process;
  private nextId = FIRST_PROCESS + 1;

  constructor() {
    this.root = this.current = new Process(FIRST_PROCESS, undefined);
    this.processes = [this.root];
  }

  isShared(): boolean {
    return this.processes.length > 1;
  }

  /** Runs the program and its children to their ends. @returns how the program ended */
  run(body: ProcessBody): Ending {
    this.root.body = body;
    for (;;) {
      let progress = false;
      for (const process of [...this.processes]) progress = this.turn(process) || progress;
      if (this.root.ending && this.processes.length === 0) return this.root.ending;
      if (!progress && !this.passTime()) {
        const [first] = this.processes;
        if (first?.body) this.end(first, first.body.deadlock());
      }
    }
  }

  /** Others than this one, which waits where it cannot be suspended. True if any did anything. */
  runOthers(waiting: Process): boolean {
    let progress = false;
    for (const process of [...this.processes]) progress = this.turn(process) || progress;
    this.switchTo(waiting);
    return progress;
  }

  calls(process: Process, body: () => ProcessBody): Record<string, RuntimeImport> {
    const { threads } = body();
    return {
      fork: threads.suspending(() => this.fork(process, body())),
      wait_child: threads.suspending((id = 0, status = 0, options = 0) =>
        this.waitChild(process, body(), id, status >>> 0, options),
      ),
      kill: (id = 0, signal = 0) => this.kill(process, id, signal),
      process_id: (parent = 0) => {
        if (parent === 0) return process.id;
        return process.parent && !process.parent.ending ? process.parent.id : INIT_PROCESS;
      },
      pipe: (ends = 0) => {
        const [reader, writer] = createPipe();
        const address = ends >>> 0;
        body().write(
          address,
          body().descriptors.add(() => reader),
        );
        body().write(
          address + Uint32Array.BYTES_PER_ELEMENT,
          body().descriptors.add(() => writer),
        );
        return 0;
      },
    };
  }

  /* --- running --------------------------------------------------------------------------------------------------------- */

  /** True if it did anything. */
  private turn(process: Process): boolean {
    const { body } = process;
    if (!body || process.active || process.ending) return false;
    this.switchTo(process);
    const before = body.threads.turns;
    process.active = true;
    const result = body.advance(TURNS);
    process.active = false;
    if (typeof result === 'object') this.end(process, result);
    return result !== 'blocked' || body.threads.turns > before;
  }

  private end(process: Process, ending: Ending): void {
    const { killedBy } = process;
    process.ending = killedBy === undefined ? ending : { status: 0, signal: null, killed: killedBy };
    this.processes = this.processes.filter((other) => other !== process);
    // The program's own is looked at afterwards.
    if (process === this.root) {
      process.ending = ending;
      process.body?.descriptors[Symbol.dispose]();
      return;
    }
    process.body?.[Symbol.dispose]();
    process.body = undefined;
  }

  /** Ends another process, or asks whether it is there (signal 0). @returns an errno or 0 */
  private kill(sender: Process, id: number, signal: number): number {
    const target = this.processes.find((process) => process.id === id);
    const zombie = (this.children.get(sender) ?? []).some((child) => child.id === id && !child.reaped);
    if (!target) return zombie ? 0 : ESRCH;
    if (signal === 0) return 0;
    if (target === sender) {
      // It ends by itself right after.
      target.killedBy = signal;
      return 0;
    }
    if (target.active) return EPERM;
    this.end(target, { status: 0, signal: null, killed: signal });
    return 0;
  }

  private passTime(): boolean {
    const [first] = this.processes;
    const times = this.processes.flatMap(({ body }) => body?.threads.nextTimeNs ?? []);
    if (times.length === 0 || !first?.body) return false;
    first.body.passTime(Math.max(0, Math.min(...times) - first.body.nowNs()));
    return true;
  }

  private switchTo(process: Process): void {
    if (process === this.current) return;
    this.current = process;
    process.body?.entered();
  }

  /** Children that have ended and that their parents have not asked about. */
  private get zombies(): number {
    let count = 0;
    for (const [parent, children] of this.children)
      if (!parent.ending) for (const child of children) if (child.ending && !child.reaped) count++;
    return count;
  }

  /* --- what a process asks ---------------------------------------------------------------------------------------------- */

  private *fork(process: Process, body: ProcessBody): SuspendableCall {
    if (this.processes.length + this.zombies >= MOST_PROCESSES) return -EAGAIN;
    if (!body.canFork())
      body.stop('fork is called below code of a library, or while a device works, where the program cannot be copied');
    let result = 0;
    const suspended = (thread: HostThread): void => {
      const child = new Process(this.nextId, process);
      const made = body.fork(child, thread);
      if (typeof made === 'number') {
        result = -made;
        return;
      }
      this.nextId++;
      child.body = made;
      this.processes.push(child);
      this.children.set(process, [...(this.children.get(process) ?? []), child]);
      result = child.id;
    };
    yield { reason: { what: 'forks' }, ready: () => true, yields: true, suspended };
    return result;
  }

  private readonly children = new Map<Process, readonly Process[]>();

  private *waitChild(
    process: Process,
    body: ProcessBody,
    id: number,
    status: number,
    options: number,
  ): SuspendableCall {
    const wanted = (this.children.get(process) ?? []).filter((child) => !child.reaped && (id <= 0 || child.id === id));
    if (wanted.length === 0) return -ECHILD;
    const ended = (): Process | undefined => wanted.find((child) => child.ending && !child.reaped);
    if (!ended()) {
      if ((options & WNOHANG) !== 0) {
        // Who asks again and again waits all the same.
        yield* body.threads.yieldNow();
        if (!ended()) return 0;
      } else yield { reason: { what: 'waits for a child process' }, ready: () => ended() !== undefined };
    }
    const child = ended();
    if (!child?.ending) return -ECHILD;
    child.reaped = true;
    body.write(status, waitStatus(child.ending));
    return child.id;
  }
}

/** Calls on descriptors that wait for another process. */
export function pipeCalls(
  threads: HostThreads,
  descriptors: DescriptorTable,
  imports: Readonly<Record<string, (...values: never[]) => number>>,
): Record<string, RuntimeImport> {
  const call = (name: 'fd_read' | 'fd_write', what: string): RuntimeImport =>
    threads.suspending(function* (fd = 0, ...rest): SuspendableCall {
      const waits = (): boolean => {
        const file = descriptors.find(fd);
        return (name === 'fd_read' ? file?.waitsToRead() : file?.waitsToWrite()) ?? false;
      };
      const wait: Wait = { reason: { what }, ready: () => !waits() };
      if (waits()) yield wait;
      return (imports[name] as unknown as (...values: number[]) => number)(fd, ...rest);
    });
  return {
    fd_read: call('fd_read', 'waits to read from a pipe'),
    fd_write: call('fd_write', 'waits to write to a pipe'),
  };
}

const SIGNALS: Readonly<Record<(AccessSignal | TrapSignal)['signal'], number>> = {
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGSEGV: 11,
};

/** As waitpid gives it. */
function waitStatus({ status, signal, killed }: Ending): number {
  if (killed !== undefined) return killed;
  return signal ? SIGNALS[signal.signal] : (status & 0xff) << 8;
}
