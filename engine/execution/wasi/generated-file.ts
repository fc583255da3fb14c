/** A file whose contents the simulated system makes up when they are read: /proc and /sys. Source: fs/seq_file.c, fs/proc/base.c. */
import { type FileStatus, FileType, Right } from './abi.js';
import type { SpecialFile } from './file-descriptors.js';
import { Errno, WasiError } from './errno.js';
import { byteOffset, SeekableFile } from './regular-file.js';

/** At most so many bytes from an offset on; none at the end. */
export type ContentsAt = (offset: number, maxBytes: number) => Uint8Array;

const GENERATED_RIGHTS =
  Right.fdRead | Right.fdSeek | Right.fdTell | Right.fdstatSetFlags | Right.fdFilestatGet | Right.pollFdReadwrite;

class GeneratedFile extends SeekableFile {
  override readonly filetype = FileType.regularFile;

  constructor(
    private readonly contents: ContentsAt,
    flags: number,
  ) {
    super(GENERATED_RIGHTS, 0n, flags);
  }

  /** As with the real ones, the size is 0 whatever there is to read. */
  override status(): FileStatus {
    return { inode: 0n, filetype: this.filetype, links: 1n, size: 0n, mtimeNs: 0n };
  }

  override readAt(maxBytes: number, offset: bigint): Uint8Array {
    return this.contents(byteOffset(offset), maxBytes);
  }

  protected override size(): bigint {
    return 0n;
  }
}

/** @param contents what there is when the file is opened */
export function generatedFile(contents: () => ContentsAt): SpecialFile {
  return {
    filetype: FileType.regularFile,
    open(rights, flags) {
      if ((rights & Right.fdWrite) !== 0n) throw new WasiError(Errno.ACCES);
      return new GeneratedFile(contents(), flags);
    },
  };
}

/** Of a text that stays as it is. */
export function textContents(text: string): ContentsAt {
  const bytes = new TextEncoder().encode(text);
  return (offset, maxBytes) => bytes.slice(offset, offset + maxBytes);
}
