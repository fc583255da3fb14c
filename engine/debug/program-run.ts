/**
 * One life of the debugged program after the other: starts its thread, sends commands, hears its stops, and goes back in
 * time by running it again. Runs are deterministic, so a moment of one life is the same moment of the next; what the program
 * prints a second time is not shown.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { LiveRun, SessionResult } from '../session.js';
import type { RunObserver } from '../trace/run.js';
import {
  Control,
  type CodeTables,
  type DebugCommand,
  type DebugConfiguration,
  type DebuggeeNotice,
  type DebugStart,
  type Moment,
  type Resume,
} from './messages.js';

export type StoppedNotice = Extract<DebuggeeNotice, { type: 'stopped' }>;

/** Starts the program's thread and runs it to its end. */
export type StartProgram = (
  debug: DebugStart,
  observer: RunObserver,
  signal: AbortSignal,
  hooks: { live(run: LiveRun): void; notice(notice: DebuggeeNotice): void },
) => Promise<SessionResult>;

export interface ProgramRunObserver extends RunObserver {
  stopped(notice: StoppedNotice): void;
  /** Which of these breakpoints stop. */
  ask(notice: Extract<DebuggeeNotice, { type: 'ask' }>): Promise<readonly number[]>;
  ended(result: SessionResult): void;
  failed(error: Error): void;
}

interface Life {
  readonly port: MessagePort;
  readonly control: Int32Array;
  readonly ending: AbortController;
  live: LiveRun | undefined;
  over: boolean;
  done: Promise<void>;
}

/** A person has given up. */
export class SearchCancelled extends Error {
  override readonly name = 'SearchCancelled';
}

export class ProgramRun {
  private life: Life | undefined;
  private searching: { resolve(found: Moment | null): void; reject(reason: Error): void } | undefined;
  /** Bytes of output that have been shown, and that this life has printed. */
  private readonly shown = { stdout: 0, stderr: 0 };
  private printed = { stdout: 0, stderr: 0 };
  private disposed = false;
  /** The program waits for a command. */
  waiting = false;

  constructor(
    private readonly startProgram: StartProgram,
    private readonly observer: ProgramRunObserver,
    private readonly code: CodeTables,
    /** What is set when a life begins. */
    private readonly configuration: () => DebugConfiguration,
  ) {}

  get live(): LiveRun | undefined {
    return this.life?.live;
  }

  get running(): boolean {
    return this.life !== undefined && !this.life.over && !this.waiting;
  }

  /** Starts a new life. @param fresh its output is new to whoever looks */
  start(resume: Resume, fresh: boolean): void {
    // A journey that was under way when the session ended.
    if (this.disposed) return;
    const { port1, port2 } = new MessageChannel();
    const control = new SharedArrayBuffer(Control.words * 4);
    const life: Life = {
      port: port1,
      control: new Int32Array(control),
      ending: new AbortController(),
      live: undefined,
      over: false,
      done: Promise.resolve(),
    };
    port1.unref();
    this.life = life;
    this.waiting = false;
    this.printed = { stdout: 0, stderr: 0 };
    if (fresh) this.shown.stdout = this.shown.stderr = 0;
    const debug: DebugStart = { port: port2, control, configuration: this.configuration(), resume, code: this.code };
    const mine = (): boolean => this.life === life && !this.disposed;
    const output = (stream: 'stdout' | 'stderr', chunk: Uint8Array): void => {
      if (!mine()) return;
      const seen = Math.max(0, Math.min(chunk.length, this.shown[stream] - this.printed[stream]));
      this.printed[stream] += chunk.length;
      if (seen === chunk.length) return;
      this.shown[stream] += chunk.length - seen;
      this.observer[stream](chunk.subarray(seen));
    };
    const observer: RunObserver = {
      stdout: (chunk) => {
        output('stdout', chunk);
      },
      stderr: (chunk) => {
        output('stderr', chunk);
      },
      progress: (progress) => {
        if (mine()) this.observer.progress(progress);
      },
    };
    const hooks = {
      live: (run: LiveRun): void => {
        life.live = run;
      },
      notice: (notice: DebuggeeNotice): void => {
        if (mine()) this.hear(notice);
      },
    };
    life.done = this.startProgram(debug, observer, life.ending.signal, hooks)
      .then(
        (result) => {
          life.over = true;
          if (mine()) this.observer.ended(result);
        },
        (error: unknown) => {
          life.over = true;
          if (mine()) this.observer.failed(error instanceof Error ? error : new Error(String(error)));
        },
      )
      .finally(() => {
        port1.close();
      });
  }

  configure(configuration: DebugConfiguration): void {
    this.send({ type: 'configure', configuration });
  }

  resume(resume: Resume): void {
    this.waiting = false;
    this.life?.live?.goesOn();
    this.send({ type: 'resume', resume });
  }

  pause(): void {
    this.send({ type: 'pause' });
  }

  /** Ends this life and starts another that runs to a moment. */
  async travelTo(moment: Moment): Promise<void> {
    await this.end();
    this.start({ kind: 'until', moment }, false);
  }

  /**
   * Ends this life; another looks for the last place before a moment that is wanted. It waits there.
   * @throws SearchCancelled
   */
  async search(search: Extract<Resume, { kind: 'search' }>): Promise<Moment | null> {
    await this.end();
    return new Promise((resolve, reject) => {
      this.searching = { resolve, reject };
      this.start(search, false);
    });
  }

  /** Ends the program's thread; nothing more is heard of it. */
  async end(): Promise<void> {
    const { life } = this;
    this.life = undefined;
    life?.ending.abort();
    await life?.done;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    await this.end();
  }

  private hear(notice: DebuggeeNotice): void {
    if (notice.type === 'ask') {
      const { life } = this;
      this.observer.ask(notice).then(
        (stop) => {
          if (this.life === life) this.send({ type: 'decide', stop });
        },
        (error: unknown) => {
          if (this.life === life) this.observer.failed(error instanceof Error ? error : new Error(String(error)));
        },
      );
      return;
    }
    this.waiting = true;
    if (notice.type === 'stopped') {
      this.observer.stopped(notice);
      return;
    }
    const { searching } = this;
    this.searching = undefined;
    searching?.resolve(notice.found);
  }

  /** Gives up a search that is under way. True if there was one. */
  cancelSearch(): boolean {
    const { searching } = this;
    this.searching = undefined;
    searching?.reject(new SearchCancelled('the search was cancelled'));
    return searching !== undefined;
  }

  /** A running program looks for commands at its next poll or event; a waiting one is woken. */
  private send(command: DebugCommand): void {
    const { life } = this;
    if (!life || life.over) return;
    life.port.postMessage(command);
    Atomics.add(life.control, Control.wake, 1);
    Atomics.notify(life.control, Control.wake);
    if (!this.waiting && command.type !== 'decide') this.interrupt(life);
  }

  private interrupt(life: Life): void {
    Atomics.store(life.control, Control.interrupt, 1);
    const listen = (): void => {
      if (this.life !== life || life.over || Atomics.load(life.control, Control.interrupt) === 0) return;
      const memory = life.live?.memory;
      if (memory) new Uint8Array(memory.buffer, this.pollTable, this.polls).fill(1);
      // The program may have been setting the bytes itself at that moment.
      setTimeout(listen, 20).unref();
    };
    listen();
  }

  /** Where the polls' bytes lie, and how many there are. */
  pollTable = 0;
  polls = 0;
}
