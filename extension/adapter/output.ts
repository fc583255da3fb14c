/**
 * The program's two streams as output events. A character may be split over chunks, and a program may write byte by byte: bytes
 * are decoded as a stream, and what comes within one turn of the event loop becomes one event. The order between the streams is kept.
 */
import type { EventSink } from './events.js';

type Category = 'stdout' | 'stderr';

/** An event of this size is sent at once. */
const MOST_CHARACTERS = 64 * 1024;

export class ProgramOutput {
  private readonly decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  private pending = '';
  private category: Category = 'stdout';
  private scheduled: NodeJS.Immediate | null = null;

  constructor(private readonly events: EventSink) {}

  write(category: Category, chunk: Uint8Array): void {
    this.add(category, this.decoders[category].decode(chunk, { stream: true }));
  }

  /** Sends what is waiting: called before anything that has to come after it. */
  flush(): void {
    if (this.scheduled !== null) clearImmediate(this.scheduled);
    this.scheduled = null;
    if (this.pending === '') return;
    const output = this.pending;
    this.pending = '';
    this.events('output', { category: this.category, output });
  }

  /** The streams have ended: half a character becomes U+FFFD. */
  end(): void {
    for (const category of ['stdout', 'stderr'] as const) this.add(category, this.decoders[category].decode());
    this.flush();
  }

  private add(category: Category, text: string): void {
    if (text === '') return;
    if (category !== this.category) this.flush();
    this.category = category;
    this.pending += text;
    if (this.pending.length >= MOST_CHARACTERS) this.flush();
    else this.scheduled ??= setImmediate(() => this.flush());
  }
}
