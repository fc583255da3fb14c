/**
 * From a linked image to a program that can run: instrument it, name its kernels, know which code is the user's, and make
 * the suspendable module where kernels wait at barriers. Runs where the compiler is, before the program's thread starts.
 */
import { demangle, symbolize, type RunTool, type SourceFrame } from '../symbols/symbolizer.js';
import { IMAGE_BASE, isUserPath, userPath, type ProgramImage } from '../toolchain/build.js';
import { ContentCache } from '../toolchain/cache.js';
import type { Compiler } from '../toolchain/compiler.js';
import { REGISTER_BYTES } from '../toolchain/instrument/kernel-entry.js';
import { instrument, type InstrumentOptions } from '../toolchain/instrument/instrument.js';
import { exportedAddress, type WasmModule } from '../toolchain/instrument/wasm-module.js';
import { functionsThatWait, makeSuspendable } from '../toolchain/suspendable.js';
import type { ExecutableProgram } from './program.js';

/** Where code comes from, for whoever reports: offsets as DWARF counts, paths relative to the project. */
export class SourceMap {
  private readonly known = new Map<number, readonly SourceFrame[]>();

  constructor(
    private readonly run: RunTool,
    private readonly image: ProgramImage,
    private readonly cache: ContentCache,
  ) {}

  /** Learns about all of these at once. */
  async resolve(offsets: Iterable<number>): Promise<void> {
    const missing = [...new Set(offsets)].filter((offset) => !this.known.has(offset)).sort((a, b) => a - b);
    if (missing.length === 0) return;
    const key = ContentCache.key('symbols-2', this.image.key, missing.join());
    const cached = await this.cache.get(key);
    const entries = cached
      ? (JSON.parse(new TextDecoder().decode(cached)) as [number, readonly SourceFrame[]][])
      : await this.ask(missing);
    if (!cached) await this.cache.set(key, new TextEncoder().encode(JSON.stringify(entries)));
    for (const offset of missing) this.known.set(offset, []);
    for (const [offset, frames] of entries) this.known.set(offset, frames);
  }

  private async ask(offsets: readonly number[]): Promise<[number, readonly SourceFrame[]][]> {
    const entries = [...(await symbolize(this.run, this.image.module.bytes, offsets))];
    const names = entries.map(([offset]) => functionAt(this.image.module, offset));
    const distinct = [...new Set(names.filter((name) => name !== undefined))];
    const readable = await demangle(this.run, distinct);
    const byName = new Map(distinct.map((name, n) => [name, readable[n] ?? name]));
    return entries.map(([offset, frames], n) => {
      const name = byName.get(names[n] ?? '');
      return [offset, frames.map((frame, depth) => (depth === frames.length - 1 && name !== undefined ? { ...frame, functionName: name } : frame))];
    });
  }

  /** The innermost frame in the user's own files, or the innermost of all. Only after {@link resolve}. */
  at(offset: number): SourceFrame | undefined {
    const frames = this.known.get(offset) ?? [];
    const frame = frames.find(({ file }) => isUserPath(file)) ?? frames[0];
    return frame && { ...frame, file: userPath(frame.file) };
  }

  isUser(offset: number): boolean {
    return (this.known.get(offset) ?? []).some(({ file }) => isUserPath(file));
  }
}

/** Name of the function whose body holds a code offset. */
function functionAt(module: WasmModule, offset: number): string | undefined {
  const position = offset + module.codeStart;
  let low = 0;
  let high = module.bodies.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((module.bodies[middle]?.end ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  const body = module.bodies[low];
  return body && body.start <= position ? module.functionNames.get(body.functionIndex) : undefined;
}

export async function prepare(image: ProgramImage, sources: SourceMap, compiler: Compiler, cache: ContentCache): Promise<ExecutableProgram> {
  const { module } = image;
  await sources.resolve(image.debugFunctions.map((fn) => fn.lowPc));
  const threadIdx = exportedAddress(module, '__faultline_threadIdx');
  const options: InstrumentOptions = {
    kernels: image.kernels,
    registers: { start: threadIdx, end: threadIdx + REGISTER_BYTES },
  };
  const instrumented = instrument(module, options);
  const waiting = functionsThatWait(module);
  const waitingKernels = image.kernels.flatMap((kernel, n) => (waiting.has(kernel.kernel) ? [n] : []));
  const startOf = (functionIndex: number): number => (module.bodies[functionIndex - module.importedFunctions]?.start ?? 0) - module.codeStart;
  return {
    wasm: instrumented.wasm,
    suspendable: waitingKernels.length === 0 ? null : await suspendable(),
    waitingKernels,
    kernels: instrumented.entries,
    kernelNames: image.kernels.map((kernel) => sources.at(startOf(kernel.kernel))?.functionName ?? kernel.name),
    kernelOffsets: image.kernels.map((kernel) => startOf(kernel.kernel)),
    imageBase: IMAGE_BASE,
    memoryPages: module.memoryPages,
    callOffsets: instrumented.callOffsets,
    originalOffsets: instrumented.originalOffsets,
    userRanges: userRanges(image, sources),
  };

  async function suspendable(): Promise<Uint8Array> {
    const key = ContentCache.key('suspendable', image.key, instrumented.wasm);
    const cached = await cache.get(key);
    if (cached) return cached;
    const codeOnly = instrument(module, { ...options, codeOnly: true });
    const entries = waitingKernels.flatMap((n) => instrumented.entries[n] ?? []);
    const made = await makeSuspendable(compiler, module, codeOnly.wasm, waiting, entries);
    await cache.set(key, made);
    return made;
  }
}

/** Starts and ends of the functions that come from the user's own files. */
function userRanges(image: ProgramImage, sources: SourceMap): Uint32Array {
  const { module } = image;
  const user = new Set(image.debugFunctions.filter((fn) => sources.isUser(fn.lowPc)).map((fn) => fn.lowPc));
  const ranges: number[] = [];
  for (const body of module.bodies) {
    const start = body.start - module.codeStart;
    if (user.has(start)) ranges.push(start, body.end - module.codeStart);
  }
  return Uint32Array.from(ranges);
}
