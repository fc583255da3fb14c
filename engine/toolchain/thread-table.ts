/**
 * What the engine and the code of a block's threads share: for each thread what it waits for and where it goes on, as columns of words in the
 * program's memory, and ahead of them how the block was launched. The code is `thread-switch.ts`, the engine's part `execution/block-threads.ts`.
 */

/** Of an export that runs one thread: what runs many. */
export function runExport(entry: string): string {
  return `${entry}_run`;
}
/** What the engine is told by a kernel that waits for its grid and may not. */
export const GRID_REFUSED = 'grid_refused';
/** Exported globals: the thread that runs, and between which addresses its stack is. */
export const THREAD_INDEX = '__faultline_threadIndex';
export const STACK_BASE = '__faultline_stackBase';
export const STACK_LIMIT = '__faultline_stackLimit';

/** Words of the table's head, as offsets in bytes. */
export const Head = {
  /** Address of the kernel's parameters. */
  parameters: 0,
  /** Where the first thread's memory begins, and how much each has: its stack, and above it its frames while it waits. */
  stacks: 4,
  bytesPerThread: 8,
  suspendedBytes: 12,
  /** Extents of the block, of which the threads' own indices follow. */
  extentX: 16,
  extentY: 20,
  /** Address of threadIdx. */
  registers: 24,
  /** From one column to the next. */
  columnBytes: 28,
  /** Whether threads may wait for those of other blocks. */
  cooperative: 32,
} as const;
export const HEAD_BYTES = 64;

/** A word a thread each, in this order behind the head. */
export const Column = {
  state: 0,
  stackPointer: 1,
  /** End of its shadow call stack. */
  callStack: 2,
  /** What it brings to an exchange, or to a barrier with a vote. */
  operation: 3,
  low: 4,
  high: 5,
  /** Source lane, distance or lane mask of a shuffle. */
  argument: 6,
  /** Lanes of a shuffle's segment. */
  width: 7,
  /** Both words 0: no mask. */
  maskLow: 8,
  maskHigh: 9,
  line: 10,
  /** What it gets. */
  resultLow: 11,
  resultHigh: 12,
  /** Address of what it waits to change, 0 if it only lets others run; and what was there. */
  word: 13,
  value: 14,
} as const;
const COLUMNS = Object.keys(Column).length;
/** Of a table, for each thread. */
export const RECORD_BYTES = COLUMNS * 4;

/** What a thread says that it brings to an exchange when it is about to access volatile memory (`execution/warp-exchange.ts`). */
export const VOLATILE_ACCESS = 17;

/** Those up to `ready` can go on, and those up to `vote` when all have come to the block's barrier. */
export const ThreadState = {
  fresh: 0,
  ready: 1,
  running: 2,
  barrier: 3,
  /** At a barrier that tells how many brought something else than 0. */
  vote: 4,
  exchange: 5,
  grid: 6,
  word: 7,
  done: 8,
} as const;

export class ThreadTable {
  readonly state: Uint32Array;
  readonly callStack: Uint32Array;
  readonly operation: Uint32Array;
  readonly maskLow: Uint32Array;
  readonly maskHigh: Uint32Array;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly argument: Uint32Array;
  readonly width: Uint32Array;
  readonly line: Uint32Array;
  readonly resultLow: Uint32Array;
  readonly resultHigh: Uint32Array;
  readonly word: Uint32Array;
  readonly value: Uint32Array;
  private readonly head: DataView;

  /** @param address of the table, a multiple of 4 @param threads that it has room for */
  constructor(
    buffer: ArrayBufferLike,
    readonly address: number,
    readonly threads: number,
  ) {
    const column = (n: number): Uint32Array => new Uint32Array(buffer, address + HEAD_BYTES + n * 4 * threads, threads);
    this.head = new DataView(buffer, address, HEAD_BYTES);
    this.state = column(Column.state);
    this.callStack = column(Column.callStack);
    this.operation = column(Column.operation);
    [this.maskLow, this.maskHigh] = [column(Column.maskLow), column(Column.maskHigh)];
    [this.low, this.high] = [column(Column.low), column(Column.high)];
    [this.argument, this.width, this.line] = [column(Column.argument), column(Column.width), column(Column.line)];
    [this.resultLow, this.resultHigh] = [column(Column.resultLow), column(Column.resultHigh)];
    [this.word, this.value] = [column(Column.word), column(Column.value)];
    this.setHead('columnBytes', 4 * threads);
  }

  static bytesFor(threads: number): number {
    return HEAD_BYTES + threads * RECORD_BYTES;
  }

  setHead(field: keyof typeof Head, value: number): void {
    this.head.setUint32(Head[field], value, true);
  }
}
