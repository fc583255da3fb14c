/**
 * The functions of a linked module as DWARF has them: which kernel parameters are aggregates passed by address, which locals
 * a debugger will ask for, and which calls were inlined into them. Variables and expressions are LLDB's work.
 * Source: DWARF 5, 3.3; WebAssembly tool-conventions BasicCABI.md for how aggregates are passed.
 */
import { readDebugEntries, Tag, type CodeEntry, type Entry } from './debug-entries.js';
import type { WasmModule } from './instrument/wasm-module.js';

export interface DebugFunction {
  /** First code offset, as DWARF counts. */
  readonly lowPc: number;
  readonly parameters: readonly ParameterShape[];
  /** WebAssembly locals that its frame base or its variables are described by, ascending. */
  readonly locals: readonly number[];
  readonly declared: DeclaredFunction;
  readonly inlined: readonly InlinedCall[];
}

/** A function as its source has it. */
export interface DeclaredFunction {
  /** The linker's name of it, mangled, if it has one; else the source's. Empty if nobody says. */
  readonly name: string;
  /** Offset in .debug_line of the unit whose files are numbered so; `file` is such a number. */
  readonly unit: number;
  readonly file: number;
  readonly line: number;
}

/** A call whose code stands in its caller's. */
export interface InlinedCall {
  readonly callee: DeclaredFunction;
  /** Where it is called: `file` is a number of the caller's unit. */
  readonly call: { readonly file: number; readonly line: number; readonly column: number };
  /** Starts and ends (exclusive) of its code. */
  readonly ranges: readonly number[];
  readonly inlined: readonly InlinedCall[];
}

/** How one source-level parameter travels: as a WebAssembly value, by address, or (empty class) not at all. */
export type ParameterShape =
  | { readonly kind: 'value'; readonly bytes: number; readonly signed: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'address'; readonly bytes: number };

const POINTER_BYTES = 4;
const STRIPPED = new Set<number>([Tag.typedef, Tag.constType, Tag.volatileType, Tag.restrictType, Tag.atomicType]);
const RECORDS = new Set<number>([Tag.structureType, Tag.classType, Tag.unionType]);

/** Where the linker puts what is removed: at 0 (never code: the section begins with a count), -1 or -2. */
const FIRST_TOMBSTONE = 0xfffffffe;

/** Of those that the linker kept, ascending. @throws RangeError for debug information that is malformed */
export function readDebugFunctions(module: WasmModule): DebugFunction[] {
  const entries = readDebugEntries(module);
  const functions: DebugFunction[] = [];
  for (const entry of entries.values()) {
    const { code } = entry;
    if (entry.tag !== Tag.subprogram || !code || code.lowPc <= 0 || code.lowPc >= FIRST_TOMBSTONE) continue;
    functions.push({
      lowPc: code.lowPc,
      parameters: shapes(entry, entries),
      locals: [...(code.locals ?? [])].sort((a, b) => a - b),
      declared: declaration(entry, code, entries),
      inlined: inlinedCalls(entry, entries),
    });
  }
  return functions.sort((a, b) => a.lowPc - b.lowPc);
}

/** What an entry does not say stands in the one that it is an instance or the definition of. */
function declaration(entry: Entry, code: CodeEntry, entries: ReadonlyMap<number, Entry>): DeclaredFunction {
  const chain = [code];
  let { origin } = entry;
  // Two steps in a compiler's output; the bound is for hostile files.
  for (let n = 0; n < 8 && origin !== 0; n++) {
    const next = entries.get(origin);
    if (next?.code) chain.push(next.code);
    origin = next?.origin ?? 0;
  }
  const named = chain.find(({ linkageName }) => linkageName !== '') ?? chain.find(({ name }) => name !== '');
  // A definition says its file only if it is another one than the declaration's, and its line by itself.
  const filed = chain.find(({ file }) => file >= 0);
  return {
    name: named === undefined ? '' : named.linkageName || named.name,
    unit: filed?.unit ?? code.unit,
    file: filed?.file ?? -1,
    line: chain.find(({ line }) => line > 0)?.line ?? 0,
  };
}

/** Of an entry's own code, blocks within it included. */
function inlinedCalls(around: Entry, entries: ReadonlyMap<number, Entry>): InlinedCall[] {
  return around.children.flatMap((offset) => {
    const entry = entries.get(offset);
    if (!entry?.code) return [];
    if (entry.tag === Tag.lexicalBlock) return inlinedCalls(entry, entries);
    if (entry.tag !== Tag.inlinedSubroutine) return [];
    const { code } = entry;
    return [
      {
        callee: declaration(entry, code, entries),
        call: { file: code.callFile, line: code.callLine, column: code.callColumn },
        ranges: code.ranges,
        inlined: inlinedCalls(entry, entries),
      },
    ];
  });
}

function shapes(subprogram: Entry, entries: ReadonlyMap<number, Entry>): ParameterShape[] {
  const parameters: ParameterShape[] = [];
  for (const offset of subprogram.children) {
    let parameter = entries.get(offset);
    if (parameter?.tag !== Tag.formalParameter) continue;
    if (parameter.type === 0) parameter = entries.get(parameter.origin) ?? parameter;
    parameters.push(shapeOf(parameter.type, entries));
  }
  return parameters;
}

function shapeOf(type: number, entries: ReadonlyMap<number, Entry>): ParameterShape {
  const entry = stripped(type, entries);
  if (!entry || !RECORDS.has(entry.tag))
    return { kind: 'value', bytes: sizeOf(entry), signed: entry?.isSigned === true };
  const address = { kind: 'address', bytes: entry.bytes } as const;
  if (entry.byReference) return address;
  const fields = scalarFields(entry, entries);
  if (fields.length === 0) return { kind: 'none' };
  // One scalar with padding around it is no scalar to the calling convention.
  return fields.length === 1 && fields[0] === entry.bytes
    ? { kind: 'value', bytes: entry.bytes, signed: false }
    : address;
}

/** Pointers and references are written without a size. */
function sizeOf(scalar: Entry | undefined): number {
  return scalar === undefined || scalar.bytes === 0 ? POINTER_BYTES : scalar.bytes;
}

/** Sizes of the scalars in an aggregate, up to two of them: one alone is passed as itself. */
function scalarFields(entry: Entry, entries: ReadonlyMap<number, Entry>): readonly number[] {
  const sizes: number[] = [];
  for (const offset of entry.children) {
    const child = entries.get(offset);
    if (!child || child.isStatic || (child.tag !== Tag.member && child.tag !== Tag.inheritance)) continue;
    let type = stripped(child.type, entries);
    let count = 1;
    for (let depth = 0; depth < 64 && type?.tag === Tag.arrayType; depth++) {
      for (const n of type.children) count *= entries.get(n)?.count ?? 2;
      type = stripped(type.type, entries);
    }
    const inner = type && RECORDS.has(type.tag) ? scalarFields(type, entries) : [sizeOf(type)];
    for (let n = Math.min(count, 2); n > 0; n--) sizes.push(...inner);
    if (sizes.length > 1) return sizes.slice(0, 2);
  }
  return sizes;
}

function stripped(offset: number, entries: ReadonlyMap<number, Entry>): Entry | undefined {
  let entry = entries.get(offset);
  // Types nest finitely in a compiler's output; the bound is for hostile files.
  for (let n = 0; n < 64 && entry && STRIPPED.has(entry.tag); n++) entry = entries.get(entry.type);
  return entry;
}
