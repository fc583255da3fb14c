/**
 * Kernel launches and offloaded regions: makes a device current, gives its threads a stack, runs the grid, and charges the
 * time. How a grid's threads run is in `grid/`.
 */
import type { Device, Driver } from '../drivers/driver.js';
import { kernelNs } from '../machine/cost-model.js';
import type { VirtualClock } from '../machine/clock.js';
import type { Machine } from '../machine/machine.js';
import { Access, Cause, EventKind, type EventSink } from '../memory/event.js';
import type { AddressSpace } from '../memory/address-space.js';
import { NO_NODE, PAGE_SIZE, pagesFor, type PageIndex } from '../memory/units.js';
import type { Range } from './layout.js';
import {
  residentBytes,
  THREADS_BYTES,
  type BlockScheduler,
  type LaunchMode,
  type WaitingGrid,
} from './block-scheduler.js';
import type { AccessResolver } from './access.js';
import type { GridPlace } from './debug-hooks.js';
import { ConcurrentGrid, type GridCode } from './grid/concurrent-grid.js';
import { BarrierGrid, PlainGrid, type SpecialRegisters } from './grid/grid-code.js';
import { residentBlocks } from './grid/occupancy.js';
import type { Instance } from './instance.js';
import type { ProcessMemory } from './process-memory.js';
import { TEAM_THREAD, type ExecutableProgram } from './program.js';
import type { ProgramPlace } from './program-place.js';
import type { RaceDetector } from './race-detector.js';
import type { RemoteAccesses } from './remote-accesses.js';
import type { Streams } from './streams.js';
import type { SharedHazards } from './shared-hazards.js';
import { KernelFailure } from './signals.js';
import { tripleOf, type Triple } from './triple.js';

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
  const waits = program.waitingKernels.length + program.waitingTeams.size > 0;
  return SINGLE_STACK_BYTES + (waits ? THREADS_BYTES : 0);
}

/** Of a device's free memory: what stacks may take. */
const MOST_OF_FREE = 1 / 4;

/** Threads that run in one go, which OpenMP says nothing about. */
const WARP_LANES = 32;

interface LocalMemory {
  readonly stackTop: number;
  readonly threads: Range;
  readonly release?: () => void;
}

/** What has to be put back when a device's work ends. */
interface Entered {
  readonly device: Device;
  /** The instance that runs a region, and where its stack was to be if it is a thread of a team of the host. */
  readonly instance: Instance;
  readonly stack: Range | undefined;
  readonly stackPointer: number;
  /** Where the shadow call stack of the device's work begins. */
  readonly callStack: number;
  readonly startNs: number;
  readonly bytes: bigint;
  readonly record: LaunchRecord;
}

/** The part of the running program that a launch changes. */
export interface LaunchHost {
  readonly main: Instance;
  /** The instance whose code runs: the suspendable module's if it is a thread of a team. */
  readonly running: Instance;
  readonly races: RaceDetector;
  readonly remote: RemoteAccesses;
  readonly hazards: SharedHazards;
  readonly streams: Streams;
  readonly resolver: AccessResolver;
  readonly place: ProgramPlace;
  readonly driver: Driver;
  readonly memory: ProcessMemory;
  readonly mm: AddressSpace;
  readonly seed: number;
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
  /** Teams of the host that run, and the addresses of their stacks. */
  private hostTeams = 0;
  private readonly hostTeamStacks: Range[] = [];
  private readonly local = new Map<Device, LocalMemory>();

  constructor(
    private readonly program: ExecutableProgram,
    private readonly host: LaunchHost,
    private readonly devices: readonly Device[],
    private readonly machine: Machine,
    private readonly clock: VirtualClock,
    private readonly sink: EventSink,
    private readonly registers: SpecialRegisters,
  ) {
    if (!program.usesDevice) return;
    for (const device of devices) {
      const name = `stacks of gpu${String(device.agent - 1)}'s threads`;
      const all = host.memory.mapLocal(device, stackBytes(program), name);
      if (!all) throw new RangeError(`there is no memory for ${name}`);
      const stackTop = all.start + SINGLE_STACK_BYTES;
      this.local.set(device, { stackTop, threads: { start: stackTop, end: all.end } });
    }
  }

