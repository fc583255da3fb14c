/**
 * Questions about the event log: rows that meet a filter, totals of them, the history of a page.
 *
 * Invariants: columns are scanned chunk by chunk and no object is made for a row that is not an answer; rows come in the
 * order of their numbers. The log keeps events up to its memory limit: answers say how many came after that
 * (`overflow`) and so could not be looked at.
 */
import { ACCESSES, CAUSES, EVENT_KINDS } from '../memory/event.js';
import { NO_ALLOCATION, NO_BLOCK, NO_CODE_OFFSET, NO_LAUNCH, NO_THREAD, type ChunkColumns } from './columns.js';
import { compileCondition } from './condition.js';
import { ConditionError, didYouMean, quote } from './condition-error.js';
import { nameOfNode, type ConditionEvent, type ConditionScope } from './condition-scope.js';
import { eventBytes } from './event-values.js';
import type { TraceReader } from './reader.js';
import { RowCursor } from './row-cursor.js';

/** One event with the names behind its numbers. */
export interface EventRow {
  readonly number: number;
  /** Simulated. */
  readonly timeNs: number;
  readonly durationNs: number;
  /** One of EVENT_KINDS; likewise `access` and `cause`. */
  readonly kind: string;
  /** `cpu`, `gpu0`, …; likewise `source` and `target`, which are null for no node. */
  readonly agent: string;
  readonly source: string | null;
  readonly target: string | null;
  readonly firstPage: number;
  readonly pageCount: number;
  readonly access: string;
  readonly cause: string;
  readonly codeOffset: number | null;
  readonly path: string | null;
  readonly line: number | null;
  /** 0 if none; likewise `allocation`. */
  readonly launch: number;
  /** Linear indices; without a block, `thread` is the host's. */
  readonly block: number | null;
  readonly thread: number | null;
  readonly allocation: number;
  /** Depends on the kind: see EventKind. */
  readonly extra: number;
}

/** Every condition must hold; an absent one always does. */
export interface EventQuery {
  /** Of the condition language. */
  readonly filter?: string;
  /** Of EVENT_KINDS. */
  readonly kinds?: readonly string[];
  /** Event numbers, `to` excluded. */
  readonly from?: number;
  readonly to?: number;
  /** Events that touch one of these pages. */
  readonly pages?: { readonly first: number; readonly count: number };
  /** At most so many rows; 1000 if absent, 100000 at most. */
  readonly limit?: number;
}

export interface EventRows {
  /** In the order of their numbers. */
  readonly rows: EventRow[];
  /** Whether the log has more that meet the query, behind the last row. */
  readonly more: boolean;
  /** Events within the query's numbers that the log no longer kept. */
  readonly overflow: number;
}

export type AggregateBy = 'kind' | 'line' | 'allocation' | 'launch';

export interface EventAggregate {
  /** A kind's name, `path:line`, or an allocation's or a launch's id; empty for events without one. */
  readonly key: string;
  /** For a person: a kind, a line, a name, a kernel. */
  readonly label: string;
  readonly events: number;
  /** A page counts at each event. */
  readonly pages: number;
  readonly bytes: number;
  readonly durationNs: number;
}

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 100_000;
/** Events looked at in one go: a query that has its rows looks at no more of the log than it needs. */
const STEP = 1 << 16;

/** @throws ConditionError for a filter that is no condition, or a kind that does not exist */
export function queryEvents(reader: TraceReader, query: EventQuery, scope: ConditionScope): EventRows {
  const rows: EventRow[] = [];
  const rest = visitEvents(reader, query, scope, (event) => rows.push(rowOf(event, scope)));
  return { rows, ...rest };
}

/**
 * Calls `visit` for each event that meets the query, in the order of their numbers; the event is valid during the call.
 * @throws ConditionError as {@link queryEvents} does
 */
