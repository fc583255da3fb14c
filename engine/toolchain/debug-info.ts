/**
 * Reads from DWARF what instrumenting needs: which functions have debug information, which kernel parameters are aggregates
 * passed by address, and which locals a debugger will ask for. Everything else about symbols (lines, variables, expressions) is LLVM's and LLDB's work.
 * Source: DWARF 5, chapters 2, 3.3, 5 and 7; WebAssembly tool-conventions BasicCABI.md for how aggregates are passed.
 */
import { ByteReader } from './instrument/leb128.js';
import type { WasmModule } from './instrument/wasm-module.js';

export interface DebugFunction {
  /** First code offset, as DWARF counts. */
  readonly lowPc: number;
  readonly parameters: readonly ParameterShape[];
  /** WebAssembly locals that its frame base or its variables are described by, ascending. */
  readonly locals: readonly number[];
}

/** How one source-level parameter travels: as a WebAssembly value, by address, or (empty class) not at all. */
export type ParameterShape =
  | { readonly kind: 'value'; readonly bytes: number; readonly signed: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'address'; readonly bytes: number };

const Tag = {
  arrayType: 0x01,
  classType: 0x02,
  formalParameter: 0x05,
  member: 0x0d,
  structureType: 0x13,
  typedef: 0x16,
  unionType: 0x17,
  inheritance: 0x1c,
  subrange: 0x21,
  constType: 0x26,
  subprogram: 0x2e,
  volatileType: 0x35,
  restrictType: 0x37,
  atomicType: 0x47,
} as const;

const Attribute = {
  location: 0x02,
  byteSize: 0x0b,
  lowPc: 0x11,
  abstractOrigin: 0x31,
  callingConvention: 0x36,
  count: 0x37,
  declaration: 0x3c,
  encoding: 0x3e,
  external: 0x3f,
  frameBase: 0x40,
  specification: 0x47,
  type: 0x49,
  addrBase: 0x73,
  loclistsBase: 0x8c,
} as const;

/** DW_OP_WASM_location, and its first operand for a local. Source: WebAssembly tool-conventions Debugging.md. */
const WASM_LOCATION = 0xed;
const WASM_LOCAL = 0;

const POINTER_BYTES = 4;
/** DW_ATE_signed and DW_ATE_signed_char. */
const SIGNED_ENCODINGS = [5, 6];
/** DW_CC_pass_by_reference: a class that may not be copied byte by byte. */
const PASS_BY_REFERENCE = 4;

const STRIPPED = new Set<number>([Tag.typedef, Tag.constType, Tag.volatileType, Tag.restrictType, Tag.atomicType]);
const RECORDS = new Set<number>([Tag.structureType, Tag.classType, Tag.unionType]);

/** One debugging information entry, by its offset in .debug_info. */
interface Entry {
  readonly tag: number;
  readonly children: number[];
  type: number;
  origin: number;
  bytes: number;
  count: number;
  lowPc: number;
  isStatic: boolean;
  isSigned: boolean;
  byReference: boolean;
  locals: Set<number> | undefined;
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Attribute, form, implicit constant; three numbers each. */
  readonly specs: readonly number[];
}

