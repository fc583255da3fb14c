/**
 * What the debugger says and is told: plain data between the debug session (engine) and whoever shows it (an adapter).
 * Paths are absolute, lines and columns count from 1, addresses and code offsets are unsigned; code offsets count as DWARF
 * counts them for WebAssembly (from the code section's contents, before instrumentation).
 */
import type { ExceptionFilter as EventFilter } from '../trace/event-filters.js';
import type { EventColumnArrays, EventColumnName, EventColumnNames, QueriedColumns } from '../trace/column-query.js';
import type { EventAggregate, EventQuery, EventRow, EventRows } from '../trace/query.js';
import type { ResidencyRun } from '../trace/residency-runs.js';
import type { Dimensions } from '../trace/tables.js';
import type { CompletedRun, RunObserver } from '../trace/run.js';

export type { EventAggregate, EventFilter, EventQuery, EventRow, EventRows, ResidencyRun };
export type { EventColumnArrays, EventColumnName, EventColumnNames, QueriedColumns };

/* --- stopping ------------------------------------------------------------------------------------------------------- */

/**
 * A place in time. Deterministic: the same program, input and configuration reach it again, which is how the debugger goes
 * back. `event` is the number of events recorded so far, `step` counts the program's function entries and loop rounds.
 */
export interface StopPosition {
  readonly event: number;
  readonly step: number;
}

export type StopReason =
  | 'entry'
  | 'step'
  | 'pause'
  | 'goto'
  | 'breakpoint'
  | 'function breakpoint'
  | 'instruction breakpoint'
  | 'data breakpoint'
  /** An event filter or a program error. */
  | 'exception';

export interface Stop {
  readonly reason: StopReason;
  readonly position: StopPosition;
  readonly threadId: number;
  /** Ids of the breakpoints that were hit. */
  readonly breakpointIds: readonly number[];
  /** For a person: one line. */
  readonly description: string;
  /** With reason `exception`. */
  readonly exception: ExceptionRecord | null;
}

/** The whole record of a fault, migration, … or program error. */
export interface ExceptionRecord {
  /** The filter that it matched: see {@link EventFilter}. */
  readonly filter: string;
  /** `gpu0 page fault: write at page 0x20000 of y` */
  readonly headline: string;
  /** Label and value, in the order in which a person wants them: what, page, from, to, why, cost, allocation, allocated at. */
  readonly fields: readonly (readonly [label: string, value: string])[];
  /** The same for programs. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventFilterSetting {
  readonly id: string;
  /** In the condition language over the event's fields; see docs/conditions.md. */
  readonly condition?: string;
}

/* --- breakpoints ---------------------------------------------------------------------------------------------------- */

/** `any` thread; only the `cpu`'s; only a `device`'s; `first`: the first thread of each launch that arrives. */
export type BreakpointMode = 'any' | 'cpu' | 'device' | 'first';

export interface BreakpointOptions {
  /** C++, evaluated where the breakpoint is; grid positions (`blockIdx.x == 3 && threadIdx.x == 17`) are cheap. */
  readonly condition?: string;
  /** `5`, `== 5`, `> 5`, `>= 5`, `% 5`: hits of which the breakpoint takes notice. */
  readonly hitCondition?: string;
  /** Text with `{expression}`: said instead of stopping. */
  readonly logMessage?: string;
  readonly mode?: BreakpointMode;
}

export interface SourceBreakpointRequest extends BreakpointOptions {
  readonly line: number;
  readonly column?: number;
}

export interface FunctionBreakpointRequest extends BreakpointOptions {
  /** A function's or a kernel's name, with or without its parameter types. */
  readonly name: string;
}

export interface InstructionBreakpointRequest extends BreakpointOptions {
  readonly codeOffset: number;
}

export type DataAccess = 'read' | 'write' | 'readWrite' | 'migrate';

export interface DataBreakpointRequest extends Omit<BreakpointOptions, 'logMessage'> {
  readonly address: number;
  readonly bytes: number;
  readonly access: DataAccess;
}

export interface Breakpoint {
  readonly id: number;
  readonly verified: boolean;
  /** Why it is not verified, or what was changed. */
  readonly message?: string;
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
  readonly codeOffset?: number;
}

/* --- state while stopped -------------------------------------------------------------------------------------------- */

export interface ThreadInfo {
  readonly id: number;
  /** `main`, or `gpu0 · block (3,0,0) thread (17,0,0)`. */
  readonly name: string;
}

export interface FrameInfo {
  readonly id: number;
  readonly name: string;
  /** Null for code without symbols and for the engine's own frames. */
  readonly path: string | null;
  readonly line: number;
  readonly column: number;
  /** Null for the engine's own frames. */
  readonly codeOffset: number | null;
  /** `engine`: a phase of a migration, above the program's frames. `library`: not the user's own code. */
  readonly kind: 'user' | 'library' | 'engine';
}

export interface ScopeInfo {
  readonly name: string;
  readonly kind: 'arguments' | 'locals' | 'registers' | 'globals' | 'grid' | 'migration';
  /** For {@link DebugSession.variables}; valid until the program goes on. */
  readonly reference: number;
  readonly expensive: boolean;
  readonly namedVariables?: number;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type: string | null;
  /** Non-zero if it has children. */
  readonly reference: number;
  readonly namedChildren: number;
  readonly indexedChildren: number;
  /** An expression that gives this variable again; null if there is none. */
  readonly evaluateName: string | null;
  /** Where its bytes lie (for a pointer: where it points). */
  readonly memoryAddress: number | null;
  /** Where the variable itself lies and its size, for data breakpoints; null for what is in a register. */
  readonly address: number | null;
  readonly bytes: number | null;
  readonly readOnly: boolean;
}

