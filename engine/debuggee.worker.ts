/**
 * The program's thread: builds the debuggee and the event log, runs the program to its end, and tells the engine. When the
 * engine ends this thread (a time limit, Ctrl-C), what was recorded lives on in the shared buffers it was given.
 */
import { readSync } from 'node:fs';
import v8 from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import { DebugController } from './debug/controller.js';
import { callTeller, driverComplaint, makeUserDriver } from './driver-source.js';
import type { Driver } from './drivers/driver.js';
import { cpuFaultsOf, createDriver } from './drivers/registry.js';
import { DriverFailure } from './drivers/user/guarded-driver.js';
import { UserDriverShapeError } from './drivers/user/user-driver.js';
import { Debuggee } from './execution/debuggee.js';
import type { Ending } from './execution/debuggee-options.js';
import type { ProgramPlace } from './execution/program-place.js';
import { BudgetExceeded, ProgramExit, ProgramSignal } from './execution/signals.js';
import { POLL_TABLE } from './execution/layout.js';
import { LaunchWriter } from './launch-log.js';
import { VirtualClock } from './machine/clock.js';
import { agentName, deviceAgent } from './memory/units.js';
import { EventKind, type EventSink, type MemoryEvent } from './memory/event.js';
import { GAUGE_BYTES, Gauge, OUTPUT_IN_FLIGHT, type DebuggeeMessage, type DebuggeeStart } from './messages.js';
import type { CountsCpuFault } from './trace/aggregate.js';
import { countedCpuFaults } from './trace/cpu-faults.js';
import { tellPlace } from './running-place.js';
import { Recorder } from './trace/recorder.js';
import type { RunLimits } from './trace/run.js';
import type { AllocationKind } from './trace/tables.js';

const port = parentPort;
if (!port) throw new Error('the debuggee runs in a worker thread only');
const start = workerData as DebuggeeStart;
const post = (message: DebuggeeMessage): void => {
  port.postMessage(message);
};

// What V8 has by itself: the compiler's thread has raised it (compiler.worker.ts), and a program's loops are to be optimized at once.
v8.setFlagsFromString('--wasm-tiering-budget=1800000');
v8.setFlagsFromString('--no-wasm-lazy-validation');

/** What the instrumenter marks, checks that hardly fail and functions to be optimized at once, V8 of Node 20 and 22 reads only when told to. */
if (Number(process.versions.v8.split('.')[0]) < 13) {
  v8.setFlagsFromString('--experimental-wasm-branch-hinting');
  v8.setFlagsFromString('--experimental-wasm-compilation-hints');
}

/** The most output that may be on its way: a program that prints for ever must not fill the memory. */
const MOST_OUTPUT_BYTES = 4 * 1024 * 1024;
const simulated = new Float64Array(start.gauges, 0, Gauge.slots);
const inFlight = new Int32Array(start.gauges, 0, GAUGE_BYTES / 4);

function write(stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
  for (
    let bytes = Atomics.load(inFlight, OUTPUT_IN_FLIGHT);
    bytes > MOST_OUTPUT_BYTES;
    bytes = Atomics.load(inFlight, OUTPUT_IN_FLIGHT)
  ) {
    Atomics.wait(inFlight, OUTPUT_IN_FLIGHT, bytes);
  }
  Atomics.add(inFlight, OUTPUT_IN_FLIGHT, chunk.length);
  post({ type: 'output', stream, chunk });
}

/** Standard input: what was given, or the process's own, read when the program asks for more. */
function inputOf(stdin: DebuggeeStart['stdin']): () => Uint8Array | null {
  let given: Uint8Array | null = stdin instanceof Uint8Array ? stdin : null;
  if (stdin !== 'inherit') {
    return () => {
      const chunk = given;
      given = null;
      return chunk;
    };
  }
  return () => {
    const buffer = new Uint8Array(65536);
    for (;;) {
      try {
        const count = readSync(0, buffer);
        return count === 0 ? null : buffer.subarray(0, count);
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code === 'EOF') return null;
        if (code !== 'EAGAIN') return null;
        Atomics.wait(inFlight, OUTPUT_IN_FLIGHT + 1, 0, 10);
      }
    }
  };
}

