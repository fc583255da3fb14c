/** A debug session and an engine of a few lines, and a client that talks to the adapter without a stream. */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import {
  DebugError,
  EVENT_FILTERS,
  type Breakpoint,
  type CompletedRun,
  type DebugObserver,
  type DebugSession,
  type FrameInfo,
  type ResidencyRun,
  type RunRequest,
  type Stop,
  type Variable,
} from '../../engine/index.js';
import { FaultlineDebugAdapter } from '../../extension/adapter/adapter.js';
import type { DebugEngine, LaunchOutcome } from '../../extension/adapter/engine.js';
import { queryColumns } from '../../engine/trace/column-query.js';
import { scopeOfTables } from '../../engine/trace/condition-scope.js';
import { NO_TABLES, Recording } from '../trace/recording.js';

export const file = new URL('../workloads/cuda/add.cu', import.meta.url).pathname;

function stop(over: Partial<Stop> = {}): Stop {
  return {
    reason: 'breakpoint',
    position: { event: 7, step: 3 },
    threadId: 1,
    breakpointIds: [],
    description: 'Hit breakpoint',
    exception: null,
    ...over,
  };
}

export function variable(over: Partial<Variable> = {}): Variable {
  return {
    name: 'x',
    value: '42',
    type: 'int',
    reference: 0,
    namedChildren: 0,
    indexedChildren: 0,
    evaluateName: 'x',
    memoryAddress: null,
    address: null,
    bytes: 4,
    readOnly: false,
    ...over,
  };
}

export function frame(over: Partial<FrameInfo> = {}): FrameInfo {
  return { id: 1, name: 'main', path: file, line: 20, column: 5, codeOffset: 0x100, kind: 'user', ...over };
}

/** Answers from fields that a test sets, and keeps what it was told. */
export class FakeSession implements DebugSession {
  sources = [file];
  readonly eventFilters = EVENT_FILTERS;
  stopped = false;
  readonly told: unknown[][] = [];
  private lastId = 100;
  stackFrames: FrameInfo[] = [frame()];
  children: Variable[] = [];
  result: Variable | Error = variable();
  memory = new Map<number, Uint8Array>();
  runs: ResidencyRun[] = [];
  disassembled: Awaited<ReturnType<DebugSession['disassemble']>> = [];
  unverified = false;

  constructor(readonly observer: DebugObserver) {}

  /** The program stands, and everybody is told. */
  stopAt(over: Partial<Stop> = {}): void {
    this.stopped = true;
    this.observer.stopped(stop(over));
  }

  private tell(...what: unknown[]): void {
    this.told.push(what);
  }

  private go(...what: unknown[]): void {
    if (!this.stopped) throw new DebugError('The program is running: pause it first.');
    this.stopped = false;
    this.tell(...what);
  }

  private breakpoints(count: number, over: (index: number) => Partial<Breakpoint>): Promise<Breakpoint[]> {
    return Promise.resolve(
      Array.from({ length: count }, (_, index) =>
        this.unverified
          ? { id: ++this.lastId, verified: false, message: 'There is no code at this line or after it.' }
          : { id: ++this.lastId, verified: true, ...over(index) },
      ),
    );
  }

