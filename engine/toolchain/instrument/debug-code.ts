/**
 * What a function pays for a debugger: a record on a shadow call stack that says where it is and what its variables'
 * locals hold, polls at statements and in loops, and a count of rounds that names a moment in time.
 *
 * A record: function index, code offset, then the spilled locals, 8 bytes each. The offset and the locals are current
 * wherever the engine can be entered or the program can trap: at calls, polls, failed checks and divisions. A function that
 * neither calls nor traps makes its record only on its way into the engine. A poll is one load of a byte of its own and
 * a branch that is hardly ever taken: the debugger sets the bytes that it wants to hear of.
 */
import { decode, type Instruction } from './instruction.js';
import { ByteReader, type ByteWriter } from './leb128.js';
import { BLOCK_VOID, Op, ValType } from './opcodes.js';
import type { ScratchLocals } from './scratch-locals.js';
import type { WasmModule } from './wasm-module.js';

/** What a run under a debugger pays for. */
export interface DebugOptions {
  /** Code offsets to poll at: where lines start. */
  readonly steps: ReadonlySet<number>;
  /** Offsets of single operators to poll at besides. */
  readonly instructions: ReadonlySet<number>;
  /** Locals that hold what a debugger shows, by function index. */
  readonly locals: (functionIndex: number) => readonly number[];
  /** Functions whose entries and loop rounds are counted. */
  readonly isUser: (functionIndex: number) => boolean;
  /** Address of the first poll's byte. */
  readonly pollTable: number;
  /** Only the records: nobody polls and nobody counts. */
  readonly recordsOnly?: boolean;
  /** The shadow call stack: first address, and the last at which a record may begin. */
  readonly callStackBase: number;
  readonly callStackLimit: number;
}

/** Kinds of poll: the second argument of the poll hook. */
export const PollKind = { step: 0, loop: 1, instruction: 2 } as const;

/** A record without its locals: function index, code offset. */
export const CALL_RECORD_BYTES = 8;
const LOCAL_BYTES = 8;

/** The polls of a module in the order of their bytes. */
export interface Polls {
  readonly sites: number[];
  readonly kinds: number[];
  /** Index of the function that polls, and the bytes of its record. */
  readonly functions: number[];
  readonly records: number[];
  /** Bytes of the records of all functions, by function index. */
  readonly recordBytes: Map<number, number>;
}

export interface DebugGlobals {
  readonly callStack: number;
  readonly rounds: number;
}

const STORES = new Map<number, number>([
  [ValType.i32, Op.i32Store],
  [ValType.i64, Op.i64Store],
  [ValType.f32, Op.f32Store],
  [ValType.f64, Op.f64Store],
]);

export class DebugCode {
  private readonly spilled: readonly { readonly local: number; readonly store: number }[];
  readonly recordBytes: number;
  private readonly counts: boolean;

  /** @param isLeaf it neither calls nor traps */
  constructor(
    private readonly options: DebugOptions,
    private readonly globals: DebugGlobals,
    private readonly polls: Polls,
    private readonly scratch: ScratchLocals,
    module: WasmModule,
    private readonly functionIndex: number,
    private readonly pollHook: number,
    private readonly openUnlikelyIf: () => void,
    private readonly isLeaf: boolean,
  ) {
    this.spilled = spilledLocals(module, functionIndex, options.locals(functionIndex)).map(({ local, type }) => ({
      local,
      store: STORES.get(type) ?? Op.unreachable,
    }));
    this.recordBytes = CALL_RECORD_BYTES + LOCAL_BYTES * this.spilled.length;
    this.counts = options.recordsOnly !== true && options.isUser(functionIndex);
    polls.recordBytes.set(functionIndex, this.recordBytes);
  }

  prologue(out: ByteWriter): void {
    if (!this.isLeaf) this.push(out);
    if (this.counts) this.countRound(out);
  }

  /** Whether {@link epilogue} has anything to put back. */
  get needsEpilogue(): boolean {
    return !this.isLeaf;
  }

  epilogue(out: ByteWriter): void {
    if (!this.isLeaf) this.pop(out);
  }

