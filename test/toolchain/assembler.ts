/**
 * Assembles small modules of the shape that the linker writes: imported memory, a stack pointer, names, and the runtime's
 * hooks (here imports, so that a test sees each call). Knows where each operator lies, as DWARF counts.
 */
import { ByteWriter } from '../../engine/toolchain/instrument/leb128.js';
import { Op, ValType } from '../../engine/toolchain/instrument/opcodes.js';

const { i32 } = ValType;

export interface Signature {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

export interface FunctionSource extends Signature {
  readonly name: string;
  /** One for each declared local. */
  readonly locals?: readonly number[];
  /** Writes the body without the final `end`. */
  readonly code: (code: Code) => void;
}

export interface ImportSource extends Signature {
  readonly name: string;
}

export interface Assembled {
  readonly bytes: Uint8Array;
  /** Code offsets of a function's marked operators, in order. */
  readonly sites: ReadonlyMap<string, readonly number[]>;
  readonly functionIndices: ReadonlyMap<string, number>;
}

const words = (count: number): number[] => Array.from({ length: count }, () => i32);
const HOOKS: readonly ImportSource[] = [
  { name: '__faultline_access', parameters: words(4), results: [] },
  { name: '__faultline_frame', parameters: words(5), results: [] },
  { name: '__faultline_copy', parameters: words(5), results: [] },
  { name: '__faultline_fill', parameters: words(4), results: [] },
  { name: '__faultline_memory_size', parameters: [], results: [i32] },
  { name: '__faultline_memory_grow', parameters: [i32], results: [i32] },
  { name: '__faultline_poll', parameters: words(2), results: [] },
  { name: '__faultline_preempt', parameters: [], results: [] },
  { name: '__faultline_region_begin', parameters: [i32], results: [] },
  { name: '__faultline_region_end', parameters: [], results: [] },
  { name: '__faultline_launch', parameters: words(2), results: [] },
];

/** Index of the one global, `__stack_pointer`. */
export const STACK_POINTER = 0;

/** A body under construction. */
export class Code {
  readonly out = new ByteWriter();
  readonly marks: number[] = [];

  constructor(private readonly functionIndex: (name: string) => number) {}

  op(...bytes: number[]): this {
    this.out.u8(...bytes);
    return this;
  }

  /** Remembers where the next operator begins. */
  mark(): this {
    this.marks.push(this.out.length);
    return this;
  }

  i32(value: number): this {
    this.out.u8(Op.i32Const).s32(value);
    return this;
  }

  get(local: number): this {
    this.out.u8(Op.localGet).u32(local);
    return this;
  }

  set(local: number): this {
    this.out.u8(Op.localSet).u32(local);
    return this;
  }

  tee(local: number): this {
    this.out.u8(Op.localTee).u32(local);
    return this;
  }

  call(name: string): this {
    this.out.u8(Op.call).u32(this.functionIndex(name));
    return this;
  }

  /** A load, store or atomic operator, marked. @param opcode prefixed ones as `prefix << 8 | sub-opcode` */
  memory(opcode: number, bytes: number, offset = 0): this {
    const aligned = opcode > 0xff ? Math.log2(bytes) : 0;
    this.mark();
    if (opcode > 0xff) this.out.u8(opcode >> 8).u32(opcode & 0xff);
    else this.out.u8(opcode);
    this.out.u32(aligned).u32(offset);
    return this;
  }
}

export function assemble(functions: readonly FunctionSource[], imports: readonly ImportSource[] = []): Assembled {
  const imported = [...HOOKS, ...imports];
  const names = [...imported, ...functions].map(({ name }) => name);
  const functionIndex = (name: string): number => {
    const index = names.indexOf(name);
    if (index < 0) throw new Error(`no function ${name}`);
    return index;
  };
  const types: string[] = [];
  const typeBytes: ByteWriter[] = [];
  const typeOf = ({ parameters, results }: Signature): number => {
    const key = `${parameters.join()}>${results.join()}`;
    let index = types.indexOf(key);
    if (index < 0) {
      index = types.push(key) - 1;
      typeBytes.push(
        new ByteWriter()
          .u8(0x60)
          .u32(parameters.length)
          .u8(...parameters)
          .u32(results.length)
          .u8(...results),
      );
    }
    return index;
  };
  const importSection = new ByteWriter().u32(imported.length + 1);
  importSection.name('env').name('memory').u8(2, 0).u32(1);
  for (const source of imported) importSection.name('env').name(source.name).u8(0).u32(typeOf(source));
  const functionSection = new ByteWriter().u32(functions.length);
  for (const source of functions) functionSection.u32(typeOf(source));
  const typeSection = new ByteWriter().u32(types.length);
  for (const type of typeBytes) typeSection.raw(type.bytes);
  const exportSection = new ByteWriter().u32(functions.length);
  for (const { name } of functions) exportSection.name(name).u8(0).u32(functionIndex(name));

  const sites = new Map<string, number[]>();
  const codeSection = new ByteWriter().u32(functions.length);
  for (const { name, locals = [], code } of functions) {
    const body = new Code(functionIndex);
    code(body);
    const declarations = new ByteWriter().u32(locals.length);
    for (const type of locals) declarations.u8(1, type);
    codeSection.u32(declarations.length + body.out.length + 1);
    const start = codeSection.length + declarations.length;
    sites.set(
      name,
      body.marks.map((mark) => start + mark),
    );
    codeSection.raw(declarations.bytes).raw(body.out.bytes).u8(Op.end);
  }

  const functionNames = new ByteWriter().u32(names.length);
  names.forEach((name, index) => functionNames.u32(index).name(name));
  const globalNames = new ByteWriter().u32(1).u32(STACK_POINTER).name('__stack_pointer');
  const nameSection = new ByteWriter().name('name').u8(1).sized(functionNames.bytes).u8(7).sized(globalNames.bytes);
  const globalSection = new ByteWriter().u32(1).u8(i32, 1, Op.i32Const).s32(0x0170_0000).u8(Op.end);
  const out = new ByteWriter().u8(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  out.u8(1).sized(typeSection.bytes).u8(2).sized(importSection.bytes).u8(3).sized(functionSection.bytes);
  out.u8(6).sized(globalSection.bytes).u8(7).sized(exportSection.bytes).u8(10).sized(codeSection.bytes);
  out.u8(0).sized(nameSection.bytes);
  return {
    bytes: out.bytes.slice(),
    sites,
    functionIndices: new Map(names.map((name, index) => [name, index])),
  };
}
