/**
 * All breakpoints that the client has set. It is kept here because a build forgets them: when the program is built again they
 * are set again, under the numbers that the client knows.
 */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type {
  Breakpoint,
  DataBreakpointRequest,
  DebugSession,
  EventFilterSetting,
  FunctionBreakpointRequest,
  InstructionBreakpointRequest,
  SourceBreakpointRequest,
} from '../../engine/index.js';
import { isDebugError } from './request-error.js';
import { formatAddress } from './schema.js';
import type { Client } from './client.js';
import type { EventSink } from './events.js';
import type { Sources } from './sources.js';

/** Null: the program runs without the debugger, and an editor sends its breakpoints none the less. */
type Target = DebugSession | null;
type Setter = (session: DebugSession) => Promise<readonly Breakpoint[]>;

/** What was set by one request: a file's breakpoints, or all of a kind. */
interface Entry {
  readonly set: Setter;
  /** The client's numbers, in order. */
  readonly ids: readonly number[];
  /** What the engine last said of each. */
  engine: readonly Breakpoint[];
}

export class BreakpointBook {
  private readonly entries = new Map<string, Entry>();
  private lastId = 0;
  /** Filters that the launch configuration turns on, whatever the client's switches say. */
  alwaysOn: readonly EventFilterSetting[] = [];

  constructor(
    private readonly client: Client,
    private readonly sources: Sources,
    private readonly events: EventSink,
  ) {}

  setSource(target: Target, path: string, said: readonly SourceBreakpointRequest[]): Promise<P.Breakpoint[]> {
    return this.replace(target, `source ${path}`, said.length, (session) => session.setBreakpoints(path, said));
  }

  setFunctions(target: Target, said: readonly FunctionBreakpointRequest[]): Promise<P.Breakpoint[]> {
    return this.replace(target, 'functions', said.length, (session) => session.setFunctionBreakpoints(said));
  }

  setInstructions(target: Target, said: readonly InstructionBreakpointRequest[]): Promise<P.Breakpoint[]> {
    return this.replace(target, 'instructions', said.length, (session) => session.setInstructionBreakpoints(said));
  }

  setData(target: Target, said: readonly DataBreakpointRequest[]): Promise<P.Breakpoint[]> {
    return this.replace(target, 'data', said.length, (session) => session.setDataBreakpoints(said));
  }

  /** Those of the client, and after them those that are always on and that the client does not mention. */
  setFilters(target: Target, said: readonly EventFilterSetting[]): Promise<P.Breakpoint[]> {
    const mentioned = new Set(said.map(({ id }) => id));
    return this.replace(target, 'filters', said.length, (session) =>
      session.setEventFilters([...said, ...this.alwaysOn.filter(({ id }) => !mentioned.has(id))]),
    );
  }

  /** What holds if the client never says which events it wants: the filters that are on by themselves. */
  async setDefaultFilters(session: DebugSession): Promise<void> {
    if (this.entries.has('filters')) return;
    await this.setFilters(
      session,
      session.eventFilters.filter((filter) => filter.default).map(({ id }) => ({ id })),
    );
  }

  /** Sets everything again, in a session that knows nothing of it, and tells the client what has changed. */
  async setAgain(session: DebugSession): Promise<void> {
    for (const entry of this.entries.values()) {
      const before = entry.engine;
      entry.engine = await entry.set(session);
      for (const [index, id] of entry.ids.entries()) {
        const now = entry.engine[index];
        if (now && !samePlace(before[index], now))
          this.events('breakpoint', { reason: 'changed', breakpoint: this.toClient(id, now) });
      }
    }
  }

  /** The client's numbers of breakpoints that the engine names; those that were replaced meanwhile have none. */
  clientIds(engineIds: readonly number[]): number[] {
    const found: number[] = [];
    for (const { ids, engine } of this.entries.values())
      for (const [index, id] of ids.entries()) if (engineIds.includes(engine[index]?.id ?? Number.NaN)) found.push(id);
    return found;
  }

  private async replace(target: Target, key: string, count: number, set: Setter): Promise<P.Breakpoint[]> {
    const ids = Array.from({ length: count }, () => ++this.lastId);
    if (target === null)
      return ids.map((id) => ({ id, verified: false, message: 'The program runs without the debugger.' }));
    const entry: Entry = { set, ids, engine: [] };
    this.entries.set(key, entry);
    try {
      entry.engine = await set(target);
    } catch (error) {
      if (!isDebugError(error)) throw error;
      return ids.map((id) => ({ id, verified: false, reason: 'failed', message: error.message }));
    }
    return ids.map((id, index) => this.toClient(id, entry.engine[index] ?? { id, verified: false }));
  }

  private toClient(id: number, { verified, message, path, line, column, codeOffset }: Breakpoint): P.Breakpoint {
    return {
      id,
      verified,
      ...(!verified && { reason: 'failed' as const }),
      ...(message !== undefined && { message }),
      ...(path !== undefined && { source: this.sources.of(path) }),
      ...(line !== undefined && { line: this.client.lineTo(line) }),
      ...(column !== undefined && column > 0 && { column: this.client.columnTo(column) }),
      ...(codeOffset !== undefined && { instructionReference: formatAddress(codeOffset) }),
    };
  }
}

function samePlace(a: Breakpoint | undefined, b: Breakpoint): boolean {
  return (
    a?.verified === b.verified &&
    a.message === b.message &&
    a.path === b.path &&
    a.line === b.line &&
    a.column === b.column &&
    a.codeOffset === b.codeOffset
  );
}
