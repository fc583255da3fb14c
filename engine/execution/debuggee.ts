/**
 * The running program: one instance of its code over one address space, the devices and their driver, and the imports that
 * tie them together. Everything here happens in the program's own thread; whoever is told about it is passed in.
 */
import type { Device, Driver } from '../drivers/driver.js';
import type { AddressSpace } from '../memory/address-space.js';
import { Cause, type EventSink } from '../memory/event.js';
import { CPU, type AgentId } from '../memory/units.js';
import { AccessResolver } from './access.js';
import { Advice } from './advice.js';
import { DeviceFiles, type CallingProcess } from './device-files.js';
import { DevicePinning } from './device-pinning.js';
import { suspendableModule } from './block-scheduler.js';
import { CallSites, type CallPlaces } from './call-sites.js';
import { childDriver, copyMemory, FORK_REFUSED, ForkRefused } from './fork-copy.js';
import { LinearPageContents } from './page-contents.js';
import { FileMappings } from './file-mappings.js';
import type { HostThread, HostThreads, WaitReason } from './host-threads.js';
import { Instance } from './instance.js';
import { Launcher, type LaunchHost } from './launcher.js';
import { attachDevices, launchTables, sharedHazards } from './program-devices.js';
import { ACCESS_LOG, CALL_STACK_BASE, WASM_PAGE_SIZE } from './layout.js';
import { LinearMemory } from './linear-memory.js';
import { createAddressSpace } from './process-address-space.js';
import { ProcessMemory } from './process-memory.js';
import { NO_CODE_OFFSET } from './program.js';
import { ProgramPlace } from './program-place.js';
import { ProcessGroup, pipeCalls, type Process, type ProcessBody } from './processes.js';
import { RaceDetector } from './race-detector.js';
import { ACCESS_LOG_WORDS, RemoteAccesses } from './remote-accesses.js';
import { SpecialRegisters } from './grid/grid-code.js';
import type { SharedHazards } from './shared-hazards.js';
import { RecordedCalls } from './recorded-calls.js';
import { systemFile } from './system-files.js';
import { offered, runtimeImports } from './runtime-imports.js';
import { RuntimeServices, type SuspendableInstance } from './runtime-services.js';
import { ProgramExit, ProgramSignal } from './signals.js';
import { Streams } from './streams.js';
import { hostThreads, mainThread, type ThreadedProgram } from './thread-host.js';
import { asTrap } from './traps.js';
import { Transfers } from './transfers.js';
import type { CallStack } from './debug-hooks.js';
import type { DebuggeeOptions, Ending } from './debuggee-options.js';
import type { DescriptorTable } from './wasi/file-descriptors.js';
import { createWasi, type WasiOptions } from './wasi/wasi.js';

/** What a child process is a copy of. */
interface ForkedFrom {
  readonly parent: Debuggee;
  readonly process: Process;
  /** The suspended thread that goes on in the child. */
  readonly thread: HostThread;
  readonly forkMemory: (linear: LinearMemory, sink: EventSink) => AddressSpace;
}

export class Debuggee extends RuntimeServices implements ProcessBody {
  readonly linear: LinearMemory;
  readonly mm: AddressSpace;
  readonly devices: readonly Device[];
  readonly memory: ProcessMemory;
  readonly files: FileMappings;
  readonly transfers: Transfers;
  readonly advice: Advice;
  readonly launcher: Launcher;
  readonly races: RaceDetector;
  readonly remote: RemoteAccesses;
  readonly hazards: SharedHazards;
  readonly streams: Streams;
  readonly deviceFiles: DeviceFiles;
  private readonly calling: CallingProcess;
  readonly pinning: DevicePinning;
  protected readonly place: ProgramPlace;
  protected readonly sink: EventSink;
  protected readonly main: Instance;
  private readonly imports: WebAssembly.Imports;
  protected readonly resolver: AccessResolver;
  protected readonly callSites: CallPlaces;
  readonly threads: HostThreads;
  private readonly threaded: ThreadedProgram;
  private readonly wasi: ReturnType<typeof createWasi>;
  private readonly module: WebAssembly.Module;
  private readonly process: Process;
  private readonly group: ProcessGroup;

