/**
 * A debug session written down as a person sees it in an editor: each stop with its stack and variables, the output between, answers
 * to what is asked. Numbers that say nothing (frame ids, references, code offsets, checksums) are left out, so that a transcript
 * changes only when something has changed that a user would notice.
 */
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import type {
  CustomArguments,
  CustomBodies,
  CustomCommand,
  StoppedBody,
} from '../../extension/adapter/custom-requests.js';
import { start, Wire, workload } from './wire.js';

interface Setup {
  readonly attributes?: object;
  /** Conditions by filter; '' for none. */
  readonly filters?: Readonly<Record<string, string>>;
  readonly lines?: readonly P.SourceBreakpoint[];
  readonly functions?: readonly P.FunctionBreakpoint[];
}

/** Variables of a scope that say what the reader wants to see. */
interface Shown {
  readonly scope?: string;
  readonly names?: readonly string[];
}

export class Transcript {
  private readonly lines: string[] = [];
  private readonly child = start();
  private readonly wire: Wire;
  private seen = 0;
  threadId = 1;
  frameId = 0;
  readonly path: string;

  constructor(program: string) {
    this.path = workload(program);
    this.wire = new Wire(this.child.stdout, this.child.stdin);
  }

  /** What has been written so far, and what a test adds to it. */
  get text(): string {
    // Wherever the project lies.
    return `${this.lines.join('\n')}\n`.replaceAll(dirname(this.path), '…');
  }

  write(line: string): void {
    this.lines.push(line);
  }

  title(text: string): void {
    this.lines.push('', `── ${text}`);
  }

  /** The body of a successful answer. */
  async ask<Body>(command: string, args: object = {}): Promise<Body> {
    const { success, message, body } = await this.wire.send(command, args);
    if (!success) throw new Error(`${command}: ${message ?? ''}`);
    return body as Body;
  }

  /** A request of our own. */
  custom<Command extends CustomCommand>(
    command: Command,
    args: CustomArguments<Command>,
  ): Promise<CustomBodies[Command]> {
    return this.ask(command, args);
  }

  /** The sentence of a failure. */
  async refusal(command: string, args: object): Promise<string> {
    const { success, message } = await this.wire.send(command, args);
    return success ? 'was served' : (message ?? '');
  }

  async begin({ attributes = {}, filters = {}, lines = [], functions = [] }: Setup = {}): Promise<void> {
    await this.ask('initialize', { adapterID: 'faultline', supportsMemoryEvent: true, supportsInvalidatedEvent: true });
    const launched = this.wire.send('launch', { program: this.path, ...attributes });
    await this.wire.event('initialized');
    if (lines.length > 0) await this.breakpoints(lines);
    if (functions.length > 0) {
      const body = await this.ask<P.SetFunctionBreakpointsResponse['body']>('setFunctionBreakpoints', {
        breakpoints: functions,
      });
      for (const [index, breakpoint] of body.breakpoints.entries())
        this.write(`breakpoint at ${functions[index]!.name}: ${told(breakpoint)}`);
    }
    await this.filters(filters);
    await this.ask('configurationDone');
    const { success, message } = await launched;
    if (!success) throw new Error(message);
  }

  async breakpoints(breakpoints: readonly P.SourceBreakpoint[]): Promise<void> {
    const source = { path: this.path };
    const body = await this.ask<P.SetBreakpointsResponse['body']>('setBreakpoints', { source, breakpoints });
    for (const [index, breakpoint] of body.breakpoints.entries()) {
      const { line, ...rest } = breakpoints[index]!;
      const options = Object.entries(rest).map(([name, value]) => ` ${name} ${String(value)}`);
      this.write(`breakpoint at line ${line}${options.join('')}: ${told(breakpoint)}`);
    }
  }

  async filters(filters: Readonly<Record<string, string>>): Promise<void> {
    const filterOptions = Object.entries(filters).map(([filterId, condition]) => ({ filterId, condition }));
    const body = await this.ask<{ breakpoints: P.Breakpoint[] }>('setExceptionBreakpoints', {
      filters: [],
      filterOptions,
    });
    for (const [index, { verified, message }] of body.breakpoints.entries())
      if (!verified) this.write(`filter ${filterOptions[index]!.filterId}: ${message ?? 'not verified'}`);
  }

  /** Waits for the next stop, and writes down what came before it and where it is. */
  async stop(): Promise<StoppedBody> {
    const from = this.seen;
    let at = -1;
    await this.wire.until(() => {
      at = this.wire.messages.findIndex(
        (message, index) => index >= from && ['stopped', 'terminated'].includes(message.event),
      );
      return at !== -1;
    });
    this.seen = at + 1;
    for (const { event, body } of this.wire.messages.slice(from, at)) {
      if (event === 'output') this.output(body as P.OutputEvent['body']);
      if (event === 'exited') this.write(`exited with ${(body as P.ExitedEvent['body']).exitCode}`);
    }
    const message = this.wire.messages[at]!;
    if (message.event === 'terminated') {
      this.write('terminated');
      return message.body as StoppedBody;
    }
    const stopped = message.body as StoppedBody;
    this.threadId = stopped.threadId ?? 1;
    const [top] = await this.frames();
    this.frameId = top?.id ?? 0;
    const hits = stopped.hitBreakpointIds === undefined ? '' : ` [breakpoint ${stopped.hitBreakpointIds.join(', ')}]`;
    this.write(
      `${stopped.reason}${hits}: ${stopped.description ?? ''} · ${await this.threadName()} · ${this.place(top)}`,
    );
    return stopped;
  }

