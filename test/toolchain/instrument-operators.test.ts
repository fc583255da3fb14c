/** Each memory operator, checked and unchecked, over the same memory: same results, and the hooks that it must call. */
import { describe, expect, it } from 'vitest';
import { Op, ValType } from '../../engine/toolchain/instrument/opcodes.js';
import { assemble, type FunctionSource } from './assembler.js';
import { OPERATORS, type Operator } from './operators.js';
import { ALL, DATA, instrumented, PAGE, READ, Rig, WRITE, type HookEvent, type Running, type Value } from './rig.js';

const { i32, i64, f32 } = ValType;
const OFFSET = 24;

/** `(address, values…) -> result`: the operator alone, with and without an offset immediate. */
function single(operator: Operator, offset: number): FunctionSource {
  const values = Array.from({ length: operator.takes }, () => operator.type);
  return {
    name: `${operator.name}+${String(offset)}`,
    parameters: [i32, ...values],
    results: operator.gives ? [operator.type] : [],
    code: (code) => {
      for (let n = 0; n <= operator.takes; n++) code.get(n);
      code.memory(operator.opcode, operator.bytes, offset);
    },
  };
}

const assembled = assemble(OPERATORS.flatMap((operator) => [single(operator, 0), single(operator, OFFSET)]));
const checkedWasm = instrumented(assembled).wasm;
const uncheckedWasm = instrumented(assembled, { unchecked: true }).wasm;

function valuesFor(operator: Operator): Value[] {
  const value: Value =
    operator.type === i64
      ? 0x1122_3344_a5c6_f788n
      : operator.type === i32
        ? 0x7fa5_c6f7
        : operator.type === f32
          ? 1.5
          : -2.25e9;
  // cmpxchg: expects what lies there for half of the patterns below, so both outcomes occur.
  return Array.from({ length: operator.takes }, (_, n) =>
    n === 0 && operator.takes === 2 ? expected(operator) : value,
  );
}

function expected(operator: Operator): Value {
  let value = 0n;
  for (let n = operator.bytes - 1; n >= 0; n--) value = (value << 8n) | BigInt(pattern(DATA + PAGE + 64 + n));
  return operator.type === i64 ? BigInt.asIntN(64, value) : Number(BigInt.asIntN(32, value));
}

const pattern = (address: number): number => (address * 167 + 0x9d) & 0xff;

class Pair {
  readonly checked = new Rig();
  private readonly reference = new Rig();
  readonly running: Running;
  private readonly plain: Running;

  constructor() {
    this.running = this.checked.instance(checkedWasm);
    this.plain = this.reference.instance(uncheckedWasm);
  }

  /** Runs both; results and memory must agree. The hook calls of the checked one are returned. */
  run(operator: Operator, address: number, offset: number): readonly HookEvent[] {
    const values = valuesFor(operator);
    const start = DATA;
    const end = DATA + 4 * PAGE;
    for (const rig of [this.checked, this.reference]) {
      rig.events.length = 0;
      for (let at = start; at < end; at++) rig.bytes[at] = pattern(at);
    }
    const name = `${operator.name}+${String(offset)}`;
    const [result, wanted] = [this.running, this.plain].map((running) => running.call(name, address, ...values));
    expect(result, name).toEqual(wanted);
    const same = Buffer.compare(this.checked.bytes.slice(start, end), this.reference.bytes.slice(start, end)) === 0;
    expect(same, `memory after ${name}`).toBe(true);
    return this.checked.events.slice();
  }
}

const pair = new Pair();
const page = (DATA >>> 12) + 1;
const inPage = DATA + PAGE + 64;

function lacking(pages: readonly number[], bits: number, body: () => void): void {
  for (const each of pages) pair.checked.permissions[each] = ALL & ~bits;
  body();
  for (const each of pages) pair.checked.permissions[each] = ALL;
}

const missingBits = (operator: Operator): number[] =>
  operator.need === ALL ? [READ, WRITE, ALL] : [operator.need, ALL];

