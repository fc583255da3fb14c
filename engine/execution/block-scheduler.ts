/**
 * Runs the blocks of a grid whose threads wait for each other. Block after block; in a block, thread after thread until it
 * returns or reaches a barrier, round after round until all have returned: a deterministic order in which a barrier is
 * passed only after every thread has reached it.
 *
 * The module was rewritten by Binaryen's Asyncify: its barrier unwinds the thread's frames into a buffer, and a later call
 * rewinds them. Each thread has a stack of its own; the stack pointer is put back before rewinding.
 * Source: Binaryen, src/passes/Asyncify.cpp (the protocol is described in its head comment).
 */
import type { CallStack } from './debug-hooks.js';
import { Instance } from './instance.js';
import { THREAD_CALL_STACK_BYTES, THREAD_CALL_STACKS } from './layout.js';
import type { Triple } from './triple.js';
import type { LinearMemory } from './linear-memory.js';

/** CUDA's limit for one block. */
export const MOST_THREADS = 1024;
const STACK_BYTES = 12 * 1024;
/** Frames of a suspended thread: locals of the functions between the kernel and the barrier. */
const SUSPENDED_BYTES = 4 * 1024;
export const LOCAL_BYTES_PER_THREAD = STACK_BYTES + SUSPENDED_BYTES;
const HEADER_BYTES = 8;

type State = 'fresh' | 'waiting' | 'done';

/** Values of asyncify_get_state. */
const REWINDING = 2;

export class BlockScheduler {
  /** Where the thread that runs is to be suspended. */
  private buffer = 0;
  private callStackStart = 0;

  /** @param registers the special registers, in the order of the runtime's C */
  constructor(
    private readonly instance: Instance,
    private readonly registers: Uint32Array,
    private readonly linear: LinearMemory,
  ) {}

  /** The shadow call stack of the thread that runs; undefined between grids. */
  get callStack(): CallStack | undefined {
    return this.callStackStart === 0 ? undefined : { from: this.callStackStart, to: this.instance.callStack };
  }

  get callStackEnd(): number | undefined {
    return this.callStackStart === 0 ? undefined : this.instance.callStack;
  }

  /** The barrier import of the suspendable module: suspends the thread, or lets it go on where it was suspended. */
  barrier(): void {
    if (this.instance.call('asyncify_get_state') === REWINDING) this.instance.call('asyncify_stop_rewind');
    else this.instance.call('asyncify_start_unwind', this.buffer);
  }

  /** @param threadMemory {@link LOCAL_BYTES_PER_THREAD} for each of {@link MOST_THREADS} threads */
  run(threadExport: string, parameters: number, grid: Triple, block: Triple, threadMemory: number): void {
    for (let z = 0; z < grid[2]; z++) {
      for (let y = 0; y < grid[1]; y++) {
        for (let x = 0; x < grid[0]; x++) {
          this.registers.set([x, y, z], 3);
          this.runBlock(threadExport, parameters, block, threadMemory);
        }
      }
    }
    this.callStackStart = 0;
  }

  private runBlock(
    threadExport: string,
    parameters: number,
    [width, height, depth]: Triple,
    threadMemory: number,
  ): void {
    const threads = width * height * depth;
    const states = new Array<State>(threads).fill('fresh');
    const stackPointers = new Uint32Array(threads);
    const callStacks = new Uint32Array(threads);
    for (let thread = 0; thread < threads; thread++)
      callStacks[thread] = THREAD_CALL_STACKS + thread * THREAD_CALL_STACK_BYTES;
    let running = threads;
    while (running > 0) {
      for (let thread = 0; thread < threads; thread++) {
        const state = states[thread];
        if (state === 'done') continue;
        this.registers[0] = thread % width;
        this.registers[1] = Math.floor(thread / width) % height;
        this.registers[2] = Math.floor(thread / (width * height));
        const memory = threadMemory + thread * LOCAL_BYTES_PER_THREAD;
        // A waiting thread has not run its epilogues: where its records end is put back with its stack pointer.
        this.callStackStart = THREAD_CALL_STACKS + thread * THREAD_CALL_STACK_BYTES;
        this.instance.callStack = callStacks[thread] ?? 0;
        const waits = this.step(
          threadExport,
          parameters,
          memory,
          state === 'waiting' ? stackPointers[thread] : undefined,
        );
        stackPointers[thread] = this.instance.stackPointer;
        callStacks[thread] = this.instance.callStack;
        if (waits) this.instance.call('asyncify_stop_unwind');
        states[thread] = waits ? 'waiting' : 'done';
        if (!waits) running--;
      }
    }
  }

  /** Runs one thread up to its next barrier or its end. True if it waits. */
  private step(threadExport: string, parameters: number, memory: number, resumeAt: number | undefined): boolean {
    const { instance } = this;
    const stackTop = memory + STACK_BYTES;
    this.buffer = stackTop;
    if (resumeAt === undefined) {
      instance.stackPointer = stackTop;
      this.linear.words(stackTop, 2).set([stackTop + HEADER_BYTES, stackTop + SUSPENDED_BYTES]);
    } else {
      instance.stackPointer = resumeAt;
      instance.call('asyncify_start_rewind', stackTop);
    }
    instance.call(threadExport, parameters);
    return instance.call('asyncify_get_state') !== 0;
  }
}

/** An instance of the suspendable module over the program's memory, and what runs its blocks. */
export function suspendableModule(
  wasm: Uint8Array,
  imports: WebAssembly.Imports,
  registers: Uint32Array,
  linear: LinearMemory,
): { readonly instance: Instance; readonly scheduler: BlockScheduler } {
  const holder: { scheduler?: BlockScheduler } = {};
  const barrier = (): undefined => {
    holder.scheduler?.barrier();
  };
  const faultline = { ...imports.faultline, barrier };
  const instance = new Instance(new WebAssembly.Module(new Uint8Array(wasm)), { ...imports, faultline });
  holder.scheduler = new BlockScheduler(instance, registers, linear);
  return { instance, scheduler: holder.scheduler };
}
