/** Devices that every Unix program expects: /dev/null, /dev/zero, /dev/random and /dev/urandom, the last two from the run's seed. */
import { FileType, Right, type FileStatus } from './wasi/abi.js';
import { Descriptor, type SpecialFile } from './wasi/file-descriptors.js';
import { Xoshiro128 } from './wasi/random.js';

type Source = (bytes: number) => Uint8Array;

class CharacterFile extends Descriptor {
  override readonly filetype = FileType.characterDevice;

  constructor(
    private readonly source: Source,
    rights: bigint,
    flags: number,
  ) {
    super(rights & (Right.fdRead | Right.fdWrite | Right.fdSeek | Right.fdTell | Right.fdFilestatGet), 0n, flags);
  }

  override status(): FileStatus {
    return { inode: 0n, filetype: this.filetype, links: 1n, size: 0n, mtimeNs: 0n };
  }

  override read(maxBytes: number): Uint8Array {
    return this.source(maxBytes);
  }

  override readAt(maxBytes: number): Uint8Array {
    return this.source(maxBytes);
  }

  override write(chunk: Uint8Array): number {
    return chunk.length;
  }

  override writeAt(chunk: Uint8Array): number {
    return chunk.length;
  }

  override seek(): bigint {
    return 0n;
  }
}

/** @param seed of the run's randomness */
export function characterFile(path: string, seed: number): SpecialFile | undefined {
  const source = sourceOf(path, seed);
  if (source === undefined) return undefined;
  return {
    filetype: FileType.characterDevice,
    open: (rights, flags) => new CharacterFile(source, rights, flags),
  };
}

function sourceOf(path: string, seed: number): Source | undefined {
  switch (path) {
    case '/dev/null':
      return () => new Uint8Array();
    case '/dev/zero':
      return (bytes) => new Uint8Array(bytes);
    case '/dev/random':
    case '/dev/urandom': {
      // Not the numbers that random_get gives, so that reading one does not change the other.
      const random = Xoshiro128.fromSeed(~seed);
      return (bytes) => random.bytes(bytes);
    }
    default:
      return undefined;
  }
}