  /** @param from of a child process: what it is a copy of */
  constructor(
    protected readonly options: DebuggeeOptions,
    from?: ForkedFrom,
  ) {
    super();
    const { program, machine, clock } = options;
    const driver = from ? childDriver(options.driver) : options.driver;
    this.group = from?.parent.group ?? new ProcessGroup();
    this.process = from?.process ?? this.group.root;
    const module = (this.module = from?.parent.module ?? new WebAssembly.Module(new Uint8Array(program.wasm)));
    this.place = from?.parent.place ?? new ProgramPlace(clock);
    const sink = (this.sink = from?.parent.sink ?? options.createSink(this.place));
    this.linear = new LinearMemory(from?.parent.linear.bytes.length ?? program.memoryPages * WASM_PAGE_SIZE);
    this.callSites = program.threads
      ? new RecordedCalls(this.linear, program.threads, program.userRanges, () => this.callStackEnd)
      : new CallSites(program.placeOffsets, program.originalOffsets, program.userRanges);
    this.mm = from?.forkMemory(this.linear, sink) ?? createAddressSpace(this.linear, machine, clock, sink);
    const { debug } = options;
    // A child uses no devices.
    this.devices = from ? [] : attachDevices(options, this.mm);
    this.pinning = new DevicePinning(this.mm, this.devices, driver, () => this.threads.current.id);
    this.mm.wait = (reason, ready) =>
      clock.together(() => this.threads.blockUntil(ready, this.pinning.waitReason(reason), this.waitLimitNs()));
    this.streams = new Streams(clock, this.accountCpu.bind(this));
    this.races = new RaceDetector(this.mm, launchTables(this.linear), sink);
    this.hazards = sharedHazards(this.linear, program);
    this.advice = new Advice(this, driver, machine, sink);
    this.resolver = new AccessResolver(
      this.mm,
      this.devices,
      driver,
      this.mm.permissions,
      sink,
      {
        agent: () => this.place.agent,
        site: () => this.site,
        where: () => this.where(),
        waitForKernel: (page) => this.streams.waitForLaunch(() => this.races.usedBy(page)),
        signal: (details) => debug?.signal(details),
      },
      this.races,
      this.advice.managed,
    );
    this.files =
      from?.parent.files ??
      new FileMappings(this.mm, options.pageCache ?? { filePages: 'upstream', daxMigration: false });
    this.deviceFiles = from?.parent.deviceFiles ?? new DeviceFiles(options, sink);
    this.calling = {
      mm: this.mm,
      linear: this.linear,
      descriptors: () => this.wasi.descriptors,
      reaches: (address, bytes, write) => {
        const reached = this.resolver.reaches(address, bytes, write);
        if (reached) options.debug?.access(address, bytes, write, -1);
        return reached;
      },
    };
    const wasi: WasiOptions = {
      ...options.wasi,
      special: (path) => this.deviceFiles.find(path) ?? systemFile(path, () => this.mm),
      cachedFiles: this.files.cachedFiles,
      memory: () => this.linear.memory,
      nowNs: () => this.nowNs(),
      sleep: (ns) => {
        clock.advance(ns);
      },
      access: (address, bytes, write) => {
        // Whoever runs has called: a device's thread prints what lies on its own stack.
        if (this.inService) return;
        this.atCall(() => {
          this.resolver.range(address, bytes, write);
          options.debug?.access(address, bytes, write, -1);
        });
      },
      exit: (status) => {
        throw new ProgramExit(status);
      },
    };
    this.wasi = createWasi(wasi, from?.parent.wasi);
    this.transfers = new Transfers(
      this.mm,
      this.linear,
      driver,
      this.devices,
      machine,
      clock,
      sink,
      this.resolver,
      this.races,
      this.streams,
    );
    this.threaded = this.asThreaded();
    const { threads, calls } = hostThreads(this.threaded);
    this.threads = threads;
    const wanted = WebAssembly.Module.imports(module);
    const pipes = wanted.some(({ name }) => name === 'pipe');
    this.imports = {
      env: { memory: this.linear.memory },
      faultline: offered(
        wanted,
        { ...runtimeImports(this), ...calls, ...this.group.calls(this.process, () => this) },
        (name) => this.stop(`the engine does not offer ${name}`),
      ),
      wasi_snapshot_preview1: {
        ...this.wasi.imports,
        ...(pipes && pipeCalls(threads, this.wasi.descriptors, this.wasi.imports)),
      },
    };
    // No code of the program runs before run(): the rooms that its imports need are built from the instance.
    this.main = new Instance(module, this.imports);
    const { areas } = program;
    this.memory =
      from?.parent.memory.fork(this.mm, this.linear, driver) ??
      new ProcessMemory(
        this.mm,
        this.linear,
        driver,
        this.devices,
        sink,
        options.observer,
        areas,
        program.usesDevice,
        options.memoryLimitBytes,
      );
    const registers = this.linear.words(areas.device.start, 12);
    const special = new SpecialRegisters(registers);
    const log = this.linear.words(ACCESS_LOG, ACCESS_LOG_WORDS);
    this.remote = new RemoteAccesses(this.mm, driver, this.devices, log, special, sink);
    this.resolver.remote = this.remote;
    this.launcher = new Launcher(
      program,
      this.launchHost(registers, driver),
      this.devices,
      machine,
      clock,
      sink,
      special,
    );
    if (from) {
      copyMemory(from.parent.mm, from.parent.linear, this.linear);
      this.main.copyGlobals(from.parent.main);
      this.accountedBytes = this.bytesAccessed();
      this.threads.errnoAddress = from.parent.threads.errnoAddress;
      this.threads.begin(this.threads.forked(from.thread, 0));
    } else this.entered();
  }

