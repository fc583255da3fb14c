/**
 * The memory system calls, as the runtime's C imports them: <sys/mman.h> and what belongs to it. Sources: mm/mmap.c (ksys_mmap_pgoff, do_mmap),
 * mm/mprotect.c, mm/mremap.c, mm/msync.c, mm/mlock.c, mm/mincore.c, mm/memfd.c; flags have Linux's numbers.
 *
 * Invariant: each returns what Linux's system call does, errors as negative numbers of the program's C library. A range that a program names
 * is its own: what lies below the program's image and above the mappings belongs to nobody.
 */
import type { AddressSpace, MmapRequest } from '../memory/address-space.js';
import { Errno, isErrno } from '../memory/errno.js';
import { Access, Cause } from '../memory/event.js';
import { Advice } from '../memory/madvise.js';
import { RemapFlag } from '../memory/mremap.js';
import { PageCache } from '../memory/page-cache.js';
import { pagesFor, PAGE_COUNT, PAGE_SHIFT, PAGE_SIZE, type PageIndex } from '../memory/units.js';
import { isOrdinary, isShared, isWritable, linearPageIndex, Protection, VmaFlag, type Vma } from '../memory/vma.js';
import { sync } from '../memory/writeback.js';
import { CacheIo, type FileMappings } from './file-mappings.js';
import { HEAP_END, MAPPINGS_END, pageAt, STACK_BYTES, STACK_TOP } from './layout.js';
import type { LinearMemory } from './linear-memory.js';
import type { ProcessMemory } from './process-memory.js';
import { programErrno } from './program-errno.js';
import type { RuntimeImport } from './runtime-import.js';
import { FileType, Right } from './wasi/abi.js';
import { WasiError } from './wasi/errno.js';
import type { Descriptor, DescriptorTable } from './wasi/file-descriptors.js';
import { HostFile } from './wasi/host-files.js';
import { MemoryFile } from './wasi/memory-file.js';

/** MAP_* of <sys/mman.h>. */
const MapFlag = {
  SHARED: 1,
  PRIVATE: 2,
  SHARED_VALIDATE: 3,
  TYPE: 0x0f,
  FIXED: 0x10,
  ANONYMOUS: 0x20,
  LOCKED: 0x2000,
  POPULATE: 0x8000,
  NONBLOCK: 0x10000,
  HUGETLB: 0x40000,
  SYNC: 0x80000,
  FIXED_NOREPLACE: 0x100000,
} as const;
/** What MAP_SHARED_VALIDATE knows: all that there is but MAP_SYNC, which depends on the file. */
const KNOWN_FLAGS = 0x17_f93f;
const Msync = { ASYNC: 1, INVALIDATE: 2, SYNC: 4 } as const;
const Mcl = { CURRENT: 1, FUTURE: 2, ONFAULT: 4 } as const;
/** memfd_create's and shm_open's, as the runtime's C numbers them. */
const MFD_HUGETLB = 4;
const Shm = { CREATE: 1, EXCLUSIVE: 2, TRUNCATE: 4, WRITE: 8 } as const;
/** The lowest page that a program may map: that of its stack. */
const LOWEST_PAGE = pageAt(STACK_TOP - STACK_BYTES);

/** The process that calls. */
export interface MemoryCallHost {
  readonly mm: AddressSpace;
  readonly linear: LinearMemory;
  readonly memory: ProcessMemory;
  readonly files: FileMappings;
  readonly descriptors: DescriptorTable;
  /** Runs with the code offset of the user's call that the runtime serves. */
  atCall<T>(work: () => T): T;
}

/** A descriptor that knows itself how it is mapped: a device's. */
interface MappableDescriptor {
  mmap(request: Omit<MmapRequest, 'kind' | 'backing'>): PageIndex | Errno;
}

