/**
 * The event log's storage: chunks of typed columns, one SharedArrayBuffer a chunk, plus one small header that says how
 * much of them is written.
 *
 * Invariant: an event below the published count is complete and never changes; the writer stores its columns first and
 * publishes the count last, so any thread may read below the count without a lock. A shared buffer never detaches: a
 * thread that holds the chunks keeps the trace even when the thread that wrote it is killed.
 */

/** Events in a chunk, as a power of two: 65,536 events, 3.6 MiB. */
export const DEFAULT_CHUNK_SHIFT = 16;

/** Bytes an event takes: 3 × f64, 6 × u32, 1 × u16, 7 × u8. */
export const BYTES_PER_EVENT = 57;

/** A code offset, block or thread that is not known. */
export const NO_CODE_OFFSET = 0xffff_ffff;
export const NO_BLOCK = 0xffff_ffff;
export const NO_THREAD = 0xffff;
/** Launch and allocation ids start at 1. */
export const NO_LAUNCH = 0;
export const NO_ALLOCATION = 0;

/** The columns of one chunk. Row `i` of every column belongs to the same event. */
export interface ChunkColumns {
  /** Simulated time when the event was recorded, ns. */
  readonly timeNs: Float64Array;
  /** ns; a 64-bit float, so that a kernel of hours is as exact as a fault. */
  readonly durationNs: Float64Array;
  /** What it means depends on the kind: bytes of a copy, id of a launch or an allocation. */
  readonly extra: Float64Array;
  readonly firstPage: Uint32Array;
  readonly pageCount: Uint32Array;
  /** Offset into the code section of the module as compiled, or `NO_CODE_OFFSET`. */
  readonly codeOffset: Uint32Array;
  /** Launch the event happened in, or `NO_LAUNCH`. */
  readonly launch: Uint32Array;
  /** Linear block index in the grid, or `NO_BLOCK`. */
  readonly block: Uint32Array;
  /** Allocation that holds the first page, or `NO_ALLOCATION`. */
  readonly allocation: Uint32Array;
  /** Linear thread index in the block (device) or host thread (CPU), or `NO_THREAD`. */
  readonly thread: Uint16Array;
  readonly kind: Uint8Array;
  readonly agent: Uint8Array;
  /** Node the data came from, or 255. */
  readonly source: Uint8Array;
  /** Node the data went to, or 255. */
  readonly target: Uint8Array;
  readonly access: Uint8Array;
  readonly cause: Uint8Array;
  /** Index into the trace's table of drivers. */
  readonly driver: Uint8Array;
}

/** Bytes of a chunk's buffer. */
export function chunkByteLength(chunkShift: number): number {
  return BYTES_PER_EVENT * 2 ** chunkShift;
}

/** The columns of a chunk's buffer, wide ones first so that every column is aligned. */
export function viewChunk(buffer: SharedArrayBuffer, chunkShift: number): ChunkColumns {
  const events = 2 ** chunkShift;
  if (buffer.byteLength !== chunkByteLength(chunkShift)) {
    throw new RangeError(
      `A chunk of ${events} events has ${chunkByteLength(chunkShift)} bytes, not ${buffer.byteLength}.`,
    );
  }
  let offset = 0;
  const column = <T extends ArrayBufferView>(
    type: (new (buffer: SharedArrayBuffer, byteOffset: number, length: number) => T) & { BYTES_PER_ELEMENT: number },
  ): T => {
    const view = new type(buffer, offset, events);
    offset += events * type.BYTES_PER_ELEMENT;
    return view;
  };
  return {
    timeNs: column(Float64Array),
    durationNs: column(Float64Array),
    extra: column(Float64Array),
    firstPage: column(Uint32Array),
    pageCount: column(Uint32Array),
    codeOffset: column(Uint32Array),
    launch: column(Uint32Array),
    block: column(Uint32Array),
    allocation: column(Uint32Array),
    thread: column(Uint16Array),
    kind: column(Uint8Array),
    agent: column(Uint8Array),
    source: column(Uint8Array),
    target: column(Uint8Array),
    access: column(Uint8Array),
    cause: column(Uint8Array),
    driver: column(Uint8Array),
  };
}

/** Words of the header. Every word is read and written with `Atomics`. */
const RETAINED = 0;
const FOLDED_CHUNKS = 1;
const FOLDING = 2;
const CHUNK_SHIFT = 3;
const HEADER_WORDS = 4;

/** How much is written: the one place writer and readers meet. */
export class TraceHeader {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  private constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  static create(chunkShift: number): TraceHeader {
    if (!Number.isInteger(chunkShift) || chunkShift < 1 || chunkShift > 24) {
      throw new RangeError(`A chunk holds 2^1 to 2^24 events, not 2^${chunkShift}.`);
    }
    const header = new TraceHeader(new SharedArrayBuffer(HEADER_WORDS * Int32Array.BYTES_PER_ELEMENT));
    Atomics.store(header.#words, CHUNK_SHIFT, chunkShift);
    return header;
  }

  static open(buffer: SharedArrayBuffer): TraceHeader {
    return new TraceHeader(buffer);
  }

  get chunkShift(): number {
    return Atomics.load(this.#words, CHUNK_SHIFT);
  }

  /** Events that are kept in chunks. */
  get retained(): number {
    return Atomics.load(this.#words, RETAINED);
  }

  /** Events that happened, those beyond the memory limit included. */
  get recorded(): number {
    return (
      this.retained +
      Atomics.load(this.#words, FOLDED_CHUNKS) * 2 ** this.chunkShift +
      Atomics.load(this.#words, FOLDING)
    );
  }

  /** Writer only. */
  publishRetained(count: number): void {
    Atomics.store(this.#words, RETAINED, count);
  }

  /** Writer only: events beyond the memory limit, as full chunks counted and dropped plus those of the current one. */
  publishFolded(chunks: number, inCurrent: number): void {
    Atomics.store(this.#words, FOLDED_CHUNKS, chunks);
    Atomics.store(this.#words, FOLDING, inCurrent);
  }
}
