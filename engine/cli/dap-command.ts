/**
 * `faultline dap`: the debug adapter for any editor that speaks its protocol. The adapter stands on the engine's right and may not be
 * imported from here (see ARCHITECTURE.md), so it is a bundle of its own, `adapter.js`, that is loaded by its place when it is asked
 * for, as worker threads are. That also keeps the protocol's code out of every other run of the command.
 */
import { existsSync } from 'node:fs';
import type { Terminal } from './terminal.js';
import { UsageError } from './engine.js';

export interface DapCommand {
  readonly kind: 'dap';
  /** Null: the protocol runs over standard input and output. */
  readonly address: { readonly host: string; readonly port: number } | null;
}

/** What `extension/adapter/main.ts` exports. */
interface AdapterModule {
  readonly serve: (
    options: { readonly address: DapCommand['address']; readonly say: (line: string) => void },
    signal: AbortSignal,
  ) => Promise<void>;
}

/** Serves until the client has gone or `signal` aborts. @throws UsageError if the port cannot be listened on */
export async function serveDebugAdapter(
  { address }: DapCommand,
  terminal: Pick<Terminal, 'stderr'>,
  signal: AbortSignal,
): Promise<void> {
  const { serve } = (await import(adapterFile().href)) as AdapterModule;
  try {
    await serve({ address, say: (line) => terminal.stderr(`faultline: ${line}\n`) }, signal);
  } catch (error) {
    if (address === null || !(error instanceof Error) || !('syscall' in error)) throw error;
    throw new UsageError(
      `The debug adapter cannot listen on ${address.host}:${address.port}: ${error.message}.`,
      'Name another port, or 0 for any that is free.',
    );
  }
}

/** Beside the bundled command; run from source, that of the last build. */
function adapterFile(): URL {
  const bundled = new URL('adapter.js', import.meta.url);
  return existsSync(bundled) ? bundled : new URL('../../dist/adapter.js', import.meta.url);
}
