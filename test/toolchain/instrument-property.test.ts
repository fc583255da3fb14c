/**
 * Random programs over a small memory, random permissions, and hooks that grant what is asked for and take something else
 * away: the checked program gives the memory and results of the unchecked one, and asks in exactly the places where a
 * simulation of its accesses, written here from the definition of the permission table, says that it must.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_VOID, Op, ValType } from '../../engine/toolchain/instrument/opcodes.js';
import { assemble, type Code } from './assembler.js';
import { OPERATORS, type Operator } from './operators.js';
import { ALL, DATA, instrumented, PAGE, Rig } from './rig.js';

const PAGES = 4;
const SPAN = PAGES * PAGE;
/** Locals: the base pointer, the accumulator, the loop counters by depth. */
const BASE = 0;
const SUM = 1;
const COUNTER = 2;
const MOST_DEPTH = 3;

type Statement =
  | { kind: 'access'; operator: Operator; address: number; offset: number; constant: boolean; value: number }
  | { kind: 'bulk'; copy: boolean; destination: number; source: number; bytes: number }
  | { kind: 'loop'; times: number; body: Statement[] }
  | { kind: 'if'; then: Statement[]; otherwise: Statement[] }
  /** Leaves the function when the innermost loop's counter is this. */
  | { kind: 'leave'; when: number; by: 'return' | 'branch' };

const accessArbitrary = fc
  .record({
    operator: fc.constantFrom(...OPERATORS.filter(({ type }) => type === ValType.i32 || type === ValType.i64)),
    address: fc.oneof(
      fc.nat(SPAN - 64),
      fc
        .record({ page: fc.integer({ min: 1, max: PAGES - 1 }), by: fc.integer({ min: -8, max: 8 }) })
        .map(({ page, by }) => page * PAGE + by),
    ),
    offset: fc.oneof(fc.constant(0), fc.nat(40)),
    constant: fc.boolean(),
    value: fc.integer(),
  })
  .map((access): Statement => {
    const { operator, address, offset } = access;
    // An atomic operator traps where it is misaligned.
    const end = operator.atomic ? (address + offset) & -operator.bytes : address + offset;
    return { kind: 'access', ...access, address: Math.max(0, end - offset) };
  })
  .filter(
    (statement) =>
      statement.kind === 'access' &&
      (!statement.operator.atomic || (statement.address + statement.offset) % statement.operator.bytes === 0),
  );
const bulkArbitrary: fc.Arbitrary<Statement> = fc.record({
  kind: fc.constant('bulk' as const),
  copy: fc.boolean(),
  destination: fc.nat(SPAN / 2),
  source: fc.nat(SPAN / 2),
  bytes: fc.nat(SPAN / 2),
});
const leaveArbitrary: fc.Arbitrary<Statement> = fc.record({
  kind: fc.constant('leave' as const),
  when: fc.nat(4),
  by: fc.constantFrom('return', 'branch'),
});

const { block } = fc.letrec<{ block: Statement[]; statement: Statement }>((tie) => ({
  block: fc.array(tie('statement'), { maxLength: 8 }),
  statement: fc.oneof(
    { maxDepth: MOST_DEPTH - 1, withCrossShrink: true },
    { weight: 8, arbitrary: accessArbitrary },
    { weight: 1, arbitrary: bulkArbitrary },
    { weight: 1, arbitrary: leaveArbitrary },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('loop'), times: fc.integer({ min: 1, max: 4 }), body: tie('block') }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('if'), then: tie('block'), otherwise: tie('block') }) },
  ),
}));

/** `labels`: open blocks around this place; `depth`: loops around it. */
function generate(code: Code, statements: readonly Statement[], depth: number, labels: number): void {
  for (const statement of statements) {
    switch (statement.kind) {
      case 'access': {
        const { operator, address, offset, constant, value } = statement;
        const wide = operator.type === ValType.i64;
        if (constant) code.i32(DATA + address);
        else code.get(BASE).i32(address).op(Op.i32Add);
        for (let n = 0; n < operator.takes; n++) {
          code.i32(value + n);
          if (wide) code.op(Op.i64ExtendI32U);
        }
        code.memory(operator.opcode, operator.bytes, offset);
        if (!operator.gives) break;
        if (!wide) code.op(Op.i64ExtendI32U);
        code.get(SUM).op(Op.i64Const, 31, Op.i64Mul, Op.i64Add).set(SUM);
        break;
      }
      case 'bulk': {
        const { copy, destination, source, bytes } = statement;
        code.get(BASE).i32(destination).op(Op.i32Add);
        if (copy) code.get(BASE).i32(source).op(Op.i32Add);
        else code.i32(source);
        code.i32(bytes);
        if (copy) code.mark().op(0xfc, 10, 0, 0);
        else code.mark().op(0xfc, 11, 0);
        break;
      }
      case 'loop': {
        const counter = COUNTER + depth;
        code.i32(0).set(counter).op(Op.loop, BLOCK_VOID);
        generate(code, statement.body, depth + 1, labels + 1);
        code.get(counter).i32(1).op(Op.i32Add).tee(counter).i32(statement.times).op(Op.i32LtU, Op.brIf, 0, Op.end);
        break;
      }
      case 'if':
        code
          .get(COUNTER + Math.max(0, depth - 1))
          .i32(1)
          .op(Op.i32And, Op.if, BLOCK_VOID);
        generate(code, statement.then, depth, labels + 1);
        code.op(Op.else);
        generate(code, statement.otherwise, depth, labels + 1);
        code.op(Op.end);
        break;
      case 'leave':
        code
          .get(COUNTER + Math.max(0, depth - 1))
          .i32(statement.when)
          .op(Op.i32Sub, Op.i32Eqz);
        code.op(Op.if, BLOCK_VOID).get(SUM);
        if (statement.by === 'return') code.op(Op.return);
        else code.op(0x0c, labels + 1);
        code.op(Op.end);
        break;
    }
  }
}

