/**
 * The module `faultline` that the runtime's C imports: one function a declaration of `runtime/include/faultline.h` and of the
 * runtime's sources. Thin: each turns numbers into calls of the room that knows.
 */
import type { Errno } from '../memory/errno.js';
import type { Device } from '../drivers/driver.js';
import { deviceAgent, type AgentId } from '../memory/units.js';
import type { LinearMemory } from './linear-memory.js';
import { memoryCalls, type MemoryCallHost } from './memory-calls.js';
import { programErrno } from './program-errno.js';
import type { ProcessMemory } from './process-memory.js';
import type { DeviceFiles } from './device-files.js';
import type { DevicePinning } from './device-pinning.js';
import type { RaceDetector } from './race-detector.js';
import type { RuntimeImport } from './runtime-import.js';
import type { Transfers } from './transfers.js';
import type { Triple } from './triple.js';

/** The runtime's EVERY_STREAM. */
const EVERY = 0xffff_ffff;

/** What the running program offers its runtime. Addresses, sizes and code offsets are unsigned; `site` is a code offset. */
export interface RuntimeHost extends MemoryCallHost {
  readonly linear: LinearMemory;
  readonly memory: ProcessMemory;
  readonly transfers: Transfers;
  readonly devices: readonly Device[];
  readonly agent: AgentId;
  readonly races: RaceDetector;
  readonly deviceFiles: DeviceFiles;
  readonly pinning: DevicePinning;
  /** An instruction's access lacks a permission: bytes << 8 | atomic << 2 | need. */
  fault(address: number, flags: number, site: number): void;
  /** A function's own frame does. */
  frame(address: number, bytes: number, need: number, site: number): void;
  /** A bulk operator is about to touch a range. */
  range(address: number, bytes: number, need: number, site: number): void;
  /** A poll whose byte the debugger has set. */
  poll(site: number, kind: number): void;
  barrierOutside(): never;
  /** 0 or an errno. */
  launch(kernel: number, parameters: number, device: number, grid: Triple, block: Triple, stream: number): number;
  armRegion(device: number, teams: number, threads: number, name: string | null): void;
  regionBegin(site: number): void;
  regionEnd(): void;
  /** Runs with the code offset of the user's call that the runtime serves. */
  atCall<T>(work: () => T): T;
  sync(): void;
  nowNs(): number;
  deviceProperty(device: number, property: number): number;
  deviceName(device: number, text: number, bytes: number): void;
  serviceBegin(): void;
  serviceEnd(): void;
  stop(message: string): never;
  /** A call of the CUDA or HIP API returns an error. */
  apiError(code: number, functionName: string, errorName: string): void;
  nameRange(address: number, bytes: number, name: string): void;
  phase(name: string): void;
}

export function runtimeImports(debuggee: RuntimeHost): Record<string, RuntimeImport> {
  const unsigned = (value: number): number => value >>> 0;
  const number = (error: number): number => programErrno(error as 0 | Errno);
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
    barrier: () => {
      debuggee.barrierOutside();
    },
    touched: () => {
      debuggee.races.drain();
    },
    launch: (kernel = 0, parameters = 0, device = 0, grid = 0, block = 0, stream = 0) =>
      number(debuggee.launch(kernel, unsigned(parameters), device, triple(grid), triple(block), unsigned(stream))),
    region_begin: (site = 0) => debuggee.regionBegin(unsigned(site)),
    region_end: () => debuggee.regionEnd(),

    map: (bytes = 0, kind = 0, device = 0) => debuggee.atCall(() => debuggee.memory.map(unsigned(bytes), kind, device)),
    allocated: (block = 0, bytes = 0, mapping = 0) =>
      debuggee.atCall(() => {
        debuggee.memory.allocated(unsigned(block), unsigned(bytes), unsigned(mapping));
      }),
    freed: (block = 0) => debuggee.atCall(() => Number(debuggee.memory.freed(unsigned(block)))),
    block_bytes: (block = 0) => debuggee.memory.blockBytes(unsigned(block)),

    copy: (destination = 0, source = 0, bytes = 0, direction = 0, waiting = -1) =>
      debuggee.atCall(() =>
        number(debuggee.transfers.copy(unsigned(destination), unsigned(source), unsigned(bytes), direction, waiting)),
      ),
    set: (destination = 0, value = 0, bytes = 0, waiting = -1) =>
      debuggee.atCall(() => number(debuggee.transfers.set(unsigned(destination), value, unsigned(bytes), waiting))),
    prefetch: (address = 0, bytes = 0, device = 0) =>
      debuggee.atCall(() => number(debuggee.transfers.prefetch(unsigned(address), unsigned(bytes), device))),
    residency: (address = 0, bytes = 0, device = 0) =>
      debuggee.transfers.residentBytes(unsigned(address), unsigned(bytes), device),
    sync: () => debuggee.sync(),
    wait: (device = 0, stream = 0, until = 0) => {
      debuggee.races.synchronize({
        agent: device < 0 ? undefined : deviceAgent(device),
        stream: unsigned(stream) === EVERY ? undefined : unsigned(stream),
        until: unsigned(until),
      });
    },
    mark: () => debuggee.races.mark(),
    now_ns: () => debuggee.nowNs(),
    device_count: () => debuggee.devices.length,
    device_property: (device = 0, property = 0) => debuggee.deviceProperty(device, property),
    device_name: (device = 0, text = 0, bytes = 0) => debuggee.deviceName(device, unsigned(text), unsigned(bytes)),
    on_device: () => Number(debuggee.agent !== 0),
    service_begin: () => debuggee.serviceBegin(),
    service_end: () => debuggee.serviceEnd(),
    stop: (message = 0) => debuggee.stop(debuggee.linear.text(unsigned(message))),
    api_error: (code = 0, functionName = 0, errorName = 0) =>
      debuggee.atCall(() => {
        const text = (address: number): string => debuggee.linear.text(unsigned(address));
        debuggee.apiError(code, text(functionName), text(errorName));
      }),

    ioctl: (fd = 0, request = 0, argument = 0) =>
      debuggee.atCall(() => debuggee.deviceFiles.ioctl(fd, unsigned(request), unsigned(argument))),
    ...memoryCalls(debuggee),
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
