/**
 * Sources in, a program image out: compile each source (one or two passes), link with the runtime, find kernels and
 * functions. Everything is cached by content; a change of one file compiles that file alone.
 */
import { setMaxListeners } from 'node:events';
import { ContentCache } from './cache.js';
import { ToolchainFailure, type Compiler, type FileTree } from './compiler.js';
import { readDebugFunctions, type DebugFunction } from './debug-info.js';
import { dataSymbols, joinPasses, markDeviceObject, SHARED_SEGMENT } from './device-object.js';
import {
  atLeastOneError,
  explainLinker,
  NO_MAIN,
  parseDiagnostics,
  sameDiagnostic,
  type Diagnostic,
} from './diagnostics.js';
import { fixFormats } from './format-width.js';
import { namesLibrary } from './library-headers.js';
import { linkArguments } from './link-arguments.js';
import { longConstants } from './long-constants.js';
import { countingOnLong, explainLongWidth, wideBecause } from './long-width.js';
import { findKernels, type ProgramKernel } from './kernels.js';
import { WasmModule } from './instrument/wasm-module.js';
import { lostBitsFlags } from './lost-bits.js';
import {
  COMMON_FLAGS,
  FROM_IR_FLAGS,
  newerOpenmp,
  passesOf,
  SYSTEM_INCLUDES,
  type Language,
  type Pass,
} from './languages.js';
import {
  argumentsOf,
  isHeaders,
  plainPrelude,
  precompiledPrelude,
  PRELUDE,
  preludeArguments,
  preludeText,
  type Headers,
  type Prelude,
} from './prelude.js';
import { projectTexts } from './project-texts.js';
import { rewriterOf, type Rewriter } from './ir-rewriter.js';
import { languagesIn } from './source-language.js';
import { readRuntime, type RuntimeFiles } from './runtime-files.js';
import { readSourceTree, userPath, type SourceTree } from './source-tree.js';
import { WIDE_LONG_FLAGS, widenLongs, withFormats } from './wide-long.js';

export interface BuildRequest {
  /** Absolute paths. */
  readonly sources: readonly string[];
  readonly includeFolders: readonly string[];
  /** `NAME` or `NAME=value`. */
  readonly defines: readonly string[];
  readonly optimize: 0 | 1 | 2 | 3;
  readonly standard: string | undefined;
  /** What sources of C++ are taken for. */
  readonly language?: 'cuda' | 'hip';
  /** Of `long`; 32 if absent, and 64 if a source counts on them. */
  readonly longBits?: 32 | 64;
}

export interface BuildProgress {
  readonly phase: 'compile' | 'link';
  readonly detail: string;
}

/** A linked program, before instrumentation. */
export interface ProgramImage {
  readonly language: string;
  readonly projectFolder: string;
  /** Relative to the project folder. */
  readonly sources: readonly string[];
  readonly module: WasmModule;
  readonly kernels: readonly ProgramKernel[];
  readonly debugFunctions: readonly DebugFunction[];
  readonly diagnostics: readonly Diagnostic[];
  /** Content key: what was derived from this image may be cached under it. */
  readonly key: string;
}

export type BuildResult =
  | { readonly ok: true; readonly image: ProgramImage }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Raised with every change that makes old objects or images wrong. */
const FORMAT = 'faultline-20 clang-22.0.0-git20542-10';
/** Variables that device code may name besides `extern __shared__` ones: the runtime's, and what the C and C++ libraries define. */
const OF_LIBRARIES = /^(?:__faultline_|_ZT[VISC]|_ZNK?St|_ZSt|(?:stdin|stdout|stderr|errno|environ)$)/;

interface CompiledObject {
  readonly object: Uint8Array;
  readonly output: string;
}

/** One pass over one source of a program. */
interface Compilation {
  readonly tree: SourceTree;
  readonly runtime: RuntimeFiles;
  readonly source: string;
  readonly pass: Pass;
  readonly request: BuildRequest;
  readonly progress: (p: BuildProgress) => void;
  readonly signal: AbortSignal;
}

