/**
 * The calls on open file descriptors (`fd_*`) and, because there are none, on sockets.
 * Source: wasi_snapshot_preview1.witx.
 */
import {
  FileType,
  Right,
  TimeFlag,
  Whence,
  encodeDescriptorStatus,
  encodeFileStatus,
  encodePreopenStatus,
} from './abi.js';
import type { CallTable } from './call-table.js';
import type { Clocks } from './clocks.js';
import { Errno, WasiError } from './errno.js';
import type { Descriptor, DescriptorTable } from './file-descriptors.js';
import type { GuestMemory } from './guest-memory.js';
import { HostDirectory } from './host-files.js';
import { Iovecs } from './iovecs.js';

const encoder = new TextEncoder();

export function descriptorCalls(memory: GuestMemory, descriptors: DescriptorTable, clocks: Clocks): CallTable {
  const readable = (fd: number) => withRight(descriptors, fd, Right.fdRead);
  const writable = (fd: number) => withRight(descriptors, fd, Right.fdWrite);
  const unsupported = (): void => {
    throw new WasiError(Errno.NOTSUP);
  };
  const checkOpen = (fd: number): void => void descriptors.get(fd);

  return {
    fd_close: (fd: number) => descriptors.close(fd),
    fd_renumber: (from: number, to: number) => descriptors.renumber(from, to),

    fd_read(fd: number, list: number, count: number, result: number) {
      const file = readable(fd);
      const iovecs = new Iovecs(memory, list, count);
      memory.writeU32(
        result,
        iovecs.fill((bytes) => file.read(bytes), file.filetype === FileType.characterDevice),
      );
    },
    fd_pread(fd: number, list: number, count: number, offset: bigint, result: number) {
      const file = readable(fd);
      let at = BigInt.asUintN(64, offset);
      const source = (bytes: number): Uint8Array => {
        const chunk = file.readAt(bytes, at);
        at += BigInt(chunk.length);
        return chunk;
      };
      memory.writeU32(result, new Iovecs(memory, list, count).fill(source, false));
    },
    fd_write(fd: number, list: number, count: number, result: number) {
      const file = writable(fd);
      memory.writeU32(
        result,
        new Iovecs(memory, list, count).drain((chunk) => file.write(chunk)),
      );
    },
    fd_pwrite(fd: number, list: number, count: number, offset: bigint, result: number) {
      const file = writable(fd);
      let at = BigInt.asUintN(64, offset);
      const sink = (chunk: Uint8Array): number => {
        const written = file.writeAt(chunk, at);
        at += BigInt(written);
        return written;
      };
      memory.writeU32(result, new Iovecs(memory, list, count).drain(sink));
    },
    fd_seek(fd: number, offset: bigint, whence: number, result: number) {
      memory.writeU64(result, descriptors.get(fd).seek(offset, whence));
    },
    fd_tell(fd: number, result: number) {
      memory.writeU64(result, descriptors.get(fd).seek(0n, Whence.current));
    },

    fd_fdstat_get(fd: number, result: number) {
      const { filetype, flags, rights, inheritedRights } = descriptors.get(fd);
      memory.write(result, encodeDescriptorStatus(filetype, flags, rights, inheritedRights));
    },
    fd_fdstat_set_flags: (fd: number, flags: number) => descriptors.get(fd).setFlags(flags),
    fd_fdstat_set_rights(fd: number, rights: bigint, inheritedRights: bigint) {
      descriptors.get(fd).restrictRights(BigInt.asUintN(64, rights), BigInt.asUintN(64, inheritedRights));
    },
    fd_filestat_get(fd: number, result: number) {
      memory.write(result, encodeFileStatus(descriptors.get(fd).status()));
    },
    fd_filestat_set_size: (fd: number, size: bigint) => descriptors.get(fd).setSize(BigInt.asUintN(64, size)),
    fd_filestat_set_times(fd: number, atime: bigint, mtime: bigint, flags: number) {
      descriptors.get(fd).setTimes(...chosenTimes(atime, mtime, flags, clocks));
    },
    fd_allocate(fd: number, offset: bigint, bytes: bigint) {
      writable(fd).allocate(BigInt.asUintN(64, offset), BigInt.asUintN(64, bytes));
    },
    fd_advise: checkOpen,
    fd_sync: (fd: number) => descriptors.get(fd).sync(),
    fd_datasync: (fd: number) => descriptors.get(fd).sync(),

    fd_readdir(fd: number, address: number, bytes: number, cookie: bigint, result: number) {
      const directory = descriptors.get(fd);
      if (!(directory instanceof HostDirectory)) throw new WasiError(Errno.NOTDIR);
      const entries = directory.list(BigInt.asUintN(64, cookie), bytes >>> 0);
      memory.write(address, entries);
      memory.writeU32(result, entries.length);
    },

    fd_prestat_get(fd: number, result: number) {
      memory.write(result, encodePreopenStatus(preopenName(descriptors, fd).length));
    },
    fd_prestat_dir_name(fd: number, address: number, bytes: number) {
      const name = preopenName(descriptors, fd);
      if (name.length > bytes >>> 0) throw new WasiError(Errno.NAMETOOLONG);
      memory.write(address, name);
    },

    sock_accept: unsupported,
    sock_recv: unsupported,
    sock_send: unsupported,
    sock_shutdown: unsupported,
  };
}

/** The times that a program sets, in ns since 1970; undefined if it leaves one. */
export function chosenTimes(
  atime: bigint,
  mtime: bigint,
  flags: number,
  clocks: Clocks,
): [atimeNs: bigint | undefined, mtimeNs: bigint | undefined] {
  const choose = (given: bigint, set: number, now: number): bigint | undefined => {
    if ((flags & set) !== 0 && (flags & now) !== 0) throw new WasiError(Errno.INVAL);
    if (flags & now) return clocks.realtimeNs();
    return flags & set ? BigInt.asUintN(64, given) : undefined;
  };
  return [choose(atime, TimeFlag.atime, TimeFlag.atimeNow), choose(mtime, TimeFlag.mtime, TimeFlag.mtimeNow)];
}

function withRight(descriptors: DescriptorTable, fd: number, right: bigint): Descriptor {
  const file = descriptors.get(fd);
  if (file.filetype === FileType.directory) throw new WasiError(Errno.ISDIR);
  file.demand(right);
  return file;
}

/** Any other descriptor is EBADF: wasi-libc counts up from 3 until it sees that. */
function preopenName(descriptors: DescriptorTable, fd: number): Uint8Array {
  const directory = descriptors.get(fd);
  if (!(directory instanceof HostDirectory && directory.preopened)) throw new WasiError(Errno.BADF);
  return encoder.encode(directory.preopen.guest);
}