  start(options: { readonly stopOnEntry: boolean }): void {
    this.tell('start', options);
  }
  dispose(): Promise<void> {
    this.tell('dispose');
    return Promise.resolve();
  }
  setBreakpoints(path: string, said: Parameters<DebugSession['setBreakpoints']>[1]): Promise<Breakpoint[]> {
    this.tell('setBreakpoints', path, said);
    return this.breakpoints(said.length, (index) => ({ path, line: said[index]!.line, column: 3 }));
  }
  setFunctionBreakpoints(said: Parameters<DebugSession['setFunctionBreakpoints']>[0]): Promise<Breakpoint[]> {
    this.tell('setFunctionBreakpoints', said);
    return this.breakpoints(said.length, () => ({ path: file, line: 7, column: 1 }));
  }
  setInstructionBreakpoints(said: Parameters<DebugSession['setInstructionBreakpoints']>[0]): Promise<Breakpoint[]> {
    this.tell('setInstructionBreakpoints', said);
    return this.breakpoints(said.length, (index) => ({ codeOffset: said[index]!.codeOffset }));
  }
  setDataBreakpoints(said: Parameters<DebugSession['setDataBreakpoints']>[0]): Promise<Breakpoint[]> {
    this.tell('setDataBreakpoints', said);
    return this.breakpoints(said.length, () => ({}));
  }
  setEventFilters(said: Parameters<DebugSession['setEventFilters']>[0]): Promise<Breakpoint[]> {
    this.tell('setEventFilters', said);
    return this.breakpoints(said.length, () => ({}));
  }
  breakpointLocations(path: string, line: number, endLine: number): Promise<{ line: number; column: number }[]> {
    this.tell('breakpointLocations', path, line, endLine);
    return Promise.resolve([
      { line, column: 5 },
      { line, column: 20 },
    ]);
  }
  continue(): void {
    this.go('continue');
  }
  pause(): void {
    this.tell('pause');
  }
  step(...args: Parameters<DebugSession['step']>): void {
    this.go('step', ...args);
  }
  stepInTargets(): ReturnType<DebugSession['stepInTargets']> {
    return Promise.resolve([{ id: 4, label: 'fill(int*)', line: 20, column: 9 }]);
  }
  stepBack(...args: Parameters<DebugSession['stepBack']>): void {
    this.go('stepBack', ...args);
  }
  reverseContinue(): void {
    this.go('reverseContinue');
  }
  runToEvent(event: number): void {
    this.go('runToEvent', event);
  }
  gotoTargets(path: string, line: number): ReturnType<DebugSession['gotoTargets']> {
    this.tell('gotoTargets', path, line);
    return Promise.resolve([{ id: 9, label: `line ${line}`, line, column: 2 }]);
  }
  goto(targetId: number): void {
    if (targetId !== 9) throw new DebugError('This target is gone: ask for targets again.');
    this.go('goto', targetId);
  }
  restart(options: { readonly stopOnEntry: boolean }): Promise<void> {
    this.stopped = false;
    this.tell('restart', options);
    return Promise.resolve();
  }
  restartFrame(frameId: number): void {
    this.go('restartFrame', frameId);
  }
  focus(position: Parameters<DebugSession['focus']>[0]): Promise<void> {
    this.tell('focus', position);
    if (position) this.stopped = false;
    return Promise.resolve();
  }
  threads(): { id: number; name: string }[] {
    return [{ id: 1, name: 'main' }];
  }
  stack(): Promise<FrameInfo[]> {
    return Promise.resolve(this.stackFrames);
  }
  scopes(): ReturnType<DebugSession['scopes']> {
    return Promise.resolve([{ name: 'Locals', kind: 'locals', reference: 11, expensive: false }]);
  }
  variables(...args: Parameters<DebugSession['variables']>): Promise<Variable[]> {
    this.tell('variables', ...args);
    return Promise.resolve(this.children);
  }
  evaluate(expression: string, frameId: number | null): Promise<Variable> {
    this.tell('evaluate', expression, frameId);
    return this.result instanceof Error ? Promise.reject(this.result) : Promise.resolve(this.result);
  }
  setVariable(reference: number, name: string, value: string): Promise<Variable> {
    this.tell('setVariable', reference, name, value);
    return Promise.resolve(variable({ name, value, address: 0x2000 }));
  }
  setExpression(expression: string, value: string, frameId: number | null): Promise<Variable> {
    this.tell('setExpression', expression, value, frameId);
    return Promise.resolve(variable({ name: expression, value, address: 0x2000 }));
  }
  completions(text: string, column: number, frameId: number | null): ReturnType<DebugSession['completions']> {
    this.tell('completions', text, column, frameId);
    return Promise.resolve([{ label: 'maxError', type: 'variable', text: 'maxError', replaces: 3 }]);
  }
  readMemory(address: number, bytes: number): Uint8Array {
    for (const [start, data] of this.memory)
      if (address >= start && address < start + data.length)
        return data.slice(address - start, address - start + bytes);
    return new Uint8Array();
  }
  writeMemory(address: number, data: Uint8Array): number {
    this.tell('writeMemory', address, [...data]);
    return data.length;
  }
  disassemble(...args: Parameters<DebugSession['disassemble']>): ReturnType<DebugSession['disassemble']> {
    this.tell('disassemble', ...args);
    return Promise.resolve(this.disassembled);
  }
  residency(address: number, bytes: number): ResidencyRun[] {
    this.tell('residency', address, bytes);
    return this.runs;
  }
  pageHistory(page: number): ReturnType<DebugSession['pageHistory']> {
    return [row(5, page, 'cpu'), row(123, page, 'gpu0')];
  }
  allocations(): ReturnType<DebugSession['allocations']> {
    return Promise.resolve([
      {
        id: 1,
        name: 'x',
        kind: 'managed',
        address: 0x20000,
        bytes: 4096,
        path: file,
        line: 18,
        freed: false,
        residency: { cpu: 1 },
      },
    ]);
  }
  events(query: Parameters<DebugSession['events']>[0]): ReturnType<DebugSession['events']> {
    this.tell('events', query);
    return Promise.resolve({ rows: [row(5, 0x20, 'cpu')], more: true, overflow: 0 });
  }
  eventColumns(query: Parameters<DebugSession['eventColumns']>[0]): ReturnType<DebugSession['eventColumns']> {
    this.tell('eventColumns', query);
    const { reader } = new Recording().at({ nowNs: 70 }).migrate(0, 1, 32, 3);
    return Promise.resolve(queryColumns(reader, query, scopeOfTables(NO_TABLES)));
  }
  aggregate(...args: Parameters<DebugSession['aggregate']>): ReturnType<DebugSession['aggregate']> {
    this.tell('aggregate', ...args);
    return Promise.resolve([{ label: '', key: 'migrate', events: 1, pages: 2, bytes: 8192, durationNs: 10 }]);
  }
}

