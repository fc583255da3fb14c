/**
 * The pages of one file, of memory shared between processes, or of a DAX region: which frame holds which page, and where its newest bytes are.
 * Sources: the kernel's struct address_space (i_pages, i_mmap), mm/filemap.c (filemap_fault, filemap_map_folio), mm/memory.c (do_shared_fault,
 * wp_page_shared), mm/shmem.c.
 *
 * Invariant: a page's bytes are coherent wherever they are seen. They lie at the page's address in each process that maps it, and here while
 * no entry may write them; then all copies are alike. An entry that may write is the only one of its process for the page; a second mapping of
 * the same process takes the page by a fault. Of several processes one runs at a time; `refresh` brings its copies up to date when its turn comes.
 * The cache holds one reference to each of its frames.
 */

import type { Backing, BackingKind } from './backing.js';
import { installPage, zapPage } from './entries.js';
import type { Errno } from './errno.js';
import { Access, isWrite } from './event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from './fault.js';
import { FrameFlag, type FrameAllocator } from './frames.js';
import { MemoryInvariantError } from './invariant.js';
import { waitUntil, type Mm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import { makePte, pteFrame, pteType, PteType, pteWritable } from './page-table.js';
import type { PhysicalMemory } from './physical-memory.js';
import { frameNode, NO_FRAME, PAGE_SIZE, SYSTEM_NODE, type FrameNumber, type PageIndex } from './units.js';
import { isShared, isWritable, linearPageIndex, type Vma } from './vma.js';

/** Where a cache's bytes come from and go to. Offsets and sizes in bytes. */
export interface PageStore {
  readonly sizeBytes: number;
  /** Zeros are added, or the end is cut off. */
  resize(bytes: number): 0 | Errno;
  /** Fills `into`; what lies behind the end is zeros. */
  read(offset: number, into: Uint8Array): 0 | Errno;
  write(offset: number, from: Uint8Array): 0 | Errno;
  /** False: there is no storage, pages that are not in the cache are zeros (shmem). */
  readonly persistent: boolean;
  /** Nothing will be read or written any more. */
  close?(): void;
}

export interface CachePage {
  readonly index: number;
  /** System memory's, or a device's: then the cache has a device entry. NO_FRAME: it is in the swap area (shmem). */
  frame: FrameNumber;
  /** In the swap area, or -1. */
  slot: number;
  /** The newest bytes; undefined while `writer` has them. */
  bytes: Uint8Array | undefined;
  /** The process whose only mapping of the page has the newest bytes. */
  writer: Mm | undefined;
}

/** An entry that refers to a page. */
export interface PageMapping {
  readonly mm: Mm;
  readonly page: PageIndex;
}

export type CacheKind = Extract<BackingKind, 'file' | 'shmem' | 'dax'>;

/**
 * What becomes of pages of mapped files when a device wants them in its memory. upstream: they stay in system memory, the device maps them
 * there. 2014: the page cache holds a device entry and the file system knows of it; write-back copies, everything else brings the page back.
 * 2025: every look-up in the page cache brings the page back.
 */
export const FILE_PAGES_MODES = ['upstream', '2014', '2025'] as const;
export type FilePagesMode = (typeof FILE_PAGES_MODES)[number];

export interface PageCacheOptions {
  readonly filePages: FilePagesMode;
  /** What if pages of DAX regions could migrate: upstream, migrate_vma refuses them. */
  readonly daxMigration: boolean;
}

/** What all page caches of a machine have in common. */
export interface PageCacheHost {
  readonly physical: PhysicalMemory;
  readonly options: PageCacheOptions;
  /** The process that runs. */
  readonly current: Mm;
  /** An area over the cache is gone. */
  closed(cache: PageCache, mm: Mm, vma: Vma): void;
  /** A frame for a page, if need be after reclaiming one; NO_FRAME if there is none. */
  allocateFrame(): FrameNumber;
  /** Brings a page that no process maps back from a device's memory. False if there is no room. */
  takeBack(cache: PageCache, found: CachePage): boolean;
  recordSwapIn(found: CachePage): void;
}

export class PageCache implements Backing {
  readonly pages = new Map<number, CachePage>();
  /** What writing back failed with; the next sync says it, once. */
  error: 0 | Errno = 0;
  /** Descriptors and names that keep it alive when nothing maps it: only where there is no storage. */
  users = 0;

  constructor(
    readonly host: PageCacheHost,
    readonly id: number,
    readonly kind: CacheKind,
    readonly name: string,
    readonly store: PageStore,
  ) {}

  get deviceEntriesAllowed(): boolean {
    if (this.kind === 'dax') return this.host.options.daxMigration;
    return this.kind === 'file' && this.host.options.filePages !== 'upstream';
  }

  /** Whether the first write to a page has to be heard of, because somebody has to write it back (vma_wants_writenotify). */
  get writeNotify(): boolean {
    return this.kind === 'file';
  }

  opened(): void {
    // The reverse mapping finds areas through their processes.
  }

  closed(mm: Mm, vma: Vma): void {
    this.host.closed(this, mm, vma);
  }

  fault(mm: Mm, vma: Vma, page: PageIndex, access: Access): FaultResult {
    const index = linearPageIndex(vma, page);
    if (index * PAGE_SIZE >= this.store.sizeBytes) return fatalFault('beyond-file');
    const found = this.lookUp(index);
    if ('ok' in found) return found;
    const others = this.mappings(found).filter((at) => at.mm === mm);
    const write = isShared(vma) && isWrite(access);
    const writable = write || (isShared(vma) && isWritable(vma) && !this.writeNotify && others.length === 0);
    if (writable) for (const at of others) this.#unmapEntry(at);
    else if (others.length > 0) this.writeProtect(found);
    mm.contents?.bytes(page).set(this.newest(found));
    this.framesOf(found).get(found.frame);
    installPage(mm, vma, page, found.frame, writable);
    if (writable) this.#madeWritable(found, mm);
    return FAULT_RESOLVED;
  }

  makeWritable(mm: Mm, vma: Vma, page: PageIndex): FaultResult {
    const index = linearPageIndex(vma, page);
    if (index * PAGE_SIZE >= this.store.sizeBytes) return fatalFault('beyond-file');
    const found = this.pages.get(index);
    const pte = mm.pageTable.get(page);
    if (found?.frame !== pteFrame(pte)) throw new MemoryInvariantError('a mapped page is not in its cache', { page });
    for (const at of this.mappings(found)) if (at.mm === mm && at.page !== page) this.#unmapEntry(at);
    mm.pageTable.set(page, makePte(pteType(pte), found.frame, true));
    this.#madeWritable(found, mm);
    return FAULT_RESOLVED;
  }

  unmapped(mm: Mm, page: PageIndex, frame: FrameNumber): void {
    const found = this.pages.get(this.host.physical.of(frame).indexOf(frame));
    if (found?.frame !== frame || found.writer !== mm || found.bytes !== undefined) return;
    found.bytes = mm.contents?.bytes(page).slice();
    found.writer = undefined;
    // Another process that maps it has to have what this one wrote; one that may write it has the newest bytes from now on.
    for (const at of this.mappings(found)) {
      if (at.mm === mm || found.bytes === undefined) continue;
      at.mm.contents?.bytes(at.page).set(found.bytes);
      if (pteWritable(at.mm.pageTable.get(at.page))) this.#newestIsIn(found, at.mm);
    }
  }

  punch(firstPage: number, count: number): 0 | Errno {
    for (const found of [...this.pages.values()]) {
      if (found.index < firstPage || found.index >= firstPage + count) continue;
      this.unmap(found);
      this.drop(found);
    }
    const offset = firstPage * PAGE_SIZE;
    const bytes = Math.min(count * PAGE_SIZE, this.store.sizeBytes - offset);
    return this.store.persistent && bytes > 0 ? this.store.write(offset, new Uint8Array(bytes)) : 0;
  }

  replacePage(index: number, from: FrameNumber, to: FrameNumber): boolean {
    const found = this.pages.get(index);
    if (found?.frame !== from) return false;
    const [source, target] = [this.host.physical.of(from), this.host.physical.of(to)];
    target.get(to);
    target.setMapping(to, this.id, index);
    if (source.hasFlag(from, FrameFlag.DIRTY)) target.setFlag(to, FrameFlag.DIRTY);
    found.frame = to;
    source.put(from);
    return true;
  }

  /* --- look-up -------------------------------------------------------------------------------------------------------- */

  /** The page in memory that the CPU reaches: read in if it is missing, brought back if a device has it; or why that failed. */
  lookUp(index: number): CachePage | (FaultResult & { readonly ok: false }) {
    const known = this.pages.get(index);
    if (known !== undefined && known.frame !== NO_FRAME) {
      const back = this.bringBack(known);
      return back.ok ? known : back;
    }
    const { physical } = this.host;
    const frame = this.host.allocateFrame();
    if (frame === NO_FRAME) return failed('out-of-memory');
    if (known !== undefined) {
      physical.swap.release(known.slot);
      known.slot = -1;
      known.frame = frame;
      physical.system.setFlag(frame, FrameFlag.DIRTY);
      this.host.recordSwapIn(known);
    }
    const bytes = new Uint8Array(PAGE_SIZE);
    if (known === undefined && this.store.read(index * PAGE_SIZE, bytes) !== 0) {
      physical.system.put(frame);
      return failed('driver-failed');
    }
    physical.system.setMapping(frame, this.id, index);
    physical.cachedFrames++;
    if (known !== undefined) return known;
    const found: CachePage = { index, frame, slot: -1, bytes, writer: undefined };
    this.pages.set(index, found);
    if (!this.store.persistent) physical.system.setFlag(frame, FrameFlag.DIRTY);
    return found;
  }

  /** Brings a page back from a device's private memory: by the fault of whoever maps it, or by the cache itself if nobody does. */
  bringBack(found: CachePage): FaultResult {
    if (!this.isOnDevice(found)) return FAULT_RESOLVED;
    const { frame } = found;
    const pagemap = this.host.physical.pagemapOf(frame);
    const at = this.mappings(found)[0];
    if (pagemap === undefined) return fatalFault('driver-failed');
    if (at === undefined) return this.host.takeBack(this, found) ? FAULT_RESOLVED : fatalFault('out-of-memory');
    const { frames } = pagemap;
    const waited = waitUntil(at.mm, { kind: 'pageLock', page: at.page }, () => !frames.isLocked(frame));
    if (found.frame === frame) {
      if (waited !== 'ready' || !frames.tryLock(frame)) return fatalFault('driver-failed');
      frames.get(frame);
      try {
        const result = pagemap.migrateToRam(at.mm, at.page, Access.read);
        if (!result.ok) return result;
      } finally {
        frames.unlock(frame);
        frames.put(frame);
      }
    }
    return this.isOnDevice(found) ? fatalFault('driver-failed') : FAULT_RESOLVED;
  }

  /** Whether the page is in memory that the CPU cannot reach. */
  isOnDevice({ frame }: CachePage): boolean {
    if (frame === NO_FRAME || frameNode(frame) === SYSTEM_NODE) return false;
    return this.host.physical.pagemapOf(frame)?.type === 'private';
  }

  /** Every entry, in every process, that refers to the page. */
  mappings({ frame }: CachePage): PageMapping[] {
    const found: PageMapping[] = [];
    if (frame !== NO_FRAME) this.host.physical.rmap(frame, (mm, page) => found.push({ mm, page }));
    return found;
  }

  framesOf({ frame }: CachePage): FrameAllocator {
    return this.host.physical.of(frame);
  }

  isDirty(found: CachePage): boolean {
    return found.frame !== NO_FRAME && this.framesOf(found).hasFlag(found.frame, FrameFlag.DIRTY);
  }

  /** The page's bytes as they are now: to be read before anything else happens. */
  newest(found: CachePage): Uint8Array {
    if (found.bytes !== undefined) return found.bytes;
    const at = this.mappings(found).find(({ mm }) => mm === found.writer);
    const bytes = at?.mm.contents?.bytes(at.page);
    if (bytes === undefined)
      throw new MemoryInvariantError('the bytes of a cached page are lost', { index: found.index });
    return bytes;
  }

  /* --- changing entries ----------------------------------------------------------------------------------------------- */

  /** page_mkclean: the next write to the page, by the CPU or by a device, is heard of. Its newest bytes are here from now on. */
  writeProtect(found: CachePage): void {
    for (const { mm, page } of this.mappings(found)) {
      const pte = mm.pageTable.get(page);
      if (pteType(pte) !== PteType.present || !pteWritable(pte)) continue;
      mm.notifiers.start({
        event: MmuNotifyEvent.PROTECTION_PAGE,
        start: page,
        count: 1,
        owner: undefined,
        blockable: true,
      });
      mm.pageTable.set(page, makePte(PteType.present, found.frame, false));
      mm.notifiers.end();
    }
    if (found.bytes !== undefined) return;
    const bytes = this.newest(found).slice();
    for (const { mm, page } of this.mappings(found)) if (mm !== found.writer) mm.contents?.bytes(page).set(bytes);
    found.bytes = bytes;
    found.writer = undefined;
  }

  /** Takes every mapping of the page away. */
  unmap(found: CachePage): void {
    for (const at of this.mappings(found)) this.#unmapEntry(at);
  }

  /** The cache lets go of a page that nobody maps. */
  drop(found: CachePage): void {
    const { physical } = this.host;
    this.pages.delete(found.index);
    if (found.frame === NO_FRAME) {
      physical.swap.release(found.slot);
      return;
    }
    physical.cachedFrames--;
    this.framesOf(found).put(found.frame);
  }

  /** The bytes of the pages that a process maps become the newest: its turn to run has come. */
  refresh(mm: Mm): void {
    for (const found of this.pages.values()) {
      if (found.frame === NO_FRAME || found.writer === mm) continue;
      for (const at of this.mappings(found)) {
        if (at.mm !== mm) continue;
        mm.contents?.bytes(at.page).set(this.newest(found));
        if (found.bytes === undefined && pteWritable(mm.pageTable.get(at.page))) found.writer = mm;
      }
    }
  }

  #madeWritable(found: CachePage, mm: Mm): void {
    this.framesOf(found).setFlag(found.frame, FrameFlag.DIRTY);
    this.#newestIsIn(found, mm);
  }

  #newestIsIn(found: CachePage, mm: Mm): void {
    if (mm.contents === undefined) return;
    found.bytes = undefined;
    found.writer = mm;
  }

  #unmapEntry({ mm, page }: PageMapping): void {
    const vma = mm.findVma(page);
    if (vma === undefined) throw new MemoryInvariantError('an entry lies in no area', { page });
    mm.notifiers.start({ event: MmuNotifyEvent.CLEAR, start: page, count: 1, owner: undefined, blockable: true });
    zapPage(mm, vma, page);
    mm.notifiers.end();
  }
}

function failed(reason: 'out-of-memory' | 'driver-failed'): FaultResult & { readonly ok: false } {
  const result = fatalFault(reason);
  if (result.ok) throw new TypeError('a failure is not a success');
  return result;
}