interface Expected {
  readonly hooks: string[];
  accesses: number;
  bytes: number;
}

/** Thrown where the simulated program returns. */
class Returned extends Error {}

function simulate(statements: readonly Statement[], permissions: Uint8Array, taken: () => number): Expected {
  const expected: Expected = { hooks: [], accesses: 0, bytes: 0 };
  const counters = new Uint32Array(MOST_DEPTH + 1);
  const run = (list: readonly Statement[], depth: number): void => {
    const counter = Math.max(0, depth - 1);
    for (const statement of list) {
      switch (statement.kind) {
        case 'access': {
          const { bytes, need } = statement.operator;
          const address = DATA + statement.address + statement.offset;
          const pages = [address >>> 12, (address + bytes - 1) >>> 12];
          expected.accesses++;
          expected.bytes += bytes;
          if (pages.every((page) => (permissions[page]! & need) === need)) break;
          for (const page of pages) permissions[page]! |= need;
          expected.hooks.push(`access ${String(address)} ${String(bytes)} ${String(need)}`);
          revoke(permissions, pages, taken());
          break;
        }
        case 'bulk': {
          const { copy, destination, source, bytes } = statement;
          expected.bytes += bytes;
          const from = copy ? ` ${String(DATA + source)}` : '';
          expected.hooks.push(`${copy ? 'copy' : 'fill'} ${String(DATA + destination)}${from} ${String(bytes)}`);
          break;
        }
        case 'loop':
          for (counters[depth] = 0; counters[depth] < statement.times; counters[depth]++)
            run(statement.body, depth + 1);
          break;
        case 'if':
          run(counters[counter]! & 1 ? statement.then : statement.otherwise, depth);
          break;
        case 'leave':
          if (counters[counter] === statement.when) throw new Returned();
          break;
      }
    }
  };
  try {
    run(statements, 0);
  } catch (thrown) {
    if (!(thrown instanceof Returned)) throw thrown;
  }
  return expected;
}

/** Eviction: a page that the access itself does not need loses a permission. */
function revoke(permissions: Uint8Array, kept: readonly number[], choice: number): void {
  const page = (DATA >>> 12) + (choice % PAGES);
  if (!kept.includes(page)) permissions[page]! &= choice >>> 8;
}

function randomNumbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

describe('random programs', () => {
  const [checked, reference] = [new Rig(), new Rig()];
  const fill = (rig: Rig): Uint8Array => {
    for (let at = 0; at < SPAN; at++) rig.bytes[DATA + at] = (at * 37) >>> 3;
    return rig.bytes.subarray(DATA, DATA + SPAN);
  };

  it('behave as without checks, and ask for permissions exactly where the simulation does', () => {
    fc.assert(
      fc.property(
        block,
        fc.uint8Array({ minLength: PAGES, maxLength: PAGES, max: ALL }),
        fc.integer(),
        (statements, initial, seed) => {
          const source = assemble([
            {
              name: 'main',
              parameters: [ValType.i32],
              results: [ValType.i64],
              locals: [ValType.i64, ...Array.from({ length: MOST_DEPTH + 1 }, () => ValType.i32)],
              code: (code) => {
                generate(code, statements, 0, 0);
                code.get(SUM);
              },
            },
          ]);
          const first = DATA >>> 12;
          const simulated = new Uint8Array(checked.permissions.length);
          simulated.set(initial, first);
          const wanted = simulate(statements, simulated, randomNumbers(seed));

          checked.permissions.set(initial, first);
          checked.events.length = 0;
          const next = randomNumbers(seed);
          checked.onEvent = (event) => {
            if (event.kind !== 'access') return;
            const pages = [event.address >>> 12, (event.address + event.bytes - 1) >>> 12];
            revoke(checked.permissions, pages, next());
          };
          const [memory, wantedMemory] = [fill(checked), fill(reference)];
          const running = checked.instance(instrumented(source).wasm);
          const result = running.call('main', DATA);
          const plain = reference.instance(instrumented(source, { unchecked: true }).wasm);
          expect(result).toBe(plain.call('main', DATA));
          expect(Buffer.compare(memory, wantedMemory)).toBe(0);
          const hooks = checked.events.map((event) => {
            if (event.kind === 'access')
              return `access ${String(event.address)} ${String(event.bytes)} ${String(event.need)}`;
            if (event.kind === 'copy')
              return `copy ${String(event.destination)} ${String(event.source)} ${String(event.bytes)}`;
            return event.kind === 'fill' ? `fill ${String(event.destination)} ${String(event.bytes)}` : event.kind;
          });
          expect(hooks).toEqual(wanted.hooks);
          expect(running.counted()).toEqual({ accesses: wanted.accesses, bytes: wanted.bytes });
          expect(checked.permissions.slice(first, first + PAGES)).toEqual(simulated.slice(first, first + PAGES));
        },
      ),
      { numRuns: 400 },
    );
  });
});
