/**
 * Reads the event log, on any thread, also while it is being written.
 *
 * Invariant: an event's number is its index, and no event is visible before its chunk is known here and its count is
 * published. Nothing is copied: aggregates scan the columns in place.
 */
import type { Access, Cause, EventKind } from '../memory/event.js';
import type { AgentId, NodeId, PageIndex } from '../memory/units.js';
import { TraceHeader, viewChunk, type ChunkColumns } from './columns.js';

/** One event as an object; for what a person looks at, not for loops over millions. */
export interface TraceEvent {
  readonly number: number;
  readonly timeNs: number;
  readonly durationNs: number;
  readonly kind: EventKind;
  readonly agent: AgentId;
  readonly source: NodeId;
  readonly target: NodeId;
  readonly firstPage: PageIndex;
  readonly pageCount: number;
  readonly access: Access;
  readonly cause: Cause;
  readonly driver: number;
  readonly codeOffset: number;
  readonly launch: number;
  readonly block: number;
  readonly thread: number;
  readonly allocation: number;
  readonly extra: number;
}

/** Every condition must hold; an absent one always does. Ranges include `from` and exclude `to`. */
export interface EventFilter {
  readonly kinds?: readonly EventKind[];
  readonly agent?: AgentId;
  /** Events that touch one of these pages. */
  readonly pages?: { readonly from: number; readonly to: number };
  /** Events that begin in this time, ns. */
  readonly timeNs?: { readonly from: number; readonly to: number };
  /** Event numbers. */
  readonly events?: { readonly from: number; readonly to: number };
  readonly allocation?: number;
  readonly launch?: number;
  readonly codeOffset?: number;
}

export class TraceReader {
  readonly #header: TraceHeader;
  readonly #shift: number;
  readonly #mask: number;
  readonly #chunks: ChunkColumns[] = [];
  readonly #buffers: SharedArrayBuffer[] = [];

  constructor(header: SharedArrayBuffer, chunks: Iterable<SharedArrayBuffer> = []) {
    this.#header = TraceHeader.open(header);
    this.#shift = this.#header.chunkShift;
    this.#mask = 2 ** this.#shift - 1;
    for (const chunk of chunks) this.addChunk(chunk);
  }

  /** The recorder's next chunk, in the order in which it opened them. */
  addChunk(chunk: SharedArrayBuffer): void {
    this.#chunks.push(viewChunk(chunk, this.#shift));
    this.#buffers.push(chunk);
  }

  /** Events that can be read. Grows while the program runs. */
  get length(): number {
    return Math.min(this.#header.retained, this.#chunks.length * 2 ** this.#shift);
  }

  /** Events that happened: more than `length` once the recorder has reached its memory limit. */
  get recorded(): number {
    return this.#header.recorded;
  }

  /** What another reader on another thread is built from. */
  get buffers(): { readonly header: SharedArrayBuffer; readonly chunks: readonly SharedArrayBuffer[] } {
    return { header: this.#header.buffer, chunks: this.#buffers };
  }

  timeNs(event: number): number {
    return this.#columnsOf(event).timeNs[event & this.#mask]!;
  }

  kind(event: number): EventKind {
    return this.#columnsOf(event).kind[event & this.#mask]! as EventKind;
  }

  firstPage(event: number): PageIndex {
    return this.#columnsOf(event).firstPage[event & this.#mask]! as PageIndex;
  }

  /** Throws a `RangeError` for a number that is not below `length`. */
  event(number: number): TraceEvent {
    if (!Number.isInteger(number) || number < 0 || number >= this.length) {
      throw new RangeError(`The trace has ${this.length} events; there is no event ${number}.`);
    }
    const columns = this.#columnsOf(number);
    const row = number & this.#mask;
    return {
      number,
      timeNs: columns.timeNs[row]!,
      durationNs: columns.durationNs[row]!,
      kind: columns.kind[row]! as EventKind,
      agent: columns.agent[row]! as AgentId,
      source: columns.source[row]! as NodeId,
      target: columns.target[row]! as NodeId,
      firstPage: columns.firstPage[row]! as PageIndex,
      pageCount: columns.pageCount[row]!,
      access: columns.access[row]! as Access,
      cause: columns.cause[row]! as Cause,
      driver: columns.driver[row]!,
      codeOffset: columns.codeOffset[row]!,
      launch: columns.launch[row]!,
      block: columns.block[row]!,
      thread: columns.thread[row]!,
      allocation: columns.allocation[row]!,
      extra: columns.extra[row]!,
    };
  }

  /**
   * Hands out the columns chunk by chunk, in order, with the rows that hold events `from` … `to - 1`. `firstEvent` is the
   * number of the event in row 0. The way to write an aggregate over millions of events.
   */
  scan(
    visit: (columns: ChunkColumns, fromRow: number, toRow: number, firstEvent: number) => void,
    from = 0,
    to = Number.POSITIVE_INFINITY,
  ): void {
    const end = Math.min(to, this.length);
    let event = Math.max(0, from);
    while (event < end) {
      const fromRow = event & this.#mask;
      const firstEvent = event - fromRow;
      const toRow = Math.min(this.#mask + 1, end - firstEvent);
      visit(this.#columnsOf(event), fromRow, toRow, firstEvent);
      event = firstEvent + toRow;
    }
  }

  /** Numbers of the events that pass the filter, ascending. Sees events recorded until it reaches the end. */
  *select(filter: EventFilter): Generator<number, void, undefined> {
    const matches = compile(filter);
    const to = filter.events?.to ?? Number.POSITIVE_INFINITY;
    for (let event = Math.max(0, filter.events?.from ?? 0); event < Math.min(to, this.length); event += 1) {
      if (matches(this.#columnsOf(event), event & this.#mask)) yield event;
    }
  }

  /** How many events pass the filter. */
  count(filter: EventFilter): number {
    const matches = compile(filter);
    let count = 0;
    this.scan(
      (columns, fromRow, toRow) => {
        for (let row = fromRow; row < toRow; row += 1) if (matches(columns, row)) count += 1;
      },
      filter.events?.from,
      filter.events?.to,
    );
    return count;
  }

  #columnsOf(event: number): ChunkColumns {
    const columns = this.#chunks[event >>> this.#shift];
    if (columns === undefined) throw new RangeError(`The trace has ${this.length} events; there is no event ${event}.`);
    return columns;
  }
}

/** The conditions on one row; the range of event numbers is the caller's. */
function compile(filter: EventFilter): (columns: ChunkColumns, row: number) => boolean {
  const wanted = filter.kinds === undefined ? null : kindSet(filter.kinds);
  const { pages, timeNs, agent, allocation, launch, codeOffset } = filter;
  return (columns, row) =>
    (wanted === null || wanted[columns.kind[row]!] === 1) &&
    (agent === undefined || columns.agent[row] === agent) &&
    (allocation === undefined || columns.allocation[row] === allocation) &&
    (launch === undefined || columns.launch[row] === launch) &&
    (codeOffset === undefined || columns.codeOffset[row] === codeOffset) &&
    (timeNs === undefined || (columns.timeNs[row]! >= timeNs.from && columns.timeNs[row]! < timeNs.to)) &&
    (pages === undefined ||
      (columns.firstPage[row]! < pages.to && columns.firstPage[row]! + columns.pageCount[row]! > pages.from));
}

function kindSet(kinds: readonly EventKind[]): Uint8Array {
  const wanted = new Uint8Array(256);
  for (const kind of kinds) wanted[kind] = 1;
  return wanted;
}
