/**
 * Rewrites one function body: the software MMU of the engine.
 *
 * Before each load, store and atomic operator it puts
 *
 *     if (!(permissions[rotr(address, log2 bytes) >>> (12 - log2 bytes)] & need)) coldPath(...)
 *
 * `permissions` is the current agent's table, one byte a page. The rotation puts the bits that are set only for a misaligned
 * address on top, so that such an address looks up a byte beyond the table's 2^20 entries, which is always zero: the cold
 * path then checks both pages that the access may touch. Offsets handed to hooks are those of the module before rewriting,
 * counted as DWARF counts them.
 */
import { analyseFrame, type Frame } from './frame-analysis.js';
import { AccessCounters } from './access-counters.js';
import { CodePlaces } from './code-places.js';
import { DebugCode, isLeafBody, mayTrap, PollKind } from './debug-code.js';
import { decode, type Instruction } from './instruction.js';
import { ByteReader, ByteWriter } from './leb128.js';
import { BLOCK_VOID, memoryOperator, NEED_READ, NEED_WRITE, Op, ValType, type MemoryOperator } from './opcodes.js';
import { lostBitsChecks, type CheckPart } from './lost-bits-checks.js';
import type { RewriteContext, RewrittenFunction } from './rewrite-context.js';
import { ScratchLocals } from './scratch-locals.js';
import type { FunctionBody } from './wasm-module.js';

/** Added to an access's flags if it is an atomic operator. */
const ATOMIC_ACCESS = 4;

const MEMORY_COPY = (Op.prefixMisc << 8) | 10;
const MEMORY_FILL = (Op.prefixMisc << 8) | 11;

export function rewriteFunction(context: RewriteContext, body: FunctionBody): RewrittenFunction {
  return new FunctionRewriter(context, body).rewrite();
}

class FunctionRewriter {
  private readonly out: ByteWriter;
  private readonly places = new CodePlaces();
  private readonly hints: number[] = [];
  private readonly scratch: ScratchLocals;
  private readonly parameterCount: number;
  private readonly declarations: ByteWriter;
  private readonly declaredGroups: number;
  private readonly code: ByteReader;
  private readonly frame: Frame | undefined;
  private readonly codeStart: number;
  private readonly isRegion: boolean;
  private readonly checks: ReadonlyMap<number, CheckPart>;
  /** The frame may have lost permissions since its last check. */
  private frameStale = false;
  private readonly counters: AccessCounters;
  private readonly debug: DebugCode | undefined;
  /** A loop has begun and nothing in its body has polled yet. */
  private loopWithoutPoll = -1;
  /** Of a check of a sum: each is an `if` of its own. */
  private openBranches = 0;
  private lastConstant = -1;
  private lastConstantEnd = -1;

  constructor(
    private readonly context: RewriteContext,
    private readonly body: FunctionBody,
  ) {
    const { module } = context;
    this.codeStart = module.codeStart;
    this.out = new ByteWriter((body.end - body.start) * 4);
    this.code = new ByteReader(module.bytes, body.start, body.end);
    const type = module.typeOf(body.functionIndex);
    this.parameterCount = type.parameters.length;
    let locals = this.parameterCount;
    const groups = this.code.u32();
    this.declarations = new ByteWriter();
    for (let n = 0; n < groups; n++) {
      const count = this.code.u32();
      locals += count;
      this.declarations.u32(count).u8(this.code.u8());
    }
    this.declaredGroups = groups;
    this.scratch = new ScratchLocals(locals);
    this.isRegion = context.isOffloadRegion(body.functionIndex);
    const firstOperator = this.code.position;
    const isLeaf = context.debug !== undefined && isLeafBody(this.code);
    this.code.position = firstOperator;
    this.debug =
      context.debug &&
      new DebugCode(
        context.debug,
        context.globals,
        context.polls,
        this.scratch,
        module,
        body.functionIndex,
        context.hooks.poll,
        () => {
          this.unlikelyIf();
        },
        isLeaf,
      );
    const bodyStart = this.code.position;
    this.frame = analyseFrame(module, this.code, this.parameterCount, context.globals.stackPointer);
    this.code.position = bodyStart;
    this.counters = new AccessCounters(
      this.code,
      this.scratch,
      (position) => this.frame?.accesses.has(position) ?? false,
    );
    this.code.position = bodyStart;
    this.checks = lostBitsChecks(module, this.code);
    this.code.position = bodyStart;
  }

