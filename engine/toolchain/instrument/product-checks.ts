/**
 * Where code tells of a product that does not fit (toolchain/products.ts): `block … br_if 0; i32.const 0; call product; end`.
 * Hardly ever taken, and told only, it ends no straight line of code.
 */
import { decode, type Instruction } from './instruction.js';
import type { ByteReader } from './leb128.js';
import { Op } from './opcodes.js';
import type { WasmModule } from './wasm-module.js';

/** Which part of a check an operator is. */
export type CheckPart = 'open' | 'branch' | 'site' | 'call' | 'close';

const NONE: ReadonlyMap<number, CheckPart> = new Map();

/** By position of the operator. @param code positioned at the function's first operator; read to its end */
export function productChecks(module: WasmModule, code: ByteReader): ReadonlyMap<number, CheckPart> {
  const product = module.functionByName('__faultline_product');
  if (product === undefined) return NONE;
  const parts = new Map<number, CheckPart>();
  /** Blocks in which nothing but straight code has been met. */
  let open: number[] = [];
  let branch = -1;
  let site = -1;
  let call = -1;
  const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
  while (!code.done) {
    decode(code, instruction);
    const { opcode, immediate, start } = instruction;
    const block = open.at(-1);
    if (opcode === Op.block && branch < 0) open.push(start);
    else if (opcode === Op.brIf && immediate === 0 && block !== undefined && branch < 0) branch = start;
    else if (opcode === Op.i32Const && branch >= 0 && site < 0) site = start;
    else if (opcode === Op.call && immediate === product && site >= 0 && call < 0) call = start;
    else if (opcode === Op.end && call >= 0 && block !== undefined) {
      parts.set(block, 'open').set(branch, 'branch').set(site, 'site').set(call, 'call').set(start, 'close');
      open.pop();
      branch = site = call = -1;
    } else if (opcode <= Op.returnCallIndirect || branch >= 0) {
      open = opcode === Op.block ? [start] : [];
      branch = site = call = -1;
    }
  }
  return parts;
}
