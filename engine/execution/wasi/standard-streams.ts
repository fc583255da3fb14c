/**
 * Standard input, output and error. They are character devices without the rights to seek and tell, which is what wasi-libc's
 * `isatty` asks: so libc buffers output by line, and lines of stdout and stderr appear in the order in which they were printed.
 */
import { type FileStatus, FileType, Right } from './abi.js';
import { Descriptor } from './file-descriptors.js';

const STREAM_RIGHTS = Right.fdFilestatGet | Right.pollFdReadwrite | Right.fdstatSetFlags;

abstract class StandardStream extends Descriptor {
  override readonly filetype = FileType.characterDevice;

  override status(): FileStatus {
    return { inode: 0n, filetype: this.filetype, links: 1n, size: 0n, mtimeNs: 0n };
  }
}

export class StandardInput extends StandardStream {
  private waiting: Uint8Array = new Uint8Array(0);
  private ended = false;

  /** @param more gives the next bytes or null at the end; an empty chunk reads as an end that more may follow (Ctrl-D) */
  constructor(private readonly more: () => Uint8Array | null) {
    super(Right.fdRead | STREAM_RIGHTS, 0n, 0);
  }

  override read(maxBytes: number): Uint8Array {
    this.refill();
    const chunk = this.waiting.subarray(0, maxBytes);
    this.waiting = this.waiting.subarray(chunk.length);
    return chunk;
  }

  /** Waits for input if there is none: time is simulated, so a program's timeout cannot be measured against its user. */
  override available(): bigint {
    this.refill();
    return BigInt(this.waiting.length);
  }

  private refill(): void {
    if (this.waiting.length > 0 || this.ended) return;
    const chunk = this.more();
    if (chunk) this.waiting = chunk;
    else this.ended = true;
  }
}

export class StandardOutput extends StandardStream {
  /** @param sink gets each write's bytes as one chunk of its own */
  constructor(private readonly sink: (chunk: Uint8Array) => void) {
    super(Right.fdWrite | STREAM_RIGHTS, 0n, 0);
  }

  override write(chunk: Uint8Array): number {
    this.sink(chunk);
    return chunk.length;
  }
}
