/**
 * Decodes one operator at a time: opcode and the immediates that the rewriter looks at; everything else is skipped and later
 * copied byte for byte.
 */
import type { ByteReader } from './leb128.js';
import { MalformedModule } from './wasm-module.js';
import { Op } from './opcodes.js';

/** One reused record: the decoder overwrites it at every call. */
export interface Instruction {
  /** The byte, or for a prefixed operator `prefix << 8 | sub-opcode`. */
  opcode: number;
  /** Position of the first byte, and one past the last, in the module. */
  start: number;
  end: number;
  /** First immediate: local, global, function, type or label index, i32 constant, or the memory offset. */
  immediate: number;
}

export function decode(reader: ByteReader, into: Instruction): void {
  into.start = reader.position;
  into.immediate = 0;
  let opcode = reader.u8();
  if (opcode === Op.prefixMisc || opcode === Op.prefixAtomic) {
    opcode = (opcode << 8) | reader.u32();
    prefixed(reader, opcode, into);
  } else {
    plain(reader, opcode, into);
  }
  into.opcode = opcode;
  into.end = reader.position;
}

function memarg(reader: ByteReader, into: Instruction): void {
  reader.skipLeb();
  into.immediate = reader.u32();
}

function plain(reader: ByteReader, opcode: number, into: Instruction): void {
  if (opcode >= 0x28 && opcode <= 0x3e) return memarg(reader, into);
  if (opcode >= 0x45 && opcode <= 0xc4) return;
  switch (opcode) {
    case Op.block:
    case Op.loop:
    case Op.if:
      reader.skipLeb();
      return;
    case Op.br:
    case Op.brIf:
    case Op.call:
    case Op.returnCall:
    case Op.localGet:
    case Op.localSet:
    case Op.localTee:
    case Op.globalGet:
    case Op.globalSet:
      into.immediate = reader.u32();
      return;
    case Op.brTable:
      for (let n = reader.u32(); n > 0; n--) reader.skipLeb();
      reader.skipLeb();
      return;
    case Op.callIndirect:
    case Op.returnCallIndirect:
      into.immediate = reader.u32();
      reader.skipLeb();
      return;
    case 0x1c: // select with types
      for (let n = reader.u32(); n > 0; n--) reader.u8();
      return;
    case 0x25: // table.get
    case 0x26: // table.set
    case 0xd2: // ref.func
      reader.skipLeb();
      return;
    case 0xd0: // ref.null
    case Op.memorySize:
    case Op.memoryGrow:
      reader.u8();
      return;
    case Op.i32Const:
      into.immediate = reader.s32();
      return;
    case Op.i64Const:
      reader.skipLeb();
      return;
    case 0x43:
      reader.skip(4);
      return;
    case 0x44:
      reader.skip(8);
      return;
    case Op.unreachable:
    case 0x01:
    case Op.else:
    case Op.end:
    case Op.return:
    case Op.drop:
    case 0x1b:
    case 0xd1:
      return;
    default:
      throw new MalformedModule(
        `operator 0x${opcode.toString(16)} is not known (SIMD and exceptions are not supported)`,
      );
  }
}

function prefixed(reader: ByteReader, opcode: number, into: Instruction): void {
  const sub = opcode & 0xff;
  if (opcode >> 8 === Op.prefixAtomic) {
    if (sub === 0x03) reader.u8();
    else memarg(reader, into);
    return;
  }
  if (sub <= 7) return;
  if (sub === 8) {
    reader.skipLeb();
    reader.u8();
  } else if (sub === 10 || sub === 12 || sub === 14) {
    reader.skipLeb();
    reader.skipLeb();
  } else if (sub === 9 || sub === 11 || sub === 13 || (sub >= 15 && sub <= 17)) {
    reader.skipLeb();
  } else {
    throw new MalformedModule(`operator 0xfc 0x${sub.toString(16)} is not known`);
  }
}
