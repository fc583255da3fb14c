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
const SYMBOL_TABLE = 8;
const SymbolKind = { function: 0, data: 1, section: 3 } as const;
const SYMBOL_UNDEFINED = 0x10;
const SYMBOL_EXPLICIT_NAME = 0x40;
const SYMBOL_NO_STRIP = 0x80;

export function markDeviceObject(object: Uint8Array): Uint8Array {
  const module = new WasmModule(object);
  const out = new ByteWriter(object.length + 256).raw(object.subarray(0, 8));
  for (const section of module.sections) {
    const contents = object.subarray(section.start, section.end);
    const isLinking = section.id === SectionId.custom && new ByteReader(contents).name() === 'linking';
    const written = isLinking ? markLinking(contents) : contents;
    out.u8(section.id).sized(written);
  }
  return out.bytes;
}

function markLinking(contents: Uint8Array): Uint8Array {
  const reader = new ByteReader(contents);
  const out = new ByteWriter(contents.length + 256).name(reader.name());
  out.u32(reader.u32()); // version
  while (!reader.done) {
    const kind = reader.u8();
    const payload = reader.take(reader.u32());
    const rewrite = kind === SEGMENT_INFO ? renamed : kind === SYMBOL_TABLE ? kept : undefined;
    out.u8(kind).sized(rewrite ? rewrite(payload) : payload);
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

function kept(payload: Uint8Array): Uint8Array {
  const reader = new ByteReader(payload);
  const count = reader.u32();
  const out = new ByteWriter(payload.length + 64).u32(count);
  for (let n = 0; n < count; n++) {
    const start = reader.position;
    const symbol = readSymbol(reader);
    const keep = symbol.kind === SymbolKind.function && symbol.isDefined;
    const head = new ByteReader(payload, start);
    out.u8(head.u8()).u32(keep ? head.u32() | SYMBOL_NO_STRIP : head.u32());
    out.raw(payload.subarray(head.position, reader.position));
  }
  return out.bytes;
}

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