  rewrite(): RewrittenFunction {
    const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
    let depth = 0;
    while (!this.code.done) {
      decode(this.code, instruction);
      this.pollBefore(instruction);
      const { opcode } = instruction;
      if (opcode === Op.block || opcode === Op.loop || opcode === Op.if) depth++;
      if (opcode === Op.end && depth-- === 0) break;
      this.operator(instruction);
    }
    this.counters.flush(this.out);
    return this.assemble();
  }

  /** Polls where a statement starts, and in each loop's body where no statement starts before control may leave it. */
  private pollBefore({ opcode, start }: Instruction): void {
    const { debug, context } = this;
    if (!debug || context.debug?.recordsOnly === true) return;
    const offset = start - this.codeStart;
    const isStep = context.debug?.steps.has(offset) === true;
    if (isStep || context.debug?.instructions.has(offset) === true) {
      debug.poll(this.out, offset, isStep ? PollKind.step : PollKind.instruction);
      this.loopWithoutPoll = -1;
    } else if (this.loopWithoutPoll >= 0 && opcode <= Op.return) {
      debug.poll(this.out, this.loopWithoutPoll, PollKind.loop);
      this.loopWithoutPoll = -1;
    }
  }

  private operator(instruction: Instruction): void {
    const { opcode } = instruction;
    this.places.reach(opcode, instruction.start - this.codeStart);
    const check = this.checks.get(instruction.start);
    if (check) return this.lostBitsCheck(instruction, check);
    const memory = memoryOperator(opcode);
    if (memory) {
      this.memoryAccess(instruction, memory);
      this.copyBytes(instruction);
      return;
    }
    switch (opcode) {
      case Op.call:
      case Op.callIndirect:
        this.debug?.enter(this.out, instruction.start - this.codeStart);
        this.places.mark(this.out.length, instruction.start - this.codeStart);
        this.copyBytes(instruction);
        this.frameStale = true;
        break;
      case Op.memorySize:
        this.out.u8(Op.call).u32(this.context.hooks.memorySize);
        break;
      case Op.memoryGrow:
        this.out.u8(Op.call).u32(this.context.hooks.memoryGrow);
        break;
      case MEMORY_COPY:
      case MEMORY_FILL:
        this.bulk(instruction);
        break;
      case Op.return:
        this.boundary(instruction.start);
        this.epilogue();
        this.copyBytes(instruction);
        break;
      case Op.loop:
        this.boundary(instruction.start);
        this.places.markLoop(this.out.length, instruction.start - this.codeStart);
        this.copyBytes(instruction);
        this.debug?.round(this.out);
        if (this.debug) this.loopWithoutPoll = instruction.start - this.codeStart;
        if (this.context.isPreempted(this.body.functionIndex)) this.preemption(instruction.start);
        break;
      case Op.i32Const:
        this.lastConstant = instruction.immediate;
        this.lastConstantEnd = instruction.end;
        this.copyBytes(instruction);
        break;
      case Op.localSet:
      case Op.localTee:
        this.copyBytes(instruction);
        if (instruction.end === this.frame?.definedAt) this.frameCheck(instruction.start);
        break;
      default:
        if (opcode <= Op.return) this.boundary(instruction.start);
        if (mayTrap(opcode)) {
          this.debug?.enter(this.out, instruction.start - this.codeStart);
          this.places.mark(this.out.length, instruction.start - this.codeStart);
        }
        this.copyBytes(instruction);
    }
  }

  /** `if (--budget < 0) preempt()`: other threads may run, and take pages away. */
  private preemption(position: number): void {
    const { out } = this;
    const { budget } = this.context.globals;
    out.u8(Op.globalGet).u32(budget).u8(Op.i32Const).s32(-1).u8(Op.i32Add, Op.globalSet).u32(budget);
    out.u8(Op.globalGet).u32(budget).u8(Op.i32Const, 0, Op.i32LtS);
    this.unlikelyIf();
    this.debug?.enter(out, position - this.codeStart);
    out.u8(Op.call).u32(this.context.hooks.preempt);
    this.debug?.leave(out);
    if (this.frame && position > this.frame.definedAt) this.frameCheck(position);
    out.u8(Op.end);
  }

  private lostBitsCheck(instruction: Instruction, part: CheckPart): void {
    if (part === 'branch') {
      this.out.u8(Op.i32Eqz);
      this.unlikelyIf();
      this.openBranches++;
    } else if (part === 'close') for (; this.openBranches > 0; this.openBranches--) this.out.u8(Op.end);
    else if (part === 'site') this.site(instruction.end);
    else if (part !== 'open') this.copyBytes(instruction);
  }

  private copyBytes(instruction: Instruction): void {
    this.out.raw(this.code.bytes.subarray(instruction.start, instruction.end));
  }