export function memoryCalls(host: MemoryCallHost): Record<string, RuntimeImport> {
  const calls = new MemoryCalls(host);
  const call =
    (work: (...values: number[]) => number): RuntimeImport =>
    (...values) =>
      host.atCall(() => answer(() => work(...values.map((value) => value >>> 0))));
  return {
    mmap: call((address = 0, bytes = 0, protection = 0, flags = 0, fd = 0, offset = 0) =>
      calls.mmap(address, bytes, protection, flags, fd, offset),
    ),
    munmap: call((address = 0, bytes = 0) => calls.munmap(address, bytes)),
    mprotect: call((address = 0, bytes = 0, protection = 0) => calls.mprotect(address, bytes, protection)),
    mremap: call((address = 0, bytes = 0, newBytes = 0, flags = 0, newAddress = 0) =>
      calls.mremap(address, bytes, newBytes, flags, newAddress),
    ),
    madvise: call((address = 0, bytes = 0, advice = 0) => calls.madvise(address, bytes, advice)),
    mlock: call((address = 0, bytes = 0, onFault = 0) => calls.mlock(address, bytes, onFault !== 0)),
    munlock: call((address = 0, bytes = 0) => calls.munlock(address, bytes)),
    mlockall: call((flags = 0) => calls.mlockall(flags)),
    munlockall: call(() => calls.munlockall()),
    msync: call((address = 0, bytes = 0, flags = 0) => calls.msync(address, bytes, flags)),
    mincore: call((address = 0) => calls.mincore(address)),
    memfd_create: call((name = 0, flags = 0) =>
      (flags & MFD_HUGETLB) !== 0
        ? Errno.ENOMEM
        : host.descriptors.add(() => host.files.memoryFile(`memfd:${host.linear.text(name)}`)),
    ),
    shm_open: call((name = 0, flags = 0) => {
      const is = (flag: number): boolean => (flags & flag) !== 0;
      const text = host.linear.text(name);
      return host.descriptors.add(() =>
        host.files.namedMemory(text, is(Shm.CREATE), is(Shm.EXCLUSIVE), is(Shm.TRUNCATE), is(Shm.WRITE)),
      );
    }),
    shm_unlink: call((name = 0) => {
      host.files.unlinkNamed(host.linear.text(name));
      return 0;
    }),
    hmm_dax_file: call((fd = 0) => {
      const file = host.descriptors.get(fd);
      return file instanceof HostFile ? host.files.makeDax(file) : Errno.EINVAL;
    }),
    hmm_map_dax: call((bytes = 0) => calls.mapDax(bytes)),
  };
}

/** What a call answers: its value, or an errno as a negative number. */
function answer(work: () => number): number {
  try {
    const result = work();
    return result < 0 ? -programErrno(result as Errno) : result | 0;
  } catch (error) {
    if (error instanceof WasiError) return -error.errno;
    throw error;
  }
}

class MemoryCalls {
  /** mlockall(MCL_FUTURE): what is mapped from now on is locked; undefined: not so. */
  private lockFuture: { readonly onFault: boolean } | undefined;

  constructor(private readonly host: MemoryCallHost) {}

  mmap(address: number, bytes: number, protection: number, flags: number, fd: number, offset: number): number {
    const type = flags & MapFlag.TYPE;
    if (bytes === 0 || (protection & ~7) !== 0) return Errno.EINVAL;
    if (type !== MapFlag.SHARED && type !== MapFlag.PRIVATE && type !== MapFlag.SHARED_VALIDATE) return Errno.EINVAL;
    if (type === MapFlag.SHARED_VALIDATE && (flags & ~(KNOWN_FLAGS | MapFlag.SYNC)) !== 0) return Errno.EOPNOTSUPP;
    const fixed = (flags & (MapFlag.FIXED | MapFlag.FIXED_NOREPLACE)) !== 0;
    if (fixed && address % PAGE_SIZE !== 0) return Errno.EINVAL;
    const pageCount = pagesFor(bytes);
    if (offset + pageCount > 2 ** 32) return Errno.EINVAL;
    // There is no pool of huge pages.
    if ((flags & MapFlag.HUGETLB) !== 0) return (flags & MapFlag.ANONYMOUS) !== 0 ? Errno.ENOMEM : Errno.EINVAL;
    const start = pageAt(address);
    if (fixed) {
      if (start === 0) return Errno.EPERM;
      if (start < LOWEST_PAGE || start + pageCount > pageAt(MAPPINGS_END)) return Errno.ENOMEM;
      if ((flags & MapFlag.FIXED_NOREPLACE) !== 0 && this.isTaken(start, pageCount)) return Errno.EEXIST;
    }
    const place = fixed || isMappingArea(start, pageCount) ? { start, fixed } : {};
    const request = { ...place, pageCount, protection: protection };
    if (!this.host.memory.hasRoom(pageCount * PAGE_SIZE)) return Errno.ENOMEM;
    const mapped = this.map(request, flags, type !== MapFlag.PRIVATE, fd | 0, offset);
    if (isErrno(mapped)) return mapped;
    this.populate(mapped, pageCount, flags);
    return mapped * PAGE_SIZE;
  }

