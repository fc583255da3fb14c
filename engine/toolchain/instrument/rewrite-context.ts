/** What the rewriting of a function needs to know of its module, and what comes of it. */
import type { DebugOptions, Polls } from './debug-code.js';
import type { ByteWriter } from './leb128.js';
import type { WasmModule } from './wasm-module.js';

/** Indices in the module of what generated code refers to. */
export interface Hooks {
  /** (permissions, address, bytes << 8 | need, site) */
  readonly access: number;
  /** (permissions, first, last, need, site) */
  readonly frame: number;
  /** (permissions, destination, source, count, site) */
  readonly copy: number;
  /** (permissions, destination, count, site) */
  readonly fill: number;
  /** () -> pages of 64 KiB; (pages) -> previous pages or -1 */
  readonly memorySize: number;
  readonly memoryGrow: number;
  /** (site, kind) */
  readonly poll: number;
  /** () */
  readonly preempt: number;
  /** (site) and () : around an offloaded region's host version. */
  readonly regionBegin: number;
  readonly regionEnd: number;
}

/** Mutable globals that the instrumenter adds. */
export interface Globals {
  readonly permissions: number;
  readonly bytes: number;
  readonly accesses: number;
  readonly callStack: number;
  readonly rounds: number;
  /** Rounds of loops that the host's thread may still make before it offers its place to others. */
  readonly budget: number;
  /** Threads of a grid that still run before its code returns to the engine; counted down to 0. */
  readonly threads: number;
  readonly stackPointer: number;
  /** Where the thread's own variables lie; absent in a program without any. */
  readonly tlsBase?: number;
}

export interface RewriteContext {
  readonly module: WasmModule;
  readonly hooks: Hooks;
  readonly globals: Globals;
  readonly debug: DebugOptions | undefined;
  /** Where the polls of a run under a debugger are listed. */
  readonly polls: Polls;
  /** Constant addresses in [start, end) are a GPU's special registers: no memory access. */
  readonly registers: { readonly start: number; readonly end: number };
  readonly isOffloadRegion: (functionIndex: number) => boolean;
  /** Receives each offset that an event may name, in the original module's code section. */
  readonly sites: number[];
  /** Functions in whose loops a host thread may lose the processor. */
  readonly isPreempted: (functionIndex: number) => boolean;
  /** Index of a block type without parameters and with these results. */
  readonly blockType: (results: readonly number[]) => ByteWriter;
}

export interface RewrittenFunction {
  readonly code: ByteWriter;
  /** Pairs (offset in `code` of an operator at which V8's stack may say to be, its offset in the original module's code section). */
  readonly places: number[];
  /** Offsets in `code` of the `if` operators that are hardly ever taken, ascending. */
  readonly unlikely: readonly number[];
}
