/** C and C++ types as LLDB describes them: what kind a type is, what it is made of, and how its scalars lie in memory. */
import type { TypeInfo, ValueInfo } from './lldb-messages.js';

export type Kind =
  'void' | 'bool' | 'char' | 'integer' | 'float' | 'enum' | 'pointer' | 'function' | 'array' | 'record' | 'unknown';

export type Scalar = number | bigint | boolean;

export interface Member {
  /** Empty for an anonymous structure or union, whose members are reached as if they were the outer one's. */
  readonly name: string;
  readonly type: Type;
  /** Bytes from the start of the record. */
  readonly offset: number;
  /** Position in the record, if it is a bit field. */
  readonly bits?: { readonly first: number; readonly count: number };
}

/** LLDB's names of the scalar types; several of them stand in one description, typedefs first. */
const SCALARS = new Map<string, { readonly kind: Kind; readonly signed: boolean }>([
  ['void', { kind: 'void', signed: false }],
  ['bool', { kind: 'bool', signed: false }],
  ['_Bool', { kind: 'bool', signed: false }],
  ['float', { kind: 'float', signed: true }],
  ['double', { kind: 'float', signed: true }],
  ['long double', { kind: 'float', signed: true }],
  ['_Float16', { kind: 'float', signed: true }],
  ...['char', 'char8_t', 'char16_t', 'char32_t', 'wchar_t'].map(
    (name) => [name, { kind: 'char', signed: name === 'char' || name === 'wchar_t' }] as const,
  ),
  ...['signed char', 'short', 'int', 'long', 'long long', '__int128', 'std::nullptr_t'].map(
    (name) => [name, { kind: 'integer', signed: true }] as const,
  ),
  ...['int8_t', 'int16_t', 'int32_t', 'int64_t'].map((name) => [name, { kind: 'integer', signed: true }] as const),
  ...[
    'unsigned char',
    'unsigned short',
    'unsigned int',
    'unsigned long',
    'unsigned long long',
    'unsigned __int128',
  ].map((name) => [name, { kind: 'integer', signed: false }] as const),
  ...['uint8_t', 'uint16_t', 'uint32_t', 'uint64_t'].map((name) => [name, { kind: 'integer', signed: false }] as const),
]);

const DEFAULT_ARGUMENT = /, std::(?:allocator|default_delete|char_traits|less|hash|equal_to)</;
const QUALIFIERS = /\b(?:const|volatile)\b ?/g;

export class Type {
  readonly kind: Kind;
  readonly signed: boolean;
  /** Without the inline namespace that the C++ library versions itself with. */
  readonly name: string;
  /** All names, typedefs resolved step by step, qualifiers and inline namespaces dropped. */
  readonly names: readonly string[];

