/**
 * Every load, store and atomic operator, written down from the WebAssembly specification (and the threads proposal)
 * independently of the engine's own table.
 */
import { ValType } from '../../engine/toolchain/instrument/opcodes.js';
import { ALL, READ, WRITE } from './rig.js';

const { i32, i64, f32, f64 } = ValType;

export interface Operator {
  readonly name: string;
  /** Prefixed ones as `prefix << 8 | sub-opcode`. */
  readonly opcode: number;
  readonly bytes: number;
  readonly need: number;
  /** Type of the values that it takes above the address, or of the one that it gives. */
  readonly type: number;
  readonly takes: number;
  readonly gives: boolean;
  readonly atomic: boolean;
}

const plain = (name: string, opcode: number, bytes: number, type: number): Operator => {
  const loads = name.includes('load');
  return {
    name,
    opcode,
    bytes,
    type,
    need: loads ? READ : WRITE,
    takes: loads ? 0 : 1,
    gives: loads,
    atomic: false,
  };
};

const PLAIN = [
  plain('i32.load', 0x28, 4, i32),
  plain('i64.load', 0x29, 8, i64),
  plain('f32.load', 0x2a, 4, f32),
  plain('f64.load', 0x2b, 8, f64),
  plain('i32.load8_s', 0x2c, 1, i32),
  plain('i32.load8_u', 0x2d, 1, i32),
  plain('i32.load16_s', 0x2e, 2, i32),
  plain('i32.load16_u', 0x2f, 2, i32),
  plain('i64.load8_s', 0x30, 1, i64),
  plain('i64.load8_u', 0x31, 1, i64),
  plain('i64.load16_s', 0x32, 2, i64),
  plain('i64.load16_u', 0x33, 2, i64),
  plain('i64.load32_s', 0x34, 4, i64),
  plain('i64.load32_u', 0x35, 4, i64),
  plain('i32.store', 0x36, 4, i32),
  plain('i64.store', 0x37, 8, i64),
  plain('f32.store', 0x38, 4, f32),
  plain('f64.store', 0x39, 8, f64),
  plain('i32.store8', 0x3a, 1, i32),
  plain('i32.store16', 0x3b, 2, i32),
  plain('i64.store8', 0x3c, 1, i64),
  plain('i64.store16', 0x3d, 2, i64),
  plain('i64.store32', 0x3e, 4, i64),
];

const VARIANTS = [
  ['i32', 4, i32],
  ['i64', 8, i64],
  ['i32.8', 1, i32],
  ['i32.16', 2, i32],
  ['i64.8', 1, i64],
  ['i64.16', 2, i64],
  ['i64.32', 4, i64],
] as const;

const FAMILIES = [
  ['load', READ, 0, true],
  ['store', WRITE, 1, false],
  ['rmw.add', ALL, 1, true],
  ['rmw.sub', ALL, 1, true],
  ['rmw.and', ALL, 1, true],
  ['rmw.or', ALL, 1, true],
  ['rmw.xor', ALL, 1, true],
  ['rmw.xchg', ALL, 1, true],
  ['rmw.cmpxchg', ALL, 2, true],
] as const;

const ATOMIC = FAMILIES.flatMap(([family, need, takes, gives], row) =>
  VARIANTS.map(([variant, bytes, type], column): Operator => ({
    name: `${variant}.atomic.${family}`,
    opcode: 0xfe10 + row * VARIANTS.length + column,
    bytes,
    type,
    need,
    takes,
    gives,
    atomic: true,
  })),
);

export const OPERATORS: readonly Operator[] = [...PLAIN, ...ATOMIC];
