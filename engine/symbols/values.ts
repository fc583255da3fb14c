/**
 * Values as a person sees them, and their parts. What LLDB says is a type and a place; everything shown is read from there, so
 * that the elements of a long array cost no question to LLDB.
 */
import {
  bitSequenceOf,
  formatMember,
  formatValue,
  hexadecimal,
  isString,
  sequenceOf,
  smartPointer,
  wordOf,
  type Bits,
  type Formatter,
  type ReadMemory,
} from './format.js';
import { Layouts } from './layouts.js';
import type { Missing, ValueInfo } from './lldb-messages.js';
import { SymbolError, type LldbThread, type StoppedFrame } from './lldb-thread.js';
import { Type, type Member } from './types.js';

export interface Value {
  readonly type: string;
  /** `3`, `'a' (97)`, `{x=1, y=2}`, `0x20000000 → 1.5`, `0x7001000 "text"`, `optimized out`. */
  readonly text: string;
  /** Where it lies in memory; null for a register, a bit field and what was computed. */
  readonly address: number | null;
  /** Size in bytes; null if the value is not known. */
  readonly bytes: number | null;
  /** Where a pointer points to; null for all else. */
  readonly pointee: number | null;
  readonly namedChildren: number;
  readonly indexedChildren: number;
  /** For whoever made the value; good until the program goes on. */
  readonly handle: ValueHandle;
}

export interface ValueHandle {
  readonly type: Type;
  readonly address: number | null;
  /** Contents of what does not lie in memory; null if they are not known. */
  readonly contents: Uint8Array | null;
  /** Gives the value again; null if no expression does. */
  readonly expression: string | null;
  readonly frame: StoppedFrame;
}

export interface Child {
  /** `x`, `[3]`, `*p`. */
  readonly name: string;
  readonly value: Value;
  /** An expression that gives the child; null if none does. */
  readonly evaluateName: string | null;
}

const OPTIMIZED_OUT = 'optimized out';
/** Where LLDB says that what the linker has removed lies. */
const REMOVED = 0xfffffffe;

export class Values {
  readonly layouts: Layouts;
  private readonly formatter: Formatter;

  constructor(
    lldb: LldbThread,
    private readonly read: ReadMemory,
  ) {
    this.layouts = new Layouts(lldb, read);
    this.formatter = { read, layoutOf: this.layouts.of };
  }

  /** @throws SymbolError if the value lies in memory that cannot be read */
  async fromInfo(
    info: ValueInfo,
    missing: Missing | undefined,
    expression: string,
    frame: StoppedFrame,
  ): Promise<Value> {
    const type = Type.of(info);
    const address = this.addressOf(info);
    const unknown = missing !== undefined && missing.kind !== 'memory';
    const gone = unknown || (address !== null && address >= REMOVED);
    if (missing?.kind === 'memory' && !gone)
      throw new SymbolError(`the memory at ${hexadecimal(missing.index)} cannot be read`);
    if (gone) return this.value({ type, address: null, contents: null, expression, frame });
    const contents = address === null ? Uint8Array.from(info.data ?? []) : null;
    if (address !== null) await this.layouts.learn(type, { expression: operand(expression), address, frame });
    return this.value({ type, address, contents, expression, frame });
  }

  /** LLDB also gives an address for what was computed from something there (`&x`): then other bytes lie there. */
  private addressOf({ location, memoryAddress, data, root }: ValueInfo): number | null {
    const at = memoryAddress ?? location;
    if (at === undefined) return null;
    const address = at >>> 0;
    if (!data || address >= REMOVED) return address;
    const bytes = this.read(address, root.size);
    return bytes?.every((byte, n) => byte === data[n]) ? address : null;
  }

  /** Something of which there is only a name and a reason why there is no more. */
  unknown(type: string, text: string, expression: string, frame: StoppedFrame): Value {
    const handle = { type: Type.unknown, address: null, contents: null, expression, frame };
    return this.value(handle, type, text);
  }

