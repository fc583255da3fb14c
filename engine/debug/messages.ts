/**
 * What travels between a debug session and its program's thread: plain data and shared buffers. The program's thread posts
 * with its other messages; commands reach it through a port of their own, which it can read while it is blocked.
 */
import type { MessagePort } from 'node:worker_threads';
import type { CallStack, GridPlace } from '../execution/debug-hooks.js';
import type { AccessSignal, TrapSignal } from '../execution/signals.js';
import type { Triple } from '../execution/triple.js';
import type { FastCondition } from './fast-condition.js';
import type { BreakpointMode, EventFilterSetting, StepKind } from './types.js';

/** A moment of the run, exactly. Function entries and loop rounds are counted, so a site and a stack depth name one visit. */
export interface Moment {
  /** Events recorded. */
  readonly events: number;
  /** Function entries and loop rounds of the user's code. */
  readonly rounds: number;
  /** Code offset of the poll or of the watched access, or -1: at an event or a phase. */
  readonly site: number;
  /** The page that has to be watched to come to the access; -1 otherwise. */
  readonly page: number;
  /** End of the innermost record of the shadow call stack. */
  readonly depth: number;
  /** Migration phases that were told; -1: whichever. */
  readonly phases: number;
}

export interface SiteBreakpoint {
  readonly id: number;
  readonly site: number;
  readonly mode: BreakpointMode;
  /** Condition over the grid position alone, decided in the program's thread. */
  readonly grid: string | null;
  /** A C++ condition that the program's thread can decide, at this site. */
  readonly fast: FastCondition | null;
  /** The session decides (a C++ condition, a log message). */
  readonly ask: boolean;
  readonly hit: HitCondition | null;
  /** Hits that the session has counted in this life. */
  readonly hitsBefore: number;
}

export interface HitCondition {
  readonly operator: '==' | '>' | '>=' | '<' | '<=' | '%';
  readonly count: number;
}

export interface DataWatch {
  readonly id: number;
  readonly address: number;
  readonly bytes: number;
  readonly access: 'read' | 'write' | 'readWrite' | 'migrate';
  /** Of a variable on a stack: the record of its function. Its own function's accesses are seen as changes, between lines. */
  readonly frame: number | null;
  /** Whose stack that is. */
  readonly hostThread: number;
  readonly mode: BreakpointMode;
  readonly ask: boolean;
  readonly hit: HitCondition | null;
}

export interface DebugConfiguration {
  readonly breakpoints: readonly SiteBreakpoint[];
  readonly filters: readonly EventFilterSetting[];
  readonly watches: readonly DataWatch[];
  /** Stops happen in this thread of each grid only. */
  readonly focus: { readonly block: Triple; readonly thread: Triple } | null;
}

export type Resume =
  | { readonly kind: 'continue' }
  | {
      readonly kind: 'step';
      readonly step: StepKind;
      readonly instructions: boolean;
      readonly functionIndex: number | null;
    }
  /** To the next phase of the migration under way, or to its end. */
  | { readonly kind: 'phase'; readonly step: StepKind }
  /** Without stopping anywhere else. */
  | { readonly kind: 'until'; readonly moment: Moment }
  /** To a thread of a launch. */
  | { readonly kind: 'thread'; readonly launch: number; readonly block: Triple; readonly thread: Triple }
  /** To the first poll at one of these sites. */
  | { readonly kind: 'sites'; readonly sites: readonly number[] }
  /** Up to a moment; tells the last place before it that was wanted. */
  | { readonly kind: 'search'; readonly wanted: Wanted; readonly moment: Moment };

/** What a search looks for. */
export type Wanted =
  /** A line of this frame or of its callers. Looked for from an event on, because it hears of every line. */
  | {
      readonly what: 'step';
      readonly fromEvent: number;
      readonly frame: number;
      readonly agent: number;
      readonly hostThread: number;
      readonly instructions: boolean;
      /** Functions that are on the stack: no other has such a line. */
      readonly functions: readonly number[];
    }
  /** A place where the program would have stopped. */
  | { readonly what: 'stop' }
  /** A visit of one of these sites, at this depth if it is given. */
  | { readonly what: 'visit'; readonly sites: readonly number[]; readonly depth: number | null };

