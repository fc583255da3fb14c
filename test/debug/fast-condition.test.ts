/** Conditions decided without LLDB: what is understood means what C means, and what is not is left alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compileFastCondition,
  decideFast,
  fastVariables,
  type FastVariable,
} from '../../engine/debug/fast-condition.js';

const memory = new DataView(new ArrayBuffer(64));
/** The record's first local is the frame's base. */
memory.setUint32(0, 16, true);
memory.setInt32(16, -5, true);
memory.setUint32(20, 0xffff_fff0, true);
memory.setFloat32(24, 1.5, true);
memory.setUint8(28, 200);
memory.setFloat64(32, 2.25, true);

const VARIABLES: Readonly<Record<string, FastVariable>> = {
  i: { kind: 'variable', slot: 0, offset: 0, bytes: 4, type: 'signed' },
  u: { kind: 'variable', slot: 0, offset: 4, bytes: 4, type: 'unsigned' },
  f: { kind: 'variable', slot: 0, offset: 8, bytes: 4, type: 'float' },
  c: { kind: 'variable', slot: null, offset: 28, bytes: 1, type: 'unsigned' },
  d: { kind: 'variable', slot: null, offset: 32, bytes: 8, type: 'float' },
};
const grid = { thread: [17, 0, 0], block: [3, 1, 0], blockDim: [256, 1, 1], gridDim: [4, 2, 1] } as const;

function decided(text: string): boolean | null {
  const condition = compileFastCondition(text, (name) => VARIABLES[name] ?? null);
  return condition && decideFast(condition, { memory, locals: 0, grid });
}

describe('conditions', () => {
  it.each([
    ['i == -5', true],
    ['i < 0 && f > 1', true],
    ['i % 3 == -2', true],
    ['i + 5 == 0 || c == 1', true],
    ['!(i == -5)', false],
    ['u == 0xfffffff0', null],
    ['u > 2000000000', true],
    ['c == 200', true],
    ['c > -1', true],
    ['f == 1.5 && d >= 2.25', true],
    ['(i == 1 || i == -5) && threadIdx.x == 17', true],
    ['blockIdx.y != 1', false],
    ['blockIdx.x == 3 && threadIdx.x == 16', false],
  ] as const)('%s is %s', (text, wanted) => {
    expect(decided(text)).toBe(wanted);
  });

  it.each([
    'u > -1',
    'u - 1 < 3',
    'i / 2 == 1',
    'i == 010',
    'x[3] == 1',
    'p->n == 1',
    'i == 1 == 0',
    'i < u + 1',
    'i = 3',
    '!i',
    'i',
    'f % 2 == 0',
    'i % 0 == 0',
    'call() == 1',
    'i == 3000000000',
    'i < 1 &',
    '',
  ])('leave %s to C++', (text) => {
    expect(decided(text)).toBeNull();
  });

  it('name the variables that they need', () => {
    expect(fastVariables('i == 3 && j < blockIdx.x')).toEqual(['i', 'j']);
    expect(fastVariables('i[3] == 3')).toBeNull();
  });

  it('take any text without failing', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60, unit: fc.constantFrom(...'iufcd01 ()!=<>&|%+-.x[]'.split('')) }),
        (text) => {
          const result = decided(text);
          expect(result === null || typeof result === 'boolean').toBe(true);
        },
      ),
    );
  });
});
