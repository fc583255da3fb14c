/** How a program gets from its sources to its first statement, and back there. */
import type { DebugSession, Diagnostic } from '../../engine/index.js';
import { readLaunchConfiguration, type LaunchConfiguration } from './launch-configuration.js';
import { ProgramRun } from './program-run.js';
import type { Progress } from './progress.js';
import { CANCELLED, RequestError } from './request-error.js';
import type { Call } from './request.js';
import type { AdapterState } from './state.js';

/** Builds the program, lets the client set its breakpoints, and starts it. */
export async function launchProgram(configuration: LaunchConfiguration, call: Call): Promise<void> {
  const { state } = call;
  warn(state, configuration);
  const session = await build(configuration, call);
  state.events('initialized', undefined);
  await orEnded(state.whenConfigured(), state.ending);
  await state.breakpoints.setDefaultFilters(session);
  describe(state, session);
  call.afterResponse(() => session.start({ stopOnEntry: configuration.stopOnEntry }));
}

/** Runs at full speed: there is nothing to stop it and nobody to look. */
export async function runWithoutDebugger(configuration: LaunchConfiguration, call: Call): Promise<void> {
  const { state } = call;
  warn(state, configuration);
  state.events('initialized', undefined);
  await orEnded(state.whenConfigured(), state.ending);
  const program = new ProgramRun(state);
  const progress = state.progress.start('Building', call.id, () => state.cancelRequest(call.id));
  const ending = new AbortController();
  state.ending.addEventListener('abort', () => ending.abort());
  call.signal.addEventListener('abort', () => ending.abort());
  await new Promise<void>((started, failed) => {
    const observer = {
      stdout: (chunk: Uint8Array) => program.stdout(chunk),
      stderr: (chunk: Uint8Array) => program.stderr(chunk),
      progress: (step: Parameters<ProgramRun['progress']>[0]) => {
        progress.update(`${step.phase} ${step.detail}`);
        if (step.phase !== 'run') return;
        // The program runs: that is a success of the launch, whatever becomes of the program.
        progress.end();
        state.program = program;
        started();
      },
    };
    state.engine.run(configuration.request, observer, ending.signal).then(
      (outcome) => {
        progress.end();
        if (outcome.compiled) {
          state.program = program;
          started();
          // The response of the launch goes first.
          setImmediate(() => program.ended(outcome));
        } else {
          program.diagnosed(outcome.diagnostics, configuration.request);
          failed(doesNotCompile(outcome.diagnostics));
        }
      },
      (error: unknown) => {
        progress.end();
        if (state.program === program) program.failed(error instanceof Error ? error : new Error(String(error)));
        else failed(ending.signal.aborted || !(error instanceof Error) ? new RequestError(CANCELLED) : error);
      },
    );
  });
}

/**
 * Starts the program again. It is built again if its sources or its configuration have changed; if not, the engine goes back to the
 * beginning of the same build.
 */
export async function restartProgram(args: unknown, call: Call): Promise<void> {
  const { state } = call;
  const { program, configuration } = state;
  if (program === null || configuration === null || configuration.noDebug)
    throw new RequestError('No program is being debugged: there is nothing to restart.');
  const wanted = args === undefined ? configuration : readLaunchConfiguration(args, state.engine);
  const session = state.session;
  const changed = JSON.stringify(wanted) !== JSON.stringify(configuration) || (await state.sources.changed());
  if (!changed) {
    program.restarted();
    state.restarted();
    await session.restart({ stopOnEntry: configuration.stopOnEntry });
    return;
  }
  program.silence();
  await session.dispose();
  state.configuration = wanted;
  const rebuilt = await build(wanted, call).catch((error: unknown) => {
    // The old build has gone and there is no new one: nothing is left to debug.
    call.afterResponse(() => state.terminated());
    throw error;
  });
  await state.breakpoints.setAgain(rebuilt);
  state.restarted();
  describe(state, rebuilt);
  call.afterResponse(() => rebuilt.start({ stopOnEntry: wanted.stopOnEntry }));
}

/** @throws RequestError if the sources do not compile, after the client got what the compiler said */
async function build(configuration: LaunchConfiguration, call: Call): Promise<DebugSession> {
  const { state } = call;
  const { request } = configuration;
  const program = new ProgramRun(state);
  const progress: Progress = state.progress.start('Building', call.id, () => state.cancelRequest(call.id));
  program.watchProgress(progress);
  const ending = new AbortController();
  const abort = (): void => {
    progress.end();
    ending.abort();
  };
  state.ending.addEventListener('abort', abort);
  call.signal.addEventListener('abort', abort);
  try {
    const outcome = await state.engine.launch(request, program, ending.signal);
    if (!outcome.ok) {
      program.diagnosed(outcome.diagnostics, request);
      throw doesNotCompile(outcome.diagnostics);
    }
    if (ending.signal.aborted) {
      await outcome.session.dispose();
      throw new RequestError(CANCELLED);
    }
    program.session = outcome.session;
    state.program = program;
    state.breakpoints.alwaysOn = configuration.breakOn;
    await state.sources.built(outcome.session.sources);
    return outcome.session;
  } catch (error) {
    if (ending.signal.aborted) throw new RequestError(CANCELLED);
    throw error;
  } finally {
    progress.end();
    state.ending.removeEventListener('abort', abort);
    call.signal.removeEventListener('abort', abort);
  }
}

function describe(state: AdapterState, session: DebugSession): void {
  const request = state.configuration?.request;
  state.events('process', {
    name: request?.sources[0] ?? 'program',
    isLocalProcess: false,
    startMethod: 'launch',
    pointerSize: 32,
  });
  for (const path of session.sources) state.events('loadedSource', { reason: 'new', source: state.sources.of(path) });
}

function warn(state: AdapterState, { warnings }: LaunchConfiguration): void {
  for (const warning of warnings) state.events('output', { category: 'important', output: `${warning}\n` });
}

/** `The program does not compile: add.cu:3:5: use of undeclared identifier 'x' (and 2 more errors).` */
function doesNotCompile(diagnostics: readonly Diagnostic[]): RequestError {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (!first) return new RequestError('The program does not compile.', true);
  const { file, line, column, message } = first;
  const place = line > 0 ? `${file}:${line}:${column}: ` : '';
  const more = errors.length - 1;
  const others = more === 0 ? '' : ` (and ${more} more ${more === 1 ? 'error' : 'errors'})`;
  return new RequestError(`The program does not compile: ${place}${message.replace(/\.$/, '')}${others}.`, true);
}

/** @throws RequestError as soon as the session ends */
function orEnded(promise: Promise<void>, ending: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => reject(new RequestError(CANCELLED));
    if (ending.aborted) ended();
    ending.addEventListener('abort', ended, { once: true });
    void promise.then(resolve);
  });
}
