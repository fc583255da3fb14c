/** Traces for tests: a recorder whose place in the program is set from event to event, and tables with nothing in them. */
import { Access, Cause, EventKind, type MemoryEvent } from '../../engine/memory/event.js';
import {
  CPU,
  NO_NODE,
  SYSTEM_NODE,
  deviceAgent,
  localNode,
  type NodeId,
  type PageIndex,
} from '../../engine/memory/units.js';
import { NO_ALLOCATION, NO_BLOCK, NO_CODE_OFFSET, NO_LAUNCH, NO_THREAD } from '../../engine/trace/columns.js';
import { TraceReader } from '../../engine/trace/reader.js';
import { Recorder, type EventContext, type RecorderOptions } from '../../engine/trace/recorder.js';
import type { AllocationRow, LaunchRow, TraceTables } from '../../engine/trace/tables.js';

export const PAGE_SIZE = 4096;
export const GPU0 = deviceAgent(0);
const GPU0_NODE = localNode(GPU0);

export const page = (index: number): PageIndex => index as PageIndex;
export const node = (index: number): NodeId => index as NodeId;

/** Where in the program the next events happen. */
export interface Place {
  nowNs: number;
  codeOffset: number;
  launch: number;
  block: number;
  thread: number;
  driver: number;
}

/** Options that a test does not care about. */
type Options = Partial<Omit<RecorderOptions, 'context'>> & { readonly allocationOf?: (page: number) => number };

export class Recording {
  readonly place: Place = {
    nowNs: 0,
    codeOffset: NO_CODE_OFFSET,
    launch: NO_LAUNCH,
    block: NO_BLOCK,
    thread: NO_THREAD,
    driver: 0,
  };
  readonly recorder: Recorder;
  readonly chunks: SharedArrayBuffer[] = [];

  constructor({ allocationOf = () => NO_ALLOCATION, ...options }: Options = {}) {
    const context: EventContext = Object.assign(this.place, { allocationOf });
    this.recorder = new Recorder({ context, onChunk: (chunk) => this.chunks.push(chunk), ...options });
  }

  get reader(): TraceReader {
    return new TraceReader(this.recorder.header.buffer, this.chunks);
  }

  at(place: Partial<Place>): this {
    Object.assign(this.place, place);
    return this;
  }

  record(event: Partial<MemoryEvent>): this {
    this.recorder.record({ ...NOTE, ...event });
    return this;
  }

  /** The CPU touches a page for the first time. */
  cpuFault(firstPage: number, event: Partial<MemoryEvent> = {}): this {
    return this.record({
      kind: EventKind.cpuFault,
      target: SYSTEM_NODE,
      firstPage: page(firstPage),
      durationNs: 500,
      ...event,
    });
  }

  deviceFault(firstPage: number, event: Partial<MemoryEvent> = {}): this {
    return this.record({
      kind: EventKind.deviceFault,
      agent: GPU0,
      source: SYSTEM_NODE,
      target: GPU0_NODE,
      firstPage: page(firstPage),
      durationNs: 10_000,
      ...event,
    });
  }

  migrate(source: number, target: number, firstPage: number, pageCount = 1, event: Partial<MemoryEvent> = {}): this {
    return this.record({
      kind: EventKind.migrate,
      source: node(source),
      target: node(target),
      firstPage: page(firstPage),
      pageCount,
      extra: pageCount * PAGE_SIZE,
      durationNs: 2000,
      ...event,
    });
  }
}

const NOTE: MemoryEvent = {
  kind: EventKind.note,
  agent: CPU,
  source: NO_NODE,
  target: NO_NODE,
  firstPage: page(0),
  pageCount: 1,
  access: Access.read,
  cause: Cause.fault,
  durationNs: 0,
  extra: 0,
};

export const NO_TABLES: TraceTables = {
  drivers: ['hmm'],
  cpuFaultScope: 'all',
  nodes: ['cpu', 'gpu0'],
  allocations: [],
  launches: [],
  locations: new Map(),
  simulatedNs: 0,
  overflow: null,
};

export function allocation(row: Partial<AllocationRow> & { readonly id: number }): AllocationRow {
  return {
    kind: 'managed',
    address: 0x10000,
    bytes: PAGE_SIZE,
    name: null,
    codeOffset: NO_CODE_OFFSET,
    file: null,
    line: null,
    freedAtEvent: null,
    residencyAtEnd: [],
    ...row,
  };
}

export function launch(row: Partial<LaunchRow> & { readonly id: number }): LaunchRow {
  return {
    kernel: 'add(int, float*, float*)',
    grid: [4096, 1, 1],
    block: [256, 1, 1],
    file: 'add.cu',
    line: 5,
    startNs: 0,
    endNs: 0,
    bytesAccessed: 0,
    ...row,
  };
}