  /** Block and thread of the kernel thread that runs, or because of which something happens; null on the CPU. */
  position(): GridPlace | null {
    if (!this.entered) return null;
    const { thread, block, blockDim, gridDim } = this.registers;
    const { charged } = this.host.place;
    if (charged === undefined) return { thread, block, blockDim, gridDim };
    return { thread: tripleOf(charged.thread, blockDim), block: tripleOf(charged.block, gridDim), blockDim, gridDim };
  }

  /** Where the host's shadow call stack ends and the device's begins while a device works. */
  get callStackStart(): number | undefined {
    return this.entered?.callStack;
  }

  /** Index of the block in its grid and of the thread in its block. */
  linearBlock(): number {
    return this.registers.linearBlock;
  }

  linearThread(): number {
    return this.registers.linearThread;
  }

  /**
   * Runs a whole grid, at the time that its stream gives it; the host goes on at the time at which it launched.
   * @returns whether it came to its end
   */
  launch(
    kernelIndex: number,
    parameters: number,
    deviceIndex: number,
    grid: Triple,
    block: Triple,
    stream: number,
    mode: LaunchMode,
  ): boolean {
    const kernel = this.program.kernels[kernelIndex];
    if (!kernel) throw new RangeError(`there is no kernel ${String(kernelIndex)}`);
    const waits = this.program.waitingKernels.includes(kernelIndex);
    const name = this.program.kernelNames[kernelIndex] ?? kernel.name;
    const device = this.deviceAt(deviceIndex);
    const { host } = this;
    const { races, remote, hazards, streams } = host;
    const launch = this.launches + 1;
    // A target region needs none of this: its encountering thread waits for it.
    streams.begin(device.agent, stream, true);
    races.begin(launch, device, stream);
    remote.begin(device);
    const entered = this.enter(deviceIndex, name, this.program.kernelOffsets[kernelIndex] ?? 0, grid, block);
    const code = waits
      ? this.waitingGrid(entered.device, kernelIndex, { thread: kernel.thread, parameters, grid, block, mode })
      : new PlainGrid(this.host.main, kernel.grid, parameters, this.registers);
    const looks = this.program.lookingKernels.includes(kernelIndex);
    hazards.begin({ index: kernelIndex, code, warpLanes: mode.warpLanes, looks });
    const isDone = this.comesToItsEnd(() => {
      if (this.host.driver.faultBuffer === undefined) while (code.run(Infinity));
      else this.runConcurrently(entered.device, code, mode.warpLanes);
    });
    if (!isDone && waits) host.scheduler().abandon();
    hazards.end();
    remote.end();
    this.leave();
    streams.end(device.agent, stream, true, launch);
    return isDone;
  }

  /** What a kernel that fails leaves is put in order by whoever began it. */
  private comesToItsEnd(run: () => void): boolean {
    try {
      run();
      return true;
    } catch (error) {
      if (error instanceof KernelFailure) return false;
      throw error;
    }
  }

  /** Runs a grid whose threads fault together. */
  private runConcurrently(device: Device, code: GridCode, warpSize: number): void {
    const { host, program } = this;
    const { spec } = device;
    const grid = new ConcurrentGrid(code, {
      device,
      driver: host.driver,
      mm: host.mm,
      sink: this.sink,
      place: host.place,
      warpSize,
      slots: residentBlocks(spec, code.threadsPerBlock, 0),
      accessGroups: program.accessGroups,
      seed: host.seed + this.current,
      forget: (page) => {
        host.races.forgetPermission(page);
      },
      hearAll: () => {
        host.races.hearAll();
      },
      fail: ({ address, access }, why) => host.resolver.fail(why, address, 1, access),
    });
    if (code instanceof BarrierGrid) {
      code.onWarp = (firstThread) => {
        grid.switchTo(firstThread);
      };
    }
    host.resolver.grid = grid;
    try {
      grid.run();
    } finally {
      host.resolver.grid = undefined;
    }
  }