describe.each(OPERATORS.map((operator) => [operator.name, operator] as const))('%s', (name, operator) => {
  it.each([0, OFFSET])('offset %i: is unseen where all is allowed', (offset) => {
    const before = pair.checked.coldAccesses;
    expect(pair.run(operator, inPage, offset)).toEqual([]);
    expect(pair.checked.coldAccesses).toBe(before);
  });

  it.each([0, OFFSET])('offset %i: calls the hook once where the page lacks a permission, then proceeds', (offset) => {
    const site = assembled.sites.get(`${name}+${String(offset)}`)![0]!;
    const { bytes, need, atomic } = operator;
    for (const bits of missingBits(operator)) {
      lacking([page], bits, () => {
        expect(pair.run(operator, inPage, offset)).toEqual([
          { kind: 'access', address: inPage + offset, bytes, need, atomic, site },
        ]);
        expect(pair.run(operator, inPage, offset)).toEqual([]);
      });
    }
    if (need !== ALL) lacking([page], ALL & ~need, () => expect(pair.run(operator, inPage, offset)).toEqual([]));
  });

  it('counts its bytes', () => {
    const before = pair.running.counted();
    pair.run(operator, inPage, 0);
    const after = pair.running.counted();
    expect([after.accesses - before.accesses, after.bytes - before.bytes]).toEqual([1, operator.bytes]);
  });
});

describe.each(
  OPERATORS.filter(({ bytes, atomic }) => bytes > 1 && !atomic).map((operator) => [operator.name, operator] as const),
)('%s, misaligned', (_, operator) => {
  const { bytes, need } = operator;

  it('inside a page calls no hook', () => {
    for (let shift = 1; shift < bytes; shift++) expect(pair.run(operator, inPage + shift, 0)).toEqual([]);
    expect(pair.run(operator, DATA + 2 * PAGE - bytes - 1, 0)).toEqual([]);
  });

  it('inside a page that lacks the permission calls it once', () => {
    lacking([page], need, () => {
      expect(pair.run(operator, inPage + 1, 0)).toMatchObject([{ address: inPage + 1, bytes, need }]);
    });
  });

  it('calls the hook if either of the two pages that it straddles lacks the permission', () => {
    for (let inFirst = 1; inFirst < bytes; inFirst++) {
      const address = DATA + 2 * PAGE - inFirst;
      expect(pair.run(operator, address, 0)).toEqual([]);
      for (const pages of [[page], [page + 1], [page, page + 1]]) {
        lacking(pages, need, () => {
          expect(pair.run(operator, address, 0)).toMatchObject([{ address, bytes, need }]);
        });
        lacking(pages, need, () => {
          expect(pair.run(operator, address - OFFSET, OFFSET)).toMatchObject([{ address, bytes, need }]);
        });
      }
    }
  });
});

describe('addresses at the end of the address space', () => {
  const traps = (running: Running, name: string, address: number, values: readonly Value[]): void => {
    expect(() => running.call(name, address, ...values)).toThrow(WebAssembly.RuntimeError);
  };

  it('trap after the check as they do without it, whatever address and offset add up to', () => {
    const reference = new Rig().instance(uncheckedWasm);
    for (const operator of OPERATORS) {
      for (const address of [-8, -OFFSET, -1 - OFFSET + 8]) {
        const name = `${operator.name}+${String(OFFSET)}`;
        traps(reference, name, address & -8, valuesFor(operator));
        traps(pair.running, name, address & -8, valuesFor(operator));
      }
    }
  });

  it('which wrap around look up the page that the sum falls on, and trap', () => {
    const load = OPERATORS.find(({ name }) => name === 'i32.load')!;
    pair.checked.events.length = 0;
    lacking([0], ALL, () => {
      traps(pair.running, `${load.name}+${String(OFFSET)}`, -8, []);
      expect(pair.checked.events).toMatchObject([{ address: OFFSET - 8 }]);
    });
  });
});

