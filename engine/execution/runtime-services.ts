/**
 * What the running program is asked for by its own code, and what it says about itself: accesses that lack a permission, kernels and
 * regions, devices. Which calls there are is `runtime-imports.ts`.
 */
import type { Device } from '../drivers/driver.js';
import type { AddressSpace } from '../memory/address-space.js';
import { Access, Cause, EventKind, type EventSink } from '../memory/event.js';
import { CPU, deviceAgent, NO_NODE, SYSTEM_NODE, type AgentId, type PageIndex } from '../memory/units.js';
import type { AccessResolver } from './access.js';
import type { Advice } from './advice.js';
import type { BlockScheduler, LaunchMode, SchedulerHost } from './block-scheduler.js';
import type { CallPlaces } from './call-sites.js';
import type { DebuggeeOptions } from './debuggee-options.js';
import type { DeviceFiles } from './device-files.js';
import type { DevicePinning } from './device-pinning.js';
import { deviceProperty } from './device-properties.js';
import type { FileMappings } from './file-mappings.js';
import type { Instance } from './instance.js';
import type { Launcher } from './launcher.js';
import { LAUNCH_TABLE, permissionTableAddress, UNCHECKED_TABLE } from './layout.js';
import type { LinearMemory } from './linear-memory.js';
import { memoryModel } from './memory-model.js';
import type { ProcessMemory } from './process-memory.js';
import { NO_CODE_OFFSET, type ExecutableProgram } from './program.js';
import type { ProgramPlace } from './program-place.js';
import type { RaceDetector } from './race-detector.js';
import type { RemoteAccesses } from './remote-accesses.js';
import type { RuntimeHost } from './runtime-imports.js';
import { hazardEvent, type SharedHazards } from './shared-hazards.js';
import { KernelFailure, ProgramSignal, type AccessSignal, type TrapSignal, type WaitingThread } from './signals.js';
import type { Streams } from './streams.js';
import type { Transfers } from './transfers.js';
import type { Triple } from './triple.js';
import type { DescriptorTable } from './wasi/file-descriptors.js';

/** Ours: some dozens of cycles, as long as the shortest instructions around it take. */
const CLOCK_READ_NS = 40;

interface ArmedRegion {
  readonly device: number;
  readonly grid: Triple;
  readonly block: Triple;
  readonly name: string | null;
}

/** A second instance of the code, in which a grid's threads can wait. */
export interface SuspendableInstance {
  readonly instance: Instance;
  readonly scheduler: BlockScheduler;
}

export abstract class RuntimeServices implements RuntimeHost {
  abstract readonly linear: LinearMemory;
  abstract readonly memory: ProcessMemory;
  abstract readonly transfers: Transfers;
  abstract readonly advice: Advice;
  abstract readonly devices: readonly Device[];
  abstract readonly races: RaceDetector;
  abstract readonly streams: Streams;
  abstract readonly pinning: DevicePinning;
  abstract readonly mm: AddressSpace;
  abstract readonly files: FileMappings;
  abstract readonly deviceFiles: DeviceFiles;
  abstract readonly descriptors: DescriptorTable;
  abstract readonly launcher: Launcher;
  abstract readonly remote: RemoteAccesses;
  abstract readonly hazards: SharedHazards;
  protected abstract readonly options: DebuggeeOptions;
  protected abstract readonly place: ProgramPlace;
  protected abstract readonly sink: EventSink;
  protected abstract readonly main: Instance;
  protected abstract readonly resolver: AccessResolver;
  protected abstract readonly callSites: CallPlaces;
  /** A process that was forked. */
  protected abstract readonly isChild: boolean;
  protected suspendable: SuspendableInstance | undefined;
  protected accountedBytes = 0n;
  protected inService = false;
  /** Code offset of the access under way, in whatever code it is. */
  protected site = NO_CODE_OFFSET;
  private armed: ArmedRegion | undefined;

  get program(): ExecutableProgram {
    return this.options.program;
  }

  get agent(): AgentId {
    return this.place.agent;
  }

  nowNs(): number {
    this.accountCpu();
    return this.options.clock.nowNs;
  }

  /* --- accesses --------------------------------------------------------------------------------------------------- */

  fault(address: number, flags: number, site: number): void {
    this.at(site, () => {
      this.resolver.access(address, flags);
      this.options.debug?.access(address, flags >>> 8, (flags & 2) !== 0, site);
    });
  }

