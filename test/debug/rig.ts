/** A program under the debugger, driven step by step: each action waits for the stop that it leads to. */
import { fileURLToPath } from 'node:url';
import {
  type Engine,
  launchDebug,
  type CompletedRun,
  type DebugSession,
  type FrameInfo,
  type RunRequest,
  type Stop,
  type Variable,
} from '../../engine/index.js';

const workloads = fileURLToPath(new URL('../workloads/', import.meta.url));

export function workload(name: string): string {
  return `${workloads}${name}`;
}

export function request(source: string, more: Partial<RunRequest> = {}): RunRequest {
  return {
    sources: [source],
    cwd: workloads,
    includeDirs: [],
    defines: [],
    optimize: 0,
    programArguments: [],
    stdin: 'none',
    env: {},
    dirs: [],
    driver: 'hmm',
    machine: 'p100-pcie3',
    seed: 1,
    limits: {},
    ...more,
  };
}

export type Outcome = { readonly stop: Stop } | { readonly ended: CompletedRun };

export class Driven implements AsyncDisposable {
  output = '';
  readonly logged: string[] = [];
  private waiting: ((outcome: Outcome) => void) | undefined;
  private failing: ((error: Error) => void) | undefined;
  private launched: DebugSession | undefined;

  static async launch(engine: Engine, what: RunRequest): Promise<Driven> {
    const driven = new Driven();
    const result = await launchDebug(
      engine,
      what,
      {
        stdout: (chunk) => {
          driven.output += new TextDecoder().decode(chunk);
        },
        stderr: (chunk) => {
          driven.output += new TextDecoder().decode(chunk);
        },
        progress: () => undefined,
        stopped: (stop) => driven.waiting?.({ stop }),
        logged: (text) => driven.logged.push(text),
        ended: (run) => driven.waiting?.({ ended: run }),
        failed: (error) => driven.failing?.(error),
      },
      new AbortController().signal,
    );
    if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
    driven.launched = result.session;
    return driven;
  }

  get session(): DebugSession {
    if (!this.launched) throw new Error('the program was not launched');
    return this.launched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.launched?.dispose();
  }

  /** What an action leads to: a stop or the end. */
  outcome(action: () => void): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.waiting = resolve;
      this.failing = reject;
      action();
    });
  }

  async stop(action: () => void): Promise<Stop> {
    const outcome = await this.outcome(action);
    if ('ended' in outcome) throw new Error(`the program ended: ${JSON.stringify(outcome.ended.exit)}`);
    return outcome.stop;
  }

  async end(action: () => void): Promise<CompletedRun> {
    const outcome = await this.outcome(action);
    if ('stop' in outcome) throw new Error(`the program stopped: ${outcome.stop.description}`);
    return outcome.ended;
  }

  async top(stop: Stop): Promise<FrameInfo> {
    const [top] = await this.session.stack(stop.threadId);
    if (!top) throw new Error('there is no frame');
    return top;
  }

  /** Variables of a frame's scopes, by name. */
  async variables(frame: FrameInfo): Promise<ReadonlyMap<string, Variable>> {
    const found = new Map<string, Variable>();
    for (const { reference } of await this.session.scopes(frame.id))
      for (const variable of await this.session.variables(reference)) found.set(variable.name, variable);
    return found;
  }
}

/** The event log as text, one line an event. */
export function eventLog({ trace }: CompletedRun): string[] {
  return Array.from({ length: trace.length }, (_, number) => JSON.stringify(trace.event(number)));
}
