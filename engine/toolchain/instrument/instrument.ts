/**
 * Linked module in, instrumented module out. Existing function, type and global indices stay as they are: what is new is
 * appended, so everything that is not code is copied byte for byte. Debug sections are left out of the result (symbols are
 * read from the linked module).
 */
import { generateKernelEntries, type Kernel, type KernelEntry } from './kernel-entry.js';
import type { DebugOptions, Polls } from './debug-code.js';
import { rewriteFunction } from './function-rewriter.js';
import type { Globals, Hooks, RewriteContext } from './rewrite-context.js';
import { tierHints } from './tier-hints.js';
import { ByteReader, ByteWriter } from './leb128.js';
import { BLOCK_VOID, Op, ValType } from './opcodes.js';
import { ExternalKind, MalformedModule, SectionId, type WasmModule } from './wasm-module.js';

export interface InstrumentOptions {
  readonly kernels: readonly Kernel[];
  readonly debug?: DebugOptions;
  /** Where the special registers (threadIdx …) lie. */
  readonly registers: { readonly start: number; readonly end: number };
  /** Leaves loads and stores unchecked: the reference that the price of checking is measured against. */
  readonly unchecked?: boolean;
  /** Without data segments and start function: a second instance over memory that the first has initialised. */
  readonly codeOnly?: boolean;
  /** Functions in whose loops a host thread may lose the processor: those of a program with threads. */
  readonly preempted?: (functionIndex: number) => boolean;
  /** Functions are named by their index, so that a tool can be told which it is to change: names need not be unique. */
  readonly numberedNames?: boolean;
  /** Places among the defined functions of those that are optimized before they run: see tier-hints.ts. */
  readonly optimized?: ReadonlySet<number>;
}

export interface InstrumentedModule {
  readonly wasm: Uint8Array;
  readonly entries: readonly KernelEntry[];
  /** Module offsets in `wasm` of operators that V8's stack may name (calls, traps, loops), ascending, and what they were (as DWARF counts). */
  readonly placeOffsets: Uint32Array;
  readonly originalOffsets: Uint32Array;
  /** Offsets in the original module's code section of the operators that events may name. */
  readonly sites: readonly number[];
  /** By poll, in the order of their bytes: its code offset and its kind. Empty without a debugger. */
  readonly polls: Polls;
}

/** Functions of the runtime that hooks are: called by generated code, never checked themselves. */
const HOOK_NAMES: Readonly<Record<keyof Hooks, string>> = {
  access: '__faultline_access',
  frame: '__faultline_frame',
  copy: '__faultline_copy',
  fill: '__faultline_fill',
  memorySize: '__faultline_memory_size',
  memoryGrow: '__faultline_memory_grow',
  poll: '__faultline_poll',
  preempt: '__faultline_preempt',
  regionBegin: '__faultline_region_begin',
  regionEnd: '__faultline_region_end',
};

/** Host version of a target region by Clang's naming: file, function, line, and a count where one line has several. Its helpers have suffixes. */
const OFFLOAD_REGION = /^__omp_offloading_\w+_l\d+(_\d+)?$/;

/** Whether a module has target regions that its host may run as kernels. */
export function hasOffloadRegions(module: WasmModule): boolean {
  return [...module.functionNames.values()].some((name) => OFFLOAD_REGION.test(name));
}

/** 4 GiB in pages of 64 KiB: the whole address space may be mapped. */
const MEMORY_MAXIMUM = 65536;

