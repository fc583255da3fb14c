/** Reads the shadow call stack of a stopped program: see `toolchain/instrument/debug-code.ts` for its records. */
import type { CallStack } from '../execution/debug-hooks.js';
import type { WasmScalar } from '../symbols/lldb-messages.js';
import { CALL_RECORD_BYTES } from '../toolchain/instrument/debug-code.js';
import type { ProgramCode } from './program-code.js';
import { ValType } from '../toolchain/instrument/opcodes.js';

/** One function's record. */
export interface CallRecord {
  readonly address: number;
  readonly functionIndex: number;
  /** Where the function is: a statement, or a call. */
  readonly codeOffset: number;
  local(index: number): WasmScalar | undefined;
}

/** Which locals a function's records hold, and of what type, in the order of the record. */
export type SpilledLocals = (functionIndex: number) => readonly { readonly local: number; readonly type: number }[];

/**
 * Records, innermost first. A record that makes no sense ends the stack: the program may have written over it.
 * @param copied the records themselves, as they are when their thread runs; otherwise they are read from memory
 */
export function readCallStack(
  { from, to, below }: CallStack,
  memory: ArrayBufferLike,
  spilled: SpilledLocals,
  copied?: Uint8Array,
): CallRecord[] {
  const view = copied ? new DataView(copied.buffer, copied.byteOffset, copied.length) : new DataView(memory);
  const at = copied ? from : 0;
  const records: CallRecord[] = [];
  for (let address = from; address < to;) {
    const functionIndex = view.getUint32(address - at, true);
    const locals = spilled(functionIndex);
    const bytes = CALL_RECORD_BYTES + locals.length * 8;
    if (address + bytes > to) break;
    records.push({
      address,
      functionIndex,
      codeOffset: view.getUint32(address - at + 4, true),
      local: localReader(view, address - at + CALL_RECORD_BYTES, locals),
    });
    address += bytes;
  }
  records.reverse();
  return below ? [...records, ...readCallStack(below, memory, spilled)] : records;
}

/** The record of a function of which nothing is left but where it was. */
export function recordAt(codeOffset: number, code: ProgramCode): CallRecord {
  const functionIndex = code.functionAt(codeOffset)?.index ?? -1;
  return { address: 0, functionIndex, codeOffset, local: () => undefined };
}

function localReader(
  view: DataView,
  start: number,
  locals: ReturnType<SpilledLocals>,
): (index: number) => WasmScalar | undefined {
  return (index) => {
    const slot = locals.findIndex(({ local }) => local === index);
    if (slot < 0) return undefined;
    const at = start + slot * 8;
    switch (locals[slot]?.type) {
      case ValType.i32:
        return { type: 'i32', value: view.getInt32(at, true) };
      case ValType.i64:
        return { type: 'i64', value: view.getBigInt64(at, true) };
      case ValType.f32:
        return { type: 'f32', value: view.getFloat32(at, true) };
      default:
        return { type: 'f64', value: view.getFloat64(at, true) };
    }
  };
}
