/** What a person waits for: compile and run; and what the memory model sustains: faults and events a second of real time. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bench } from 'tinybench';
import { Engine, summarize, type CompletedRun, type RunRequest } from '../../engine/index.js';
import { Access, Cause, EventKind } from '../../engine/memory/event.js';
import { CPU, SYSTEM_NODE, type PageIndex } from '../../engine/memory/units.js';
import { Recorder } from '../../engine/trace/recorder.js';

const MIB = 2 ** 20;
/** Each is measured so often and the fastest counts: the computer has other things to do, too. */
const TIMES = 3;

export function request(source: string, more: Partial<RunRequest> = {}): RunRequest {
  return {
    sources: [source],
    cwd: '.',
    includeDirs: [],
    defines: [],
    optimize: 0,
    programArguments: [],
    stdin: 'none',
    env: {},
    dirs: [],
    driver: 'hmm',
    machine: 'p100-pcie3',
    seed: 1,
    limits: {},
    ...more,
  };
}

export async function run(
  engine: Engine,
  what: RunRequest,
): Promise<{ readonly ms: number; readonly run: CompletedRun }> {
  const nothing = (): undefined => undefined;
  const began = performance.now();
  const outcome = await engine.run(
    what,
    { stdout: nothing, stderr: nothing, progress: nothing },
    new AbortController().signal,
  );
  const ms = performance.now() - began;
  if (!outcome.compiled) throw new Error(outcome.diagnostics.map(({ message }) => message).join('\n'));
  if (outcome.exit.reason !== 'exited' || outcome.exit.status !== 0) throw new Error(`${what.sources.join()} failed`);
  return { ms, run: outcome };
}

export interface Turnaround {
  /** ms of real time. */
  readonly emptyCache: number;
  readonly changedSource: number;
  readonly fullCache: number;
}

/** Compile and run of one program with a compiler that has compiled before. */
export async function measureTurnaround(dist: URL, source: string, scratch: string): Promise<Turnaround> {
  const fastest = { emptyCache: Infinity, changedSource: Infinity, fullCache: Infinity };
  const keep = (which: keyof Turnaround, ms: number): void => void (fastest[which] = Math.min(fastest[which], ms));
  // Without a cache everything is compiled, the runtime included: the compiler's own code is optimized by then.
  using uncached = new Engine({ folder: dist, cacheFolder: undefined });
  await run(uncached, request(source));
  for (let time = 0; time < TIMES; time++) keep('emptyCache', (await run(uncached, request(source))).ms);
  const cacheFolder = mkdtempSync(join(scratch, 'cache-'));
  using engine = new Engine({ folder: dist, cacheFolder });
  await run(engine, request(source));
  const changed = join(scratch, 'changed.cu');
  for (let time = 0; time < TIMES; time++) {
    writeFileSync(changed, `${readFileSync(source, 'utf8')}// ${time}\n`);
    keep('changedSource', (await run(engine, request(changed))).ms);
    keep('fullCache', (await run(engine, request(source))).ms);
  }
  rmSync(cacheFolder, { recursive: true });
  return fastest;
}

export interface Rates {
  readonly faultsPerSecond: number;
  readonly faults: number;
  readonly eventsPerSecond: number;
  readonly events: number;
  /** The recorder alone. */
  readonly recordsPerSecond: number;
}

/** Faults of a program whose memory does not fit, against the same program without any fault (driver `pinned`). */
export async function measureRates(dist: URL, source: string, scratch: string): Promise<Rates> {
  const cacheFolder = mkdtempSync(join(scratch, 'cache-'));
  using engine = new Engine({ folder: dist, cacheFolder });
  const programArguments = ['128'];
  let faulting = Infinity;
  let plain = Infinity;
  let last: CompletedRun | undefined;
  for (let time = 0; time < TIMES; time++) {
    const evicting = await run(engine, request(source, { programArguments, deviceMemoryBytes: 32 * MIB }));
    last = evicting.run;
    faulting = Math.min(faulting, evicting.run.host.runMs);
    const pinned = await run(engine, request(source, { programArguments, driver: 'pinned' }));
    plain = Math.min(plain, pinned.run.host.runMs);
  }
  rmSync(cacheFolder, { recursive: true });
  if (!last) throw new Error('nothing was measured');
  const seconds = Math.max(faulting - plain, 1) / 1000;
  const { deviceFaults, cpuFaults } = summarize(last.trace, last.tables, last.pageSize).unifiedMemory;
  const faults = deviceFaults + cpuFaults;
  const events = last.trace.recorded;
  return {
    faults,
    events,
    faultsPerSecond: faults / seconds,
    eventsPerSecond: events / seconds,
    recordsPerSecond: await recordRate(),
  };
}

const RECORDS = 100_000;

async function recordRate(): Promise<number> {
  const context = { nowNs: 0, codeOffset: 7, launch: 1, block: 0, thread: 0, driver: 0, allocationOf: () => 1 };
  const recorder = new Recorder({ context, onChunk: () => undefined, memoryLimitBytes: 256 * MIB });
  const event = {
    kind: EventKind.deviceFault,
    agent: CPU,
    source: SYSTEM_NODE,
    target: SYSTEM_NODE,
    firstPage: 1 as PageIndex,
    pageCount: 1,
    access: Access.read,
    cause: Cause.fault,
    durationNs: 1,
    extra: 0,
  };
  const bench = new Bench({ time: 500 });
  bench.add('record', () => {
    for (let n = 0; n < RECORDS; n++) recorder.record(event);
  });
  const [task] = await bench.run();
  const result = task?.result;
  if (result?.state !== 'completed') throw new Error('the recorder was not measured');
  return (RECORDS * 1000) / result.latency.min;
}
