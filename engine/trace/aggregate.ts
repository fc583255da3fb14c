/**
 * Exact totals of a stretch of the event log, gathered in one linear pass over its columns.
 *
 * Invariant: the totals of two stretches merge to the totals of both. That is what lets the recorder fold events that no
 * longer fit in memory: they lose their place in the log, but are counted in every figure of the summary.
 */
import { Cause, EventKind } from '../memory/event.js';
import { NO_NODE, PAGE_COUNT, SYSTEM_NODE } from '../memory/units.js';
import { NO_ALLOCATION, NO_CODE_OFFSET, NO_LAUNCH, type ChunkColumns } from './columns.js';

export type TransferDirection = 'hostToDevice' | 'deviceToHost' | 'deviceToDevice';

export interface TransferTotals {
  count: number;
  totalBytes: number;
  /** 0 while the count is 0. */
  minBytes: number;
  maxBytes: number;
}

/** What is counted for each code offset, allocation and launch. */
export interface Tally {
  cpuFaults: number;
  /** Pages. */
  deviceFaults: number;
  migratedBytes: number;
}

/** Plain data: travels between threads as a message. Numbers of events unless the name or the comment says otherwise. */
export interface Aggregate {
  readonly migrations: Readonly<Record<TransferDirection, TransferTotals>>;
  readonly copies: Readonly<Record<TransferDirection, TransferTotals>>;
  /** Pages that devices faulted on; a page faulted on twice counts twice. */
  deviceFaults: number;
  deviceFaultEvents: number;
  faultBatches: number;
  /** Faults of the CPU that are counted (cpu-faults.ts). */
  cpuFaults: number;
  evictedBytes: number;
  /** Of the migrated bytes, those whose cause is a prefetch: the driver's own or one the program asked for. */
  prefetchedBytes: number;
  remoteMappings: number;
  invalidations: number;
  /** ns that the CPU waited for devices to drop entries. */
  invalidationNs: number;
  pinnedPagesPeak: number;
  /** ns in `migrate` events. */
  migrationNs: number;
  /** ns in fault events (CPU, device, batch), transfers not included. */
  faultServiceNs: number;
  /** One bit a page: the pages of `thrash` events. */
  readonly thrashing: Uint32Array;
  readonly byCodeOffset: Map<number, Tally>;
  readonly byAllocation: Map<number, Tally>;
  readonly byLaunch: Map<number, Tally>;
}

export function emptyAggregate(): Aggregate {
  return {
    migrations: noTransfers(),
    copies: noTransfers(),
    deviceFaults: 0,
    deviceFaultEvents: 0,
    faultBatches: 0,
    cpuFaults: 0,
    evictedBytes: 0,
    prefetchedBytes: 0,
    remoteMappings: 0,
    invalidations: 0,
    invalidationNs: 0,
    pinnedPagesPeak: 0,
    migrationNs: 0,
    faultServiceNs: 0,
    thrashing: new Uint32Array(PAGE_COUNT / 32),
    byCodeOffset: new Map(),
    byAllocation: new Map(),
    byLaunch: new Map(),
  };
}

/** Whether a fault of the CPU is counted. @param source node of the page when it faulted */
export type CountsCpuFault = (allocation: number, source: number) => boolean;

/** Adds rows `from` … `to - 1` of a chunk. */
export function accumulate(
  into: Aggregate,
  columns: ChunkColumns,
  from: number,
  to: number,
  countsCpuFault: CountsCpuFault,
): void {
  for (let row = from; row < to; row += 1) {
    switch (columns.kind[row]) {
      case EventKind.cpuFault:
        into.faultServiceNs += columns.durationNs[row]!;
        if (!countsCpuFault(columns.allocation[row]!, columns.source[row]!)) break;
        into.cpuFaults += 1;
        tally(into, columns, row, 1, 0, 0);
        break;
      case EventKind.deviceFault:
        into.faultServiceNs += columns.durationNs[row]!;
        into.deviceFaultEvents += 1;
        into.deviceFaults += columns.pageCount[row]!;
        tally(into, columns, row, 0, columns.pageCount[row]!, 0);
        break;
      case EventKind.faultBatch:
        into.faultServiceNs += columns.durationNs[row]!;
        into.faultBatches += 1;
        break;
      case EventKind.migrate:
        into.migrationNs += columns.durationNs[row]!;
        if (columns.cause[row] === Cause.prefetch) into.prefetchedBytes += columns.extra[row]!;
        addTransfer(into.migrations, columns, row);
        tally(into, columns, row, 0, 0, columns.extra[row]!);
        break;
      case EventKind.copy:
        addTransfer(into.copies, columns, row);
        break;
      case EventKind.evict:
        into.evictedBytes += columns.extra[row]!;
        break;
      case EventKind.remoteMap:
        into.remoteMappings += 1;
        break;
      case EventKind.invalidate:
        into.invalidations += 1;
        into.invalidationNs += columns.durationNs[row]!;
        break;
      case EventKind.pin:
        into.pinnedPagesPeak = Math.max(into.pinnedPagesPeak, columns.extra[row]!);
        break;
      case EventKind.thrash:
        setPages(into.thrashing, columns.firstPage[row]!, columns.pageCount[row]!);
        break;
      default:
        break;
    }
  }
}