  /** Control flow merges or leaves here: whatever is tracked along a straight line has to be made true. */
  private boundary(position: number): void {
    if (this.frameStale && this.frame && position > this.frame.definedAt) this.frameCheck(position);
    this.counters.flush(this.out);
  }

  private memoryAccess(instruction: Instruction, operator: MemoryOperator): void {
    if (this.frame?.accesses.has(instruction.start)) {
      if (this.frameStale) this.frameCheck(instruction.start);
      return;
    }
    const constantAddress = operator.values.length === 0 && this.lastConstantEnd === instruction.start;
    if (constantAddress && this.constantAccess(instruction, operator)) return;
    this.counters.count(operator.bytes);
    const { out } = this;
    const address = this.scratch.get('address', ValType.i32);
    const values = operator.values.map((type, n) => this.scratch.get(`value${String(n)}`, type));
    for (const local of values.toReversed()) out.u8(Op.localSet).u32(local);
    out.u8(Op.localTee).u32(address);
    if (instruction.immediate !== 0) out.u8(Op.i32Const).s32(instruction.immediate).u8(Op.i32Add);
    const shift = Math.log2(operator.bytes);
    if (shift > 0) out.u8(Op.i32Const).s32(shift).u8(Op.i32Rotr);
    out
      .u8(Op.i32Const)
      .s32(12 - shift)
      .u8(Op.i32ShrU);
    out.u8(Op.localGet).u32(this.permissions()).u8(Op.i32Add);
    out.u8(Op.i32Load8u, 0, 0);
    this.testAndCall(instruction, operator.need, () => {
      out.u8(Op.localGet).u32(address);
      if (instruction.immediate !== 0) out.u8(Op.i32Const).s32(instruction.immediate).u8(Op.i32Add);
      out.u8(Op.i32Const).s32((operator.bytes << 8) | operator.need | (operator.atomic ? ATOMIC_ACCESS : 0));
      this.site(instruction.start);
      out.u8(Op.call).u32(this.context.hooks.access);
    });
    out.u8(Op.localGet).u32(address);
    for (const local of values) out.u8(Op.localGet).u32(local);
  }

  /** `if (permission byte on the stack lacks need) { cold }` */
  private testAndCall(at: Instruction, need: number, cold: () => void): void {
    const { out } = this;
    out.u8(Op.i32Const).s32(need).u8(Op.i32And);
    if (need === NEED_READ || need === NEED_WRITE) out.u8(Op.i32Eqz);
    else out.u8(Op.i32Const).s32(need).u8(Op.i32Ne);
    this.unlikelyIf();
    this.debug?.enter(out, at.start - this.codeStart);
    out.u8(Op.localGet).u32(this.permissions());
    cold();
    if (this.frame && at.start > this.frame.definedAt) this.callFrameHook(at.start);
    this.debug?.leave(out);
    out.u8(Op.end);
  }

  /** A load from an address known now. Returns false where the general check is needed. */
  private constantAccess(instruction: Instruction, operator: MemoryOperator): boolean {
    const address = (this.lastConstant + instruction.immediate) >>> 0;
    const { registers } = this.context;
    if (address >= registers.start && address < registers.end) return true;
    if (address >>> 12 !== (address + operator.bytes - 1) >>> 12) return false;
    this.counters.count(operator.bytes);
    const { out } = this;
    out.u8(Op.localGet).u32(this.permissions());
    out.u8(Op.i32Load8u, 0).u32(address >>> 12);
    this.testAndCall(instruction, operator.need, () => {
      out.u8(Op.i32Const).s32(address | 0);
      out.u8(Op.i32Const).s32((operator.bytes << 8) | operator.need | (operator.atomic ? ATOMIC_ACCESS : 0));
      this.site(instruction.start);
      out.u8(Op.call).u32(this.context.hooks.access);
    });
    return true;
  }

  private bulk(instruction: Instruction): void {
    const { out } = this;
    const isCopy = instruction.opcode === MEMORY_COPY;
    const count = this.scratch.get('value0', ValType.i32);
    const source = this.scratch.get('source', ValType.i32);
    const destination = this.scratch.get('address', ValType.i32);
    out.u8(Op.localSet).u32(count).u8(Op.localSet).u32(source).u8(Op.localSet).u32(destination);
    this.debug?.enter(out, instruction.start - this.codeStart);
    out.u8(Op.localGet).u32(this.permissions()).u8(Op.localGet).u32(destination);
    if (isCopy) out.u8(Op.localGet).u32(source);
    out.u8(Op.localGet).u32(count);
    this.site(instruction.start);
    out.u8(Op.call).u32(isCopy ? this.context.hooks.copy : this.context.hooks.fill);
    this.debug?.leave(out);
    const { bytes } = this.context.globals;
    out.u8(Op.globalGet).u32(bytes).u8(Op.localGet).u32(count).u8(Op.i64ExtendI32U, Op.i64Add, Op.globalSet).u32(bytes);
    out.u8(Op.localGet).u32(destination).u8(Op.localGet).u32(source).u8(Op.localGet).u32(count);
    this.copyBytes(instruction);
    this.frameStale = true;
  }

