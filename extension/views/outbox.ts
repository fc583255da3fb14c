/**
 * Messages of one stream to a page: the next one is made only when the page has drawn the last, from whatever is true by then.
 * Invariant: at most one message is under way; nothing is made for a page that is hidden.
 */
import type { HostMessage } from '../../media/messages.js';

/** The next message of the stream, or null if there is nothing new. `first`: the page knows nothing yet. */
export type MakeMessage = (seq: number, first: boolean) => HostMessage | null | Promise<HostMessage | null>;

export class Outbox {
  private seq = 0;
  private open = false;
  private first = true;
  private wanted = false;
  private underway = false;

  constructor(
    private readonly post: (message: HostMessage) => void,
    private readonly make: MakeMessage,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** The page listens and knows nothing. */
  begin(): void {
    this.open = true;
    this.first = true;
    // What was under way went to a page that has gone: its number is never acknowledged.
    this.underway = false;
    this.poke();
  }

  /** The page is hidden. */
  end(): void {
    this.open = false;
  }

  /** There may be something new. */
  poke(): void {
    this.wanted = true;
    this.pump();
  }

  acknowledged(seq: number): void {
    if (seq !== this.seq || !this.underway) return;
    this.underway = false;
    this.pump();
  }

  private pump(): void {
    if (!this.open || !this.wanted || this.underway) return;
    this.wanted = false;
    this.underway = true;
    const seq = ++this.seq;
    const first = this.first;
    this.first = false;
    // A promise even for what is made at once: a message that is made now may be asked for from within.
    void Promise.resolve()
      .then(() => this.make(seq, first))
      .then((message) => {
        if (seq !== this.seq) return;
        if (message !== null && this.open) this.post(message);
        else this.nothing(first);
      })
      .catch((error: unknown) => {
        if (seq === this.seq) this.nothing(first);
        this.failed(error);
      });
  }

  private nothing(first: boolean): void {
    this.underway = false;
    if (first) this.first = true;
    this.pump();
  }
}
