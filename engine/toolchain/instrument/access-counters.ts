/**
 * Counts a function's accesses: one local for each width of access, added to once per straight line of code and to the
 * module's totals when the function returns. Accesses of the function's own frame are not counted: a processor keeps most of
 * them in registers.
 */
import type { ByteReader, ByteWriter } from './leb128.js';
import { decode, type Instruction } from './instruction.js';
import { memoryOperator, Op, ValType } from './opcodes.js';
import type { ScratchLocals } from './scratch-locals.js';

export class AccessCounters {
  /** Width of an access in bytes → the local that counts accesses of that width. */
  private readonly locals = new Map<number, number>();
  /** Accesses of each width in the current straight line. */
  private readonly pending = new Map<number, number>();

  /**
   * An early return may come before the first access in the text and after it in time, so the locals are decided here.
   * @param code positioned at the function's first operator; read to its end
   * @param isFrameAccess by position of the operator
   */
  constructor(code: ByteReader, locals: ScratchLocals, isFrameAccess: (position: number) => boolean) {
    const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
    while (!code.done) {
      decode(code, instruction);
      const operator = memoryOperator(instruction.opcode);
      if (!operator || this.locals.has(operator.bytes) || isFrameAccess(instruction.start)) continue;
      this.locals.set(operator.bytes, locals.get(`count${String(operator.bytes)}`, ValType.i64));
    }
  }

  get used(): boolean {
    return this.locals.size > 0;
  }

  count(bytes: number): void {
    this.pending.set(bytes, (this.pending.get(bytes) ?? 0) + 1);
  }

  /** The straight line ends: writes its additions. */
  flush(out: ByteWriter): void {
    for (const [bytes, amount] of this.pending) {
      const local = this.locals.get(bytes);
      if (local === undefined) continue;
      out.u8(Op.localGet).u32(local).u8(Op.i64Const).s32(amount).u8(Op.i64Add, Op.localSet).u32(local);
    }
    this.pending.clear();
  }

  /** The function returns: adds to the totals, which are mutable i64 globals. */
  addToTotals(out: ByteWriter, totals: { readonly accesses: number; readonly bytes: number }): void {
    for (const [bytes, local] of this.locals) {
      out
        .u8(Op.globalGet)
        .u32(totals.accesses)
        .u8(Op.localGet)
        .u32(local)
        .u8(Op.i64Add, Op.globalSet)
        .u32(totals.accesses);
      out.u8(Op.globalGet).u32(totals.bytes).u8(Op.localGet).u32(local);
      if (bytes !== 1) out.u8(Op.i64Const).s32(bytes).u8(Op.i64Mul);
      out.u8(Op.i64Add, Op.globalSet).u32(totals.bytes);
    }
  }
}