  /** A kernel accesses shared memory that is looked at. */
  sharedAccess(address: number, flags: number, site: number): void {
    const hazard = this.hazards.access(address, flags, site);
    const { debug, observer } = this.options;
    if (!hazard && !debug) return;
    this.at(site, () => {
      if (hazard) {
        this.sink.record(hazardEvent(hazard, this.place.agent, this.launcher.current));
        observer.hazard?.(hazard);
      }
      debug?.access(address, flags >>> 8, (flags & 2) !== 0, site);
    });
  }

  frame(address: number, bytes: number, need: number, site: number): void {
    this.at(site, () => {
      this.resolver.frame(address, bytes, need);
    });
  }

  /** A result of `long` or `size_t` loses bits that it has on Linux. */
  lostBits(site: number): void {
    const user = this.callSites.isUser(site) ? site : this.callSites.userSite();
    const places = site === 0 || site === user ? [user] : [site, user];
    this.options.observer.lostBits?.(places.filter((place) => place !== NO_CODE_OFFSET));
  }

  systemAtomic(address: number): void {
    this.resolver.systemAtomic(address);
  }

  range(address: number, bytes: number, need: number, site: number): void {
    if (this.inService) return;
    this.at(site, () => {
      this.resolver.range(address, bytes, (need & 2) !== 0);
      this.options.debug?.access(address, bytes, (need & 2) !== 0, site);
    });
  }

  /** Runs with the code offset of an access; one in a library is charged to the user's call that led to it. */
  private at(site: number, work: () => void): void {
    const user = this.callSites.isUser(site) ? site : this.callSites.userSite();
    const outer = this.place.codeOffset;
    this.place.codeOffset = user === NO_CODE_OFFSET ? site : user;
    this.site = site;
    work();
    this.site = NO_CODE_OFFSET;
    this.place.codeOffset = outer;
  }

  /** Runs with the code offset of the user's call that the runtime serves. */
  atCall<T>(work: () => T): T {
    const outer = this.place.codeOffset;
    if (outer === NO_CODE_OFFSET) this.place.codeOffset = this.callSites.userSite();
    const result = work();
    this.place.codeOffset = outer;
    return result;
  }

  where(): Pick<AccessSignal, 'agent' | 'offsets' | 'block' | 'thread'> {
    const position = this.launcher.position();
    const offsets = this.callSites.stack();
    if (this.site !== NO_CODE_OFFSET) offsets.unshift(this.site);
    return { agent: this.agent, offsets, block: position?.block ?? null, thread: position?.thread ?? null };
  }

  /* --- devices ---------------------------------------------------------------------------------------------------- */

  launch(
    kernel: number,
    parameters: number,
    device: number,
    grid: Triple,
    block: Triple,
    stream: number,
    mode: LaunchMode,
  ): boolean {
    if (this.isChild) this.stop('a child process cannot use the devices of its parent');
    return this.atCall(() => this.launcher.launch(kernel, parameters, device, grid, block, stream, mode));
  }

  armRegion(device: number, teams: number, threads: number, name: string | null): void {
    this.armed = { device, grid: [Math.max(1, teams), 1, 1], block: [Math.max(1, threads), 1, 1], name };
  }

  /** The host version of an offloaded region begins: as a kernel if the runtime said so, on the host otherwise. */
  regionBegin(site: number): void {
    const region = this.armed;
    this.armed = undefined;
    if (!region) return;
    this.atCall(() => {
      this.accountCpu();
      this.streams.takeTurn(deviceAgent(region.device));
      this.launcher.enter(region.device, region.name ?? 'target region', site, region.grid, region.block);
    });
  }

  regionEnd(): void {
    if (this.launcher.current === 0) return;
    const { agent } = this;
    this.launcher.leave();
    this.streams.giveTurn(agent);
    if (this.main.has('__faultline_region_finished')) this.main.call('__faultline_region_finished');
  }

  runTeam(outlined: number, threads: number, parameters: number): boolean {
    if (!this.program.waitingTeams.has(outlined)) return false;
    this.launcher.runTeam(threads, parameters);
    return true;
  }

  /** The first of a list: what regions inside others would get, which have one thread here. */
  get ompThreads(): number {
    const threads = Number.parseInt(this.options.wasi.env.OMP_NUM_THREADS ?? '', 10);
    return threads > 0 ? threads : 0;
  }

  barrierOutside(): never {
    return this.stop(
      'a kernel waits for other threads where it cannot be suspended: in a function that the host called',
    );
  }

