/**
 * The adapter as a bundle of its own, `dist/adapter.js`: the composition root of `faultline dap`, and what the extension takes its
 * inline adapter from. Both load it when somebody debugs; the command could not import it, because it stands on the engine's right.
 */
import { Writable } from 'node:stream';
import { createDebugEngine } from './debug-engine.js';
import { serveClient, serveConnections, type Address } from './serve.js';

export { listDrivers, listMachines } from '../../engine/index.js';
export { FaultlineDebugAdapter } from './adapter.js';
export { createDebugEngine };

export interface ServeOptions {
  /** Null: standard input and output. */
  readonly address: Address | null;
  /** For a person, on standard error. */
  readonly say: (line: string) => void;
}

/** Serves until the client on standard input has gone, or until `signal` aborts. */
export async function serve({ address, say }: ServeOptions, signal: AbortSignal): Promise<void> {
  using engine = createDebugEngine();
  if (address !== null) {
    const listening = ({ host, port }: Address): void => say(`Listening on ${host}:${port}`);
    await serveConnections(engine, address, listening, signal);
    return;
  }
  const { stdin, stdout, stderr } = process;
  // Standard output is the protocol's: what any library prints must not get in between.
  const write = stdout.write.bind(stdout) as (chunk: Uint8Array, done: (error?: Error | null) => void) => boolean;
  const output = new Writable({ write: (chunk: Uint8Array, _encoding, done) => void write(chunk, done) });
  stdout.on('error', (error: Error) => void output.destroy(error));
  stdout.write = stderr.write.bind(stderr);
  await serveClient(engine, stdin, output, signal);
}
