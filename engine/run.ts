/** `run`: sources in, a finished run with its trace and tables out. The engine's composition root on its own thread. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { allocationName } from './allocation-name.js';
import { EngineError } from './engine-error.js';
import { chosenDriver, type ChosenDriver } from './driver-choice.js';
import { cpuFaultsOf } from './drivers/registry.js';
import type { DebuggeeStart } from './messages.js';
import { prepare, type PollSites } from './prepare.js';
import { SourceMap } from './source-map.js';
import { NO_CODE_OFFSET, type ExecutableProgram } from './execution/program.js';
import { FIRST_SYSTEM_ID } from './execution/allocations.js';
import { deadlockSentence } from './execution/host-threads.js';
import type { AccessSignal, TrapSignal, WaitingThread } from './execution/signals.js';
import { loadMachine, MachineError, type Machine } from './machine/machine.js';
import { EventKind } from './memory/event.js';
import { agentName, deviceAgent, PAGE_SIZE } from './memory/units.js';
import { isAround, regionName } from './debug/outlined-functions.js';
import { notesOf } from './run-notes.js';
import { runSession, type SessionResult } from './session.js';
import { ContentCache, defaultCacheFolder } from './toolchain/cache.js';
import { Compiler } from './toolchain/compiler.js';
import { Toolchain, type ProgramImage } from './toolchain/build.js';
import { SourceError } from './toolchain/source-tree.js';
import type { FaultReport } from './trace/fault-report.js';
import type { CompletedRun, RunObserver, RunOutcome, RunRequest } from './trace/run.js';
import type { AllocationRow, SourceLocation, TraceTables } from './trace/tables.js';

/** Where the parts lie that are not code: bundled workers and the runtime's C. */
export interface EngineAssets {
  /** Folder with `compiler.worker.js`, `debuggee.worker.js`, `runtime/` and `objects/`. */
  readonly folder: URL;
  /** Undefined: nothing is kept between runs. */
  readonly cacheFolder: string | undefined;
}

/** 4 GiB is all there is; what the program may map of it by default. */
const DEFAULT_MEMORY_LIMIT_BYTES = 3.5 * 1024 ** 3;

/** An engine: keeps a compiler warm between runs. Dispose it, or its thread keeps a host from ending. */
export class Engine implements Disposable {
  private readonly compiler: Compiler;
  private readonly cache: ContentCache;
  private readonly toolchain: Toolchain;

  constructor(private readonly assets: EngineAssets = defaultAssets()) {
    this.compiler = new Compiler(new URL('compiler.worker.js', assets.folder));
    this.cache = new ContentCache(assets.cacheFolder, fileURLToPath(new URL('objects', assets.folder)));
    this.toolchain = new Toolchain(this.compiler, this.cache, fileURLToPath(new URL('runtime', assets.folder)));
  }

  /** Loads the compiler ahead of the first run. */
  warmUp(): void {
    this.compiler.warmUp();
  }

  [Symbol.dispose](): void {
    this.compiler[Symbol.dispose]();
  }

  /** @throws EngineError for what the user can put right */
  async run(request: RunRequest, observer: RunObserver, signal: AbortSignal): Promise<RunOutcome> {
    const driver = await chosenDriver(request, this.workerFile('driver'));
    const machine = await machineOf(request);
    const began = performance.now();
    const built = await this.build(request, observer, signal);
    if (!built.ok) return { compiled: false, diagnostics: built.diagnostics };
    const { image } = built;
    const sources = this.sourceMap(image);
    observer.progress({ phase: 'instrument', detail: image.sources.join(' ') });
    const program = await this.prepare(image, sources);
    const compileMs = performance.now() - began;
    observer.progress({ phase: 'run', detail: image.sources.join(' ') });
    const session = await runSession(
      { ...programStart(request, image, machine, driver), program, debug: null },
      { workerFile: this.workerFile('debuggee'), timeoutMs: request.timeoutMs, observer, signal },
    );
    return completedRun(image, sources, machine, driver, session, compileMs);
  }

  /** Of a bundled worker. */
  workerFile(name: 'debuggee' | 'driver' | 'lldb'): URL {
    return new URL(`${name}.worker.js`, this.assets.folder);
  }

  /** Symbols of an image, kept between runs. */
  sourceMap(image: ProgramImage): SourceMap {
    return new SourceMap((args, files) => this.compiler.run(args, files), image, this.cache);
  }

  prepare(image: ProgramImage, sources: SourceMap, pollAt?: PollSites): Promise<ExecutableProgram> {
    return prepare(image, sources, this.compiler, this.cache, pollAt);
  }

