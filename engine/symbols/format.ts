/** How values read: numbers, characters, texts, addresses and summaries of what has parts. */
import { decodeScalar, fromBits, type Member, type Scalar, type Type } from './types.js';

/** Copies bytes of the program's memory; undefined if some of them cannot be read. */
export type ReadMemory = (address: number, length: number) => Uint8Array | undefined;

/** What is known of the parts of a record, by its type; undefined: only what LLDB's description says. */
export type LayoutOf = (type: Type) => readonly Member[] | undefined;

export interface Formatter {
  readonly read: ReadMemory;
  readonly layoutOf: LayoutOf;
}

const UNREADABLE = '<not readable>';
const MOST_TEXT = 200;
const MOST_ELEMENTS = 10;
const MOST_MEMBERS = 8;
const MOST_DEPTH = 3;
/** A summary stops growing here, in characters. */
const MOST_SUMMARY = 160;

export function hexadecimal(address: number): string {
  return `0x${(address >>> 0).toString(16)}`;
}

/** @param bytes of the value; undefined if they cannot be read */
export function formatValue(type: Type, bytes: Uint8Array | undefined, by: Formatter, depth = 0): string {
  if (type.kind === 'array' && type.count === 0) return '{}';
  if (!bytes || bytes.length < type.size) return UNREADABLE;
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'pointer':
      return formatPointer(type, bytes, by, depth);
    case 'function':
      return hexadecimal(wordOf(bytes));
    case 'array':
      return formatArray(type, bytes, by, depth);
    case 'record':
    case 'unknown':
      return containerText(type, bytes, by, depth) ?? formatRecord(type, bytes, by, depth);
    case 'bool':
    case 'char':
    case 'integer':
    case 'float':
    case 'enum': {
      const value = decodeScalar(type, bytes);
      return value === undefined ? UNREADABLE : formatScalar(type, value);
    }
  }
}

function formatScalar(type: Type, value: Scalar): string {
  if (type.kind === 'char') return `${quotedCharacter(Number(value))} (${String(value)})`;
  if (type.kind === 'enum') return enumText(type, value);
  if (type.kind === 'float') return floatText(Number(value), type.size);
  return String(value);
}

/** The enumerator, a union of enumerators that are flags, or the number. */
function enumText(type: Type, value: Scalar): string {
  const bits = BigInt.asUintN(type.size * 8, BigInt(value));
  const unsigned = type.enumerators.map((one) => ({ ...one, value: BigInt.asUintN(type.size * 8, one.value) }));
  const one = unsigned.find((enumerator) => enumerator.value === bits);
  if (one) return one.name;
  const flags = unsigned.filter(
    (flag) => flag.value !== 0n && (flag.value & (flag.value - 1n)) === 0n && flag.value & bits,
  );
  const all = flags.reduce((sum, flag) => sum | flag.value, 0n);
  if (flags.length > 1 && all === bits) return flags.map(({ name }) => name).join(' | ');
  return String(value);
}

/** The shortest decimal that gives the same value again. */
function floatText(value: number, size: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0';
  if (size <= 4) {
    for (let digits = 1; digits < 9; digits++) {
      const text = Number(value.toPrecision(digits));
      if (Math.fround(text) === value) return String(text);
    }
  }
  return String(value);
}

const ESCAPES = new Map([
  [0, '\\0'],
  [7, '\\a'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [11, '\\v'],
  [12, '\\f'],
  [13, '\\r'],
  [92, '\\\\'],
]);

function quotedCharacter(code: number): string {
  if (code === 39) return "'\\''";
  return `'${escaped(code)}'`;
}

function escaped(code: number): string {
  const escape = ESCAPES.get(code);
  if (escape !== undefined) return escape;
  if (code < 0 || code === 127 || (code > 127 && code < 160))
    return `\\x${(code & 0xff).toString(16).padStart(2, '0')}`;
  return code < 32 || code > 0x10ffff ? `\\x${code.toString(16).padStart(2, '0')}` : String.fromCodePoint(code);
}

/** A text in quotes, cut where it gets long. */
function quotedText(text: string, cut: boolean): string {
  const inner = Array.from(text, (character) => (character === '"' ? '\\"' : escaped(character.codePointAt(0) ?? 0)));
  return `"${inner.join('')}"${cut ? '…' : ''}`;
}

/** Characters up to a zero, or to the end of what is given. */
function decodeText(bytes: Uint8Array, width: number): { readonly text: string; readonly ended: boolean } {
  if (width === 1) {
    const end = bytes.indexOf(0);
    return { text: utf8.decode(end < 0 ? bytes : bytes.subarray(0, end)), ended: end >= 0 };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let n = 0; n + width <= bytes.length; n += width) {
    const code = width === 2 ? view.getUint16(n, true) : view.getUint32(n, true);
    if (code === 0) return { text, ended: true };
    text += width === 2 ? String.fromCharCode(code) : String.fromCodePoint(Math.min(code, 0x10ffff));
  }
  return { text, ended: false };
}

const utf8 = new TextDecoder();

/**
 * The text at an address: up to a zero, `length` characters, unreadable memory or what is shown at most, whichever is first;
 * undefined if nothing can be read.
 */
function textAt(address: number, width: number, read: ReadMemory, length = Infinity): string | undefined {
  const wanted = Math.min(length, MOST_TEXT);
  if (wanted === 0) return '""';
  let bytes = read(address, wanted * width);
  // Near the end of what can be read: as much as there is.
  for (let step = wanted, count = 0; !bytes && step > 0; step >>= 1) {
    while (count + step < wanted && read(address, (count + step) * width)) count += step;
    if (step === 1 && count > 0) bytes = read(address, count * width);
  }
  if (!bytes) return undefined;
  const { text, ended } = decodeText(bytes, width);
  return quotedText(text, !ended && bytes.length / width < length);
}

export function wordOf(bytes: Uint8Array, offset = 0): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(offset, true);
}