function row(number: number, page: number, target: string): ReturnType<DebugSession['pageHistory']>[number] {
  return {
    number,
    timeNs: 10,
    durationNs: 1,
    kind: 'migrate',
    agent: 'cpu',
    source: null,
    target,
    firstPage: page,
    pageCount: 1,
    access: 'none',
    cause: 'fault',
    codeOffset: null,
    path: file,
    line: 12,
    launch: 0,
    block: null,
    thread: null,
    allocation: 1,
    extra: 0,
  };
}

export class FakeEngine implements DebugEngine {
  readonly eventFilters = EVENT_FILTERS;
  readonly drivers = ['hmm', 'pinned'];
  readonly machines = ['p100-pcie3'];
  readonly requests: RunRequest[] = [];
  readonly sessions: FakeSession[] = [];
  sources = [file];
  /** What a launch waits for, and what it fails with. */
  building: Promise<void> = Promise.resolve();
  outcome: LaunchOutcome | Error | null = null;
  signal: AbortSignal | null = null;
  running: { observer: Parameters<DebugEngine['run']>[1]; end: (run: CompletedRun) => void } | null = null;

  get session(): FakeSession {
    return this.sessions.at(-1)!;
  }

  async launch(request: RunRequest, observer: DebugObserver, signal: AbortSignal): Promise<LaunchOutcome> {
    this.requests.push(request);
    this.signal = signal;
    observer.progress({ phase: 'compile', detail: 'add.cu' });
    await this.building;
    signal.throwIfAborted();
    if (this.outcome instanceof Error) throw this.outcome;
    if (this.outcome) return this.outcome;
    const session = new FakeSession(observer);
    session.sources = [...this.sources];
    this.sessions.push(session);
    return { ok: true, session };
  }

  run(...[request, observer, signal]: Parameters<DebugEngine['run']>): ReturnType<DebugEngine['run']> {
    this.requests.push(request);
    this.signal = signal;
    observer.progress({ phase: 'run', detail: 'add.cu' });
    return new Promise((resolve) => {
      this.running = { observer, end: resolve };
    });
  }
}

