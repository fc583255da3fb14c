/**
 * The debug session: what a person asks for becomes commands to the program's thread, and its stops become what a person
 * sees. Looking is the inspector's work, going back in time the run's.
 */
import { EVENT_FILTERS } from '../trace/event-filters.js';
import { CALL_RECORD_BYTES } from '../toolchain/instrument/debug-code.js';
import { BreakpointJudge } from './breakpoint-judge.js';
import { Breakpoints } from './breakpoints.js';
import { linear, withinGrid } from './grid-position.js';
import { Inspector, type InspectedProgram } from './inspector.js';
import { threadOf } from './thread-numbers.js';
import type { Moment, ProgramState, Resume, Wanted } from './messages.js';
import { LookingSession, type SessionHost } from './looking-session.js';
import { ProgramRun, SearchCancelled, type StoppedNotice } from './program-run.js';
import { describeStop } from './stop-description.js';
import {
  DebugError,
  type Breakpoint,
  type DataBreakpointRequest,
  type DebugObserver,
  type DebugSession,
  type EventFilter,
  type EventFilterSetting,
  type FunctionBreakpointRequest,
  type GridPosition,
  type InstructionBreakpointRequest,
  type SourceBreakpointRequest,
  type StepGranularity,
  type StepKind,
  type StepTarget,
  type StopReason,
} from './types.js';

/** Events that a search for the last line goes back over at first; more if there was none. */
const SEARCH_WINDOWS = [1, 64, 4096];

export class ProgramDebugger extends LookingSession implements DebugSession {
  readonly eventFilters: readonly EventFilter[] = EVENT_FILTERS;
  private readonly breakpoints: Breakpoints;
  protected readonly run: ProgramRun;
  private notice: StoppedNotice | undefined;
  private nextFrame = 1;
  /** What the next stop is called, if it is the end of a journey. */
  private arrival: { readonly reason: StopReason; readonly description: string } | undefined;
  private readonly targets = new Map<
    number,
    { readonly offsets: readonly number[]; readonly functionIndex: number | null }
  >();
  private instructions: ReadonlySet<number> = new Set();
  private travelling = false;

  constructor(
    host: SessionHost,
    private readonly observer: DebugObserver,
  ) {
    super(host);
    this.breakpoints = new Breakpoints(host.code, {
      nodeNames: ['cpu', ...Array.from({ length: host.devices }, (_, n) => `gpu${String(n)}`)],
      driverNames: [host.driver],
    });
    const judge = new BreakpointJudge(this.breakpoints, observer, () => {
      this.run.configure(this.breakpoints.configuration());
    });
    this.run = new ProgramRun(
      host.start,
      {
        stdout: (chunk) => {
          observer.stdout(chunk);
        },
        stderr: (chunk) => {
          observer.stderr(chunk);
        },
        progress: (progress) => {
          observer.progress(progress);
        },
        stopped: (notice) => {
          this.stoppedAt(notice);
        },
        ask: ({ ids, state }) => judge.decide(ids, this.inspect(state, null), this.travelling),
        ended: (result) => {
          this.leave();
          host.complete(result).then(
            (run) => {
              observer.ended(run);
            },
            (error: unknown) => {
              observer.failed(error instanceof Error ? error : new Error(String(error)));
            },
          );
        },
        failed: (error) => {
          this.leave();
          observer.failed(error);
        },
      },
      host.code.tables,
      () => {
        this.breakpoints.forgetHits();
        return this.breakpoints.configuration();
      },
    );
    this.run.pollTable = host.pollTable;
    this.run.polls = host.polls;
  }

  get sources(): readonly string[] {
    return this.host.code.sources;
  }

  get stopped(): boolean {
    return this.inspector !== undefined;
  }

  start({ stopOnEntry }: { readonly stopOnEntry: boolean }): void {
    this.leave();
    this.arrival = undefined;
    this.run.start(stopOnEntry ? STEP_IN : { kind: 'continue' }, true);
  }

  async dispose(): Promise<void> {
    this.leave();
    await this.run.dispose();
    await this.host.dispose();
  }

  /* --- breakpoints --------------------------------------------------------------------------------------------------- */