  /** A kernel's own time is charged when it ends; each look at the clock takes some, or who waits for it would wait for ever. */
  deviceCycles(): number {
    this.options.clock.advance(CLOCK_READ_NS);
    const device = this.devices[Math.max(0, this.agent - 1)];
    return Math.floor((this.options.clock.nowNs * (device?.spec.clockHz ?? 1e9)) / 1e9);
  }

  deviceSleep(ns: number): void {
    this.options.clock.advance(ns);
  }

  deviceProperty(device: number, property: number): number {
    const found = this.devices[device];
    const { program, machine } = this.options;
    return found ? deviceProperty(found, property, program, memoryModel(machine, found.agent, this.options.driver)) : 0;
  }

  deviceName(device: number, text: number, bytes: number): void {
    const name = new TextEncoder().encode(`${this.devices[device]?.spec.name ?? ''}\0`).subarray(0, bytes);
    this.resolver.range(text, name.length, true);
    this.linear.bytes.set(name, text);
  }

  writes(address: number, bytes: number): void {
    this.resolver.range(address, bytes, true);
  }

  sync(): void {
    this.accountCpu();
    this.atCall(() => {
      this.note(EventKind.sync, 0);
    });
  }

  /** The runtime works for a device's thread with the host's data: nothing is checked meanwhile. */
  serviceBegin(): void {
    // Made once: a kernel may print from every thread.
    const table = this.linear.permissionTable(UNCHECKED_TABLE);
    if (table[0] === 0) table.fill(3);
    this.inService = true;
    this.setPermissions(UNCHECKED_TABLE);
  }

  serviceEnd(): void {
    this.inService = false;
    this.setAgent(this.agent);
  }

  apiError(code: number, functionName: string, errorName: string): void {
    this.options.onProgramError?.({ code, functionName, errorName });
  }

  stop(message: string, waits?: readonly WaitingThread[]): never {
    throw new ProgramSignal(this.aborting(message, waits));
  }

  kernelFailed(message: string): never {
    const details = this.aborting(message);
    this.options.observer.kernelFailed?.(details, this.launcher.current);
    throw new KernelFailure(details);
  }

  private aborting(message: string, waits?: readonly WaitingThread[]): TrapSignal {
    const details = { kind: 'trap', signal: 'SIGABRT', message, ...(waits && { waits }), ...this.where() } as const;
    this.options.debug?.signal(details);
    return details;
  }

  /* --- what the program says about itself --------------------------------------------------------------------------- */

  nameRange(address: number, bytes: number, name: string): void {
    this.options.observer.named(address, bytes, name);
  }

  phase(name: string): void {
    this.phases.push(name);
    this.note(EventKind.note, this.phases.length);
  }

  /** Names of the phases that the program marked; a `note` event's extra is one more than the index. */
  readonly phases: string[] = [];

  /** Lets the time pass that the CPU's accesses since the last call took, by its memory's bandwidth. */
  accountCpu(): void {
    const bytes = this.bytesAccessed();
    if (this.agent === CPU && bytes > this.accountedBytes) {
      const bandwidth = this.options.machine.cpu.memoryBandwidthBytesPerSecond;
      this.options.clock.advance((Number(bytes - this.accountedBytes) / bandwidth) * 1e9);
    }
    this.accountedBytes = bytes;
  }

  protected schedulerHost(registers: Uint32Array): SchedulerHost {
    const { shared } = this.program.areas;
    return { linear: this.linear, registers, shared, stop: (message) => this.stop(message) };
  }

  protected bytesAccessed(): bigint {
    return this.main.bytesAccessed + (this.suspendable?.instance.bytesAccessed ?? 0n);
  }

  private note(kind: EventKind, extra: number): void {
    const nothing = {
      source: NO_NODE,
      target: SYSTEM_NODE,
      firstPage: 0 as PageIndex,
      pageCount: 0,
      access: Access.none,
    };
    this.sink.record({ kind, agent: this.agent, ...nothing, cause: Cause.user, durationNs: 0, extra });
  }

  protected setAgent(agent: number): void {
    this.place.agent = agent as AgentId;
    this.setPermissions(agent !== CPU && agent === this.races.running ? LAUNCH_TABLE : agent);
  }

  private setPermissions(table: number): void {
    const address = permissionTableAddress(table);
    this.main.permissions = address;
    if (this.suspendable) this.suspendable.instance.permissions = address;
  }

  /** A poll whose byte the debugger has set. */
  poll(site: number, kind: number): void {
    this.options.debug?.poll(site, kind);
  }
}
