/**
 * The debugger's part in the program's thread: decides at each poll, event and migration phase whether the program stops,
 * and while it is stopped blocks the thread and takes commands. Everything that a stop needs later lies in shared memory or
 * goes with the message.
 *
 * A poll reaches this code only while its byte is set: for a breakpoint at it, or everywhere while somebody steps, pauses
 * or travels. So a program without breakpoints runs at its own speed.
 */
import { receiveMessageOnPort } from 'node:worker_threads';
import type { DebugHooks } from '../execution/debug-hooks.js';
import type { MigrationStep } from '../drivers/migration-step.js';
import type { AccessSignal, TrapSignal } from '../execution/signals.js';
import { EventKind, type EventSink, type MemoryEvent } from '../memory/event.js';
import { CPU } from '../memory/units.js';
import type { EventContext } from '../trace/recorder.js';
import { CALL_RECORD_BYTES, PollKind, type Polls } from '../toolchain/instrument/debug-code.js';
import { describeMigration, type MigrationRecord } from './migration-state.js';
import { BreakpointTable, isThreadOfGrid, type Arrival } from './breakpoint-table.js';
import type { FastContext } from './fast-condition.js';
import { EventStops } from './event-stops.js';
import { isThreadOf, originOf, type DebuggedProgram, type StepOrigin } from './debugged-program.js';
import {
  Control,
  type DebugCommand,
  type DebuggeeNotice,
  type DebugStart,
  type Moment,
  type ProgramState,
  type Resume,
  type StopCause,
  type Wanted,
} from './messages.js';

/** An error that a device API's function is about to return. */
export type ApiError = Omit<Extract<StopCause, { kind: 'apiError' }>, 'kind'>;

export class DebugController implements DebugHooks, EventSink {
  private readonly control: Int32Array;
  private readonly pollOf = new Map<number, number>();
  private program: DebuggedProgram | undefined;
  private sink: EventSink | undefined;
  private context: EventContext | undefined;
  private readonly table: BreakpointTable;
  readonly stops: EventStops;
  private resume: Resume;
  private origin: StepOrigin | undefined;
  private pausing = false;
  private events = 0;
  private phases = 0;
  /** Migrations under way, the outermost first: the last phase of each. */
  private readonly migrations: MigrationRecord[] = [];
  private candidate: Moment | null = null;
  private decision: readonly number[] | undefined;
  private resumed = false;
  private firstStop = true;

  constructor(
    private readonly start: DebugStart,
    private readonly polls: Polls,
    private readonly post: (notice: DebuggeeNotice) => void,
    names: { readonly nodes: readonly string[]; readonly driver: string },
  ) {
    this.control = new Int32Array(start.control);
    polls.sites.forEach((site, n) => {
      if (polls.kinds[n] !== PollKind.loop) this.pollOf.set(site, n);
    });
    this.table = new BreakpointTable();
    this.stops = new EventStops(start.code, names.nodes, names.driver);
    this.resume = start.resume;
    this.configure(start.configuration);
  }

  /** @param sink where events go on to; @param context where the program is at an event */
  recordTo(sink: EventSink, context: EventContext): void {
    this.sink = sink;
    this.context = context;
  }

  attach(program: DebuggedProgram): void {
    this.program = program;
    this.arm();
  }

  /* --- what the program's thread calls -------------------------------------------------------------------------------- */

  poll(site: number, kind: number): void {
    this.listen();
    // Between two statements no migration is under way.
    this.migrations.length = 0;
    if (this.pausing) {
      this.halt({ kind: 'pause' }, site);
      return;
    }
    if (kind === PollKind.loop) return;
    const poll = this.pollOf.get(site) ?? 0;
    const { resume } = this;
    if (resume.kind === 'until') {
      this.table.countHits(site, this.where(), this.fastContext(poll));
      if (this.isAt(resume.moment, site)) this.halt({ kind: 'goto' }, site);
      return;
    }
    if (resume.kind === 'search') {
      this.search(resume, site, poll, kind);
      return;
    }
    if (resume.kind === 'thread') {
      if (isThreadOfGrid(this.where(), resume)) this.halt({ kind: 'goto' }, site);
      return;
    }
    if (resume.kind === 'sites' && resume.sites.includes(site)) {
      this.halt({ kind: 'goto' }, site);
      return;
    }
    const ids = this.hitsAt(site, poll);
    if (ids.length > 0) {
      this.halt({ kind: 'breakpoint', ids }, site);
      return;
    }
    const changed = this.changedAt(site);
    if (changed.length > 0) {
      this.halt({ kind: 'watch', ids: changed, address: null, what: 'change' }, site);
      return;
    }
    if (resume.kind === 'step' && (resume.instructions || kind === PollKind.step) && this.stepEnds(resume, poll)) {
      this.halt({ kind: this.firstStop ? 'entry' : 'step' }, site);
      return;
    }
    // The migration that was stepped through has ended, or there was none.
    if (resume.kind === 'phase') this.halt({ kind: 'step' }, site);
  }

