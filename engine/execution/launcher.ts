/**
 * Kernel launches and offloaded regions: makes a device current, gives its threads a stack, runs the grid, and charges the
 * time. A grid without barriers runs inside WebAssembly, thread after thread; one with barriers runs in the suspendable
 * module, whose threads the engine switches between at each barrier.
 */
import type { Device } from '../drivers/driver.js';
import { kernelNs } from '../machine/cost-model.js';
import type { VirtualClock } from '../machine/clock.js';
import type { Machine } from '../machine/machine.js';
import { Access, Cause, EventKind, type EventSink } from '../memory/event.js';
import { NO_NODE, PAGE_SIZE, pagesFor, type PageIndex } from '../memory/units.js';
import type { Range } from './layout.js';
import { LOCAL_BYTES_PER_THREAD, MOST_THREADS, type BlockScheduler } from './block-scheduler.js';
import type { GridPlace } from './debug-hooks.js';
import type { Instance } from './instance.js';
import type { ProcessMemory } from './process-memory.js';
import type { ExecutableProgram } from './program.js';
import type { RaceDetector } from './race-detector.js';
import type { Triple } from './triple.js';

export interface LaunchRecord {
  readonly id: number;
  /** Code offset of the kernel's first instruction. */
  readonly kernelOffset: number;
  readonly kernel: string;
  readonly grid: Triple;
  readonly block: Triple;
  readonly startNs: number;
  readonly endNs: number;
  readonly bytesAccessed: number;
}

/** Stack of the one thread that runs at a time in a grid without barriers. */
const SINGLE_STACK_BYTES = 256 * 1024;

/** Bytes of a device that a program takes without asking: its variables, its constants, and stacks of its threads. */
export function deviceOverheadBytes(program: ExecutableProgram): number {
  if (!program.usesDevice) return 0;
  const pages = ({ start, end }: Range): number => pagesFor(end - start) * PAGE_SIZE;
  return pages(program.areas.constants) + pages(program.areas.device) + stackBytes(program);
}

function stackBytes(program: ExecutableProgram): number {
  const waits = program.waitingKernels.length > 0;
  return SINGLE_STACK_BYTES + (waits ? MOST_THREADS * LOCAL_BYTES_PER_THREAD : 0);
}

interface LocalMemory {
  readonly stackTop: number;
  readonly threads: number;
}

/** What has to be put back when a device's work ends. */
interface Entered {
  readonly device: Device;
  readonly stackPointer: number;
  /** Where the shadow call stack of the device's work begins. */
  readonly callStack: number;
  readonly startNs: number;
  readonly bytes: bigint;
  readonly record: Omit<LaunchRecord, 'endNs' | 'bytesAccessed'>;
}

/** The part of the running program that a launch changes. */
export interface LaunchHost {
  readonly main: Instance;
  readonly races: RaceDetector;
  /** Runs grids with barriers in the suspendable module over the same memory; made when it is first needed. */
  scheduler(): BlockScheduler;
  /** Bytes that all instances' checked accesses have read and written. */
  bytesAccessed(): bigint;
  /** Agent 0 is the CPU. */
  setAgent(agent: number): void;
  accountCpu(): void;
  launched(record: LaunchRecord): void;
}

export class Launcher {
  /** Launch under way, 0 if none. */
  current = 0;
  private launches = 0;
  private entered: Entered | undefined;
  private readonly local = new Map<Device, LocalMemory>();
  private readonly registers: Uint32Array;

  constructor(
    private readonly program: ExecutableProgram,
    private readonly host: LaunchHost,
    memory: ProcessMemory,
    private readonly devices: readonly Device[],
    private readonly machine: Machine,
    private readonly clock: VirtualClock,
    private readonly sink: EventSink,
    registers: Uint32Array,
  ) {
    this.registers = registers;
    if (!program.usesDevice) return;
    for (const device of devices) {
      const base = memory.mapLocal(device, stackBytes(program), `stacks of gpu${String(device.agent - 1)}'s threads`);
      this.local.set(device, { stackTop: base + SINGLE_STACK_BYTES, threads: base + SINGLE_STACK_BYTES });
    }
  }

  /** Block and thread of the kernel thread that runs, or null on the CPU. */
  position(): GridPlace | null {
    if (!this.entered) return null;
    const triple = (n: number): Triple => [
      this.registers[n] ?? 0,
      this.registers[n + 1] ?? 0,
      this.registers[n + 2] ?? 0,
    ];
    return { thread: triple(0), block: triple(3), blockDim: triple(6), gridDim: triple(9) };
  }

