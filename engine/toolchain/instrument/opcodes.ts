/**
 * The WebAssembly operators that the instrumenter has to know: what immediates follow an opcode, how many operands it
 * takes and gives, and for memory operators how many bytes they touch and how.
 * Source: WebAssembly core specification 2.0, section 5.4, and the threads proposal for the 0xFE prefix.
 */

export const Op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  drop: 0x1a,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Load: 0x28,
  i64Load: 0x29,
  f32Load: 0x2a,
  f64Load: 0x2b,
  i32Load8u: 0x2d,
  i32Store: 0x36,
  i64Store: 0x37,
  f32Store: 0x38,
  f64Store: 0x39,
  i64Store32: 0x3e,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Eqz: 0x45,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtU: 0x4b,
  i32GeU: 0x4f,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  i32ShrU: 0x76,
  i32Rotr: 0x78,
  i64Add: 0x7c,
  i64Mul: 0x7e,
  i64ExtendI32U: 0xad,
  prefixMisc: 0xfc,
  prefixAtomic: 0xfe,
} as const;

export const ValType = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
} as const;
export const BLOCK_VOID = 0x40;

/** The permission bits of the page-permission tables. */
export const NEED_READ = 1;
export const NEED_WRITE = 2;

/** A memory operator: bytes touched, permissions needed, and the type of the value operand of a store. */
export interface MemoryOperator {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly need: number;
  /** Operands above the address, first pushed first; empty for a load. */
  readonly values: readonly number[];
  readonly atomic: boolean;
}

const { i32, i64, f32, f64 } = ValType;
type Bytes = 1 | 2 | 4 | 8;
const load = (bytes: Bytes): MemoryOperator => ({ bytes, need: NEED_READ, values: [], atomic: false });
const store = (bytes: Bytes, value: number): MemoryOperator => ({
  bytes,
  need: NEED_WRITE,
  values: [value],
  atomic: false,
});

/** Loads and stores, indexed by opcode. */
const MEMORY_OPERATORS: ReadonlyMap<number, MemoryOperator> = new Map([
  ...([4, 8, 4, 8, 1, 1, 2, 2, 1, 1, 2, 2, 4, 4] as const).map((bytes, n) => [0x28 + n, load(bytes)] as const),
  ...(
    [
      [4, i32],
      [8, i64],
      [4, f32],
      [8, f64],
      [1, i32],
      [2, i32],
      [1, i64],
      [2, i64],
      [4, i64],
    ] as const
  ).map(([bytes, value], n) => [0x36 + n, store(bytes, value)] as const),
]);

/** Widths of the seven variants of each atomic operator: i32, i64, i32.8, i32.16, i64.8, i64.16, i64.32. */
const ATOMIC_VARIANTS = [
  [4, i32],
  [8, i64],
  [1, i32],
  [2, i32],
  [1, i64],
  [2, i64],
  [4, i64],
] as const;

/** @param opcode the byte, or for a prefixed operator `prefix << 8 | sub-opcode`. */
export function memoryOperator(opcode: number): MemoryOperator | undefined {
  const plain = MEMORY_OPERATORS.get(opcode);
  if (plain) return plain;
  if (opcode >> 8 !== Op.prefixAtomic) return undefined;
  const sub = opcode & 0xff;
  if (sub >= 0x10 && sub <= 0x4e) {
    const variant = ATOMIC_VARIANTS[(sub - 0x10) % 7];
    if (!variant) return undefined;
    const [bytes, value] = variant;
    const family = Math.floor((sub - 0x10) / 7);
    if (family === 0) return { bytes, need: NEED_READ, values: [], atomic: true };
    if (family === 1) return { bytes, need: NEED_WRITE, values: [value], atomic: true };
    return { bytes, need: NEED_READ | NEED_WRITE, values: family === 8 ? [value, value] : [value], atomic: true };
  }
  return undefined;
}

/** Operands taken and results given by the operators without special treatment: `[pops, pushes]`. */
export function stackEffect(opcode: number): readonly [number, number] {
  if (opcode === Op.drop) return [1, 0];
  if (opcode === 0x1b || opcode === 0x1c) return [3, 1]; // select
  if (opcode === Op.localGet || opcode === Op.globalGet) return [0, 1];
  if (opcode === Op.localSet || opcode === Op.globalSet) return [1, 0];
  if (opcode === Op.localTee) return [1, 1];
  if (opcode >= 0x28 && opcode <= 0x35) return [1, 1];
  if (opcode >= 0x36 && opcode <= 0x3e) return [2, 0];
  if (opcode === Op.memorySize) return [0, 1];
  if (opcode === Op.memoryGrow) return [1, 1];
  if (opcode >= 0x41 && opcode <= 0x44) return [0, 1];
  if (opcode === 0x45 || opcode === 0x50) return [1, 1]; // eqz
  if (opcode >= 0x46 && opcode <= 0x66) return [2, 1]; // comparisons
  if ((opcode >= 0x67 && opcode <= 0x69) || (opcode >= 0x79 && opcode <= 0x7b)) return [1, 1]; // clz ctz popcnt
  if (opcode >= 0x8b && opcode <= 0x91) return [1, 1]; // f32 unary
  if (opcode >= 0x99 && opcode <= 0x9f) return [1, 1]; // f64 unary
  if (opcode >= 0x6a && opcode <= 0xa6) return [2, 1]; // binary
  if (opcode >= 0xa7 && opcode <= 0xc4) return [1, 1]; // conversions
  if (opcode >> 8 === Op.prefixMisc) {
    const sub = opcode & 0xff;
    if (sub <= 7) return [1, 1]; // saturating truncations
    if (sub >= 8 && sub <= 11) return sub === 9 ? [0, 0] : [3, 0];
  }
  const operator = memoryOperator(opcode);
  if (operator) return [1 + operator.values.length, operator.need === NEED_WRITE ? 0 : 1];
  return [0, 0];
}