export type DebugCommand =
  | { readonly type: 'configure'; readonly configuration: DebugConfiguration }
  | { readonly type: 'resume'; readonly resume: Resume }
  | { readonly type: 'pause' }
  /** Answers a message `ask`: the breakpoints that stop. */
  | { readonly type: 'decide'; readonly stop: readonly number[] };

/** Slots of the control words. */
export const Control = { wake: 0, interrupt: 1, words: 2 } as const;

/** Given to the program's thread when it starts. */
export interface DebugStart {
  readonly port: MessagePort;
  /** Int32Array of {@link Control}. */
  readonly control: SharedArrayBuffer;
  readonly configuration: DebugConfiguration;
  /** What to do when it starts; null waits for a command before main(). */
  readonly resume: Resume;
  readonly code: CodeTables;
}

/** The user's code in tables that the program's thread can look into without asking. */
export interface CodeTables {
  /** Files of the user's, relative to the project. */
  readonly files: readonly string[];
  readonly texts: readonly string[];
  /** Rows of the line table, ascending by offset. */
  readonly offsets: Uint32Array;
  readonly fileOf: Uint16Array;
  readonly lineOf: Uint32Array;
  readonly columnOf: Uint16Array;
  /** Functions, ascending: start and end offsets, and names as a person reads them. */
  readonly functionStarts: Uint32Array;
  readonly functionEnds: Uint32Array;
  readonly functionNames: readonly string[];
}

/** A thread of the host. */
export interface HostThreadState {
  readonly id: number;
  readonly name: string;
  /** Its part of the shadow call stack, while another thread runs. */
  readonly records: Uint8Array;
  /** "waits for the mutex held by main"; null if it could run. */
  readonly waits: string | null;
}

/** Where the program is while it waits. */
export interface ProgramState {
  readonly moment: Moment;
  readonly agent: number;
  readonly launch: number;
  readonly grid: GridPlace | null;
  /** The host's thread that runs, or that launched what runs. */
  readonly hostThread: number;
  readonly hostThreads: readonly HostThreadState[];
  readonly hostStack: CallStack;
  readonly deviceStack: CallStack | null;
  /** The device's thread has run ahead of what happens: where it was then, as a code offset. Nothing is left of its call stack. */
  readonly ranAheadFrom: number | null;
}

export interface MigrationState {
  readonly phase: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly pages: readonly {
    readonly page: number;
    readonly state: string;
    readonly source: string;
    readonly target: string;
    readonly why: string | null;
  }[];
}

export type StopCause =
  | { readonly kind: 'entry' | 'step' | 'pause' | 'goto' }
  | { readonly kind: 'breakpoint'; readonly ids: readonly number[] }
  | {
      readonly kind: 'watch';
      readonly ids: readonly number[];
      readonly address: number | null;
      readonly what: 'read' | 'write' | 'change' | 'migrate';
    }
  | { readonly kind: 'event'; readonly filter: string; readonly number: number }
  | { readonly kind: 'signal'; readonly details: AccessSignal | TrapSignal }
  | {
      readonly kind: 'apiError';
      readonly functionName: string;
      readonly errorName: string;
      readonly code: number;
      readonly message: string;
      readonly codeOffset: number;
    }
  | { readonly kind: 'phase' };

export type DebuggeeNotice =
  | {
      readonly type: 'stopped';
      readonly cause: StopCause;
      readonly state: ProgramState;
      readonly migration: readonly MigrationState[];
    }
  /** The session decides whether these breakpoints stop: the program waits for `decide`. */
  | { readonly type: 'ask'; readonly ids: readonly number[]; readonly state: ProgramState }
  /** The search has come to its moment, and the program waits there. */
  | { readonly type: 'searched'; readonly found: Moment | null; readonly state: ProgramState };
