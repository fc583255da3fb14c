/**
 * One run of a program, seen from the engine's thread: starts the program's thread, gathers what it tells, ends it when it
 * has to end. No thread outlives the run.
 */
import { Worker } from 'node:worker_threads';
import type { DebuggeeNotice } from './debug/messages.js';
import { DriverWatch } from './driver-watch.js';
import { EngineError } from './engine-error.js';
import { FIRST_SYSTEM_ID } from './execution/allocations.js';
import type { LaunchRecord } from './execution/launcher.js';
import { LaunchReader } from './launch-log.js';
import { NO_CODE_OFFSET } from './execution/program.js';
import { frameNode } from './memory/units.js';
import { hasFrame, pteFrame } from './memory/page-table.js';
import { GAUGE_BYTES, Gauge, OUTPUT_IN_FLIGHT, type DebuggeeMessage, type DebuggeeStart } from './messages.js';
import type { AllocationRow } from './trace/tables.js';
import { DRIVER_HINT, neverReturned } from './user-driver.js';
import { TraceReader } from './trace/reader.js';
import { askPlace, type RunningPlace } from './running-place.js';
import type { RunObserver } from './trace/run.js';

type Ended = Extract<DebuggeeMessage, { type: 'ended' }>;

/** Why a run ended. */
export type SessionEnd = Ended['ending'] | 'timeout' | 'interrupted';

export interface SessionResult {
  readonly end: SessionEnd;
  readonly trace: TraceReader;
  /** Without names and source positions. */
  readonly allocations: readonly AllocationRow[];
  readonly launches: readonly LaunchRecord[];
  readonly simulatedNs: number;
  readonly accesses: number;
  readonly overflow: Ended['overflow'];
  readonly runMs: number;
  /** The first allocation that there was no room for. */
  readonly refused: Refusal | undefined;
  /** Races for shared memory. */
  readonly hazards: readonly Hazard[];
  /** The first kernel that ended before its end. */
  readonly failedKernel: FailedKernel | undefined;
  /** Where results of `long` and `size_t` lost bits that they have on Linux: code offsets, innermost first. */
  readonly lostBits: readonly (readonly number[])[];
  /** Where the program was when it was ended from outside. */
  readonly place: RunningPlace | undefined;
}

type Refusal = Pick<Extract<DebuggeeMessage, { type: 'refused' }>, 'bytes' | 'codeOffset'>;

type FailedKernel = Pick<Extract<DebuggeeMessage, { type: 'kernelFailed' }>, 'details' | 'launch'>;

type Hazard = Pick<Extract<DebuggeeMessage, { type: 'hazard' }>, 'hazard' | 'kernel'>;

/** The engine itself failed. */
class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
}

/** What is known of a run that goes on. */
export interface LiveRun {
  readonly trace: TraceReader | undefined;
  readonly memory: WebAssembly.Memory | undefined;
  /** Entries of the CPU's page table. */
  readonly pages: Uint32Array | undefined;
  /** Without names and source positions, with the residency of now. */
  allocations(): readonly AllocationRow[];
  launches(): readonly LaunchRecord[];
  /** The program goes on after a stop: its time counts again. */
  goesOn(): void;
}

export interface SessionOptions {
  /** The bundled `debuggee.worker.js`. */
  readonly workerFile: URL;
  readonly timeoutMs: number | undefined;
  readonly observer: RunObserver;
  readonly signal: AbortSignal;
  /** Under a debugger: hears of what goes on, which a time limit does not count while the program waits. */
  readonly debug?: { live(run: LiveRun): void; notice(notice: DebuggeeNotice): void };
}

const PROGRESS_INTERVAL_MS = 100;
const START_MS = 60_000;