  munmap(address: number, bytes: number): number {
    if (address % PAGE_SIZE !== 0 || bytes === 0) return Errno.EINVAL;
    const [start, count] = [pageAt(address), pagesFor(bytes)];
    if (start + count > PAGE_COUNT) return Errno.EINVAL;
    this.host.memory.disown(start, count);
    return this.host.mm.munmap(start, count);
  }

  mprotect(address: number, bytes: number, protection: number): number {
    if (address % PAGE_SIZE !== 0 || (protection & ~7) !== 0) return Errno.EINVAL;
    const [start, count] = [pageAt(address), pagesFor(bytes)];
    if (count === 0) return 0;
    if (start + count > PAGE_COUNT) return Errno.ENOMEM;
    const refused = (vma: Vma): boolean => isShared(vma) && (vma.flags & VmaFlag.NOWRITE) !== 0;
    if ((protection & Protection.write) !== 0 && this.areasIn(start, count).some(refused)) return Errno.EACCES;
    return this.host.mm.mprotect(start, count, protection);
  }

  mremap(address: number, bytes: number, newBytes: number, flags: number, newAddress: number): number {
    const { mm, memory } = this.host;
    if (address % PAGE_SIZE !== 0 || newBytes === 0) return Errno.EINVAL;
    const [start, count, newCount] = [pageAt(address), pagesFor(bytes), pagesFor(newBytes)];
    if ((flags & RemapFlag.FIXED) !== 0) {
      if (newAddress % PAGE_SIZE !== 0) return Errno.EINVAL;
      if (pageAt(newAddress) < LOWEST_PAGE || pageAt(newAddress) + newCount > pageAt(MAPPINGS_END)) return Errno.EINVAL;
    }
    if (newCount > count && !memory.hasRoom((newCount - count) * PAGE_SIZE)) return Errno.ENOMEM;
    const wish = (flags & (RemapFlag.FIXED | RemapFlag.DONTUNMAP)) !== 0 ? pageAt(newAddress) : undefined;
    const usable = wish !== undefined && wish >= LOWEST_PAGE ? wish : undefined;
    const name = mm.findVma(start)?.backing?.name ?? null;
    const target = mm.mremap(start, count, newCount, flags, usable);
    if (isErrno(target)) return target;
    if (target === start) {
      if (newCount > count) memory.adopt((start + count) as PageIndex, newCount - count, name);
      else memory.disown((start + newCount) as PageIndex, count - newCount);
      return target * PAGE_SIZE;
    }
    if ((flags & RemapFlag.DONTUNMAP) === 0) memory.disown(start, count);
    memory.disown(target, newCount);
    memory.adopt(target, newCount, name);
    return target * PAGE_SIZE;
  }

  madvise(address: number, bytes: number, advice: number): number {
    if (address % PAGE_SIZE !== 0) return Errno.EINVAL;
    const count = pagesFor(bytes);
    if (pageAt(address) + count > PAGE_COUNT) return Errno.EINVAL;
    const known = Object.values(Advice).some((value) => value === advice);
    if (count === 0) return known ? 0 : Errno.EINVAL;
    return this.host.mm.madvise(pageAt(address), count, advice);
  }

  mlock(address: number, bytes: number, onFault: boolean): number {
    const { start, count } = around(address, bytes);
    if (start + count > PAGE_COUNT) return Errno.EINVAL;
    return this.host.mm.mlock(start, count, onFault);
  }

