/**
 * What a run did, in the figures of the command's contract: `summarize` is a pure function of a trace and its tables,
 * and the same trace gives the same summary, to the order of every row and field.
 *
 * Sizes are bytes, times whole simulated ns. What is counted:
 * - a *copy* (`hostToDevice` …): one `migrate` event, one contiguous transfer as a profiler of real hardware shows it;
 *   `explicitCopies`: one `copy` event (cudaMemcpy, a map clause);
 * - `deviceFaults`: pages in `deviceFault` events; `deviceFaultGroups`: `faultBatch` events, or, where the driver
 *   services fault by fault and reports none, `deviceFault` events;
 * - `cpuFaults`: `cpuFault` events, first touch included, on anything but device-only and pinned allocations; under a
 *   driver whose counters are those of its own CPU fault handler (`cpuFaultScope` managed: uvm), only on managed memory
 *   and on pages that are on a device, because the kernel serves the others without it;
 * - `evictedBytes`: `evict` events; `prefetchedBytes`: `migrate` events whose cause is a prefetch;
 * - `remoteMappings`, `invalidations`: events; `thrashingPages`: distinct pages of `thrash` events;
 * - `pinnedBytesPeak`: the most that was pinned at once.
 * A transfer or fault belongs to the allocation of its first page and to the line whose access or call caused it.
 */
import {
  accumulate,
  emptyAggregate,
  mergeAggregate,
  thrashingPages,
  type Aggregate,
  type Tally,
  type TransferTotals,
} from './aggregate.js';
import { countedCpuFaults } from './cpu-faults.js';
import type { TraceReader } from './reader.js';
import type { AllocationKind, AllocationRow, Dimensions, LaunchRow, TraceTables } from './tables.js';

export interface UnifiedMemorySummary {
  readonly hostToDevice: Readonly<TransferTotals>;
  readonly deviceToHost: Readonly<TransferTotals>;
  readonly deviceToDevice: Readonly<TransferTotals>;
  readonly deviceFaults: number;
  readonly deviceFaultGroups: number;
  readonly cpuFaults: number;
  readonly evictedBytes: number;
  readonly prefetchedBytes: number;
  readonly thrashingPages: number;
  readonly remoteMappings: number;
  readonly invalidations: number;
  readonly pinnedBytesPeak: number;
}

export interface ExplicitCopies {
  readonly count: number;
  readonly totalBytes: number;
}

export interface TimeSummary {
  /** The virtual clock at the end. */
  readonly simulatedNs: number;
  /** From launch to completion, summed over launches; faults and transfers within are included. */
  readonly kernelNs: number;
  readonly migrationNs: number;
  /** Servicing CPU and device faults, transfers not included. */
  readonly faultServiceNs: number;
  /** In which the CPU waited for devices to drop entries of their page tables. */
  readonly invalidationNs: number;
}

/** All launches of one kernel. */
export interface KernelSummary {
  readonly name: string;
  readonly launches: number;
  /** Of the first launch. */
  readonly grid: Dimensions;
  readonly block: Dimensions;
  readonly deviceFaults: number;
  readonly file: string | null;
  readonly line: number | null;
}

export interface AllocationSummary {
  readonly id: number;
  readonly kind: AllocationKind;
  readonly address: number;
  readonly bytes: number;
  readonly file: string | null;
  readonly line: number | null;
  readonly name: string | null;
  readonly cpuFaults: number;
  readonly deviceFaults: number;
  readonly migratedBytes: number;
  /** Pages on each node when the program ended, every node of the machine named. */
  readonly finalResidency: Readonly<Record<string, number>>;
}

export interface LineSummary {
  readonly file: string;
  readonly line: number;
  readonly cpuFaults: number;
  readonly deviceFaults: number;
  readonly migratedBytes: number;
}

export interface Summary {
  readonly unifiedMemory: UnifiedMemorySummary;
  readonly explicitCopies: { readonly hostToDevice: ExplicitCopies; readonly deviceToHost: ExplicitCopies };
  readonly time: TimeSummary;
  /** In the order of their first launch. */
  readonly kernels: readonly KernelSummary[];
  /** By id. */
  readonly allocations: readonly AllocationSummary[];
  /** Lines with faults or migrations: most bytes first, then most faults, then by place. */
  readonly lines: readonly LineSummary[];
}

const NO_TALLY: Readonly<Tally> = { cpuFaults: 0, deviceFaults: 0, migratedBytes: 0 };