  /** Where the host's shadow call stack ends and the device's begins while a device works. */
  get callStackStart(): number | undefined {
    return this.entered?.callStack;
  }

  /** Index of the block in its grid and of the thread in its block; registers are kept in this order by generated code. */
  linearBlock(): number {
    const r = this.registers;
    return (r[3] ?? 0) + (r[9] ?? 1) * ((r[4] ?? 0) + (r[10] ?? 1) * (r[5] ?? 0));
  }

  linearThread(): number {
    const r = this.registers;
    return (r[0] ?? 0) + (r[6] ?? 1) * ((r[1] ?? 0) + (r[7] ?? 1) * (r[2] ?? 0));
  }

  /** Runs a whole grid; returns when its last thread has. */
  launch(
    kernelIndex: number,
    parameters: number,
    deviceIndex: number,
    grid: Triple,
    block: Triple,
    stream: number,
  ): void {
    const kernel = this.program.kernels[kernelIndex];
    if (!kernel) throw new RangeError(`there is no kernel ${String(kernelIndex)}`);
    const waits = this.program.waitingKernels.includes(kernelIndex);
    const name = this.program.kernelNames[kernelIndex] ?? kernel.name;
    const device = this.devices[deviceIndex];
    // A target region needs none of this: its encountering thread waits for it.
    if (device) this.host.races.begin(this.launches + 1, device, stream);
    const entered = this.enter(deviceIndex, name, this.program.kernelOffsets[kernelIndex] ?? 0, grid, block);
    if (waits) {
      this.host.scheduler().run(kernel.thread, parameters, grid, block, this.localMemory(entered.device).threads);
    } else {
      this.host.main.call(kernel.grid, parameters);
    }
    this.leave();
  }

  /** Makes a device current for code that runs as a kernel until {@link leave}. */
  enter(deviceIndex: number, kernel: string, kernelOffset: number, grid: Triple, block: Triple): Entered {
    const device = this.devices[deviceIndex];
    if (!device) throw new RangeError(`there is no device ${String(deviceIndex)}`);
    this.host.accountCpu();
    const local = this.localMemory(device);
    const id = ++this.launches;
    this.current = id;
    const startNs = this.clock.nowNs;
    this.event(EventKind.launch, device, id);
    this.registers.set([0, 0, 0, 0, 0, 0, ...block, ...grid]);
    this.entered = {
      device,
      startNs,
      stackPointer: this.host.main.stackPointer,
      callStack: this.host.main.callStack,
      bytes: this.host.bytesAccessed(),
      record: { id, kernel, kernelOffset, grid, block, startNs },
    };
    // Told now and once more when it ends: a kernel may fault, or never end.
    this.host.launched({ ...this.entered.record, endNs: startNs, bytesAccessed: 0 });
    this.host.main.stackPointer = local.stackTop;
    this.host.setAgent(device.agent);
    return this.entered;
  }

  leave(): void {
    const { entered } = this;
    if (!entered) return;
    this.entered = undefined;
    this.host.races.end();
    this.host.main.stackPointer = entered.stackPointer;
    const bytesAccessed = Number(this.host.bytesAccessed() - entered.bytes);
    const remote = this.remoteShare(entered.device);
    const link = this.machine.links[entered.device.agent - 1];
    if (link) {
      const { costs } = this.machine;
      this.clock.advance(
        kernelNs(costs, entered.device.spec, link, bytesAccessed * (1 - remote), bytesAccessed * remote),
      );
    }
    this.event(EventKind.complete, entered.device, entered.record.id);
    this.host.setAgent(0);
    this.current = 0;
    this.host.launched({ ...entered.record, endNs: this.clock.nowNs, bytesAccessed });
  }

  /**
   * The part of a kernel's traffic that crosses the link: pages that the device maps in system memory, of all it maps. A
   * first term of the cost model: it does not know which of the mapped pages a kernel touches how often.
   */
  private remoteShare(device: Device): number {
    const mapped = device.mirror.mappedPages;
    const own = device.memory.frames.usedFrames;
    return mapped === 0 ? 0 : Math.max(0, mapped - own) / mapped;
  }

  private localMemory(device: Device): LocalMemory {
    const local = this.local.get(device);
    if (!local) throw new RangeError('a program without device code launched a kernel');
    return local;
  }

  private event(kind: EventKind, device: Device, id: number): void {
    this.sink.record({
      kind,
      agent: device.agent,
      source: NO_NODE,
      target: device.node,
      firstPage: 0 as PageIndex,
      pageCount: 0,
      access: Access.none,
      cause: Cause.user,
      durationNs: 0,
      extra: id,
    });
  }
}
