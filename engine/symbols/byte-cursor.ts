/** Reads little-endian numbers, LEB128 and texts from a debug section; every read past the end is a {@link MalformedSymbols}. */

/** Thrown for debug information that is not as DWARF says. */
export class MalformedSymbols extends Error {
  override readonly name = 'MalformedSymbols';
}

export class ByteCursor {
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    public position = 0,
    readonly end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.demand(0);
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  u8(): number {
    return this.view.getUint8(this.advance(1));
  }

  i8(): number {
    return this.view.getInt8(this.advance(1));
  }

  u16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  /** Unsigned LEB128, modulo 2^32: nothing in a 32-bit module is larger. */
  uleb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  /** Signed LEB128, modulo 2^32. */
  sleb(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift + 7 < 32 && byte & 0x40 ? value | (-1 << (shift + 7)) : value;
    }
  }

  /** Up to a zero byte. */
  text(): string {
    const start = this.position;
    const zero = this.bytes.indexOf(0, start);
    if (zero < 0 || zero >= this.end) throw new MalformedSymbols('a text in the debug information does not end');
    this.position = zero + 1;
    return utf8.decode(this.bytes.slice(start, zero));
  }

  skip(count: number): void {
    this.advance(count);
  }

  private advance(count: number): number {
    this.demand(count);
    const start = this.position;
    this.position += count;
    return start;
  }

  private demand(count: number): void {
    if (count < 0 || this.position < 0 || this.position + count > this.end || this.end > this.bytes.length)
      throw new MalformedSymbols('the debug information ends too early');
  }
}

const utf8 = new TextDecoder();