/** Ends the run when a budget is used up; counts what the report counts. */
class Budgeted implements EventSink {
  private faults = 0;
  private migratedBytes = 0;

  constructor(
    private readonly inner: EventSink,
    private readonly limits: RunLimits,
    private readonly clock: VirtualClock,
    private readonly place: ProgramPlace,
    private readonly countsCpuFault: CountsCpuFault,
  ) {}

  record(event: Readonly<MemoryEvent>): number {
    const number = this.inner.record(event);
    simulated[Gauge.simulatedNs] = this.clock.latestNs;
    const { maxFaults = Infinity, maxMigratedBytes = Infinity, maxSimulatedNs = Infinity } = this.limits;
    if (event.kind === EventKind.deviceFault || this.isCountedCpuFault(event)) this.faults += event.pageCount;
    else if (event.kind === EventKind.migrate) this.migratedBytes += event.extra;
    if (this.faults > maxFaults || this.migratedBytes > maxMigratedBytes || this.clock.latestNs > maxSimulatedNs) {
      throw new BudgetExceeded('a budget is used up');
    }
    return number;
  }

  private isCountedCpuFault({ kind, firstPage, source }: Readonly<MemoryEvent>): boolean {
    return kind === EventKind.cpuFault && this.countsCpuFault(this.place.allocationOf(firstPage), source);
  }
}

/** One of ours, or the user's own under guard. */
function driverOf(): Driver {
  const { driver, driverSource, driverParameters, driverWatch } = start;
  if (driverSource === null) return createDriver(driver, driverParameters);
  return makeUserDriver(driverSource, driverParameters, {
    calling: callTeller(new Int32Array(driverWatch)),
    isOurs: (error) => [BudgetExceeded, ProgramExit, ProgramSignal].some((ours) => error instanceof ours),
  });
}

