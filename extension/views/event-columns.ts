/**
 * Recorded events as columns, for pictures of all of them: which lane an event is in, when it begins and how long it takes, and what is in use on each node
 * along the way. Filled from rows in the order of their numbers.
 *
 * Invariants: no object is kept for an event; starts never decrease within a lane; a kernel is one event, from its launch to its end.
 */
import type { EventRow } from '../../engine/index.js';
import { PAGE_COUNT, PAGE_SIZE, type LANES } from '../../media/messages.js';
import { Column } from './column.js';

export type LaneKind = (typeof LANES)[number];

export interface LaneColumns {
  readonly kind: LaneKind;
  /** `cpu`, `gpu0`, …: lanes of one kind are told apart by it. */
  readonly agent: string;
  /** Row in the store, in the order of starts. */
  readonly rows: Column<Uint32Array>;
  /** The longest event so far: how far back one may reach. */
  longestNs: number;
}

/** Bytes in use on a node, or moved by then, at each time that it changed. */
export interface Curve {
  readonly timesNs: Column<Float64Array>;
  readonly values: Column<Float64Array>;
}

const NO_NODE = 255;

/** In the order in which they are drawn. */
const ORDER: readonly LaneKind[] = [
  'thread',
  'kernel',
  'fault',
  'batch',
  'migrateIn',
  'migrateOut',
  'evict',
  'prefetch',
  'other',
];

export class EventColumns {
  readonly numbers = new Column(Float64Array);
  readonly startsNs = new Column(Float64Array);
  readonly durationsNs = new Column(Float64Array);
  readonly bytes = new Column(Float64Array);
  /** Index into `texts`: what is written on its bar. */
  readonly textOf = new Column(Uint32Array);
  readonly laneOf = new Column(Uint8Array);
  readonly texts: string[] = [''];
  private readonly textIndex = new Map<string, number>([['', 0]]);
  private readonly laneIndex = new Map<string, number>();
  private readonly unsorted: LaneColumns[] = [];
  /** By node: bytes in use. */
  readonly inUse: readonly Curve[];
  /** By node: bytes that came to it from another one. */
  readonly moved: readonly Curve[];
  /** Kernels that have been launched and have not ended: row by launch. */
  private readonly running = new Map<number, number>();
  /** Row by launch. */
  private readonly launches = new Map<number, number>();
  private readonly node = new Uint8Array(PAGE_COUNT).fill(NO_NODE);
  private readonly used: number[];
  private end = 0;
  /** Events that were looked at, which is more than there are rows: a kernel's end is none of its own. */
  private next = 0;

  constructor(private readonly nodes: readonly string[]) {
    const curves = (): Curve[] =>
      nodes.map(() => ({ timesNs: new Column(Float64Array), values: new Column(Float64Array) }));
    this.inUse = curves();
    this.moved = curves();
    this.used = nodes.map(() => 0);
  }

  get length(): number {
    return this.numbers.length;
  }

  /** The number of the first event that is not here. */
  get nextNumber(): number {
    return this.next;
  }

  get endNs(): number {
    return this.end;
  }

  /** Before this time, nothing changes any more. */
  get settledNs(): number {
    return Math.min(this.end, ...[...this.running.values()].map((row) => this.startsNs.at(row)));
  }

