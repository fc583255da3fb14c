/**
 * Where in the program a call into the engine came from, read from V8's own stack: nothing is paid until somebody asks.
 * Frames of the instrumented module are mapped back to offsets of the linked one.
 */
import { NO_CODE_OFFSET } from './program.js';

/** `wasm://wasm/<id>:wasm-function[<index>]:0x<offset>`: the WebAssembly JavaScript API's convention for stack frames. */
const FRAME = /(wasm:\/\/wasm\/[^:)]*):wasm-function\[\d+\]:0x([0-9a-f]+)/g;
const MOST_FRAMES = 48;
const FRAMES_NEAR = 16;

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

/** One that V8 names, innermost first. */
interface WasmFrame {
  readonly module: string;
  /** In the instrumented module. */
  readonly offset: number;
}

export class CallSites implements CallPlaces {
  /** V8's name of the main module: frames of others are not ours to map. */
  private module: string | undefined;

  /**
   * @param placeOffsets offsets in the instrumented module that stacks name, ascending; @param originalOffsets what they were
   * @param userRanges starts and ends (exclusive), ascending, of the functions of the user's own files
   */
  constructor(
    private readonly placeOffsets: Uint32Array,
    private readonly originalOffsets: Uint32Array,
    private readonly userRanges: Uint32Array,
  ) {}

  stack(limit = MOST_FRAMES): number[] {
    return this.mapped(framesNow(limit), (offset) => indexOf(this.placeOffsets, offset));
  }

  offsetsIn(stack: string): number[] {
    const frames = Array.from(stack.matchAll(FRAME), ([, module = '', hex = '']) => ({
      module,
      offset: parseInt(hex, 16),
    }));
    return this.mapped(frames, (offset) => indexOf(this.placeOffsets, offset));
  }

  /** Code that was optimized is interrupted where its loops begin, other code anywhere in them. */
  interrupted(): number[] {
    return this.mapped(framesNow(MOST_FRAMES), (offset) => lastAtMost(this.placeOffsets, offset));
  }

  private mapped(frames: readonly WasmFrame[], index: (offset: number) => number): number[] {
    const offsets: number[] = [];
    // The outermost: a thread of a team runs in another module, on top of this one.
    this.module ??= frames.at(-1)?.module;
    for (const { module, offset } of frames) {
      if (module !== this.module) continue;
      const at = index(offset);
      if (at >= 0) offsets.push(this.originalOffsets[at] ?? NO_CODE_OFFSET);
    }
    return offsets;
  }

  userSite(): number {
    // Most often a few frames of the runtime's are above it; which module is the program's is known after a look at the whole.
    const near = this.module === undefined ? undefined : this.userIn(this.stack(FRAMES_NEAR));
    return near ?? this.userIn(this.stack()) ?? NO_CODE_OFFSET;
  }

  private userIn(offsets: readonly number[]): number | undefined {
    return offsets.find((offset) => this.isUser(offset));
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

/** V8's structured stack: each launch asks for its place, and to write a stack as text takes longer than to launch. */
function framesNow(limit: number): readonly WasmFrame[] {
  const { stackTraceLimit } = Error;
  const others: unknown = Reflect.get(Error, 'prepareStackTrace');
  Error.stackTraceLimit = limit;
  Error.prepareStackTrace = wasmFrames;
  const { stack } = new Error() as { stack?: unknown };
  Error.stackTraceLimit = stackTraceLimit;
  Reflect.set(Error, 'prepareStackTrace', others);
  return stack as readonly WasmFrame[];
}

/** Columns of wasm frames are offsets in the module, from 1. */
function wasmFrames(_: Error, sites: readonly NodeJS.CallSite[]): readonly WasmFrame[] {
  const frames: WasmFrame[] = [];
  for (const site of sites) {
    const module = site.getScriptNameOrSourceURL();
    if (module?.startsWith('wasm:')) frames.push({ module, offset: (site.getColumnNumber() ?? 1) - 1 });
  }
  return frames;
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