  async frames(): Promise<P.StackFrame[]> {
    const { threadId } = this;
    return (await this.ask<P.StackTraceResponse['body']>('stackTrace', { threadId })).stackFrames;
  }

  private async threadName(): Promise<string> {
    const { threads } = await this.ask<P.ThreadsResponse['body']>('threads');
    return threads.find(({ id }) => id === this.threadId)?.name ?? `thread ${this.threadId}`;
  }

  private place(frame: P.StackFrame | undefined): string {
    if (!frame) return 'nowhere';
    if (frame.source?.path === undefined) return frame.name;
    return `${frame.name} at ${basename(frame.source.path)}:${frame.line}:${frame.column}  ${sourceLine(frame.source.path, frame.line)}`;
  }

  private output({ category, output }: P.OutputEvent['body']): void {
    // The report is compared elsewhere.
    if (category === 'console' && output.startsWith('Faultline  ')) return;
    for (const line of output.trimEnd().split('\n')) this.write(`${category ?? 'console'}> ${line}`);
  }

  /** Lets the program go on, and waits for the stop after it. */
  async go(command: string, args: object = {}): Promise<StoppedBody> {
    this.write(
      `> ${command}${Object.entries(args)
        .map(([name, value]) => ` ${name} ${JSON.stringify(value)}`)
        .join('')}`,
    );
    await this.ask(command, { threadId: this.threadId, ...args });
    return await this.stop();
  }

  async stack(): Promise<void> {
    for (const [index, frame] of (await this.frames()).entries()) this.write(`  #${index} ${this.place(frame)}`);
  }

  async variables({ scope = 'Locals', names }: Shown = {}): Promise<void> {
    const { scopes } = await this.ask<P.ScopesResponse['body']>('scopes', { frameId: this.frameId });
    const found = scopes.find(({ name }) => name === scope);
    if (!found) {
      this.write(`  no scope '${scope}' among ${scopes.map(({ name }) => name).join(', ')}`);
      return;
    }
    this.write(`  ${scope}`);
    await this.children(found.variablesReference, { names, indent: '    ' });
  }

  async children(
    variablesReference: number,
    {
      names,
      indent = '    ',
      ...range
    }: { names?: readonly string[] | undefined; indent?: string; start?: number; count?: number; filter?: string },
  ): Promise<P.Variable[]> {
    const { variables } = await this.ask<P.VariablesResponse['body']>('variables', { variablesReference, ...range });
    for (const variable of variables) {
      if (names && !names.includes(variable.name)) continue;
      this.write(
        `${indent}${variable.name} = ${variable.value}${variable.type === undefined ? '' : ` (${variable.type})`}`,
      );
    }
    return variables;
  }

  async evaluate(
    expression: string,
    context = 'watch',
    format: object = {},
  ): Promise<P.EvaluateResponse['body'] | null> {
    const args = { expression, context, frameId: this.frameId, format };
    const { success, message, body } = await this.wire.send('evaluate', args);
    if (!success) {
      this.write(`  ${context} ${expression} → ${message ?? ''}`);
      return null;
    }
    const result = body as P.EvaluateResponse['body'];
    const type = result.type === undefined ? '' : ` (${result.type})`;
    this.write(`  ${context} ${expression} → ${result.result}${type}`);
    return result;
  }

  /** The whole record of a stop on an event. */
  async exception(): Promise<void> {
    const { exceptionId, description, details } = await this.ask<P.ExceptionInfoResponse['body']>('exceptionInfo', {
      threadId: this.threadId,
    });
    this.write(`  ${exceptionId}: ${description ?? ''}`);
    for (const line of (details?.message ?? '').split('\n')) this.write(`    ${line.trimEnd()}`);
  }

  /** Ends the session; the process must end with it. */
  async end(): Promise<void> {
    await this.wire.send('disconnect', {});
    if (this.child.exitCode === null) await new Promise((resolve) => this.child.once('exit', resolve));
  }

  /** For a test that failed: nothing may be left. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}

function told({ verified, line, column, message }: P.Breakpoint): string {
  const place = line === undefined ? '' : ` at ${line}${column === undefined ? '' : `:${column}`}`;
  return `${verified ? `set${place}` : 'not set'}${message === undefined ? '' : ` (${message})`}`;
}

function sourceLine(path: string, line: number): string {
  const text = readFileSync(path, 'utf8').split('\n')[line - 1]?.trim() ?? '';
  return text === '' ? '' : `│ ${text}`;
}