export function readDebugFunctions(module: WasmModule): DebugFunction[] {
  const info = module.customSection('.debug_info');
  const abbreviations = module.customSection('.debug_abbrev');
  if (!info || !abbreviations) return [];
  const addresses = module.customSection('.debug_addr');
  const lists = module.customSection('.debug_loclists');
  const entries = new Map<number, Entry>();
  const reader = new ByteReader(info);
  while (!reader.done) {
    const unit = reader.position;
    const end = reader.u32le() + reader.position;
    if (reader.u16le() === 5) {
      const unitType = reader.u8();
      reader.u8(); // address size: 4
      const table = readAbbreviations(abbreviations, reader.u32le());
      if (unitType === 1) new UnitReader(reader, unit, end, table, { addresses, lists }, entries).read();
    }
    reader.position = end;
  }
  const functions: DebugFunction[] = [];
  for (const entry of entries.values()) {
    if (entry.tag !== Tag.subprogram || entry.lowPc <= 0 || entry.lowPc >= 0xfffffffe) continue;
    functions.push({
      lowPc: entry.lowPc,
      parameters: shapes(entry, entries),
      locals: [...(entry.locals ?? [])].sort((a, b) => a - b),
    });
  }
  return functions.sort((a, b) => a.lowPc - b.lowPc);
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

function readAbbreviations(section: Uint8Array, offset: number): ReadonlyMap<number, Abbreviation> {
  const reader = new ByteReader(section, offset);
  const table = new Map<number, Abbreviation>();
  for (let code = reader.u32(); code !== 0; code = reader.u32()) {
    const tag = reader.u32();
    const hasChildren = reader.u8() === 1;
    const specs: number[] = [];
    for (;;) {
      const attribute = reader.u32();
      const form = reader.u32();
      const implicit = form === 0x21 ? reader.s32() : 0;
      if (attribute === 0 && form === 0) break;
      specs.push(attribute, form, implicit);
    }
    table.set(code, { tag, hasChildren, specs });
  }
  return table;
}

class UnitReader {
  private addrBase = 8;
  private loclistsBase = 12;
  private readonly parents: Entry[] = [];

  constructor(
    private readonly reader: ByteReader,
    private readonly unit: number,
    private readonly end: number,
    private readonly abbreviations: ReadonlyMap<number, Abbreviation>,
    private readonly sections: { readonly addresses: Uint8Array | undefined; readonly lists: Uint8Array | undefined },
    private readonly entries: Map<number, Entry>,
  ) {}

  read(): void {
    const { reader, parents } = this;
    while (reader.position < this.end) {
      const offset = reader.position;
      const code = reader.u32();
      if (code === 0) {
        parents.pop();
        continue;
      }
      const abbreviation = this.abbreviations.get(code);
      if (!abbreviation) throw new RangeError('malformed debug information');
      const entry: Entry = {
        tag: abbreviation.tag,
        children: [],
        type: 0,
        origin: 0,
        bytes: 0,
        count: 2,
        lowPc: -1,
        isStatic: false,
        isSigned: false,
        byReference: false,
        locals: undefined,
      };
      const { specs } = abbreviation;
      for (let n = 0; n < specs.length; n += 3)
        this.attribute(entry, specs[n] ?? 0, specs[n + 1] ?? 0, specs[n + 2] ?? 0);
      this.entries.set(offset, entry);
      parents.at(-1)?.children.push(offset);
      if (abbreviation.hasChildren) parents.push(entry);
    }
  }

  private attribute(entry: Entry, attribute: number, form: number, implicit: number): void {
    if (attribute === Attribute.location || attribute === Attribute.frameBase) {
      this.place(entry, form, implicit);
      return;
    }
    const value = this.form(form, implicit);
    switch (attribute) {
      case Attribute.type:
        entry.type = value;
        break;
      case Attribute.specification:
      case Attribute.abstractOrigin:
        entry.origin = value;
        break;
      case Attribute.byteSize:
        entry.bytes = value;
        break;
      case Attribute.encoding:
        entry.isSigned = SIGNED_ENCODINGS.includes(value);
        break;
      case Attribute.callingConvention:
        entry.byReference = value === PASS_BY_REFERENCE;
        break;
      case Attribute.count:
        entry.count = value;
        break;
      case Attribute.lowPc:
        entry.lowPc = form === 0x01 ? value : this.address(value);
        break;
      case Attribute.addrBase:
        this.addrBase = value;
        break;
      case Attribute.loclistsBase:
        this.loclistsBase = value;
        break;
      case Attribute.external:
      case Attribute.declaration:
        // A data member with either is a static one: no part of the object.
        if (entry.tag === Tag.member) entry.isStatic = true;
        break;
      default:
        break;
    }
  }

  /** Notes the locals of a place, one expression or a list of them, for the function that it is in. */
  private place(entry: Entry, form: number, implicit: number): void {
    const subprogram =
      entry.tag === Tag.subprogram ? entry : this.parents.findLast(({ tag }) => tag === Tag.subprogram);
    const locals = (subprogram ?? entry).locals ?? new Set();
    if (subprogram) subprogram.locals = locals;
    const { reader } = this;
    if (form === EXPRLOC) {
      const bytes = reader.u32();
      const end = reader.position + bytes;
      noteLocals(reader, end, locals);
      reader.position = end;
      return;
    }
    const value = this.form(form, implicit);
    const { lists } = this.sections;
    if (!lists) return;
    let at = value;
    if (form === LOCLISTX) {
      const slot = this.loclistsBase + value * 4;
      if (slot + 4 > lists.length) return;
      at = this.loclistsBase + new ByteReader(lists, slot).u32le();
    } else if (form !== SEC_OFFSET) return;
    noteLocationList(lists, at, locals);
  }

  private address(index: number): number {
    const { addresses } = this.sections;
    if (!addresses) return -1;
    const at = this.addrBase + index * 4;
    return at + 4 <= addresses.length ? new ByteReader(addresses, at).u32le() : -1;
  }

  /** Reads one attribute value; references become offsets in .debug_info, texts and blocks are skipped. */
  private form(form: number, implicit: number): number {
    const { reader } = this;
    switch (form) {
      case 0x01: // addr
      case 0x06: // data4
      case 0x0e: // strp
      case 0x17: // sec_offset
      case 0x1f: // line_strp
        return reader.u32le();
      case 0x10: // ref_addr
        return reader.u32le();
      case 0x13: // ref4
        return this.unit + reader.u32le();
      case 0x0b: // data1
      case 0x0c: // flag
      case 0x25: // strx1
      case 0x29: // addrx1
        return reader.u8();
      case 0x11: // ref1
        return this.unit + reader.u8();
      case 0x05: // data2
      case 0x26: // strx2
      case 0x2a: // addrx2
        return reader.u16le();
      case 0x12: // ref2
        return this.unit + reader.u16le();
      case 0x27: // strx3
      case 0x2b: // addrx3
        return reader.u16le() | (reader.u8() << 16);
      case 0x28: // strx4
      case 0x2c: // addrx4
        return reader.u32le();
      case 0x07: // data8
      case 0x20: // ref_sig8
        reader.skip(8);
        return 0;
      case 0x1e: // data16
        reader.skip(16);
        return 0;
      case 0x0d: // sdata: up to 64 bits, of which none of ours needs more than 32
        reader.skipLeb();
        return 0;
      case 0x0f: // udata
        return Number(reader.u64());
      case 0x1a: // strx
      case 0x1b: // addrx
      case 0x22: // loclistx
      case 0x23: // rnglistx
        return reader.u32();
      case 0x15: // ref_udata
        return this.unit + reader.u32();
      case 0x08: // string
        while (reader.u8() !== 0);
        return 0;
      case 0x09: // block
      case 0x18: // exprloc
        reader.skip(reader.u32());
        return 0;
      case 0x0a: // block1
        reader.skip(reader.u8());
        return 0;
      case 0x03: // block2
        reader.skip(reader.u16le());
        return 0;
      case 0x04: // block4
        reader.skip(reader.u32le());
        return 0;
      case 0x19: // flag_present
        return 1;
      case 0x21: // implicit_const
        return implicit;
      default:
        throw new RangeError(`debug information uses the unknown form 0x${form.toString(16)}`);
    }
  }
}

const EXPRLOC = 0x18;
const SEC_OFFSET = 0x17;
const LOCLISTX = 0x22;

/** Source: DWARF 5, 7.7.3: operands of an entry before its expression. */
function noteLocationList(lists: Uint8Array, at: number, locals: Set<number>): void {
  if (at >= lists.length) return;
  const reader = new ByteReader(lists, at);
  while (!reader.done) {
    const kind = reader.u8();
    if (kind === 0) return;
    if (kind === 1 || kind === 6) {
      // A base address: no place.
      if (kind === 1) reader.u32();
      else reader.skip(4);
      continue;
    }
    if (kind === 2 || kind === 3 || kind === 4) {
      reader.u32();
      reader.u32();
    } else if (kind === 7) reader.skip(8);
    else if (kind === 8) {
      reader.skip(4);
      reader.u32();
    } else if (kind !== 5) return;
    const bytes = reader.u32();
    const end = reader.position + bytes;
    noteLocals(reader, Math.min(end, lists.length), locals);
    reader.position = end;
  }
}

/** Looks for the operator byte by byte: what only looks like one costs a spill and harms nothing. */
function noteLocals(reader: ByteReader, end: number, locals: Set<number>): void {
  while (reader.position + 2 < end) {
    if (reader.u8() !== WASM_LOCATION) continue;
    if (reader.u8() === WASM_LOCAL) locals.add(reader.u32());
  }
}