  setBreakpoints(path: string, requests: readonly SourceBreakpointRequest[]): Promise<Breakpoint[]> {
    return this.configured(this.breakpoints.setSource(path, requests));
  }

  setFunctionBreakpoints(requests: readonly FunctionBreakpointRequest[]): Promise<Breakpoint[]> {
    return this.configured(this.breakpoints.setFunctions(requests));
  }

  setInstructionBreakpoints(requests: readonly InstructionBreakpointRequest[]): Promise<Breakpoint[]> {
    return this.configured(this.breakpoints.setInstructions(requests));
  }

  setDataBreakpoints(requests: readonly DataBreakpointRequest[]): Promise<Breakpoint[]> {
    return this.configured(
      this.breakpoints.setData(requests, ({ address }) => this.inspector?.frameHolding(address) ?? null),
    );
  }

  setEventFilters(filters: readonly EventFilterSetting[]): Promise<Breakpoint[]> {
    return this.configured(this.breakpoints.setFilters(filters));
  }

  breakpointLocations(path: string, line: number, endLine: number): Promise<{ line: number; column: number }[]> {
    const file = this.host.code.fileOf(path);
    return Promise.resolve(file === undefined ? [] : [...this.host.code.columnsOf(file, line, endLine)]);
  }

  /** The program's thread hears of what is set now; a site that has no poll yet gets one. */
  private async configured(answers: Breakpoint[]): Promise<Breakpoint[]> {
    const configuration = this.breakpoints.configuration();
    const missing = configuration.breakpoints.map(({ site }) => site).filter((site) => !this.hasPoll(site));
    if (missing.length > 0) await this.addPolls(missing);
    this.run.configure(configuration);
    return answers;
  }

  private hasPoll(site: number): boolean {
    return this.host.code.lineStarts.has(site) || this.instructions.has(site);
  }

  /** Builds with more polls. A program that has started is taken to where it is in the new build. */
  private async addPolls(sites: readonly number[]): Promise<void> {
    this.instructions = new Set([...this.instructions, ...sites]);
    // A running program stands still for a moment, and goes on in the new build.
    const { running } = this.run;
    if (running)
      await this.quietly(() => {
        this.run.pause();
      });
    this.run.polls = await this.host.pollAt(this.instructions);
    const { notice } = this;
    if (!notice) return;
    await this.quietly(() => this.run.travelTo(notice.state.moment));
    if (!running) return;
    this.leave();
    this.run.resume({ kind: 'continue' });
  }

  /** Does what leads to a stop, or to the end, and tells nobody of the stop. */
  private async quietly(action: () => void | Promise<void>): Promise<void> {
    const arrived = new Promise<void>((resolve) => {
      this.quietArrival = resolve;
    });
    await action();
    await arrived;
  }

  private quietArrival: (() => void) | undefined;

  /* --- running ------------------------------------------------------------------------------------------------------- */

  continue(): void {
    this.go({ kind: 'continue' });
  }

  pause(): void {
    if (!this.stopped && !this.run.cancelSearch()) this.run.pause();
  }

  step(kind: StepKind, granularity: StepGranularity, targetId?: number): void {
    const notice = this.requireStop();
    const target = targetId === undefined ? undefined : this.targets.get(targetId);
    if (notice.migration.length > 0 || (kind === 'in' && notice.cause.kind === 'event')) {
      this.go({ kind: 'phase', step: kind });
      return;
    }
    const instructions = granularity === 'instruction';
    const resume: Resume = { kind: 'step', step: kind, instructions, functionIndex: target?.functionIndex ?? null };
    if (!instructions) {
      this.go(resume);
      return;
    }
    const [top] = this.look().stack(threadOf(notice.state));
    const fn = this.host.code.functionAt(top?.codeOffset ?? -1);
    const operators = fn?.user === true ? this.disassembler.operatorsOf(fn) : [];
    if (operators.every((offset) => this.hasPoll(offset))) this.go(resume);
    else
      this.travel(async () => {
        await this.addPolls(operators.filter((offset) => !this.hasPoll(offset)));
        this.go(resume);
      });
  }

