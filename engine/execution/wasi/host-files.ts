/**
 * Open files and directories of the host, as the program sees them.
 *
 * Invariant: what a run can print does not change from run to run. Inode numbers are counted in the order in which files are first
 * seen, directories are listed in the order of their names as they were when the listing began, and a directory has no size.
 * Positions are kept here and given to the host with every transfer. Directories are held by name, so one that is renamed
 * while it is open is lost.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { ALL_RIGHTS, type FileStatus, FdFlag, FileType, Right, Whence, encodeDirectoryEntry } from './abi.js';
import { Errno, WasiError, hostCall } from './errno.js';
import { Descriptor } from './file-descriptors.js';
import type { Place, Preopen } from './preopen.js';

const FILE_RIGHTS =
  Right.fdDatasync |
  Right.fdRead |
  Right.fdSeek |
  Right.fdstatSetFlags |
  Right.fdSync |
  Right.fdTell |
  Right.fdWrite |
  Right.fdAdvise |
  Right.fdAllocate |
  Right.fdFilestatGet |
  Right.fdFilestatSetSize |
  Right.fdFilestatSetTimes |
  Right.pollFdReadwrite;

const DIRECTORY_RIGHTS = ALL_RIGHTS & ~(Right.fdRead | Right.fdWrite | Right.fdSeek | Right.fdTell | Right.fdAllocate);

/** Small stable numbers instead of the host's inode numbers. */
export class InodeNumbers {
  private readonly numbers = new Map<string, bigint>();