export class Toolchain {
  private runtimeFiles: Promise<RuntimeFiles> | undefined;
  /** Headers that are being precompiled, by their key. */
  private readonly precompiling = new Map<string, Promise<CompiledObject>>();

  /** @param runtimeFolder holds `include/` and `src/` of the runtime */
  constructor(
    private readonly compiler: Compiler,
    private readonly cache: ContentCache,
    private readonly runtimeFolder: string,
  ) {}

  /** Unless the request says which, `long` has 32 bits, and 64 if a source counts on them. */
  async build(request: BuildRequest, progress: (p: BuildProgress) => void, signal: AbortSignal): Promise<BuildResult> {
    // Every source listens to it: that is no leak.
    setMaxListeners(0, signal);
    const tree = await readSourceTree(request.sources, request.includeFolders);
    const buildWide = (): Promise<BuildResult> =>
      this.buildTree(widenLongs(tree), { ...request, longBits: 64 }, progress, signal);
    if (request.longBits === 64) return buildWide();
    const narrow = await this.buildTree(tree, request, progress, signal);
    const because = narrow.ok || request.longBits === 32 ? undefined : countingOnLong(narrow.diagnostics);
    if (!because) return narrow;
    const wide = await buildWide();
    if (!wide.ok) return narrow;
    return { ok: true, image: { ...wide.image, diagnostics: [wideBecause(because), ...wide.image.diagnostics] } };
  }

  private async buildTree(
    tree: SourceTree,
    request: BuildRequest,
    progress: (p: BuildProgress) => void,
    signal: AbortSignal,
  ): Promise<BuildResult> {
    this.runtimeFiles ??= readRuntime(this.runtimeFolder);
    const runtime = await this.runtimeFiles;
    const diagnostics: Diagnostic[] = [];
    const objects: Uint8Array[] = [];
    const pairs: { readonly host: Uint8Array; readonly device: Uint8Array; readonly unique: string }[] = [];
    let failed = false;
    const languages = new Set<Language>();
    // The link needs them, and a thread of the compiler may be idle.
    const compilingRuntime = this.compileRuntime(runtime);
    compilingRuntime.catch(() => undefined);
    const compiling = languagesIn(tree, request.language).map(({ source, language }) => {
      languages.add(language);
      const texts = Array.from(projectTexts(tree, source), ({ text }) => text);
      return passesOf(language, texts, request).map((pass) => {
        const detail = pass.suffix === 'device' ? `${source} (device)` : source;
        return {
          source,
          pass,
          compiled: this.compile({ tree, runtime, source, pass, request, progress, signal }),
          detail,
        };
      });
    });
    // All are on their way; a failure of one is reported when its turn comes.
    for (const { compiled } of compiling.flat()) compiled.catch(() => undefined);
    for (const passes of compiling) {
      for (const { source, pass, compiled, detail } of passes) {
        progress({ phase: 'compile', detail });
        const { object, output } = await compiled;
        const parsed = parseDiagnostics(output, userPath).flatMap((diagnostic) => explainLongWidth(diagnostic) ?? []);
        const said = request.longBits === 64 ? withFormats(parsed, projectTexts(tree, source)) : parsed;
        // Both passes read one text.
        const constants = pass.suffix === 'host' ? longConstants(projectTexts(tree, source), said) : [];
        const found = [...said, ...constants];
        for (const diagnostic of found) {
          if (!diagnostics.some((known) => sameDiagnostic(known, diagnostic))) diagnostics.push(diagnostic);
        }
        if (object.length === 0 || found.some(({ severity }) => severity === 'error')) {
          failed = true;
          // The device pass would say the same again.
          break;
        }
        if (pass.suffix === 'host') objects.push(object);
        else pairs.push({ host: objects.pop() ?? object, device: object, unique: uniqueName(source) });
      }
    }
    if (failed) return { ok: false, diagnostics: atLeastOneError(diagnostics) };
    signal.throwIfAborted();
    progress({ phase: 'link', detail: tree.sources.join(' ') });
    const runtimeObjects = await compilingRuntime;
    const { hosts, devices } = joinPasses(pairs);
    objects.push(...hosts, ...devices);
    const shared = await this.dynamicShared(objects, runtime, devices);
    if (shared) objects.push(shared);
    const linked = await this.link([...runtimeObjects, ...objects]);
    diagnostics.push(...parseDiagnostics(linked.output, userPath).map(explainLinker));
    if (linked.object.length === 0 || diagnostics.some(({ severity }) => severity === 'error'))
      return { ok: false, diagnostics: atLeastOneError(diagnostics) };
    const module = new WasmModule(linked.object);
    // The C library refers to it weakly, so that the linker is content without.
    if (module.functionByName('undefined_weak:main') !== undefined)
      return { ok: false, diagnostics: [...diagnostics, NO_MAIN] };
    const debugFunctions = readDebugFunctions(module);
    const order: readonly Language[] = ['cuda', 'hip', 'c++', 'c'];
    const openmp = compiling.flat().some(({ pass }) => pass.offload === true);
    return {
      ok: true,
      image: {
        language: openmp ? 'openmp' : (order.find((language) => languages.has(language)) ?? 'c'),
        projectFolder: tree.projectFolder,
        sources: tree.sources,
        module,
        kernels: findKernels(module, debugFunctions),
        debugFunctions,
        diagnostics,
        key: ContentCache.key(linked.object),
      },
    };
  }

