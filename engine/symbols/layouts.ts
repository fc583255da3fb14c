/**
 * Where the members of records really lie. LLDB's description of a type gives an inherited member's offset within its base class
 * and says nothing of bit fields; but it evaluates both rightly. So each member of a type is evaluated once, when the type is
 * first met, and what comes out is kept. A bit field has no address: where it lies is found by showing LLDB made-up bytes.
 */
import type { ValueInfo } from './lldb-messages.js';
import { SymbolError, type LldbThread, type StoppedFrame } from './lldb-thread.js';
import { isString, sequenceOf, smartPointer, wordOf, type ReadMemory } from './format.js';
import { type Type, type Member } from './types.js';

/** A value in memory, and an expression that gives it. */
interface Example {
  readonly expression: string;
  readonly address: number;
  readonly frame: StoppedFrame;
}

/** Nested types that are looked into; deeper ones are read as LLDB describes them. */
const MOST_DEPTH = 4;

export class Layouts {
  private readonly known = new Map<string, readonly Member[]>();

  constructor(
    private readonly lldb: LldbThread,
    private readonly read: ReadMemory,
  ) {}

  readonly of = (type: Type): readonly Member[] | undefined => this.known.get(keyOf(type));

  /** Learns about a type and those that its value shows: its members', its elements', and what it points to. */
  async learn(type: Type, example: Example, depth = 0): Promise<void> {
    if (depth > MOST_DEPTH) return;
    const { target } = type;
    if (type.kind === 'array') {
      if (target && type.count > 0) await this.learn(target, part(example, '[0]', example.address), depth + 1);
    } else if (type.kind === 'pointer') {
      const bytes = depth === 0 && target ? this.read(example.address, type.size) : undefined;
      if (target && bytes) await this.learnPointee(target, wordOf(bytes), example);
    } else if (type.kind === 'record') {
      if (type.names.some((name) => name.startsWith('std::'))) await this.learnContainer(type, example, depth);
      else await this.learnRecord(type, example, depth);
    }
  }

  private async learnPointee(target: Type, address: number, pointer: Example): Promise<void> {
    if (target.kind !== 'record' || !this.read(address, target.size)) return;
    await this.learn(target, { ...pointer, expression: `(*(${pointer.expression}))`, address }, 1);
  }

  private async learnContainer(type: Type, example: Example, depth: number): Promise<void> {
    const bytes = isString(type) ? undefined : this.read(example.address, type.size);
    if (!bytes) return;
    const pointer = smartPointer(type);
    const sequence = sequenceOf(type, bytes, example.address);
    if (pointer?.type.target) {
      const inside = part(example, '.__ptr_', example.address + pointer.offset);
      await this.learnPointee(pointer.type.target, wordOf(bytes, pointer.offset), inside);
    } else if (sequence && sequence.count > 0) {
      await this.learn(sequence.element, part(example, `${sequence.path}[0]`, sequence.address), depth + 1);
    } else if (!sequence) {
      for (const { name, type: inner, offset } of type.members)
        if (name !== '') await this.learn(inner, part(example, `.${name}`, example.address + offset), depth + 1);
    }
  }

  private async learnRecord(type: Type, example: Example, depth: number): Promise<void> {
    const key = keyOf(type);
    if (this.known.has(key)) return;
    // A type may contain a pointer to itself.
    this.known.set(key, type.members);
    const members: Member[] = [];
    for (const member of type.members) {
      if (member.name === '') {
        members.push(member);
        const inner = { ...example, address: example.address + member.offset };
        await this.learn(member.type, inner, depth + 1);
        continue;
      }
      const inside = part(example, `.${member.name}`, example.address);
      const placed = await this.place(member, type, inside);
      members.push(placed);
      if (!placed.bits)
        await this.learn(member.type, { ...inside, address: example.address + placed.offset }, depth + 1);
    }
    this.known.set(key, members);
  }

  /** @param inside of the member; its address is the record's */
  private async place(member: Member, record: Type, inside: Example): Promise<Member> {
    // LLDB follows a reference, so that where it lies itself cannot be asked.
    if (member.type.isReference) return member;
    const info = await this.ask(inside);
    if (!info) return member;
    const address = info.location ?? info.memoryAddress;
    if (address !== undefined) {
      const offset = (address >>> 0) - inside.address;
      return offset >= 0 && offset + member.type.size <= record.size ? { ...member, offset } : member;
    }
    if (!member.type.isScalar || member.type.kind === 'pointer') return member;
    return { ...member, bits: await this.findBits(inside, record.size * 8) };
  }

  private async findBits(inside: Example, count: number): Promise<{ first: number; count: number }> {
    // Bits from `from` on are ones, or those below it.
    const isZero = async (from: number, above: boolean): Promise<boolean> => {
      const bytes = new Uint8Array(count / 8);
      for (let bit = 0; bit < count; bit++) if (bit >= from === above) bytes[bit >>> 3]! |= 1 << (bit & 7);
      const info = await this.ask(inside, bytes);
      return info?.data?.every((byte) => byte === 0) ?? true;
    };
    const first = await leastWhere(count, async (n) => !(await isZero(n + 1, false)));
    const end = await leastWhere(count, (n) => isZero(n, true));
    return { first, count: Math.max(0, end - first) };
  }

  private async ask(example: Example, bytes?: Uint8Array): Promise<ValueInfo | undefined> {
    try {
      const overlay = bytes && { address: example.address, bytes };
      const { info, missing } = await this.lldb.value(example.expression, example.frame, overlay);
      return missing ? undefined : (info ?? undefined);
    } catch (error) {
      if (error instanceof SymbolError) return undefined;
      throw error;
    }
  }
}

function part(of: Example, path: string, address: number): Example {
  return { ...of, expression: of.expression + path, address };
}

function keyOf(type: Type): string {
  return `${type.info.typeId} ${type.name}`;
}

/** Least number from 0 on for which something holds that then goes on to hold; `limit` if there is none. */
async function leastWhere(limit: number, holds: (n: number) => Promise<boolean>): Promise<number> {
  let low = 0;
  let high = limit;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (await holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
