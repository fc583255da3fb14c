/**
 * The module `faultline` that the runtime's C imports: one function a declaration of `runtime/include/faultline.h` and of the
 * runtime's sources. Thin: each turns numbers into calls of the room that knows.
 */
import type { Errno } from '../memory/errno.js';
import type { Device } from '../drivers/driver.js';
import { deviceAgent, type AgentId } from '../memory/units.js';
import type { LinearMemory } from './linear-memory.js';
import { adviceCalls, type AdviceCallHost } from './advice-calls.js';
import { memoryCalls, type MemoryCallHost } from './memory-calls.js';
import { programErrno } from './program-errno.js';
import type { ExecutableProgram } from './program.js';
import type { ProcessMemory } from './process-memory.js';
import type { LaunchMode } from './block-scheduler.js';
import type { DeviceFiles } from './device-files.js';
import type { DevicePinning } from './device-pinning.js';
import type { RaceDetector } from './race-detector.js';
import type { RemoteAccesses } from './remote-accesses.js';
import type { RuntimeImport } from './runtime-import.js';
import type { Streams } from './streams.js';
import type { Transfers } from './transfers.js';
import type { Triple } from './triple.js';

/** The runtime's EVERY_STREAM. */
const EVERY = 0xffff_ffff;

/** Where a grid's threads wait, which the suspendable module has functions of its own for (block-scheduler.ts). */
const WAITS = [
  'barrier',
  'barrier_vote',
  'grid_barrier',
  'warp_exchange',
  'exchange_high',
  'volatile_access',
  'team_wait',
  'team_lock',
];

/** What the running program offers its runtime. Addresses, sizes and code offsets are unsigned; `site` is a code offset. */
export interface RuntimeHost extends MemoryCallHost, AdviceCallHost {
  readonly linear: LinearMemory;
  readonly program: ExecutableProgram;
  readonly memory: ProcessMemory;
  readonly transfers: Transfers;
  readonly devices: readonly Device[];
  readonly agent: AgentId;
  readonly races: RaceDetector;
  readonly remote: RemoteAccesses;
  readonly streams: Streams;
  readonly deviceFiles: DeviceFiles;
  readonly pinning: DevicePinning;
  /** An instruction's access lacks a permission: bytes << 8 | atomic << 2 | need. */
  fault(address: number, flags: number, site: number): void;
  /** A function's own frame does. */
  frame(address: number, bytes: number, need: number, site: number): void;
  /** A bulk operator is about to touch a range. */
  range(address: number, bytes: number, need: number, site: number): void;
  /** An atomic operation of the system's scope is about to be done. */
  systemAtomic(address: number): void;
  sharedAccess(address: number, flags: number, site: number): void;
  lostBits(site: number): void;
  /** A poll whose byte the debugger has set. */
  poll(site: number, kind: number): void;
  barrierOutside(): never;
  /** @returns whether the kernel came to its end */
  launch(
    kernel: number,
    parameters: number,
    device: number,
    grid: Triple,
    block: Triple,
    stream: number,
    mode: LaunchMode,
  ): boolean;
  armRegion(device: number, teams: number, threads: number, name: string | null): void;
  regionBegin(site: number): void;
  regionEnd(): void;
  /** Runs the threads of a team if their code waits: otherwise nothing, and false. */
  runTeam(outlined: number, threads: number, parameters: number): boolean;
  /** What the program's environment says of OpenMP's threads, 0 if nothing. */
  readonly ompThreads: number;
  /** Runs with the code offset of the user's call that the runtime serves. */
  atCall<T>(work: () => T): T;
  sync(): void;
  nowNs(): number;
  /** What clock64() reads: cycles of the device that runs. */
  deviceCycles(): number;
  deviceSleep(ns: number): void;
  deviceProperty(device: number, property: number): number;
  deviceName(device: number, text: number, bytes: number): void;
  serviceBegin(): void;
  serviceEnd(): void;
  /** The kernel ends here. */
  kernelFailed(message: string): never;
  stop(message: string): never;
  /** A call of the CUDA or HIP API returns an error. */
  apiError(code: number, functionName: string, errorName: string): void;
  nameRange(address: number, bytes: number, name: string): void;
  phase(name: string): void;
}