  /** Runs the threads of an OpenMP team that wait for each other, of a device's region or of the host. */
  runTeam(threads: number, parameters: number): void {
    const device = this.entered?.device;
    const memory = device ? this.localMemory(device).threads : this.hostTeamMemory(this.hostTeams);
    const grid: Triple = device ? this.registers.gridDim : [1, 1, 1];
    const mode = { cooperative: false, warpLanes: WARP_LANES };
    const block: Triple = [threads, 1, 1];
    const launch = { thread: TEAM_THREAD, parameters, grid, block, memory, mode, looks: false };
    const scheduler = this.host.scheduler();
    scheduler.variablesOf(this.host.main);
    if (!device) this.hostTeams++;
    scheduler.runTeam(launch, device ? this.registers.linearBlock : 0);
    if (!device) this.hostTeams--;
  }

  /** Stacks of a team of the host. More than one if a thread of the host waits in the middle of its team's work, and another has one. */
  private hostTeamMemory(n: number): Range {
    const known = this.hostTeamStacks[n];
    if (known !== undefined) return known;
    const stack = this.host.memory.mapStack(THREADS_BYTES, 0, 'stacks of OpenMP threads');
    if (!stack) throw new RangeError('there is no memory for the stacks of OpenMP threads');
    return (this.hostTeamStacks[n] = { start: stack.end - THREADS_BYTES, end: stack.end });
  }

  /** Makes a device current for code that runs as a kernel until {@link leave}. */
  enter(deviceIndex: number, kernel: string, kernelOffset: number, grid: Triple, block: Triple): Entered {
    const device = this.deviceAt(deviceIndex);
    this.host.accountCpu();
    const local = this.localMemory(device);
    const id = ++this.launches;
    this.current = id;
    const startNs = this.clock.nowNs;
    this.event(EventKind.launch, device, id);
    this.registers.begin(grid, block);
    const instance = this.host.running;
    const stack = { start: local.stackTop - SINGLE_STACK_BYTES, end: local.stackTop };
    this.entered = {
      device,
      startNs,
      instance,
      stack: instance === this.host.main ? undefined : this.host.scheduler().limitStack(stack),
      stackPointer: instance.stackPointer,
      callStack: instance.callStack,
      bytes: this.host.bytesAccessed(),
      record: { id, kernel, kernelOffset, grid, block, startNs, endNs: startNs, bytesAccessed: 0 },
    };
    // Told now and once more when it ends: a kernel may fault, or never end.
    this.host.launched(this.entered.record);
    instance.stackPointer = local.stackTop;
    this.host.setAgent(device.agent);
    return this.entered;
  }

  leave(): void {
    const { entered } = this;
    if (!entered) return;
    this.entered = undefined;
    this.host.races.end();
    entered.instance.stackPointer = entered.stackPointer;
    entered.instance.callStack = entered.callStack;
    if (entered.stack) this.host.scheduler().limitStack(entered.stack);
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
    const { id, kernel, kernelOffset, grid, startNs } = entered.record;
    // How many threads a region's teams have is known when they have forked.
    const block = this.registers.blockDim;
    // Field by field: a program may launch millions of kernels.
    this.host.launched({ id, kernel, kernelOffset, grid, block, startNs, endNs: this.clock.nowNs, bytesAccessed });
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

  private deviceAt(index: number): Device {
    const device = this.devices[index];
    if (!device) throw new RangeError(`there is no device ${String(index)}`);
    return device;
  }

  private waitingGrid(device: Device, kernel: number, launch: Omit<WaitingGrid, 'memory' | 'looks'>): BarrierGrid {
    const { grid, block, mode } = launch;
    const looks = this.program.lookingKernels.includes(kernel);
    const memory = this.threadMemory(device, residentBytes(grid, block, mode.cooperative, looks));
    return new BarrierGrid(this.host.scheduler(), { ...launch, memory, looks }, this.registers);
  }

  /**
   * Stacks of the threads that are resident at a time: those there are, or larger ones from now on, which take of the device's memory as
   * those of a GPU do. Not so much that the program's own data would notice.
   */
  private threadMemory(device: Device, bytes: number): Range {
    const local = this.localMemory(device);
    const { start, end } = local.threads;
    const free = device.memory.frames.freeFrames * PAGE_SIZE;
    if (bytes <= end - start || bytes > free * MOST_OF_FREE) return local.threads;
    const larger = this.host.memory.mapLocal(device, bytes, `stacks of gpu${String(device.agent - 1)}'s threads`);
    if (!larger) return local.threads;
    local.release?.();
    this.local.set(device, { stackTop: local.stackTop, threads: larger, release: larger.release });
    return larger;
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