/** A client in the same thread. */
export class FakeClient {
  readonly engine = new FakeEngine();
  readonly adapter = new FaultlineDebugAdapter(this.engine);
  readonly messages: P.ProtocolMessage[] = [];
  private sequence = 0;
  private readonly waiting = new Set<() => void>();

  constructor() {
    this.adapter.onDidSendMessage((message) => {
      // As it would be over a stream.
      this.messages.push(JSON.parse(JSON.stringify(message)) as P.ProtocolMessage);
      for (const look of this.waiting) look();
    });
  }

  get events(): P.Event[] {
    return this.messages.filter((message): message is P.Event => message.type === 'event');
  }

  /** Bodies of the events of a name. */
  bodies(name: string): unknown[] {
    return this.events.filter(({ event }) => event === name).map(({ body }) => body as unknown);
  }

  private until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        this.waiting.delete(look);
        resolve(found);
      };
      this.waiting.add(look);
      look();
    });
  }

  /** The answer, be it a failure. */
  send(command: string, args?: unknown): Promise<P.Response> {
    const seq = ++this.sequence;
    this.adapter.handleMessage({ type: 'request', seq, command, ...(args !== undefined && { arguments: args }) });
    return this.answerTo(seq);
  }

  /** The number of the request that is sent next. */
  get nextSequence(): number {
    return this.sequence + 1;
  }

  answerTo(seq: number): Promise<P.Response> {
    return this.until(() =>
      this.messages.find(
        (message): message is P.Response => message.type === 'response' && (message as P.Response).request_seq === seq,
      ),
    );
  }

  /** The body of a successful answer. */
  async ask<Body = never>(command: string, args?: unknown): Promise<Body> {
    const response = await this.send(command, args);
    if (!response.success) throw new Error(`${command}: ${response.message ?? ''}`);
    return response.body as Body;
  }

  /** The sentence of a failure. */
  async refused(command: string, args?: unknown): Promise<string> {
    const response = await this.send(command, args);
    if (response.success) throw new Error(`${command} succeeded`);
    return response.message ?? '';
  }

  /** The `count`th event of a name. */
  event(name: string, count = 1): Promise<P.Event> {
    return this.until(() => this.events.filter(({ event }) => event === name)[count - 1]);
  }

  async initialize(args: object = {}): Promise<P.Capabilities> {
    return await this.ask('initialize', { adapterID: 'faultline', ...args });
  }

  /** A program that was launched and runs. */
  async launched(attributes: object = {}, introduction: object = {}): Promise<FakeSession> {
    await this.initialize(introduction);
    const launch = this.send('launch', { program: file, ...attributes });
    await this.event('initialized');
    await this.ask('configurationDone');
    const answer = await launch;
    if (!answer.success) throw new Error(answer.message);
    return this.engine.session;
  }

  /** A program that has stopped. */
  async stopped(over: Partial<Stop> = {}, introduction: object = {}): Promise<FakeSession> {
    const session = await this.launched({}, introduction);
    session.stopAt(over);
    return session;
  }
}

/** A run that did nothing and ended. */
export function completed(exit: Partial<CompletedRun['exit']> = {}): CompletedRun {
  return {
    compiled: true,
    exit: { status: 0, signal: null, reason: 'exited', ...exit },
    fault: null,
    trace: new Recording().reader,
    tables: {
      drivers: ['hmm'],
      cpuFaultScope: 'all',
      nodes: ['cpu', 'gpu0'],
      allocations: [],
      launches: [],
      locations: new Map(),
      simulatedNs: 0,
      overflow: null,
    },
    language: 'cuda',
    sources: ['add.cu'],
    projectFolder: '/',
    machineName: 'p100-pcie3',
    driverName: 'hmm',
    driverParameters: {},
    pageSize: 4096,
    host: { compileMs: 1, runMs: 1, accesses: 0, peakMemoryBytes: 1 },
  };
}
