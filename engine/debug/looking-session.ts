/** The half of a debug session that looks: at the stopped program, at its pages and at what was recorded. */
import { STACK_BYTES, STACK_TOP } from '../execution/layout.js';
import { PAGE_SHIFT } from '../memory/units.js';
import { ConditionError } from '../trace/condition-error.js';
import { NO_EVENT_COLUMNS, queryColumns, type QueriedColumns } from '../trace/column-query.js';
import { aggregateEvents, pageHistory, queryEvents } from '../trace/query.js';
import type { WasmModule } from '../toolchain/instrument/wasm-module.js';
import type { SessionResult } from '../session.js';
import { Disassembler } from './disassemble.js';
import type { Inspector, InspectedProgram } from './inspector.js';
import { LiveScope } from './live-scope.js';
import type { ProgramCode } from './program-code.js';
import type { ProgramRun, StartProgram } from './program-run.js';
import { livePages } from './residency.js';
import {
  DebugError,
  type AllocationInfo,
  type CompletionItem,
  type DebugObserver,
  type DisassembledLine,
  type EventAggregate,
  type EventQuery,
  type EventRow,
  type EventRows,
  type FrameInfo,
  type ResidencyRun,
  type ScopeInfo,
  type ThreadInfo,
  type Variable,
} from './types.js';

/** What the engine provides for a session. */
export interface SessionHost {
  readonly code: ProgramCode;
  readonly inspected: Omit<InspectedProgram, 'memory' | 'code'>;
  readonly module: WasmModule;
  readonly start: StartProgram;
  readonly devices: number;
  readonly driver: string;
  /** Instruments the program again, with polls at these operators besides. @returns how many polls there are */
  pollAt(instructions: ReadonlySet<number>): Promise<number>;
  /** How many polls there are, and where their bytes lie. */
  readonly polls: number;
  readonly pollTable: number;
  complete(result: SessionResult): Promise<Parameters<DebugObserver['ended']>[0]>;
  dispose(): Promise<void>;
}

export abstract class LookingSession {
  protected abstract readonly run: ProgramRun;
  /** Undefined while the program runs. */
  protected inspector: Inspector | undefined;
  protected readonly disassembler: Disassembler;

  constructor(protected readonly host: SessionHost) {
    this.disassembler = new Disassembler(host.module, host.code);
  }

  threads(): ThreadInfo[] {
    return this.inspector?.threads() ?? [{ id: 1, name: 'main' }];
  }

  stack(threadId: number): Promise<FrameInfo[]> {
    return promised(() => this.look().stack(threadId));
  }

  scopes(frameId: number): Promise<ScopeInfo[]> {
    return promised(() => this.look().scopes(frameId));
  }

  variables(reference: number, start?: number, count?: number, filter?: 'named' | 'indexed'): Promise<Variable[]> {
    return promised(() => this.look().variables(reference, start, count, filter));
  }

  evaluate(expression: string, frameId: number | null): Promise<Variable> {
    return promised(() => this.look().evaluate(expression, frameId));
  }

  setVariable(reference: number, name: string, value: string): Promise<Variable> {
    return promised(() => this.look().setVariable(reference, name, value));
  }

  setExpression(expression: string, value: string, frameId: number | null): Promise<Variable> {
    return promised(() => this.look().setExpression(expression, value, frameId));
  }

  completions(text: string, column: number, frameId: number | null): Promise<CompletionItem[]> {
    return promised(() => this.look().completions(text, column, frameId));
  }

  /** What lies below the stack is the engine's: it cannot be read. */
  readMemory(address: number, bytes: number): Uint8Array {
    const memory = this.memory();
    if (address < STACK_TOP - STACK_BYTES) return new Uint8Array();
    return memory.slice(Math.min(address, memory.length), Math.min(address + bytes, memory.length));
  }

  writeMemory(address: number, data: Uint8Array): number {
    const memory = this.memory();
    if (address < STACK_TOP - STACK_BYTES || address >= memory.length) return 0;
    const room = Math.min(data.length, memory.length - address);
    memory.set(data.subarray(0, room), address);
    return room;
  }

  disassemble(codeOffset: number, skip: number, count: number): Promise<DisassembledLine[]> {
    return promised(() => this.disassembler.around(codeOffset, skip, count));
  }

  residency(address: number, bytes: number): ResidencyRun[] {
    const { live } = this.run;
    if (!live?.pages || !live.memory || bytes <= 0) return [];
    const first = address >>> PAGE_SHIFT;
    const count = ((address + bytes - 1) >>> PAGE_SHIFT) - first + 1;
    return livePages(live.pages, live.memory, this.host.devices).runs(first, count);
  }

  pageHistory(page: number, limit: number): EventRow[] {
    const trace = this.run.live?.trace;
    return trace ? pageHistory(trace, page, limit, this.scope()).map((row) => this.withPath(row)) : [];
  }

  allocations(): Promise<AllocationInfo[]> {
    return promised(() => {
      const scope = this.scope();
      const pages = this.run.live;
      return scope.allocations.map((row) => ({
        id: row.id,
        name: row.name,
        kind: row.kind,
        address: row.address,
        bytes: row.bytes,
        path: row.file === null ? null : this.host.code.pathOf(row.file),
        line: row.line,
        freed: row.freedAtEvent !== null,
        residency: Object.fromEntries(
          pages ? row.residencyAtEnd.map((count, node) => [scope.nodeNames[node] ?? String(node), count]) : [],
        ),
      }));
    });
  }

  events(query: EventQuery): Promise<EventRows> {
    return promised(() => {
      const trace = this.run.live?.trace;
      if (!trace) return { rows: [], more: false, overflow: 0 };
      const found = queryEvents(trace, query, this.scope());
      return { ...found, rows: found.rows.map((row) => this.withPath(row)) };
    });
  }

  eventColumns(query: EventQuery): Promise<QueriedColumns> {
    return promised(() => {
      const trace = this.run.live?.trace;
      return trace ? queryColumns(trace, query, this.scope()) : NO_EVENT_COLUMNS;
    });
  }

  aggregate(query: EventQuery, by: 'kind' | 'line' | 'allocation' | 'launch'): Promise<EventAggregate[]> {
    return promised(() => {
      const trace = this.run.live?.trace;
      return trace ? aggregateEvents(trace, query, by, this.scope()) : [];
    });
  }

  /* --- for both halves ------------------------------------------------------------------------------------------------ */

  protected scope(): LiveScope {
    const { live } = this.run;
    if (!live) throw new DebugError('The program has not started.');
    return new LiveScope(live, this.host.code, this.host.devices, [this.host.driver]);
  }

  protected memory(): Uint8Array {
    const memory = this.run.live?.memory;
    return memory ? new Uint8Array(memory.buffer) : new Uint8Array();
  }

  protected look(): Inspector {
    if (!this.inspector) throw new DebugError('The program is running: pause it first.');
    return this.inspector;
  }

  private withPath(row: EventRow): EventRow {
    return row.path === null ? row : { ...row, path: this.host.code.pathOf(row.path) };
  }
}

/** A DebugError of the work is a rejection, not a throw; a condition that does not parse is one, too. */
function promised<T>(work: () => T | Promise<T>): Promise<T> {
  return Promise.resolve()
    .then(work)
    .catch((error: unknown) => {
      throw error instanceof ConditionError ? new DebugError(error.message, { cause: error }) : error;
    });
}
