/**
 * Finds a function's own stack frame and the accesses that certainly lie in it.
 *
 * Clang opens a frame with `local = __stack_pointer - size` in the function's entry block and addresses it as
 * `local + constant`. Nothing can take a page's permission away between two calls (there is one thread of control, and the
 * cold path of a check re-validates the frame), so that frame accesses need one check at entry and one after each call
 * instead of one each. At -O0 most accesses are of this kind.
 */
import type { ByteReader } from './leb128.js';
import { decode, type Instruction } from './instruction.js';
import { memoryOperator, NEED_READ, Op, stackEffect } from './opcodes.js';
import type { WasmModule } from './wasm-module.js';

/** The frame as the rewriter uses it; offsets are from the frame local's value, in bytes. */
export interface Frame {
  readonly local: number;
  /** Position just after the `local.set` or `local.tee` that defines the frame local. */
  readonly definedAt: number;
  readonly lowest: number;
  /** Last byte touched (inclusive). */
  readonly highest: number;
  readonly need: number;
  /** Positions of the memory operators that lie in the frame. */
  readonly accesses: ReadonlySet<number>;
}

const PAGE_SIZE = 4096;
/** Symbolic values: a local's index (>= 0), or one of these. */
const UNKNOWN = -1;
const STACK_POINTER = -2;
const CONSTANT = -3;
const FRAME_ADDRESS = -4;

export function analyseFrame(
  module: WasmModule,
  code: ByteReader,
  parameterCount: number,
  stackPointer: number,
): Frame | undefined {
  const start = code.position;
  const definition = findDefinition(code, parameterCount, stackPointer);
  code.position = start;
  if (!definition) return undefined;

  const accesses = new Set<number>();
  let lowest = Infinity;
  let highest = -1;
  let need = 0;
  forEachAccess(module, code, (instruction, base) => {
    if (base !== definition.local || instruction.start < definition.definedAt) return;
    const operator = memoryOperator(instruction.opcode);
    if (!operator || operator.atomic) return;
    const last = instruction.immediate + operator.bytes - 1;
    if (last >= definition.size) return;
    accesses.add(instruction.start);
    lowest = Math.min(lowest, instruction.immediate);
    highest = Math.max(highest, last);
    need |= operator.need;
  });
  code.position = start;
  if (accesses.size < 2 || highest - lowest >= PAGE_SIZE) return undefined;
  return {
    local: definition.local,
    definedAt: definition.definedAt,
    lowest,
    highest,
    need: need | NEED_READ,
    accesses,
  };
}

/** Follows the entry block's straight line of code to the one assignment of the frame local. */
function findDefinition(
  code: ByteReader,
  parameterCount: number,
  stackPointer: number,
): { local: number; size: number; definedAt: number } | undefined {
  const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
  const assignments = new Map<number, number>();
  const values = new Map<number, { kind: number; value: number }>();
  const stack: { kind: number; value: number }[] = [];
  const pop = (): { kind: number; value: number } => stack.pop() ?? { kind: UNKNOWN, value: 0 };
  let found: { local: number; size: number; definedAt: number } | undefined;
  let straight = true;
  while (!code.done) {
    decode(code, instruction);
    const { opcode, immediate } = instruction;
    if (opcode === Op.localSet || opcode === Op.localTee) {
      assignments.set(immediate, (assignments.get(immediate) ?? 0) + 1);
    }
    if (!straight) continue;
    if (opcode === Op.globalGet) stack.push({ kind: immediate === stackPointer ? STACK_POINTER : UNKNOWN, value: 0 });
    else if (opcode === Op.i32Const) stack.push({ kind: CONSTANT, value: immediate });
    else if (opcode === Op.localGet) stack.push(values.get(immediate) ?? { kind: UNKNOWN, value: 0 });
    else if (opcode === Op.i32Sub) {
      const right = pop();
      const left = pop();
      const frame = left.kind === STACK_POINTER && right.kind === CONSTANT;
      stack.push(frame ? { kind: FRAME_ADDRESS, value: right.value } : { kind: UNKNOWN, value: 0 });
    } else if (opcode === Op.localSet || opcode === Op.localTee) {
      const value = pop();
      values.set(immediate, value);
      if (value.kind === FRAME_ADDRESS && !found && immediate >= parameterCount) {
        found = { local: immediate, size: value.value, definedAt: instruction.end };
      }
      if (opcode === Op.localTee) stack.push(value);
    } else if (endsStraightLine(opcode)) {
      straight = false;
    } else {
      const [pops, pushes] = stackEffect(opcode);
      for (let n = 0; n < pops; n++) pop();
      for (let n = 0; n < pushes; n++) stack.push({ kind: UNKNOWN, value: 0 });
    }
  }
  return found && assignments.get(found.local) === 1 ? found : undefined;
}

function endsStraightLine(opcode: number): boolean {
  return (opcode >= Op.unreachable && opcode <= Op.returnCallIndirect) || opcode === Op.globalSet;
}

/** Calls `visit` for each memory operator with the local that is its whole address, or UNKNOWN. */
function forEachAccess(module: WasmModule, code: ByteReader, visit: (at: Instruction, base: number) => void): void {
  const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
  const stack: number[] = [];
  const pops = (count: number): void => {
    stack.length = Math.max(0, stack.length - count);
  };
  while (!code.done) {
    decode(code, instruction);
    const { opcode, immediate } = instruction;
    const operator = memoryOperator(opcode);
    if (operator) {
      const depth = operator.values.length + 1;
      visit(instruction, stack[stack.length - depth] ?? UNKNOWN);
    }
    if (opcode === Op.localGet) stack.push(immediate);
    else if (opcode === Op.localTee) {
      pops(1);
      stack.push(immediate);
    } else if (opcode === Op.call || opcode === Op.callIndirect) {
      const type = opcode === Op.call ? module.typeOf(immediate) : module.type(immediate);
      pops(type.parameters.length + (opcode === Op.call ? 0 : 1));
      for (let n = type.results.length; n > 0; n--) stack.push(UNKNOWN);
    } else if (endsStraightLine(opcode) && opcode !== Op.globalSet) {
      stack.length = 0;
    } else {
      const [taken, given] = stackEffect(opcode);
      pops(taken);
      for (let n = 0; n < given; n++) stack.push(UNKNOWN);
    }
  }
}
