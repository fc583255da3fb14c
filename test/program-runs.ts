/** Runs of the programs in a folder, each by the words of a command that a reader can type. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCommandLine } from '../engine/cli/arguments.js';
import { hostFiles } from '../engine/project/files.js';
import { Engine, endingOf, listDrivers, listMachines, summarize, type Summary } from '../engine/index.js';
import { faultHeadline } from '../engine/trace/fault-report.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** A minute of real time; every program here takes seconds. */
const TIMEOUT_MS = 60_000;

export interface ProgramRun {
  /** As a reader types it. */
  readonly command: string;
  readonly summary: Summary;
  /** Lines of the program's own output. */
  readonly output: readonly string[];
  /** `exit 0`, or the signal. */
  readonly ending: string;
  /** What ended it, in one sentence; empty if it ended by itself. */
  readonly fault: string;
}

/** Keeps a compiler between runs: to be disposed. */
export class ProgramRuns implements Disposable {
  private readonly engine = new Engine();
  private readonly known = new Map<string, ProgramRun>();

  /** @param folder from the project's root */
  constructor(private readonly folder: string) {}

  [Symbol.dispose](): void {
    this.engine[Symbol.dispose]();
  }

  /** @param words program, options and arguments, as they follow `npx faultline run` and the folder */
  async run(words: string): Promise<ProgramRun> {
    const known = this.known.get(words);
    if (known !== undefined) return known;
    const command = `npx faultline run ${this.folder}/${words}`;
    const done = await this.once(command);
    this.known.set(words, done);
    return done;
  }

  private async once(command: string): Promise<ProgramRun> {
    // Where programs that want a folder of their own write.
    mkdirSync(join(ROOT, 'out'), { recursive: true });
    const parsed = parseCommandLine(command.split(' ').slice(2), {
      files: hostFiles(ROOT),
      drivers: listDrivers().map(({ name }) => name),
      machines: listMachines().map(({ name }) => name),
      version: '',
    });
    if (parsed.kind !== 'run') throw new Error(`no run: ${command}`);
    const output: string[] = [];
    const decoder = new TextDecoder();
    const observer = {
      stdout: (chunk: Uint8Array) => void output.push(decoder.decode(chunk, { stream: true })),
      stderr: (chunk: Uint8Array) => void output.push(decoder.decode(chunk, { stream: true })),
      progress: () => undefined,
    };
    const request = { ...parsed.request, stdin: 'none', timeoutMs: TIMEOUT_MS } as const;
    const outcome = await this.engine.run(request, observer, new AbortController().signal);
    if (!outcome.compiled) {
      const [first] = outcome.diagnostics;
      throw new Error(`does not compile: ${command}: ${first?.line ?? 0}: ${first?.message ?? ''}`);
    }
    return {
      command,
      summary: summarize(outcome.trace, outcome.tables, outcome.pageSize),
      output: output.join('').trimEnd().split('\n'),
      ending: endingOf(outcome.exit),
      fault: outcome.fault === null ? '' : faultHeadline(outcome.fault),
    };
  }
}
