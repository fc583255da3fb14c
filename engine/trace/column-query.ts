/**
 * Recorded events as columns: what `query.ts` tells in rows, for whoever takes millions of them. No object is made for
 * an event.
 *
 * Invariant: entry `i` of every column belongs to the same event.
 */
import { ACCESSES, CAUSES, EVENT_KINDS } from '../memory/event.js';
import { nameOfNode, type ConditionEvent, type ConditionScope } from './condition-scope.js';
import { visitEvents, type EventQuery } from './query.js';
import type { TraceReader } from './reader.js';

/** Each column's array; meanings and units are those of `EventRow`. */
const COLUMN_ARRAYS = {
  number: Float64Array,
  timeNs: Float64Array,
  durationNs: Float64Array,
  extra: Float64Array,
  firstPage: Uint32Array,
  pageCount: Uint32Array,
  launch: Uint32Array,
  allocation: Uint32Array,
  /** Index into `names.kind`. */
  kind: Uint8Array,
  /** Index into `names.node`; likewise `source` and `target`, which are 255 for no node. */
  agent: Uint8Array,
  source: Uint8Array,
  target: Uint8Array,
  /** Index into `names.access`. */
  access: Uint8Array,
  /** Index into `names.cause`. */
  cause: Uint8Array,
} as const;

export type EventColumnName = keyof typeof COLUMN_ARRAYS;

export type EventColumnArrays = {
  readonly [Name in EventColumnName]: InstanceType<(typeof COLUMN_ARRAYS)[Name]>;
};

/** What the small numbers in the columns stand for. */
export interface EventColumnNames {
  readonly kind: readonly string[];
  readonly node: readonly string[];
  readonly access: readonly string[];
  readonly cause: readonly string[];
}

export interface QueriedColumns {
  readonly columns: EventColumnArrays;
  readonly names: EventColumnNames;
  /** As in `EventRows`. */
  readonly more: boolean;
  readonly overflow: number;
}

const COLUMN_NAMES = Object.keys(COLUMN_ARRAYS) as readonly EventColumnName[];
const FIRST_ROOM = 1024;

/** @throws ConditionError for a filter that is no condition, or a kind that does not exist */
export function queryColumns(reader: TraceReader, query: EventQuery, scope: ConditionScope): QueriedColumns {
  let columns = emptyColumns(FIRST_ROOM);
  let count = 0;
  const rest = visitEvents(reader, query, scope, (event) => {
    if (count === columns.number.length) columns = resized(columns, count * 2, count);
    put(columns, count, event);
    count += 1;
  });
  return { columns: resized(columns, count, count), names: namesOf(scope), ...rest };
}

export const NO_EVENT_COLUMNS: QueriedColumns = {
  columns: emptyColumns(0),
  names: { kind: EVENT_KINDS, node: [], access: ACCESSES, cause: CAUSES },
  more: false,
  overflow: 0,
};

function put(columns: EventColumnArrays, at: number, event: ConditionEvent): void {
  columns.number[at] = event.number;
  columns.timeNs[at] = event.timeNs;
  columns.durationNs[at] = event.durationNs;
  columns.extra[at] = event.extra;
  columns.firstPage[at] = event.firstPage;
  columns.pageCount[at] = event.pageCount;
  columns.launch[at] = event.launch;
  columns.allocation[at] = event.allocation;
  columns.kind[at] = event.kind;
  columns.agent[at] = event.agent;
  columns.source[at] = event.source;
  columns.target[at] = event.target;
  columns.access[at] = event.access;
  columns.cause[at] = event.cause;
}

function emptyColumns(length: number): EventColumnArrays {
  const arrays = COLUMN_NAMES.map((name) => [name, new COLUMN_ARRAYS[name](length)] as const);
  return Object.fromEntries(arrays) as unknown as EventColumnArrays;
}

function resized(columns: EventColumnArrays, length: number, count: number): EventColumnArrays {
  const other = emptyColumns(length);
  for (const name of COLUMN_NAMES) other[name].set(columns[name].subarray(0, count));
  return other;
}

function namesOf(scope: ConditionScope): EventColumnNames {
  const node = scope.nodeNames.map((_, index) => nameOfNode(index, scope) ?? 'none');
  return { kind: EVENT_KINDS, node, access: ACCESSES, cause: CAUSES };
}
