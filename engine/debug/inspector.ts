/** The stopped program as a person looks at it: threads, frames, scopes, variables, expressions. Lives as long as one stop. */
import type { Lldb, StoppedFrame, Value } from '../symbols/lldb.js';
import { SymbolError } from '../symbols/lldb.js';
import type { CompletionItem, FrameInfo, ScopeInfo, ThreadInfo, Variable } from './types.js';
import { DebugError } from './types.js';
import { compileFastCondition, fastVariables, type FastCondition, type FastVariable } from './fast-condition.js';
import {
  fastVariable,
  GRID_NAMES,
  MOST_CHILDREN,
  MOST_FRAME_BYTES,
  page,
  PHASE_NAMES,
  plain,
  withGrid,
  type Children,
} from './plain-variables.js';
import { isAround, regionName } from './outlined-functions.js';
import { BEFORE_MAIN, callStackOf, hostThread, isHostThread, threadOf } from './thread-numbers.js';
import { readCallStack, recordAt, type CallRecord, type SpilledLocals } from './call-stack.js';
import type { MigrationState, ProgramState } from './messages.js';
import type { ProgramCode } from './program-code.js';

type Frame =
  | { readonly kind: 'program'; readonly info: FrameInfo; readonly record: CallRecord; readonly thread: number }
  | { readonly kind: 'migration'; readonly info: FrameInfo; readonly state: MigrationState };

interface Holder {
  readonly children: Children;
  /** The expression that gives a child, and the frame that it is evaluated in. */
  readonly assign?: (name: string, text: string) => Promise<Variable>;
}

export interface InspectedProgram {
  readonly code: ProgramCode;
  /** Loaded while the program runs; a stop may come first. */
  readonly lldb: () => Promise<Lldb>;
  readonly memory: () => Uint8Array;
  readonly spilled: SpilledLocals;
  /** Demangled name of a function that is not the user's. */
  readonly libraryName: (functionIndex: number) => string;
}

export class Inspector {
  private readonly frames = new Map<number, Frame>();
  private readonly holders: Holder[] = [];
  private readonly stacks = new Map<number, FrameInfo[]>();

  constructor(
    private readonly program: InspectedProgram,
    readonly state: ProgramState,
    private readonly migrations: readonly MigrationState[],
    /** Where the innermost frame is, if it is at no call. */
    firstFrameId: number,
  ) {
    this.nextFrame = firstFrameId;
  }

  private nextFrame: number;

  /** Frame ids of the next stop begin here. */
  get frameIds(): number {
    return this.nextFrame;
  }

  threads(): ThreadInfo[] {
    const { agent, grid, hostThreads } = this.state;
    const host = hostThreads.length > 0 ? hostThreads : [BEFORE_MAIN];
    const threads = host.map(({ id, name, waits }) => ({
      id: hostThread(id),
      name: waits === null ? name : `${name} · ${waits}`,
    }));
    if (agent !== 0) {
      const place = grid ? ` · block (${grid.block.join(',')}) thread (${grid.thread.join(',')})` : '';
      threads.push({ id: threadOf(this.state), name: `gpu${String(agent - 1)}${place}` });
    }
    return threads;
  }

  stack(threadId: number): FrameInfo[] {
    const known = this.stacks.get(threadId);
    if (known) return known;
    const frames = this.makeStack(threadId);
    this.stacks.set(threadId, frames);
    return frames;
  }

  /** Record of a frame of the program's. */
  recordOf(frameId: number): CallRecord {
    const frame = this.frame(frameId);
    if (frame.kind !== 'program') throw new DebugError('This frame is the engine’s, not the program’s.');
    return frame.record;
  }

  /** The record of the function of the running thread whose frame an address lies in; null if it lies in none. */
  frameHolding(address: number): { readonly record: number; readonly hostThread: number } | null {
    let found: { readonly base: number; readonly record: number } | undefined;
    for (const { id, kind } of this.stack(threadOf(this.state))) {
      if (kind === 'engine') continue;
      const record = this.recordOf(id);
      const [only] = this.program.spilled(record.functionIndex);
      const base = only && record.local(only.local);
      if (base?.type !== 'i32') continue;
      const start = base.value >>> 0;
      if (start <= address && address - start < MOST_FRAME_BYTES && (!found || start > found.base))
        found = { base: start, record: record.address };
    }
    return found ? { record: found.record, hostThread: this.state.hostThread } : null;
  }

