/**
 * Runs the blocks of a grid whose threads wait for each other. Block after block; what happens in one is `block-threads.ts`. A grid
 * whose blocks wait for each other, too, has all of them begun; one whose threads look at volatile memory begins the next ones when a
 * block has looked for long, and those that are begun take turns. Each has its threads' stacks, and its own shared memory and shadow
 * call stacks, which are kept aside while another block runs.
 *
 * The module was rewritten by Binaryen's Asyncify: where a thread waits, its frames are unwound into a buffer, and a later call
 * rewinds them. Each thread has a stack of its own. The module itself goes from one thread of a warp to the next (`toolchain/thread-switch.ts`);
 * what threads wait for lies in a table behind their stacks. Binaryen's stack check calls out when a thread has used up its stack, and
 * Asyncify traps when the buffer is full: both end the program with a sentence.
 */
import { BlockThreads, StuckBlock, type BlockState } from './block-threads.js';
import type { CallStack } from './debug-hooks.js';
import { Instance } from './instance.js';
import { THREAD_CALL_STACK_BYTES, THREAD_CALL_STACKS, type Range } from './layout.js';
import { tripleOf, volume, type Triple } from './triple.js';
import type { LinearMemory } from './linear-memory.js';
import { TEAM_THREAD } from './program.js';
import {
  GRID_REFUSED,
  RECORD_BYTES,
  runExport,
  STACK_BASE,
  STACK_LIMIT,
  ThreadTable,
  THREAD_INDEX,
} from '../toolchain/thread-table.js';

/** CUDA's limit for one block, and the runtime's for one OpenMP team. */
const MOST_THREADS = 1024;
/** What the threads of the blocks that are begun share. */
export const THREADS_BYTES = 16 * 1024 * MOST_THREADS;
/** A small block's threads need no more. */
const MOST_BYTES_A_THREAD = 256 * 1024;
const LEAST_BYTES_A_THREAD = 31 * 64;
/** What the threads of a large cooperative grid get if that is not more than half a gigabyte, and the most that a grid gets. */
const WANTED_BYTES_A_THREAD = 63 * 64;
const MANY_BYTES = 512 * 1024 * 1024;
const MOST_BYTES = 1024 * 1024 * 1024;
/** Of a thread's memory: frames of a suspended thread, which are locals of the functions between the kernel and where it waits. */
const SUSPENDED_SHARE = 1 / 4;
const CACHE_LINE_BYTES = 64;

/**
 * An odd number of cache lines: the tops of all stacks would otherwise lie in the same few sets of the processor's caches.
 * @param bytes that there are for a thread
 */
function bytesOfThread(bytes: number): number {
  const lines = Math.floor(Math.min(MOST_BYTES_A_THREAD, bytes) / CACHE_LINE_BYTES);
  return (lines % 2 === 1 ? lines : lines - 1) * CACHE_LINE_BYTES;
}

interface Block {
  readonly index: Triple;
  readonly threads: BlockThreads;
  /** Which of the resident ones it is. */
  readonly place: number;
  state: BlockState;
  /** What lies at the same addresses for every block, while another one runs. */
  aside: { readonly shared: Uint8Array; readonly callStacks: readonly Uint8Array[] } | undefined;
}

/** How a grid was launched. */
export interface LaunchMode {
  /** All blocks are resident: they may wait for each other. */
  readonly cooperative: boolean;
  /** Threads of a warp: 32, or a wavefront's 64. */
  readonly warpLanes: number;
}

/**
 * What the threads of a grid need at a time, in bytes: more than {@link THREADS_BYTES} only if its blocks wait for each other, or may do so.
 * @param looks see {@link WaitingGrid}
 */
export function residentBytes(grid: Triple, block: Triple, cooperative: boolean, looks: boolean): number {
  const bytesWith = (each: number): number =>
    volume(grid) * (ThreadTable.bytesFor(volume(block)) + volume(block) * each);
  const wanted = Math.max(THREADS_BYTES, bytesWith(WANTED_BYTES_A_THREAD));
  if (cooperative) return Math.min(wanted > MANY_BYTES ? bytesWith(LEAST_BYTES_A_THREAD) : wanted, MOST_BYTES);
  return looks ? Math.min(wanted, MANY_BYTES) : THREADS_BYTES;
}

/** What is launched. */
export interface WaitingGrid {
  /** Export that runs one thread. */
  readonly thread: string;
  /** Address of the parameters. */
  readonly parameters: number;
  readonly grid: Triple;
  readonly block: Triple;
  /** Stacks, frames and tables of its threads. */
  readonly memory: Range;
  readonly mode: LaunchMode;
  /** Its threads look at volatile memory: of its blocks as many are resident as there is room for, for one may wait for another. */
  readonly looks: boolean;
}

export interface SchedulerHost {
  readonly linear: LinearMemory;
  /** The special registers, in the order of the runtime's C, at the address of the first. */
  readonly registers: Uint32Array;
  /** Where `__shared__` variables lie. */
  readonly shared: Range;
  stop(message: string): never;
}

