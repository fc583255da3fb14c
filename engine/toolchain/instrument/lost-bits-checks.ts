/**
 * Where code tells of bits that are lost (toolchain/lost-bits.ts): `block … br_if 0; i32.const 0; call lost_bits; end`,
 * often with more conditions and branches. Hardly ever taken, and told only, it ends no straight line of code.
 */
import { decode, type Instruction } from './instruction.js';
import type { ByteReader } from './leb128.js';
import { Op } from './opcodes.js';
import type { WasmModule } from './wasm-module.js';

/** Which part of a check an operator is. */
export type CheckPart = 'open' | 'branch' | 'site' | 'call' | 'close';

const NONE: ReadonlyMap<number, CheckPart> = new Map();

/** By position of the operator. @param code positioned at the function's first operator; read to its end */
export function lostBitsChecks(module: WasmModule, code: ByteReader): ReadonlyMap<number, CheckPart> {
  const told = module.functionByName('__faultline_lost_bits');
  if (told === undefined) return NONE;
  const parts = new Map<number, CheckPart>();
  /** Blocks in which nothing but straight code has been met. */
  let open: number[] = [];
  let branches: number[] = [];
  let site = -1;
  let call = -1;
  const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
  while (!code.done) {
    decode(code, instruction);
    const { opcode, immediate, start } = instruction;
    const block = open.at(-1);
    const isChecking = branches.length > 0;
    if (opcode === Op.block && !isChecking) open.push(start);
    else if (opcode === Op.brIf && immediate === 0 && block !== undefined && call < 0) {
      branches.push(start);
      site = -1;
    } else if (opcode === Op.i32Const && isChecking && call < 0) site = start;
    else if (opcode === Op.call && immediate === told && site >= 0 && call < 0) call = start;
    else if (opcode === Op.end && call >= 0 && block !== undefined) {
      parts.set(block, 'open').set(site, 'site').set(call, 'call').set(start, 'close');
      for (const branch of branches) parts.set(branch, 'branch');
      open.pop();
      branches = [];
      site = call = -1;
    } else if (opcode <= Op.returnCallIndirect || (isChecking && (call >= 0 || !isCondition(opcode)))) {
      open = opcode === Op.block ? [start] : [];
      branches = [];
      site = call = -1;
    } else site = -1;
  }
  return parts;
}

/** Between the branches nothing but what they ask. */
function isCondition(opcode: number): boolean {
  return opcode === Op.localGet || (opcode >= Op.i32Eqz && opcode <= Op.i32GeU);
}
