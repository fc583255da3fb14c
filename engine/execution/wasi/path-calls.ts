/**
 * The calls on paths (`path_*`): every one resolves its path within a preopened directory first.
 *
 * Invariant: nothing below a read-only preopen is changed; what would change it ends with EROFS. Only regular files and
 * directories are opened: a pipe or a device could block the thread for ever.
 * Source: wasi_snapshot_preview1.witx; the order of checks is Linux's (fs/namei.c).
 */
import * as fs from 'node:fs';
import { type FileStatus, type FileType, LookupFlag, OpenFlag, Right, encodeFileStatus } from './abi.js';
import type { CallTable } from './call-table.js';
import type { Clocks } from './clocks.js';
import { chosenTimes } from './descriptor-calls.js';
import { Errno, WasiError, hostCall } from './errno.js';
import type { Descriptor, DescriptorTable, SpecialFile, SpecialFiles } from './file-descriptors.js';
import type { GuestMemory } from './guest-memory.js';
import {
  type CachedFiles,
  fileKey,
  fileStatus,
  HostDirectory,
  HostFile,
  HostHandle,
  hostTimes,
  type InodeNumbers,
} from './host-files.js';
import type { Place, Preopen } from './preopen.js';

const encoder = new TextEncoder();
/** A path's limit in bytes, Linux's PATH_MAX. */
const MAX_PATH_BYTES = 4096;

/** A place where something is. */
type Existing = Place & { readonly stat: fs.BigIntStats };

interface Lookup {
  readonly place: Place;
  readonly preopen: Preopen;
}

export function pathCalls(
  memory: GuestMemory,
  descriptors: DescriptorTable,
  clocks: Clocks,
  inodes: InodeNumbers,
  special: SpecialFiles | undefined,
  cachedFiles: CachedFiles,
): CallTable {
  const lookUp = (fd: number, path: number, bytes: number, follow: boolean): Lookup => {
    const directory = descriptors.get(fd);
    if (!(directory instanceof HostDirectory)) throw new WasiError(Errno.NOTDIR);
    if (bytes >>> 0 > MAX_PATH_BYTES) throw new WasiError(Errno.NAMETOOLONG);
    const place = directory.resolve(memory.readString(path, bytes), follow);
    return { place, preopen: directory.preopen };
  };
  const specialFile = (fd: number, path: number, bytes: number): SpecialFile | undefined => {
    if (special === undefined || bytes >>> 0 > MAX_PATH_BYTES) return undefined;
    const directory = descriptors.get(fd);
    if (!(directory instanceof HostDirectory)) return undefined;
    return special(directory.absolute(memory.readString(path, bytes)));
  };
  const unsupported = (): void => {
    throw new WasiError(Errno.NOTSUP);
  };

  return {
    path_open(
      fd: number,
      lookupFlags: number,
      path: number,
      bytes: number,
      openFlags: number,
      rights: bigint,
      _inheritedRights: bigint,
      fdFlags: number,
      result: number,
    ) {
      const found = specialFile(fd, path, bytes);
      if (found) {
        if ((openFlags & OpenFlag.directory) !== 0) throw new WasiError(Errno.NOTDIR);
        if ((openFlags & OpenFlag.create) !== 0 && (openFlags & OpenFlag.exclusive) !== 0)
          throw new WasiError(Errno.EXIST);
        memory.writeU32(
          result,
          descriptors.add(() => found.open(BigInt.asUintN(64, rights), fdFlags)),
        );
        return;
      }
      const makesNew = (openFlags & OpenFlag.create) !== 0 && (openFlags & OpenFlag.exclusive) !== 0;
      const follow = (lookupFlags & LookupFlag.symlinkFollow) !== 0 && !makesNew;
      const lookup = lookUp(fd, path, bytes, follow);
      const open = (): Descriptor =>
        openAt(lookup, openFlags, BigInt.asUintN(64, rights), fdFlags, inodes, cachedFiles);
      memory.writeU32(result, descriptors.add(open));
    },

    path_filestat_get(fd: number, lookupFlags: number, path: number, bytes: number, result: number) {
      const found = specialFile(fd, path, bytes);
      if (found) {
        memory.write(result, encodeFileStatus(specialStatus(found.filetype)));
        return;
      }
      const { place } = lookUp(fd, path, bytes, (lookupFlags & LookupFlag.symlinkFollow) !== 0);
      memory.write(result, encodeFileStatus(fileStatus(existing(place).stat, inodes)));
    },
    path_filestat_set_times(
      fd: number,
      lookupFlags: number,
      path: number,
      bytes: number,
      atime: bigint,
      mtime: bigint,
      timeFlags: number,
    ) {
      const { place, preopen } = lookUp(fd, path, bytes, (lookupFlags & LookupFlag.symlinkFollow) !== 0);
      const { host, stat } = existing(place);
      demandWritable(preopen);
      const [atimeSeconds, mtimeSeconds] = hostTimes(stat, ...chosenTimes(atime, mtime, timeFlags, clocks));
      hostCall(() => fs.lutimesSync(host, atimeSeconds, mtimeSeconds));
    },

    path_create_directory(fd: number, path: number, bytes: number) {
      const { place, preopen } = lookUp(fd, path, bytes, false);
      if (place.stat) throw new WasiError(Errno.EXIST);
      demandWritable(preopen);
      hostCall(() => fs.mkdirSync(place.host));
    },
    path_remove_directory(fd: number, path: number, bytes: number) {
      const { place, preopen } = lookUp(fd, path, bytes, false);
      if (!existing(place).stat.isDirectory()) throw new WasiError(Errno.NOTDIR);
      demandWritable(preopen);
      if (place.components.length === 0) throw new WasiError(Errno.BUSY);
      hostCall(() => fs.rmdirSync(place.host));
    },
    path_unlink_file(fd: number, path: number, bytes: number) {
      const { place, preopen } = lookUp(fd, path, bytes, false);
      if (existing(place).stat.isDirectory()) throw new WasiError(Errno.ISDIR);
      demandWritable(preopen);
      hostCall(() => fs.unlinkSync(place.host));
    },
    path_rename(fromFd: number, fromPath: number, fromBytes: number, toFd: number, toPath: number, toBytes: number) {
      const from = lookUp(fromFd, fromPath, fromBytes, false);
      const to = lookUp(toFd, toPath, toBytes, false);
      const { stat } = existing(from.place);
      demandWritable(from.preopen);
      demandWritable(to.preopen);
      if (from.place.components.length === 0 || to.place.components.length === 0) throw new WasiError(Errno.BUSY);
      if (to.place.directoryNamed && !stat.isDirectory()) throw new WasiError(Errno.NOTDIR);
      hostCall(() => fs.renameSync(from.place.host, to.place.host));
    },
    path_readlink(fd: number, path: number, bytes: number, address: number, maxBytes: number, result: number) {
      const { place } = lookUp(fd, path, bytes, false);
      if (!existing(place).stat.isSymbolicLink()) throw new WasiError(Errno.INVAL);
      const target = encoder.encode(hostCall(() => fs.readlinkSync(place.host))).subarray(0, maxBytes >>> 0);
      memory.write(address, target);
      memory.writeU32(result, target.length);
    },

    // A link made here could lead out for whoever uses the directory next.
    path_link: unsupported,
    path_symlink: unsupported,
  };
}

