/**
 * `_Thread_local` and `thread_local` variables of a linked module: one segment, which the linker puts where `__tls_base` points.
 * Source: LLD, wasm/Writer.cpp (`.tdata`).
 */
import { tlsBaseOf } from './instrument/instrument.js';
import { ByteReader } from './instrument/leb128.js';
import { Op } from './instrument/opcodes.js';
import { MalformedModule, SectionId, type WasmModule } from './instrument/wasm-module.js';

export interface ThreadImage {
  /** Where the segment lies in the program's image. */
  readonly address: number;
  readonly bytes: number;
}

export function threadImage(module: WasmModule): ThreadImage | null {
  const index = tlsBaseOf(module);
  const globals = module.section(SectionId.global);
  const data = module.section(SectionId.data);
  if (index === undefined || !globals || !data) return null;
  const address = addressIn(new ByteReader(module.bytes, globals.start, globals.end), module, index);
  const reader = new ByteReader(module.bytes, data.start, data.end);
  for (let segments = reader.u32(); segments > 0; segments--) {
    if (reader.u32() !== 0) throw new MalformedModule('a data segment is not one that the linker writes');
    const start = constant(reader);
    const bytes = reader.u32();
    if (start === address) return { address, bytes };
    reader.skip(bytes);
  }
  // Nothing of a thread's own was linked.
  return null;
}

function addressIn(reader: ByteReader, module: WasmModule, index: number): number {
  const imported = module.globalCount - reader.u32();
  for (let at = imported; !reader.done; at++) {
    reader.skip(2);
    const value = constant(reader);
    if (at === index) return value;
  }
  throw new MalformedModule('the module has no __tls_base');
}

/** An `i32.const` expression. */
function constant(reader: ByteReader): number {
  if (reader.u8() !== Op.i32Const) throw new MalformedModule('an initial value is not a constant');
  const value = reader.s32() >>> 0;
  reader.skip(1);
  return value;
}
