/** A disk, a terminal and an engine of a few lines, so that the command is tested without a process. */
import { posix } from 'node:path';
import type { CompletedRun, Engine, RunObserver, RunOutcome, RunRequest } from '../../engine/cli/engine.js';
import type { Files } from '../../engine/project/files.js';
import type { Terminal } from '../../engine/cli/terminal.js';
import { NO_TABLES, PAGE_SIZE, Recording } from '../trace/recording.js';

/** Files by path; their directories exist, too. */
export function fakeFiles(contents: Readonly<Record<string, string>>): Files {
  const texts = new Map(Object.entries(contents).map(([path, text]) => [posix.normalize(path), text]));
  const directories = new Set(['.', '/work']);
  for (const path of texts.keys()) {
    for (let parent = posix.dirname(path); parent !== '.' && parent !== '/'; parent = posix.dirname(parent))
      directories.add(parent);
  }
  const local = (path: string): string => posix.relative('/work', posix.resolve('/work', path)) || '.';
  return {
    cwd: '/work',
    kind: (path) => (texts.has(local(path)) ? 'file' : directories.has(local(path)) ? 'directory' : 'missing'),
    entries: (directory) =>
      [...texts.keys()].filter((path) => posix.dirname(path) === local(directory)).map((path) => posix.basename(path)),
    read(path) {
      const text = texts.get(local(path));
      if (text === undefined) throw new Error(`ENOENT: ${path}`);
      return new TextEncoder().encode(text);
    },
  };
}

export class FakeTerminal implements Terminal {
  readonly written = { stdout: '', stderr: '' };
  /** Both streams in the order of their writes, as on one screen. */
  screen = '';
  readonly files = new Map<string, string>();
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly columns: number | null;
  readonly colour: boolean;

  constructor(isTerminal = false) {
    this.stdoutIsTerminal = isTerminal;
    this.stderrIsTerminal = isTerminal;
    this.columns = isTerminal ? 80 : null;
    this.colour = isTerminal;
  }

  stdout(chunk: Uint8Array | string): void {
    this.#write('stdout', chunk);
  }

  stderr(chunk: Uint8Array | string): void {
    this.#write('stderr', chunk);
  }

  writeFile(path: string, text: string): void {
    if (path.startsWith('readonly/')) throw new Error('EACCES: permission denied');
    this.files.set(path, text);
  }

  #write(stream: 'stdout' | 'stderr', chunk: Uint8Array | string): void {
    const text = typeof chunk === 'string' ? chunk : new TextDecoder().decode(chunk);
    this.written[stream] += text;
    this.screen += text;
  }
}

/** A run of a program that did nothing and exited with 0. */
export function completed(changes: Partial<CompletedRun> = {}, recording = new Recording()): CompletedRun {
  return {
    compiled: true,
    exit: { status: 0, signal: null, reason: 'exited' },
    fault: null,
    trace: recording.reader,
    tables: NO_TABLES,
    language: 'cuda',
    sources: ['add.cu'],
    projectFolder: '/project',
    machineName: 'p100-pcie3',
    driverName: 'hmm',
    driverParameters: {},
    pageSize: PAGE_SIZE,
    host: { compileMs: 1, runMs: 2, accesses: 3, peakMemoryBytes: 4 },
    ...changes,
  };
}

type Run = (observer: RunObserver, request: RunRequest, signal: AbortSignal) => RunOutcome | Promise<RunOutcome>;

export function fakeEngine(run: Run = () => completed()): Engine {
  return {
    run: (request, observer, signal) =>
      new Promise((resolve) => {
        resolve(run(observer, request, signal));
      }),
    listMachines: () => [
      {
        name: 'p100-pcie3',
        title: 'NVIDIA Tesla P100 16 GB',
        cpu: { name: 'Xeon', memoryBytes: 2 ** 37 },
        devices: [{ name: 'P100', memoryBytes: 2 ** 34, multiprocessors: 56, clockHz: 1.328e9 }],
        links: [{ name: 'PCIe', peakBytesPerSecond: 15.75e9 }],
        peers: null,
        costs: { faultLatencyNs: 10_000 },
        sources: {
          'device.memoryBytes': 'data sheet',
          'device.clockHz': 'nvidia-smi',
          'costs.faultLatencyNs': 'data sheet',
        },
      },
      {
        name: 'h100-pcie5',
        title: 'NVIDIA H100',
        cpu: {},
        devices: [],
        links: [],
        peers: null,
        costs: {},
        sources: {},
      },
    ],
    checkDriver: () => Promise.reject(new Error('no driver is checked here')),
    listDrivers: () => [
      {
        name: 'hmm',
        title: 'HMM',
        description: 'Migrates a page to whoever faults on it.',
        sources: ['lib/test_hmm.c'],
        parameters: [
          { name: 'fault_pages', default: 1, minimum: 1, maximum: 512, description: 'Pages that one fault moves.' },
        ],
      },
      { name: 'pinned', title: 'Pinned', description: 'Pins pages in system memory.', sources: [], parameters: [] },
    ],
  };
}