/** Adds `from`, gathered over other events, to `into`. */
export function mergeAggregate(into: Aggregate, from: Aggregate): void {
  for (const direction of ['hostToDevice', 'deviceToHost', 'deviceToDevice'] as const) {
    mergeTransfers(into.migrations[direction], from.migrations[direction]);
    mergeTransfers(into.copies[direction], from.copies[direction]);
  }
  into.deviceFaults += from.deviceFaults;
  into.deviceFaultEvents += from.deviceFaultEvents;
  into.faultBatches += from.faultBatches;
  into.cpuFaults += from.cpuFaults;
  into.evictedBytes += from.evictedBytes;
  into.prefetchedBytes += from.prefetchedBytes;
  into.remoteMappings += from.remoteMappings;
  into.invalidations += from.invalidations;
  into.invalidationNs += from.invalidationNs;
  into.pinnedPagesPeak = Math.max(into.pinnedPagesPeak, from.pinnedPagesPeak);
  into.migrationNs += from.migrationNs;
  into.faultServiceNs += from.faultServiceNs;
  for (const [word, bits] of from.thrashing.entries()) into.thrashing[word]! |= bits;
  mergeTallies(into.byCodeOffset, from.byCodeOffset);
  mergeTallies(into.byAllocation, from.byAllocation);
  mergeTallies(into.byLaunch, from.byLaunch);
}

/** Number of distinct pages of `thrash` events. */
export function thrashingPages(aggregate: Aggregate): number {
  let pages = 0;
  for (let bits of aggregate.thrashing) {
    for (; bits !== 0; bits &= bits - 1) pages += 1;
  }
  return pages;
}

function noTransfers(): Record<TransferDirection, TransferTotals> {
  const none = (): TransferTotals => ({ count: 0, totalBytes: 0, minBytes: 0, maxBytes: 0 });
  return { hostToDevice: none(), deviceToHost: none(), deviceToDevice: none() };
}

/** Transfers within one node, or from nowhere, have no direction that a profiler would count. */
function addTransfer(into: Aggregate['migrations'], columns: ChunkColumns, row: number): void {
  const source = columns.source[row]!;
  const target = columns.target[row]!;
  if (source === target || source === NO_NODE || target === NO_NODE) return;
  const totals =
    source === SYSTEM_NODE ? into.hostToDevice : target === SYSTEM_NODE ? into.deviceToHost : into.deviceToDevice;
  const bytes = columns.extra[row]!;
  totals.minBytes = totals.count === 0 ? bytes : Math.min(totals.minBytes, bytes);
  totals.maxBytes = Math.max(totals.maxBytes, bytes);
  totals.totalBytes += bytes;
  totals.count += 1;
}

function mergeTransfers(into: TransferTotals, from: TransferTotals): void {
  if (from.count === 0) return;
  into.minBytes = into.count === 0 ? from.minBytes : Math.min(into.minBytes, from.minBytes);
  into.maxBytes = Math.max(into.maxBytes, from.maxBytes);
  into.totalBytes += from.totalBytes;
  into.count += from.count;
}

function tally(
  into: Aggregate,
  columns: ChunkColumns,
  row: number,
  cpuFaults: number,
  deviceFaults: number,
  migratedBytes: number,
): void {
  const codeOffset = columns.codeOffset[row]!;
  const allocation = columns.allocation[row]!;
  const launch = columns.launch[row]!;
  if (codeOffset !== NO_CODE_OFFSET)
    add(tallyOf(into.byCodeOffset, codeOffset), cpuFaults, deviceFaults, migratedBytes);
  if (allocation !== NO_ALLOCATION) add(tallyOf(into.byAllocation, allocation), cpuFaults, deviceFaults, migratedBytes);
  if (launch !== NO_LAUNCH) add(tallyOf(into.byLaunch, launch), cpuFaults, deviceFaults, migratedBytes);
}

function tallyOf(tallies: Map<number, Tally>, key: number): Tally {
  let found = tallies.get(key);
  if (found === undefined) {
    found = { cpuFaults: 0, deviceFaults: 0, migratedBytes: 0 };
    tallies.set(key, found);
  }
  return found;
}

function add(into: Tally, cpuFaults: number, deviceFaults: number, migratedBytes: number): void {
  into.cpuFaults += cpuFaults;
  into.deviceFaults += deviceFaults;
  into.migratedBytes += migratedBytes;
}

function mergeTallies(into: Map<number, Tally>, from: ReadonlyMap<number, Tally>): void {
  for (const [key, { cpuFaults, deviceFaults, migratedBytes }] of from) {
    add(tallyOf(into, key), cpuFaults, deviceFaults, migratedBytes);
  }
}

function setPages(bits: Uint32Array, firstPage: number, pageCount: number): void {
  const end = Math.min(firstPage + pageCount, PAGE_COUNT);
  for (let page = firstPage; page < end; page += 1) bits[page >>> 5]! |= 1 << (page & 31);
}