  /**
   * Parts of a value: members, elements, or what it points to.
   * @param start index of the first, of elements; members come all at once
   */
  async children(value: Value, start = 0, count = Infinity): Promise<Child[]> {
    const { type, expression, address, frame } = value.handle;
    const bytes = this.contentsOf(value.handle);
    if (!bytes) return [];
    if (type.kind === 'pointer') {
      if (value.namedChildren === 0 || !type.target) return [];
      const of = expression === null ? null : `*${operand(expression)}`;
      return [await this.child(of ?? '*', type.target, wordOf(bytes), of, frame)];
    }
    if (type.kind === 'array') {
      if (!type.target || address === null) return this.elementsInRegister(value.handle, bytes, start, count);
      return this.elements(type.target, address, type.count, suffixed(expression, ''), frame, start, count);
    }
    const sequence = sequenceOf(type, bytes, address);
    const bits = bitSequenceOf(type, bytes);
    if (sequence) {
      const array = suffixed(expression, sequence.path);
      return this.elements(sequence.element, sequence.address, sequence.count, array, frame, start, count);
    }
    if (bits) return this.bits(bits, value.handle, start, count);
    const smart = smartPointer(type);
    if (smart?.type.target && value.namedChildren > 0) {
      const of = suffixed(expression, '.__ptr_');
      const evaluateName = of === null ? null : `*${of}`;
      const name = expression === null ? '*' : `*${operand(expression)}`;
      return [await this.child(name, smart.type.target, wordOf(bytes, smart.offset), evaluateName, frame)];
    }
    return value.namedChildren > 0 ? this.members(value.handle, bytes) : [];
  }

  /** The bytes that a value has now; null if they are not known or cannot be read. */
  contentsOf(handle: ValueHandle): Uint8Array | null {
    if (handle.address === null) return handle.contents;
    return this.read(handle.address, handle.type.size) ?? null;
  }

  value(handle: ValueHandle, typeName = handle.type.name, text?: string): Value {
    const { type, address } = handle;
    const bytes = this.contentsOf(handle);
    const unknown = address === null && handle.contents === null;
    const pointee = type.kind === 'pointer' && bytes && bytes.length >= 4 ? wordOf(bytes) : null;
    return {
      type: typeName,
      text: text ?? (unknown ? OPTIMIZED_OUT : formatValue(type, bytes ?? undefined, this.formatter)),
      address,
      bytes: unknown ? null : type.size,
      pointee,
      ...this.childCounts(type, bytes, address),
      handle,
    };
  }

  private childCounts(
    type: Type,
    bytes: Uint8Array | null,
    address: number | null,
  ): { namedChildren: number; indexedChildren: number } {
    const none = { namedChildren: 0, indexedChildren: 0 };
    if (!bytes || bytes.length < type.size) return none;
    if (type.kind === 'array') return { ...none, indexedChildren: type.count };
    if (type.kind === 'pointer') return this.pointeeCount(type, wordOf(bytes));
    if (type.kind !== 'record' || isString(type)) return none;
    const sequence = sequenceOf(type, bytes, address);
    if (sequence) return { ...none, indexedChildren: sequence.count };
    const bits = bitSequenceOf(type, bytes);
    if (bits) return { ...none, indexedChildren: bits.count };
    const smart = smartPointer(type);
    if (smart) return this.pointeeCount(smart.type, wordOf(bytes, smart.offset));
    return { ...none, namedChildren: this.flatMembers(type).length };
  }

  private pointeeCount(type: Type, address: number): { namedChildren: number; indexedChildren: number } {
    const { target } = type;
    const readable = target && target.size > 0 && target.kind !== 'void' && this.read(address, target.size);
    return { namedChildren: readable ? 1 : 0, indexedChildren: 0 };
  }

  /** Members, those of anonymous parts among them, with offsets in the whole. */
  private flatMembers(type: Type): Member[] {
    return (this.layouts.of(type) ?? type.members).flatMap((member) =>
      member.name === ''
        ? this.flatMembers(member.type).map((inner) => ({ ...inner, ...moved(inner, member.offset) }))
        : [member],
    );
  }

