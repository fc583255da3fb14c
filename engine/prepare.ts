/**
 * From a linked image to a program that can run: instrument it, name its kernels, know which code is the user's, and make
 * the suspendable module where kernels wait at barriers. Runs where the compiler is, before the program's thread starts.
 */
import type { ProgramImage } from './toolchain/build.js';
import { IMAGE_BASE } from './toolchain/link-arguments.js';
import { ContentCache } from './toolchain/cache.js';
import { ToolchainFailure, type Compiler } from './toolchain/compiler.js';
import { Register, REGISTER_BYTES } from './toolchain/instrument/kernel-entry.js';
import {
  CALL_STACK_BASE,
  CALL_STACK_LIMIT,
  imageAreas,
  MOST_POLLS,
  POLL_TABLE,
  STACK_TOP,
  THREAD_CALL_STACKS,
} from './execution/layout.js';
import type { SourceMap } from './source-map.js';
import { accessGroups } from './toolchain/instrument/access-groups.js';
import type { DebugOptions } from './toolchain/instrument/debug-code.js';
import {
  findStackPointer,
  hasOffloadRegions,
  instrument,
  type InstrumentOptions,
} from './toolchain/instrument/instrument.js';
import { functionsWithLoops, withTierHints } from './toolchain/instrument/tier-hints.js';
import { exportedAddress, type WasmModule } from './toolchain/instrument/wasm-module.js';
import {
  functionsOfHostThreads,
  functionsThatWait,
  isCallingBack,
  makeHostSuspendable,
  makesThreads,
  makeSuspendable,
} from './toolchain/suspendable.js';
import { functionTable } from './toolchain/function-table.js';
import { threadImage } from './toolchain/thread-image.js';
import { isInRanges } from './execution/call-sites.js';
import { TEAM_THREAD, type ExecutableProgram } from './execution/program.js';

export type PollSites = Pick<DebugOptions, 'steps' | 'instructions'>;

export async function prepare(
  image: ProgramImage,
  sources: SourceMap,
  compiler: Compiler,
  cache: ContentCache,
  /** Where to poll, for a run under a debugger. */
  pollAt?: PollSites,
): Promise<ExecutableProgram> {
  const { module } = image;
  const threadIdx = exportedAddress(module, '__faultline_threadIdx');
  for (const [name, offset] of Object.entries(Register)) {
    if (exportedAddress(module, `__faultline_${name}`) !== threadIdx + offset) {
      throw new ToolchainFailure(`the special register ${name} is not where the engine writes it`);
    }
  }
  const user = userFunctions(image, sources);
  const isUser = (functionIndex: number): boolean => user.has(functionIndex);
  const threads = makesThreads(module);
  const options: InstrumentOptions = {
    kernels: image.kernels,
    registers: { start: threadIdx, end: threadIdx + REGISTER_BYTES },
    ...(pollAt && { debug: debugOptions(image, isUser, pollAt) }),
    // Binaryen moves code, so that V8's own stack says nothing: records say where the program is.
    ...(threads && {
      debug: { ...debugOptions(image, isUser, pollAt ?? NO_POLLS), ...(!pollAt && RECORDS_ONLY) },
      preempted: isUser,
      numberedNames: true,
    }),
  };
  const isCompiled = compiledFunctions(image);
  // Of functions that Binaryen's Asyncify adds none come before these. A library's templates loop as long as the user's own code.
  const optimized = functionsWithLoops(module, isCompiled);
  const instrumented = instrument(module, threads ? options : { ...options, optimized });
  if (instrumented.polls.sites.length > MOST_POLLS)
    throw new ToolchainFailure('the program is too large to be debugged: it has more than a million statements');
  const ranges = userRanges(module, user);
  // What a run tells of is most often the user's code. A demangler is at hand now.
  const told = [...instrumented.originalOffsets, ...instrumented.sites].filter((offset) => isInRanges(ranges, offset));
  await sources.resolve([...image.debugFunctions.map((fn) => fn.lowPc), ...told]);
  const { waiting, looking, suspended } = functionsThatWait(
    module,
    (functionIndex) =>
      image.kernels.length > 0 ||
      isCompiled(functionIndex) ||
      isCallingBack(module.functionNames.get(functionIndex) ?? ''),
  );
  const waitingKernels = image.kernels.flatMap((kernel, n) => (waiting.has(kernel.kernel) ? [n] : []));
  const waitingTeams = waiting.has(module.functionByName(TEAM_THREAD) ?? -1)
    ? waitingPointers(module, waiting)
    : NO_TEAMS;
  const suspends = threads ? functionsOfHostThreads(module, isCompiled, isUser) : null;
  const startOf = (functionIndex: number): number =>
    (module.bodies[functionIndex - module.importedFunctions]?.start ?? 0) - module.codeStart;
  return {
    wasm: suspends ? withTierHints(await hostSuspendable(suspends), optimized) : instrumented.wasm,
    suspendable:
      waitingKernels.length === 0 && waitingTeams.size === 0 ? null : withTierHints(await suspendable(), optimized),
    waitingKernels,
    lookingKernels: image.kernels.flatMap((kernel, n) => (looking.has(kernel.kernel) ? [n] : [])),
    waitingTeams,
    kernels: instrumented.entries,
    kernelNames: image.kernels.map((kernel) => sources.at(startOf(kernel.kernel))?.functionName ?? kernel.name),
    kernelOffsets: image.kernels.map((kernel) => startOf(kernel.kernel)),
    stubs: stubs(image),
    kernelArguments: image.kernels.map((kernel) => kernel.arguments),
    areas: imageAreas((name) => exportedAddress(module, name), IMAGE_BASE),
    usesDevice: image.kernels.length > 0 || hasOffloadRegions(module),
    memoryPages: module.memoryPages,
    placeOffsets: instrumented.placeOffsets,
    originalOffsets: instrumented.originalOffsets,
    userRanges: ranges,
    polls: pollAt ? instrumented.polls : null,
    accessGroups: image.kernels.length === 0 ? new Uint32Array() : kernelAccessGroups(image),
    threads: suspends && { recordBytes: instrumented.polls.recordBytes, suspends },
    threadImage: threadImage(module),
  };

  async function hostSuspendable(waiting: ReadonlySet<number>): Promise<Uint8Array> {
    const key = ContentCache.key('host-suspendable', instrumented.wasm, [...waiting].join());
    const cached = await cache.get(key);
    if (cached) return cached;
    const made = await makeHostSuspendable(compiler, instrumented.wasm, waiting);
    await cache.set(key, made);
    return made;
  }

  async function suspendable(): Promise<Uint8Array> {
    const key = ContentCache.key('suspendable-12', image.key, instrumented.wasm);
    const cached = await cache.get(key);
    if (cached) return cached;
    const codeOnly = instrument(module, {
      ...options,
      codeOnly: true,
      numberedNames: true,
      // Its threads wait in the middle of a call: each has a call stack of its own.
      ...(options.debug && {
        debug: { ...options.debug, callStackBase: THREAD_CALL_STACKS, callStackLimit: STACK_TOP },
      }),
    });
    const entries = waitingKernels.flatMap((n) => {
      const entry = instrumented.entries[n];
      // Copies of aggregates lie on the thread's stack until the kernel returns.
      return entry ? [{ name: entry.thread, suspends: (image.kernels[n]?.aggregates.size ?? 0) > 0 }] : [];
    });
    if (waitingTeams.size > 0) entries.push({ name: TEAM_THREAD, suspends: true });
    const made = await makeSuspendable(compiler, codeOnly.wasm, suspended, entries);
    await cache.set(key, made);
    return made;
  }
}