  /** In the order in which they are drawn. */
  get lanes(): LaneColumns[] {
    return [...this.unsorted].sort(
      (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || (a.agent < b.agent ? -1 : a.agent > b.agent ? 1 : 0),
    );
  }

  /** By what `laneOf` says. */
  storedLane(index: number): LaneColumns {
    return this.unsorted[index]!;
  }

  add(row: EventRow): void {
    this.next = row.number + 1;
    this.end = Math.max(this.end, row.timeNs + row.durationNs);
    if (row.kind === 'complete') {
      this.completed(row);
      return;
    }
    this.account(row);
    const kind = laneOf(row);
    const agent =
      kind === 'migrateIn' ? (row.target ?? row.agent) : kind === 'migrateOut' ? (row.source ?? row.agent) : row.agent;
    const lane = this.lane(kind, kind === 'other' ? '' : agent);
    const at = this.length;
    this.numbers.push(row.number);
    this.startsNs.push(row.timeNs);
    this.durationsNs.push(row.durationNs);
    this.bytes.push(
      row.kind === 'migrate' || row.kind === 'evict' || row.kind === 'copy' ? row.extra : row.pageCount * PAGE_SIZE,
    );
    this.textOf.push(this.text(kind === 'kernel' ? '' : row.kind));
    this.laneOf.push(lane);
    const columns = this.unsorted[lane]!;
    columns.rows.push(at);
    columns.longestNs = Math.max(columns.longestNs, row.durationNs);
    if (kind === 'kernel') {
      this.running.set(row.launch, at);
      this.launches.set(row.launch, at);
      columns.longestNs = Number.POSITIVE_INFINITY;
    }
  }

  /** Kernels that have not ended last until now. */
  untilNow(): void {
    for (const row of this.running.values()) this.durationsNs.set(row, this.end - this.startsNs.at(row));
  }

  /** What is written on the bars of launches: their kernels, without parameters. */
  nameLaunches(kernels: ReadonlyMap<number, string>): void {
    for (const [launch, row] of this.launches) {
      this.textOf.set(row, this.text((kernels.get(launch) ?? '').replace(/\(.*$/, '')));
    }
  }

  /** The row of an event; of a kernel's end, none. */
  rowOf(number: number): number {
    const row = this.numbers.lowerBound(number);
    return this.numbers.at(row) === number ? row : -1;
  }

  private completed({ launch, timeNs }: EventRow): void {
    const row = this.running.get(launch);
    if (row === undefined) return;
    this.durationsNs.set(row, timeNs - this.startsNs.at(row));
    this.running.delete(launch);
  }

  private lane(kind: LaneKind, agent: string): number {
    const key = `${kind} ${agent}`;
    let index = this.laneIndex.get(key);
    if (index === undefined) {
      index = this.unsorted.push({ kind, agent, rows: new Column(Uint32Array), longestNs: 0 }) - 1;
      this.laneIndex.set(key, index);
    }
    return index;
  }

  private text(text: string): number {
    let index = this.textIndex.get(text);
    if (index === undefined) {
      index = this.texts.push(text) - 1;
      this.textIndex.set(text, index);
    }
    return index;
  }

  /** What is in use where: pages appear where they are first touched, move, and go when they are unmapped. */
  private account({ kind, source, target, firstPage, pageCount, timeNs, durationNs, extra }: EventRow): void {
    const end = Math.min(PAGE_COUNT, firstPage + pageCount);
    if (kind === 'unmap') {
      this.place(firstPage, end, NO_NODE, timeNs);
    } else if (kind === 'migrate') {
      const to = this.nodes.indexOf(target ?? '');
      if (to === -1) return;
      this.place(firstPage, end, to, timeNs);
      const { timesNs, values } = this.moved[to]!;
      const before = values.length === 0 ? 0 : values.at(values.length - 1);
      // A transfer is a slope: bytes arrive while it lasts.
      timesNs.push(timeNs);
      values.push(before);
      timesNs.push(timeNs + durationNs);
      values.push(before + extra);
    } else if ((kind === 'cpuFault' || kind === 'deviceFault') && source === null && target !== null) {
      this.place(firstPage, end, this.nodes.indexOf(target), timeNs);
    }
  }

  private place(first: number, end: number, to: number, timeNs: number): void {
    const before = [...this.used];
    for (let page = first; page < end; page += 1) {
      const from = this.node[page]!;
      if (from !== NO_NODE) this.used[from]! -= PAGE_SIZE;
      if (to !== NO_NODE) this.used[to]! += PAGE_SIZE;
      this.node[page] = to;
    }
    for (const [node, bytes] of this.used.entries()) {
      if (bytes === before[node]) continue;
      this.inUse[node]!.timesNs.push(timeNs);
      this.inUse[node]!.values.push(bytes);
    }
  }
}

function laneOf({ kind, cause, target }: EventRow): LaneKind {
  switch (kind) {
    case 'launch':
      return 'kernel';
    case 'cpuFault':
    case 'deviceFault':
    case 'fatalFault':
      return 'fault';
    case 'faultBatch':
      return 'batch';
    case 'migrate':
      if (cause === 'prefetch') return 'prefetch';
      return target === 'cpu' ? 'migrateOut' : 'migrateIn';
    case 'evict':
      return 'evict';
    case 'prefetch':
      return 'prefetch';
    case 'copy':
    case 'sync':
    case 'allocate':
    case 'free':
    case 'note':
      return 'thread';
    default:
      return 'other';
  }
}
