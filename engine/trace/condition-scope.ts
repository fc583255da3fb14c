/**
 * What a condition is evaluated over: an event's columns, and the names behind their numbers.
 *
 * Invariant: everything but the names of nodes and drivers is asked for only if the condition needs it, and asked again
 * only when `revision` has changed.
 */
import { NO_NODE, PAGE_SHIFT, nodeName, type NodeId } from '../memory/units.js';
import { NO_ALLOCATION, NO_BLOCK, NO_CODE_OFFSET, NO_LAUNCH, NO_THREAD } from './columns.js';
import type { AllocationRow, Dimensions, LaunchRow, SourceLocation, TraceTables } from './tables.js';

/**
 * An event as the log keeps it; `TraceEvent` is one. On the program's thread it is one object that is filled again for
 * each event, over columns it is a view that moves from row to row.
 */
export interface ConditionEvent {
  readonly number: number;
  readonly timeNs: number;
  readonly durationNs: number;
  readonly kind: number;
  readonly agent: number;
  /** Nodes; `NO_NODE` for none. */
  readonly source: number;
  readonly target: number;
  readonly firstPage: number;
  readonly pageCount: number;
  readonly access: number;
  readonly cause: number;
  readonly driver: number;
  readonly codeOffset: number;
  readonly launch: number;
  readonly block: number;
  readonly thread: number;
  readonly allocation: number;
  readonly extra: number;
}

/** Pages in a row. */
export interface PageRange {
  readonly first: number;
  readonly count: number;
}

/** The names that are known before the program runs: a condition with another one is refused. */
export interface ConditionNames {
  /** By node id and by agent id: `cpu`, `gpu0`, … */
  readonly nodeNames: readonly string[];
  /** By the number in the `driver` column. */
  readonly driverNames: readonly string[];
}

/**
 * The names that come to be while the program runs. Methods are asked on the hot path: they return what they hold and
 * allocate nothing. What is not known is null, or no range.
 */
export interface ConditionScope extends ConditionNames {
  /** Another number as soon as one of the answers below may be another than before. */
  readonly revision: number;
  allocationName(id: number): string | null;
  /** Pages of every allocation so called, freed ones included if events of their time are asked about. */
  allocationRange(name: string): readonly PageRange[];
  /** Pages of a variable's own bytes; asked if no allocation is so called. */
  variableRange?(name: string): readonly PageRange[];
  /** Counted from 1. */
  lineOf(codeOffset: number): number | null;
  fileOf(codeOffset: number): string | null;
  functionOf(codeOffset: number): string | null;
  kernelOf(launch: number): string | null;
  gridOf(launch: number): { readonly grid: Dimensions; readonly block: Dimensions } | null;
}

/** What the description of an event needs besides. */
export interface EventScope extends ConditionScope {
  allocationOf(id: number): AllocationRow | null;
  /** Name of the phase that a `note` event with this `extra` begins. */
  phaseName?(extra: number): string | null;
}

/**
 * The scope of a trace's tables. Tables do not change, so neither does the revision; take a new scope for new tables.
 * @param phases names of the phases that the program marked, in the order of their `note` events
 */
export function scopeOfTables(tables: TraceTables, phases: readonly string[] = []): EventScope {
  const allocations = new Map<number, AllocationRow>();
  const ranges = new Map<string, PageRange[]>();
  for (const allocation of tables.allocations) {
    allocations.set(allocation.id, allocation);
    if (allocation.name === null || allocation.bytes === 0) continue;
    const range = pagesOf(allocation.address, allocation.bytes);
    const known = ranges.get(allocation.name);
    if (known === undefined) ranges.set(allocation.name, [range]);
    else known.push(range);
  }
  const launches = new Map<number, LaunchRow>(tables.launches.map((launch) => [launch.id, launch]));
  const at = (codeOffset: number): SourceLocation | undefined =>
    codeOffset === NO_CODE_OFFSET ? undefined : tables.locations.get(codeOffset);
  return {
    nodeNames: tables.nodes,
    driverNames: tables.drivers,
    revision: 0,
    allocationName: (id) => allocations.get(id)?.name ?? null,
    allocationRange: (name) => ranges.get(name) ?? NO_RANGES,
    allocationOf: (id) => allocations.get(id) ?? null,
    lineOf: (codeOffset) => at(codeOffset)?.line ?? null,
    fileOf: (codeOffset) => at(codeOffset)?.file ?? null,
    functionOf: (codeOffset) => at(codeOffset)?.functionName ?? null,
    kernelOf: (launch) => launches.get(launch)?.kernel ?? null,
    gridOf: (launch) => launches.get(launch) ?? null,
    phaseName: (extra) => phases[extra - 1] ?? null,
  };
}

/** Pages that hold at least one of the bytes. */
export function pagesOf(address: number, bytes: number): PageRange {
  const first = address >>> PAGE_SHIFT;
  return { first, count: bytes === 0 ? 0 : ((address + bytes - 1) >>> PAGE_SHIFT) - first + 1 };
}

/** The name behind a node or agent; null for no node. */
export function nameOfNode(node: number, names: ConditionNames): string | null {
  return node === NO_NODE ? null : (names.nodeNames[node] ?? nodeName(node as NodeId));
}

/** An event without anything, and a scope that knows nothing: for conditions that ask neither. */
export const NO_EVENT: ConditionEvent = {
  number: 0,
  timeNs: 0,
  durationNs: 0,
  kind: 0,
  agent: 0,
  source: NO_NODE,
  target: NO_NODE,
  firstPage: 0,
  pageCount: 0,
  access: 0,
  cause: 0,
  driver: 0,
  codeOffset: NO_CODE_OFFSET,
  launch: NO_LAUNCH,
  block: NO_BLOCK,
  thread: NO_THREAD,
  allocation: NO_ALLOCATION,
  extra: 0,
};

export const NO_SCOPE: ConditionScope = {
  nodeNames: [],
  driverNames: [],
  revision: 0,
  allocationName: () => null,
  allocationRange: () => NO_RANGES,
  lineOf: () => null,
  fileOf: () => null,
  functionOf: () => null,
  kernelOf: () => null,
  gridOf: () => null,
};

const NO_RANGES: readonly PageRange[] = [];
