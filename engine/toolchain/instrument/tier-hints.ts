/**
 * Which functions V8 compiles with its optimizing compiler at once. It has no way from the code of its first compiler into better code while
 * a function runs: a loop in a function that is called once, as `main` is, would stay five times as slow to its end.
 * Source: V8's `compilationHints` section (WebAssembly compilation hints proposal of 2019), which Node 20 and 22 read when they are told to.
 */
import { decode, type Instruction } from './instruction.js';
import { ByteReader, ByteWriter } from './leb128.js';
import { Op } from './opcodes.js';
import { SectionId, type WasmModule } from './wasm-module.js';

/** Strategy: V8's own. Both tiers: the optimizing compiler. */
const OPTIMIZED = (2 << 2) | (2 << 4);
const HEADER_BYTES = 8;
const NAME = 'compilationHints';

/** Places among the defined functions of those that have loops. @param isWanted by index in the module */
export function functionsWithLoops(module: WasmModule, isWanted: (functionIndex: number) => boolean): Set<number> {
  const found = new Set<number>();
  module.bodies.forEach(({ functionIndex, start, end }, place) => {
    if (isWanted(functionIndex) && hasLoop(new ByteReader(module.bytes, start, end))) found.add(place);
  });
  return found;
}

/** The section, which stands before that of the code. @param count of the functions that the module defines */
export function tierHints(count: number, optimized: ReadonlySet<number>): ByteWriter {
  const section = new ByteWriter(count + NAME.length + 8).name(NAME).u32(count);
  for (let place = 0; place < count; place++) section.u8(optimized.has(place) ? OPTIMIZED : 0);
  return section;
}

/** Puts the section into a module that another tool has written. @param optimized places among the functions that it defines */
export function withTierHints(wasm: Uint8Array, optimized: ReadonlySet<number>): Uint8Array {
  if (optimized.size === 0) return wasm;
  const reader = new ByteReader(wasm, HEADER_BYTES);
  while (!reader.done) {
    const start = reader.position;
    const id = reader.u8();
    const bytes = reader.u32();
    if (id !== SectionId.code) {
      reader.position += bytes;
      continue;
    }
    const count = reader.u32();
    const section = tierHints(count, optimized);
    const out = new ByteWriter(wasm.length + section.length + 8).raw(wasm.subarray(0, start));
    out.u8(SectionId.custom).u32(section.length).raw(section.bytes);
    return out.raw(wasm.subarray(start)).bytes.slice();
  }
  return wasm;
}

/** @param code a function's body: its local variables first */
function hasLoop(code: ByteReader): boolean {
  for (let groups = code.u32(); groups > 0; groups--) {
    code.u32();
    code.u8();
  }
  const instruction: Instruction = { opcode: 0, start: 0, end: 0, immediate: 0 };
  while (!code.done) {
    decode(code, instruction);
    if (instruction.opcode === Op.loop) return true;
  }
  return false;
}