  munlock(address: number, bytes: number): number {
    const { start, count } = around(address, bytes);
    return start + count > PAGE_COUNT ? Errno.EINVAL : this.host.mm.munlock(start, count);
  }

  mlockall(flags: number): number {
    if (flags === 0 || flags === Mcl.ONFAULT || flags > 7) return Errno.EINVAL;
    const onFault = (flags & Mcl.ONFAULT) !== 0;
    this.lockFuture = (flags & Mcl.FUTURE) !== 0 ? { onFault } : undefined;
    if ((flags & Mcl.CURRENT) === 0) return 0;
    // What cannot be faulted in is locked all the same.
    for (const { start, end } of this.ordinaryAreas()) this.host.mm.mlock(start, end - start, onFault);
    return 0;
  }

  munlockall(): number {
    this.lockFuture = undefined;
    for (const { start, end } of this.ordinaryAreas()) this.host.mm.munlock(start, end - start);
    return 0;
  }

  msync(address: number, bytes: number, flags: number): number {
    const both = Msync.ASYNC | Msync.SYNC;
    if ((flags & ~7) !== 0 || (flags & both) === both || address % PAGE_SIZE !== 0) return Errno.EINVAL;
    const [start, count] = [pageAt(address), pagesFor(bytes)];
    if (start + count > PAGE_COUNT) return Errno.ENOMEM;
    let covered = 0;
    let error: 0 | Errno = 0;
    for (const vma of this.areasIn(start, count)) {
      const [from, to] = [Math.max(vma.start, start), Math.min(vma.end, start + count)];
      covered += to - from;
      if ((flags & Msync.INVALIDATE) !== 0 && (vma.flags & VmaFlag.LOCKED) !== 0) return Errno.EBUSY;
      const { backing } = vma;
      if ((flags & Msync.SYNC) === 0 || !isShared(vma) || !(backing instanceof PageCache)) continue;
      const first = linearPageIndex(vma, from);
      const failed = sync(backing, first, first + (to - from), Cause.user);
      if (failed !== 0) error = failed;
    }
    if (error !== 0) return error;
    return covered < count ? Errno.ENOMEM : 0;
  }

  /** Of one page: 1 = in memory, its file's page included. */
  mincore(address: number): number {
    const page = pageAt(address);
    const found = this.host.mm.mincore(page, 1);
    if (typeof found === 'number') return found;
    const vma = this.host.mm.findVma(page);
    if (found[0] === 1 || !(vma?.backing instanceof PageCache)) return found[0] ?? 0;
    return Number(vma.backing.pages.has(linearPageIndex(vma, page)));
  }

  mapDax(bytes: number): number {
    if (bytes === 0) return Errno.EINVAL;
    const pageCount = pagesFor(bytes);
    if (!this.host.memory.hasRoom(pageCount * PAGE_SIZE)) return Errno.ENOMEM;
    const cache = this.host.files.daxRegion(pageCount * PAGE_SIZE);
    const request = { pageCount, protection: Protection.readWrite };
    const start = this.mapCache(cache, request, VmaFlag.SHARED, 0);
    return isErrno(start) ? start : start * PAGE_SIZE;
  }

  private map(
    request: Omit<MmapRequest, 'kind'>,
    flags: number,
    shared: boolean,
    fd: number,
    offset: number,
  ): PageIndex | Errno {
    const sharedFlag = shared ? VmaFlag.SHARED : 0;
    if ((flags & MapFlag.ANONYMOUS) !== 0) {
      if (!shared) return this.place({ ...request, kind: 'anonymous' }, null);
      const cache = this.host.files.memory('shared memory', request.pageCount * PAGE_SIZE);
      return this.mapCache(cache, request, sharedFlag, 0);
    }
    const file = this.host.descriptors.get(fd);
    if (file.filetype === FileType.directory) return Errno.ENODEV;
    const writable = (file.rights & Right.fdWrite) !== 0n;
    if ((file.rights & Right.fdRead) === 0n) return Errno.EACCES;
    if (shared && !writable && (request.protection & Protection.write) !== 0) return Errno.EACCES;
    const vmaFlags = sharedFlag | (shared && !writable ? VmaFlag.NOWRITE : 0);
    const validated = (flags & MapFlag.TYPE) === MapFlag.SHARED_VALIDATE && (flags & MapFlag.SYNC) !== 0;
    if (isMappable(file)) {
      if (request.fixed === true && request.start !== undefined)
        this.host.memory.disown(request.start, request.pageCount);
      const start = file.mmap({ ...request, flags: vmaFlags, pageOffset: offset });
      if (!isErrno(start)) this.host.memory.adopt(start, request.pageCount, null);
      return start;
    }
    const cache = this.cacheOf(file);
    if (cache === undefined) return Errno.ENODEV;
    if (validated && cache.kind !== 'dax') return Errno.EOPNOTSUPP;
    return this.mapCache(cache, request, vmaFlags, offset);
  }

