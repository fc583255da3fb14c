/**
 * What all feeds have in common, from the moment a page listens until it is hidden: it is told the state of the program, and gets one
 * stream of messages that waits for the page.
 */
import * as vscode from 'vscode';
import type { HostMessage, PageMessage } from '../../media/messages.js';
import type { ProgramSession } from '../session/program-session.js';
import type { Sessions } from '../session/sessions.js';
import { Outbox } from './outbox.js';
import type { Feed, PageChannel } from './page-host.js';
import { statusOf } from './status-message.js';

export abstract class LiveFeed implements Feed {
  private readonly outbox: Outbox;
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    protected readonly channel: PageChannel,
    protected readonly sessions: Sessions,
  ) {
    this.outbox = new Outbox(
      (message) => channel.post(message),
      (seq, first) => this.next(seq, first),
      (error) => channel.failed(error),
    );
  }

  async receive(message: PageMessage): Promise<boolean> {
    if (message.type !== 'ack') return await this.answer(message);
    this.outbox.acknowledged(message.seq);
    return true;
  }

  dispose(): void {
    this.outbox.end();
    vscode.Disposable.from(...this.subscriptions).dispose();
  }

  /** By the constructor of a feed, as its last act. */
  protected begin(...subscriptions: readonly vscode.Disposable[]): void {
    this.channel.post(statusOf(this.sessions.current));
    this.subscriptions.push(
      this.sessions.onDidChange((session) => {
        this.channel.post(statusOf(session));
        this.sessionChanged(session);
      }),
      ...subscriptions,
    );
    this.outbox.begin();
  }

  /** There may be something new for the stream. */
  protected poke(): void {
    this.outbox.poke();
  }

  /** The next message of the stream, or null if there is nothing new. @param first the page knows nothing yet */
  protected abstract next(seq: number, first: boolean): HostMessage | null | Promise<HostMessage | null>;

  /** Whatever is no acknowledgement. @returns false if it is none of this page's */
  protected abstract answer(message: PageMessage): boolean | Promise<boolean>;

  /** The shown program is another one, or its state is; the page has been told. */
  protected abstract sessionChanged(session: ProgramSession | null): void;
}