  /** @throws EngineError */
  async build(request: RunRequest, observer: RunObserver, signal: AbortSignal): ReturnType<Toolchain['build']> {
    const absolute = (path: string): string => resolve(request.cwd, path);
    try {
      return await this.toolchain.build(
        {
          sources: request.sources.map(absolute),
          includeFolders: request.includeDirs.map(absolute),
          defines: request.defines,
          optimize: request.optimize,
          standard: request.standard,
          ...(request.language !== undefined && { language: request.language }),
          ...(request.longBits !== undefined && { longBits: request.longBits }),
        },
        (progress) => {
          observer.progress(progress);
        },
        signal,
      );
    } catch (error) {
      if (error instanceof SourceError)
        throw new EngineError('FL1002', error.message, 'Check the path and the permissions.');
      throw error;
    }
  }
}

/** What the program's thread is started with. */
export function programStart(
  request: RunRequest,
  image: ProgramImage,
  machine: Machine,
  driver: ChosenDriver,
): Omit<DebuggeeStart, 'program' | 'debug' | 'gauges' | 'driverWatch'> {
  return {
    machine,
    driver: driver.name,
    driverParameters: driver.parameters,
    driverSource: driver.source ? { ...driver.source, cwd: request.cwd } : null,
    arguments: [basename(image.sources[0] ?? 'program').replace(/\.[^.]*$/, ''), ...request.programArguments],
    env: request.env,
    preopens: request.dirs.map((dir) => ({ ...dir, host: resolve(request.cwd, dir.host) })),
    stdin: request.stdin,
    seed: request.seed,
    memoryLimitBytes: request.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT_BYTES,
    pageTableUpdates: request.pageTableUpdates,
    pinTimeoutNs: request.pinTimeoutNs,
    pageCache: { filePages: request.filePages ?? 'upstream', daxMigration: request.daxMigration ?? false },
    limits: request.limits,
  };
}

/** What came of a run, with the names and places of everything in it. */
export async function completedRun(
  image: ProgramImage,
  sources: SourceMap,
  machine: Machine,
  driver: ChosenDriver,
  session: SessionResult,
  compileMs: number,
): Promise<CompletedRun> {
  const stops = typeof session.end === 'object' && session.end.signal ? session.end.signal : null;
  const waits = stops?.kind === 'trap' ? (stops.waits ?? []) : [];
  const refused = session.refused ? [session.refused.codeOffset] : [];
  const hazards = session.hazards.flatMap(({ hazard: { site, other } }) => [site, other]);
  await sources.resolve([
    ...offsetsOf(session),
    ...refused,
    ...hazards,
    ...session.lostBits.flat(),
    ...(session.place?.offsets ?? []),
    ...(stops?.offsets ?? []),
    ...waits.flatMap(({ offsets }) => offsets),
  ]);
  return {
    compiled: true,
    exit: exitOf(session),
    fault: stops && faultReport(stops, sources, session.launches),
    trace: session.trace,
    tables: tablesOf(session, sources, machine, driver.name, await sourceTexts(image)),
    language: image.language,
    sources: image.sources,
    projectFolder: image.projectFolder,
    machineName: machine.name,
    driverName: driver.name,
    driverParameters: driver.parameters,
    pageSize: PAGE_SIZE,
    host: {
      compileMs,
      runMs: session.runMs,
      accesses: session.accesses,
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    },
    diagnostics: image.diagnostics,
    notes: notesOf(session, sources),
  };
}

/** Assets next to the bundle; run from source, those of the last build. */
export function defaultAssets(): EngineAssets {
  const here = new URL('.', import.meta.url);
  const bundled = existsSync(new URL('debuggee.worker.js', here));
  return {
    folder: bundled ? here : pathToFileURL(`${resolve(fileURLToPath(here), '..', 'dist')}/`),
    cacheFolder: defaultCacheFolder(),
  };
}

/** The machine that a request asks for. @throws EngineError */
export async function machineOf(request: RunRequest): Promise<Machine> {
  const overrides = {
    ...(request.deviceMemoryBytes === undefined ? {} : { deviceMemoryBytes: request.deviceMemoryBytes }),
    ...(request.devices === undefined ? {} : { devices: request.devices }),
  };
  try {
    if (!/\.json$/i.test(request.machine)) return loadMachine(request.machine, overrides);
    const text = await readFile(resolve(request.cwd, request.machine), 'utf8');
    return loadMachine(JSON.parse(text), overrides);
  } catch (error) {
    if (error instanceof MachineError)
      throw new EngineError('FL1003', error.message, 'See `faultline machines` for complete ones.');
    const reason = error instanceof Error ? error.message : String(error);
    throw new EngineError(
      'FL1003',
      `the machine file ${request.machine} cannot be read: ${reason}`,
      'Give a JSON file, or a name from `faultline machines`.',
    );
  }
}

function exitOf({ end }: SessionResult): {
  status: number;
  signal: string | null;
  reason: 'exited' | 'signal' | 'timeout' | 'interrupted' | 'budget';
} {
  if (typeof end === 'string') return { status: 0, signal: null, reason: end };
  return end.signal
    ? { status: 0, signal: end.signal.signal, reason: 'signal' }
    : { status: end.status, signal: null, reason: 'exited' };
}

