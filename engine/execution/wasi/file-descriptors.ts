/**
 * What a file descriptor can be asked, and the table of the open ones.
 *
 * Invariant: a new descriptor has the lowest free number, as in POSIX, and there are at most 1024.
 */
import { ALL_FD_FLAGS, type FileStatus, type FileType } from './abi.js';
import { Errno, WasiError } from './errno.js';

/** Linux's usual limit of open files. */
const MAX_DESCRIPTORS = 1024;

/** Fails with what Linux says for each operation that a kind of file does not have. Offsets and sizes in bytes. */
export abstract class Descriptor implements Disposable {
  abstract readonly filetype: FileType;
  /** Tables of processes that hold it open. */
  references = 1;

  protected constructor(
    /** What the program may do with it; can only shrink. */
    public rights: bigint,
    /** What it may do with files opened through it. */
    public inheritedRights: bigint,
    public flags: number,
  ) {}

  abstract status(): FileStatus;

  read(_maxBytes: number): Uint8Array {
    throw new WasiError(Errno.BADF);
  }

  readAt(_maxBytes: number, _offset: bigint): Uint8Array {
    throw new WasiError(Errno.SPIPE);
  }

  /** Whether there is nothing to read now but may be later, and nothing can be written now. */
  waitsToRead(): boolean {
    return false;
  }

  waitsToWrite(): boolean {
    return false;
  }

  /** Returns the bytes taken. The chunk is the descriptor's to keep. */
  write(_chunk: Uint8Array): number {
    throw new WasiError(Errno.BADF);
  }

  writeAt(_chunk: Uint8Array, _offset: bigint): number {
    throw new WasiError(Errno.SPIPE);
  }

  seek(_offset: bigint, _whence: number): bigint {
    throw new WasiError(Errno.SPIPE);
  }

  setSize(_size: bigint): void {
    throw new WasiError(Errno.INVAL);
  }

  /** fsync and fdatasync. */
  sync(): void {
    // Most kinds keep nothing back.
  }

  allocate(_offset: bigint, _bytes: bigint): void {
    throw new WasiError(Errno.SPIPE);
  }

  /** Times in ns since 1970; undefined stays what it is. */
  setTimes(_atimeNs: bigint | undefined, _mtimeNs: bigint | undefined): void {
    throw new WasiError(Errno.INVAL);
  }

  /** A request to the device behind it. @param argument address in the program's memory, or a number */
  ioctl(_request: number, _argument: number): void {
    throw new WasiError(Errno.NOTTY);
  }

  /** Bytes that can be read without waiting. */
  available(): bigint {
    return 0n;
  }

  /** Fails with EBADF, as POSIX does for a descriptor that was not opened for this. */
  demand(right: bigint): void {
    if ((this.rights & right) === 0n) throw new WasiError(Errno.BADF);
  }

  setFlags(flags: number): void {
    if ((flags & ~ALL_FD_FLAGS) !== 0) throw new WasiError(Errno.INVAL);
    this.flags = flags;
  }

  restrictRights(rights: bigint, inheritedRights: bigint): void {
    if ((rights & ~this.rights) !== 0n || (inheritedRights & ~this.inheritedRights) !== 0n) {
      throw new WasiError(Errno.NOTCAPABLE);
    }
    this.rights = rights;
    this.inheritedRights = inheritedRights;
  }

  [Symbol.dispose](): void {
    // Most kinds hold nothing of the host's.
  }
}

/** A file of the simulated system, such as a device. */
export interface SpecialFile {
  readonly filetype: FileType;
  /** @param rights what the program asks for */
  open(rights: bigint, flags: number): Descriptor;
}

/** What there is at an absolute path besides the host's files; undefined if nothing. */
export type SpecialFiles = (path: string) => SpecialFile | undefined;

export class DescriptorTable implements Disposable {
  private readonly open: (Descriptor | undefined)[] = [];

  get(fd: number): Descriptor {
    const descriptor = this.open[fd >>> 0];
    if (!descriptor) throw new WasiError(Errno.BADF);
    return descriptor;
  }

  find(fd: number): Descriptor | undefined {
    return this.open[fd >>> 0];
  }

  /** Opens what `create` makes under the lowest free number; nothing is made if there is none. */
  add(create: () => Descriptor): number {
    const hole = this.open.indexOf(undefined);
    const fd = hole < 0 ? this.open.length : hole;
    if (fd >= MAX_DESCRIPTORS) throw new WasiError(Errno.MFILE);
    this.open[fd] = create();
    return fd;
  }

  close(fd: number): void {
    const descriptor = this.get(fd);
    this.open[fd >>> 0] = undefined;
    release(descriptor);
  }

  /** Moves `from` to `to`, which is closed first; both must be open. */
  renumber(from: number, to: number): void {
    const moved = this.get(from);
    const replaced = this.get(to);
    if (moved === replaced) return;
    this.open[to >>> 0] = moved;
    this.open[from >>> 0] = undefined;
    release(replaced);
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.open) if (descriptor) release(descriptor);
    this.open.length = 0;
  }

  /** A child process's: the same open files, with the same positions in them. */
  fork(): DescriptorTable {
    const child = new DescriptorTable();
    for (const descriptor of this.open) {
      if (descriptor) descriptor.references++;
      child.open.push(descriptor);
    }
    return child;
  }
}

/** One table less holds it. */
function release(descriptor: Descriptor): void {
  if (--descriptor.references === 0) descriptor[Symbol.dispose]();
}
