/**
 * A list of the program's buffers, filled or emptied from front to back.
 *
 * Invariant: of a buffer only the bytes that are really transferred are announced and touched, however large it is.
 */
import { Errno, WasiError } from './errno.js';
import type { GuestMemory } from './guest-memory.js';

/** Linux's UIO_MAXIOV. */
const MAX_IOVECS = 1024;
/** Linux's MAX_RW_COUNT: what one call transfers at most, in bytes; a `ssize_t` of 32 bits holds it. */
const MAX_TRANSFER_BYTES = 0x7ffff000;
/** What the host holds of a transfer at one time. */
const CHUNK_BYTES = 1 << 18;

export class Iovecs {
  private readonly list: DataView;
  private index = 0;
  private offset = 0;
  private left: number;

  /** @param address of `count` pairs of address and length, of 4 bytes each */
  constructor(
    private readonly memory: GuestMemory,
    address: number,
    count: number,
  ) {
    if (count >>> 0 > MAX_IOVECS) throw new WasiError(Errno.INVAL);
    this.list = new DataView(memory.read(address, 8 * count).buffer);
    let total = 0;
    for (let at = 4; at < this.list.byteLength; at += 8) total += this.list.getUint32(at, true);
    this.left = Math.min(total, MAX_TRANSFER_BYTES);
  }

  /**
   * Fills the buffers with what `source` gives until it gives less than it was asked for, or once if it is a stream (which must
   * not wait for more when it has given something). Returns the bytes transferred; an error after some is not reported.
   */
  fill(source: (maxBytes: number) => Uint8Array, once: boolean): number {
    return this.transfer(once, (wanted) => {
      const chunk = source(wanted);
      this.eachPart(chunk.length, (address, from, to) => this.memory.write(address, chunk.subarray(from, to)));
      return chunk.length;
    });
  }

  /** Empties the buffers into `sink` until it takes less than it was given. Returns the bytes transferred. */
  drain(sink: (chunk: Uint8Array) => number): number {
    return this.transfer(false, (wanted) => {
      const chunk = new Uint8Array(wanted);
      this.eachPart(wanted, (address, from, to) => chunk.set(this.memory.read(address, to - from), from));
      return sink(chunk);
    });
  }

  private transfer(once: boolean, step: (wanted: number) => number): number {
    let done = 0;
    while (this.left > 0) {
      const wanted = Math.min(this.left, CHUNK_BYTES);
      let moved: number;
      try {
        moved = step(wanted);
      } catch (error) {
        if (error instanceof WasiError && done > 0) return done;
        throw error;
      }
      done += moved;
      this.left -= moved;
      if (moved < wanted || once) break;
    }
    return done;
  }

  /** Walks over the next `bytes` bytes of the buffers. */
  private eachPart(bytes: number, visit: (address: number, from: number, to: number) => void): void {
    let from = 0;
    while (from < bytes) {
      const address = this.list.getUint32(8 * this.index, true);
      const length = this.list.getUint32(8 * this.index + 4, true);
      const to = Math.min(bytes, from + length - this.offset);
      if (to > from) visit(address + this.offset, from, to);
      this.offset += to - from;
      from = to;
      if (this.offset === length) {
        this.index++;
        this.offset = 0;
      }
    }
  }
}