export function instrument(linked: WasmModule, options: InstrumentOptions): InstrumentedModule {
  const types = new TypeAppender(linked);
  const stackPointer = findStackPointer(linked);
  const tlsBase = tlsBaseOf(linked);
  const globals: Globals = {
    permissions: linked.globalCount,
    bytes: linked.globalCount + 1,
    accesses: linked.globalCount + 2,
    callStack: linked.globalCount + 3,
    rounds: linked.globalCount + 4,
    budget: linked.globalCount + 5,
    threads: linked.globalCount + 6,
    stackPointer,
    ...(tlsBase !== undefined && { tlsBase }),
  };
  const context: RewriteContext = {
    module: linked,
    hooks: findHooks(linked),
    globals,
    debug: options.debug,
    polls: { sites: [], kinds: [], functions: [], records: [], recordBytes: new Map() },
    registers: options.registers,
    sites: [],
    isPreempted: options.preempted ?? (() => false),
    isOffloadRegion: (index) => OFFLOAD_REGION.test(linked.functionNames.get(index) ?? ''),
    blockType: (results) => types.blockType(results),
  };
  const entries = generateKernelEntries(linked, options.kernels, globals, options.registers.start);
  const places: number[] = [];
  const bodies: Uint8Array[] = [];
  const hints: { functionIndex: number; unlikely: readonly number[] }[] = [];
  for (const body of linked.bodies) {
    const stub = entries.stubs.get(body.functionIndex);
    const raw = linked.bytes.subarray(body.start, body.end);
    places.push(bodies.length, 0, body.start - linked.codeStart);
    if (stub) bodies.push(stub);
    else if (options.unchecked === true || isRuntime(linked.functionNames.get(body.functionIndex))) bodies.push(raw);
    else {
      const rewritten = rewriteFunction(context, body);
      for (let n = 0; n < rewritten.places.length; n += 2) {
        places.push(bodies.length, rewritten.places[n] ?? 0, rewritten.places[n + 1] ?? 0);
      }
      hints.push({ functionIndex: body.functionIndex, unlikely: rewritten.unlikely });
      bodies.push(rewritten.code.bytes);
    }
  }
  const firstNew = linked.importedFunctions + linked.bodies.length;
  for (const entry of entries.functions) bodies.push(entry.body);
  const newTypes = entries.functions.map((entry) => types.indexOf(entry.parameters, entry.results));

  const out = new ByteWriter(linked.bytes.length * 2);
  out.raw(linked.bytes.subarray(0, 8));
  const bodyStarts: number[] = [];
  for (const section of linked.sections) {
    const contents = linked.bytes.subarray(section.start, section.end);
    const skip =
      options.codeOnly === true &&
      (section.id === SectionId.data || section.id === SectionId.start || section.id === SectionId.dataCount);
    if (skip) continue;
    switch (section.id) {
      case SectionId.type:
        appended(out, section.id, contents, types.added.length, (writer) => {
          for (const type of types.added) writer.raw(type);
        });
        break;
      case SectionId.import:
        emit(out, section.id, shareMemory(contents));
        break;
      case SectionId.function:
        appended(out, section.id, contents, newTypes.length, (writer) => {
          for (const type of newTypes) writer.u32(type);
        });
        break;
      case SectionId.global:
        appended(
          out,
          section.id,
          tlsBase === undefined ? contents : mutableGlobal(linked, contents, tlsBase),
          7,
          (writer) => {
            writer.u8(ValType.i32, 1, Op.i32Const, 0, Op.end);
            for (let n = 0; n < 2; n++) writer.u8(ValType.i64, 1, Op.i64Const, 0, Op.end);
            writer
              .u8(ValType.i32, 1, Op.i32Const)
              .s32(options.debug?.callStackBase ?? 0)
              .u8(Op.end);
            writer.u8(ValType.i64, 1, Op.i64Const, 0, Op.end);
            for (let n = 0; n < 2; n++) writer.u8(ValType.i32, 1, Op.i32Const, 0, Op.end);
          },
        );
        break;
      case SectionId.export:
        appended(out, section.id, contents, Object.keys(globals).length + entries.functions.length, (writer) => {
          for (const [name, index] of Object.entries(globals)) {
            writer
              .name(`__faultline_${name}`)
              .u8(ExternalKind.global)
              .u32(index as number);
          }
          entries.functions.forEach((entry, n) =>
            writer
              .name(entry.name)
              .u8(ExternalKind.function)
              .u32(firstNew + n),
          );
        });
        break;
      case SectionId.code: {
        emit(out, SectionId.custom, branchHints(hints).bytes);
        if (options.optimized) emit(out, SectionId.custom, tierHints(bodies.length, options.optimized).bytes);
        const writer = new ByteWriter(contents.length * 3);
        writer.u32(bodies.length);
        for (const body of bodies) {
          writer.u32(body.length);
          bodyStarts.push(writer.length);
          writer.raw(body);
        }
        const start = emit(out, section.id, writer.bytes);
        for (let n = 0; n < bodyStarts.length; n++) bodyStarts[n] = (bodyStarts[n] ?? 0) + start;
        break;
      }
      case SectionId.custom: {
        const name = new ByteReader(contents).name();
        if (name === 'name')
          emit(out, section.id, options.numberedNames === true ? numberedNames(firstNew, stackPointer) : contents);
        break;
      }
      default:
        emit(out, section.id, contents);
    }
  }
  const count = places.length / 3;
  const placeOffsets = new Uint32Array(count);
  const originalOffsets = new Uint32Array(count);
  for (let n = 0; n < count; n++) {
    placeOffsets[n] = (bodyStarts[places[n * 3] ?? 0] ?? 0) + (places[n * 3 + 1] ?? 0);
    originalOffsets[n] = places[n * 3 + 2] ?? 0;
  }
  const { polls, sites } = context;
  return { wasm: out.bytes.slice(), entries: entries.kernels, placeOffsets, originalOffsets, polls, sites };
}