export interface DisassembledLine {
  readonly codeOffset: number;
  /** Hexadecimal, with blanks. */
  readonly bytes: string;
  readonly text: string;
  readonly functionName: string | null;
  readonly path: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

export interface CompletionItem {
  readonly label: string;
  readonly type: 'variable' | 'function' | 'field' | 'keyword';
  /** What to insert, and how many characters before the cursor it replaces. */
  readonly text: string;
  readonly replaces: number;
}

export type StepKind = 'over' | 'in' | 'out';
export type StepGranularity = 'statement' | 'line' | 'instruction';

export interface StepTarget {
  readonly id: number;
  readonly label: string;
  readonly line?: number;
  readonly column?: number;
}

/* --- memory, for views ---------------------------------------------------------------------------------------------- */

export interface AllocationInfo {
  readonly id: number;
  readonly name: string | null;
  readonly kind: string;
  readonly address: number;
  readonly bytes: number;
  readonly path: string | null;
  readonly line: number | null;
  readonly freed: boolean;
  /** Pages on each node, now; by node name. */
  readonly residency: Readonly<Record<string, number>>;
}

/** What happens while the program runs; every call is on the engine's thread. */
export interface DebugObserver extends RunObserver {
  stopped(stop: Stop): void;
  /** A log point, or the debugger itself. */
  logged(text: string, at: { readonly path: string; readonly line: number; readonly column: number } | null): void;
  /** The program has ended; nothing follows. */
  ended(run: CompletedRun): void;
  /** The engine itself failed; nothing follows. */
  failed(error: Error): void;
}

/** Position of a thread of a grid. */
export interface GridPosition {
  readonly block: Dimensions;
  readonly thread: Dimensions;
}

/** What went wrong for a reason that the user can put right: one sentence. */
export class DebugError extends Error {
  override readonly name = 'DebugError';
}

/**
 * A program under the debugger. It is built, then breakpoints are set, then it is started; what is set while it runs counts
 * from its next statement on. Methods that need a stopped program throw {@link DebugError} while it runs.
 */
export interface DebugSession {
  /** Files of the user's with code in the program. */
  readonly sources: readonly string[];
  readonly eventFilters: readonly EventFilter[];
  /** True while the program can be looked at. */
  readonly stopped: boolean;

  start(options: { readonly stopOnEntry: boolean }): void;
  /** Ends the program, its thread and the symbols' thread. May be called at any time and twice. */
  dispose(): Promise<void>;

  /** Each call replaces what was set for that file, or of that kind. */
  setBreakpoints(path: string, breakpoints: readonly SourceBreakpointRequest[]): Promise<Breakpoint[]>;
  setFunctionBreakpoints(breakpoints: readonly FunctionBreakpointRequest[]): Promise<Breakpoint[]>;
  setInstructionBreakpoints(breakpoints: readonly InstructionBreakpointRequest[]): Promise<Breakpoint[]>;
  setDataBreakpoints(breakpoints: readonly DataBreakpointRequest[]): Promise<Breakpoint[]>;
  /** In the order given: verified, or why not (an unknown filter, a condition that does not parse). */
  setEventFilters(filters: readonly EventFilterSetting[]): Promise<Breakpoint[]>;
  breakpointLocations(path: string, line: number, endLine: number): Promise<{ line: number; column: number }[]>;

  continue(): void;
  pause(): void;
  step(kind: StepKind, granularity: StepGranularity, targetId?: number): void;
  stepInTargets(frameId: number): Promise<StepTarget[]>;
  stepBack(granularity: StepGranularity): void;
  reverseContinue(): void;
  /** Runs, forwards or back, until that many events are recorded. */
  runToEvent(event: number): void;
  gotoTargets(path: string, line: number): Promise<StepTarget[]>;
  goto(targetId: number): void;
  /** From the beginning, with the same build. */
  restart(options: { readonly stopOnEntry: boolean }): Promise<void>;
  restartFrame(frameId: number): void;
  /** Looks only at this thread of the current kernel, and runs until it is there; null: at whichever comes first. */
  focus(position: GridPosition | null): Promise<void>;

  threads(): ThreadInfo[];
  stack(threadId: number): Promise<FrameInfo[]>;
  scopes(frameId: number): Promise<ScopeInfo[]>;
  variables(reference: number, start?: number, count?: number, filter?: 'named' | 'indexed'): Promise<Variable[]>;
  /** @throws DebugError with LLDB's message */
  evaluate(expression: string, frameId: number | null): Promise<Variable>;
  setVariable(reference: number, name: string, value: string): Promise<Variable>;
  setExpression(expression: string, value: string, frameId: number | null): Promise<Variable>;
  completions(text: string, column: number, frameId: number | null): Promise<CompletionItem[]>;
  readMemory(address: number, bytes: number): Uint8Array;
  writeMemory(address: number, data: Uint8Array): number;
  /** `count` operators from the `skip`th after (before, if negative) the one at `codeOffset`. */
  disassemble(codeOffset: number, skip: number, count: number): Promise<DisassembledLine[]>;

  /** What a page is like now; null if nothing is mapped there. */
  residency(address: number, bytes: number): ResidencyRun[];
  pageHistory(page: number, limit: number): EventRow[];
  allocations(): Promise<AllocationInfo[]>;
  events(query: EventQuery): Promise<EventRows>;
  /** The same events as columns. */
  eventColumns(query: EventQuery): Promise<QueriedColumns>;
  aggregate(query: EventQuery, by: 'kind' | 'line' | 'allocation' | 'launch'): Promise<EventAggregate[]>;
}
