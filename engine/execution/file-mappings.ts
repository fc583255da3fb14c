/**
 * Which file's pages are in memory: the host's files, files that are memory, and DAX. Between descriptors, which know the host, and the page
 * cache, which knows pages.
 *
 * Invariant: a file has at most one page cache, whatever descriptors and names it is reached by; while it has one, every read, write and
 * change of size goes through it.
 */
import * as fs from 'node:fs';
import { Errno } from '../memory/errno.js';
import { MappedFile } from '../memory/filemap.js';
import type { Mm } from '../memory/mm.js';
import type { PageCache, PageCacheOptions, PageStore } from '../memory/page-cache.js';
import { PageCaches } from '../memory/page-caches.js';
import { programErrno } from './program-errno.js';
import { Errno as WasiErrno, WasiError } from './wasi/errno.js';
import type { CachedFiles, HostFile, HostHandle } from './wasi/host-files.js';
import type { CachedFile } from './wasi/regular-file.js';
import { MemoryFile } from './wasi/memory-file.js';

/** Above the numbers that files of the host get. */
const FIRST_MEMORY_INODE = 1n << 32n;

export class FileMappings {
  readonly caches: PageCaches;
  private readonly byKey = new Map<string, CacheIo>();
  private readonly daxKeys = new Set<string>();
  private readonly named = new Map<string, CacheIo>();

  constructor(mm: Mm, options: PageCacheOptions) {
    this.caches = new PageCaches(mm, options);
  }

  /** For the system interface: what a file's reads and writes have to go through. */
  readonly cachedFiles: CachedFiles = (key, handle) => {
    const found = this.byKey.get(key);
    const { store } = found?.cache ?? {};
    if (handle && store instanceof HostStore) store.adopt(handle);
    return found;
  };

  /** The page cache of an open file, made if there is none. */
  ofHost(file: HostFile): PageCache {
    const { key, name } = file.handle;
    const known = this.cachedFiles(key, file.handle);
    if (known instanceof CacheIo) return known.cache;
    const store = new HostStore(file.handle, () => this.byKey.delete(key));
    const io = new CacheIo(this.caches.create(this.daxKeys.has(key) ? 'dax' : 'file', name, store));
    this.byKey.set(key, io);
    return io.cache;
  }

  /** Memory that processes share; it lives while it is mapped or has users. */
  memory(name: string, sizeBytes: number): PageCache {
    return this.caches.create('shmem', name, new MemoryStore(sizeBytes));
  }

  /** A region of storage that is memory, without a file. */
  daxRegion(sizeBytes: number): PageCache {
    return this.caches.create('dax', 'DAX region', new MemoryStore(sizeBytes));
  }

  /** memfd_create: a descriptor. */
  memoryFile(name: string): MemoryFile {
    return this.openMemory(new CacheIo(this.memory(name, 0)), true);
  }

  /** shm_open. Fails with EEXIST or ENOENT, as open does. */
  namedMemory(name: string, create: boolean, exclusive: boolean, truncate: boolean, writable: boolean): MemoryFile {
    let io = this.named.get(name);
    if (io && create && exclusive) throw new WasiError(WasiErrno.EXIST);
    if (!io) {
      if (!create) throw new WasiError(WasiErrno.NOENT);
      io = new CacheIo(this.memory(name, 0));
      io.cache.users++;
      this.named.set(name, io);
    }
    if (truncate && writable) io.setSize(0);
    return this.openMemory(io, writable);
  }

  unlinkNamed(name: string): void {
    const io = this.named.get(name);
    if (!io) throw new WasiError(WasiErrno.NOENT);
    this.named.delete(name);
    this.letGo(io.cache);
  }

  /** From now on the file lies on storage that is memory (FS_XFLAG_DAX). -EBUSY: pages of it are in memory already. */
  makeDax(file: HostFile): 0 | Errno {
    const { key } = file.handle;
    const known = this.byKey.get(key);
    if (known) return known.cache.kind === 'dax' ? 0 : Errno.EBUSY;
    this.daxKeys.add(key);
    return 0;
  }

  private openMemory(io: CacheIo, writable: boolean): MemoryFile {
    io.cache.users++;
    return new MemoryFile(io, FIRST_MEMORY_INODE + BigInt(io.cache.id), writable, () => {
      this.letGo(io.cache);
    });
  }

  private letGo(cache: PageCache): void {
    cache.users--;
    this.caches.releaseUnused(cache);
  }
}

/** A page cache with the errors of the system interface. */
export class CacheIo implements CachedFile {
  private readonly mapped: MappedFile;

  constructor(readonly cache: PageCache) {
    this.mapped = new MappedFile(cache);
  }

  get sizeBytes(): number {
    return this.mapped.sizeBytes;
  }

  read(maxBytes: number, offset: number, direct: boolean): Uint8Array {
    const bytes = direct ? this.mapped.readDirect(offset, maxBytes) : this.mapped.read(offset, maxBytes);
    if (typeof bytes === 'number') throw wasiError(bytes);
    return bytes;
  }

  write(chunk: Uint8Array, offset: number, direct: boolean): number {
    const written = direct ? this.mapped.writeDirect(offset, chunk) : this.mapped.write(offset, chunk);
    if (written < 0) throw wasiError(written as Errno);
    return written;
  }

  setSize(bytes: number): void {
    const error = this.mapped.truncate(bytes);
    if (error !== 0) throw wasiError(error);
  }

  sync(): void {
    const error = this.mapped.sync();
    if (error !== 0) throw wasiError(error);
  }
}

function wasiError(error: Errno): WasiError {
  return new WasiError(programErrno(error) as WasiErrno);
}

/** A file of the host's. */
class HostStore implements PageStore {
  readonly persistent = true;

  constructor(
    private handle: HostHandle,
    private readonly closed: () => void,
  ) {
    handle.get();
  }

  /** The first who mapped the file may have opened it read-only. */
  adopt(handle: HostHandle): void {
    if (this.handle.writable || !handle.writable) return;
    handle.get();
    this.handle.put();
    this.handle = handle;
  }

  get sizeBytes(): number {
    return fs.fstatSync(this.handle.fd).size;
  }

  resize(bytes: number): 0 | Errno {
    return attempt(() => {
      fs.ftruncateSync(this.handle.fd, bytes);
    });
  }

  read(offset: number, into: Uint8Array): 0 | Errno {
    return attempt(() => {
      let done = 0;
      while (done < into.length) {
        const count = fs.readSync(this.handle.fd, into, done, into.length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      into.fill(0, done);
    });
  }

  write(offset: number, from: Uint8Array): 0 | Errno {
    return attempt(() => {
      let done = 0;
      while (done < from.length) done += fs.writeSync(this.handle.fd, from, done, from.length - done, offset + done);
    });
  }

  close(): void {
    this.closed();
    this.handle.put();
  }
}

class MemoryStore implements PageStore {
  readonly persistent = false;

  constructor(public sizeBytes: number) {}

  resize(bytes: number): 0 {
    this.sizeBytes = bytes;
    return 0;
  }

  read(_offset: number, into: Uint8Array): 0 {
    into.fill(0);
    return 0;
  }

  write(): 0 {
    return 0;
  }
}

/** What the operating system refuses, as the kernel reports it to a page cache. */
function attempt(work: () => void): 0 | Errno {
  try {
    work();
    return 0;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && 'code' in error)) throw error;
    if (error.code === 'ENOSPC' || error.code === 'EDQUOT') return Errno.ENOSPC;
    return error.code === 'EFBIG' ? Errno.EFBIG : Errno.EIO;
  }
}
