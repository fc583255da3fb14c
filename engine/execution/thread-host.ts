/** What threads and their calls need of the running program, and the first of them: main. */
import { PAGE_SIZE, pagesFor } from '../memory/units.js';
import type { AgentId } from '../memory/units.js';
import type { VirtualClock } from '../machine/clock.js';
import type { AccessResolver } from './access.js';
import type { CallPlaces } from './call-sites.js';
import { HostThread, HostThreads, MAIN_THREAD, type ThreadHost } from './host-threads.js';
import type { Instance } from './instance.js';
import { STACK_TOP } from './layout.js';
import type { LinearMemory } from './linear-memory.js';
import type { ProcessMemory } from './process-memory.js';
import type { ProgramPlace } from './program-place.js';
import type { ExecutableProgram } from './program.js';
import type { RuntimeImport } from './runtime-import.js';
import type { WaitingThread } from './signals.js';
import { threadCalls, type ThreadMemory } from './thread-calls.js';

/** A stack that nobody gave a size: enough for large arrays in frames, and some two thousand threads fit. */
const STACK_BYTES = 1024 * 1024;
const STACK_ALIGNMENT = 64;

/** The running program, as far as threads see it. */
export interface ThreadedProgram {
  readonly program: ExecutableProgram;
  readonly linear: LinearMemory;
  readonly clock: VirtualClock;
  readonly agent: AgentId;
  readonly seed: number;
  readonly resolver: AccessResolver;
  readonly callSites: CallPlaces;
  readonly place: ProgramPlace;
  nowNs(): number;
  leavePlace(): () => void;
  stop(message: string, waits?: readonly WaitingThread[]): never;
  isShared(): boolean;
  runOthers(): boolean;
  /** What is built after the threads are. */
  instance(): Instance;
  memory(): ProcessMemory;
}

/** Puts a thread's own variables, as they begin, below an address. @returns where they lie, 0 if there are none */
function placeVariables({ program, linear }: ThreadedProgram, end: number): number {
  const { threadImage } = program;
  if (!threadImage) return 0;
  const base = (end - threadImage.bytes) & -STACK_ALIGNMENT;
  // From the image, which is constant: the program's own variables of main are a copy, too.
  linear.bytes.copyWithin(base >>> 0, threadImage.address, threadImage.address + threadImage.bytes);
  return base >>> 0;
}

export function hostThreads(running: ThreadedProgram): {
  readonly threads: HostThreads;
  readonly calls: Record<string, RuntimeImport>;
} {
  const { linear, clock, resolver } = running;
  const host: ThreadHost = {
    get instance() {
      return running.instance();
    },
    linear,
    get agent() {
      return running.agent;
    },
    nowNs: () => running.nowNs(),
    advance: (ns) => {
      clock.advance(ns);
    },
    callers: () => running.callSites.stack(),
    runs: (threadId) => {
      running.place.hostThread = threadId;
    },
    unwinds: () => running.callSites.unwinds(),
    leavePlace: () => running.leavePlace(),
    stop: (message, waits) => running.stop(message, waits),
    isShared: () => running.isShared(),
    runOthers: () => running.runOthers(),
  };
  const threads = new HostThreads(host, running.seed);
  const calls = threadCalls({
    ...host,
    get instance() {
      return running.instance();
    },
    get agent() {
      return running.agent;
    },
    threads,
    mapThread: (stackBytes, guardBytes, name) => mapThread(running, stackBytes, guardBytes, name),
    write: (address, value) => {
      resolver.range(address, Uint32Array.BYTES_PER_ELEMENT, true);
      new DataView(linear.memory.buffer).setUint32(address, value, true);
    },
    writeText: (address, text, bytes) => {
      const encoded = new TextEncoder().encode(text).subarray(0, bytes - 1);
      resolver.range(address, encoded.length + 1, true);
      linear.bytes.set(encoded, address);
      linear.bytes[address + encoded.length] = 0;
    },
  });
  return { threads, calls };
}

/** The thread that runs `_start`, on the stack that the process begins with. */
export function mainThread(running: ThreadedProgram): HostThread {
  const variables = placeVariables(running, STACK_TOP);
  const enter = (instance: Instance): unknown => instance.call('_start');
  return new HostThread(MAIN_THREAD, enter, variables === 0 ? STACK_TOP : variables, variables, () => undefined);
}

function mapThread(
  running: ThreadedProgram,
  stackBytes: number,
  guardBytes: number,
  name: string,
): ThreadMemory | undefined {
  const bytes = stackBytes === 0 ? STACK_BYTES : pagesFor(stackBytes) * PAGE_SIZE;
  const own = running.program.threadImage?.bytes ?? 0;
  const room = pagesFor(bytes + own + STACK_ALIGNMENT) * PAGE_SIZE;
  const stack = running.memory().mapStack(room, pagesFor(guardBytes) * PAGE_SIZE, name);
  if (!stack) return undefined;
  const tlsBase = placeVariables(running, stack.end);
  return {
    stackTop: tlsBase === 0 ? stack.end : tlsBase,
    tlsBase,
    release: () => {
      stack.release();
    },
  };
}
