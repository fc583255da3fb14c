/**
 * The program's memory as a kernel sees it: copied in and out, never lent.
 *
 * Invariant: a byte is read or written only after `access` was told its exact range, so the memory model sees the host's
 * accesses as the kernel's copy_from_user and copy_to_user. What `access` throws (a signal) passes through. Copies also serve
 * what refuses a view of shared memory (TextDecoder, crypto, streams).
 */
import { Errno, WasiError } from './errno.js';

/** Told before the host touches the program's memory; faults the pages in, or throws what ends the program. */
export type AccessCallback = (address: number, bytes: number, write: boolean) => void;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class GuestMemory {
  private view = new Uint8Array(0);

  constructor(
    private readonly memory: () => WebAssembly.Memory,
    private readonly access: AccessCallback,
  ) {}

  /** A copy of the program's bytes. Fails with EFAULT if they are not all within the memory. */
  read(address: number, bytes: number): Uint8Array<ArrayBuffer> {
    const start = address >>> 0;
    this.announce(start, bytes, false);
    return this.bytes().slice(start, start + bytes);
  }

  /** Copies `source` into the program's memory. */
  write(address: number, source: Uint8Array): void {
    const start = address >>> 0;
    this.announce(start, source.length, true);
    this.bytes().set(source, start);
  }

  writeU32(address: number, value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value, true);
    this.write(address, bytes);
  }

  writeU64(address: number, value: bigint): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, value, true);
    this.write(address, bytes);
  }

  /** A string with its length in bytes, as all of WASI's are. Fails with EILSEQ if it is not UTF-8. */
  readString(address: number, bytes: number): string {
    const copy = this.read(address, bytes >>> 0);
    try {
      return decoder.decode(copy);
    } catch {
      throw new WasiError(Errno.ILSEQ);
    }
  }

  /** Checks before it announces: no page table has a page behind the end of the memory. */
  private announce(start: number, bytes: number, write: boolean): void {
    if (start + bytes > this.memory().buffer.byteLength) throw new WasiError(Errno.FAULT);
    if (bytes > 0) this.access(start, bytes, write);
  }

  /** Asked for after `access`: a memory that has grown has a new buffer. */
  private bytes(): Uint8Array {
    const buffer = this.memory().buffer;
    if (this.view.buffer !== buffer) this.view = new Uint8Array(buffer as ArrayBuffer);
    return this.view;
  }
}