  scopes(frameId: number): ScopeInfo[] {
    const frame = this.frame(frameId);
    if (frame.kind === 'migration') return this.migrationScopes(frame.state);
    const variables = this.lazyVariables(frame);
    const of = (scope: string): Children =>
      page(async () => (await variables()).filter((each) => each.scope === scope).map((each) => each.variable));
    const assign = (name: string, text: string): Promise<Variable> => this.assign(name, text, frame);
    const scopes: ScopeInfo[] = [];
    const scope = (name: string, kind: ScopeInfo['kind'], holder: Holder, expensive = false): void => {
      scopes.push({ name, kind, reference: this.hold(holder), expensive });
    };
    scope('Arguments', 'arguments', { children: of('PARAMETER'), assign });
    scope('Locals', 'locals', { children: of('LOCAL'), assign });
    if (!isHostThread(frame.thread))
      scope('Grid', 'grid', { children: page(() => Promise.resolve(this.gridVariables())) });
    scope('Globals', 'globals', { children: of('GLOBAL'), assign }, true);
    scope('Registers', 'registers', { children: page(() => Promise.resolve(this.registers(frame.record))) }, true);
    return scopes;
  }

  async variables(reference: number, start = 0, count = 0, filter?: 'named' | 'indexed'): Promise<Variable[]> {
    return this.holder(reference).children(start, count === 0 ? Infinity : count, filter);
  }

  async evaluate(expression: string, frameId: number | null): Promise<Variable> {
    const frame = this.programFrame(frameId);
    const grid = this.gridValue(expression, frame);
    if (grid) return grid;
    return this.asDebugError(async () => {
      const lldb = await this.program.lldb();
      const grid = isHostThread(frame.thread) ? null : this.state.grid;
      const value = await lldb.evaluate(withGrid(expression, grid), this.stoppedFrame(frame));
      return this.variable(expression, value, expression, frame);
    });
  }

  /** A condition as the program's thread can decide it, here; null if it cannot. */
  async fastCondition(text: string): Promise<FastCondition | null> {
    try {
      return await this.placedCondition(text);
    } catch (error) {
      // A variable that is not there now may be there the next time: LLDB goes on deciding.
      if (error instanceof SymbolError) return null;
      throw error;
    }
  }

  private async placedCondition(text: string): Promise<FastCondition | null> {
    const names = fastVariables(text);
    const frame = this.programFrame(null);
    if (!names) return null;
    const lldb = await this.program.lldb();
    const inScope = new Set((await lldb.variables(this.stoppedFrame(frame))).map(({ evaluateName }) => evaluateName));
    const found = new Map<string, FastVariable>();
    for (const name of names) {
      // Not a member of `this`, which is somewhere else the next time.
      const variable =
        inScope.has(name) || inScope.has(`::${name}`)
          ? fastVariable(
              await lldb.evaluate(name, this.stoppedFrame(frame)),
              frame.record,
              this.program.spilled(frame.record.functionIndex).map(({ local }) => local),
            )
          : null;
      if (!variable) return null;
      found.set(name, variable);
    }
    return compileFastCondition(text, (name) => found.get(name) ?? null);
  }

  async setVariable(reference: number, name: string, text: string): Promise<Variable> {
    const { assign } = this.holder(reference);
    if (!assign) throw new DebugError(`'${name}' cannot be changed.`);
    return assign(name, text);
  }

  setExpression(expression: string, text: string, frameId: number | null): Promise<Variable> {
    return this.assign(expression, text, this.programFrame(frameId));
  }

  async completions(text: string, column: number, frameId: number | null): Promise<CompletionItem[]> {
    const frame = this.programFrame(frameId);
    return this.asDebugError(async () => {
      const lldb = await this.program.lldb();
      return [...(await lldb.completions(text, column, this.stoppedFrame(frame)))];
    });
  }

  /* --- frames -------------------------------------------------------------------------------------------------------- */

  private makeStack(threadId: number): FrameInfo[] {
    const isCurrent = threadId === threadOf(this.state);
    const { stack, copied } = callStackOf(this.state, threadId);
    const { ranAheadFrom } = this.state;
    const frames: FrameInfo[] = [];
    if (isCurrent) for (const migration of this.migrations) frames.push(this.addMigration(migration));
    const records =
      isCurrent && ranAheadFrom !== null
        ? [recordAt(ranAheadFrom, this.program.code)]
        : readCallStack(stack, this.program.memory().buffer, this.program.spilled, copied);
    for (const [depth, record] of records.entries()) {
      const current = depth === 0 && isCurrent;
      const offset = current && this.state.moment.site >= 0 ? this.state.moment.site : record.codeOffset;
      const callee = records[depth - 1];
      frames.push(this.addFrame({ ...record, codeOffset: offset }, threadId, callee));
    }
    return frames;
  }

