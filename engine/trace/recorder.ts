/**
 * Writes the event log: the `EventSink` that memory, hmm, drivers and execution report to, on the thread that runs the
 * program.
 *
 * Invariant: `record` makes no garbage and every event gets the next number. A chunk is handed to `onChunk` before its
 * first event is written, so whoever keeps it loses nothing when this thread is killed.
 *
 * When the log reaches its memory limit the run goes on: events beyond it are written to one chunk over and over and
 * folded into exact totals (`overflow`) each time it is full. They cannot be looked at one by one, and `recorded`
 * minus `retained` says how many they are.
 */
import type { EventSink, MemoryEvent } from '../memory/event.js';
import { accumulate, emptyAggregate, type Aggregate, type CountsCpuFault } from './aggregate.js';
import {
  BYTES_PER_EVENT,
  DEFAULT_CHUNK_SHIFT,
  TraceHeader,
  chunkByteLength,
  viewChunk,
  type ChunkColumns,
} from './columns.js';

/** What the running program adds to an event: where it is at this moment. Read once per event; must not allocate. */
export interface EventContext {
  /** Simulated time, ns. */
  readonly nowNs: number;
  /** Code offset of the access or call under way, or `NO_CODE_OFFSET`. */
  readonly codeOffset: number;
  /** Launch under way, or `NO_LAUNCH`. */
  readonly launch: number;
  /** Linear block index in the grid, or `NO_BLOCK`. */
  readonly block: number;
  /** Linear thread index in the block, host thread on the CPU, or `NO_THREAD`. */
  readonly thread: number;
  /** Index of the driver in the trace's tables. */
  readonly driver: number;
  /** The allocation that holds a page, or `NO_ALLOCATION`. */
  allocationOf(page: number): number;
}

export interface RecorderOptions {
  readonly context: EventContext;
  /** Called with every chunk as it is opened; hand it to the thread that reads. */
  readonly onChunk: (chunk: SharedArrayBuffer) => void;
  /** Bytes that the log may take; 1 GiB if absent. At least one chunk is kept. */
  readonly memoryLimitBytes?: number;
  /** Which faults of the CPU are counted, all if absent; asked only beyond the memory limit. */
  readonly countsCpuFault?: CountsCpuFault;
  /** Events in a chunk, as a power of two. */
  readonly chunkShift?: number;
}

/** 1 GiB: 18.8 million events. */
const DEFAULT_MEMORY_LIMIT = 2 ** 30;

export class Recorder implements EventSink {
  /** Hand its buffer to the thread that reads, before the first event. */
  readonly header: TraceHeader;
  readonly #context: EventContext;
  readonly #onChunk: (chunk: SharedArrayBuffer) => void;
  readonly #countsCpuFault: CountsCpuFault;
  readonly #chunkShift: number;
  readonly #chunkLength: number;
  /** Events that are kept: a whole number of chunks. */
  readonly #capacity: number;
  #columns: ChunkColumns;
  /** Row that the next event goes to; the chunk's length when there is no room, as before the first event. */
  #row: number;
  #recorded = 0;
  #foldedChunks = 0;
  #overflow: Aggregate | null = null;

  constructor(options: RecorderOptions) {
    this.#context = options.context;
    this.#onChunk = options.onChunk;
    this.#countsCpuFault = options.countsCpuFault ?? (() => true);
    this.#chunkShift = options.chunkShift ?? DEFAULT_CHUNK_SHIFT;
    this.#chunkLength = 2 ** this.#chunkShift;
    const limit = options.memoryLimitBytes ?? DEFAULT_MEMORY_LIMIT;
    const chunks = Math.floor(limit / (BYTES_PER_EVENT * this.#chunkLength));
    this.#capacity = Math.max(1, chunks) * this.#chunkLength;
    this.header = TraceHeader.create(this.#chunkShift);
    this.#columns = viewChunk(new SharedArrayBuffer(chunkByteLength(1)), 1);
    this.#row = this.#chunkLength;
  }

  /** Events recorded so far, kept or folded. */
  get recorded(): number {
    return this.#recorded;
  }

  /** Exact totals of the events beyond the memory limit; null if there are none. Belongs into the trace's tables. */
  get overflow(): Aggregate | null {
    if (this.#recorded <= this.#capacity) return null;
    const overflow = structuredClone(this.#overflow ?? emptyAggregate());
    accumulate(overflow, this.#columns, 0, this.#row, this.#countsCpuFault);
    return overflow;
  }

  record(event: Readonly<MemoryEvent>): number {
    if (this.#row === this.#chunkLength) this.#nextChunk();
    const columns = this.#columns;
    const context = this.#context;
    const row = this.#row;
    columns.timeNs[row] = context.nowNs;
    columns.durationNs[row] = event.durationNs;
    columns.extra[row] = event.extra;
    columns.firstPage[row] = event.firstPage;
    columns.pageCount[row] = event.pageCount;
    columns.codeOffset[row] = context.codeOffset;
    columns.launch[row] = context.launch;
    columns.block[row] = context.block;
    columns.allocation[row] = context.allocationOf(event.firstPage);
    columns.thread[row] = context.thread;
    columns.kind[row] = event.kind;
    columns.agent[row] = event.agent;
    columns.source[row] = event.source;
    columns.target[row] = event.target;
    columns.access[row] = event.access;
    columns.cause[row] = event.cause;
    columns.driver[row] = context.driver;

    this.#row = row + 1;
    const number = this.#recorded;
    this.#recorded = number + 1;
    if (number < this.#capacity) this.header.publishRetained(number + 1);
    else this.header.publishFolded(this.#foldedChunks, row + 1);
    return number;
  }

  #nextChunk(): void {
    if (this.#recorded < this.#capacity) {
      const buffer = new SharedArrayBuffer(chunkByteLength(this.#chunkShift));
      this.#onChunk(buffer);
      this.#columns = viewChunk(buffer, this.#chunkShift);
    } else if (this.#overflow === null) {
      // The last kept chunk belongs to its readers now; what comes after is written to a chunk of our own.
      this.#overflow = emptyAggregate();
      this.#columns = viewChunk(new SharedArrayBuffer(chunkByteLength(this.#chunkShift)), this.#chunkShift);
    } else {
      accumulate(this.#overflow, this.#columns, 0, this.#chunkLength, this.#countsCpuFault);
      this.#foldedChunks += 1;
    }
    this.#row = 0;
  }
}
