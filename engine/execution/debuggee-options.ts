/** What a debuggee is made of, and how it ends. */
import type { UpdateMode } from '../drivers/device-updates.js';
import type { Driver } from '../drivers/driver.js';
import type { VirtualClock } from '../machine/clock.js';
import type { Machine } from '../machine/machine.js';
import type { EventSink } from '../memory/event.js';
import type { PageCacheOptions } from '../memory/page-cache.js';
import type { Allocation } from './allocations.js';
import type { DebugHooks } from './debug-hooks.js';
import type { LaunchRecord } from './launcher.js';
import type { ExecutableProgram } from './program.js';
import type { ProgramPlace } from './program-place.js';
import type { SharedHazard } from './shared-hazards.js';
import type { AccessSignal, TrapSignal } from './signals.js';
import type { WasiOptions } from './wasi/wasi.js';

/** Who is told what the program does. */
export interface DebuggeeObserver {
  allocated(allocation: Allocation, name: string | null): void;
  freed(allocation: Allocation, event: number, residency: readonly number[]): void;
  /** There was no room for so many bytes: the program got NULL, or an error. */
  refused?(bytes: number): void;
  /** A result of `long` or `size_t` loses bits that it has on Linux. @param places of a library's function, and of the user's call that led to it */
  lostBits?(places: readonly number[]): void;
  /** A kernel ended before its end, and the program goes on with an error. */
  kernelFailed?(details: TrapSignal, launch: number): void;
  /** Threads of a block race for shared memory: each pair of places in a kernel once. */
  hazard?(hazard: SharedHazard): void;
  named(address: number, bytes: number, name: string): void;
  /** A launch began, and later: it ended. */
  launched(record: LaunchRecord): void;
}

/** An error that the program got from the CUDA or HIP API: `cudaMalloc` and `cudaErrorMemoryAllocation`, 2. */
export interface ProgramApiError {
  readonly code: number;
  readonly functionName: string;
  readonly errorName: string;
}

export interface DebuggeeOptions {
  readonly program: ExecutableProgram;
  readonly machine: Machine;
  readonly driver: Driver;
  /** Makes the event log's writer, which asks where the program is. */
  readonly createSink: (place: ProgramPlace) => EventSink;
  readonly clock: VirtualClock;
  readonly observer: DebuggeeObserver;
  readonly memoryLimitBytes: number;
  /** Simulated time that the CPU waits for a page that is pinned in a device's memory; absent: for ever. */
  readonly pinTimeoutNs?: number | undefined;
  /** How the CPU waits for devices that mirror what it changes; absent: `serial`. */
  readonly pageTableUpdates?: UpdateMode | undefined;
  /** What becomes of mapped files' pages that devices want; absent: what upstream Linux does. */
  readonly pageCache?: PageCacheOptions | undefined;
  readonly debug?: DebugHooks | undefined;
  /** A call of the CUDA or HIP API returns an error to the program. */
  readonly onProgramError?: ((error: ProgramApiError) => void) | undefined;
  readonly wasi: Pick<WasiOptions, 'args' | 'env' | 'preopens' | 'stdin' | 'stdout' | 'stderr' | 'seed'>;
}

/** How a program ended by itself. */
export type Ending =
  | {
      readonly status: number;
      readonly signal: null;
      /** The signal that a process sent it. */ readonly killed?: number;
    }
  | { readonly status: 0; readonly signal: AccessSignal | TrapSignal; readonly killed?: undefined };
