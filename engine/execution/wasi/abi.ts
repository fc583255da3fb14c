/**
 * Constants and record layouts of WASI preview1. Records are built in a buffer of their own, so that one write, announced
 * once with its exact range, puts them into the program's memory.
 * Source: wasi_snapshot_preview1.witx; layouts as in wasi-libc's `wasi/wasip1.h`. All numbers are little-endian.
 */

export const FileType = { unknown: 0, characterDevice: 2, directory: 3, regularFile: 4, symbolicLink: 7 } as const;
export type FileType = (typeof FileType)[keyof typeof FileType];

export const Right = {
  fdDatasync: 1n << 0n,
  fdRead: 1n << 1n,
  fdSeek: 1n << 2n,
  fdstatSetFlags: 1n << 3n,
  fdSync: 1n << 4n,
  fdTell: 1n << 5n,
  fdWrite: 1n << 6n,
  fdAdvise: 1n << 7n,
  fdAllocate: 1n << 8n,
  fdReaddir: 1n << 14n,
  fdFilestatGet: 1n << 21n,
  fdFilestatSetSize: 1n << 22n,
  fdFilestatSetTimes: 1n << 23n,
  pollFdReadwrite: 1n << 27n,
} as const;
/** Every right of preview1: bits 0 to 29. */
export const ALL_RIGHTS = (1n << 30n) - 1n;

/** `direct` is not WASI's but ours: the runtime's <fcntl.h> has it as O_DIRECT, and the C library passes it on. */
export const FdFlag = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16, direct: 32 } as const;
export const ALL_FD_FLAGS = 63;
export const OpenFlag = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
export const LookupFlag = { symlinkFollow: 1 } as const;
export const TimeFlag = { atime: 1, atimeNow: 2, mtime: 4, mtimeNow: 8 } as const;
export const Whence = { set: 0, current: 1, end: 2 } as const;
export const ClockId = { realtime: 0, monotonic: 1, processCpuTime: 2, threadCpuTime: 3 } as const;

/** `filestat`: what `stat` reports. Times in ns since 1970; size in bytes. */
export interface FileStatus {
  readonly inode: bigint;
  readonly filetype: FileType;
  readonly links: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** The one device that all files are on. */
const DEVICE = 1n;

export function encodeFileStatus(status: FileStatus): Uint8Array {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, DEVICE, true);
  view.setBigUint64(8, status.inode, true);
  view.setUint8(16, status.filetype);
  view.setBigUint64(24, status.links, true);
  view.setBigUint64(32, status.size, true);
  // The host's access and change times differ from run to run even if nobody wrote the file, so all three are the one of the contents.
  for (const offset of [40, 48, 56]) view.setBigUint64(offset, status.mtimeNs, true);
  return bytes;
}

/** `fdstat`: what `fcntl(F_GETFL)` and `isatty` ask for. */
export function encodeDescriptorStatus(
  filetype: FileType,
  flags: number,
  rights: bigint,
  inheritedRights: bigint,
): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, filetype);
  view.setUint16(2, flags, true);
  view.setBigUint64(8, rights, true);
  view.setBigUint64(16, inheritedRights, true);
  return bytes;
}

/** `prestat` of a directory whose guest name has so many bytes. */
export function encodePreopenStatus(nameBytes: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setUint32(4, nameBytes, true);
  return bytes;
}

const encoder = new TextEncoder();

/** `dirent` and the name after it. `next` is the cookie of the entry that follows. */
export function encodeDirectoryEntry(next: number, inode: bigint, filetype: FileType, name: string): Uint8Array {
  const nameBytes = encoder.encode(name);
  const bytes = new Uint8Array(24 + nameBytes.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(next), true);
  view.setBigUint64(8, inode, true);
  view.setUint32(16, nameBytes.length, true);
  view.setUint8(20, filetype);
  bytes.set(nameBytes, 24);
  return bytes;
}
