/** Attribute values as `.debug_info` encodes them. Source: DWARF 5, 7.5.6. */
import type { ByteReader } from './instrument/leb128.js';

/**
 * Reads one value; references become offsets in .debug_info, texts and blocks are skipped.
 * @param unit offset of the unit that it is in; @param implicit the constant that its abbreviation holds
 * @throws RangeError
 */
export function readForm(reader: ByteReader, unit: number, form: number, implicit: number): number {
  switch (form) {
    case 0x01: // addr
    case 0x06: // data4
    case 0x0e: // strp
    case 0x17: // sec_offset
    case 0x1f: // line_strp
      return reader.u32le();
    case 0x10: // ref_addr
      return reader.u32le();
    case 0x13: // ref4
      return unit + reader.u32le();
    case 0x0b: // data1
    case 0x0c: // flag
    case 0x25: // strx1
    case 0x29: // addrx1
      return reader.u8();
    case 0x11: // ref1
      return unit + reader.u8();
    case 0x05: // data2
    case 0x26: // strx2
    case 0x2a: // addrx2
      return reader.u16le();
    case 0x12: // ref2
      return unit + reader.u16le();
    case 0x27: // strx3
    case 0x2b: // addrx3
      return reader.u16le() | (reader.u8() << 16);
    case 0x28: // strx4
    case 0x2c: // addrx4
      return reader.u32le();
    case 0x07: // data8
    case 0x20: // ref_sig8
      reader.skip(8);
      return 0;
    case 0x1e: // data16
      reader.skip(16);
      return 0;
    case 0x0d: // sdata: up to 64 bits, of which none of ours needs more than 32
      reader.skipLeb();
      return 0;
    case 0x0f: // udata
      return Number(reader.u64());
    case 0x1a: // strx
    case 0x1b: // addrx
    case 0x22: // loclistx
    case 0x23: // rnglistx
      return reader.u32();
    case 0x15: // ref_udata
      return unit + reader.u32();
    case 0x08: // string
      while (reader.u8() !== 0);
      return 0;
    case 0x09: // block
    case 0x18: // exprloc
      reader.skip(reader.u32());
      return 0;
    case 0x0a: // block1
      reader.skip(reader.u8());
      return 0;
    case 0x03: // block2
      reader.skip(reader.u16le());
      return 0;
    case 0x04: // block4
      reader.skip(reader.u32le());
      return 0;
    case 0x19: // flag_present
      return 1;
    case 0x21: // implicit_const
      return implicit;
    default:
      throw new RangeError(`debug information uses the unknown form 0x${form.toString(16)}`);
  }
}
