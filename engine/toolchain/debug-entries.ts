/**
 * Reads the tree of DWARF's debugging information entries of a linked module: of each entry what somebody here asks for.
 * Source: DWARF 5, chapters 2, 3.3, 5 and 7.
 */
import { readForm } from './debug-forms.js';
import { ByteReader } from './instrument/leb128.js';
import type { WasmModule } from './instrument/wasm-module.js';

export const Tag = {
  arrayType: 0x01,
  classType: 0x02,
  formalParameter: 0x05,
  lexicalBlock: 0x0b,
  member: 0x0d,
  structureType: 0x13,
  typedef: 0x16,
  unionType: 0x17,
  inheritance: 0x1c,
  inlinedSubroutine: 0x1d,
  subrange: 0x21,
  constType: 0x26,
  subprogram: 0x2e,
  volatileType: 0x35,
  restrictType: 0x37,
  atomicType: 0x47,
} as const;

const Attribute = {
  location: 0x02,
  name: 0x03,
  byteSize: 0x0b,
  statementList: 0x10,
  lowPc: 0x11,
  highPc: 0x12,
  abstractOrigin: 0x31,
  callingConvention: 0x36,
  count: 0x37,
  declarationFile: 0x3a,
  declarationLine: 0x3b,
  declaration: 0x3c,
  encoding: 0x3e,
  external: 0x3f,
  frameBase: 0x40,
  specification: 0x47,
  type: 0x49,
  ranges: 0x55,
  callColumn: 0x57,
  callFile: 0x58,
  callLine: 0x59,
  linkageName: 0x6e,
  stringOffsetsBase: 0x72,
  addrBase: 0x73,
  rangeListsBase: 0x74,
  loclistsBase: 0x8c,
} as const;

/** DW_ATE_signed and DW_ATE_signed_char. */
const SIGNED_ENCODINGS = [5, 6];
/** DW_CC_pass_by_reference: a class that may not be copied byte by byte. */
const PASS_BY_REFERENCE = 4;

/** Form of an attribute of the address class; what is an offset from another address has another one. */
const ADDR = 0x01;
const ADDRX_FORMS = [0x1b, 0x29, 0x2a, 0x2b, 0x2c];
const EXPRLOC = 0x18;
const SEC_OFFSET = 0x17;
const LOCLISTX = 0x22;
const RNGLISTX = 0x23;
const STRING = 0x08;
const STRP = 0x0e;
const STRX_FORMS = [0x1a, 0x25, 0x26, 0x27, 0x28];

/** DW_OP_WASM_location, and its first operand for a local. Source: WebAssembly tool-conventions Debugging.md. */
const WASM_LOCATION = 0xed;
const WASM_LOCAL = 0;

/** One debugging information entry, by its offset in .debug_info. */
export interface Entry {
  readonly tag: number;
  /** Their offsets. */
  readonly children: number[];
  /** Offset of its type's entry, 0 if it has none. */
  type: number;
  /** Offset of the entry that it is an instance or the definition of, 0 if there is none. */
  origin: number;
  bytes: number;
  count: number;
  isStatic: boolean;
  isSigned: boolean;
  byReference: boolean;
  /** Of functions, calls that were inlined, and blocks only. */
  readonly code: CodeEntry | undefined;
}

/** What is said of a function, or of a call that was inlined. Files are numbers in its unit's line table. */
export interface CodeEntry {
  /** Offset of the unit's line table in .debug_line. */
  readonly unit: number;
  /** The linker's name, else the one in the source; empty if another entry has it. */
  linkageName: string;
  name: string;
  /** -1: it says none. */
  file: number;
  line: number;
  callFile: number;
  callLine: number;
  callColumn: number;
  /** First code offset, as DWARF counts; -1: it says none. */
  lowPc: number;
  /** Starts and ends (exclusive) of its code. */
  ranges: number[];
  locals: Set<number> | undefined;
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Attribute, form, implicit constant; three numbers each. */
  readonly specs: readonly number[];
}