  /** @param callee the frame that this one calls */
  private addFrame(record: CallRecord, thread: number, callee: CallRecord | undefined): FrameInfo {
    const { code } = this.program;
    const fn = code.functionByIndex(record.functionIndex);
    const position = code.index.at(record.codeOffset);
    const user = fn?.user === true;
    const calleeName = callee && code.functionByIndex(callee.functionIndex)?.name;
    const around = fn !== undefined && calleeName !== undefined && isAround(fn.name, calleeName);
    const info: FrameInfo = {
      id: this.nextFrame++,
      name: user ? (regionName(fn.name) ?? fn.name) : this.program.libraryName(record.functionIndex),
      path: user && position ? code.pathOf(position.file) : null,
      line: position?.line ?? 0,
      column: position?.column ?? 0,
      codeOffset: record.codeOffset,
      kind: user && !around ? 'user' : 'library',
    };
    this.frames.set(info.id, { kind: 'program', info, record, thread });
    return info;
  }

  private addMigration(state: MigrationState): FrameInfo {
    const info: FrameInfo = {
      id: this.nextFrame++,
      name: PHASE_NAMES[state.phase] ?? state.phase,
      path: null,
      line: 0,
      column: 0,
      codeOffset: null,
      kind: 'engine',
    };
    this.frames.set(info.id, { kind: 'migration', info, state });
    return info;
  }

  private frame(frameId: number): Frame {
    const frame = this.frames.get(frameId);
    if (!frame) throw new DebugError('This frame is gone: the program has gone on.');
    return frame;
  }

  /** Without an id, the innermost of the program's own. */
  private programFrame(frameId: number | null): Extract<Frame, { kind: 'program' }> {
    const frames =
      frameId === null
        ? this.stack(threadOf(this.state)).flatMap(({ id }) => this.frames.get(id) ?? [])
        : [this.frame(frameId)];
    const found = frames.find((frame) => frame.kind === 'program');
    if (!found) throw new DebugError('There are no variables of the program here.');
    return found;
  }

  private stoppedFrame({ record }: Extract<Frame, { kind: 'program' }>): StoppedFrame {
    return {
      codeOffset: record.codeOffset,
      local: (index) => record.local(index),
      // The stack pointer has been changed by whoever was called since; no variable is described by it.
      global: () => undefined,
    };
  }

  /* --- variables ------------------------------------------------------------------------------------------------------ */

  private lazyVariables(
    frame: Extract<Frame, { kind: 'program' }>,
  ): () => Promise<readonly { readonly scope: string; readonly variable: Variable }[]> {
    let listed: Promise<readonly { readonly scope: string; readonly variable: Variable }[]> | undefined;
    const list = async (): Promise<readonly { readonly scope: string; readonly variable: Variable }[]> => {
      const lldb = await this.program.lldb();
      const found = await lldb.variables(this.stoppedFrame(frame));
      // Clang's own names, as OpenMP's `.omp.iv`, begin with a dot.
      const named = found.filter(({ name }) => !name.startsWith('.'));
      return named.map(({ scope, name, evaluateName, value }) => ({
        scope,
        variable: this.variable(name, value, evaluateName, frame),
      }));
    };
    return () => (listed ??= list());
  }

  private variable(
    name: string,
    value: Value,
    evaluateName: string | null,
    frame: Extract<Frame, { kind: 'program' }>,
  ): Variable {
    const expandable = value.namedChildren + value.indexedChildren > 0;
    return {
      name,
      value: value.text,
      type: value.type,
      reference: expandable ? this.hold(this.valueHolder(value, frame)) : 0,
      namedChildren: value.namedChildren,
      indexedChildren: value.indexedChildren,
      evaluateName,
      memoryAddress: value.pointee ?? value.address,
      address: value.address,
      bytes: value.bytes,
      readOnly: value.address === null,
    };
  }