  private cacheOf(file: Descriptor): PageCache | undefined {
    if (file instanceof HostFile) return this.host.files.ofHost(file);
    return file instanceof MemoryFile && file.file instanceof CacheIo ? file.file.cache : undefined;
  }

  private mapCache(
    cache: PageCache,
    request: Omit<MmapRequest, 'kind'>,
    flags: number,
    pageOffset: number,
  ): PageIndex | Errno {
    const kind = cache.kind === 'shmem' ? 'shared' : cache.kind;
    const start = this.place({ ...request, kind, flags, pageOffset, backing: cache }, cache.name);
    if (isErrno(start)) this.host.files.caches.releaseUnused(cache);
    return start;
  }

  private place(request: MmapRequest, name: string | null): PageIndex | Errno {
    const { mm, memory, linear } = this.host;
    const { pageCount } = request;
    if (request.fixed === true && request.start !== undefined) memory.disown(request.start, pageCount);
    const start = mm.mmap(request);
    if (isErrno(start)) return start;
    if (!linear.provide(start * PAGE_SIZE, (start + pageCount) * PAGE_SIZE)) {
      mm.munmap(start, pageCount);
      return Errno.ENOMEM;
    }
    memory.adopt(start, pageCount, name);
    return start;
  }

  /** MAP_POPULATE, MAP_LOCKED and mlockall(MCL_FUTURE); what cannot be faulted in is left to whoever touches it. */
  private populate(start: PageIndex, count: number, flags: number): void {
    const { mm } = this.host;
    const locked = (flags & MapFlag.LOCKED) !== 0 || this.lockFuture !== undefined;
    if (locked) mm.mlock(start, count, this.lockFuture?.onFault === true && (flags & MapFlag.LOCKED) === 0);
    if ((flags & MapFlag.POPULATE) === 0 || (flags & MapFlag.NONBLOCK) !== 0) return;
    const vma = mm.findVma(start);
    const access = vma && isWritable(vma) && !isShared(vma) ? Access.write : Access.read;
    for (let page = start; page < start + count; page++) if (!mm.faultIn(page, access).ok) return;
  }

  private isTaken(start: PageIndex, count: number): boolean {
    return this.areasIn(start, count).length > 0;
  }

  private areasIn(start: number, count: number): Vma[] {
    return [...this.host.mm.vmas()].filter((vma) => vma.start < start + count && vma.end > start);
  }

  private ordinaryAreas(): Vma[] {
    return [...this.host.mm.vmas()].filter(isOrdinary);
  }
}

/** Whether a wish lies where mappings go; any other is not heeded. */
function isMappingArea(start: number, count: number): boolean {
  return start >= HEAP_END >>> PAGE_SHIFT && start + count <= MAPPINGS_END >>> PAGE_SHIFT;
}

/** The pages that a range touches, which need not begin on one. */
function around(address: number, bytes: number): { readonly start: PageIndex; readonly count: number } {
  const start = pageAt(address);
  return { start, count: bytes === 0 ? 0 : pagesFor((address % PAGE_SIZE) + bytes) };
}

function isMappable(file: Descriptor): file is Descriptor & MappableDescriptor {
  return 'mmap' in file && typeof file.mmap === 'function';
}