const NO_TEAMS: ReadonlySet<number> = new Set();
const NO_POLLS: PollSites = { steps: new Set(), instructions: new Set() };
const RECORDS_ONLY: Partial<DebugOptions> = { recordsOnly: true, locals: () => [] };

function debugOptions(
  image: ProgramImage,
  isUser: (functionIndex: number) => boolean,
  pollAt: PollSites,
): DebugOptions {
  const { module } = image;
  const start = (functionIndex: number): number =>
    (module.bodies[functionIndex - module.importedFunctions]?.start ?? 0) - module.codeStart;
  const locals = new Map(image.debugFunctions.map((fn) => [fn.lowPc, fn.locals]));
  return {
    ...pollAt,
    locals: (functionIndex) => locals.get(start(functionIndex)) ?? [],
    isUser,
    pollTable: POLL_TABLE,
    callStackBase: CALL_STACK_BASE,
    callStackLimit: CALL_STACK_LIMIT,
  };
}

/** Pointers to functions that wait: outlined parallel regions are among them. */
function waitingPointers(module: WasmModule, waiting: ReadonlySet<number>): ReadonlySet<number> {
  return new Set([...functionTable(module)].flatMap(([pointer, fn]) => (waiting.has(fn) ? [pointer] : [])));
}

function kernelAccessGroups(image: ProgramImage): Uint32Array {
  const { module } = image;
  const isCompiled = compiledFunctions(image);
  const functions = module.bodies.filter(({ functionIndex }) => isCompiled(functionIndex));
  return accessGroups(module, findStackPointer(module), functions);
}

function stubs({ module, kernels }: ProgramImage): ReadonlyMap<number, number> {
  const byStub = new Map(kernels.map(({ stub }, n) => [stub, n]));
  const found = [...functionTable(module)].flatMap(([pointer, fn]) => {
    const kernel = byStub.get(fn);
    return kernel === undefined ? [] : [[pointer, kernel] as const];
  });
  return new Map(found);
}

/** Whether a function was compiled with the program: it has debug information. */
function compiledFunctions({ module, debugFunctions }: ProgramImage): (functionIndex: number) => boolean {
  const starts = new Set(debugFunctions.map((fn) => fn.lowPc));
  return (index) => starts.has((module.bodies[index - module.importedFunctions]?.start ?? 0) - module.codeStart);
}

/** Indices of the functions that come from the user's own files. */
function userFunctions({ module, debugFunctions }: ProgramImage, sources: SourceMap): ReadonlySet<number> {
  const user = new Set(debugFunctions.filter((fn) => sources.isUser(fn.lowPc)).map((fn) => fn.lowPc));
  const found = module.bodies.filter(({ start }) => user.has(start - module.codeStart));
  return new Set(found.map(({ functionIndex }) => functionIndex));
}

/** Starts and ends of the functions that come from the user's own files. */
function userRanges(module: WasmModule, user: ReadonlySet<number>): Uint32Array {
  const ranges: number[] = [];
  for (const body of module.bodies) {
    if (user.has(body.functionIndex)) ranges.push(body.start - module.codeStart, body.end - module.codeStart);
  }
  return Uint32Array.from(ranges);
}