  /** Runs the program and its children to their ends. @throws what is neither the program's exit nor its fault */
  run(): Ending {
    this.setAgent(CPU);
    this.threads.begin(mainThread(this.threaded));
    try {
      return this.group.run(this);
    } finally {
      this.files.caches.sync(Cause.exit);
    }
  }

  /** Goes on for some turns of its threads. @throws what is neither the program's exit nor its fault */
  advance(mostTurns: number): 'blocked' | 'running' | Ending {
    try {
      const state = this.threads.advance(mostTurns);
      return state === 'ended' ? { status: 0, signal: null } : state;
    } catch (error) {
      return this.endingOf(error);
    } finally {
      this.accountCpu();
    }
  }

  deadlock(): Ending {
    try {
      return this.threads.deadlock();
    } catch (error) {
      return this.endingOf(error);
    }
  }

  private endingOf(error: unknown): Ending {
    if (error instanceof ProgramExit) return { status: error.status, signal: null };
    if (error instanceof ProgramSignal) return { status: 0, signal: error.details };
    const trap = asTrap(error, this.callSites, this.agent, this.launcher.position(), this.main.callStack);
    // V8 has unwound its own stack; the shadow call stack still says where the program was.
    if (trap) this.options.debug?.signal(trap);
    if (trap) return { status: 0, signal: trap };
    throw error;
  }

  /** Its memory goes; nothing can be looked at any more. @throws MemoryInvariantError if any of it is still in use */
  exit(): void {
    this.files.caches.releaseAll();
    this.mm.exit();
  }

  get descriptors(): DescriptorTable {
    return this.wasi.descriptors;
  }

  /** Accesses that were checked, as far as functions have returned. */
  get accesses(): number {
    return Number(this.main.accesses + (this.suspendable?.instance.accesses ?? 0n));
  }

  [Symbol.dispose](): void {
    // The program's own address space is looked at when it has ended.
    if (this.isChild) this.mm.exit();
    this.wasi[Symbol.dispose]();
  }

  protected get isChild(): boolean {
    return this.process !== this.group.root;
  }

  /* --- processes -------------------------------------------------------------------------------------------------- */

  entered(): void {
    this.deviceFiles.entered(this.calling);
    this.files.caches.switchedTo(this.mm);
    this.place.launcher = this.launcher;
    this.place.allocations = this.memory.allocations;
  }

  canFork(): boolean {
    return this.agent === CPU && this.callSites.unwinds();
  }

  fork(process: Process, thread: HostThread): Debuggee | number {
    // A debugger follows the program itself.
    const options = { ...this.options, debug: undefined };
    try {
      return new Debuggee(options, {
        parent: this,
        process,
        thread,
        forkMemory: (linear, sink) => {
          const permissions = [linear.permissionTable(CPU)];
          const made = this.mm.fork({ permissions, sink, contents: new LinearPageContents(linear) });
          if (typeof made === 'number') throw new ForkRefused();
          return made;
        },
      });
    } catch (error) {
      if (error instanceof ForkRefused || error instanceof RangeError) return FORK_REFUSED;
      throw error;
    }
  }

  passTime(ns: number): void {
    this.options.clock.advance(ns);
  }

  write(address: number, value: number): void {
    this.resolver.range(address, Uint32Array.BYTES_PER_ELEMENT, true);
    this.linear.words(address, 1)[0] = value;
  }

