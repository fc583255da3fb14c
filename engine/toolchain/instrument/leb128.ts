/**
 * LEB128 and byte-level reading and writing, as the WebAssembly binary format uses them.
 * Source: WebAssembly core specification 2.0, section 5.2.2 (integers).
 */

/** Reads forward over one byte range; every read past its end throws a RangeError. */
export class ByteReader {
  private readonly view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public position = 0,
    readonly end = bytes.length,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  u8(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined || this.position >= this.end) throw new RangeError('unexpected end of WebAssembly input');
    this.position++;
    return byte;
  }

  u16le(): number {
    return this.u8() | (this.u8() << 8);
  }

  u32le(): number {
    const value = this.view.getUint32(this.position, true);
    this.position += 4;
    return value;
  }

  /** Unsigned LEB128 of up to 32 bits. */
  u32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result >>> 0;
    }
    throw new RangeError('LEB128 integer is longer than 32 bits');
  }

  /** Signed LEB128 of up to 32 bits. */
  s32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 25 && byte & 0x40 ? result | (-1 << (shift + 7)) : result;
    }
    throw new RangeError('LEB128 integer is longer than 32 bits');
  }

  /** Unsigned LEB128 of up to 64 bits. */
  u64(): bigint {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    throw new RangeError('LEB128 integer is longer than 64 bits');
  }

  skipLeb(): void {
    while (this.u8() >= 0x80);
  }

  skip(count: number): void {
    this.position += count;
    if (this.position > this.end) throw new RangeError('unexpected end of WebAssembly input');
  }

  take(count: number): Uint8Array {
    const start = this.position;
    this.skip(count);
    return this.bytes.subarray(start, start + count);
  }

  name(): string {
    return utf8.decode(this.take(this.u32()));
  }
}

const utf8 = new TextDecoder();
const toUtf8 = new TextEncoder();

/** A growing byte buffer with the format's encodings. */
export class ByteWriter {
  private buffer: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  /** The bytes written so far, without a copy: valid until the next write. */
  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + count));
    grown.set(this.bytes);
    this.buffer = grown;
  }

  u8(...values: number[]): this {
    this.reserve(values.length);
    for (const value of values) this.buffer[this.length++] = value;
    return this;
  }

  u32(value: number): this {
    this.reserve(5);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
    return this;
  }

  s32(value: number): this {
    this.reserve(5);
    let rest = value | 0;
    for (;;) {
      const byte = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40)) {
        this.buffer[this.length++] = byte;
        return this;
      }
      this.buffer[this.length++] = byte | 0x80;
    }
  }

  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  name(text: string): this {
    const bytes = toUtf8.encode(text);
    return this.u32(bytes.length).raw(bytes);
  }

  /** A byte vector: length, then contents. */
  sized(bytes: Uint8Array): this {
    return this.u32(bytes.length).raw(bytes);
  }
}