interface Sections {
  readonly addresses: Uint8Array | undefined;
  readonly lists: Uint8Array | undefined;
  readonly ranges: Uint8Array | undefined;
  readonly strings: Uint8Array | undefined;
  readonly stringOffsets: Uint8Array | undefined;
}

/** By their offsets; empty without debug information. @throws RangeError for what is malformed */
export function readDebugEntries(module: WasmModule): ReadonlyMap<number, Entry> {
  const entries = new Map<number, Entry>();
  const info = module.customSection('.debug_info');
  const abbreviations = module.customSection('.debug_abbrev');
  if (!info || !abbreviations) return entries;
  const sections: Sections = {
    addresses: module.customSection('.debug_addr'),
    lists: module.customSection('.debug_loclists'),
    ranges: module.customSection('.debug_rnglists'),
    strings: module.customSection('.debug_str'),
    stringOffsets: module.customSection('.debug_str_offsets'),
  };
  const reader = new ByteReader(info);
  while (!reader.done) {
    const unit = reader.position;
    const end = reader.u32le() + reader.position;
    if (reader.u16le() === 5) {
      const unitType = reader.u8();
      reader.u8(); // address size: 4
      const table = readAbbreviations(abbreviations, reader.u32le());
      if (unitType === 1) new UnitReader(reader, unit, end, table, sections, entries).read();
    }
    reader.position = end;
  }
  return entries;
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
  private rangeListsBase = 12;
  private stringOffsetsBase = 8;
  private statementList = 0;
  private lowPc = 0;
  private readonly parents: Entry[] = [];

  constructor(
    private readonly reader: ByteReader,
    private readonly unit: number,
    private readonly end: number,
    private readonly abbreviations: ReadonlyMap<number, Abbreviation>,
    private readonly sections: Sections,
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
        isStatic: false,
        isSigned: false,
        byReference: false,
        code: CODE_TAGS.has(abbreviation.tag) ? this.codeEntry() : undefined,
      };
      const { specs } = abbreviation;
      for (let n = 0; n < specs.length; n += 3)
        this.attribute(entry, specs[n] ?? 0, specs[n + 1] ?? 0, specs[n + 2] ?? 0);
      this.entries.set(offset, entry);
      parents.at(-1)?.children.push(offset);
      if (abbreviation.hasChildren) parents.push(entry);
    }
  }

  private codeEntry(): CodeEntry {
    const nothing = { linkageName: '', name: '', file: -1, line: 0, callFile: 0, callLine: 0, callColumn: 0 };
    return { ...nothing, unit: this.statementList, lowPc: -1, ranges: [], locals: undefined };
  }

  private attribute(entry: Entry, attribute: number, form: number, implicit: number): void {
    const { code } = entry;
    if (attribute === Attribute.location || attribute === Attribute.frameBase) {
      this.place(entry, form, implicit);
      return;
    }
    if (code && (attribute === Attribute.name || attribute === Attribute.linkageName)) {
      code[attribute === Attribute.name ? 'name' : 'linkageName'] = this.text(form);
      return;
    }
    const value = readForm(this.reader, this.unit, form, implicit);
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
      case Attribute.external:
      case Attribute.declaration:
        // A data member with either is a static one: no part of the object.
        if (entry.tag === Tag.member) entry.isStatic = true;
        break;
      default:
        if (code) this.codeAttribute(code, attribute, form, value);
        else this.unitAttribute(attribute, form, value);
    }
  }

  /** The unit's own entry comes first. */
  private unitAttribute(attribute: number, form: number, value: number): void {
    if (attribute === Attribute.addrBase) this.addrBase = value;
    else if (attribute === Attribute.loclistsBase) this.loclistsBase = value;
    else if (attribute === Attribute.rangeListsBase) this.rangeListsBase = value;
    else if (attribute === Attribute.stringOffsetsBase) this.stringOffsetsBase = value;
    else if (attribute === Attribute.statementList) this.statementList = value;
    else if (attribute === Attribute.lowPc && this.parents.length === 0)
      this.lowPc = form === ADDR ? value : this.address(value);
  }

  private codeAttribute(code: CodeEntry, attribute: number, form: number, value: number): void {
    if (attribute === Attribute.lowPc) code.lowPc = form === ADDR ? value : this.address(value);
    else if (attribute === Attribute.highPc) {
      // Its form says whether it is an address or counts from the first one, which stands before it.
      const isAddress = form === ADDR || ADDRX_FORMS.includes(form);
      const end = form === ADDR ? value : isAddress ? this.address(value) : code.lowPc + value;
      code.ranges = [code.lowPc, end];
    } else if (attribute === Attribute.ranges) code.ranges = this.rangeList(form, value);
    else if (attribute === Attribute.declarationFile) code.file = value;
    else if (attribute === Attribute.declarationLine) code.line = value;
    else if (attribute === Attribute.callFile) code.callFile = value;
    else if (attribute === Attribute.callLine) code.callLine = value;
    else if (attribute === Attribute.callColumn) code.callColumn = value;
  }

  /** Source: DWARF 5, 7.25. */
  private rangeList(form: number, value: number): number[] {
    const { ranges } = this.sections;
    if (!ranges) return [];
    let at = value;
    if (form === RNGLISTX) {
      const slot = this.rangeListsBase + value * 4;
      if (slot + 4 > ranges.length) return [];
      at = this.rangeListsBase + new ByteReader(ranges, slot).u32le();
    }
    if (at >= ranges.length) return [];
    const reader = new ByteReader(ranges, at);
    const found: number[] = [];
    let base = this.lowPc;
    while (!reader.done) {
      switch (reader.u8()) {
        case 0:
          return found;
        case 1:
          base = this.address(reader.u32());
          break;
        case 2:
          found.push(this.address(reader.u32()), this.address(reader.u32()));
          break;
        case 3: {
          const start = this.address(reader.u32());
          found.push(start, start + reader.u32());
          break;
        }
        case 4:
          found.push(base + reader.u32(), base + reader.u32());
          break;
        case 5:
          base = reader.u32le();
          break;
        case 6:
          found.push(reader.u32le(), reader.u32le());
          break;
        case 7: {
          const start = reader.u32le();
          found.push(start, start + reader.u32());
          break;
        }
        default:
          return found;
      }
    }
    return found;
  }

  private text(form: number): string {
    const { reader } = this;
    const { strings, stringOffsets } = this.sections;
    if (form === STRING) {
      const start = reader.position;
      while (reader.u8() !== 0);
      return utf8.decode(reader.bytes.slice(start, reader.position - 1));
    }
    let at = readForm(reader, this.unit, form, 0);
    if (STRX_FORMS.includes(form)) {
      const slot = this.stringOffsetsBase + at * 4;
      if (!stringOffsets || slot + 4 > stringOffsets.length) return '';
      at = new ByteReader(stringOffsets, slot).u32le();
    } else if (form !== STRP) return '';
    const end = strings?.indexOf(0, at) ?? -1;
    return strings && end >= 0 ? utf8.decode(strings.slice(at, end)) : '';
  }

  /** Notes the locals of a place, one expression or a list of them, for the function that it is in. */
  private place(entry: Entry, form: number, implicit: number): void {
    const around = entry.tag === Tag.subprogram ? entry : this.parents.findLast(({ tag }) => tag === Tag.subprogram);
    const locals = around?.code?.locals ?? new Set();
    if (around?.code) around.code.locals = locals;
    const { reader } = this;
    if (form === EXPRLOC) {
      const bytes = reader.u32();
      const end = reader.position + bytes;
      noteLocals(reader, end, locals);
      reader.position = end;
      return;
    }
    const value = readForm(reader, this.unit, form, implicit);
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
}

const CODE_TAGS: ReadonlySet<number> = new Set([Tag.subprogram, Tag.inlinedSubroutine, Tag.lexicalBlock]);
const utf8 = new TextDecoder();

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