export async function runSession(
  start: Omit<DebuggeeStart, 'gauges' | 'driverWatch'>,
  options: SessionOptions,
): Promise<SessionResult> {
  const gauges = new SharedArrayBuffer(GAUGE_BYTES);
  const watch = new DriverWatch();
  const gathered = new Gathered();
  const began = performance.now();
  const worker = new Worker(options.workerFile, {
    workerData: { ...start, gauges, driverWatch: watch.buffer } satisfies DebuggeeStart,
    transferList: start.debug ? [start.debug.port] : [],
    // Deep recursion of a program is its own affair, up to what native stacks allow.
    resourceLimits: { stackSizeMb: 64, maxOldGenerationSizeMb: 8192 },
    stdin: false,
    // A loader of the host's own modules is not the program's to wait for.
    execArgv: [],
  });
  const simulated = new Float64Array(gauges, 0, Gauge.slots);
  const inFlight = new Int32Array(gauges);
  let timer: NodeJS.Timeout | undefined;
  const stuck: { report?: (error: EngineError) => void; stands: boolean } = { stands: false };
  const progress = setInterval(() => {
    const call = start.driverSource && !stuck.stands ? watch.stuck(performance.now()) : undefined;
    if (call && start.driverSource) stuck.report?.(neverReturned(start.driverSource, call, start.driverSource.cwd));
    options.observer.progress({
      phase: 'run',
      detail: '',
      simulatedNs: simulated[Gauge.simulatedNs] ?? 0,
      events: gathered.events,
    });
  }, PROGRESS_INTERVAL_MS);
  options.debug?.live(gathered);
  let interrupt: (() => void) | undefined;
  try {
    const end = await new Promise<SessionEnd>((resolve, reject) => {
      interrupt = () => {
        // Before the program has begun there is nothing to tell, as while it is compiled.
        if (gathered.trace) resolve('interrupted');
        else reject(options.signal.reason as Error);
      };
      options.signal.addEventListener('abort', interrupt, { once: true });
      if (options.signal.aborted) interrupt();
      let leftMs = options.timeoutMs ?? Infinity;
      let since = began;
      const goOn = (): void => {
        clearTimeout(timer);
        since = performance.now();
        stuck.stands = false;
        watch.goesOn(since);
        if (leftMs === Infinity) return;
        timer = setTimeout(() => {
          resolve('timeout');
        }, leftMs);
      };
      stuck.report = reject;
      const stand = (): void => {
        stuck.stands = true;
        clearTimeout(timer);
        leftMs -= performance.now() - since;
      };
      gathered.goesOn = goOn;
      // The program's time begins with it; a driver that is loaded first may take as long again, and what the machine needs.
      if (leftMs < Infinity)
        timer = setTimeout(() => {
          reject(new EngineError('FL1005', 'The program did not begin within its time limit.', DRIVER_HINT));
        }, leftMs + START_MS);
      worker.on('message', (message: DebuggeeMessage) => {
        if (message.type === 'output') {
          options.observer[message.stream](message.chunk);
          Atomics.sub(inFlight, OUTPUT_IN_FLIGHT, message.chunk.length);
          Atomics.notify(inFlight, OUTPUT_IN_FLIGHT);
        } else if (message.type === 'driverFailed') {
          reject(new EngineError('FL1005', message.message, DRIVER_HINT));
        } else if (message.type === 'failed') {
          reject(new EngineFailure(message.message, { cause: message.stack }));
        } else if (message.type === 'ended') {
          gathered.ended = message;
          resolve(message.ending);
        } else if (message.type === 'stopped' || message.type === 'ask' || message.type === 'searched') {
          // A question is answered by itself; a person may take their time.
          if (message.type !== 'ask') stand();
          options.debug?.notice(message);
        } else {
          gathered.take(message);
          if (message.type === 'trace') goOn();
        }
      });
      worker.on('error', (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        reject(new EngineFailure(`the program's thread stopped: ${text}`));
      });
      worker.on('exit', (code) => {
        if (!gathered.ended) reject(new EngineFailure(`the program's thread ended with code ${String(code)}`));
      });
    });
    const runMs = performance.now() - began;
    const isEnded = end === 'timeout' || end === 'interrupted';
    // Under a debugger it may stand, and a person sees where.
    const place = isEnded && !options.debug ? await askPlace(worker) : undefined;
    return gathered.result(end, simulated[Gauge.simulatedNs] ?? 0, runMs, place);
  } finally {
    clearInterval(progress);
    clearTimeout(timer);
    if (interrupt) options.signal.removeEventListener('abort', interrupt);
    worker.removeAllListeners();
    await worker.terminate();
  }
}

interface Known {
  row: AllocationRow;
  readonly pages: { readonly first: number; readonly count: number };
}

/** What the program's thread has told so far: enough for a report at any moment. */
class Gathered implements LiveRun {
  ended: Ended | undefined;
  trace: TraceReader | undefined;
  pages: Uint32Array | undefined;
  memory: WebAssembly.Memory | undefined;
  goesOn: () => void = () => undefined;
  private refused: Refusal | undefined;
  private failedKernel: FailedKernel | undefined;
  private readonly hazards: Hazard[] = [];
  private readonly lostBits: (readonly number[])[] = [];
  private readonly known = new Map<number, Known>();
  private readonly launchLog = new LaunchReader();
  private readonly names: { address: number; bytes: number; name: string }[] = [];

