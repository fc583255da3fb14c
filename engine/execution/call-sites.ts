/**
 * Where in the program a call into the engine came from, read from V8's own stack: nothing is paid until somebody asks.
 * Frames of the instrumented module are mapped back to offsets of the linked one.
 */
import { NO_CODE_OFFSET } from './program.js';

/** `wasm://wasm/<id>:wasm-function[<index>]:0x<offset>`: the WebAssembly JavaScript API's convention for stack frames. */
const FRAME = /wasm:\/\/wasm\/([^:)]*):wasm-function\[\d+\]:0x([0-9a-f]+)/g;
const MOST_FRAMES = 48;

/** Who knows the calls on the program's stack. */
export interface CallPlaces {
  /** Code offsets of the calls on the stack, innermost first. */
  stack(): number[];
  /** As {@link stack}, of an error that was caught, by its own stack. */
  offsetsIn(stack: string): number[];
  /** As {@link stack}, while the program's thread is interrupted between two operators. */
  interrupted(): number[];
  /** The innermost call in the user's own code, or NO_CODE_OFFSET. */
  userSite(): number;
  isUser(offset: number): boolean;
  /** Whether every function on the stack can be suspended. */
  unwinds(): boolean;
}

export class CallSites implements CallPlaces {
  /** V8's name of the main module: frames of others are not ours to map. */
  private moduleId: string | undefined;

  /**
   * @param placeOffsets offsets in the instrumented module that stacks name, ascending; @param originalOffsets what they were
   * @param userRanges starts and ends (exclusive), ascending, of the functions of the user's own files
   */
  constructor(
    private readonly placeOffsets: Uint32Array,
    private readonly originalOffsets: Uint32Array,
    private readonly userRanges: Uint32Array,
  ) {}

  stack(): number[] {
    return this.offsetsIn(stackNow());
  }

  offsetsIn(stack: string): number[] {
    return this.mapped(stack, (offset) => indexOf(this.placeOffsets, offset));
  }

  /** Code that was optimized is interrupted where its loops begin, other code anywhere in them. */
  interrupted(): number[] {
    return this.mapped(stackNow(), (offset) => lastAtMost(this.placeOffsets, offset));
  }

  private mapped(stack: string, index: (offset: number) => number): number[] {
    const offsets: number[] = [];
    const frames = [...stack.matchAll(FRAME)];
    // The outermost: a thread of a team runs in another module, on top of this one.
    this.moduleId ??= frames.at(-1)?.[1];
    for (const [, id = '', hex = ''] of frames) {
      if (id !== this.moduleId) continue;
      const at = index(parseInt(hex, 16));
      if (at >= 0) offsets.push(this.originalOffsets[at] ?? NO_CODE_OFFSET);
    }
    return offsets;
  }

  userSite(): number {
    return this.stack().find((offset) => this.isUser(offset)) ?? NO_CODE_OFFSET;
  }

  unwinds(): boolean {
    return false;
  }

  isUser(offset: number): boolean {
    return isInRanges(this.userRanges, offset);
  }
}

/** @param ranges starts and ends (exclusive), ascending */
export function isInRanges(ranges: Uint32Array, offset: number): boolean {
  let low = 0;
  let high = ranges.length / 2;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle * 2 + 1] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low * 2 < ranges.length && (ranges[low * 2] ?? 0) <= offset;
}

function stackNow(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = MOST_FRAMES;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  return stack;
}

function indexOf(sorted: Uint32Array, value: number): number {
  const at = lastAtMost(sorted, value);
  return sorted[at] === value ? at : -1;
}

/** Index of the last value that is not above; -1 if all are. */
export function lastAtMost(sorted: Uint32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
