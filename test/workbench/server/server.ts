/** VS Code's server as a child process: started on a port and a data folder of its own, and ended with all that it started. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ServerOptions {
  /** Of `installServer`. */
  readonly folder: string;
  /** Settings are in `data/User/settings.json` there. */
  readonly dataFolder: string;
  readonly extensionsFolder: string;
}

/** One that listens. Dispose it, or it and its extension host stay. */
export class WorkbenchServer implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start({ folder, dataFolder, extensionsFolder }: ServerOptions): Promise<WorkbenchServer> {
    const child = spawn(
      process.execPath,
      [
        join(folder, 'out', 'server-main.js'),
        ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms'],
        ...['--telemetry-level', 'off', '--disable-workspace-trust', '--enable-smoke-test-driver'],
        ...['--server-data-dir', dataFolder, '--extensions-dir', extensionsFolder],
      ],
      // A group of its own, so that its extension hosts can be ended with it.
      { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, EXTENSIONS_GALLERY: '{}' } },
    );
    const said: string[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    const port = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`The server of the workbench ended at once:\n${said.join('')}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        said.push(`${line}\n`);
        const listening = /Extension host agent listening on (\d+)/.exec(line)?.[1];
        if (listening !== undefined) resolve(Number(listening));
      });
    }).catch((error: unknown) => {
      endGroup(child);
      throw error;
    });
    return new WorkbenchServer(child, port);
  }

  /** For signal handlers: at once. */
  kill(): void {
    endGroup(this.child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.kill();
    await ended;
  }
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Installs a packaged extension. @throws if the server refuses it */
export function installExtension(vsix: string, { folder, dataFolder, extensionsFolder }: ServerOptions): void {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(folder, 'out', 'server-main.js'),
      ...['--install-extension', vsix, '--force', '--accept-server-license-terms'],
      ...['--server-data-dir', dataFolder, '--extensions-dir', extensionsFolder],
    ],
    { encoding: 'utf8', env: { ...process.env, EXTENSIONS_GALLERY: '{}' } },
  );
  if (status !== 0 || !stdout.includes('successfully installed'))
    throw new Error(`The package could not be installed:\n${stdout}${stderr}`);
}
