/**
 * Recorded events as columns, for pictures of all of them: which lane an event is in, when it begins and how long it takes, and what is in use on each node
 * along the way. Filled from blocks of columns in the order of their numbers.
 *
 * Invariants: no object is kept for an event; starts never decrease within a lane, nor times within a curve, though events that a device does while
 * the host goes on come before earlier ones of the host's; a kernel is one event, from its launch to its end.
 */
import type { EventColumnNames, QueriedColumns } from '../../engine/index.js';
import { PAGE_COUNT, PAGE_SIZE, type LANES } from '../../media/messages.js';
import { Column } from './column.js';
import { Curve } from './curve.js';

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

/** What was moved from one node to another, by migration or by copying. */
export interface Transfers {
  bytes: number;
  transfers: number;
  /** ns */
  busyNs: number;
}

const NO_NODE = 255;
/** An event that puts no page anywhere, or moves none. */
const NOWHERE = -1;

interface Named {
  readonly kind: string;
  readonly cause: string;
  readonly agent: string;
  readonly source: string | null;
  readonly target: string | null;
}

interface Sort {
  readonly kind: string;
  readonly lane: number;
  readonly text: number;
  readonly extraIsBytes: boolean;
  /** Happens on the host only, at its time. */
  readonly ofHost: boolean;
  /** Node where its pages are afterwards; `NO_NODE` if they are gone. */
  readonly places: number;
  /** Node that its bytes come to. */
  readonly movesTo: number;
  /** Sums that it adds to. */
  readonly transfers: Transfers | null;
}