  private constructor(
    readonly info: TypeInfo,
    private readonly table: ReadonlyMap<string, TypeInfo>,
  ) {
    this.name = plain(info.typeNames[0] ?? '');
    this.names = info.typeNames.map((name) => plain(name).replace(QUALIFIERS, '').trim());
    const scalar = this.names.map((name) => SCALARS.get(name)).find((found) => found !== undefined);
    this.signed = scalar?.signed ?? this.enumerators.some(({ value }) => value < 0n);
    if (this.enumerators.length > 0) this.kind = 'enum';
    else if (this.names.some((name) => name.endsWith('::*'))) this.kind = 'integer';
    else if (info.isPointer) this.kind = this.names.some((name) => /\([*&]+\)\(/.test(name)) ? 'function' : 'pointer';
    else if (info.arraySize > 0 || this.names.some((name) => name.endsWith(']'))) this.kind = 'array';
    else if (scalar) this.kind = scalar.kind;
    else this.kind = info.members.length > 0 || info.canExpand || info.size > 0 ? 'record' : 'unknown';
  }

  /** The type of what LLDB cannot describe. */
  static readonly unknown = new Type(
    {
      typeId: '',
      alignment: 1,
      size: 0,
      isPointer: false,
      members: [],
      arraySize: 0,
      hasValue: false,
      typeNames: [],
      canExpand: false,
    },
    new Map(),
  );

  static of(value: ValueInfo): Type {
    const table = new Map(value.typeInfos.map((info) => [info.typeId, info]));
    table.set(value.root.typeId, value.root);
    return new Type(value.root, table);
  }

  get size(): number {
    return this.info.size;
  }

  get count(): number {
    return this.info.arraySize;
  }

  get enumerators(): readonly { readonly name: string; readonly value: bigint }[] {
    return this.info.enumerators ?? [];
  }

  /** True of what is shown in one piece. */
  get isScalar(): boolean {
    return this.kind !== 'record' && this.kind !== 'array' && this.kind !== 'void' && this.kind !== 'unknown';
  }

  get isReference(): boolean {
    return this.kind === 'pointer' && this.names.some((name) => /&$|\(&+\)/.test(name));
  }

  /** What a pointer points to, or an array's element; undefined if LLDB does not say. */
  get target(): Type | undefined {
    const member = this.info.members.find(({ name }) => name === '*' || name === '0');
    return member && this.byId(member.typeId);
  }

  /** As described; the offsets of inherited members and bit fields are not to be relied on. */
  get members(): readonly Member[] {
    return this.info.members.flatMap(({ name, typeId, offset }) => {
      const type = this.byId(typeId);
      return type ? [{ name: name === undefined || name.startsWith('<') ? '' : name, type, offset }] : [];
    });
  }

  member(name: string): Member | undefined {
    return this.members.find((member) => member.name === name);
  }

  private byId(id: string): Type | undefined {
    const info = this.table.get(id);
    return info && new Type(info, this.table);
  }
}

/** A type's name without the library's inline namespaces and the template arguments that nobody writes. */
export function plain(name: string): string {
  let text = name.replaceAll('std::__2::', 'std::').replaceAll('std::__1::', 'std::');
  for (let found = DEFAULT_ARGUMENT.exec(text); found; found = DEFAULT_ARGUMENT.exec(text)) {
    let depth = 1;
    let end = found.index + found[0].length;
    while (depth > 0 && end < text.length) {
      if (text[end] === '<') depth++;
      else if (text[end] === '>') depth--;
      end++;
    }
    text = text.slice(0, found.index) + text.slice(end);
  }
  return text.replaceAll(' >', '>');
}

/** @param bytes exactly as many as the type has, least significant first */
export function decodeScalar(type: Type, bytes: Uint8Array): Scalar | undefined {
  if (type.kind === 'float') return decodeFloat(bytes);
  let value = 0n;
  for (let n = bytes.length - 1; n >= 0; n--) value = (value << 8n) | BigInt(bytes[n]!);
  return fromBits(type, value, bytes.length * 8);
}

/** @param bits the value as an unsigned number of that many bits */
export function fromBits(type: Type, bits: bigint, count: number): Scalar {
  if (type.kind === 'bool') return bits !== 0n;
  const value = type.signed ? BigInt.asIntN(count, bits) : bits;
  return count <= 32 ? Number(value) : value;
}

function decodeFloat(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (bytes.length) {
    case 2: {
      const half = view.getUint16(0, true);
      return scaled(half >>> 15, (half >>> 10) & 31, 31, 15, (half & 1023) / 1024);
    }
    case 4:
      return view.getFloat32(0, true);
    case 8:
      return view.getFloat64(0, true);
    case 16: {
      // binary128, to the precision that a number has here.
      const high = view.getBigUint64(8, true);
      const fraction = Number(high & 0xffff_ffff_ffffn) / 2 ** 48;
      return scaled(Number(high >> 63n), Number((high >> 48n) & 0x7fffn), 0x7fff, 16383, fraction);
    }
    default:
      return undefined;
  }
}

function scaled(sign: number, exponent: number, special: number, bias: number, fraction: number): number {
  const negative = sign === 0 ? 1 : -1;
  if (exponent === special) return fraction === 0 ? negative * Infinity : NaN;
  if (exponent === 0) return negative * fraction * 2 ** (1 - bias);
  return negative * (1 + fraction) * 2 ** (exponent - bias);
}

/** @returns undefined for a type that has no encoding here, or an integer that does not fit */
export function encodeScalar(type: Type, value: Scalar): Uint8Array | undefined {
  const bytes = new Uint8Array(type.size);
  const view = new DataView(bytes.buffer);
  if (type.kind === 'float') {
    if (type.size === 4) view.setFloat32(0, Number(value), true);
    else if (type.size === 8) view.setFloat64(0, Number(value), true);
    else return undefined;
    return bytes;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return undefined;
  let integer = typeof value === 'number' ? BigInt(Math.trunc(value)) : BigInt(value);
  if (type.kind === 'bool') integer = Number(value) !== 0 ? 1n : 0n;
  const bits = BigInt(type.size * 8);
  // A hexadecimal pattern of all bits may be given to a signed integer, as in C.
  if (integer < -(1n << (bits - 1n)) || integer >= 1n << bits) return undefined;
  if (!type.signed && type.kind !== 'enum' && integer < 0n) return undefined;
  for (let n = 0; n < bytes.length; n++) bytes[n] = Number((integer >> BigInt(8 * n)) & 255n);
  return bytes;
}