  /* --- under a debugger --------------------------------------------------------------------------------------------- */

  /** Function entries and loop rounds of the user's code so far. */
  get rounds(): number {
    return this.threads.switches + this.main.rounds + (this.suspendable?.instance.rounds ?? 0);
  }

  /** The host's part of the shadow call stack, and that of the device's thread that runs. */
  callStacks(): { readonly host: CallStack; readonly device: CallStack | null } {
    const end = this.main.callStack;
    const start = this.launcher.callStackStart;
    const waiting = this.suspendable?.scheduler.callStack;
    // A thread of a team has a stack of its own, which begins at its region.
    const above = (below: CallStack): CallStack => (waiting ? { ...waiting, below } : below);
    if (start === undefined) return { host: above({ from: CALL_STACK_BASE, to: end }), device: null };
    return { host: { from: CALL_STACK_BASE, to: start }, device: above({ from: start, to: end }) };
  }

  /** Code offsets of the user's calls on the stack, innermost first, while its thread is interrupted. */
  get interruptedAt(): readonly number[] {
    return this.callSites.interrupted().filter((offset) => this.callSites.isUser(offset));
  }

  /** Makes every access to these pages known to the debugger. */
  watch(pages: ReadonlySet<number>): void {
    this.resolver.watch(pages);
  }

  /** End of the innermost record of the shadow call stack. */
  get callStackEnd(): number {
    return this.suspendable?.scheduler.callStackEnd ?? this.main.callStack;
  }

  /** Where the program is, for whoever looks at it. */
  get programPlace(): ProgramPlace {
    return this.place;
  }

  /**
   * Waits in the middle of an access: other threads run meanwhile, and simulated time passes. 'deadlock': nobody can run, and no time
   * will change that. @param untilNs when it is given up
   */
  blockUntil(ready: () => boolean, reason: WaitReason, untilNs?: number): 'ready' | 'timeout' | 'deadlock' {
    return this.threads.blockUntil(ready, reason, untilNs);
  }

  /** When a wait in the middle of an access is given up. */
  private waitLimitNs(): number | undefined {
    const { pinTimeoutNs } = this.options;
    return pinTimeoutNs === undefined ? undefined : this.nowNs() + pinTimeoutNs;
  }

  private asThreaded(): ThreadedProgram {
    const { program, clock, wasi } = this.options;
    const { linear, resolver, callSites, place } = this;
    const agent = (): AgentId => this.agent;
    return {
      ...{ program, clock, linear, resolver, callSites, place },
      seed: wasi.seed,
      get agent() {
        return agent();
      },
      nowNs: () => this.nowNs(),
      leavePlace: () => {
        const { codeOffset } = this.place;
        const { site, inService } = this;
        this.place.codeOffset = this.site = NO_CODE_OFFSET;
        this.inService = false;
        return () => {
          this.place.codeOffset = codeOffset;
          Object.assign(this, { site, inService });
        };
      },
      stop: (message, waits) => this.stop(message, waits),
      instance: () => this.main,
      memory: () => this.memory,
      isShared: () => this.group.isShared(),
      runOthers: () => this.group.runOthers(this.process),
    };
  }

  private launchHost(registers: Uint32Array, driver: Driver): LaunchHost {
    const { main, races, remote, hazards, streams, resolver, place, memory, mm } = this;
    const { seed } = this.options.wasi;
    const running = (): Instance => (this.suspendable?.scheduler.isRunning === true ? this.suspendable.instance : main);
    return {
      ...{ main, races, remote, hazards, streams, resolver, place, memory, mm, driver, seed },
      scheduler: () => this.makeSuspendable(registers).scheduler,
      get running() {
        return running();
      },
      bytesAccessed: () => this.bytesAccessed(),
      setAgent: (agent) => {
        this.setAgent(agent);
      },
      accountCpu: () => {
        this.accountCpu();
      },
      launched: (record) => {
        this.accountedBytes = this.bytesAccessed();
        this.options.observer.launched(record);
      },
    };
  }

  private makeSuspendable(registers: Uint32Array): SuspendableInstance {
    if (this.suspendable) return this.suspendable;
    const { suspendable } = this.options.program;
    if (!suspendable) throw new TypeError('the program has no suspendable module');
    this.suspendable = suspendableModule(suspendable, this.imports, this.schedulerHost(registers));
    this.setAgent(this.agent);
    return this.suspendable;
  }
}