/** The `metadata.code.branch_hint` section (WebAssembly branch hinting proposal): every hint says "not taken". */
function branchHints(hints: readonly { functionIndex: number; unlikely: readonly number[] }[]): ByteWriter {
  const present = hints.filter((hint) => hint.unlikely.length > 0);
  const writer = new ByteWriter().name('metadata.code.branch_hint').u32(present.length);
  for (const { functionIndex, unlikely } of present) {
    writer.u32(functionIndex).u32(unlikely.length);
    for (const offset of unlikely) writer.u32(offset).u8(1, 0);
  }
  return writer;
}

/** Writes a section; returns where its contents start. */
function emit(out: ByteWriter, id: number, contents: Uint8Array): number {
  out.u8(id).u32(contents.length);
  const start = out.length;
  out.raw(contents);
  return start;
}

/** Writes a section that is a vector, with `count` more elements at its end. */
function appended(
  out: ByteWriter,
  id: number,
  contents: Uint8Array,
  count: number,
  write: (writer: ByteWriter) => void,
): void {
  const reader = new ByteReader(contents);
  const present = reader.u32();
  const writer = new ByteWriter(contents.length + 64);
  writer.u32(present + count).raw(contents.subarray(reader.position));
  write(writer);
  emit(out, id, writer.bytes);
}

/** The imported memory becomes shared, up to the whole address space: its views stay valid while it grows. */
function shareMemory(contents: Uint8Array): Uint8Array {
  const reader = new ByteReader(contents);
  const writer = new ByteWriter(contents.length + 16);
  const count = reader.u32();
  writer.u32(count);
  for (let n = 0; n < count; n++) {
    const start = reader.position;
    reader.name();
    reader.name();
    const kind = reader.u8();
    if (kind === ExternalKind.memory) {
      const prefix = contents.subarray(start, reader.position);
      const flags = reader.u8();
      const minimum = reader.u32();
      if (flags & 1) reader.u32();
      writer.raw(prefix).u8(3).u32(minimum).u32(MEMORY_MAXIMUM);
      continue;
    }
    if (kind === ExternalKind.function) reader.u32();
    else if (kind === ExternalKind.global) reader.skip(2);
    else {
      reader.u8();
      if (reader.u8() & 1) reader.u32();
      reader.u32();
    }
    writer.raw(contents.subarray(start, reader.position));
  }
  return writer.bytes;
}

