/**
 * Which accesses a GPU's thread has outstanding together: a load does not stop the thread, the first use of its value does, and a store stops
 * it never. So from one access up to the last one before a use, all of a straight line go out together, and so do their faults.
 *
 * Invariant: what is said of an access holds within one straight line of code, where nothing branches and nothing is called. A value that goes
 * through memory counts as used. Source: the scoreboard of an in-order GPU core; NVIDIA, CUDA C++ Best Practices Guide (latency hiding).
 */
import { analyseFrame } from './frame-analysis.js';
import { decode, type Instruction } from './instruction.js';
import { ByteReader } from './leb128.js';
import { lostBitsChecks } from './lost-bits-checks.js';
import { memoryOperator, Op, stackEffect } from './opcodes.js';
import type { FunctionBody, WasmModule } from './wasm-module.js';

/** Loads of one straight line that are followed at a time: as many as a word has bits. */
const MOST_LOADS = 31;

/**
 * @param functions those that a kernel may run
 * @returns pairs in ascending order: code offset of an access, and of the last access that goes out with it. Accesses that go alone are left out.
 */
export function accessGroups(module: WasmModule, stackPointer: number, functions: Iterable<FunctionBody>): Uint32Array {
  const pairs: number[] = [];
  for (const body of functions) new StraightLines(module, stackPointer, body).collect(pairs);
  return Uint32Array.from(pairs);
}

interface OpenAccess {
  readonly site: number;
  last: number;
}

class StraightLines {
  /** Which loads a value on the stack, or in a local, comes from: bits of `loads`. */
  private stack: number[] = [];
  private readonly locals = new Map<number, number>();
  /** Loads whose values are not used yet, by bit; undefined once they are. */
  private loads: (OpenAccess | undefined)[] = [];
  /** Every access of the straight line, in order; stores stay open to its end. */
  private line: OpenAccess[] = [];
  private stores: OpenAccess[] = [];

  constructor(
    private readonly module: WasmModule,
    private readonly stackPointer: number,
    private readonly body: FunctionBody,
  ) {}

  collect(pairs: number[]): void {
    const { module, body } = this;
    const code = new ByteReader(module.bytes, body.start, body.end);
    for (let groups = code.u32(); groups > 0; groups--) {
      code.skipLeb();
      code.u8();
    }
    const first = code.position;
    const parameters = module.typeOf(body.functionIndex).parameters.length;
    const frame = analyseFrame(module, code, parameters, this.stackPointer);
    code.position = first;
    const checks = lostBitsChecks(module, code);
    code.position = first;
    const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
    while (!code.done) {
      decode(code, instruction);
      const check = checks.get(instruction.start);
      // What is told of lost bits changes nothing that a GPU has.
      if (check === 'branch') this.use(this.stack.pop() ?? 0);
      if (check) continue;
      if (endsLine(instruction.opcode)) this.end(pairs);
      else this.step(instruction, frame?.accesses.has(instruction.start) === true);
    }
    this.end(pairs);
  }

  private step({ opcode, start, immediate }: Instruction, ownFrame: boolean): void {
    switch (opcode) {
      case Op.localGet:
        this.stack.push(this.locals.get(immediate) ?? 0);
        return;
      case Op.localSet:
        this.locals.set(immediate, this.stack.pop() ?? 0);
        return;
      case Op.localTee:
        this.locals.set(immediate, this.stack.at(-1) ?? 0);
        return;
      case Op.drop:
        this.stack.pop();
        return;
    }
    const [pops, pushes] = stackEffect(opcode);
    for (let n = 0; n < pops; n++) this.use(this.stack.pop() ?? 0);
    const operator = memoryOperator(opcode);
    const result = operator && !ownFrame ? this.access(start - this.module.codeStart, pushes > 0) : 0;
    for (let n = 0; n < pushes; n++) this.stack.push(result);
  }

  /** @returns the bit of a load's value */
  private access(site: number, isLoad: boolean): number {
    for (const open of this.loads) if (open) open.last = site;
    for (const open of this.stores) open.last = site;
    const access = { site, last: site };
    this.line.push(access);
    if (!isLoad) {
      this.stores.push(access);
      return 0;
    }
    if (this.loads.length >= MOST_LOADS) return 0;
    this.loads.push(access);
    return 1 << (this.loads.length - 1);
  }

  private use(value: number): void {
    for (let bit = 0; value >>> bit !== 0; bit++) if ((value >>> bit) & 1) this.loads[bit] = undefined;
  }

  private end(pairs: number[]): void {
    for (const { site, last } of this.line) if (last > site) pairs.push(site, last);
    this.stack = [];
    this.locals.clear();
    this.loads = [];
    this.line = [];
    this.stores = [];
  }
}

function endsLine(opcode: number): boolean {
  return (opcode <= Op.callIndirect && opcode !== 0x01) || opcode === Op.returnCall || opcode === Op.returnCallIndirect;
}