export function visitEvents(
  reader: TraceReader,
  query: EventQuery,
  scope: ConditionScope,
  visit: (event: ConditionEvent) => void,
): Pick<EventRows, 'more' | 'overflow'> {
  const limit = bounded(query.limit, DEFAULT_LIMIT, MAX_LIMIT);
  const { from, to } = numbersOf(query);
  const cursor = new RowCursor();
  const matches = rowTest(query, cursor, scope);
  let found = 0;
  // One event beyond the limit says that there are more.
  for (let start = from; start < Math.min(to, reader.length) && found <= limit; start += STEP) {
    reader.scan(
      (columns, fromRow, toRow, firstEvent) => {
        cursor.open(columns, firstEvent);
        for (let row = fromRow; row < toRow && found <= limit; row += 1) {
          if (!matches(columns, row)) continue;
          found += 1;
          if (found <= limit) visit(cursor.at(row));
        }
      },
      start,
      Math.min(to, start + STEP),
    );
  }
  return { more: found > limit, overflow: overflowOf(reader, from, to) };
}

/**
 * Totals of the events that meet the query, its limit aside: most bytes first, then most events.
 * @throws ConditionError as {@link queryEvents} does
 */
export function aggregateEvents(
  reader: TraceReader,
  query: EventQuery,
  by: AggregateBy,
  scope: ConditionScope,
): EventAggregate[] {
  const { from, to } = numbersOf(query);
  const cursor = new RowCursor();
  const matches = rowTest(query, cursor, scope);
  const column = GROUP_COLUMNS[by];
  const groups = new Map<number, Totals>();
  reader.scan(
    (columns, fromRow, toRow, firstEvent) => {
      cursor.open(columns, firstEvent);
      const ids = columns[column];
      for (let row = fromRow; row < toRow; row += 1) {
        if (!matches(columns, row)) continue;
        const id = ids[row]!;
        let totals = groups.get(id);
        if (totals === undefined) groups.set(id, (totals = noTotals()));
        const pageCount = columns.pageCount[row]!;
        totals.events += 1;
        totals.pages += pageCount;
        totals.bytes += eventBytes(columns.kind[row]!, pageCount, columns.extra[row]!);
        totals.durationNs += columns.durationNs[row]!;
      }
    },
    from,
    to,
  );
  return aggregatesOf(groups, by, scope);
}

/** The last `limit` events that touch a page, in the order of their numbers: what became of it is at the end. */
export function pageHistory(reader: TraceReader, page: number, limit: number, scope: ConditionScope): EventRow[] {
  const wanted = bounded(limit, DEFAULT_LIMIT, MAX_LIMIT);
  // Newest first while going back.
  const newest: EventRow[] = [];
  for (let end = reader.length; end > 0 && newest.length < wanted; end -= STEP) {
    const found: number[] = [];
    reader.scan(
      ({ firstPage, pageCount }, fromRow, toRow, firstEvent) => {
        for (let row = fromRow; row < toRow; row += 1) {
          const offset = page - firstPage[row]!;
          if (offset >= 0 && offset < pageCount[row]!) found.push(firstEvent + row);
        }
      },
      Math.max(0, end - STEP),
      end,
    );
    for (let index = found.length - 1; index >= 0 && newest.length < wanted; index -= 1) {
      newest.push(rowOf(reader.event(found[index]!), scope));
    }
  }
  return newest.reverse();
}

/** Events with numbers of the query that were recorded beyond the log's memory limit. */
function overflowOf(reader: TraceReader, from: number, to: number): number {
  return Math.max(0, Math.min(to, reader.recorded) - Math.max(from, reader.length));
}

function numbersOf({ from = 0, to = Number.POSITIVE_INFINITY }: EventQuery): { from: number; to: number } {
  return { from: Math.max(0, Math.floor(from)) || 0, to };
}

function bounded(limit: number | undefined, absent: number, most: number): number {
  return limit === undefined || Number.isNaN(limit) ? absent : Math.min(most, Math.max(0, Math.floor(limit)));
}

/** The cheap conditions look at their column alone; only rows that pass them reach the filter. */
function rowTest(
  query: EventQuery,
  cursor: RowCursor,
  scope: ConditionScope,
): (columns: ChunkColumns, row: number) => boolean {
  const kinds = query.kinds === undefined ? null : kindTable(query.kinds);
  const first = query.pages?.first ?? 0;
  const end = query.pages === undefined ? Number.POSITIVE_INFINITY : first + query.pages.count;
  const byPages = query.pages !== undefined;
  const filter = query.filter?.trim() ?? '';
  const condition = filter === '' ? null : compileCondition(filter, scope).matches;
  if (end <= first) return () => false;
  return (columns, row) => {
    if (kinds !== null && kinds[columns.kind[row]!] === 0) return false;
    if (byPages) {
      const firstPage = columns.firstPage[row]!;
      const pageCount = columns.pageCount[row]!;
      if (pageCount === 0 || firstPage >= end || firstPage + pageCount <= first) return false;
    }
    return condition === null || condition(cursor.at(row), scope);
  };
}

