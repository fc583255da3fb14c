/** Disassembly around an offset, with the source of each operator; functions are decoded when they are first looked at. */
import { disassemble, type Operator } from '../symbols/disassembly.js';
import type { WasmModule } from '../toolchain/instrument/wasm-module.js';
import type { CodeFunction, ProgramCode } from './program-code.js';
import type { DisassembledLine } from './types.js';

const MOST_FUNCTIONS = 64;

export class Disassembler {
  private readonly decoded = new Map<number, readonly Operator[]>();

  constructor(
    private readonly module: WasmModule,
    private readonly code: ProgramCode,
  ) {}

  /** Offsets of a function's operators. */
  operatorsOf(fn: CodeFunction): number[] {
    return this.decode(fn).map(({ codeOffset }) => codeOffset);
  }

  /** Direct calls in a function. */
  callsOf(fn: CodeFunction): { readonly offset: number; readonly callee: number }[] {
    const CALL = 0x10;
    return this.decode(fn).flatMap(({ codeOffset }) => {
      const at = codeOffset + this.module.codeStart;
      return this.module.bytes[at] === CALL
        ? [{ offset: codeOffset, callee: unsignedLeb(this.module.bytes, at + 1) }]
        : [];
    });
  }

  /** `count` operators from the `skip`th after the one at an offset; fewer at the ends of the code. */
  around(codeOffset: number, skip: number, count: number): DisassembledLine[] {
    const { functions } = this.code;
    const home = functions.findIndex(({ start, end }) => start <= codeOffset && codeOffset < end);
    if (home < 0 || count <= 0) return [];
    let function_ = home;
    let operators = this.decode(functions[function_]);
    let index = operators.findLastIndex((operator) => operator.codeOffset <= codeOffset) + skip;
    while (index < 0 && function_ > 0) {
      operators = this.decode(functions[--function_]);
      index += operators.length;
    }
    index = Math.max(0, index);
    const lines: DisassembledLine[] = [];
    while (lines.length < count && function_ < functions.length) {
      const fn = functions[function_];
      operators = this.decode(fn);
      for (; index < operators.length && lines.length < count; index++) {
        const operator = operators[index];
        if (fn && operator) lines.push(this.line(fn, operator));
      }
      index = Math.max(0, index - operators.length);
      function_++;
    }
    return lines;
  }

  private line(fn: CodeFunction, { codeOffset, bytes, text }: Operator): DisassembledLine {
    const at = this.code.index.at(codeOffset);
    return {
      codeOffset,
      bytes,
      text,
      functionName: fn.name,
      path: at ? this.code.pathOf(at.file) : null,
      line: at?.line ?? null,
      column: at?.column ?? null,
    };
  }

  private decode(fn: CodeFunction | undefined): readonly Operator[] {
    if (!fn) return [];
    const known = this.decoded.get(fn.index);
    if (known) return known;
    const { module } = this;
    const names = { functions: module.functionNames, globals: module.globalNames };
    const made = disassemble(
      module.bytes,
      fn.start + module.codeStart,
      fn.end + module.codeStart,
      module.codeStart,
      names,
    );
    if (this.decoded.size >= MOST_FUNCTIONS) this.decoded.clear();
    this.decoded.set(fn.index, made);
    return made;
  }
}

function unsignedLeb(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at + shift / 7] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value >>> 0;
}