function run(): void {
  const clock = new VirtualClock();
  const opened: { recorder?: Recorder; place?: ProgramPlace } = {};
  const { program, machine, debug } = start;
  const kinds = new Map<number, AllocationKind>();
  const countsCpuFault = countedCpuFaults(cpuFaultsOf(start.driver), (id) => kinds.get(id));
  const launches = new LaunchWriter({
    onChunk: (chunk) => {
      post({ type: 'launches', chunk });
    },
    onKernel: (name) => {
      post({ type: 'kernel', name });
    },
  });
  const controller =
    debug &&
    program.polls &&
    new DebugController(debug, program.polls, post, {
      nodes: ['cpu', ...machine.devices.map((_, n) => agentName(deviceAgent(n)))],
      driver: start.driver,
    });
  using debuggee = new Debuggee({
    program,
    machine,
    driver: driverOf(),
    clock,
    createSink: (place) => {
      opened.place = place;
      const context = Object.assign(place, { driver: 0 });
      opened.recorder = new Recorder({
        context,
        countsCpuFault,
        onChunk: (chunk) => {
          post({ type: 'chunk', chunk });
        },
      });
      post({ type: 'trace', header: opened.recorder.header.buffer });
      controller?.recordTo(opened.recorder, context);
      return new Budgeted(controller ?? opened.recorder, start.limits, clock, place, countsCpuFault);
    },
    observer: {
      allocated: (allocation, name) => {
        kinds.set(allocation.id, allocation.kind);
        const codeOffset = opened.place?.codeOffset ?? 0;
        controller?.stops.allocated(allocation, codeOffset, name);
        post({ type: 'allocated', allocation, codeOffset, name });
      },
      freed: (allocation, event, residency) => {
        post({ type: 'freed', id: allocation.id, event, residency });
      },
      refused: (bytes) => {
        post({ type: 'refused', bytes, codeOffset: opened.place?.codeOffset ?? 0 });
      },
      lostBits: (places) => {
        post({ type: 'lostBits', places });
      },
      kernelFailed: (details, launch) => {
        post({ type: 'kernelFailed', details, launch });
      },
      hazard: (hazard) => {
        post({ type: 'hazard', hazard, kernel: program.kernelNames[hazard.kernel] ?? '' });
      },
      named: (address, bytes, name) => {
        controller?.stops.named(address, bytes, name);
        post({ type: 'named', address, bytes, name });
      },
      launched: (record) => {
        controller?.stops.launched(record);
        launches.write(record);
      },
    },
    memoryLimitBytes: start.memoryLimitBytes,
    pageCache: start.pageCache,
    pageTableUpdates: start.pageTableUpdates,
    pinTimeoutNs: start.pinTimeoutNs,
    ...(controller && {
      debug: controller,
      onProgramError: (failed) => {
        controller.apiError({
          ...failed,
          // cudaErrorInvalidValue: "invalid value"
          message: failed.errorName
            .replace(/^(cuda|hip)(Error)?/, '')
            .replace(/(?<=.)([A-Z])/g, ' $1')
            .toLowerCase(),
          codeOffset: opened.place?.codeOffset ?? 0,
        });
      },
    }),
    wasi: {
      args: start.arguments,
      env: start.env,
      preopens: start.preopens,
      stdin: inputOf(start.stdin),
      stdout: (chunk) => {
        write('stdout', chunk);
      },
      stderr: (chunk) => {
        write('stderr', chunk);
      },
      seed: start.seed,
    },
  });
  tellPlace(() => {
    const { agent, interruptedAt: offsets } = debuggee;
    const position = debuggee.launcher.position();
    const { block = null, thread = null } = position ?? {};
    return { agent, offsets, launch: debuggee.launcher.current, block, thread };
  });
  post({ type: 'pages', entries: debuggee.mm.pageTable.entries.buffer as SharedArrayBuffer });
  if (controller) {
    post({ type: 'memory', memory: debuggee.linear.memory });
    controller.attach({
      get rounds() {
        return debuggee.rounds;
      },
      get hostThread() {
        return debuggee.threads.current.id;
      },
      hostThreads: () => debuggee.threads.states(),
      get agent() {
        return debuggee.agent;
      },
      get launch() {
        return debuggee.launcher.current;
      },
      get block() {
        return debuggee.programPlace.block;
      },
      get thread() {
        return debuggee.programPlace.thread;
      },
      get depth() {
        return debuggee.callStackEnd;
      },
      position: () => debuggee.launcher.position(),
      get ranAheadFrom() {
        return debuggee.programPlace.charged?.codeOffset ?? null;
      },
      callStacks: () => debuggee.callStacks(),
      pollBytes: debuggee.linear.bytes.subarray(POLL_TABLE),
      watch: (pages) => {
        debuggee.watch(pages);
      },
      words: (address, count) => debuggee.linear.words(address, count),
    });
  }
  let ending: Ending | 'budget';
  try {
    ending = debuggee.run();
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    ending = 'budget';
  }
  const residency = new Map(
    [...debuggee.memory.allocations.all()].map((each) => [each.id, debuggee.memory.residencyOf(each)]),
  );
  post({
    type: 'ended',
    ending,
    simulatedNs: clock.latestNs,
    accesses: debuggee.accesses,
    overflow: opened.recorder?.overflow ?? null,
    residency,
    heapBytes: debuggee.memory.heapBytes,
    phases: debuggee.phases,
  });
  // Its address space stays as it is: it is looked at when the program has ended, while this thread is being stopped.
}

try {
  run();
} catch (error) {
  const blamed = error instanceof DriverFailure || error instanceof UserDriverShapeError;
  if (start.driverSource && blamed) {
    post({ type: 'driverFailed', message: driverComplaint(start.driverSource, error, start.driverSource.cwd) });
  } else {
    const failure = error instanceof Error ? error : new Error(String(error));
    post({ type: 'failed', message: failure.message, stack: failure.stack ?? '' });
  }
}
