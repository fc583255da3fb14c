/**
 * The operators of one function as text, each with its code offset. wasmparser decodes (bulk memory, atomics, SIMD and exceptions
 * included); it reads whole modules only, so it is given one that consists of this function.
 * Source of the text: WebAssembly core specification, section 6.5 (instructions of the text format).
 */
import { BinaryReader, Int64, OperatorCodeNames, type IOperatorInformation, type Type } from 'wasmparser';

export interface Operator {
  /** Counted from the code section's contents. */
  readonly codeOffset: number;
  /** Bytes. */
  readonly length: number;
  /** Hexadecimal, with blanks. */
  readonly bytes: string;
  /** Indented by the blocks around it. */
  readonly text: string;
}

export interface DisassemblyNames {
  /** By index, imported ones first. */
  readonly functions: ReadonlyMap<number, string>;
  readonly globals?: ReadonlyMap<number, string>;
}

/** Of wasmparser's `BinaryReaderState`, whose declaration has no value to import. */
const State = { error: -1, beginFunctionBody: 28, codeOperator: 30 } as const;
const HEADER = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const CODE_SECTION = 10;
const MOST_INDENTATION = 24;

/**
 * @param bodyStart first byte of the body after its size field, as a position in the module; `bodyEnd` is one past its last
 * @param codeStart position of the code section's contents
 * @returns every byte from the first operator on; what is not understood is one line at the end
 */
export function disassemble(
  module: Uint8Array,
  bodyStart: number,
  bodyEnd: number,
  codeStart: number,
  names: DisassemblyNames,
): Operator[] {
  const body = module.subarray(bodyStart, bodyEnd);
  const size = leb128(body.length);
  const section = leb128(1 + size.length + body.length);
  const alone = Uint8Array.from([...HEADER, CODE_SECTION, ...section, 1, ...size, ...body]);
  const shift = bodyStart - (alone.length - body.length);
  const reader = new BinaryReader();
  reader.setData(alone.buffer, 0, alone.length);
  const operators: Operator[] = [];
  let position = alone.length - body.length;
  let depth = 0;
  const add = (text: string, end: number, indentation: number): void => {
    operators.push({
      codeOffset: position + shift - codeStart,
      length: end - position,
      bytes: Array.from(alone.subarray(position, end), (byte) => byte.toString(16).padStart(2, '0')).join(' '),
      text: ' '.repeat(Math.min(MOST_INDENTATION, 2 * Math.max(0, indentation))) + text,
    });
    position = end;
  };
  try {
    while (reader.read()) {
      const state: number = reader.state;
      if (state === State.beginFunctionBody) position = reader.position;
      else if (state === State.codeOperator) {
        const operator = reader.result as IOperatorInformation;
        const name = OperatorCodeNames[operator.code] ?? `operator 0x${operator.code.toString(16)}`;
        const closes =
          name === 'end' || name === 'else' || name === 'catch' || name === 'catch_all' || name === 'delegate';
        if (closes) depth--;
        add(name + operandText(operator, name, names), reader.position, depth);
        const opens = /^(?:block|loop|if|try|try_table|else|catch|catch_all)$/.test(name);
        if (opens) depth++;
      } else if (state === State.error) break;
    }
  } catch (error) {
    // What wasmparser does not know it throws: the line below stands for it.
    if (!(error instanceof Error)) throw error;
  }
  if (position < alone.length) add('unknown', alone.length, depth);
  return operators;
}

function operandText(operator: IOperatorInformation, name: string, names: DisassemblyNames): string {
  const { blockType, brDepth, brTable, relativeDepth, memoryAddress, literal } = operator;
  const parts: string[] = [];
  if (blockType !== undefined) parts.push(...blockTypeText(blockType));
  if (brTable) parts.push(...brTable.map(String));
  const depth = brDepth ?? relativeDepth;
  if (depth !== undefined) parts.push(String(depth));
  if (operator.localIndex !== undefined) parts.push(String(operator.localIndex));
  if (operator.funcIndex !== undefined) parts.push(named(names.functions, operator.funcIndex));
  if (operator.globalIndex !== undefined) parts.push(named(names.globals, operator.globalIndex));
  if (name.includes('call_indirect')) parts.push(`(type ${operator.typeIndex ?? 0})`);
  else if (operator.tableIndex !== undefined) parts.push(String(operator.tableIndex));
  if (operator.segmentIndex !== undefined) parts.push(String(operator.segmentIndex));
  if (operator.tagIndex !== undefined) parts.push(String(operator.tagIndex));
  if (memoryAddress && memoryAddress.offset !== 0) parts.push(`offset=${memoryAddress.offset}`);
  if (literal !== undefined) parts.push(literalText(literal));
  return parts.map((part) => ` ${part}`).join('');
}

function named(names: ReadonlyMap<number, string> | undefined, index: number): string {
  const name = names?.get(index);
  return name === undefined ? String(index) : `$${name}`;
}

function literalText(literal: number | Int64 | Uint8Array): string {
  if (literal instanceof Int64) {
    const { buffer, byteOffset } = literal.data;
    return String(new DataView(buffer, byteOffset, 8).getBigInt64(0, true));
  }
  if (typeof literal === 'number') return Object.is(literal, -0) ? '-0' : String(literal);
  return Array.from(literal, (byte) => `0x${byte.toString(16).padStart(2, '0')}`).join(' ');
}

const VALUE_TYPES = new Map([
  [-1, 'i32'],
  [-2, 'i64'],
  [-3, 'f32'],
  [-4, 'f64'],
  [-5, 'v128'],
  [-16, 'funcref'],
  [-17, 'externref'],
]);

/** The type of a block without a result is not written. */
function blockTypeText(type: Type): string[] {
  if (type.isIndex) return [`(type ${type.index})`];
  const result = VALUE_TYPES.get(type.kind);
  return result === undefined ? [] : [`(result ${result})`];
}

function leb128(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}