  private async compile(compilation: Compilation): Promise<CompiledObject> {
    const { pass, request } = compilation;
    const precompiled = await this.precompiled(compilation);
    if (precompiled) {
      const compiled = await this.compileWith(precompiled, compilation);
      // Of what is wrong in a program Clang speaks better without: names in a precompiled header look to it like what was meant.
      if (compiled.object.length > 0) return compiled;
    }
    const plain = plainPrelude(pass, request.defines);
    const compiled = await this.compileWith(plain, compilation);
    const newer =
      compiled.object.length === 0 && /error: .*(?:OpenMP|#pragma omp)/.test(compiled.output)
        ? newerOpenmp(pass)
        : undefined;
    if (!newer) return compiled;
    const again = await this.compileWith(plain, { ...compilation, pass: newer });
    return again.object.length > 0 ? again : compiled;
  }

  private compileWith(
    prelude: Prelude,
    { tree, runtime, source, pass, request, signal }: Compilation,
  ): Promise<CompiledObject> {
    const args = [
      ...argumentsOf(pass, request.optimize),
      ...tree.includeFolders.flatMap((folder) => ['-I', folder]),
      ...prelude.flags,
      ...lostBitsFlags(request.optimize),
      ...(request.longBits === 64 ? WIDE_LONG_FLAGS : []),
      ...(pass.implied ?? []).flatMap((name) => ['-include', name]),
      `project/${source}`,
      '-o',
      'out.o',
    ];
    const key = ContentCache.key(FORMAT, ...args, ...request.defines, ...tree.fingerprint, ...runtime.fingerprint);
    const files: FileTree = { ...tree.files, ...prelude.files, faultline: runtime.include };
    return this.cached(key, async () => {
      const rewrite = rewriterOf(pass, tree, source, request.optimize);
      const compileFiles = (all: FileTree): Promise<CompiledObject> =>
        rewrite ? this.compileRewritten(args, all, rewrite, request.optimize, signal) : this.runTool(args, all, signal);
      const first = await compileFiles(files);
      const fitting = first.object.length > 0 ? fixFormats(files, first.output) : null;
      const compiled = fitting === null ? first : await compileFiles(fitting);
      return pass.suffix === 'device' && compiled.object.length > 0
        ? { ...compiled, object: markDeviceObject(compiled.object, uniqueName(source)) }
        : compiled;
    });
  }

  /** The headers that a pass begins with, unless macros make others of them, or there are none that are worth it. */
  private async precompiled({ tree, runtime, source, pass, request, progress }: Compilation): Promise<Prelude | null> {
    const { defines, optimize } = request;
    const library = pass.cxx && namesLibrary(tree, source, pass.implied ?? []);
    if ((pass.prelude === undefined && !library) || defines.some(isHeaders)) return null;
    const headers = { pass, library };
    const { object } = await this.precompile(runtime, headers, optimize, () => {
      if (library) progress({ phase: 'compile', detail: 'the C++ library’s headers, once' });
    });
    if (object.length === 0) return null;
    return precompiledPrelude(headers, object, defines);
  }

  /** Several sources may wait for the same. */
  private precompile(
    runtime: RuntimeFiles,
    headers: Headers,
    optimize: number,
    begins?: () => void,
  ): Promise<CompiledObject> {
    const key = preludeKey(runtime, headers, optimize);
    const making =
      this.precompiling.get(key) ??
      this.cached(key, () => {
        begins?.();
        const files = { [PRELUDE]: preludeText(headers), faultline: runtime.include };
        return this.runTool(preludeArguments(headers.pass, optimize), files);
      }).finally(() => this.precompiling.delete(key));
    this.precompiling.set(key, making);
    return making;
  }

  /** In two steps, with the IR rewritten in between. */
  private async compileRewritten(
    args: readonly string[],
    files: FileTree,
    rewrite: Rewriter,
    optimize: number,
    signal: AbortSignal,
  ): Promise<CompiledObject> {
    const toIr = args.slice(0, args.lastIndexOf('-o')).map((arg) => (arg === '-emit-obj' ? '-emit-llvm' : arg));
    const front = await this.runTool([...toIr, '-disable-llvm-passes', '-o', '-'], files, signal);
    if (front.object.length === 0) return front;
    const ir = rewrite(new TextDecoder().decode(front.object));
    const back = await this.runTool(
      ['clang', '-cc1', ...FROM_IR_FLAGS, `-O${String(optimize)}`, 'in.ll', '-o', 'out.o'],
      { 'in.ll': ir },
      signal,
    );
    return { object: back.object, output: front.output + back.output };
  }

  /** Compiles the runtime and the languages' headers, so that no program has to wait for them. The cache keys of what came of it. */
  async compileAhead(): Promise<readonly string[]> {
    const runtime = await readRuntime(this.runtimeFolder);
    await this.compileRuntime(runtime);
    const keys = runtime.sources.map(([name, text]) => runtimeKey(runtime, name, text));
    for (const pass of (['cuda', 'hip'] as const).flatMap((language) =>
      passesOf(language, [], { standard: undefined }),
    )) {
      for (const optimize of [0, 2]) {
        const headers = { pass, library: false };
        const { object, output } = await this.precompile(runtime, headers, optimize);
        if (object.length === 0) throw new ToolchainFailure(`${pass.prelude ?? ''} does not compile:\n${output}`);
        keys.push(preludeKey(runtime, headers, optimize));
      }
    }
    return keys;
  }

  private async compileRuntime(runtime: RuntimeFiles): Promise<Uint8Array[]> {
    const objects: Uint8Array[] = [];
    for (const [name, text] of runtime.sources) objects.push(await this.compileRuntimeFile(runtime, name, text));
    return objects;
  }

  private async compileRuntimeFile(runtime: RuntimeFiles, name: string, text: string): Promise<Uint8Array> {
    const args = runtimeArguments(name);
    const compiled = await this.cached(runtimeKey(runtime, name, text), () =>
      this.runTool(args, { [name]: text, faultline: runtime.include }),
    );
    if (compiled.object.length === 0)
      throw new ToolchainFailure(`the runtime file ${name} does not compile:\n${compiled.output}`);
    return compiled.object;
  }

  /**
   * `extern __shared__ T name[]` is a reference that no object answers. All such names are the start of one block's dynamic
   * shared memory, as in CUDA.
   */
  private async dynamicShared(
    objects: readonly Uint8Array[],
    runtime: RuntimeFiles,
    deviceObjects: readonly Uint8Array[],
  ): Promise<Uint8Array | undefined> {
    const defined = new Set(objects.flatMap((object) => dataSymbols(object).defined));
    const wanted = new Set(deviceObjects.flatMap((object) => dataSymbols(object).undefined));
    const names = [...wanted].filter((name) => !defined.has(name) && !OF_LIBRARIES.test(name)).sort();
    if (names.length === 0) return undefined;
    const text = [
      `__attribute__((section("${SHARED_SEGMENT}"), aligned(16), used)) char __faultline_dynamic_shared[${String(DYNAMIC_SHARED_BYTES)}];`,
      ...names.map(
        (name, n) =>
          `extern char shared${String(n)}[1] __asm__("${name}") __attribute__((alias("__faultline_dynamic_shared")));`,
      ),
    ].join('\n');
    return this.compileRuntimeFile(runtime, 'dynamic_shared.c', text);
  }

  private async link(objects: readonly Uint8Array[]): Promise<CompiledObject> {
    const names = objects.map((_, n) => `${String(n).padStart(3, '0')}.o`);
    const args = linkArguments(names);
    const files: FileTree = {};
    names.forEach((name, n) => {
      files[name] = objects[n] ?? new Uint8Array();
    });
    return this.cached(ContentCache.key(FORMAT, ...args, ...objects), () => this.runTool(args, files));
  }

  private async runTool(args: readonly string[], files: FileTree, signal?: AbortSignal): Promise<CompiledObject> {
    const { output, files: produced } = await this.compiler.run(args, files, signal);
    const object = produced['out.o'];
    // What is ASCII throughout, as textual IR, comes back as a string.
    if (typeof object === 'string') return { object: new TextEncoder().encode(object), output };
    return { object: object instanceof Uint8Array ? object : new Uint8Array(), output };
  }

  /** An entry is the length of the output text, the text, and the object. Failures are not kept. */
  private async cached(key: string, make: () => Promise<CompiledObject>): Promise<CompiledObject> {
    const entry = await this.cache.get(key);
    if (entry && entry.length >= 4) {
      const length = new DataView(entry.buffer, entry.byteOffset).getUint32(0, true);
      return { output: new TextDecoder().decode(entry.subarray(4, 4 + length)), object: entry.subarray(4 + length) };
    }
    const made = await make();
    if (made.object.length > 0) {
      const text = new TextEncoder().encode(made.output);
      const bytes = new Uint8Array(4 + text.length + made.object.length);
      new DataView(bytes.buffer).setUint32(0, text.length, true);
      bytes.set(text, 4);
      bytes.set(made.object, 4 + text.length);
      await this.cache.set(key, bytes);
    }
    return made;
  }
}

function preludeKey(runtime: RuntimeFiles, headers: Headers, optimize: number): string {
  const { pass } = headers;
  return ContentCache.key(FORMAT, ...preludeArguments(pass, optimize), preludeText(headers), ...runtime.fingerprint);
}

/** Letters and digits that no other source of the program has. */
function uniqueName(source: string): string {
  return ContentCache.key(source).slice(0, 16);
}

/** The most dynamic shared memory that a launch may ask for: an H100's 227 KiB a block. */
const DYNAMIC_SHARED_BYTES = 227 * 1024;

/** The runtime is optimised and has no debug information: its code is never the user's. */
function runtimeArguments(name: string): string[] {
  const flags = COMMON_FLAGS.filter((flag) => !flag.startsWith('-debug') && !flag.startsWith('-dwarf'));
  return [
    'clang',
    '-cc1',
    ...flags,
    '-O2',
    '-isystem',
    'faultline',
    ...SYSTEM_INCLUDES(false),
    '-x',
    'c',
    '-std=gnu17',
    name,
    '-o',
    'out.o',
  ];
}

function runtimeKey(runtime: RuntimeFiles, name: string, text: string): string {
  return ContentCache.key(FORMAT, ...runtimeArguments(name), text, ...runtime.fingerprint);
}
