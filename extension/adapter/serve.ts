/**
 * The adapter over streams: one client on standard input and output, or one for each connection to a TCP port. A client that goes
 * away, however it does, takes its program with it.
 */
import { createServer, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { FaultlineDebugAdapter } from './adapter.js';
import type { DebugEngine } from './engine.js';
import { frame, FrameReader } from './framing.js';

/** Serves one client until it goes away or has disconnected, or until `signal` aborts. */
export async function serveClient(
  engine: DebugEngine,
  input: Readable,
  output: Writable,
  signal: AbortSignal,
): Promise<void> {
  const adapter = new FaultlineDebugAdapter(engine);
  const reader = new FrameReader({
    message: (message) => adapter.handleMessage(message),
    malformed: (reason) => adapter.malformed(reason),
  });
  await new Promise<void>((resolve) => {
    const gone = (): void => resolve();
    adapter.onDidSendMessage((message) => {
      if (output.writable) output.write(frame(message));
    });
    adapter.onDidDisconnect(gone);
    input.on('data', (chunk: Buffer) => reader.push(chunk));
    for (const event of ['end', 'close', 'error']) input.once(event, gone);
    // Nobody reads any more.
    for (const event of ['close', 'error']) output.once(event, gone);
    signal.addEventListener('abort', gone, { once: true });
    if (signal.aborted) gone();
  });
  // An error that comes later is about a client that has gone.
  input.on('error', () => undefined);
  output.on('error', () => undefined);
  await adapter.close();
}

export interface Address {
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
}

/**
 * Listens, and serves each connection with an adapter of its own, until `signal` aborts.
 * @param listening told the address as soon as clients may connect
 * @throws what the system says if the port cannot be listened on
 */
export async function serveConnections(
  engine: DebugEngine,
  { host, port }: Address,
  listening: (address: Address) => void,
  signal: AbortSignal,
): Promise<void> {
  const clients = new Set<Promise<void>>();
  const server = createServer((socket: Socket) => {
    socket.setNoDelay(true);
    const client = serveClient(engine, socket, socket, signal).finally(() => {
      socket.destroy();
      clients.delete(client);
    });
    clients.add(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      listening({ host, port: typeof address === 'object' && address !== null ? address.port : port });
    });
    server.on('close', resolve);
    const stop = (): void => void server.close();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  await Promise.all(clients);
}