  record(event: Readonly<MemoryEvent>): number {
    this.listen();
    const number = this.sink?.record(event) ?? 0;
    this.events = number + 1;
    const { resume } = this;
    if (resume.kind === 'thread') {
      if (event.kind === EventKind.launch) this.arm();
      return number;
    }
    if (resume.kind === 'until' || resume.kind === 'search') {
      if (this.isAtEvent(resume.moment)) {
        if (resume.kind === 'until') this.halt({ kind: 'goto' });
        else this.found();
      } else if (resume.kind === 'search') {
        const { wanted } = resume;
        if (wanted.what === 'stop' && (this.matches(event, number) !== null || this.migrates(event).length > 0))
          this.candidate = this.moment(-1);
        if (wanted.what === 'step' && this.events === wanted.fromEvent) this.arm();
      }
      return number;
    }
    const filter = this.matches(event, number);
    if (filter !== null) this.halt({ kind: 'event', filter, number });
    else {
      const ids = this.migrates(event);
      if (ids.length > 0) this.halt({ kind: 'watch', ids, address: event.firstPage * 4096, what: 'migrate' });
    }
    return number;
  }

  /** Watches of pages that this event moves. */
  private migrates({ kind, firstPage, pageCount }: Readonly<MemoryEvent>): readonly number[] {
    if (kind !== EventKind.migrate) return [];
    return this.confirmed(this.table.migrating(firstPage, pageCount, this.where()), -1);
  }

  access(address: number, bytes: number, write: boolean, site: number): void {
    const { resume } = this;
    if ('moment' in resume && resume.moment.page >= 0 && this.isAt(resume.moment, site)) {
      if (resume.kind === 'until') this.halt({ kind: 'goto' }, site, resume.moment.page);
      else this.found(site);
      return;
    }
    if (resume.kind === 'until' || resume.kind === 'thread') return;
    const ids = this.confirmed(this.table.accessing(address, bytes, write, this.where()), site);
    if (ids.length === 0) return;
    const page = address >>> 12;
    if (resume.kind === 'search' && resume.wanted.what === 'stop') this.candidate = this.moment(site, page);
    else if (!this.travels()) this.halt({ kind: 'watch', ids, address, what: write ? 'write' : 'read' }, site, page);
  }

  signal(details: AccessSignal | TrapSignal): void {
    if (this.travels()) return;
    if (this.context && this.stops.wantsError(details, this.context)) this.halt({ kind: 'signal', details });
  }

  /** A call of a device API returns an error. */
  apiError(failed: ApiError): void {
    if (this.travels()) return;
    if (this.context && this.stops.wantsError(undefined, this.context)) this.halt({ kind: 'apiError', ...failed });
  }

  /** A phase of a migration is complete. */
  phase(step: MigrationStep): void {
    this.phases++;
    const { resume } = this;
    const depth = this.phaseDepth ?? step.depth;
    const stops =
      resume.kind === 'phase' &&
      (resume.step === 'in' || (resume.step === 'over' ? step.depth <= depth : step.depth < depth));
    const arrives = 'moment' in resume && resume.moment.phases >= 0 && this.isAtEvent(resume.moment);
    while ((this.migrations.at(-1)?.depth ?? -1) >= step.depth) this.migrations.pop();
    this.migrations.push(describeMigration(step, stops || arrives));
    if (stops) this.halt({ kind: 'phase' });
    else if (arrives && resume.kind === 'until') this.halt({ kind: 'goto' });
    else if (arrives) this.found();
    else if (resume.kind === 'search' && resume.wanted.what === 'step' && this.events >= resume.wanted.fromEvent)
      this.candidate = this.moment(-1);
    if (step.phase === 'finalize') this.migrations.pop();
  }

  private phaseDepth: number | undefined;

  /* --- deciding ------------------------------------------------------------------------------------------------------ */

  private hitsAt(site: number, poll: number): readonly number[] {
    if (!this.table.has(site)) return [];
    return this.confirmed(this.table.at(site, this.where(), this.fastContext(poll)), site);
  }

