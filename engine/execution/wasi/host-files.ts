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
import { ALL_RIGHTS, type FileStatus, FileType, Right, encodeDirectoryEntry } from './abi.js';
import { Errno, WasiError, hostCall } from './errno.js';
import { Descriptor } from './file-descriptors.js';
import type { Place, Preopen } from './preopen.js';
import { byteOffset, SeekableFile, type CachedFile } from './regular-file.js';

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
    const key = fileKey(stat);
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

/** An open file of the host's, closed when the last who needs it lets go: a mapping outlives the descriptor that it was made from. */
export class HostHandle {
  private references = 1;
  /** Which file it is, whatever it is called. */
  readonly key: string;

  constructor(
    readonly fd: number,
    readonly writable: boolean,
    readonly name: string,
  ) {
    this.key = fileKey(hostCall(() => fs.fstatSync(fd, { bigint: true })));
  }

  get(): void {
    this.references++;
  }

  put(): void {
    if (--this.references === 0) hostCall(() => fs.closeSync(this.fd));
  }
}

export function fileKey(stat: fs.BigIntStats): string {
  return `${String(stat.dev)}:${String(stat.ino)}`;
}

/** The pages in memory of a host's file, if it has any. @param handle through which storage may be reached from now on, too */
export type CachedFiles = (key: string, handle?: HostHandle) => CachedFile | undefined;

export class HostFile extends SeekableFile {
  override readonly filetype = FileType.regularFile;

  /** @param handle the host's file, of which this one owns a reference */
  constructor(
    readonly handle: HostHandle,
    private readonly readOnly: boolean,
    private readonly inodes: InodeNumbers,
    private readonly cachedFiles: CachedFiles,
    rights: bigint,
    flags: number,
  ) {
    super(rights & FILE_RIGHTS, 0n, flags);
  }

  override status(): FileStatus {
    return fileStatus(this.stat(), this.inodes);
  }

  override readAt(maxBytes: number, offset: bigint): Uint8Array {
    const at = byteOffset(offset);
    const direct = this.isDirect(at, maxBytes);
    const cached = this.cached();
    if (cached) return cached.read(maxBytes, at, direct);
    const chunk = new Uint8Array(maxBytes);
    return chunk.subarray(
      0,
      hostCall(() => fs.readSync(this.handle.fd, chunk, 0, maxBytes, at)),
    );
  }

  override writeAt(chunk: Uint8Array, offset: bigint): number {
    const at = byteOffset(offset);
    const direct = this.isDirect(at, chunk.length);
    const cached = this.cached();
    if (cached) return cached.write(chunk, at, direct);
    return hostCall(() => fs.writeSync(this.handle.fd, chunk, 0, chunk.length, at));
  }

  override setSize(size: bigint): void {
    const bytes = byteOffset(size);
    const cached = this.handle.writable ? this.cached() : undefined;
    if (cached) cached.setSize(bytes);
    else hostCall(() => fs.ftruncateSync(this.handle.fd, bytes));
  }

  /** The host's cache is its own affair: what was written survives the program. */
  override sync(): void {
    this.cached()?.sync();
  }

  override setTimes(atimeNs: bigint | undefined, mtimeNs: bigint | undefined): void {
    if (this.readOnly) throw new WasiError(Errno.ROFS);
    const [atime, mtime] = hostTimes(this.stat(), atimeNs, mtimeNs);
    hostCall(() => fs.futimesSync(this.handle.fd, atime, mtime));
  }

  override [Symbol.dispose](): void {
    this.handle.put();
  }

  protected override size(): bigint {
    return this.stat().size;
  }

  private cached(): CachedFile | undefined {
    return this.cachedFiles(this.handle.key, this.handle);
  }

  private stat(): fs.BigIntStats {
    return hostCall(() => fs.fstatSync(this.handle.fd, { bigint: true }));
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
