/** `faultline dap` as a process, and a client of a few lines that talks to it over streams. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DebugProtocol as P } from '@vscode/debugprotocol';
import { frame, FrameReader } from '../../extension/adapter/framing.js';

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A workload, or one of the small programs beside this file. */
export const workload = (name: string): string =>
  fileURLToPath(new URL(name.startsWith('programs/') ? name : `../workloads/${name}`, import.meta.url));

/** A process of its own group, so that a test can ask whether anything of it is left. */
export function start(...words: string[]): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [command, 'dap', ...words], { detached: true, stdio: 'pipe' });
}

export function isGone(child: ChildProcessWithoutNullStreams): boolean {
  try {
    process.kill(-child.pid!, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** A response whose body is not trusted to be anything. */
export type Answer = Omit<P.Response, 'body'> & { readonly body?: unknown };

/** A client of messages over two streams. */
export class Wire {
  readonly messages: (P.Event & P.Response)[] = [];
  private readonly waiting = new Set<() => void>();
  private sequence = 0;

  constructor(
    input: NodeJS.ReadableStream,
    private readonly output: NodeJS.WritableStream,
  ) {
    const reader = new FrameReader({
      message: (message) => {
        this.messages.push(message as P.Event & P.Response);
        for (const look of this.waiting) look();
      },
      malformed: (reason) => {
        throw new Error(reason);
      },
    });
    input.on('data', (chunk: Buffer) => reader.push(chunk));
    // The other side may be gone before we have said everything.
    output.on('error', () => undefined);
  }

  until(found: (message: P.Event & P.Response) => boolean): Promise<P.Event & P.Response> {
    return new Promise((resolve) => {
      const look = (): void => {
        const message = this.messages.find(found);
        if (!message) return;
        this.waiting.delete(look);
        resolve(message);
      };
      this.waiting.add(look);
      look();
    });
  }

  write(data: Uint8Array | string): void {
    this.output.write(data);
  }

  send(name: string, args?: object): Promise<Answer> {
    const seq = ++this.sequence;
    this.write(frame({ type: 'request', seq, command: name, arguments: args }));
    return this.until((message) => message.type === 'response' && message.request_seq === seq);
  }

  event(name: string): Promise<P.Event> {
    return this.until((message) => message.type === 'event' && message.event === name);
  }

  /** Until the program runs. */
  async launch(program: string, attributes: object = {}): Promise<void> {
    await this.send('initialize', { adapterID: 'faultline' });
    const launched = this.send('launch', { program, ...attributes });
    await this.event('initialized');
    await this.send('configurationDone');
    const answer = await launched;
    if (!answer.success) throw new Error(answer.message);
  }
}