  private changedAt(site: number): readonly number[] {
    return this.table.compares ? this.confirmed(this.table.changed(this.view(), this.depth(), this.where()), site) : [];
  }

  /** What hits, and of what the session has to be asked about what it says. */
  private confirmed(
    { hit, ask }: { readonly hit: readonly number[]; readonly ask: readonly number[] },
    site: number,
  ): readonly number[] {
    if (ask.length === 0) return hit;
    this.decision = undefined;
    this.post({ type: 'ask', ids: ask, state: this.state(site) });
    this.wait(() => this.decision !== undefined);
    const decided = this.decision as readonly number[] | undefined;
    return [...hit, ...(decided ?? [])];
  }

  private fastContext(poll: number): () => FastContext {
    return () => ({
      memory: this.view(),
      locals: this.frameOf(poll) + CALL_RECORD_BYTES,
      grid: this.program?.position() ?? null,
    });
  }

  /** Memory may have grown since. */
  private view(): DataView {
    const buffer = this.program?.words(0, 0).buffer ?? new ArrayBuffer();
    if (this.memory?.buffer !== buffer) this.memory = new DataView(buffer);
    return this.memory;
  }

  private memory: DataView | undefined;

  private matches(event: Readonly<MemoryEvent>, number: number): string | null {
    return this.context ? this.stops.match(event, number, this.context) : null;
  }

  private stepEnds(resume: Extract<Resume, { kind: 'step' }>, poll: number): boolean {
    const { origin } = this;
    if (resume.functionIndex !== null && resume.step === 'in') {
      return this.polls.functions[poll] === resume.functionIndex || this.leftBehind(poll);
    }
    if (!origin) return true;
    const agent = this.program?.agent ?? 0;
    if (origin.agent === (CPU as number)) {
      // Another thread's frames lie at the same addresses.
      if (this.program?.hostThread !== origin.hostThread) return false;
      if (resume.step === 'in') return true;
      if (agent !== (CPU as number)) return false;
    } else if (agent === (CPU as number)) return true;
    else if (!isThreadOf(this.program, origin)) return false;
    const frame = this.frameOf(poll);
    return resume.step === 'in' || (resume.step === 'over' ? frame <= origin.frame : frame < origin.frame);
  }

  /** The statement that was stepped into has ended without a call of what was meant. */
  private leftBehind(poll: number): boolean {
    const { origin } = this;
    return origin !== undefined && isThreadOf(this.program, origin) && this.frameOf(poll) <= origin.frame;
  }

  private search(
    { moment, wanted }: Extract<Resume, { kind: 'search' }>,
    site: number,
    poll: number,
    kind: number,
  ): void {
    if (this.isAt(moment, site)) {
      this.found(site);
      return;
    }
    if (this.isWanted(wanted, site, poll, kind)) this.candidate = this.moment(site);
  }

  private isWanted(wanted: Wanted, site: number, poll: number, kind: number): boolean {
    switch (wanted.what) {
      case 'stop':
        return this.hitsAt(site, poll).length > 0 || this.changedAt(site).length > 0;
      case 'visit':
        return wanted.sites.includes(site) && (wanted.depth === null || wanted.depth === this.depth());
      case 'step':
        return (
          this.events >= wanted.fromEvent &&
          (wanted.instructions || kind === PollKind.step) &&
          this.program?.agent === wanted.agent &&
          this.program.hostThread === wanted.hostThread &&
          this.frameOf(poll) <= wanted.frame
        );
    }
  }

  private travels(): boolean {
    const { kind } = this.resume;
    return kind === 'until' || kind === 'search' || kind === 'thread';
  }

  /** A moment at an event or a phase. */
  private isAtEvent(moment: Moment): boolean {
    return moment.site < 0 && moment.events === this.events && (moment.phases < 0 || moment.phases === this.phases);
  }

  private found(site = -1): void {
    this.post({ type: 'searched', found: this.candidate, state: this.state(site) });
    this.candidate = null;
    this.block();
  }

  private isAt(moment: Moment, site: number): boolean {
    const { events, rounds, depth } = moment;
    if (moment.site !== site || events !== this.events) return false;
    return rounds === (this.program?.rounds ?? 0) && depth === this.depth();
  }

  /** Address of the innermost record, at a poll. */
  private frameOf(poll: number): number {
    return this.depth() - (this.polls.records[poll] ?? 0);
  }

  private depth(): number {
    return this.program?.depth ?? 0;
  }

  /* --- stopping ------------------------------------------------------------------------------------------------------ */