export class BlockScheduler {
  private current: BlockThreads | undefined;
  private bytesPerThread = MOST_BYTES_A_THREAD;
  /** Blocks that can be resident at a time. */
  private window = 1;
  /** Places of those that are not there. */
  private free: number[] = [];
  private onWarp: OnWarp = () => undefined;

  constructor(
    private readonly instance: Instance,
    private readonly host: SchedulerHost,
  ) {}

  /** Whether a thread of a block or team runs: in this module, not in the main one. */
  get isRunning(): boolean {
    return this.current !== undefined;
  }

  /** The shadow call stack of the thread that runs; undefined between blocks. */
  get callStack(): CallStack | undefined {
    if (!this.current) return undefined;
    return { from: callStackOf(this.instance.global(THREAD_INDEX)), to: this.instance.callStack };
  }

  get callStackEnd(): number | undefined {
    return this.current && this.instance.callStack;
  }

  /** Makes room for the threads of a grid. Its blocks follow by {@link runBlocks}, or all at once by {@link runTogether}. */
  begin({ grid, block, memory, mode, looks }: WaitingGrid): void {
    const bytes = memory.end - memory.start;
    const threads = volume(block);
    const table = ThreadTable.bytesFor(threads);
    const most = looks ? Math.floor(bytes / (table + threads * WANTED_BYTES_A_THREAD)) : 1;
    this.window = mode.cooperative ? volume(grid) : Math.max(1, Math.min(volume(grid), most));
    this.free = Array.from({ length: this.window }, (_, place) => place);
    const resident = threads * this.window;
    this.bytesPerThread = bytesOfThread((bytes - this.window * table) / resident);
    if (this.bytesPerThread < LEAST_BYTES_A_THREAD) {
      const most = String(Math.floor(bytes / (LEAST_BYTES_A_THREAD + RECORD_BYTES)));
      this.host.stop(`a cooperative grid has ${String(resident)} threads, and at most ${most} can be resident here`);
    }
  }

  /**
   * Runs a block to its end, and those after it that have to have a turn before it ends.
   * @param onWarp lanes from this thread on run, or go on @returns how many have been run
   */
  runBlocks(launch: WaitingGrid, first: number, onWarp: OnWarp): number {
    this.onWarp = onWarp;
    const behind = this.window === 1 ? first + 1 : volume(launch.grid);
    const { free } = this;
    const waiting: Block[] = [];
    let next = first;
    const run = (block: Block): void => {
      const alone = next === behind && free.length === this.window - 1;
      if (this.turn(block, launch, alone) === 'done') free.push(block.place);
      else waiting.push(block);
    };
    do {
      // Most look at what a block before them writes; but all may have to be there. Twice as many each time: few turns are in vain.
      for (let begin = Math.max(1, waiting.length); begin > 0 && next < behind; begin--) {
        const place = free.pop();
        if (place === undefined) break;
        run(this.beginBlock(launch, next++, place));
      }
      for (const block of waiting.splice(0)) run(block);
    } while (waiting.length > 0);
    this.current = undefined;
    return next - first;
  }

  /**
   * Runs a team of OpenMP threads from its first to its last. The caller's own thread, which may be one of another team's and is on the
   * stack below, goes on then.
   */
  runTeam(launch: WaitingGrid, index: number): void {
    const { instance, current, bytesPerThread, window, free, onWarp } = this;
    const { stackPointer, callStack } = instance;
    const callStacks = current && this.recordsOf(current.table, callStack);
    this.begin(launch);
    this.runBlocks(launch, index, () => undefined);
    Object.assign(this, { current, bytesPerThread, window, free, onWarp });
    instance.stackPointer = stackPointer;
    instance.callStack = callStack;
    if (callStacks) this.writeCallStacks(callStacks);
  }

  /** All threads have the variables of the one that made them. */
  variablesOf(main: Instance): void {
    this.instance.tlsBase = main.tlsBase;
  }

  /** Where the code that runs may have its stack. @returns where it had to be before */
  limitStack(stack: Range): Range {
    const before = { start: this.instance.global(STACK_LIMIT), end: this.instance.global(STACK_BASE) };
    this.instance.call('__set_stack_limits', stack.end, stack.start);
    return before;
  }

  /** Where the thread that runs has come to: see {@link BlockThreads.phaseOf}. */
  get phase(): number {
    return this.current?.phaseOf(this.instance.global(THREAD_INDEX)) ?? 0;
  }

  /** See {@link BlockThreads.waitForWords}. */
  get waitForWords(): boolean {
    return this.current?.waitForWords === true;
  }

  /** Runs a cooperative grid round after round: every block up to the grid's barrier. */
  runTogether(launch: WaitingGrid, onWarp: OnWarp): void {
    this.onWarp = onWarp;
    let waiting = Array.from({ length: volume(launch.grid) }, (_, n) => this.beginBlock(launch, n, n));
    while (waiting.length > 0) {
      // Those that look at what others write have more than one turn before the barrier.
      for (let turn = waiting; turn.length > 0; turn = turn.filter(({ state }) => state === 'looks')) {
        for (const block of turn) this.turn(block, launch, false);
      }
      waiting = waiting.filter(({ state }) => state === 'grid');
    }
    this.current = undefined;
  }

