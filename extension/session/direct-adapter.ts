/**
 * The debug adapter of one session, inside this process, as the editor's own type. Views ask it directly: the editor's way of asking
 * leads through its window and writes every answer down as text twice.
 *
 * Invariant: the editor sees only answers to its own requests. When the program has ended by itself, the adapter outlives the
 * editor's session, so that what happened can still be looked at; whoever holds it releases it.
 */
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import * as vscode from 'vscode';
import type { FaultlineDebugAdapter } from '../adapter/main.js';
import type { CustomArguments, CustomBodies, CustomCommand, StoppedBody } from '../adapter/custom-requests.js';

/** What the editor's own requests never reach. */
const FIRST_SEQ = 2 ** 40;

/** Requests after whose success the program runs. */
const GOING_ON: ReadonlySet<string> = new Set(
  'continue next stepIn stepOut stepBack reverseContinue goto restartFrame restart faultline/runToEvent'.split(' '),
);

export interface AdapterObserver {
  /** It has been built and is about to start. */
  launched(): void;
  stopped(stop: StoppedBody): void;
  running(): void;
  /** By itself; it can still be looked at. */
  ended(exitCode: number | null): void;
  diagnosed(output: P.OutputEvent['body']): void;
  /** Nothing can be asked any more. */
  closed(): void;
}

interface Waiting {
  readonly resolve: (body: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class DirectAdapter extends vscode.Disposable implements vscode.DebugAdapter {
  private readonly sent = new vscode.EventEmitter<vscode.DebugProtocolMessage>();
  readonly onDidSendMessage = this.sent.event;
  private readonly waiting = new Map<number, Waiting>();
  private nextSeq = FIRST_SEQ;
  private exitCode: number | null = null;
  private over = false;
  private unwanted = false;
  private released = false;

  constructor(
    private readonly adapter: FaultlineDebugAdapter,
    private readonly observer: AdapterObserver,
  ) {
    super(() => undefined);
    adapter.onDidSendMessage((message) => this.fromAdapter(message));
  }

  handleMessage(message: vscode.DebugProtocolMessage): void {
    const { command, seq } = message as P.Request;
    if (command === 'disconnect' && this.over) {
      // The program has ended: the editor may go, the adapter stays for the views.
      this.sent.fire({ seq: 0, type: 'response', request_seq: seq, command, success: true });
      return;
    }
    if (command === 'disconnect' || command === 'terminate') this.observer.closed();
    this.adapter.handleMessage(message);
  }

  /** @throws Error with the adapter's sentence */
  async request<Command extends CustomCommand>(
    command: Command,
    args: CustomArguments<Command>,
  ): Promise<CustomBodies[Command]> {
    return (await this.ask(command, args)) as CustomBodies[Command];
  }

  /** A request of the protocol. @throws Error with the adapter's sentence */
  ask(command: string, args: unknown): Promise<unknown> {
    if (this.released) return Promise.reject(new Error(vscode.l10n.t('The debug session has ended.')));
    const seq = this.nextSeq++;
    return new Promise((resolve, reject) => {
      this.waiting.set(seq, { resolve, reject });
      this.adapter.handleMessage({ seq, type: 'request', command, arguments: args });
    });
  }

  /** By the editor, when its session ends. */
  override dispose(): void {
    if (!this.over || this.unwanted) this.release();
  }

  /** Nobody will look at it once the editor has gone. */
  leave(): void {
    this.unwanted = true;
  }

  /** Ends the engine's session; nothing can be looked at any more. */
  release(): void {
    if (this.released) return;
    this.released = true;
    this.observer.closed();
    this.adapter.dispose();
    for (const { reject } of this.waiting.values()) reject(new Error(vscode.l10n.t('The debug session has ended.')));
    this.waiting.clear();
    this.sent.dispose();
  }

  private fromAdapter(sent: vscode.DebugProtocolMessage): void {
    const message = sent as P.ProtocolMessage;
    if (message.type === 'response') {
      const response = message as P.Response;
      if (response.request_seq >= FIRST_SEQ) this.answered(response);
      else this.sent.fire(sent);
      if (response.success && GOING_ON.has(response.command)) this.goesOn();
      return;
    }
    this.sent.fire(sent);
    this.observe(message as P.Event);
  }

  private observe({ event, body }: P.Event): void {
    switch (event) {
      case 'process':
        this.observer.launched();
        break;
      case 'stopped':
        this.observer.stopped(body as StoppedBody);
        break;
      case 'exited':
        this.exitCode = (body as P.ExitedEvent['body']).exitCode;
        this.over = true;
        this.observer.ended(this.exitCode);
        break;
      case 'output':
        if ((body as P.OutputEvent['body']).source) this.observer.diagnosed(body as P.OutputEvent['body']);
        break;
      default:
    }
  }

  private goesOn(): void {
    this.over = false;
    this.observer.running();
  }

  private answered({ request_seq: seq, success, body, message, command }: P.Response): void {
    const waiting = this.waiting.get(seq);
    this.waiting.delete(seq);
    if (success) waiting?.resolve(body);
    else waiting?.reject(new Error(message ?? command));
  }
}