  private async members(record: ValueHandle, bytes: Uint8Array): Promise<Child[]> {
    const { type, address, frame } = record;
    const children: Child[] = [];
    for (const member of this.flatMembers(type)) {
      const evaluateName = suffixed(record.expression, `.${member.name}`);
      if (member.bits || address === null) {
        const contents = bytes.slice(member.offset, member.offset + member.type.size);
        const handle = { type: member.type, address: null, contents, expression: evaluateName, frame };
        const text = formatMember(member, bytes, this.formatter, 1);
        children.push({ name: member.name, value: this.value(handle, member.type.name, text), evaluateName });
      } else {
        children.push(await this.child(member.name, member.type, address + member.offset, evaluateName, frame));
      }
    }
    return children;
  }

  private async child(
    name: string,
    type: Type,
    address: number,
    expression: string | null,
    frame: StoppedFrame,
  ): Promise<Child> {
    if (type.isReference && type.target) {
      const bytes = this.read(address, type.size);
      const child = bytes && (await this.child(name, type.target, wordOf(bytes), expression, frame));
      if (child) return { ...child, value: { ...child.value, type: type.name } };
    }
    if (expression !== null) await this.layouts.learn(type, { expression: operand(expression), address, frame });
    const value = this.value({ type, address, contents: null, expression, frame });
    return { name, value, evaluateName: expression };
  }

  private async elements(
    type: Type,
    address: number,
    total: number,
    array: string | null,
    frame: StoppedFrame,
    start: number,
    count: number,
  ): Promise<Child[]> {
    if (array !== null && !type.isScalar && start < total) {
      const example = { expression: `${array}[${start}]`, address: address + start * type.size, frame };
      await this.layouts.learn(type, example);
    }
    const children: Child[] = [];
    for (let n = start; n < total && n - start < count; n++) {
      const expression = array === null ? null : `${array}[${n}]`;
      const handle = { type, address: address + n * type.size, contents: null, expression, frame };
      children.push({ name: `[${n}]`, value: this.value(handle), evaluateName: expression });
    }
    return children;
  }

  private bits({ address, count: total }: Bits, of: ValueHandle, start: number, count: number): Child[] {
    const length = Math.max(0, Math.min(total, start + count) - start);
    return Array.from({ length }, (_, n) =>
      bitChild(start + n, Type.unknown, this.read(address + ((start + n) >>> 3), 1), of.frame),
    );
  }

  private elementsInRegister(array: ValueHandle, bytes: Uint8Array, start: number, count: number): Child[] {
    const { target: type, count: total } = array.type;
    if (!type) return [];
    const last = Math.min(total, start + count);
    return Array.from({ length: Math.max(0, last - start) }, (_, n) => {
      const contents = bytes.slice((start + n) * type.size, (start + n + 1) * type.size);
      const expression = suffixed(array.expression, `[${start + n}]`);
      const value = this.value({ type, address: null, contents, expression, frame: array.frame });
      return { name: `[${start + n}]`, value, evaluateName: expression };
    });
  }
}

/** Elements of a `std::vector<bool>`, of which nothing can point to one. */
function bitChild(index: number, type: Type, word: Uint8Array | undefined, frame: StoppedFrame): Child {
  const bit = ((word?.[0] ?? 0) >>> (index & 7)) & 1;
  const handle = { type, address: null, contents: Uint8Array.of(bit), expression: null, frame };
  const text = word ? String(bit === 1) : '<not readable>';
  const value = {
    type: 'bool',
    text,
    address: null,
    bytes: 1,
    pointee: null,
    namedChildren: 0,
    indexedChildren: 0,
    handle,
  };
  return { name: `[${index}]`, value, evaluateName: null };
}

function moved(member: Member, offset: number): Partial<Member> {
  const { bits } = member;
  return { offset: member.offset + offset, ...(bits && { bits: { ...bits, first: bits.first + offset * 8 } }) };
}

/** An expression as the operand of `.`, `[]` and unary `*`. */
function operand(expression: string): string {
  return /^(?:::)?\w+(?:(?:\.|->|::)\w+|\[\d+\])*$/.test(expression) ? expression : `(${expression})`;
}

function suffixed(expression: string | null, path: string): string | null {
  return expression === null ? null : operand(expression) + path;
}