  /** The grid ends as it is: nothing of its threads goes on. */
  abandon(): void {
    this.current = undefined;
  }

  /** @param alone there is no other block that could have a turn */
  private turn(block: Block, launch: WaitingGrid, alone: boolean): BlockState {
    if (block.aside) {
      this.sharedBytes().set(block.aside.shared);
      this.writeCallStacks(block.aside.callStacks);
    }
    do block.state = this.advance(block, launch);
    while (alone && block.state === 'looks');
    if (block.state !== 'done')
      block.aside = { shared: this.sharedBytes().slice(), callStacks: this.recordsOf(block.threads.table) };
    return block.state;
  }

  private sharedBytes(): Uint8Array {
    return this.host.linear.bytes.subarray(this.host.shared.start, this.host.shared.end);
  }

  /** Copies of the shadow call stacks. @param end of that of the thread that runs; without one, all wait */
  private recordsOf({ callStack }: ThreadTable, end?: number): readonly Uint8Array[] {
    const { bytes } = this.host.linear;
    const running = end === undefined ? -1 : this.instance.global(THREAD_INDEX);
    // Only code that is debugged has records, and blocks take turns often.
    if (callStack.every((waiting, n) => (n === running ? end : waiting) === callStackOf(n))) return NO_RECORDS;
    return Array.from(callStack, (waiting, n) => bytes.slice(callStackOf(n), n === running ? end : waiting));
  }

  private writeCallStacks(callStacks: readonly Uint8Array[]): void {
    callStacks.forEach((records, n) => {
      this.host.linear.bytes.set(records, callStackOf(n));
    });
  }

  /** @param place of those that can be resident */
  private beginBlock(launch: WaitingGrid, n: number, place: number): Block {
    const { thread: entry, parameters, grid, block, memory, mode } = launch;
    const { linear, registers } = this.host;
    const threads = volume(block);
    const { bytesPerThread } = this;
    const tables = memory.start + this.window * threads * bytesPerThread;
    const table = new ThreadTable(linear.memory.buffer, tables + place * ThreadTable.bytesFor(threads), threads);
    table.setHead('parameters', parameters);
    table.setHead('stacks', memory.start + place * threads * bytesPerThread);
    table.setHead('bytesPerThread', bytesPerThread);
    table.setHead('suspendedBytes', (bytesPerThread * SUSPENDED_SHARE) & -16);
    table.setHead('extentX', block[0]);
    table.setHead('extentY', block[1]);
    table.setHead('registers', registers.byteOffset);
    table.setHead('cooperative', mode.cooperative ? 1 : 0);
    table.callStack.forEach((_, thread, ends) => (ends[thread] = callStackOf(thread)));
    const wordAt = (address: number): number => linear.words(address, 1)[0] ?? 0;
    const barrier = entry === TEAM_THREAD ? 'a barrier' : undefined;
    return {
      index: tripleOf(n, grid),
      threads: new BlockThreads(table, mode.warpLanes, wordAt, barrier),
      place,
      state: 'looks',
      aside: undefined,
    };
  }

  private advance({ index, threads }: Block, { thread }: WaitingGrid): BlockState {
    this.host.registers.set(index, 3);
    this.current = threads;
    const run = runExport(thread);
    const { address } = threads.table;
    try {
      return threads.advance((first, end, limit) => {
        this.onWarp(first);
        return this.instance.call(run, first, end, address, limit) as number;
      });
    } catch (error) {
      if (error instanceof StuckBlock) this.host.stop(error.message);
      if (error instanceof WebAssembly.RuntimeError && this.instance.call('asyncify_get_state') !== 0)
        this.host.stop('the frames of a thread that waits at a barrier are too large: launch smaller blocks');
      throw error;
    }
  }
}

const NO_RECORDS: readonly Uint8Array[] = [];

/** A lane runs on, or all of its warp do. */
type OnWarp = (firstThread: number) => void;

function callStackOf(thread: number): number {
  return THREAD_CALL_STACKS + thread * THREAD_CALL_STACK_BYTES;
}

/** An instance of the suspendable module over the program's memory, and what runs its blocks. */
export function suspendableModule(
  wasm: Uint8Array,
  imports: WebAssembly.Imports,
  host: SchedulerHost,
): { readonly instance: Instance; readonly scheduler: BlockScheduler } {
  const faultline: WebAssembly.ModuleImports = {
    ...imports.faultline,
    [GRID_REFUSED]: () =>
      host.stop(
        'a kernel waits for its whole grid and was not launched for that: launch it with cudaLaunchCooperativeKernel',
      ),
  };
  const env = {
    ...imports.env,
    [STACK_OVERFLOW]: () =>
      host.stop("a kernel's thread has used up its stack: make its local variables smaller, or launch smaller blocks"),
  };
  const instance = new Instance(new WebAssembly.Module(new Uint8Array(wasm)), { ...imports, env, faultline });
  return { instance, scheduler: new BlockScheduler(instance, host) };
}

/** What Binaryen's stack check calls; `toolchain/asyncify.ts` gives it this name. */
const STACK_OVERFLOW = 'stack_overflow';
