/**
 * A pipe: bytes go in at one end and come out at the other, first in, first out. Whether an end would have to wait is asked before: a call
 * here never waits (see `execution/processes.ts`).
 */
import { type FileStatus, FileType, Right } from './abi.js';
import { Errno, WasiError } from './errno.js';
import { Descriptor } from './file-descriptors.js';

/** Linux's default. */
const MOST_BYTES = 65536;
const PIPE_RIGHTS = Right.fdFilestatGet | Right.pollFdReadwrite | Right.fdstatSetFlags;

class Pipe {
  bytes: Uint8Array = new Uint8Array();
  readers = 1;
  writers = 1;
}

abstract class PipeEnd extends Descriptor {
  override readonly filetype = FileType.unknown;

  protected constructor(
    protected readonly pipe: Pipe,
    rights: bigint,
  ) {
    super(rights | PIPE_RIGHTS, 0n, 0);
  }

  override status(): FileStatus {
    return { inode: 0n, filetype: this.filetype, links: 1n, size: 0n, mtimeNs: 0n };
  }
}

class PipeReader extends PipeEnd {
  constructor(pipe: Pipe) {
    super(pipe, Right.fdRead);
  }

  override waitsToRead(): boolean {
    return this.pipe.bytes.length === 0 && this.pipe.writers > 0;
  }

  override read(maxBytes: number): Uint8Array {
    const chunk = this.pipe.bytes.slice(0, maxBytes);
    this.pipe.bytes = this.pipe.bytes.slice(maxBytes);
    return chunk;
  }

  override available(): bigint {
    return BigInt(this.pipe.bytes.length);
  }

  override [Symbol.dispose](): void {
    this.pipe.readers = 0;
  }
}

class PipeWriter extends PipeEnd {
  constructor(pipe: Pipe) {
    super(pipe, Right.fdWrite);
  }

  override waitsToWrite(): boolean {
    return this.pipe.bytes.length >= MOST_BYTES && this.pipe.readers > 0;
  }

  override write(chunk: Uint8Array): number {
    if (this.pipe.readers === 0) throw new WasiError(Errno.PIPE);
    const taken = chunk.subarray(0, MOST_BYTES - this.pipe.bytes.length);
    const joined = new Uint8Array(this.pipe.bytes.length + taken.length);
    joined.set(this.pipe.bytes);
    joined.set(taken, this.pipe.bytes.length);
    this.pipe.bytes = joined;
    return taken.length;
  }

  override [Symbol.dispose](): void {
    this.pipe.writers = 0;
  }
}

/** Where it is read, and where it is written. */
export function createPipe(): readonly [Descriptor, Descriptor] {
  const pipe = new Pipe();
  return [new PipeReader(pipe), new PipeWriter(pipe)];
}