  private valueHolder(value: Value, frame: Extract<Frame, { kind: 'program' }>): Holder {
    const names = new Map<string, string | null>();
    return {
      children: async (start, count, filter) =>
        this.asDebugError(async () => {
          const lldb = await this.program.lldb();
          // Named children come first, indexed ones after them.
          const [first, last] =
            filter === 'named'
              ? [start, Math.min(value.namedChildren, start + count)]
              : [
                  start + (filter === 'indexed' ? value.namedChildren : 0),
                  Math.min(
                    value.namedChildren + value.indexedChildren,
                    start + count + (filter === 'indexed' ? value.namedChildren : 0),
                  ),
                ];
          const children = await lldb.children(value, first, Math.min(MOST_CHILDREN, Math.max(0, last - first)));
          return children.map((child) => {
            names.set(child.name, child.evaluateName);
            return this.variable(child.name, child.value, child.evaluateName, frame);
          });
        }),
      assign: (name, text) => {
        const expression = names.get(name);
        if (expression === null || expression === undefined) throw new DebugError(`'${name}' cannot be changed.`);
        return this.assign(expression, text, frame);
      },
    };
  }

  private assign(expression: string, text: string, frame: Extract<Frame, { kind: 'program' }>): Promise<Variable> {
    return this.asDebugError(async () => {
      const lldb = await this.program.lldb();
      const value = await lldb.assign(expression, text, this.stoppedFrame(frame), (address, bytes) => {
        this.program.memory().set(bytes, address);
      });
      return this.variable(expression, value, expression, frame);
    });
  }

  private gridVariables(): Variable[] {
    const { grid } = this.state;
    if (!grid) return [];
    return GRID_NAMES.map(([name, key]) => this.triple(name, grid[key]));
  }

  /** `threadIdx.x` and friends, which have no address that LLDB knows. */
  private gridValue(expression: string, frame: Extract<Frame, { kind: 'program' }>): Variable | undefined {
    const { grid } = this.state;
    const found = /^\s*(threadIdx|blockIdx|blockDim|gridDim)(?:\.([xyz]))?\s*$/.exec(expression);
    if (!grid || !found || isHostThread(frame.thread)) return undefined;
    const key = GRID_NAMES.find(([name]) => name === found[1])?.[1];
    if (!key) return undefined;
    const axis = 'xyz'.indexOf(found[2] ?? '-');
    return axis < 0
      ? this.triple(found[1] ?? '', grid[key])
      : plain(expression.trim(), String(grid[key][axis]), 'unsigned int');
  }

  private triple(name: string, values: readonly number[]): Variable {
    const members = ['x', 'y', 'z'].map((axis, n) => ({
      ...plain(axis, String(values[n]), 'unsigned int'),
      evaluateName: `${name}.${axis}`,
    }));
    return {
      ...plain(name, `(${values.join(', ')})`, 'dim3'),
      evaluateName: name,
      reference: this.hold({ children: page(() => Promise.resolve(members)) }),
      namedChildren: 3,
    };
  }

  private registers(record: CallRecord): Variable[] {
    return this.program.spilled(record.functionIndex).map(({ local }) => {
      const value = record.local(local);
      return plain(`local ${String(local)}`, String(value?.value), value?.type ?? null);
    });
  }

  private migrationScopes(state: MigrationState): ScopeInfo[] {
    const fields = state.fields.map(([name, value]) => plain(name, value, null));
    const pages = state.pages.map(({ page: number, state: pageState, source, target, why }) => {
      const parts = [
        plain('state', pageState, null),
        plain('source', source, null),
        plain('target', target, null),
        ...(why === null ? [] : [plain('why', why, null)]),
      ];
      return {
        ...plain(
          `page 0x${number.toString(16)}`,
          why === null ? `${pageState}: ${source} → ${target}` : `${pageState}: ${why}`,
          null,
        ),
        reference: this.hold({ children: page(() => Promise.resolve(parts)) }),
        namedChildren: parts.length,
        memoryAddress: number * 4096,
      };
    });
    return [
      {
        name: 'Migration',
        kind: 'migration',
        expensive: false,
        reference: this.hold({ children: page(() => Promise.resolve(fields)) }),
      },
      {
        name: 'Pages',
        kind: 'migration',
        expensive: false,
        reference: this.hold({ children: page(() => Promise.resolve(pages)) }),
      },
    ];
  }

  private hold(holder: Holder): number {
    this.holders.push(holder);
    return this.holders.length;
  }

  private holder(reference: number): Holder {
    const holder = this.holders[reference - 1];
    if (!holder) throw new DebugError('This variable is gone: the program has gone on.');
    return holder;
  }

  private async asDebugError<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SymbolError) throw new DebugError(error.message, { cause: error });
      throw error;
    }
  }
}
