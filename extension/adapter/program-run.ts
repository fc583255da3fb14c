/**
 * One run of a program, from the build to its end: hears what the engine tells and sends it on as events. It is the engine's
 * observer; the requests work on its `session`.
 */
import type {
  CompletedRun,
  DebugObserver,
  DebugSession,
  Diagnostic,
  RunProgress,
  RunRequest,
  Stop,
  ThreadInfo,
} from '../../engine/index.js';
import { exitStatusOf } from '../../engine/index.js';
import { ProgramOutput } from './output.js';
import type { Progress } from './progress.js';
import { reportOf } from './report.js';
import { sentenceOf } from './request-error.js';
import type { EventSink } from './events.js';
import type { Sources } from './sources.js';
import type { BreakpointBook } from './breakpoint-book.js';
import type { Client } from './client.js';

/** Before the engine has told of any: a program has a thread, and an editor needs one to pause. */
const MAIN_THREAD: ThreadInfo = { id: 1, name: 'main' };

/** What a run tells its news to, and with. */
export interface ProgramSurroundings {
  readonly client: Client;
  readonly sources: Sources;
  readonly breakpoints: BreakpointBook;
  readonly events: EventSink;
  /** Says that nothing more is to come. */
  terminated(): void;
}

export class ProgramRun implements DebugObserver {
  /** Null while it is built, and if it runs without the debugger. */
  session: DebugSession | null = null;
  /** Why the program stands still; null while it runs. */
  stop: Stop | null = null;
  /** The program has ended; there will be no further event but for a restart. */
  over = false;
  private output: ProgramOutput;
  private known: readonly ThreadInfo[] = [MAIN_THREAD];
  /** Progress of the build, or of a way back in time. */
  private progressed: Progress | null = null;
  /** Set when the session is over: what the engine still says is not for the client any more. */
  private silent = false;

  constructor(private readonly state: ProgramSurroundings) {
    this.output = new ProgramOutput(state.events);
  }

  /** The threads, also while the program runs. */
  get threads(): readonly ThreadInfo[] {
    if (this.session?.stopped === true) this.known = this.session.threads();
    return this.known;
  }

  /** The program is about to go on: what was known of its stop is no longer true. */
  resume(progress: Progress | null = null): void {
    this.stop = null;
    this.progressed = progress;
  }

  /** The program is about to start again from its beginning. */
  restarted(): void {
    this.output.end();
    this.output = new ProgramOutput(this.state.events);
    this.over = false;
    this.stop = null;
  }

  /** Says no more. */
  silence(): void {
    this.output.flush();
    this.endProgress();
    this.silent = true;
  }

  watchProgress(progress: Progress): void {
    this.progressed = progress;
  }

  stdout(chunk: Uint8Array): void {
    if (!this.silent) this.output.write('stdout', chunk);
  }

  stderr(chunk: Uint8Array): void {
    if (!this.silent) this.output.write('stderr', chunk);
  }

  progress({ phase, detail }: RunProgress): void {
    this.progressed?.update(`${phase} ${detail}`);
  }

  stopped(stop: Stop): void {
    if (this.silent) return;
    this.output.flush();
    this.endProgress();
    this.stop = stop;
    this.announceThreads();
    const hitBreakpointIds = this.state.breakpoints.clientIds(stop.breakpointIds);
    this.state.events('stopped', {
      reason: stop.reason,
      description: stop.description,
      threadId: stop.threadId,
      allThreadsStopped: true,
      ...(stop.exception !== null && { text: stop.exception.headline }),
      ...(hitBreakpointIds.length > 0 && { hitBreakpointIds }),
      position: stop.position,
    });
  }

  logged(text: string, at: { readonly path: string; readonly line: number; readonly column: number } | null): void {
    if (this.silent) return;
    this.output.flush();
    this.state.events('output', {
      category: 'console',
      output: text.endsWith('\n') ? text : `${text}\n`,
      ...(at && {
        source: this.state.sources.of(at.path),
        line: this.state.client.lineTo(at.line),
        column: this.state.client.columnTo(at.column),
      }),
    });
  }

  ended(run: CompletedRun): void {
    if (this.silent) return;
    this.finish();
    this.state.events('output', { category: 'console', output: reportOf(run, this.state.client) });
    this.state.events('exited', { exitCode: exitStatusOf(run.exit) });
    this.state.terminated();
  }

  failed(error: Error): void {
    if (this.silent) return;
    this.finish();
    this.state.events('output', { category: 'important', output: `${sentenceOf(error)}\n` });
    this.state.terminated();
  }

  /** What the compiler said, at the places it said it of. */
  diagnosed(diagnostics: readonly Diagnostic[], request: RunRequest): void {
    const { sources, client, events } = this.state;
    for (const { file, line, column, severity, message } of diagnostics) {
      const place = line > 0 ? `${file}:${line}:${column}: ` : '';
      events('output', {
        category: 'stderr',
        output: `${place}${severity}: ${message}\n`,
        ...(line > 0 && {
          source: sources.of(sources.locate(file, request)),
          line: client.lineTo(line),
          column: client.columnTo(column),
        }),
      });
    }
  }

  private finish(): void {
    this.output.end();
    this.endProgress();
    this.stop = null;
    this.over = true;
  }

  private endProgress(): void {
    this.progressed?.end();
    this.progressed = null;
  }

  private announceThreads(): void {
    const before = new Set(this.known.map(({ id }) => id));
    const after = new Set(this.threads.map(({ id }) => id));
    for (const threadId of before)
      if (!after.has(threadId)) this.state.events('thread', { reason: 'exited', threadId });
    for (const threadId of after)
      if (!before.has(threadId)) this.state.events('thread', { reason: 'started', threadId });
  }
}
