/**
 * Marks a device pass's object. Its data segments are renamed to one name, so that the linker lays all of the device's own
 * variables (`__device__`, `__constant__`, `__shared__`, its string literals) into pages of their own; managed variables
 * carry their own segment name and keep it. Its functions are marked "no strip": nothing refers to a kernel, because the
 * host's stub names only itself.
 * Source: tool-conventions Linking.md, WASM_SEGMENT_INFO and WASM_SYMBOL_TABLE.
 */
import { ByteReader, ByteWriter } from './instrument/leb128.js';
import { SectionId, WasmModule } from './instrument/wasm-module.js';

export const DEVICE_SEGMENT = 'faultline.device';
const MANAGED_SEGMENT = 'faultline.managed';
const SEGMENT_INFO = 5;
const COMDAT_INFO = 7;
const SYMBOL_TABLE = 8;
const SymbolKind = { function: 0, data: 1, section: 3 } as const;
/** Before what makes an internal kernel's name its file's own; taken off again where names are read. */
const INTERNAL_SUFFIX = '.file';
const SYMBOL_UNDEFINED = 0x10;
const SYMBOL_EXPLICIT_NAME = 0x40;
const SYMBOL_NO_STRIP = 0x80;

/** @param unique letters and digits that no other object of the program has */
export function markDeviceObject(object: Uint8Array, unique: string): Uint8Array {
  const module = new WasmModule(object);
  const out = new ByteWriter(object.length + 256).raw(object.subarray(0, 8));
  for (const section of module.sections) {
    const contents = object.subarray(section.start, section.end);
    const isLinking = section.id === SectionId.custom && new ByteReader(contents).name() === 'linking';
    const written = isLinking ? markLinking(contents, unique) : contents;
    out.u8(section.id).sized(written);
  }
  return out.bytes;
}

function markLinking(contents: Uint8Array, unique: string): Uint8Array {
  const reader = new ByteReader(contents);
  const out = new ByteWriter(contents.length + 256).name(reader.name());
  out.u32(reader.u32()); // version
  while (!reader.done) {
    const kind = reader.u8();
    const payload = reader.take(reader.u32());
    const rewrite = REWRITES.get(kind);
    out.u8(kind).sized(rewrite ? rewrite(payload, unique) : payload);
  }
  return out.bytes;
}

function renamed(payload: Uint8Array): Uint8Array {
  const reader = new ByteReader(payload);
  const count = reader.u32();
  const out = new ByteWriter(payload.length + 64).u32(count);
  for (let n = 0; n < count; n++) {
    const name = reader.name();
    // Flags (strings to merge) are dropped: two segments of one name must agree on them.
    const alignment = reader.u32();
    reader.u32();
    out
      .name(name === MANAGED_SEGMENT ? name : DEVICE_SEGMENT)
      .u32(alignment)
      .u32(0);
  }
  return out.bytes;
}

function kept(payload: Uint8Array, unique: string): Uint8Array {
  const reader = new ByteReader(payload);
  const count = reader.u32();
  const out = new ByteWriter(payload.length + 64).u32(count);
  for (let n = 0; n < count; n++) {
    const start = reader.position;
    const symbol = readSymbol(reader);
    const keep = symbol.kind === SymbolKind.function && symbol.isDefined;
    const head = new ByteReader(payload, start);
    out.u8(head.u8());
    const flags = head.u32();
    out.u32(keep ? flags | SYMBOL_NO_STRIP : flags);
    if (keep && isInternal(symbol.name)) {
      out.u32(head.u32()).name(`${symbol.name}${INTERNAL_SUFFIX}${unique}`);
      continue;
    }
    out.raw(payload.subarray(head.position, reader.position));
  }
  return out.bytes;
}

/** Leaves the functions that only their own file may name out of the groups that the linker keeps one of. */
function withoutInternal(payload: Uint8Array): Uint8Array {
  const reader = new ByteReader(payload);
  const groups: Uint8Array[] = [];
  for (let n = reader.u32(); n > 0; n--) {
    const start = reader.position;
    const name = reader.name();
    reader.u32(); // flags
    for (let members = reader.u32(); members > 0; members--) {
      reader.u8();
      reader.u32();
    }
    if (!isInternal(name)) groups.push(payload.subarray(start, reader.position));
  }
  const out = new ByteWriter(payload.length).u32(groups.length);
  for (const group of groups) out.raw(group);
  return out.bytes;
}

/**
 * A `static` function, or one in an anonymous namespace, by its mangled name. Clang gives such a kernel a linkage that a
 * runtime can look up, and with it two files' kernels of one name would become one.
 */
function isInternal(name: string): boolean {
  if (name.includes('_GLOBAL__N_')) return true;
  let rest = /^_ZN?(.*)$/.exec(name)?.[1] ?? '';
  for (;;) {
    if (/^L\d/.test(rest)) return true;
    const digits = /^\d+/.exec(rest)?.[0];
    if (digits === undefined) return false;
    rest = rest.slice(digits.length + Number(digits));
  }
}

const REWRITES: ReadonlyMap<number, (payload: Uint8Array, unique: string) => Uint8Array> = new Map([
  [SEGMENT_INFO, renamed],
  [COMDAT_INFO, withoutInternal],
  [SYMBOL_TABLE, kept],
]);

/** Names of the data symbols that an object refers to, or defines. */
export function dataSymbols(object: Uint8Array): {
  readonly undefined: readonly string[];
  readonly defined: readonly string[];
} {
  const wanted: string[] = [];
  const defined: string[] = [];
  const linking = new WasmModule(object).customSection('linking');
  if (!linking) return { undefined: wanted, defined };
  const sections = new ByteReader(linking);
  sections.u32(); // version
  while (!sections.done) {
    const kind = sections.u8();
    const reader = new ByteReader(sections.take(sections.u32()));
    if (kind !== SYMBOL_TABLE) continue;
    for (let n = reader.u32(); n > 0; n--) {
      const symbol = readSymbol(reader);
      if (symbol.kind === SymbolKind.data) (symbol.isDefined ? defined : wanted).push(symbol.name);
    }
  }
  return { undefined: wanted, defined };
}

interface LinkSymbol {
  readonly kind: number;
  readonly flags: number;
  readonly name: string;
  readonly isDefined: boolean;
}

function readSymbol(reader: ByteReader): LinkSymbol {
  const kind = reader.u8();
  const flags = reader.u32();
  const isDefined = (flags & SYMBOL_UNDEFINED) === 0;
  if (kind === SymbolKind.data) {
    const name = reader.name();
    if (isDefined) for (let k = 0; k < 3; k++) reader.skipLeb();
    return { kind, flags, name, isDefined };
  }
  reader.skipLeb();
  const named = kind !== SymbolKind.section && (isDefined || (flags & SYMBOL_EXPLICIT_NAME) !== 0);
  return { kind, flags, name: named ? reader.name() : '', isDefined };
}
