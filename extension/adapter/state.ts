/**
 * What a session of the protocol knows, shared by everything that answers its requests. There is one for each client; nothing
 * here outlives it.
 */
import type { DebugSession } from '../../engine/index.js';
import { BreakpointBook } from './breakpoint-book.js';
import { Client } from './client.js';
import type { DebugEngine } from './engine.js';
import type { EventSink } from './events.js';
import type { LaunchConfiguration } from './launch-configuration.js';
import { ProgressReporter } from './progress.js';
import type { ProgramRun } from './program-run.js';
import { RequestError } from './request-error.js';
import { Sources } from './sources.js';

export class AdapterState {
  /** How the client counts, and what it can show. */
  readonly client = new Client();
  readonly sources = new Sources(this.client);
  readonly breakpoints: BreakpointBook;
  readonly progress: ProgressReporter;
  /** Null before `launch`. */
  configuration: LaunchConfiguration | null = null;
  /** The program that is or was run; null before the first one is built. */
  program: ProgramRun | null = null;
  private readonly configured = withResolvers();
  private readonly calls = new Map<number, AbortController>();
  private readonly closing = new AbortController();
  private saidTerminated = false;

  constructor(
    readonly engine: DebugEngine,
    readonly events: EventSink,
  ) {
    this.breakpoints = new BreakpointBook(this.client, this.sources, events);
    this.progress = new ProgressReporter(this.client, events);
  }

  /** The engine's session of the program. @throws RequestError if there is none */
  get session(): DebugSession {
    const session = this.program?.session;
    if (session) return session;
    throw new RequestError(
      this.configuration?.noDebug === true
        ? 'The program runs without the debugger.'
        : 'No program is being debugged: send a launch request first.',
    );
  }

  /** Where breakpoints are set: null if the program runs without the debugger. @throws RequestError before `launch` */
  get breakpointTarget(): DebugSession | null {
    return this.configuration?.noDebug === true ? null : this.session;
  }

  /** The session, if the program can be told to go on. @throws RequestError that says why it cannot */
  get stoppedSession(): DebugSession {
    const { session } = this;
    if (this.program?.over === true) throw new RequestError('The program has ended.');
    if (!session.stopped) throw new RequestError('The program is running: pause it first.');
    return session;
  }

  /** One whose memory does not change while it is read: it is stopped, or has ended. */
  get restingSession(): DebugSession {
    return this.program?.over === true ? this.session : this.stoppedSession;
  }

  /** Resolves when the client has set everything that it wants set before the program starts. */
  whenConfigured(): Promise<void> {
    return this.configured.promise;
  }

  configurationDone(): void {
    this.configured.resolve();
  }

  /** Aborts when the session ends, by the client's wish or because the client has gone. */
  get ending(): AbortSignal {
    return this.closing.signal;
  }

  /** Ends the program and all that is being answered, but for the request that asks for it. May be called twice. */
  async end(exceptCall?: number): Promise<void> {
    this.closing.abort();
    for (const [id, call] of this.calls) if (id !== exceptCall) call.abort();
    this.program?.silence();
    await this.program?.session?.dispose();
  }

  /** Says, once, that nothing more is to come. */
  terminated(): void {
    if (this.saidTerminated) return;
    this.saidTerminated = true;
    this.events('terminated', {});
  }

  /** The program begins again, perhaps after its end: there is something to come after all. */
  restarted(): void {
    this.saidTerminated = false;
    const threadId = this.program?.threads[0]?.id ?? 1;
    this.events('continued', { threadId, allThreadsContinued: true });
  }

  /** A signal that the request with that number is to be given up. */
  beginCall(id: number): AbortSignal {
    const controller = new AbortController();
    this.calls.set(id, controller);
    return controller.signal;
  }

  endCall(id: number): void {
    this.calls.delete(id);
  }

  cancelRequest(id: number): void {
    this.calls.get(id)?.abort();
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  resolve(): void;
}

/** `Promise.withResolvers` of Node 22. */
function withResolvers(): PromiseWithResolvers {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