/** One linear pass over the events. `pageSize` in bytes. */
export function summarize(trace: TraceReader, tables: TraceTables, pageSize: number): Summary {
  const totals = aggregate(trace, tables);
  return {
    unifiedMemory: {
      hostToDevice: { ...totals.migrations.hostToDevice },
      deviceToHost: { ...totals.migrations.deviceToHost },
      deviceToDevice: { ...totals.migrations.deviceToDevice },
      deviceFaults: totals.deviceFaults,
      deviceFaultGroups: totals.faultBatches > 0 ? totals.faultBatches : totals.deviceFaultEvents,
      cpuFaults: totals.cpuFaults,
      evictedBytes: totals.evictedBytes,
      prefetchedBytes: totals.prefetchedBytes,
      thrashingPages: thrashingPages(totals),
      remoteMappings: totals.remoteMappings,
      invalidations: totals.invalidations,
      pinnedBytesPeak: totals.pinnedPagesPeak * pageSize,
    },
    explicitCopies: {
      hostToDevice: explicit(totals.copies.hostToDevice),
      deviceToHost: explicit(totals.copies.deviceToHost),
    },
    time: {
      simulatedNs: Math.round(tables.simulatedNs),
      kernelNs: Math.round(tables.launches.reduce((sum, launch) => sum + (launch.endNs - launch.startNs), 0)),
      migrationNs: Math.round(totals.migrationNs),
      faultServiceNs: Math.round(totals.faultServiceNs),
      invalidationNs: Math.round(totals.invalidationNs),
    },
    kernels: summarizeKernels(tables.launches, totals),
    allocations: tables.allocations
      .map((allocation) => summarizeAllocation(allocation, tables.nodes, totals))
      .sort((a, b) => a.id - b.id),
    lines: summarizeLines(tables, totals),
  };
}

/** Totals of the whole run: the events in the log and those beyond its memory limit. */
function aggregate(trace: TraceReader, tables: TraceTables): Aggregate {
  const kinds = new Map(tables.allocations.map(({ id, kind }) => [id, kind]));
  const counts = countedCpuFaults(tables.cpuFaultScope, (allocation) => kinds.get(allocation));
  const totals = emptyAggregate();
  trace.scan((columns, fromRow, toRow) => accumulate(totals, columns, fromRow, toRow, counts));
  if (tables.overflow !== null) mergeAggregate(totals, tables.overflow);
  return totals;
}

function explicit({ count, totalBytes }: TransferTotals): ExplicitCopies {
  return { count, totalBytes };
}

function summarizeKernels(launches: readonly LaunchRow[], totals: Aggregate): KernelSummary[] {
  const kernels = new Map<string, { first: LaunchRow; launches: number; deviceFaults: number }>();
  for (const launch of launches) {
    const key = JSON.stringify([launch.kernel, launch.file, launch.line]);
    let kernel = kernels.get(key);
    if (kernel === undefined) {
      kernel = { first: launch, launches: 0, deviceFaults: 0 };
      kernels.set(key, kernel);
    }
    kernel.launches += 1;
    kernel.deviceFaults += totals.byLaunch.get(launch.id)?.deviceFaults ?? 0;
  }
  return Array.from(kernels.values(), ({ first, launches: count, deviceFaults }) => ({
    name: first.kernel,
    launches: count,
    grid: first.grid,
    block: first.block,
    deviceFaults,
    file: first.file,
    line: first.line,
  }));
}

function summarizeAllocation(
  allocation: AllocationRow,
  nodes: readonly string[],
  totals: Aggregate,
): AllocationSummary {
  const { cpuFaults, deviceFaults, migratedBytes } = totals.byAllocation.get(allocation.id) ?? NO_TALLY;
  const { id, kind, address, bytes, file, line, name, residencyAtEnd } = allocation;
  return {
    id,
    kind,
    address,
    bytes,
    file,
    line,
    name,
    cpuFaults,
    deviceFaults,
    migratedBytes,
    finalResidency: Object.fromEntries(nodes.map((node, index) => [node, residencyAtEnd[index] ?? 0])),
  };
}

function summarizeLines(tables: TraceTables, totals: Aggregate): LineSummary[] {
  const lines = new Map<string, { file: string; line: number } & Tally>();
  for (const [codeOffset, tally] of totals.byCodeOffset) {
    const location = tables.locations.get(codeOffset);
    if (location === undefined) continue;
    const { file, line } = location;
    const key = `${line}:${file}`;
    const sum = lines.get(key) ?? { file, line, ...NO_TALLY };
    sum.cpuFaults += tally.cpuFaults;
    sum.deviceFaults += tally.deviceFaults;
    sum.migratedBytes += tally.migratedBytes;
    lines.set(key, sum);
  }
  return [...lines.values()].sort(
    (a, b) =>
      b.migratedBytes - a.migratedBytes ||
      b.cpuFaults + b.deviceFaults - (a.cpuFaults + a.deviceFaults) ||
      (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line),
  );
}
