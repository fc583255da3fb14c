/**
 * Launches of kernels, written by the program's thread into memory that the engine's reads: a program may make millions of them, each shorter than
 * a message, and none is lost when its thread is ended.
 */
import type { LaunchRecord } from './execution/launcher.js';

const ROWS = 4096;
/** A chunk is the number of its rows (uint32, padded) and the rows, float64. */
const HEADER_BYTES = 8;
const FIELDS = 12;

export interface LaunchLogOptions {
  /** Called with every chunk before its first row is written. */
  readonly onChunk: (chunk: SharedArrayBuffer) => void;
  /** Called with every kernel's name when it is first launched: rows have its number. */
  readonly onKernel: (name: string) => void;
}

interface Chunk {
  readonly count: Int32Array;
  readonly rows: Float64Array;
}

function viewChunk(buffer: SharedArrayBuffer): Chunk {
  return { count: new Int32Array(buffer, 0, 1), rows: new Float64Array(buffer, HEADER_BYTES) };
}

/** Of the program's thread. */
export class LaunchWriter {
  private chunk: Chunk | undefined;
  private count = 0;
  private lastId = 0;
  private readonly kernels = new Map<string, number>();

  constructor(private readonly options: LaunchLogOptions) {}

  /** A launch began; or the one that began last has ended. */
  write({ id, kernel, kernelOffset, grid, block, startNs, endNs, bytesAccessed }: LaunchRecord): void {
    const isNew = id !== this.lastId;
    const chunk = this.chunk === undefined || (isNew && this.count === ROWS) ? this.open() : this.chunk;
    const at = (isNew ? this.count : this.count - 1) * FIELDS;
    const { rows } = chunk;
    rows[at] = id;
    rows[at + 1] = this.kernelNumber(kernel);
    rows[at + 2] = kernelOffset;
    rows[at + 3] = grid[0];
    rows[at + 4] = grid[1];
    rows[at + 5] = grid[2];
    rows[at + 6] = block[0];
    rows[at + 7] = block[1];
    rows[at + 8] = block[2];
    rows[at + 9] = startNs;
    rows[at + 10] = endNs;
    rows[at + 11] = bytesAccessed;
    if (!isNew) return;
    this.lastId = id;
    Atomics.store(chunk.count, 0, ++this.count);
  }

  private open(): Chunk {
    const buffer = new SharedArrayBuffer(HEADER_BYTES + ROWS * FIELDS * 8);
    this.options.onChunk(buffer);
    this.count = 0;
    return (this.chunk = viewChunk(buffer));
  }

  private kernelNumber(name: string): number {
    const known = this.kernels.get(name);
    if (known !== undefined) return known;
    const number = this.kernels.size;
    this.kernels.set(name, number);
    this.options.onKernel(name);
    return number;
  }
}

/** Of the engine's thread. */
export class LaunchReader {
  private readonly chunks: Chunk[] = [];
  private readonly kernels: string[] = [];
  /** All but the last may be kept: only that may still end. */
  private readonly ended: LaunchRecord[] = [];

  addChunk(buffer: SharedArrayBuffer): void {
    this.chunks.push(viewChunk(buffer));
  }

  addKernel(name: string): void {
    this.kernels.push(name);
  }

  /** In the order in which they began. */
  records(): readonly LaunchRecord[] {
    const total = this.chunks.reduce((sum, { count }) => sum + Atomics.load(count, 0), 0);
    for (let n = this.ended.length; n < total; n++) {
      const row = this.row(n);
      if (!row) break;
      if (n === total - 1) return [...this.ended, row];
      this.ended.push(row);
    }
    return [...this.ended];
  }

  /** Undefined if the message with its chunk or with its kernel's name is still on its way. */
  private row(index: number): LaunchRecord | undefined {
    const rows = this.chunks[Math.floor(index / ROWS)]?.rows;
    const at = (index % ROWS) * FIELDS;
    const field = (n: number): number => rows?.[at + n] ?? 0;
    const kernel = this.kernels[field(1)];
    if (rows === undefined || kernel === undefined) return undefined;
    return {
      id: field(0),
      kernel,
      kernelOffset: field(2),
      grid: [field(3), field(4), field(5)],
      block: [field(6), field(7), field(8)],
      startNs: field(9),
      endNs: field(10),
      bytesAccessed: field(11),
    };
  }
}
