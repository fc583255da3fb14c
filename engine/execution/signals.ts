/** How a program ends other than by returning: thrown through its WebAssembly frames and caught where it was started. */
import type { Access } from '../memory/event.js';
import type { FatalReason, FaultSignal } from '../memory/fault.js';
import type { AgentId } from '../memory/units.js';

export class ProgramExit extends Error {
  override readonly name = 'ProgramExit';
  constructor(readonly status: number) {
    super(`exit ${String(status)}`);
  }
}

/** Where a signal struck. Offsets count as DWARF does, innermost first. */
export interface SignalPlace {
  readonly agent: AgentId;
  readonly offsets: readonly number[];
  readonly block: readonly [number, number, number] | null;
  readonly thread: readonly [number, number, number] | null;
}

export interface AccessSignal extends SignalPlace {
  readonly kind: 'access';
  readonly signal: FaultSignal;
  readonly reason: FatalReason;
  readonly access: Access;
  readonly address: number;
  readonly bytes: number;
  /** Of `device-busy`: the launch that may be using the memory. */
  readonly launch?: number;
}

export interface TrapSignal extends SignalPlace {
  readonly kind: 'trap';
  readonly signal: 'SIGABRT' | 'SIGTRAP' | 'SIGFPE' | 'SIGILL';
  readonly message: string;
  /** Of a deadlock: who waits for what. */
  readonly waits?: readonly WaitingThread[];
}

/** A thread that waits, and its place: code offsets, innermost first. */
export interface WaitingThread {
  readonly id: number;
  readonly name: string;
  /** "waits for the mutex"; `%` stands for the owner's name. */
  readonly what: string;
  /** The thread that has to act, 0 if that may be any. */
  readonly owner: number;
  readonly offsets: readonly number[];
}

export class ProgramSignal extends Error {
  override readonly name: string = 'ProgramSignal';
  constructor(readonly details: AccessSignal | TrapSignal) {
    super(details.signal);
  }
}

/** A kernel ends before its end, and the host goes on: it gets an error. Where there is no kernel it ends the program as any signal does. */
export class KernelFailure extends ProgramSignal {
  override readonly name = 'KernelFailure';
}

/** A budget of the run is used up. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
}
