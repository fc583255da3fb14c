/**
 * Makes CUDA's two passes over a source one program.
 *
 * The device's object: its data segments are renamed to one name, so that the linker lays all of the device's own variables
 * (`__device__`, `__constant__`, `__shared__`, its string literals) into pages of their own; managed variables carry their own segment
 * name and keep it. Its functions are marked "no strip", because nothing refers to a kernel: the host's stub names only itself. They get
 * a name of their own: a function that is for both sides is compiled twice, and need not be the same one.
 *
 * The host's object: Clang gives the host a shadow of each variable of the device, whose address a runtime looks up. Here both live in one
 * memory, so each shadow becomes a reference to the variable itself.
 * Source: tool-conventions Linking.md, WASM_SEGMENT_INFO and WASM_SYMBOL_TABLE.
 */
import { ByteReader, ByteWriter } from './instrument/leb128.js';
import {
  isDefined,
  readSymbols,
  rewriteLinking,
  SymbolFlag,
  SymbolKind,
  symbolRewrite,
  type LinkSymbol,
} from './link-symbols.js';

const DEVICE_SEGMENT = 'faultline.device';
export const SHARED_SEGMENT = 'faultline.device.shared';
const MANAGED_SEGMENT = 'faultline.managed';
/** A function's variable without a value: Clang names its segment after the function and it, and it can only be `__shared__`. */
const BLOCK_VARIABLE = /^\.bss\.(?:_ZZ|[A-Za-z]\w*\.)/;
const SEGMENT_INFO = 5;
const COMDAT_INFO = 7;
/** Before what makes an internal name its file's own; taken off again where names are read. */
const INTERNAL_SUFFIX = '.file';
const DEVICE_SUFFIX = '.device';

/** @param unique letters and digits that no other object of the program has */
export function markDeviceObject(object: Uint8Array, unique: string): Uint8Array {
  const symbols = symbolRewrite(object, (symbol) => {
    if (!isDefined(symbol)) return symbol;
    if (symbol.kind === SymbolKind.function)
      return { ...symbol, flags: symbol.flags | SymbolFlag.noStrip, name: deviceName(symbol.name, unique) };
    if (symbol.kind === SymbolKind.data && (symbol.flags & SymbolFlag.local) === 0 && isInternal(symbol.name))
      return { ...symbol, name: internalName(symbol.name, unique) };
    return symbol;
  });
  const groups = (part: Uint8Array): Uint8Array => ownGroups(part, unique);
  return rewriteLinking(object, new Map([...symbols, [SEGMENT_INFO, ownSegments], [COMDAT_INFO, groups]]));
}

/** The objects of both passes of a program, referring to each other. @param unique as the device's object was marked with */
export function joinPasses(
  passes: readonly { readonly host: Uint8Array; readonly device: Uint8Array; readonly unique: string }[],
): { readonly hosts: readonly Uint8Array[]; readonly devices: readonly Uint8Array[] } {
  const onDevice = new Set<string>();
  for (const { device } of passes)
    for (const symbol of readSymbols(device))
      if (symbol.kind === SymbolKind.function && isDefined(symbol)) onDevice.add(symbol.name);
  return {
    hosts: passes.map(({ host, device, unique }) => withoutShadows(host, device, unique)),
    devices: passes.map(({ host, device }) => withDeviceCalls(device, onDevice, externalVariables(host))),
  };
}

function withoutShadows(host: Uint8Array, device: Uint8Array, unique: string): Uint8Array {
  const variables = externalVariables(device);
  const change = (symbol: LinkSymbol): LinkSymbol => {
    if (!isVariable(symbol) || (symbol.flags & SymbolFlag.local) === 0) return symbol;
    const name = isInternal(symbol.name) ? internalName(symbol.name, unique) : symbol.name;
    if (!variables.has(name)) return symbol;
    return { ...symbol, name, flags: (symbol.flags & ~SymbolFlag.local) | SymbolFlag.undefined };
  };
  return rewriteLinking(host, symbolRewrite(host, change));
}

function externalVariables(object: Uint8Array): ReadonlySet<string> {
  const external = readSymbols(object).filter(
    (symbol) => isVariable(symbol) && (symbol.flags & SymbolFlag.local) === 0,
  );
  return new Set(external.map(({ name }) => name));
}

/**
 * A function of another file's device pass goes by the name that it has there. A constant of the host's that device code uses has been
 * compiled into both: one gives way.
 */
function withDeviceCalls(device: Uint8Array, onDevice: ReadonlySet<string>, onHost: ReadonlySet<string>): Uint8Array {
  const change = (symbol: LinkSymbol): LinkSymbol => {
    if (isVariable(symbol) && onHost.has(symbol.name)) return { ...symbol, flags: symbol.flags | SymbolFlag.weak };
    const name = `${symbol.name}${DEVICE_SUFFIX}`;
    if (symbol.kind !== SymbolKind.function || isDefined(symbol) || !onDevice.has(name)) return symbol;
    return { ...symbol, name, flags: symbol.flags | SymbolFlag.explicitName };
  };
  return rewriteLinking(device, symbolRewrite(device, change));
}

function isVariable(symbol: LinkSymbol): boolean {
  return symbol.kind === SymbolKind.data && isDefined(symbol);
}

function deviceName(name: string, unique: string): string {
  return isInternal(name) ? internalName(name, unique) : `${name}${DEVICE_SUFFIX}`;
}

function internalName(name: string, unique: string): string {
  return `${name}${INTERNAL_SUFFIX}${unique}`;
}

function ownSegments(part: Uint8Array): Uint8Array {
  const reader = new ByteReader(part);
  const count = reader.u32();
  const out = new ByteWriter(part.length + 64).u32(count);
  for (let n = 0; n < count; n++) {
    const name = reader.name();
    // Flags (strings to merge) are dropped: two segments of one name must agree on them.
    const alignment = reader.u32();
    reader.u32();
    const own = BLOCK_VARIABLE.test(name) ? SHARED_SEGMENT : DEVICE_SEGMENT;
    out
      .name(name === MANAGED_SEGMENT ? name : own)
      .u32(alignment)
      .u32(0);
  }
  return out.bytes;
}

/** Groups of which the linker keeps one: the device's functions have theirs, and what only its own file may name is in none. */
function ownGroups(part: Uint8Array, unique: string): Uint8Array {
  const reader = new ByteReader(part);
  const groups: Uint8Array[] = [];
  for (let n = reader.u32(); n > 0; n--) {
    const name = reader.name();
    const start = reader.position;
    reader.u32(); // flags
    for (let members = reader.u32(); members > 0; members--) {
      reader.u8();
      reader.u32();
    }
    if (isInternal(name)) continue;
    const group = new ByteWriter().name(deviceName(name, unique)).raw(part.subarray(start, reader.position));
    groups.push(group.bytes);
  }
  const out = new ByteWriter(part.length + 64).u32(groups.length);
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

/** Names of the data symbols that an object refers to, or defines. */
export function dataSymbols(object: Uint8Array): {
  readonly undefined: readonly string[];
  readonly defined: readonly string[];
} {
  const symbols = readSymbols(object).filter(({ kind }) => kind === SymbolKind.data);
  const names = (defined: boolean): string[] =>
    symbols.filter((symbol) => isDefined(symbol) === defined).map(({ name }) => name);
  return { undefined: names(false), defined: names(true) };
}
