/** What travels between the thread of the program and the engine's: plain data and shared buffers. */
import type { DebuggeeNotice, DebugStart } from './debug/messages.js';
import type { DriverSource } from './driver-source.js';
import type { DriverParameters } from './drivers/parameters.js';
import type { Allocation } from './execution/allocations.js';
import type { Ending } from './execution/debuggee-options.js';
import type { SharedHazard } from './execution/shared-hazards.js';
import type { TrapSignal } from './execution/signals.js';
import type { ExecutableProgram } from './execution/program.js';
import type { Machine } from './machine/machine.js';
import type { PageCacheOptions } from './memory/page-cache.js';
import type { Aggregate } from './trace/aggregate.js';
import type { PageTableUpdates, RunLimits } from './trace/run.js';

/** Given to the worker when it starts. */
export interface DebuggeeStart {
  readonly program: ExecutableProgram;
  readonly machine: Machine;
  readonly driver: string;
  readonly driverParameters: DriverParameters;
  /** Of a driver of the user's own, with the folder that places in messages are relative to. */
  readonly driverSource: (DriverSource & { readonly cwd: string }) | null;
  /** argv, the program's name first. */
  readonly arguments: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly preopens: readonly { readonly host: string; readonly guest: string; readonly readOnly: boolean }[];
  readonly stdin: 'inherit' | 'none' | Uint8Array;
  readonly seed: number;
  readonly memoryLimitBytes: number;
  readonly pageCache: PageCacheOptions;
  readonly pageTableUpdates: PageTableUpdates | undefined;
  readonly pinTimeoutNs: number | undefined;
  readonly limits: RunLimits;
  /** Written by the worker, read by the engine: see {@link Gauge}. */
  readonly gauges: SharedArrayBuffer;
  /** Cells of a DriverWatch. */
  readonly driverWatch: SharedArrayBuffer;
  readonly debug: DebugStart | null;
}

/** Float64 slots of the gauges: how far the run is. */
export const Gauge = { simulatedNs: 0, slots: 1 } as const;
/** Int32 slots behind them: bytes of output on their way, which the worker waits on when they are too many. */
export const OUTPUT_IN_FLIGHT = 2;
export const GAUGE_BYTES = 16;

export type DebuggeeMessage =
  | { readonly type: 'trace'; readonly header: SharedArrayBuffer }
  | { readonly type: 'chunk'; readonly chunk: SharedArrayBuffer }
  /** Shared: both sides see the program's bytes. */
  | { readonly type: 'memory'; readonly memory: WebAssembly.Memory }
  | DebuggeeNotice
  | { readonly type: 'pages'; readonly entries: SharedArrayBuffer }
  | { readonly type: 'output'; readonly stream: 'stdout' | 'stderr'; readonly chunk: Uint8Array }
  | {
      readonly type: 'allocated';
      readonly allocation: Allocation;
      readonly codeOffset: number;
      readonly name: string | null;
    }
  | { readonly type: 'freed'; readonly id: number; readonly event: number; readonly residency: readonly number[] }
  | { readonly type: 'refused'; readonly bytes: number; readonly codeOffset: number }
  | { readonly type: 'lostBits'; readonly places: readonly number[] }
  | { readonly type: 'kernelFailed'; readonly details: TrapSignal; readonly launch: number }
  | { readonly type: 'hazard'; readonly hazard: SharedHazard; readonly kernel: string }
  | { readonly type: 'named'; readonly address: number; readonly bytes: number; readonly name: string }
  | { readonly type: 'launches'; readonly chunk: SharedArrayBuffer }
  | { readonly type: 'kernel'; readonly name: string }
  | {
      readonly type: 'ended';
      readonly ending: Ending | 'budget';
      readonly simulatedNs: number;
      readonly accesses: number;
      readonly overflow: Aggregate | null;
      /** Pages on each node at the end, by id of the allocations that live. */
      readonly residency: ReadonlyMap<number, readonly number[]>;
      readonly heapBytes: number;
      readonly phases: readonly string[];
    }
  /** A driver of the user's own did what no driver may: a sentence. */
  | { readonly type: 'driverFailed'; readonly message: string }
  | { readonly type: 'failed'; readonly message: string; readonly stack: string };