/** Status of what has neither size nor age. */
function specialStatus(filetype: FileType): FileStatus {
  return { inode: 0n, filetype, links: 1n, size: 0n, mtimeNs: 0n };
}

function existing(place: Place): Existing {
  const { stat } = place;
  if (!stat) throw new WasiError(Errno.NOENT);
  return { ...place, stat };
}

function demandWritable(preopen: Preopen): void {
  if (preopen.readOnly) throw new WasiError(Errno.ROFS);
}

/** Opens what is there or makes a file. */
function openAt(
  { place, preopen }: Lookup,
  openFlags: number,
  rights: bigint,
  fdFlags: number,
  inodes: InodeNumbers,
  cachedFiles: CachedFiles,
): Descriptor {
  const create = (openFlags & OpenFlag.create) !== 0;
  const truncate = (openFlags & OpenFlag.truncate) !== 0;
  const wantsDirectory = (openFlags & OpenFlag.directory) !== 0;
  const write = (rights & Right.fdWrite) !== 0n;
  const read = (rights & Right.fdRead) !== 0n;
  const { stat, host } = place;
  if (stat) {
    if (create && (openFlags & OpenFlag.exclusive) !== 0) throw new WasiError(Errno.EXIST);
    if (stat.isSymbolicLink()) throw new WasiError(Errno.LOOP);
    if (stat.isDirectory()) {
      // Some libraries ask for every right when they want a directory.
      if (create || truncate || (write && !wantsDirectory)) throw new WasiError(Errno.ISDIR);
      return new HostDirectory(preopen, place.components, false, inodes);
    }
    if (wantsDirectory) throw new WasiError(Errno.NOTDIR);
    if (!stat.isFile()) throw new WasiError(Errno.NOTSUP);
    if (write || truncate) demandWritable(preopen);
  } else {
    if (!create) throw new WasiError(Errno.NOENT);
    if (wantsDirectory) throw new WasiError(Errno.INVAL);
    if (place.directoryNamed) throw new WasiError(Errno.ISDIR);
    demandWritable(preopen);
  }
  let hostFlags: number = fs.constants.O_RDONLY;
  if (write) hostFlags = read ? fs.constants.O_RDWR : fs.constants.O_WRONLY;
  // Pages in memory have to go, too.
  const cached = truncate && stat ? cachedFiles(fileKey(stat)) : undefined;
  if (truncate && !cached) hostFlags |= fs.constants.O_TRUNC;
  // The path has been walked: a link or a file that is there now came from elsewhere in between.
  hostFlags |= stat ? NO_FOLLOW : fs.constants.O_CREAT | fs.constants.O_EXCL;
  const fd = hostCall(() => fs.openSync(host, hostFlags, 0o666));
  const handle = new HostHandle(fd, write, place.components.at(-1) ?? '');
  if (cached) cachedFiles(handle.key, handle)?.setSize(0);
  return new HostFile(handle, preopen.readOnly, inodes, cachedFiles, rights, fdFlags);
}

/** Windows has no such flag. */
const NO_FOLLOW = (fs.constants as Partial<typeof fs.constants>).O_NOFOLLOW ?? 0;
