/**
 * Files with a position: of the host, of memory, of the simulated system. And what stands between such a file and its bytes once pages of it
 * are in memory.
 *
 * Invariant: read() and write() move the position by what they transferred; positional calls do not touch it.
 */
import { FdFlag, Whence } from './abi.js';
import { Errno, WasiError } from './errno.js';
import { Descriptor } from './file-descriptors.js';

/** A file that is mapped, or was: its bytes may be newer in memory than in storage. Offsets and sizes in bytes; errors are WasiErrors. */
export interface CachedFile {
  readonly sizeBytes: number;
  /** @param direct O_DIRECT: past the pages in memory, which are written back before */
  read(maxBytes: number, offset: number, direct: boolean): Uint8Array;
  write(chunk: Uint8Array, offset: number, direct: boolean): number;
  setSize(bytes: number): void;
  sync(): void;
}

/** What O_DIRECT transfers must be multiples of: a sector. */
const SECTOR_BYTES = 512;

/** A file's offset or size as a number of JavaScript, which 2^53 bytes are enough for. */
export function byteOffset(offset: bigint): number {
  if (offset < 0n) throw new WasiError(Errno.INVAL);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw new WasiError(Errno.FBIG);
  return Number(offset);
}

export abstract class SeekableFile extends Descriptor {
  protected position = 0n;

  protected abstract size(): bigint;

  override read(maxBytes: number): Uint8Array {
    const chunk = this.readAt(maxBytes, this.position);
    this.position += BigInt(chunk.length);
    return chunk;
  }

  override write(chunk: Uint8Array): number {
    if (this.flags & FdFlag.append) this.position = this.size();
    const written = this.writeAt(chunk, this.position);
    this.position += BigInt(written);
    return written;
  }

  override seek(offset: bigint, whence: number): bigint {
    let origin: bigint;
    if (whence === Whence.set) origin = 0n;
    else if (whence === Whence.current) origin = this.position;
    else if (whence === Whence.end) origin = this.size();
    else throw new WasiError(Errno.INVAL);
    this.position = BigInt(byteOffset(origin + offset));
    return this.position;
  }

  /** Grows the file if it ends before the range; room on the disk is not reserved, which Node cannot. */
  override allocate(offset: bigint, bytes: bigint): void {
    if (bytes <= 0n) throw new WasiError(Errno.INVAL);
    if (offset + bytes > this.size()) this.setSize(offset + bytes);
  }

  override available(): bigint {
    const size = this.size();
    return size > this.position ? size - this.position : 0n;
  }

  /** Whether a transfer goes past the page cache. Fails with EINVAL if it is not of whole sectors. */
  protected isDirect(offset: number, bytes: number): boolean {
    if ((this.flags & FdFlag.direct) === 0) return false;
    if (offset % SECTOR_BYTES !== 0 || bytes % SECTOR_BYTES !== 0) throw new WasiError(Errno.INVAL);
    return true;
  }
}