export function runtimeImports(debuggee: RuntimeHost): Record<string, RuntimeImport> {
  const unsigned = (value: number): number => value >>> 0;
  const number = (error: number): number => programErrno(error as 0 | Errno);
  const agentOf = (device: number): AgentId | undefined => (device < 0 ? undefined : deviceAgent(device));
  const streamOf = (stream: number): number | undefined => (unsigned(stream) === EVERY ? undefined : unsigned(stream));
  const triple = (address: number): [number, number, number] => {
    const [x = 1, y = 1, z = 1] = debuggee.linear.words(unsigned(address), 3);
    return [x, y, z];
  };
  return {
    fault: (address = 0, flags = 0, site = 0) => debuggee.fault(unsigned(address), flags, unsigned(site)),
    range: (address = 0, bytes = 0, need = 0, site = 0) =>
      debuggee.range(unsigned(address), unsigned(bytes), need, unsigned(site)),
    frame: (address = 0, bytes = 0, need = 0, site = 0) =>
      debuggee.frame(unsigned(address), unsigned(bytes), need, unsigned(site)),
    memory_size: () => debuggee.memory.heapPages(),
    memory_grow: (pages = 0) => debuggee.memory.growHeap(unsigned(pages)),
    poll: (site = 0, kind = 0) => {
      debuggee.poll(unsigned(site), kind);
    },
    ...Object.fromEntries(WAITS.map((name) => [name, () => debuggee.barrierOutside()])),
    shared_access: (address = 0, flags = 0, site = 0) => {
      debuggee.sharedAccess(unsigned(address), flags, unsigned(site));
    },
    lostBits: (site = 0) => {
      debuggee.lostBits(unsigned(site));
    },
    touched: () => {
      debuggee.races.drain();
    },
    system_atomic: (address = 0) => {
      debuggee.atCall(() => {
        debuggee.systemAtomic(unsigned(address));
      });
    },
    peers: (device = 0, peer = 0, enabled = 0) => {
      debuggee.atCall(() => {
        debuggee.transfers.setPeers(device, peer, enabled !== 0);
      });
    },
    counted: () => {
      debuggee.remote.drain();
    },
    launch: (kernel = 0, parameters = 0, device = 0, grid = 0, block = 0, stream = 0, flags = 0) =>
      Number(
        !debuggee.launch(kernel, unsigned(parameters), device, triple(grid), triple(block), unsigned(stream), {
          cooperative: (flags & 1) !== 0,
          warpLanes: flags >>> 8,
        }),
      ),
    kernel_of: (pointer = 0) => debuggee.program.stubs.get(unsigned(pointer)) ?? -1,
    kernel_parameter: (kernel = 0, n = 0) => debuggee.program.kernelArguments[kernel]?.[n] ?? 0,
    region_begin: (site = 0) => debuggee.regionBegin(unsigned(site)),
    region_end: () => debuggee.regionEnd(),

    map: (bytes = 0, kind = 0, device = 0) => debuggee.atCall(() => debuggee.memory.map(unsigned(bytes), kind, device)),
    allocated: (block = 0, bytes = 0, mapping = 0) =>
      debuggee.atCall(() => {
        debuggee.memory.allocated(unsigned(block), unsigned(bytes), unsigned(mapping));
      }),
    freed: (block = 0) => {
      // Most blocks are small ones of the heap, which nobody recorded: where they are freed is not worth a look at the stack.
      if (!debuggee.memory.isRecorded(unsigned(block))) return 0;
      return debuggee.atCall(() => Number(debuggee.memory.freed(unsigned(block))));
    },
    block_bytes: (block = 0) => debuggee.memory.blockBytes(unsigned(block)),

    copy: (destination = 0, source = 0, bytes = 0, direction = 0, device = 0, stream = 0, waits = 0) =>
      debuggee.atCall(() => {
        const place = { device, stream: unsigned(stream) };
        const { transfers } = debuggee;
        return number(
          transfers.copy(unsigned(destination), unsigned(source), unsigned(bytes), direction, place, waits !== 0),
        );
      }),
    set: (destination = 0, value = 0, bytes = 0, device = 0, stream = 0, waits = 0) =>
      debuggee.atCall(() => {
        const place = { device, stream: unsigned(stream) };
        return number(debuggee.transfers.set(unsigned(destination), value, unsigned(bytes), place, waits !== 0));
      }),
    host_register: (address = 0, bytes = 0) => {
      debuggee.transfers.register(unsigned(address), unsigned(bytes));
    },
    host_unregister: (address = 0) => {
      debuggee.transfers.unregister(unsigned(address));
    },
    prefetch: (address = 0, bytes = 0, device = 0) =>
      debuggee.atCall(() => number(debuggee.transfers.prefetch(unsigned(address), unsigned(bytes), device))),
    residency: (address = 0, bytes = 0, device = 0) =>
      debuggee.transfers.residentBytes(unsigned(address), unsigned(bytes), device),
    sync: () => debuggee.sync(),
    wait: (device = 0, stream = 0, until = 0, ns = 0) => {
      debuggee.races.synchronize({ agent: agentOf(device), stream: streamOf(stream), until: unsigned(until) });
      debuggee.streams.wait(ns);
    },
    mark: () => debuggee.races.mark(),
    done_ns: (device = 0, stream = 0) => debuggee.streams.doneNs(agentOf(device), streamOf(stream)),
    record_event: (device = 0, stream = 0) => debuggee.streams.record(deviceAgent(device), unsigned(stream)),
    stream_wait: (device = 0, stream = 0, awaitedDevice = 0, awaitedStream = 0, until = 0, ns = 0) => {
      const awaited = { agent: deviceAgent(awaitedDevice), stream: unsigned(awaitedStream), until: unsigned(until) };
      debuggee.races.join(deviceAgent(device), unsigned(stream), awaited);
      debuggee.streams.delay(deviceAgent(device), unsigned(stream), ns);
    },
    poll_ns: (ns = 0) => Number(debuggee.streams.poll(ns)),
    now_ns: () => debuggee.nowNs(),
    device_clock: () => debuggee.deviceCycles(),
    device_nanosleep: (ns = 0) => {
      debuggee.deviceSleep(unsigned(ns));
    },
    launch_device: () => Math.max(0, debuggee.agent - 1),
    device_count: () => debuggee.devices.length,
    device_property: (device = 0, property = 0) => debuggee.deviceProperty(device, property),
    device_name: (device = 0, text = 0, bytes = 0) => debuggee.deviceName(device, unsigned(text), unsigned(bytes)),
    on_device: () => Number(debuggee.agent !== 0),
    service_begin: () => debuggee.serviceBegin(),
    service_end: () => debuggee.serviceEnd(),
    kernel_failed: (message = 0) => debuggee.kernelFailed(debuggee.linear.text(unsigned(message))),
    stop: (message = 0) => debuggee.stop(debuggee.linear.text(unsigned(message))),
    api_error: (code = 0, functionName = 0, errorName = 0) =>
      debuggee.atCall(() => {
        const text = (address: number): string => debuggee.linear.text(unsigned(address));
        debuggee.apiError(code, text(functionName), text(errorName));
      }),

    ioctl: (fd = 0, request = 0, argument = 0) =>
      debuggee.atCall(() => debuggee.deviceFiles.ioctl(fd, unsigned(request), unsigned(argument))),
    ...memoryCalls(debuggee),
    ...adviceCalls(debuggee),
    hmm_name: (address = 0, bytes = 0, name = 0) =>
      debuggee.nameRange(unsigned(address), unsigned(bytes), debuggee.linear.text(unsigned(name))),
    hmm_phase: (name = 0) => debuggee.atCall(() => debuggee.phase(debuggee.linear.text(unsigned(name)))),
    hmm_expect: (address = 0, bytes = 0, device = 0) =>
      debuggee.atCall(() => debuggee.transfers.expectResident(unsigned(address), unsigned(bytes), device)),

    hmm_pin_device: (address = 0, bytes = 0, device = 0) =>
      debuggee.atCall(() => number(debuggee.pinning.pin(unsigned(address), unsigned(bytes), device))),
    hmm_unpin_device: (address = 0, bytes = 0) =>
      debuggee.atCall(() => number(debuggee.pinning.unpin(unsigned(address), unsigned(bytes)))),

    omp_arm: (device = 0, teams = 1, threads = 1, name = 0) =>
      debuggee.armRegion(
        device,
        unsigned(teams),
        unsigned(threads),
        name === 0 ? null : debuggee.linear.text(unsigned(name)),
      ),
    omp_team: (outlined = 0, threads = 1, parameters = 0) =>
      Number(debuggee.runTeam(unsigned(outlined), unsigned(threads), unsigned(parameters))),
    omp_num_threads: () => debuggee.ompThreads,
    omp_map: (address = 0, bytes = 0, device = 0) => {
      debuggee.transfers.mapCopy(unsigned(address), unsigned(bytes), device);
    },
    omp_unmap: (address = 0, bytes = 0, device = 0) =>
      debuggee.transfers.unmapCopy(unsigned(address), unsigned(bytes), device),
    omp_copy: (address = 0, bytes = 0, device = 0, toDevice = 0) =>
      debuggee.atCall(() => {
        debuggee.transfers.recordCopy(unsigned(address), unsigned(bytes), device, toDevice !== 0);
      }),
  };
}

/** The imports that a module asks for, each known or one that says that it is not. */
export function offered(
  wanted: readonly WebAssembly.ModuleImportDescriptor[],
  known: Readonly<Record<string, RuntimeImport>>,
  unknown: (name: string) => never,
): Record<string, RuntimeImport> {
  const imports: Record<string, RuntimeImport> = {};
  for (const { module, name } of wanted) {
    if (module !== 'faultline') continue;
    imports[name] =
      known[name] ??
      (() => {
        unknown(name);
      });
  }
  return imports;
}