function formatPointer(type: Type, bytes: Uint8Array, by: Formatter, depth: number): string {
  const address = wordOf(bytes);
  const { target } = type;
  const hex = hexadecimal(address);
  if (type.isReference && target) return formatValue(target, by.read(address, target.size), by, depth);
  if (address === 0 || !target) return hex;
  if (target.kind === 'char') {
    const text = textAt(address, target.size, by.read);
    return text === undefined ? hex : `${hex} ${text}`;
  }
  if (depth > 0 || target.size === 0 || target.kind === 'pointer' || target.kind === 'void') return hex;
  const pointee = by.read(address, target.size);
  return pointee ? `${hex} → ${formatValue(target, pointee, by, depth + 1)}` : `${hex} (${UNREADABLE.slice(1, -1)})`;
}

function formatArray(type: Type, bytes: Uint8Array, by: Formatter, depth: number): string {
  const { target } = type;
  if (!target || target.size === 0) return '{}';
  if (target.kind === 'char') {
    const { text, ended } = decodeText(bytes.subarray(0, MOST_TEXT * target.size), target.size);
    return quotedText(text, !ended && bytes.length > MOST_TEXT * target.size);
  }
  return elementsText(target, type.count, (n) => bytes.subarray(n * target.size, (n + 1) * target.size), by, depth);
}

function elementsText(
  element: Type,
  count: number,
  bytesOf: (index: number) => Uint8Array | undefined,
  by: Formatter,
  depth: number,
): string {
  if (depth >= MOST_DEPTH) return '{…}';
  let text = '{';
  for (let n = 0; n < count; n++) {
    if (n > 0) text += ', ';
    if (n >= MOST_ELEMENTS || text.length > MOST_SUMMARY) return `${text}…}`;
    text += formatValue(element, bytesOf(n), by, depth + 1);
  }
  return `${text}}`;
}

function formatRecord(type: Type, bytes: Uint8Array, by: Formatter, depth: number): string {
  if (depth >= MOST_DEPTH) return '{…}';
  let text = '{';
  let shown = 0;
  for (const member of by.layoutOf(type) ?? type.members) {
    if (shown > 0) text += ', ';
    if (shown++ >= MOST_MEMBERS || text.length > MOST_SUMMARY) return `${text}…}`;
    text += member.name === '' ? '' : `${member.name}=`;
    text += formatMember(member, bytes, by, depth + 1);
  }
  return `${text}}`;
}

/** @param bytes of the record that the member is of */
export function formatMember(member: Member, bytes: Uint8Array, by: Formatter, depth: number): string {
  const { bits, type, offset } = member;
  if (bits) return formatScalar(type, bitField(member, bytes));
  return formatValue(type, bytes.subarray(offset, offset + type.size), by, depth);
}

/** @param record bytes of the record that the bit field is of */
function bitField(member: Member, record: Uint8Array): Scalar {
  const { first, count } = member.bits ?? { first: 0, count: 0 };
  let value = 0n;
  for (let n = count - 1; n >= 0; n--) {
    const bit = first + n;
    value = (value << 1n) | BigInt((record[bit >>> 3]! >>> (bit & 7)) & 1);
  }
  return fromBits(member.type, value, count);
}

/* --- the C++ library's own types, in the layout that LLDB describes -------------------------------------------------- */

/** Elements of a container that lie in a row in memory. */
export interface Sequence {
  readonly element: Type;
  readonly count: number;
  readonly address: number;
  /** What comes after the container's expression to name its first element's array: `.__begin_`. */
  readonly path: string;
}

export function isString(type: Type): boolean {
  return type.names.some((name) => name.startsWith('std::basic_string<'));
}

