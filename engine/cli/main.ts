/** The `faultline` command's composition root: the real process, the real engine. */
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { isAbsolute, join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import * as engine from '../index.js';
import { describeFailure, runCommandLine } from './command-line.js';
import { ExitStatus, hostFiles } from './engine.js';
import { wantsColour, type Terminal } from './terminal.js';

const abort = new AbortController();
const { stdout, stderr, env } = process;
const cwd = process.cwd();
const debug = (env.FAULTLINE_DEBUG ?? '') !== '';
/** Its number; the name does not exist on every host. */
const SIGPIPE = 13;

/** A status that wins over the program's: the way the user or the reader of our output ended it. */
const ending: { status: number | null } = { status: null };

/** The first Ctrl-C ends the program and still reports; the second ends us. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const status = signal === 'SIGINT' ? ExitStatus.interrupted : 128 + constants.signals.SIGTERM;
    if (ending.status !== null) process.exit(status);
    ending.status = status;
    abort.abort();
  });
}

/** Nobody reads our output any more (`| head`): end as a native program does, without a word. */
let silenced = false;
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  silenced = true;
  ending.status ??= 128 + SIGPIPE;
  abort.abort();
});
stderr.on('error', (error: NodeJS.ErrnoException) => {
  // Without stderr there is nobody to tell; the program's status still counts.
  if (error.code !== 'EPIPE') throw error;
});
process.on('uncaughtException', (error) => {
  stderr.write(describeFailure(error, debug));
  process.exit(ExitStatus.engineFailed);
});

const write = (stream: NodeJS.WriteStream, chunk: Uint8Array | string): void => {
  if (!silenced) stream.write(chunk);
};

const terminal: Terminal = {
  stdout: (chunk) => write(stdout, chunk),
  stderr: (chunk) => write(stderr, chunk),
  stdoutIsTerminal: stdout.isTTY,
  stderrIsTerminal: stderr.isTTY,
  columns: stderr.isTTY ? stderr.columns : null,
  colour: wantsColour(stderr.isTTY, env),
  writeFile: (path, text) => writeFileSync(isAbsolute(path) ? path : join(cwd, path), text),
};

const status = await runCommandLine(process.argv.slice(2), {
  engine,
  terminal,
  files: hostFiles(cwd),
  version: manifest.version,
  now: () => performance.now(),
  signal: abort.signal,
  debug,
});

// What is written to a pipe may still be on its way, and a compiler kept warm must not keep the process.
const drained = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed) resolve();
    else stream.write('', () => resolve());
  });
await Promise.all([drained(stdout), drained(stderr)]);
process.exit(ending.status ?? status);
