/**
 * The debug adapter: messages in, messages out. It knows no stream, no editor and no program; a request is looked up in the table,
 * its arguments are checked, and it is answered exactly once, with one sentence if it fails.
 *
 * It stands on the `ProtocolServer` of `@vscode/debugadapter`, which numbers messages and is what an editor takes for an inline
 * adapter, and not on its `DebugSession`: that hands arguments to its handlers unchecked, answers with the stack trace of what they
 * throw, knows no URIs, and ends the process when a client goes away. Streams are read by `framing.ts` for the same reason.
 */
import { Event } from '@vscode/debugadapter';
import { ProtocolServer } from '@vscode/debugadapter/lib/protocol.js';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import * as v from 'valibot';
import type { DebugEngine } from './engine.js';
import type { EventBodies } from './events.js';
import { CANCELLED, RequestError, sentenceOf } from './request-error.js';
import type { Call, RequestDefinition } from './request.js';
import { requests } from './requests/table.js';
import { AdapterState } from './state.js';

const table: ReadonlyMap<string, RequestDefinition> = new Map(requests.map((request) => [request.command, request]));

/** As much of a request as is needed to answer it. */
const envelope = v.object({
  type: v.literal('request'),
  seq: v.pipe(v.number(), v.safeInteger()),
  command: v.string(),
});

export class FaultlineDebugAdapter extends ProtocolServer {
  private readonly state: AdapterState;
  /** Events that were caused while a request was being answered: they follow its response. */
  private held: (() => void)[] | null = null;
  private closed = false;
  private disconnected = (): void => undefined;

  constructor(engine: DebugEngine) {
    super();
    this.state = new AdapterState(engine, (name, body) => this.event(name, body));
  }

  /** Whatever comes is answered; nothing that comes throws. */
  override handleMessage(message: unknown): void {
    const parsed = v.safeParse(envelope, message);
    if (!parsed.success) {
      this.refuse(message);
      return;
    }
    const { arguments: args } = message as { arguments?: unknown };
    void this.answer(parsed.output.seq, parsed.output.command, args);
  }

  /** Answers what cannot be read at all. */
  malformed(reason: string): void {
    this.respond(0, '', new RequestError(reason));
  }

  /** Called when the client has said goodbye and has its answer. */
  onDidDisconnect(listener: () => void): void {
    this.disconnected = listener;
  }

  /** Ends the program and whatever else this session has started. */
  async close(): Promise<void> {
    this.closed = true;
    await this.state.end();
  }

  /** For an editor that holds the adapter itself. */
  override dispose(): void {
    void this.close();
  }

  private async answer(seq: number, command: string, args: unknown): Promise<void> {
    const signal = this.state.beginCall(seq);
    const after: (() => void)[] = [];
    const call: Call = {
      state: this.state,
      id: seq,
      signal,
      afterResponse: (task) => void after.push(task),
    };
    const definition = table.get(command);
    const title = definition?.title ?? null;
    const progress = title && this.state.progress.start(title, seq, () => this.state.cancelRequest(seq));
    try {
      const pending = this.begin(definition, command, args, call);
      const body = pending instanceof Promise ? await orCancelled(pending, signal) : pending;
      this.respond(seq, command, null, body);
    } catch (error) {
      this.respond(seq, command, error);
    } finally {
      if (progress) progress.end();
      this.state.endCall(seq);
      this.release();
    }
    for (const task of after) this.run(task);
    if (command === 'disconnect') this.disconnected();
  }

  /** Everything of the answer that happens at once. Events wait until the response is out, if it is ready by then. */
  private begin(definition: RequestDefinition | undefined, command: string, args: unknown, call: Call): unknown {
    const nested = this.held !== null;
    this.held ??= [];
    let pending: unknown;
    try {
      pending = check(definition, command, this.state).answer(args, call);
    } finally {
      if (pending instanceof Promise && !nested) this.release();
    }
    return pending;
  }

  private release(): void {
    const events = this.held ?? [];
    this.held = null;
    for (const send of events) send();
  }

  private run(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.event('output', { category: 'important', output: `${sentenceOf(error)}\n` });
    }
  }

  private respond(seq: number, command: string, error: unknown, body?: unknown): void {
    if (this.closed) return;
    const showUser = (error instanceof RequestError && error.showUser) || table.get(command)?.showUser === true;
    const response: P.Response = {
      seq: 0,
      type: 'response',
      request_seq: seq,
      command,
      success: error === null,
      ...(body !== undefined && { body }),
    };
    if (error !== null) {
      const sentence = sentenceOf(error);
      response.message = sentence;
      if (sentence !== CANCELLED)
        response.body = { error: { id: 1, format: '{sentence}', variables: { sentence }, showUser } };
    }
    this.sendResponse(response);
  }

  private event<Name extends keyof EventBodies>(name: Name, body: EventBodies[Name]): void {
    const send = (): void => {
      if (!this.closed) this.sendEvent(new Event(name, body));
    };
    if (this.held) this.held.push(send);
    else send();
  }

  /** Something that is not a request. Answers and events are none of ours: we ask nothing of the client. */
  private refuse(message: unknown): void {
    const said = typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : {};
    if (said.type === 'response' || said.type === 'event') return;
    const seq = Number.isSafeInteger(said.seq) ? (said.seq as number) : 0;
    const command = typeof said.command === 'string' ? said.command : '';
    this.respond(seq, command, new RequestError("A message needs the type 'request', a number 'seq' and a 'command'."));
  }
}

function check(definition: RequestDefinition | undefined, command: string, state: AdapterState): RequestDefinition {
  const name = command.length > 60 ? `${command.slice(0, 57)}...` : command;
  if (!definition) throw new RequestError(`There is no request '${name}'.`);
  if (definition.phase === 'start' && state.client.introduced)
    throw new RequestError("'initialize' may be sent only once.");
  if (definition.phase !== 'start' && definition.phase !== 'any' && !state.client.introduced)
    throw new RequestError(`'${name}' came before 'initialize'.`);
  if (definition.phase === 'debugging' && state.configuration === null)
    throw new RequestError(`'${name}' came before a program was launched.`);
  if (definition.phase !== 'any' && state.ending.aborted) throw new RequestError('The debug session has ended.');
  return definition;
}

/** Gives up waiting when the request is cancelled; what it was waiting for comes to its end unheard. */
function orCancelled(pending: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new RequestError(CANCELLED)), { once: true });
    pending.then(resolve, reject);
  });
}