  stepInTargets(frameId: number): Promise<StepTarget[]> {
    const record = this.look().recordOf(frameId);
    const position = this.host.code.index.at(record.codeOffset);
    const fn = this.host.code.functionAt(record.codeOffset);
    if (!fn || !position) return Promise.resolve([]);
    const targets = this.disassembler.callsOf(fn).flatMap(({ offset, callee }) => {
      const at = this.host.code.index.at(offset);
      const called = this.host.code.functionByIndex(callee);
      if (at?.line !== position.line || called?.user !== true) return [];
      return [this.target(called.name, { offsets: [], functionIndex: callee }, at)];
    });
    return Promise.resolve(targets);
  }

  stepBack(granularity: StepGranularity): void {
    const { state } = this.requireStop();
    const records = this.look()
      .stack(threadOf(state))
      .filter(({ kind }) => kind !== 'engine')
      .map(({ id }) => this.look().recordOf(id));
    const frame = records[0]?.address ?? 0;
    const wanted = (fromEvent: number): Wanted => ({
      what: 'step',
      fromEvent,
      frame,
      agent: state.agent,
      hostThread: state.hostThread,
      instructions: granularity === 'instruction',
      functions: records.map(({ functionIndex }) => functionIndex),
    });
    this.travel(async () => {
      let found: Moment | null = null;
      for (const window of [...SEARCH_WINDOWS, Infinity]) {
        const fromEvent = Math.max(0, state.moment.events - window);
        found = await this.run.search({ kind: 'search', wanted: wanted(fromEvent), moment: state.moment });
        if (found || fromEvent === 0) break;
      }
      await this.arriveAt(found, { reason: 'step', description: 'Stepped back' });
    });
  }

  reverseContinue(): void {
    const { state } = this.requireStop();
    this.travel(async () => {
      const found = await this.run.search({ kind: 'search', wanted: { what: 'stop' }, moment: state.moment });
      await this.arriveAt(found, { reason: 'breakpoint', description: 'Last stop before' });
    });
  }

  runToEvent(event: number): void {
    const { state } = this.requireStop();
    const moment: Moment = { events: event, rounds: 0, site: -1, page: -1, depth: 0, phases: -1 };
    this.arrival = { reason: 'goto', description: `Event ${String(event - 1)}` };
    if (event > state.moment.events) this.go({ kind: 'until', moment });
    else
      this.travel(async () => {
        await this.run.travelTo(moment);
      });
  }

  gotoTargets(path: string, line: number): Promise<StepTarget[]> {
    const file = this.host.code.fileOf(path);
    const { offsets, at } = file === undefined ? { offsets: [], at: null } : this.host.code.stopsAt(file, line);
    if (!at) return Promise.resolve([]);
    return Promise.resolve([this.target(`line ${String(at.line)}`, { offsets, functionIndex: null }, at)]);
  }

  /** To the last visit of the line before now; if there was none, to the next. */
  goto(targetId: number): void {
    const { state } = this.requireStop();
    const target = this.targets.get(targetId);
    if (!target) throw new DebugError('This target is gone: ask for targets again.');
    const { offsets: sites } = target;
    this.travel(async () => {
      const wanted: Wanted = { what: 'visit', sites, depth: null };
      const found = await this.run.search({ kind: 'search', wanted, moment: state.moment });
      this.arrival = { reason: 'goto', description: 'Gone to' };
      if (found) await this.run.travelTo(found);
      else this.run.resume({ kind: 'sites', sites });
    });
  }

  async restart({ stopOnEntry }: { readonly stopOnEntry: boolean }): Promise<void> {
    this.leave();
    await this.run.end();
    this.start({ stopOnEntry });
  }

  restartFrame(frameId: number): void {
    const { state } = this.requireStop();
    const record = this.look().recordOf(frameId);
    const fn = this.host.code.functionByIndex(record.functionIndex);
    if (fn?.user !== true) throw new DebugError('Only a function of the program’s own can be restarted.');
    const depth = record.address + CALL_RECORD_BYTES + this.host.inspected.spilled(fn.index).length * 8;
    const sites = [this.host.code.entryOf(fn)];
    this.travel(async () => {
      const wanted: Wanted = { what: 'visit', sites, depth };
      const found = await this.run.search({ kind: 'search', wanted, moment: state.moment });
      await this.arriveAt(found ?? state.moment, { reason: 'goto', description: `Start of ${fn.name}` });
    });
  }