/** Every code offset that the trace or its tables name. */
function offsetsOf(session: SessionResult): Set<number> {
  const offsets = new Set<number>();
  session.trace.scan((columns, from, to) => {
    let last = NO_CODE_OFFSET;
    for (let row = from; row < to; row++) {
      const offset = columns.codeOffset[row] ?? NO_CODE_OFFSET;
      if (offset === last) continue;
      offsets.add(offset);
      last = offset;
    }
  });
  for (const { codeOffset } of session.allocations) offsets.add(codeOffset);
  offsets.delete(NO_CODE_OFFSET);
  return offsets;
}

/** Allocations that a device faulted on, pinned or was given: of the memory that nobody allocated, only this is of interest. */
function reachedByDevices(session: SessionResult): Set<number> {
  const reached = new Set<number>();
  const kinds = new Set<number>([EventKind.deviceFault, EventKind.migrate, EventKind.remoteMap, EventKind.pin]);
  session.trace.scan((columns, from, to) => {
    for (let row = from; row < to; row++)
      if (kinds.has(columns.kind[row] ?? 0)) reached.add(columns.allocation[row] ?? 0);
  });
  return reached;
}

function faultReport(
  signal: AccessSignal | TrapSignal,
  sources: SourceMap,
  launches: SessionResult['launches'],
): FaultReport {
  const { offsets, block, thread, agent } = signal;
  const frames = offsets.flatMap((offset) => location(sources, offset) ?? []);
  const stack = frames
    .filter(({ functionName }, n) => !isAround(functionName ?? '', frames[n - 1]?.functionName ?? ''))
    .map((frame) => ({ ...frame, functionName: regionName(frame.functionName ?? '') ?? frame.functionName }));
  const place = { agent, stack, block, thread };
  if (signal.kind === 'trap') {
    const message = signal.waits
      ? deadlockSentence(signal.waits, (waiting) => userLine(sources, waiting))
      : signal.message;
    return {
      kind: 'trap',
      signal: signal.signal,
      message,
      ...(signal.waits && { isDeadlock: true }),
      ...place,
    };
  }
  const { reason, access, address, bytes } = signal;
  const kernel = launches.find(({ id }) => id === signal.launch)?.kernel;
  return {
    kind: 'access',
    signal: signal.signal,
    reason,
    access,
    address,
    bytes,
    ...(kernel !== undefined && { kernel }),
    ...place,
  };
}

/** The line of the user's at which a thread waits. */
function userLine(sources: SourceMap, { offsets }: WaitingThread): string | undefined {
  const found = offsets.flatMap((offset) => location(sources, offset) ?? []).find(({ file }) => !file.startsWith('/'));
  return found && `${found.file}:${String(found.line)}`;
}

function location(sources: SourceMap, offset: number): SourceLocation | undefined {
  const frame = sources.at(offset);
  return frame && { functionName: frame.functionName, file: frame.file, line: frame.line, column: frame.column };
}

function tablesOf(
  session: SessionResult,
  sources: SourceMap,
  machine: Machine,
  driver: string,
  texts: ReadonlyMap<string, readonly string[]>,
): TraceTables {
  const locations = new Map<number, SourceLocation>();
  for (const offset of offsetsOf(session)) {
    const found = location(sources, offset);
    if (found && !found.file.startsWith('/')) locations.set(offset, found);
  }
  const reached = reachedByDevices(session);
  const withSource = (row: AllocationRow): AllocationRow => {
    const at = locations.get(row.codeOffset);
    if (!at) return row;
    return {
      ...row,
      file: at.file,
      line: at.line,
      name: row.name ?? allocationName(texts.get(at.file) ?? [], at.line, at.column),
    };
  };
  return {
    drivers: [driver],
    cpuFaultScope: cpuFaultsOf(driver),
    nodes: ['cpu', ...machine.devices.map((_, n) => agentName(deviceAgent(n)))],
    allocations: session.allocations.filter((row) => row.id < FIRST_SYSTEM_ID || reached.has(row.id)).map(withSource),
    launches: session.launches.map((launch) => {
      const frame = sources.at(launch.kernelOffset);
      return { ...launch, file: frame?.file ?? null, line: frame?.functionLine ?? null };
    }),
    locations,
    simulatedNs: session.simulatedNs,
    overflow: session.overflow,
  };
}

/** Lines of the program's sources, by name. */
export async function sourceTexts(image: ProgramImage): Promise<ReadonlyMap<string, readonly string[]>> {
  const texts = new Map<string, readonly string[]>();
  for (const source of image.sources)
    texts.set(source, (await readFile(resolve(image.projectFolder, source), 'utf8')).split('\n'));
  return texts;
}
