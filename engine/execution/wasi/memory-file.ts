/** A file that is nothing but memory: memfd_create and shm_open. Source: mm/memfd.c, mm/shmem.c. */
import { ALL_RIGHTS, type FileStatus, FileType, Right } from './abi.js';
import { byteOffset, SeekableFile, type CachedFile } from './regular-file.js';

const MEMORY_FILE_RIGHTS = ALL_RIGHTS & ~Right.fdReaddir;

export class MemoryFile extends SeekableFile {
  override readonly filetype = FileType.regularFile;

  /** @param released called when it is closed */
  constructor(
    readonly file: CachedFile,
    private readonly inode: bigint,
    writable: boolean,
    private readonly released: () => void,
  ) {
    super(writable ? MEMORY_FILE_RIGHTS : MEMORY_FILE_RIGHTS & ~Right.fdWrite, 0n, 0);
  }

  override status(): FileStatus {
    return { inode: this.inode, filetype: this.filetype, links: 0n, size: this.size(), mtimeNs: 0n };
  }

  override readAt(maxBytes: number, offset: bigint): Uint8Array {
    return this.file.read(maxBytes, byteOffset(offset), false);
  }

  override writeAt(chunk: Uint8Array, offset: bigint): number {
    return this.file.write(chunk, byteOffset(offset), false);
  }

  override setSize(size: bigint): void {
    this.demand(Right.fdWrite);
    this.file.setSize(byteOffset(size));
  }

  override [Symbol.dispose](): void {
    this.released();
  }

  protected override size(): bigint {
    return BigInt(this.file.sizeBytes);
  }
}
