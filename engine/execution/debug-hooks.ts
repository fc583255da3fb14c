/** What a debugger hears of a running program, on the program's own thread: each call may last until a person goes on. */
import type { MigrationStep } from '../drivers/migration-step.js';
import type { AccessSignal, TrapSignal } from './signals.js';
import type { Triple } from './triple.js';

export interface DebugHooks {
  /** A poll whose byte is set: see `toolchain/instrument/debug-code.ts`. */
  poll(site: number, kind: number): void;
  /** An access of a watched page, or one that needed the engine, is about to be made. @param site its code offset, or -1 */
  access(address: number, bytes: number, write: boolean, site: number): void;
  /** A phase of a migration is complete. */
  phase(step: MigrationStep): void;
  /** The program is about to end with this; its call stack still stands. */
  signal(details: AccessSignal | TrapSignal): void;
}

/** Addresses of records of the shadow call stack: from the outermost record to the end of the innermost. */
export interface CallStack {
  readonly from: number;
  readonly to: number;
  /** Of a thread of a team: the stack of the code that runs the team. */
  readonly below?: CallStack;
}

/** A thread of a grid. */
export interface GridPlace {
  readonly block: Triple;
  readonly thread: Triple;
  readonly blockDim: Triple;
  readonly gridDim: Triple;
}