  get events(): number {
    return this.trace?.recorded ?? 0;
  }

  take(
    message: Exclude<DebuggeeMessage, DebuggeeNotice | { type: 'output' | 'ended' | 'failed' | 'driverFailed' }>,
  ): void {
    switch (message.type) {
      case 'trace':
        this.trace = new TraceReader(message.header);
        return;
      case 'chunk':
        this.trace?.addChunk(message.chunk);
        return;
      case 'memory':
        this.memory = message.memory;
        return;
      case 'pages':
        this.pages = new Uint32Array(message.entries);
        return;
      case 'launches':
        this.launchLog.addChunk(message.chunk);
        return;
      case 'kernel':
        this.launchLog.addKernel(message.name);
        return;
      case 'refused':
        this.refused ??= message;
        return;
      case 'lostBits':
        this.lostBits.push(message.places);
        return;
      case 'kernelFailed':
        this.failedKernel ??= message;
        return;
      case 'hazard':
        this.hazards.push(message);
        return;
      case 'named':
        this.names.push(message);
        return;
      case 'freed': {
        const known = this.known.get(message.id);
        if (known) known.row = { ...known.row, freedAtEvent: message.event, residencyAtEnd: message.residency };
        return;
      }
      case 'allocated': {
        const { allocation, codeOffset, name } = message;
        const start = allocation.mapping === 0 ? allocation.address : allocation.mapping;
        const bytes = allocation.mapping === 0 ? allocation.bytes : allocation.mappedBytes;
        const first = start >>> 12;
        this.known.set(allocation.id, {
          row: {
            id: allocation.id,
            kind: allocation.kind,
            address: allocation.address,
            bytes: allocation.bytes,
            name,
            codeOffset: allocation.id >= FIRST_SYSTEM_ID ? NO_CODE_OFFSET : codeOffset,
            file: null,
            line: null,
            freedAtEvent: null,
            residencyAtEnd: [],
          },
          pages: { first, count: bytes === 0 ? 0 : ((start + bytes - 1) >>> 12) - first + 1 },
        });
      }
    }
  }

  result(end: SessionEnd, simulatedNs: number, runMs: number, place: RunningPlace | undefined): SessionResult {
    const { ended, trace } = this;
    if (!trace) throw new EngineFailure('the program ended before its event log was open');
    return {
      end,
      trace,
      allocations: this.allocations(),
      launches: this.launches(),
      simulatedNs: ended?.simulatedNs ?? simulatedNs,
      accesses: ended?.accesses ?? 0,
      overflow: ended?.overflow ?? null,
      runMs,
      refused: this.refused,
      failedKernel: this.failedKernel,
      hazards: this.hazards,
      lostBits: this.lostBits,
      place,
    };
  }

  allocations(): readonly AllocationRow[] {
    return [...this.known.values()].map((known) => this.finished(known));
  }

  launches(): readonly LaunchRecord[] {
    return this.launchLog.records();
  }

  private finished({ row, pages }: Known): AllocationRow {
    const named = this.names.findLast(
      (each) => each.address < row.address + row.bytes && each.address + each.bytes > row.address,
    );
    const residencyAtEnd =
      row.freedAtEvent === null ? (this.ended?.residency.get(row.id) ?? this.residency(pages)) : row.residencyAtEnd;
    const bytes = row.kind === 'heap' && row.id >= FIRST_SYSTEM_ID ? (this.ended?.heapBytes ?? row.bytes) : row.bytes;
    return { ...row, bytes, name: named?.name ?? row.name, residencyAtEnd };
  }

  /** Pages by node as the page table says now, for a program that was ended from outside. */
  private residency({ first, count }: Known['pages']): number[] {
    const nodes: number[] = [];
    for (let page = first; page < first + count; page++) {
      const pte = this.pages?.[page] ?? 0;
      if (!hasFrame(pte)) continue;
      const node = frameNode(pteFrame(pte));
      nodes[node] = (nodes[node] ?? 0) + 1;
    }
    return Array.from(nodes, (pagesThere: number | undefined) => pagesThere ?? 0);
  }
}