describe('constant addresses', () => {
  const at = (name: string, address: number, offset: number, opcode: number = Op.i32Load): FunctionSource => ({
    name,
    parameters: [],
    results: [i32],
    code: (code) => code.i32(address).memory(opcode, 4, offset),
  });
  const source = assemble([
    at('plain', DATA, 8),
    at('straddling', DATA + PAGE - 2, 0),
    at('byOffset', 0, DATA + 12),
    at('register', 0, DATA + 2 * PAGE),
    at('behindRegisters', 0, DATA + 2 * PAGE + 48),
    at('atomic', DATA, 16, 0xfe10),
    at('wrapping', -8, 16),
    {
      name: 'notAdjacent',
      parameters: [i32],
      results: [i32],
      code: (code) => code.i32(DATA).op(Op.drop).get(0).memory(Op.i32Load, 4),
    },
  ]);
  const rig = new Rig();
  const registers = { start: DATA + 2 * PAGE, end: DATA + 2 * PAGE + 48 };
  const running = rig.instance(instrumented(source, { registers }).wasm);
  const eventsOf = (name: string, ...values: number[]): readonly HookEvent[] => {
    rig.events.length = 0;
    running.call(name, ...values);
    return rig.events.slice();
  };
  const without = (pages: readonly number[], body: () => void): void => {
    for (const each of pages) rig.permissions[each] = 0;
    body();
    rig.permissions.fill(ALL);
  };

  it('are checked on their page', () => {
    for (const [name, address] of [
      ['plain', DATA + 8],
      ['byOffset', DATA + 12],
      ['atomic', DATA + 16],
    ] as const) {
      expect(eventsOf(name)).toEqual([]);
      without([DATA >>> 12], () => {
        const atomic = name === 'atomic';
        expect(eventsOf(name)).toEqual([
          { kind: 'access', address, bytes: 4, need: READ, atomic, site: source.sites.get(name)![0] },
        ]);
      });
    }
  });

  it('that straddle two pages are checked on both', () => {
    for (const pages of [[DATA >>> 12], [(DATA >>> 12) + 1]])
      without(pages, () => expect(eventsOf('straddling')).toMatchObject([{ address: DATA + PAGE - 2, bytes: 4 }]));
    expect(eventsOf('straddling')).toEqual([]);
  });

  it('of special registers are no access at all', () => {
    without([registers.start >>> 12], () => {
      const before = running.counted();
      expect(eventsOf('register')).toEqual([]);
      expect(running.counted()).toEqual(before);
      expect(eventsOf('behindRegisters')).toHaveLength(1);
    });
  });

  it('that wrap trap', () => {
    expect(() => running.call('wrapping')).toThrow(WebAssembly.RuntimeError);
  });

  it('are not confused with constants that something else takes', () => {
    without([(DATA >>> 12) + 5], () => {
      expect(eventsOf('notAdjacent', DATA + 5 * PAGE)).toMatchObject([{ address: DATA + 5 * PAGE }]);
    });
  });
});

describe('bulk operators', () => {
  const three = { parameters: [i32, i32, i32], results: [] };
  const source = assemble([
    { ...three, name: 'copy', code: (code) => code.get(0).get(1).get(2).mark().op(0xfc, 10, 0, 0) },
    { ...three, name: 'fill', code: (code) => code.get(0).get(1).get(2).mark().op(0xfc, 11, 0) },
    { name: 'size', parameters: [], results: [i32], code: (code) => code.op(Op.memorySize, 0) },
    { name: 'grow', parameters: [i32], results: [i32], code: (code) => code.get(0).op(Op.memoryGrow, 0) },
  ]);
  const rig = new Rig();
  const running = rig.instance(instrumented(source).wasm);

  it('hand their ranges to the engine before they begin', () => {
    rig.bytes.set([1, 2, 3, 4, 5], DATA);
    rig.onEvent = () => expect([...rig.bytes.slice(DATA + 3 * PAGE, DATA + 3 * PAGE + 5)]).toEqual([0, 0, 0, 0, 0]);
    running.call('copy', DATA + 3 * PAGE, DATA, 5);
    rig.onEvent = () => undefined;
    running.call('fill', DATA + 9, 0x1ab, 2 * PAGE);
    expect(rig.events).toEqual([
      { kind: 'copy', destination: DATA + 3 * PAGE, source: DATA, bytes: 5, site: source.sites.get('copy')![0] },
      { kind: 'fill', destination: DATA + 9, bytes: 2 * PAGE, site: source.sites.get('fill')![0] },
    ]);
    expect([...rig.bytes.slice(DATA + 3 * PAGE, DATA + 3 * PAGE + 5)]).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(rig.bytes.slice(DATA + 9, DATA + 9 + 2 * PAGE))).toEqual(new Set([0xab]));
  });

  it('count their bytes once', () => {
    const before = running.counted().bytes;
    running.call('copy', DATA, DATA + PAGE, 100);
    running.call('fill', DATA, 0, 1000);
    expect(running.counted().bytes - before).toBe(1100);
  });

  it('move overlapping ranges as memmove does', () => {
    rig.bytes.set([1, 2, 3, 4], DATA);
    running.call('copy', DATA + 1, DATA, 4);
    expect([...rig.bytes.slice(DATA, DATA + 5)]).toEqual([1, 1, 2, 3, 4]);
  });

  it('ask the engine about the size of memory', () => {
    expect([running.call('size'), running.call('grow', 3)]).toEqual([77, 1003]);
  });
});
