/** The module's table of functions: what a function pointer is. Source: WebAssembly core specification 2.0, section 5.5.12. */
import { ByteReader } from './instrument/leb128.js';
import { Op } from './instrument/opcodes.js';
import { MalformedModule, SectionId, type WasmModule } from './instrument/wasm-module.js';

/** Functions by their place in the table. */
export function functionTable(module: WasmModule): ReadonlyMap<number, number> {
  const functions = new Map<number, number>();
  const section = module.section(SectionId.element);
  if (!section) return functions;
  const reader = new ByteReader(module.bytes, section.start, section.end);
  for (let segments = reader.u32(); segments > 0; segments--) {
    const flags = reader.u32();
    if (flags !== 0 && flags !== 2)
      throw new MalformedModule('a segment of the table is not one that the linker writes');
    if (flags === 2) reader.u32();
    if (reader.u8() !== Op.i32Const) throw new MalformedModule('a segment of the table has no constant place');
    let place = reader.s32();
    reader.u8();
    if (flags === 2) reader.u8();
    for (let count = reader.u32(); count > 0; count--) functions.set(place++, reader.u32());
  }
  return functions;
}
