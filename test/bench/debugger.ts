/** What a person waits for under the debugger: the first stop, a step, a page of an array; and what being debugged costs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Engine, launchDebug, type DebugSession, type RunRequest, type Stop } from '../../engine/index.js';

const STEPS = 60;
const TIMES = 4;
const SYMBOLS_MS = 1500;

export interface DebuggerFigures {
  /** ms, the source changed since the last build. */
  readonly firstStop: number;
  /** ms, median: a step over a line until its stack is there. */
  readonly step: number;
  readonly thousandElements: number;
  /** Time under the debugger with event filters, over the time without a debugger. */
  readonly slowdown: readonly { readonly name: string; readonly ratio: number }[];
}

const ARRAY_PROGRAM = `
int main(void)
{
    float values[4096];
    int sum = 0;
    for (int i = 0; i < 4096; i++)
        values[i] = (float)i;
    for (int i = 0; i < 1000; i++) {
        sum += i;
        sum ^= (int)values[i];
        sum -= 3;
    }
    return sum == 1;
}
`;

/** A program under the debugger whose stops can be waited for. */
class Driven {
  private waiting: ((stop: Stop | 'end') => void) | undefined;
  private launched: DebugSession | undefined;
  runMs = 0;

  static async launch(engine: Engine, request: RunRequest): Promise<Driven> {
    const driven = new Driven();
    const nothing = (): undefined => undefined;
    const result = await launchDebug(
      engine,
      request,
      {
        stdout: nothing,
        stderr: nothing,
        progress: nothing,
        logged: nothing,
        stopped: (stop) => driven.waiting?.(stop),
        ended: (run) => {
          driven.runMs = run.host.runMs;
          driven.waiting?.('end');
        },
        failed: (error) => {
          throw error;
        },
      },
      new AbortController().signal,
    );
    if (!result.ok) throw new Error(`${request.sources.join()} does not compile`);
    driven.launched = result.session;
    return driven;
  }

  get session(): DebugSession {
    if (!this.launched) throw new Error('nothing was launched');
    return this.launched;
  }

  next(action: () => void): Promise<Stop | 'end'> {
    return new Promise((resolve) => {
      this.waiting = resolve;
      action();
    });
  }
}

function request(source: string, optimize: 0 | 2, defines: readonly string[] = []): RunRequest {
  return {
    sources: [source],
    cwd: '.',
    includeDirs: [],
    defines,
    optimize,
    programArguments: [],
    stdin: 'none',
    env: {},
    dirs: [],
    driver: 'hmm',
    machine: 'p100-pcie3',
    seed: 1,
    limits: {},
  };
}

/** @param programs CUDA, OpenMP and C programs that run for some tenths of a second */
export async function measureDebugger(
  dist: URL,
  add: string,
  programs: readonly { readonly name: string; readonly source: string }[],
  scratch: string,
): Promise<DebuggerFigures> {
  const cacheFolder = mkdtempSync(join(scratch, 'cache-'));
  using engine = new Engine({ folder: dist, cacheFolder });
  const firstStop = await measureFirstStop(engine, add);
  const source = join(scratch, 'array.c');
  writeFileSync(source, ARRAY_PROGRAM);
  const { step, thousandElements } = await measureLooking(engine, source);
  const slowdown: { name: string; ratio: number }[] = [];
  for (const optimize of [0, 2] as const)
    for (const program of programs)
      slowdown.push({
        name: `${program.name} -O${optimize}`,
        ratio: await measureSlowdown(engine, request(program.source, optimize)),
      });
  rmSync(cacheFolder, { recursive: true });
  return { firstStop, step, thousandElements, slowdown };
}

async function measureFirstStop(engine: Engine, source: string): Promise<number> {
  let fastest = Infinity;
  for (let time = 0; time < TIMES; time++) {
    const began = performance.now();
    const driven = await Driven.launch(engine, request(source, 0, [`CHANGE=${time}`]));
    await driven.session.setFunctionBreakpoints([{ name: 'main' }]);
    const stop = await driven.next(() => {
      driven.session.start({ stopOnEntry: false });
    });
    if (stop === 'end') throw new Error('the program did not stop');
    const [top] = await driven.session.stack(stop.threadId);
    if (!top) throw new Error('there is no frame');
    // A stop is there when its variables are.
    for (const scope of await driven.session.scopes(top.id))
      if (!scope.expensive) await driven.session.variables(scope.reference);
    if (time > 0) fastest = Math.min(fastest, performance.now() - began);
    await driven.session.dispose();
  }
  return fastest;
}

async function measureLooking(
  engine: Engine,
  source: string,
): Promise<Pick<DebuggerFigures, 'step' | 'thousandElements'>> {
  const driven = await Driven.launch(engine, request(source, 0));
  const { session } = driven;
  await session.setBreakpoints(source, [{ line: 9 }]);
  await driven.next(() => {
    session.start({ stopOnEntry: false });
  });
  await session.setBreakpoints(source, []);
  const steps: number[] = [];
  for (let n = 0; n < STEPS; n++) {
    const began = performance.now();
    const stop = await driven.next(() => {
      session.step('over', 'line');
    });
    if (stop === 'end') throw new Error('the program ended');
    const [top] = await session.stack(stop.threadId);
    for (const scope of top ? await session.scopes(top.id) : [])
      if (!scope.expensive) await session.variables(scope.reference);
    steps.push(performance.now() - began);
  }
  const pages: number[] = [];
  for (let n = 0; n < TIMES; n++) {
    const values = await session.evaluate('values', null);
    const began = performance.now();
    const elements = await session.variables(values.reference, n * 1000, 1000, 'indexed');
    if (elements.length !== 1000 || elements[7]?.value !== String(n * 1000 + 7)) throw new Error('wrong elements');
    pages.push(performance.now() - began);
  }
  await session.dispose();
  return { step: median(steps), thousandElements: median(pages) };
}

/** Runs by turns, so that both have the same computer. */
async function measureSlowdown(engine: Engine, what: RunRequest): Promise<number> {
  const nothing = (): undefined => undefined;
  let plain = Infinity;
  let debugged = Infinity;
  for (let time = 0; time < TIMES; time++) {
    const run = await engine.run(
      what,
      { stdout: nothing, stderr: nothing, progress: nothing },
      new AbortController().signal,
    );
    if (!run.compiled) throw new Error(`${what.sources.join()} does not compile`);
    plain = Math.min(plain, run.host.runMs);
    const driven = await Driven.launch(engine, what);
    await driven.session.setEventFilters([{ id: 'evict', condition: 'bytes > 1G' }, { id: 'error' }]);
    // The symbols load in a thread of their own meanwhile: what is measured is the program.
    await setTimeout(SYMBOLS_MS);
    const end = await driven.next(() => {
      driven.session.start({ stopOnEntry: false });
    });
    if (end !== 'end') throw new Error(`${what.sources.join()} stopped: ${end.description}`);
    debugged = Math.min(debugged, driven.runMs);
    await driven.session.dispose();
  }
  return debugged / plain;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