/** Kinds of events that happen at the host's time, if in no kernel. */
const HOST_KINDS: ReadonlySet<string> = new Set(['sync', 'allocate', 'free', 'note']);

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
  /** Bytes by which the event at hand changes what is in use, by node. */
  private readonly change: number[];
  private readonly sorts = new Map<number, Sort>();
  private readonly transfers = new Map<string, Transfers>();
  private end = 0;
  /** Time of the last event that is known to be the host's own. */
  private host = 0;
  /** Events that were looked at, which is more than there are rows: a kernel's end is none of its own. */
  private next = 0;

  constructor(private readonly nodes: readonly string[]) {
    const curves = (): Curve[] => nodes.map(() => new Curve());
    this.inUse = curves();
    this.moved = curves();
    this.change = nodes.map(() => 0);
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

  /** Before this time, nothing changes any more: no work begins before the host has come so far. */
  get settledNs(): number {
    return Math.min(this.host, ...[...this.running.values()].map((row) => this.startsNs.at(row)));
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

  add({ columns, names }: Pick<QueriedColumns, 'columns' | 'names'>): void {
    const { length } = columns.number;
    const before = this.unsorted.map(({ rows }) => rows.length);
    for (let index = 0; index < length; index += 1) this.addEvent(columns, index, names);
    for (const curve of [...this.inUse, ...this.moved]) curve.settle();
    this.unsorted.forEach(({ rows }, lane) => {
      this.sortRows(rows, before[lane] ?? 0);
    });
    if (length > 0) this.next = columns.number[length - 1]! + 1;
  }

  private addEvent(from: QueriedColumns['columns'], index: number, names: EventColumnNames): void {
    const timeNs = from.timeNs[index]!;
    const durationNs = from.durationNs[index]!;
    this.end = Math.max(this.end, timeNs + durationNs);
    const sort = this.sortOf(from, index, names);
    if (sort.ofHost && from.launch[index] === 0) this.host = timeNs;
    if (sort.kind === 'complete') {
      this.completed(from.launch[index]!, timeNs);
      return;
    }
    const firstPage = from.firstPage[index]!;
    const pageCount = from.pageCount[index]!;
    const extra = from.extra[index]!;
    if (sort.places !== NOWHERE)
      this.place(firstPage, Math.min(PAGE_COUNT, firstPage + pageCount), sort.places, timeNs);
    if (sort.transfers !== null) {
      sort.transfers.bytes += extra;
      sort.transfers.transfers += 1;
      sort.transfers.busyNs += durationNs;
    }
    if (sort.movesTo !== NOWHERE) this.move(sort.movesTo, timeNs, durationNs, extra);
    const at = this.length;
    this.numbers.push(from.number[index]!);
    this.startsNs.push(timeNs);
    this.durationsNs.push(durationNs);
    this.bytes.push(sort.extraIsBytes ? extra : pageCount * PAGE_SIZE);
    this.textOf.push(sort.text);
    this.laneOf.push(sort.lane);
    const columns = this.unsorted[sort.lane]!;
    columns.rows.push(at);
    columns.longestNs = Math.max(columns.longestNs, durationNs);
    if (columns.kind === 'kernel') {
      const launch = from.launch[index]!;
      this.running.set(launch, at);
      this.launches.set(launch, at);
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

  /** So far. */
  transfersBetween(source: string, target: string): Transfers {
    const key = `${source} ${target}`;
    let sums = this.transfers.get(key);
    if (sums === undefined) this.transfers.set(key, (sums = { bytes: 0, transfers: 0, busyNs: 0 }));
    return sums;
  }

  /** The row of an event; of a kernel's end, none. */
  rowOf(number: number): number {
    const row = this.numbers.lowerBound(number);
    return this.numbers.at(row) === number ? row : -1;
  }

  /** What events with the same kind, nodes and cause have in common: found once for each such sort of event. */
  private sortOf(from: QueriedColumns['columns'], index: number, names: EventColumnNames): Sort {
    const [kind, cause] = [from.kind[index]!, from.cause[index]!];
    const [agent, source, target] = [from.agent[index]!, from.source[index]!, from.target[index]!];
    const key = (((kind * 32 + cause) * 32 + (agent & 31)) * 32 + (source & 31)) * 32 + (target & 31);
    let sort = this.sorts.get(key);
    if (sort === undefined) {
      const node = (id: number): string | null => names.node[id] ?? null;
      sort = this.makeSort({
        kind: names.kind[kind] ?? '',
        cause: names.cause[cause] ?? '',
        agent: node(agent) ?? '',
        source: node(source),
        target: node(target),
      });
      this.sorts.set(key, sort);
    }
    return sort;
  }

  private makeSort({ kind, cause, agent, source, target }: Named): Sort {
    const lane = laneOf(kind, cause, target);
    const of = lane === 'migrateIn' ? (target ?? agent) : lane === 'migrateOut' ? (source ?? agent) : agent;
    const to = this.nodes.indexOf(target ?? '');
    const firstTouch = (kind === 'cpuFault' || kind === 'deviceFault') && source === null && target !== null;
    return {
      kind,
      lane: this.lane(lane, lane === 'other' ? '' : of),
      text: this.text(lane === 'kernel' ? '' : kind),
      extraIsBytes: kind === 'migrate' || kind === 'evict' || kind === 'copy',
      ofHost: HOST_KINDS.has(kind),
      places: kind === 'unmap' ? NO_NODE : (kind === 'migrate' || firstTouch) && to !== -1 ? to : NOWHERE,
      movesTo: kind === 'migrate' ? to : NOWHERE,
      transfers:
        (kind === 'migrate' || kind === 'copy') && source !== null && target !== null
          ? this.transfersBetween(source, target)
          : null,
    };
  }

  private completed(launch: number, timeNs: number): void {
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

  /** A transfer is a slope: bytes arrive while it lasts. Those that cross a link together arrive one after the other. */
  private move(to: number, timeNs: number, durationNs: number, bytes: number): void {
    this.moved[to]!.change(timeNs, 0);
    this.moved[to]!.change(timeNs + durationNs, bytes);
  }

  /** What is in use where: pages appear where they are first touched, move, and go when they are unmapped. */
  private place(first: number, end: number, to: number, timeNs: number): void {
    const { change } = this;
    change.fill(0);
    for (let page = first; page < end; page += 1) {
      const from = this.node[page]!;
      if (from !== NO_NODE) change[from]! -= PAGE_SIZE;
      if (to !== NO_NODE) change[to]! += PAGE_SIZE;
      this.node[page] = to;
    }
    for (let node = 0; node < change.length; node += 1)
      if (change[node] !== 0) this.inUse[node]!.change(timeNs, change[node]!);
  }

  /** Brings the rows from `before` on to their places among those before. */
  private sortRows(rows: Column<Uint32Array>, before: number): void {
    const start = (index: number): number => this.startsNs.at(rows.at(index));
    let first = Math.max(1, before);
    while (first < rows.length && start(first) >= start(first - 1)) first += 1;
    if (first >= rows.length) return;
    let least = Infinity;
    for (let index = first; index < rows.length; index += 1) least = Math.min(least, start(index));
    let from = first;
    while (from > 0 && start(from - 1) > least) from -= 1;
    const late: number[] = [];
    for (let index = from; index < rows.length; index += 1) late.push(rows.at(index));
    // Few runs that are sorted by themselves: linear in that case.
    late.sort((a, b) => this.startsNs.at(a) - this.startsNs.at(b));
    late.forEach((row, index) => {
      rows.set(from + index, row);
    });
  }
}

function laneOf(kind: string, cause: string, target: string | null): LaneKind {
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