  /** Opens an `if` whose body is a cold path, and tells the compiler so: it then keeps registers live around it. */
  private unlikelyIf(): void {
    this.hints.push(this.out.length);
    this.out.u8(Op.if, BLOCK_VOID);
  }

  private frameCheck(position: number): void {
    const { frame, out } = this;
    this.frameStale = false;
    if (!frame) return;
    const pagePermission = (offset: number): void => {
      out.u8(Op.localGet).u32(frame.local);
      if (offset > 0) out.u8(Op.i32Const).s32(offset).u8(Op.i32Add);
      out.u8(Op.i32Const).s32(12).u8(Op.i32ShrU);
      out.u8(Op.localGet).u32(this.permissions()).u8(Op.i32Add);
      out.u8(Op.i32Load8u, 0, 0);
    };
    pagePermission(frame.lowest);
    pagePermission(frame.highest);
    out.u8(Op.i32And).u8(Op.i32Const).s32(frame.need).u8(Op.i32And);
    out.u8(Op.i32Const).s32(frame.need).u8(Op.i32Ne);
    this.unlikelyIf();
    this.debug?.enter(out, position - this.codeStart);
    this.callFrameHook(position);
    this.debug?.leave(out);
    out.u8(Op.end);
  }

  private callFrameHook(position: number): void {
    const { frame, out } = this;
    if (!frame) return;
    out.u8(Op.localGet).u32(this.permissions());
    const offset = (value: number): void => {
      out.u8(Op.localGet).u32(frame.local);
      if (value > 0) out.u8(Op.i32Const).s32(value).u8(Op.i32Add);
    };
    offset(frame.lowest);
    offset(frame.highest);
    out.u8(Op.i32Const).s32(frame.need);
    this.site(position);
    out.u8(Op.call).u32(this.context.hooks.frame);
  }

  /** Pushes an operator's offset: events of what it does have it. */
  private site(position: number): void {
    const offset = position - this.codeStart;
    this.context.sites.push(offset);
    this.out.u8(Op.i32Const).s32(offset);
  }

  private permissions(): number {
    return this.scratch.get('permissions', ValType.i32);
  }

  private prologue(): ByteWriter {
    const { context } = this;
    const { globals } = context;
    const out = new ByteWriter();
    if (this.isRegion)
      out
        .u8(Op.i32Const)
        .s32(this.body.start - this.codeStart)
        .u8(Op.call)
        .u32(context.hooks.regionBegin);
    const permissions = this.scratch.find('permissions', ValType.i32);
    if (permissions !== undefined) out.u8(Op.globalGet).u32(globals.permissions).u8(Op.localSet).u32(permissions);
    this.debug?.prologue(out);
    return out;
  }

  private epilogue(): void {
    const { out, context } = this;
    this.counters.addToTotals(out, context.globals);
    this.debug?.epilogue(out);
    if (this.isRegion) out.u8(Op.call).u32(context.hooks.regionEnd);
  }

  private assemble(): RewrittenFunction {
    const { context, out } = this;
    const contents = out.bytes.slice();
    const needsEpilogue = this.counters.used || this.debug?.needsEpilogue === true || this.isRegion;
    const prologue = this.prologue();
    const code = new ByteWriter(contents.length + 64);
    code.u32(this.declaredGroups + this.scratch.added.length).raw(this.declarations.bytes);
    for (const type of this.scratch.added) code.u8(1, type);
    code.raw(prologue.bytes);
    if (!needsEpilogue) {
      const moved = this.moved(code.length);
      code.raw(contents).u8(Op.end);
      return { code, ...moved };
    }
    // A branch to the function's own label must not skip the epilogue: the body becomes a block of the same depth.
    code.u8(Op.block).raw(context.blockType(context.module.typeOf(this.body.functionIndex).results).bytes);
    const moved = this.moved(code.length);
    code.raw(contents).u8(Op.end);
    out.length = 0;
    this.epilogue();
    code.raw(out.bytes).u8(Op.end);
    return { code, ...moved };
  }

  private moved(by: number): Omit<RewrittenFunction, 'code'> {
    return { places: this.places.moved(by), unlikely: this.hints.map((hint) => hint + by) };
  }
}
