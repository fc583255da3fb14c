/**
 * From a linked image to a program that can run: instrument it, name its kernels, know which code is the user's, and make
 * the suspendable module where kernels wait at barriers. Runs where the compiler is, before the program's thread starts.
 */
import { IMAGE_BASE, type ProgramImage } from './toolchain/build.js';
import { ContentCache } from './toolchain/cache.js';
import { ToolchainFailure, type Compiler } from './toolchain/compiler.js';
import { Register, REGISTER_BYTES } from './toolchain/instrument/kernel-entry.js';
import { CALL_STACK_BASE, imageAreas } from './execution/layout.js';
import type { SourceMap } from './source-map.js';
import type { DebugOptions } from './toolchain/instrument/function-rewriter.js';
import { hasOffloadRegions, instrument, type InstrumentOptions } from './toolchain/instrument/instrument.js';
import { exportedAddress } from './toolchain/instrument/wasm-module.js';
import { functionsThatWait, makeSuspendable } from './toolchain/suspendable.js';
import type { ExecutableProgram } from './execution/program.js';

export async function prepare(
  image: ProgramImage,
  sources: SourceMap,
  compiler: Compiler,
  cache: ContentCache,
  debug?: DebugOptions,
): Promise<ExecutableProgram> {
  const { module } = image;
  await sources.resolve(image.debugFunctions.map((fn) => fn.lowPc));
  const threadIdx = exportedAddress(module, '__faultline_threadIdx');
  for (const [name, offset] of Object.entries(Register)) {
    if (exportedAddress(module, `__faultline_${name}`) !== threadIdx + offset) {
      throw new ToolchainFailure(`the special register ${name} is not where the engine writes it`);
    }
  }
  const options: InstrumentOptions = {
    kernels: image.kernels,
    registers: { start: threadIdx, end: threadIdx + REGISTER_BYTES },
    ...(debug && {
      debug,
      callStackBase: CALL_STACK_BASE,
      controlWord: exportedAddress(module, '__faultline_control'),
    }),
  };
  const instrumented = instrument(module, options);
  const waiting = functionsThatWait(module);
  const waitingKernels = image.kernels.flatMap((kernel, n) => (waiting.has(kernel.kernel) ? [n] : []));
  const startOf = (functionIndex: number): number =>
    (module.bodies[functionIndex - module.importedFunctions]?.start ?? 0) - module.codeStart;
  return {
    wasm: instrumented.wasm,
    suspendable: waitingKernels.length === 0 ? null : await suspendable(),
    waitingKernels,
    kernels: instrumented.entries,
    kernelNames: image.kernels.map((kernel) => sources.at(startOf(kernel.kernel))?.functionName ?? kernel.name),
    kernelOffsets: image.kernels.map((kernel) => startOf(kernel.kernel)),
    areas: imageAreas((name) => exportedAddress(module, name), IMAGE_BASE),
    usesDevice: image.kernels.length > 0 || hasOffloadRegions(module),
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