/** A sentence that names all is longer than a person reads. */
const KINDS_SHOWN = 12;

function kindTable(kinds: readonly string[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const kind of kinds) {
    const index = (EVENT_KINDS as readonly string[]).indexOf(kind);
    if (index === -1) {
      const some = `${EVENT_KINDS.slice(0, KINDS_SHOWN).join(', ')} and more (docs/conditions.md)`;
      throw new ConditionError(
        0,
        `${quote(kind)} is not a kind of event${didYouMean(kind, EVENT_KINDS)}: possible are ${some}`,
      );
    }
    table[index] = 1;
  }
  return table;
}

const GROUP_COLUMNS = {
  kind: 'kind',
  line: 'codeOffset',
  allocation: 'allocation',
  launch: 'launch',
} as const satisfies Record<AggregateBy, keyof ChunkColumns>;

interface Totals {
  events: number;
  pages: number;
  bytes: number;
  durationNs: number;
}

function noTotals(): Totals {
  return { events: 0, pages: 0, bytes: 0, durationNs: 0 };
}

/** Names the groups; code offsets of one line become one group. */
function aggregatesOf(groups: ReadonlyMap<number, Totals>, by: AggregateBy, scope: ConditionScope): EventAggregate[] {
  const named = new Map<string, Totals & { readonly key: string; readonly label: string }>();
  for (const [id, totals] of groups) {
    const { key, label } = groupName(id, by, scope);
    let sum = named.get(key);
    if (sum === undefined) named.set(key, (sum = { key, label, ...noTotals() }));
    sum.events += totals.events;
    sum.pages += totals.pages;
    sum.bytes += totals.bytes;
    sum.durationNs += totals.durationNs;
  }
  return [...named.values()].sort(
    (a, b) => b.bytes - a.bytes || b.events - a.events || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0),
  );
}

function groupName(id: number, by: AggregateBy, scope: ConditionScope): { key: string; label: string } {
  switch (by) {
    case 'kind': {
      const kind = EVENT_KINDS[id] ?? String(id);
      return { key: kind, label: kind };
    }
    case 'line': {
      const path = id === NO_CODE_OFFSET ? null : scope.fileOf(id);
      const line = id === NO_CODE_OFFSET ? null : scope.lineOf(id);
      const key = path === null || line === null ? '' : `${path}:${line}`;
      return { key, label: key === '' ? 'no source line' : key };
    }
    case 'allocation':
      if (id === NO_ALLOCATION) return { key: '', label: 'no allocation' };
      return { key: String(id), label: scope.allocationName(id) ?? `allocation ${id}` };
    case 'launch':
      if (id === NO_LAUNCH) return { key: '', label: 'no launch' };
      return { key: String(id), label: `${scope.kernelOf(id) ?? 'kernel'} (launch ${id})` };
  }
}

function rowOf(event: ConditionEvent, scope: ConditionScope): EventRow {
  const codeOffset = event.codeOffset === NO_CODE_OFFSET ? null : event.codeOffset;
  return {
    number: event.number,
    timeNs: event.timeNs,
    durationNs: event.durationNs,
    kind: EVENT_KINDS[event.kind] ?? String(event.kind),
    agent: nameOfNode(event.agent, scope) ?? 'none',
    source: nameOfNode(event.source, scope),
    target: nameOfNode(event.target, scope),
    firstPage: event.firstPage,
    pageCount: event.pageCount,
    access: ACCESSES[event.access] ?? String(event.access),
    cause: CAUSES[event.cause] ?? String(event.cause),
    codeOffset,
    path: codeOffset === null ? null : scope.fileOf(codeOffset),
    line: codeOffset === null ? null : scope.lineOf(codeOffset),
    launch: event.launch,
    block: event.block === NO_BLOCK ? null : event.block,
    thread: event.thread === NO_THREAD ? null : event.thread,
    allocation: event.allocation,
    extra: event.extra,
  };
}
