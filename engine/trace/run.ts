/**
 * What was asked for and what came of it: the record that belongs to a trace. Plain data but for the reader of the trace.
 */
import type { HostFigures } from './document.js';
import type { FaultReport } from './fault-report.js';
import type { TraceReader } from './reader.js';
import type { TraceTables } from './tables.js';

export type OptimizationLevel = 0 | 1 | 2 | 3;

/** A directory of the host that the program may see. */
export interface DirectoryGrant {
  /** Relative paths start at the request's `cwd`. */
  readonly host: string;
  /** What the program calls it; `.` is its working directory. */
  readonly guest: string;
  readonly readOnly: boolean;
}

/** upstream: they stay in system memory · 2014, 2025: two proposals of how the page cache lets a device have them. */
export const FILE_PAGES = ['upstream', '2014', '2025'] as const;
export type FilePagesMode = (typeof FILE_PAGES)[number];

/** How the CPU waits for devices that mirror the page table it changes; see drivers/device-updates.ts. */
export const PAGE_TABLE_UPDATES = ['serial', 'batched', 'overlapped'] as const;
export type PageTableUpdates = (typeof PAGE_TABLE_UPDATES)[number];

export const KERNEL_LANGUAGES = ['cuda', 'hip'] as const;
/** A language of kernels and what launches them, beyond C++. */
export type KernelLanguage = (typeof KERNEL_LANGUAGES)[number];

export const LONG_BITS = [32, 64] as const;
export type LongBits = (typeof LONG_BITS)[number];

export interface RunRequest {
  /** Relative paths start at `cwd`, here and below. */
  readonly sources: readonly string[];
  readonly cwd: string;
  readonly includeDirs: readonly string[];
  /** `NAME` or `NAME=VALUE`. */
  readonly defines: readonly string[];
  readonly optimize: OptimizationLevel;
  readonly standard?: string;
  /** What sources of C++ are taken for. */
  readonly language?: KernelLanguage;
  /** Of `long` in the program; absent: 32, or 64 where it counts on them. */
  readonly longBits?: LongBits;
  readonly programArguments: readonly string[];
  readonly stdin: 'inherit' | 'none' | Uint8Array;
  readonly env: Readonly<Record<string, string>>;
  readonly dirs: readonly DirectoryGrant[];
  readonly driver: string;
  /** Parameters of the driver that differ from their defaults. */
  readonly driverParameters?: Readonly<Record<string, number>>;
  /** A name, or the path of a `.json` file. */
  readonly machine: string;
  /** Of each device. */
  readonly deviceMemoryBytes?: number;
  readonly devices?: number;
  /** What becomes of pages of mapped files that a device wants; absent: upstream. */
  readonly filePages?: FilePagesMode;
  /** `serial` if absent. */
  readonly pageTableUpdates?: PageTableUpdates;
  /** Simulated time, in ns, that the CPU waits for a page that is pinned in a device's memory; absent: for ever. */
  readonly pinTimeoutNs?: number;
  /** What if pages of DAX mappings could migrate? Upstream refuses. */
  readonly daxMigration?: boolean;
  readonly seed: number;
  /** Real time. */
  readonly timeoutMs?: number;
  readonly memoryLimitBytes?: number;
  /** The run ends as soon as one of these is exceeded. */
  readonly limits: RunLimits;
}

export interface RunLimits {
  /** CPU and device faults together. */
  readonly maxFaults?: number;
  /** In every direction together. */
  readonly maxMigratedBytes?: number;
  readonly maxSimulatedNs?: number;
}

export interface RunProgress {
  readonly phase: 'compile' | 'link' | 'instrument' | 'run';
  readonly detail: string;
  readonly simulatedNs?: number;
  /** Events recorded so far. */
  readonly events?: number;
}

export interface RunObserver {
  stdout(chunk: Uint8Array): void;
  stderr(chunk: Uint8Array): void;
  progress(progress: RunProgress): void;
}

export interface Diagnostic {
  readonly file: string;
  /** Counted from 1; 0 where the diagnostic has no place. */
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
}

export interface CompletedRun {
  readonly compiled: true;
  readonly exit: {
    /** What the program passed to `exit`; meaningless unless it exited. */
    readonly status: number;
    readonly signal: string | null;
    readonly reason: 'exited' | 'signal' | 'timeout' | 'interrupted' | 'budget';
  };
  readonly fault: FaultReport | null;
  readonly trace: TraceReader;
  readonly tables: TraceTables;
  readonly language: string;
  /** Relative to the project's folder, as every file in tables and reports. */
  readonly sources: readonly string[];
  /** Absolute. */
  readonly projectFolder: string;
  readonly machineName: string;
  readonly driverName: string;
  /** One value for each of its parameters. */
  readonly driverParameters: Readonly<Record<string, number>>;
  readonly pageSize: number;
  readonly host: HostFigures;
  /** Warnings of the compiler. */
  readonly diagnostics?: readonly Diagnostic[];
  /** What a reader must know to trust the figures, one sentence each: what the program used that the engine does not model. */
  readonly notes?: readonly string[];
}

export type RunOutcome = CompletedRun | { readonly compiled: false; readonly diagnostics: readonly Diagnostic[] };
