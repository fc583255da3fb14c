/**
 * Operators at which V8's stack may say that a function is: those that call, that trap, and, where its thread is interrupted,
 * those that begin loops.
 */
import { Op } from './opcodes.js';

export class CodePlaces {
  /** Pairs (offset in the rewritten code, offset in the original module's code section). */
  private readonly pairs: number[] = [];
  /** Loops at the end of the pairs that have no place in the original yet. */
  private openLoops = 0;

  mark(at: number, original: number): void {
    this.pairs.push(at, original);
  }

  /** A loop's operator belongs to no line: what is computed in it does. */
  markLoop(at: number, original: number): void {
    this.pairs.push(at, original);
    this.openLoops++;
  }

  /** Tells of each operator before it is marked. */
  reach(opcode: number, original: number): void {
    if (this.openLoops === 0 || !isComputation(opcode)) return;
    for (; this.openLoops > 0; this.openLoops--) this.pairs[this.pairs.length - this.openLoops * 2 + 1] = original;
  }

  /** The pairs, in code that begins later. */
  moved(by: number): number[] {
    return this.pairs.map((offset, n) => (n % 2 === 0 ? offset + by : offset));
  }
}

/** Operands may be of any line before. */
function isComputation(opcode: number): boolean {
  if (opcode === Op.block || opcode === Op.loop || opcode === Op.if) return false;
  const isOperand = (opcode >= Op.drop && opcode <= Op.globalSet) || (opcode >= Op.i32Const && opcode <= F64_CONST);
  return !isOperand;
}

const F64_CONST = 0x44;