  /** The engine may be entered from here: says where and with what. {@link leave} belongs behind it. */
  enter(out: ByteWriter, offset: number): void {
    if (this.isLeaf) this.push(out);
    this.store(out, 4, () => out.u8(Op.i32Const).s32(offset));
    this.spilled.forEach(({ local, store }, n) => {
      out.u8(Op.localGet).u32(this.record()).u8(Op.localGet).u32(local);
      out.u8(store, 0).u32(CALL_RECORD_BYTES + LOCAL_BYTES * n);
    });
  }

  leave(out: ByteWriter): void {
    if (this.isLeaf) this.pop(out);
  }

  poll(out: ByteWriter, offset: number, kind: number): void {
    out.u8(Op.i32Const, 0, Op.i32Load8u, 0).u32(this.options.pollTable + this.polls.sites.length);
    this.polls.sites.push(offset);
    this.polls.kinds.push(kind);
    this.polls.functions.push(this.functionIndex);
    this.polls.records.push(this.recordBytes);
    this.openUnlikelyIf();
    this.enter(out, offset);
    out.u8(Op.i32Const).s32(offset).u8(Op.i32Const).s32(kind).u8(Op.call).u32(this.pollHook);
    this.leave(out);
    out.u8(Op.end);
  }

  /** A loop's next round begins. */
  round(out: ByteWriter): void {
    if (this.counts) this.countRound(out);
  }

  private push(out: ByteWriter): void {
    const { globals } = this;
    const record = this.record();
    out.u8(Op.globalGet).u32(globals.callStack).u8(Op.localTee).u32(record);
    out.u8(Op.i32Const).s32(this.options.callStackLimit).u8(Op.i32GtU, Op.if, BLOCK_VOID, Op.unreachable, Op.end);
    this.store(out, 0, () => out.u8(Op.i32Const).s32(this.functionIndex));
    out.u8(Op.localGet).u32(record).u8(Op.i32Const).s32(this.recordBytes).u8(Op.i32Add);
    out.u8(Op.globalSet).u32(globals.callStack);
  }

  private pop(out: ByteWriter): void {
    out.u8(Op.localGet).u32(this.record()).u8(Op.globalSet).u32(this.globals.callStack);
  }

  private countRound(out: ByteWriter): void {
    const { rounds } = this.globals;
    out.u8(Op.globalGet).u32(rounds).u8(Op.i64Const, 1, Op.i64Add, Op.globalSet).u32(rounds);
  }

  private store(out: ByteWriter, offset: number, value: () => void): void {
    out.u8(Op.localGet).u32(this.record());
    value();
    out.u8(Op.i32Store, 0).u32(offset);
  }

  private record(): number {
    return this.scratch.get('callRecord', ValType.i32);
  }
}

/** Whether an operator may end the program by itself: divisions, conversions of what is out of range, unreachable code. */
export function mayTrap(opcode: number): boolean {
  return (
    opcode === Op.unreachable ||
    (opcode >= 0x6d && opcode <= 0x70) ||
    (opcode >= 0x7f && opcode <= 0x82) ||
    (opcode >= 0xa8 && opcode <= 0xab) ||
    (opcode >= 0xae && opcode <= 0xb1)
  );
}

/** Whether a function body neither calls nor traps. @param code positioned at its first operator */
export function isLeafBody(code: ByteReader): boolean {
  const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
  while (!code.done) {
    decode(code, instruction);
    const { opcode } = instruction;
    if (opcode === Op.call || opcode === Op.callIndirect || mayTrap(opcode)) return false;
  }
  return true;
}

/** Which of these locals a function's record holds, in the order of the record, with their types. */
export function spilledLocals(
  module: WasmModule,
  functionIndex: number,
  locals: readonly number[],
): { readonly local: number; readonly type: number }[] {
  const body = module.bodies[functionIndex - module.importedFunctions];
  if (!body || locals.length === 0) return [];
  const types: number[] = [...module.typeOf(functionIndex).parameters];
  const code = new ByteReader(module.bytes, body.start, body.end);
  const last = Math.max(...locals);
  for (let groups = code.u32(); groups > 0 && types.length <= last; groups--) {
    const count = Math.min(code.u32(), last + 1);
    const type = code.u8();
    for (let n = 0; n < count; n++) types.push(type);
  }
  return locals.flatMap((local) => {
    const type = types[local] ?? 0;
    return STORES.has(type) ? [{ local, type }] : [];
  });
}
