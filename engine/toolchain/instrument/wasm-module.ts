/**
 * A linked WebAssembly module as the instrumenter sees it: its sections as byte ranges, and of their contents only what is
 * needed to rewrite code: types, function signatures, names, globals, exports.
 * Source: WebAssembly core specification 2.0, section 5.5; the `name` custom section, appendix 7.4.
 */
import { ByteReader } from './leb128.js';

export interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

export interface Section {
  readonly id: number;
  /** First and one-past-last byte of the contents (without id and size). */
  readonly start: number;
  readonly end: number;
}

export interface FunctionBody {
  readonly functionIndex: number;
  /** First byte after the body's size field, and one past its last byte. */
  readonly start: number;
  readonly end: number;
}

export interface WasmImport {
  readonly module: string;
  readonly name: string;
  readonly kind: number;
}

export const SectionId = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

export const ExternalKind = { function: 0, table: 1, memory: 2, global: 3 } as const;

/** Thrown for bytes that are not a module of the shape that the linker writes. */
export class MalformedModule extends Error {
  override readonly name = 'MalformedModule';
}

/** What `markDeviceObject` appends to the names of functions that are one file's own. */
const INTERNAL_SUFFIX = /\.(?:file[0-9a-f]{16}|device)$/;

export class WasmModule {
  readonly sections: readonly Section[];
  readonly types: FunctionType[] = [];
  readonly imports: WasmImport[] = [];
  readonly importedFunctions: number;
  readonly bodies: FunctionBody[] = [];
  readonly functionNames = new Map<number, string>();
  readonly globalNames = new Map<number, string>();
  readonly exports = new Map<string, { readonly kind: number; readonly index: number }>();
  globalCount = 0;
  /** Least size of the imported memory, in pages of 64 KiB. */
  memoryPages = 0;
  /** Type index of every function, imported ones first. */
  private readonly functionTypes: number[] = [];
  private readonly indexByName = new Map<string, number>();

  constructor(readonly bytes: Uint8Array) {
    this.sections = readSections(bytes);
    let importedFunctions = 0;
    for (const section of this.sections) {
      const reader = new ByteReader(bytes, section.start, section.end);
      switch (section.id) {
        case SectionId.type:
          this.readTypes(reader);
          break;
        case SectionId.import:
          importedFunctions = this.readImports(reader);
          break;
        case SectionId.function:
          for (let n = reader.u32(); n > 0; n--) this.functionTypes.push(reader.u32());
          break;
        case SectionId.global:
          this.globalCount += reader.u32();
          break;
        case SectionId.export:
          for (let n = reader.u32(); n > 0; n--)
            this.exports.set(reader.name(), { kind: reader.u8(), index: reader.u32() });
          break;
        case SectionId.code:
          this.readBodies(reader, importedFunctions);
          break;
        case SectionId.custom:
          if (reader.name() === 'name') this.readNames(reader);
          break;
        default:
          break;
      }
    }
    this.importedFunctions = importedFunctions;
    for (const [index, name] of this.functionNames) this.indexByName.set(name, index);
  }

  section(id: number): Section | undefined {
    return this.sections.find((section) => section.id === id);
  }

  /** Bytes of a custom section's contents, without its name. */
  customSection(name: string): Uint8Array | undefined {
    for (const section of this.sections) {
      if (section.id !== SectionId.custom) continue;
      const reader = new ByteReader(this.bytes, section.start, section.end);
      if (reader.name() === name) return this.bytes.subarray(reader.position, section.end);
    }
    return undefined;
  }

  /** Where offsets of DWARF count from: the first byte of the code section's contents. */
  get codeStart(): number {
    return this.section(SectionId.code)?.start ?? 0;
  }

  functionByName(name: string): number | undefined {
    return this.indexByName.get(name);
  }

  typeOf(functionIndex: number): FunctionType {
    return this.type(this.typeIndexOf(functionIndex));
  }

  typeIndexOf(functionIndex: number): number {
    const index = this.functionTypes[functionIndex];
    if (index === undefined) throw new MalformedModule(`function ${String(functionIndex)} has no type`);
    return index;
  }

  type(typeIndex: number): FunctionType {
    const type = this.types[typeIndex];
    if (!type) throw new MalformedModule(`type ${String(typeIndex)} does not exist`);
    return type;
  }

  private readTypes(reader: ByteReader): void {
    for (let n = reader.u32(); n > 0; n--) {
      if (reader.u8() !== 0x60) throw new MalformedModule('a type is not a function type');
      const list = (): number[] => Array.from({ length: reader.u32() }, () => reader.u8());
      this.types.push({ parameters: list(), results: list() });
    }
  }

  private readImports(reader: ByteReader): number {
    let functions = 0;
    for (let n = reader.u32(); n > 0; n--) {
      const module = reader.name();
      const name = reader.name();
      const kind = reader.u8();
      this.imports.push({ module, name, kind });
      if (kind === ExternalKind.function) {
        this.functionTypes.push(reader.u32());
        functions++;
      } else if (kind === ExternalKind.table) {
        reader.u8();
        readLimits(reader);
      } else if (kind === ExternalKind.memory) {
        this.memoryPages = readLimits(reader);
      } else if (kind === ExternalKind.global) {
        reader.skip(2);
        this.globalCount++;
      } else {
        throw new MalformedModule(`import ${module}.${name} has the unknown kind ${String(kind)}`);
      }
    }
    return functions;
  }

  private readBodies(reader: ByteReader, importedFunctions: number): void {
    const count = reader.u32();
    for (let n = 0; n < count; n++) {
      const size = reader.u32();
      const start = reader.position;
      reader.skip(size);
      this.bodies.push({ functionIndex: importedFunctions + n, start, end: start + size });
    }
  }

  private readNames(reader: ByteReader): void {
    while (!reader.done) {
      const id = reader.u8();
      const end = reader.u32() + reader.position;
      const target = id === 1 ? this.functionNames : id === 7 ? this.globalNames : undefined;
      if (target) {
        for (let n = reader.u32(); n > 0; n--) target.set(reader.u32(), reader.name().replace(INTERNAL_SUFFIX, ''));
      }
      reader.position = end;
    }
  }
}

/** The minimum; the maximum is passed over. */
function readLimits(reader: ByteReader): number {
  const flags = reader.u8();
  const minimum = reader.u32();
  if (flags & 1) reader.skipLeb();
  return minimum;
}

function readSections(bytes: Uint8Array): Section[] {
  const reader = new ByteReader(bytes);
  if (reader.u32le() !== 0x6d736100 || reader.u32le() !== 1) throw new MalformedModule('not a WebAssembly 1.0 module');
  const sections: Section[] = [];
  while (!reader.done) {
    const id = reader.u8();
    const size = reader.u32();
    const start = reader.position;
    reader.skip(size);
    sections.push({ id, start, end: start + size });
  }
  return sections;
}

/** Value of an exported, immutable i32 global: the address of a symbol that the linker exported. */
export function exportedAddress(module: WasmModule, name: string): number {
  const entry = module.exports.get(name);
  const section = module.section(SectionId.global);
  if (entry?.kind === ExternalKind.global && section) {
    const reader = new ByteReader(module.bytes, section.start, section.end);
    const imported = module.globalCount - reader.u32();
    for (let index = imported; !reader.done; index++) {
      reader.skip(2);
      if (reader.u8() !== 0x41) break;
      const value = reader.s32() >>> 0;
      reader.skip(1);
      if (index === entry.index) return value;
    }
  }
  throw new MalformedModule(`the module does not export the address of ${name}`);
}