  async focus(position: GridPosition | null): Promise<void> {
    const { state } = this.requireStop();
    if (position && state.launch === 0) throw new DebugError('No kernel runs: there is no thread to look at.');
    if (position && state.grid && !withinGrid(position, state.grid))
      throw new DebugError('This block or thread is not in the grid.');
    const { grid } = state;
    this.breakpoints.focus = position && { block: [...position.block], thread: [...position.thread] };
    await this.configured([]);
    if (!position) return;
    this.arrival = { reason: 'goto', description: 'Focus' };
    const resume: Resume = {
      kind: 'thread',
      launch: state.launch,
      block: [...position.block],
      thread: [...position.thread],
    };
    if (grid && linear(position, grid) > linear(grid, grid)) this.go(resume);
    else
      this.travel(async () => {
        await this.run.end();
        this.run.start(resume, false);
      });
  }

  /* --- inside -------------------------------------------------------------------------------------------------------- */

  private target(
    label: string,
    target: { readonly offsets: readonly number[]; readonly functionIndex: number | null },
    at: { readonly line: number; readonly column: number },
  ): StepTarget {
    const id = this.targets.size + 1;
    this.targets.set(id, target);
    return { id, label, line: at.line, column: at.column };
  }

  private requireStop(): StoppedNotice {
    if (!this.notice) throw new DebugError('The program is running: pause it first.');
    return this.notice;
  }

  private go(resume: Resume): void {
    this.requireStop();
    this.leave();
    this.run.resume(resume);
  }

  /** Nothing that was looked at is good any more. */
  private leave(): void {
    this.quietArrival?.();
    this.quietArrival = undefined;
    if (this.inspector) this.nextFrame = this.inspector.frameIds;
    this.inspector = undefined;
    this.notice = undefined;
  }

  /** Work that ends in another life of the program; a failure of it is the engine's. */
  private travel(work: () => Promise<void>): void {
    const from = this.notice?.state.moment;
    this.leaveForTravel();
    work()
      .catch(async (error: unknown) => {
        // Given up: back to where it began.
        if (error instanceof SearchCancelled && from) {
          await this.arriveAt(from, { reason: 'pause', description: 'Given up' });
          return;
        }
        this.observer.failed(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => {
        this.travelling = false;
      });
  }

  private leaveForTravel(): void {
    this.travelling = true;
    if (this.inspector) this.nextFrame = this.inspector.frameIds;
    this.inspector = undefined;
  }

  private async arriveAt(
    moment: Moment | null,
    arrival: { readonly reason: StopReason; readonly description: string },
  ): Promise<void> {
    if (moment) {
      this.arrival = arrival;
      await this.run.travelTo(moment);
      return;
    }
    // There is nothing before: the beginning is as far as one can go.
    this.arrival = { reason: 'entry', description: 'The program’s beginning' };
    await this.run.end();
    this.run.start(STEP_IN, false);
  }

  private inspect(state: ProgramState, notice: StoppedNotice | null): Inspector {
    const program: InspectedProgram = { ...this.host.inspected, code: this.host.code, memory: () => this.memory() };
    return new Inspector(program, state, notice?.migration ?? [], this.nextFrame);
  }

  private stoppedAt(notice: StoppedNotice): void {
    this.notice = notice;
    this.inspector = this.inspect(notice.state, notice);
    const quiet = this.quietArrival;
    if (quiet) {
      this.quietArrival = undefined;
      quiet();
      return;
    }
    const { arrival } = this;
    this.arrival = undefined;
    this.travelling = false;
    const live = this.run.live;
    this.observer.stopped(
      describeStop(notice, {
        arrival: notice.cause.kind === 'goto' ? arrival : undefined,
        kindOf: (id) => this.breakpoints.entry(id)?.kind ?? 'breakpoint',
        scope: this.scope(),
        trace: live?.trace,
        code: this.host.code,
      }),
    );
  }
}

const STEP_IN: Resume = { kind: 'step', step: 'in', instructions: false, functionIndex: null };