/** `std::vector` (not of bool) and `std::array`. @param address of the container itself */
export function sequenceOf(type: Type, bytes: Uint8Array, address: number | null): Sequence | undefined {
  if (type.names.some((name) => name.startsWith('std::vector<'))) {
    const [begin, end] = [type.member('__begin_'), type.member('__end_')];
    const element = begin?.type.target;
    if (!begin || !end || !element || element.size === 0) return undefined;
    const first = wordOf(bytes, begin.offset);
    const length = wordOf(bytes, end.offset) - first;
    if (length < 0 || length % element.size !== 0) return undefined;
    return { element, count: length / element.size, address: first, path: '.__begin_' };
  }
  if (address !== null && type.names.some((name) => name.startsWith('std::array<'))) {
    const elements = type.member('__elems_');
    const element = elements?.type.target;
    if (!elements || !element) return undefined;
    return { element, count: elements.type.count, address: address + elements.offset, path: '.__elems_' };
  }
  return undefined;
}

/** Elements of a `std::vector<bool>`: `address` is that of the byte with the first eight. */
export interface Bits {
  readonly count: number;
  readonly address: number;
}

export function bitSequenceOf(type: Type, bytes: Uint8Array): Bits | undefined {
  if (!type.names.some((name) => name.startsWith('std::vector<bool'))) return undefined;
  const [begin, size] = [type.member('__begin_'), type.member('__size_')];
  return begin && size && { address: wordOf(bytes, begin.offset), count: wordOf(bytes, size.offset) };
}

/** The pointer inside a smart pointer. */
export function smartPointer(type: Type): Member | undefined {
  if (!type.names.some((name) => /^std::(unique_ptr|shared_ptr)</.test(name))) return undefined;
  return type.member('__ptr_');
}

function containerText(type: Type, bytes: Uint8Array, by: Formatter, depth: number): string | undefined {
  if (!type.names.some((name) => name.startsWith('std::'))) return undefined;
  if (isString(type)) return stringText(type, bytes, by.read);
  const pointer = smartPointer(type);
  if (pointer) return formatValue(pointer.type, bytes.subarray(pointer.offset, pointer.offset + 4), by, depth);
  const elements = type.member('__elems_');
  if (elements && type.names.some((name) => name.startsWith('std::array<'))) {
    return formatValue(elements.type, bytes.subarray(elements.offset, elements.offset + elements.type.size), by, depth);
  }
  const bits = bitSequenceOf(type, bytes);
  if (bits) return `size=${bits.count}`;
  const sequence = sequenceOf(type, bytes, null);
  if (!sequence) return nodesText(type, bytes);
  const { element, count, address } = sequence;
  const text = elementsText(element, count, (n) => by.read(address + n * element.size, element.size), by, depth);
  return count === 0 ? 'size=0' : `size=${count} ${text}`;
}

/** Containers of nodes: only how many. */
function nodesText(type: Type, bytes: Uint8Array): string | undefined {
  if (!type.names.some((name) => /^std::(?:unordered_)?(?:multi)?(?:map|set|list|forward_list|deque)</.test(name)))
    return undefined;
  const holder = holderOf(type, '__size_', 4);
  const size = holder?.type.member('__size_');
  return holder && size && `size=${wordOf(bytes, holder.offset + size.offset)}`;
}

/** libc++'s two layouts: a short text inside the object, or a pointer and a size; one bit says which. */
function stringText(type: Type, bytes: Uint8Array, read: ReadMemory): string | undefined {
  const holder = holderOf(type, '__s', 4);
  const [short, long] = [holder?.type.member('__s')?.type, holder?.type.member('__l')?.type];
  const [flag, data, size] = [short?.member('__is_long_'), long?.member('__data_'), long?.member('__size_')];
  const element = data?.type.target;
  if (!holder || !short || !flag || !data || !size || !element) return undefined;
  // The flag and the short size share a byte; the one described first has the lower bits.
  const order = short.members.map(({ name }) => name);
  const flagIsLow = order.indexOf('__is_long_') < order.indexOf('__size_');
  const byte = bytes[holder.offset + flag.offset] ?? 0;
  if ((byte & (flagIsLow ? 1 : 0x80)) !== 0) {
    const length = wordOf(bytes, holder.offset + size.offset);
    return textAt(wordOf(bytes, holder.offset + data.offset), element.size, read, length) ?? UNREADABLE;
  }
  const length = flagIsLow ? byte >>> 1 : byte & 0x7f;
  const start = holder.offset + (short.member('__data_')?.offset ?? 0);
  return quotedText(decodeText(bytes.subarray(start, start + length * element.size), element.size).text, false);
}

/** The record inside that has a member of this name, with its offset. */
function holderOf(type: Type, name: string, depth: number): { type: Type; offset: number } | undefined {
  if (type.member(name)) return { type, offset: 0 };
  if (depth === 0) return undefined;
  for (const member of type.members) {
    const inner = member.type.kind === 'record' ? holderOf(member.type, name, depth - 1) : undefined;
    if (inner) return { type: inner.type, offset: inner.offset + member.offset };
  }
  return undefined;
}