  of(stat: fs.BigIntStats): bigint {
    const key = `${String(stat.dev)}:${String(stat.ino)}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = BigInt(this.numbers.size + 1);
      this.numbers.set(key, number);
    }
    return number;
  }
}

export function fileStatus(stat: fs.BigIntStats, inodes: InodeNumbers): FileStatus {
  const filetype = fileTypeOf(stat);
  const directory = filetype === FileType.directory;
  return {
    inode: inodes.of(stat),
    filetype,
    links: directory ? 1n : stat.nlink,
    size: directory ? 0n : stat.size,
    mtimeNs: stat.mtimeNs,
  };
}

function fileTypeOf(stat: fs.BigIntStats): FileType {
  if (stat.isFile()) return FileType.regularFile;
  if (stat.isDirectory()) return FileType.directory;
  if (stat.isSymbolicLink()) return FileType.symbolicLink;
  if (stat.isCharacterDevice()) return FileType.characterDevice;
  return FileType.unknown;
}

/** What the host is given for a time that the program leaves as it is. In seconds. */
export function hostTimes(
  stat: fs.BigIntStats,
  atimeNs: bigint | undefined,
  mtimeNs: bigint | undefined,
): [atime: number, mtime: number] {
  return [Number(atimeNs ?? stat.atimeNs) / 1e9, Number(mtimeNs ?? stat.mtimeNs) / 1e9];
}

/** A file's offset or size as a number of JavaScript, which 2^53 bytes are enough for. */
function byteOffset(offset: bigint): number {
  if (offset < 0n) throw new WasiError(Errno.INVAL);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER)) throw new WasiError(Errno.FBIG);
  return Number(offset);
}

export class HostFile extends Descriptor {
  override readonly filetype = FileType.regularFile;
  private position = 0n;

  /** @param fd the host's descriptor, which this one owns */
  constructor(
    private readonly fd: number,
    private readonly readOnly: boolean,
    private readonly inodes: InodeNumbers,
    rights: bigint,
    flags: number,
  ) {
    super(rights & FILE_RIGHTS, 0n, flags);
  }

  override status(): FileStatus {
    return fileStatus(this.stat(), this.inodes);
  }

  override read(maxBytes: number): Uint8Array {
    const chunk = this.readAt(maxBytes, this.position);
    this.position += BigInt(chunk.length);
    return chunk;
  }

  override readAt(maxBytes: number, offset: bigint): Uint8Array {
    const at = byteOffset(offset);
    const chunk = new Uint8Array(maxBytes);
    return chunk.subarray(
      0,
      hostCall(() => fs.readSync(this.fd, chunk, 0, maxBytes, at)),
    );
  }

  override write(chunk: Uint8Array): number {
    if (this.flags & FdFlag.append) this.position = this.stat().size;
    const written = this.writeAt(chunk, this.position);
    this.position += BigInt(written);
    return written;
  }

  override writeAt(chunk: Uint8Array, offset: bigint): number {
    const at = byteOffset(offset);
    return hostCall(() => fs.writeSync(this.fd, chunk, 0, chunk.length, at));
  }

  override seek(offset: bigint, whence: number): bigint {
    let origin: bigint;
    if (whence === Whence.set) origin = 0n;
    else if (whence === Whence.current) origin = this.position;
    else if (whence === Whence.end) origin = this.stat().size;
    else throw new WasiError(Errno.INVAL);
    this.position = BigInt(byteOffset(origin + offset));
    return this.position;
  }

  override setSize(size: bigint): void {
    const bytes = byteOffset(size);
    hostCall(() => fs.ftruncateSync(this.fd, bytes));
  }

  /** Grows the file if it ends before the range; room on the disk is not reserved, which Node cannot. */
  override allocate(offset: bigint, bytes: bigint): void {
    if (bytes <= 0n) throw new WasiError(Errno.INVAL);
    if (offset + bytes > this.stat().size) this.setSize(offset + bytes);
  }

  override setTimes(atimeNs: bigint | undefined, mtimeNs: bigint | undefined): void {
    if (this.readOnly) throw new WasiError(Errno.ROFS);
    const [atime, mtime] = hostTimes(this.stat(), atimeNs, mtimeNs);
    hostCall(() => fs.futimesSync(this.fd, atime, mtime));
  }

  override available(): bigint {
    const { size } = this.stat();
    return size > this.position ? size - this.position : 0n;
  }

  override [Symbol.dispose](): void {
    hostCall(() => fs.closeSync(this.fd));
  }

  private stat(): fs.BigIntStats {
    return hostCall(() => fs.fstatSync(this.fd, { bigint: true }));
  }
}

export class HostDirectory extends Descriptor {
  override readonly filetype = FileType.directory;
  /** `dirent` records; a cookie is an index into them. */
  private entries: Uint8Array[] = [];

  /**
   * @param components of the directory within `preopen`
   * @param preopened whether it is the preopen itself, whose name `fd_prestat_dir_name` tells
   */
  constructor(
    readonly preopen: Preopen,
    private readonly components: readonly string[],
    readonly preopened: boolean,
    private readonly inodes: InodeNumbers,
  ) {
    super(DIRECTORY_RIGHTS, ALL_RIGHTS, 0);
  }

  resolve(path: string, followLast: boolean): Place {
    return this.preopen.resolve(this.components, path, followLast);
  }

  /** The absolute path that a path from here on is in the program's eyes; `.` counts as the root, as it does for wasi-libc. */
  absolute(path: string): string {
    const names: string[] = [];
    for (const name of [...this.preopen.guest.split('/'), ...this.components, ...path.split('/')]) {
      if (name === '..') names.pop();
      else if (name !== '' && name !== '.') names.push(name);
    }
    return `/${names.join('/')}`;
  }

  override status(): FileStatus {
    return fileStatus(this.own().stat, this.inodes);
  }

  /** Entries from `cookie` on, the last one cut off where `maxBytes` ends; fewer bytes mean that there are no more. */
  list(cookie: bigint, maxBytes: number): Uint8Array {
    if (cookie === 0n) this.entries = this.readEntries();
    const chunks: Uint8Array[] = [];
    let total = 0;
    for (let at = Number(cookie); at < this.entries.length && total < maxBytes; at++) {
      const chunk = this.entries[at]!.subarray(0, maxBytes - total);
      chunks.push(chunk);
      total += chunk.length;
    }
    return Buffer.concat(chunks, total);
  }

  override read(_maxBytes: number): Uint8Array {
    throw new WasiError(Errno.ISDIR);
  }

  override seek(_offset: bigint, _whence: number): bigint {
    throw new WasiError(Errno.ISDIR);
  }

  override setTimes(atimeNs: bigint | undefined, mtimeNs: bigint | undefined): void {
    if (this.preopen.readOnly) throw new WasiError(Errno.ROFS);
    const { host, stat } = this.own();
    const [atime, mtime] = hostTimes(stat, atimeNs, mtimeNs);
    hostCall(() => fs.utimesSync(host, atime, mtime));
  }

  private own(): { host: string; stat: fs.BigIntStats } {
    const { host, stat } = this.resolve('.', true);
    if (!stat) throw new WasiError(Errno.NOENT);
    return { host, stat };
  }

  private readEntries(): Uint8Array[] {
    const { host, stat } = this.own();
    const above = this.components.length > 0 ? (this.resolve('..', true).stat ?? stat) : stat;
    const records = [
      encodeDirectoryEntry(1, this.inodes.of(stat), FileType.directory, '.'),
      encodeDirectoryEntry(2, this.inodes.of(above), FileType.directory, '..'),
    ];
    for (const name of hostCall(() => fs.readdirSync(host)).sort()) {
      const entry = hostCall(() => fs.lstatSync(join(host, name), { bigint: true, throwIfNoEntry: false }));
      if (!entry) continue;
      records.push(encodeDirectoryEntry(records.length + 1, this.inodes.of(entry), fileTypeOf(entry), name));
    }
    return records;
  }
}