/**
 * Code that stands for hardware or the compiler's runtime and is no access of the program's: our hooks, the linker's
 * initialisation of memory, and OpenMP's runtime, whose own variables no device ever sees.
 */
const RUNTIME_PREFIXES = ['__faultline_', '__ubsan_handle_', '__wasm_', '__kmpc_', '__tgt_', 'omp_'];

function isRuntime(name: string | undefined): boolean {
  return name !== undefined && RUNTIME_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function findHooks(linked: WasmModule): Hooks {
  const find = (name: string): number => {
    const index = linked.functionByName(name);
    if (index === undefined) throw new MalformedModule(`the runtime function ${name} was not linked`);
    return index;
  };
  const entries = Object.entries(HOOK_NAMES).map(([hook, name]) => [hook, find(name)] as const);
  return Object.fromEntries(entries) as unknown as Hooks;
}

/**
 * The linker makes `__tls_base` a constant where memory is not shared: one thread. Made variable, each thread has variables of its own.
 * Source: LLD, wasm/Driver.cpp (`__tls_base`, addOptionalSymbols).
 */
export function tlsBaseOf(linked: WasmModule): number | undefined {
  for (const [index, name] of linked.globalNames) if (name === '__tls_base') return index;
  return undefined;
}

/** The global section with one of its globals variable. */
function mutableGlobal(linked: WasmModule, contents: Uint8Array, index: number): Uint8Array {
  const reader = new ByteReader(contents);
  const copy = contents.slice();
  const count = reader.u32();
  for (let global = linked.globalCount - count; global < index; global++) {
    reader.skip(3);
    reader.skipLeb();
    reader.skip(1);
  }
  copy[reader.position + 1] = 1;
  return copy;
}

/** A `name` section: function 7 is `f7`. */
function numberedNames(count: number, stackPointer: number): Uint8Array {
  const names = new ByteWriter().u32(count);
  for (let n = 0; n < count; n++) names.u32(n).name(`f${String(n)}`);
  // Binaryen's stack check looks for the stack pointer by its name.
  const globals = new ByteWriter().u32(1).u32(stackPointer).name('__stack_pointer');
  return new ByteWriter().name('name').u8(1).sized(names.bytes).u8(7).sized(globals.bytes).bytes;
}

/** Index of the global that LLD names `__stack_pointer`. */
export function findStackPointer(linked: WasmModule): number {
  for (const [index, name] of linked.globalNames) if (name === '__stack_pointer') return index;
  throw new MalformedModule('the module has no __stack_pointer');
}

class TypeAppender {
  readonly added: Uint8Array[] = [];
  private readonly indices = new Map<string, number>();

  constructor(private readonly linked: WasmModule) {
    linked.types.forEach((type, index) => {
      const key = this.key(type.parameters, type.results);
      if (!this.indices.has(key)) this.indices.set(key, index);
    });
  }

  private key(parameters: readonly number[], results: readonly number[]): string {
    return `${parameters.join()}>${results.join()}`;
  }

  indexOf(parameters: readonly number[], results: readonly number[]): number {
    const key = this.key(parameters, results);
    let index = this.indices.get(key);
    if (index === undefined) {
      index = this.linked.types.length + this.added.length;
      this.indices.set(key, index);
      const writer = new ByteWriter()
        .u8(0x60)
        .u32(parameters.length)
        .u8(...parameters);
      this.added.push(writer.u32(results.length).u8(...results).bytes);
    }
    return index;
  }

  blockType(results: readonly number[]): ByteWriter {
    const [only] = results;
    if (only === undefined) return new ByteWriter().u8(BLOCK_VOID);
    if (results.length === 1) return new ByteWriter().u8(only);
    return new ByteWriter().s32(this.indexOf([], results));
  }
}
