/** Programs of this folder, run as a user would run them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import {
  Engine,
  summarize,
  type CompletedRun,
  type RunObserver,
  type RunRequest,
  type Summary,
} from '../../engine/index.js';

export const folder = fileURLToPath(new URL('.', import.meta.url));
const MIB = 2 ** 20;

/** How a program is started and how it ends; the rest of the table of README.md ends with 0 and needs nothing. */
export const SPECIAL: Readonly<Record<string, Partial<RunRequest> & { readonly end?: Ending }>> = {
  'cuda/oversubscribe.cu': { deviceMemoryBytes: 16 * MIB, programArguments: ['24'] },
  'cuda/null_kernel.cu': { end: 'SIGSEGV' },
  'c/null_cpu.c': { end: 'SIGSEGV' },
  'cuda/lost_lanes.cu': { end: 'SIGABRT' },
  'cuda/endless.cu': { timeoutMs: 400, end: 'timeout' },
  'c/args.c': { programArguments: ['7', 'two words', ''], stdin: new TextEncoder().encode('one\ntwo'), end: 7 },
};
export type Ending = number | 'SIGSEGV' | 'SIGABRT' | 'timeout';

export interface Run {
  readonly outcome: CompletedRun;
  readonly stdout: string;
  readonly stderr: string;
  readonly summary: Summary;
}

let engine: Engine;

/** For a test file that runs programs: one engine, which keeps a compiler warm. */
export function keepEngine(): void {
  beforeAll(() => {
    engine = new Engine();
  });
  afterAll(() => {
    engine[Symbol.dispose]();
  });
}

export async function run(
  source: string,
  options: Partial<RunRequest> = {},
  progress: RunObserver['progress'] = () => undefined,
  signal = new AbortController().signal,
): Promise<Run> {
  const output = { stdout: '', stderr: '' };
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const observer: RunObserver = {
    stdout: (chunk) => void (output.stdout += decoders.stdout.decode(chunk, { stream: true })),
    stderr: (chunk) => void (output.stderr += decoders.stderr.decode(chunk, { stream: true })),
    progress,
  };
  const request: RunRequest = {
    sources: [source],
    cwd: folder,
    includeDirs: [],
    defines: [],
    optimize: 0,
    programArguments: [],
    stdin: 'none',
    env: {},
    dirs: [{ host: source.replace(/[^/]*$/, ''), guest: '.', readOnly: true }],
    driver: 'hmm',
    machine: 'p100-pcie3',
    seed: 1,
    limits: {},
    ...options,
  };
  const outcome = await engine.run(request, observer, signal);
  if (!outcome.compiled) throw new Error(outcome.diagnostics.map(({ line, message }) => `${line}: ${message}`).join());
  return { outcome, ...output, summary: summarize(outcome.trace, outcome.tables, outcome.pageSize) };
}

/** The one line of a source that holds a text, counted from 1. */
export function lineOf(source: string, text: string): number {
  const lines = readFileSync(folder + source, 'utf8').split('\n');
  const found = lines.flatMap((line, index) => (line.includes(text) ? [index + 1] : []));
  if (found.length !== 1) throw new Error(`${source} has '${text}' on ${found.length} lines`);
  return found[0]!;
}

export function endOf({ exit }: CompletedRun): Ending {
  if (exit.reason === 'exited') return exit.status;
  return exit.reason === 'timeout' ? 'timeout' : (exit.signal as Ending);
}

/** Programs in the table of README.md. */
export const documented = [...readFileSync(`${folder}README.md`, 'utf8').matchAll(/^\| `([^`]+)`/gm)].map(
  (row) => row[1]!,
);
