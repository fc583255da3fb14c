/**
 * The symbol table of an object: read, and written with changes. Source: tool-conventions Linking.md, WASM_SYMBOL_TABLE.
 */
import { ByteReader, ByteWriter } from './instrument/leb128.js';
import { SectionId, WasmModule } from './instrument/wasm-module.js';

export const SymbolKind = { function: 0, data: 1, section: 3 } as const;
export const SymbolFlag = { weak: 0x01, local: 0x02, undefined: 0x10, explicitName: 0x40, noStrip: 0x80 } as const;
const SYMBOL_TABLE = 8;

export interface LinkSymbol {
  readonly kind: number;
  readonly flags: number;
  /** Of a function that is not defined here: that of its import. */
  readonly name: string;
}

export function isDefined(symbol: LinkSymbol): boolean {
  return (symbol.flags & SymbolFlag.undefined) === 0;
}

/** What may be done to one part of an object's linking section, by the part's number. */
export type LinkingRewrites = ReadonlyMap<number, (part: Uint8Array) => Uint8Array>;

/** The object with other parts of its linking section. */
export function rewriteLinking(object: Uint8Array, rewrites: LinkingRewrites): Uint8Array {
  const module = new WasmModule(object);
  const out = new ByteWriter(object.length + 1024).raw(object.subarray(0, 8));
  for (const section of module.sections) {
    const contents = object.subarray(section.start, section.end);
    const isLinking = section.id === SectionId.custom && new ByteReader(contents).name() === 'linking';
    out.u8(section.id).sized(isLinking ? rewritten(contents, rewrites) : contents);
  }
  return out.bytes;
}

function rewritten(contents: Uint8Array, rewrites: LinkingRewrites): Uint8Array {
  const reader = new ByteReader(contents);
  const out = new ByteWriter(contents.length + 1024).name(reader.name());
  out.u32(reader.u32()); // version
  while (!reader.done) {
    const kind = reader.u8();
    const part = reader.take(reader.u32());
    out.u8(kind).sized(rewrites.get(kind)?.(part) ?? part);
  }
  return out.bytes;
}

/** A rewrite of the symbol table: what each symbol becomes. A defined data symbol may become an undefined one. */
export function symbolRewrite(object: Uint8Array, change: (symbol: LinkSymbol) => LinkSymbol): LinkingRewrites {
  const imports = importedNames(object);
  return new Map([
    [
      SYMBOL_TABLE,
      (table) => {
        const reader = new ByteReader(table);
        const count = reader.u32();
        const out = new ByteWriter(table.length + 1024).u32(count);
        for (let n = 0; n < count; n++) rewriteSymbol(reader, out, imports, change);
        return out.bytes;
      },
    ],
  ]);
}

function rewriteSymbol(
  reader: ByteReader,
  out: ByteWriter,
  imports: readonly string[],
  change: (symbol: LinkSymbol) => LinkSymbol,
): void {
  const { symbol, index, place } = readSymbol(reader, imports);
  const changed = change(symbol);
  out.u8(changed.kind).u32(changed.flags);
  if (changed.kind === SymbolKind.data) {
    out.name(changed.name);
    if (isDefined(changed)) out.raw(place);
    return;
  }
  out.u32(index);
  if (hasName(changed)) out.name(changed.name);
}

export function readSymbols(object: Uint8Array): LinkSymbol[] {
  const symbols: LinkSymbol[] = [];
  const linking = new WasmModule(object).customSection('linking');
  if (!linking) return symbols;
  const imports = importedNames(object);
  const sections = new ByteReader(linking);
  sections.u32(); // version
  while (!sections.done) {
    const kind = sections.u8();
    const reader = new ByteReader(sections.take(sections.u32()));
    if (kind !== SYMBOL_TABLE) continue;
    for (let n = reader.u32(); n > 0; n--) symbols.push(readSymbol(reader, imports).symbol);
  }
  return symbols;
}

function readSymbol(
  reader: ByteReader,
  imports: readonly string[],
): { readonly symbol: LinkSymbol; readonly index: number; readonly place: Uint8Array } {
  const kind = reader.u8();
  const flags = reader.u32();
  if (kind === SymbolKind.data) {
    const symbol = { kind, flags, name: reader.name() };
    const place = isDefined(symbol) ? threeNumbers(reader) : new Uint8Array();
    return { symbol, index: 0, place };
  }
  const index = reader.u32();
  const named = hasName({ kind, flags, name: '' });
  const name = named ? reader.name() : kind === SymbolKind.function ? (imports[index] ?? '') : '';
  return { symbol: { kind, flags, name }, index, place: new Uint8Array() };
}

/** Segment, offset and size, as they are. */
function threeNumbers(reader: ByteReader): Uint8Array {
  const out = new ByteWriter(16);
  for (let n = 0; n < 3; n++) out.u32(reader.u32());
  return out.bytes;
}

function hasName(symbol: LinkSymbol): boolean {
  return symbol.kind !== SymbolKind.section && (isDefined(symbol) || (symbol.flags & SymbolFlag.explicitName) !== 0);
}

function importedNames(object: Uint8Array): readonly string[] {
  return new WasmModule(object).imports.filter(({ kind }) => kind === 0).map(({ name }) => name);
}