  private halt(cause: StopCause, site = -1, page = -1): void {
    this.firstStop = false;
    this.pausing = false;
    this.origin = undefined;
    const state = this.state(site, page);
    this.post({ type: 'stopped', cause, state, migration: this.migrations.map(({ state: each }) => each).reverse() });
    this.origin = this.program && originOf(this.program, state, this.polls);
    this.phaseDepth = cause.kind === 'phase' ? this.migrations.at(-1)?.depth : undefined;
    this.block();
  }

  private block(): void {
    this.resumed = false;
    this.wait(() => this.resumed);
    this.arm();
  }

  private wait(done: () => boolean): void {
    for (;;) {
      const seen = Atomics.load(this.control, Control.wake);
      this.drain();
      if (done()) return;
      Atomics.wait(this.control, Control.wake, seen);
    }
  }

  private listen(): void {
    if (Atomics.load(this.control, Control.interrupt) === 0) return;
    Atomics.store(this.control, Control.interrupt, 0);
    this.drain();
    this.arm();
  }

  private drain(): void {
    for (let next = receiveMessageOnPort(this.start.port); next; next = receiveMessageOnPort(this.start.port)) {
      const command = next.message as DebugCommand;
      if (command.type === 'configure') this.configure(command.configuration);
      else if (command.type === 'pause') this.pausing = true;
      else if (command.type === 'decide') this.decision = command.stop;
      else {
        this.resume = command.resume;
        this.resumed = true;
      }
    }
  }

  private configure(configuration: DebugStart['configuration']): void {
    this.table.set(configuration);
    this.stops.set(configuration.filters);
  }

  /** Sets the bytes of the polls that are to be heard. */
  private arm(): void {
    const { program, resume } = this;
    if (!program) return;
    program.watch(this.table.pages('moment' in resume ? resume.moment.page : -1));
    const bytes = program.pollBytes.subarray(0, this.polls.sites.length);
    const functions = this.functionsToHear();
    if (functions === 'all') {
      bytes.fill(1);
      return;
    }
    bytes.fill(0);
    if (functions.size > 0)
      for (let poll = 0; poll < bytes.length; poll++)
        if (functions.has(this.polls.functions[poll] ?? -1)) bytes[poll] = 1;
    const listenAt = (site: number): void => {
      const poll = this.pollOf.get(site);
      if (poll !== undefined) bytes[poll] = 1;
    };
    this.table.sites().forEach(listenAt);
    if (resume.kind === 'sites') resume.sites.forEach(listenAt);
    if (resume.kind === 'search' && resume.wanted.what === 'visit') resume.wanted.sites.forEach(listenAt);
    if ((resume.kind === 'until' || resume.kind === 'search') && resume.moment.site >= 0) listenAt(resume.moment.site);
  }

  /** Functions whose every poll is to be heard. */
  private functionsToHear(): ReadonlySet<number> | 'all' {
    const { resume, origin, program } = this;
    const compares =
      this.table.compares && (resume.kind === 'search' ? resume.wanted.what === 'stop' : !this.travels());
    if (this.pausing || resume.kind === 'phase' || compares) return 'all';
    if (resume.kind === 'thread') return program?.launch === resume.launch ? 'all' : NONE;
    if (resume.kind === 'search' && resume.wanted.what === 'step')
      return this.events >= resume.wanted.fromEvent ? new Set(resume.wanted.functions) : NONE;
    if (resume.kind !== 'step') return NONE;
    // What ends a step is in a function that has a record now, but for a step into another.
    if (resume.step === 'in' || !origin) return 'all';
    return new Set(resume.step === 'over' ? origin.functions : origin.functions.slice(0, -1));
  }

  private where(): Arrival {
    const { program } = this;
    return {
      agent: program?.agent ?? 0,
      hostThread: program?.hostThread ?? 1,
      launch: program?.launch ?? 0,
      grid: program?.position() ?? null,
    };
  }

  private moment(site: number, page = -1): Moment {
    return {
      events: this.events,
      rounds: this.program?.rounds ?? 0,
      site,
      page,
      depth: this.depth(),
      phases: this.phases,
    };
  }

  private state(site: number, page = -1): ProgramState {
    const stacks = this.program?.callStacks() ?? { host: { from: 0, to: 0 }, device: null };
    return {
      moment: this.moment(site, page),
      ...this.where(),
      hostThreads: this.program?.hostThreads() ?? [],
      hostStack: stacks.host,
      deviceStack: stacks.device,
      ranAheadFrom: this.program?.ranAheadFrom ?? null,
    };
  }
}

const NONE: ReadonlySet<number> = new Set();
