/**
 * The side tables of a trace: what the numbers in its columns stand for. Plain data, so that they travel as a message,
 * and filled by whoever ran the program. Ids are those of the columns; a row never refers to another process or thread.
 */
import type { Aggregate } from './aggregate.js';

/** `managed` … `pinned` come from a device API, the others are the C program's own memory. Same words as a VMA's kind. */
export type AllocationKind =
  'managed' | 'device' | 'pinned' | 'heap' | 'stack' | 'image' | 'anonymous' | 'file' | 'shared' | 'dax';

export interface AllocationRow {
  readonly id: number;
  readonly kind: AllocationKind;
  /** Virtual address of the first byte. */
  readonly address: number;
  readonly bytes: number;
  /** The variable the pointer was stored in, or the symbol, where it is known. */
  readonly name: string | null;
  /** Code offset of the call that allocated it, or `NO_CODE_OFFSET`. */
  readonly codeOffset: number;
  readonly file: string | null;
  readonly line: number | null;
  /** Number of the event that freed it; null while it lives. */
  readonly freedAtEvent: number | null;
  /** Pages on each node when the program ended, indexed by node id; missing entries are 0. */
  readonly residencyAtEnd: readonly number[];
}

/** all: on whatever can move · managed: on managed memory, and on pages that are on a device. */
export type CpuFaultScope = 'all' | 'managed';

export type Dimensions = readonly [x: number, y: number, z: number];

export interface LaunchRow {
  readonly id: number;
  /** Demangled, with its parameter types: `add(int, float*, float*)`. */
  readonly kernel: string;
  readonly grid: Dimensions;
  readonly block: Dimensions;
  /** Where the kernel is defined. */
  readonly file: string | null;
  readonly line: number | null;
  /** Simulated ns. */
  readonly startNs: number;
  readonly endNs: number;
  /** Bytes its threads read and wrote, cached or not. */
  readonly bytesAccessed: number;
}

export interface SourceLocation {
  /** Function, demangled; null where the symbols do not say. */
  readonly functionName: string | null;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1; 0 if not known. */
  readonly column: number;
}

export interface TraceTables {
  /** Names behind the `driver` column. */
  readonly drivers: readonly string[];
  /** Which faults of the CPU the driver's counters would show. */
  readonly cpuFaultScope: CpuFaultScope;
  /** Names by node id: `cpu`, `gpu0`, … for every node of the machine. */
  readonly nodes: readonly string[];
  readonly allocations: readonly AllocationRow[];
  readonly launches: readonly LaunchRow[];
  /** Source position of code offsets that occur in the trace; an offset of code without symbols has none. */
  readonly locations: ReadonlyMap<number, SourceLocation>;
  /** The virtual clock when the program ended, ns. */
  readonly simulatedNs: number;
  /** Exact totals of the events beyond the recorder's memory limit (`Recorder.overflow`); null if there are none. */
  readonly overflow: Aggregate | null;
}
