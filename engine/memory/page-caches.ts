/**
 * All page caches of one machine: how file pages and devices go together, whose turn it is, and what reclaim and the end of a run do to them.
 * Sources: mm/vmscan.c (__remove_mapping), mm/shmem.c (shmem_writepage), mm/filemap.c.
 *
 * Invariant: PhysicalMemory.cachedFrames is the number of frames that the caches here hold.
 */

import type { Errno } from './errno.js';
import { Access, Cause, EventKind } from './event.js';
import { FrameFlag } from './frames.js';
import type { Mm } from './mm.js';
import {
  PageCache,
  type CacheKind,
  type CachePage,
  type PageCacheHost,
  type PageCacheOptions,
  type PageStore,
} from './page-cache.js';
import type { PhysicalMemory } from './physical-memory.js';
import { reclaimFrame } from './reclaim.js';
import { CPU, frameNode, NO_FRAME, NO_NODE, PAGE_SIZE, SYSTEM_NODE, type FrameNumber, type NodeId } from './units.js';
import { isShared, linearPageIndex, VmaFlag, type Vma } from './vma.js';
import { placeOf, writeBack } from './writeback.js';

export class PageCaches implements PageCacheHost {
  readonly physical: PhysicalMemory;
  /** The process that runs. */
  current: Mm;
  readonly #caches = new Set<PageCache>();

  constructor(
    mm: Mm,
    readonly options: PageCacheOptions = { filePages: 'upstream', daxMigration: false },
  ) {
    this.current = mm;
    this.physical = mm.physical;
    this.physical.reclaimCached = (mapping, frame) => this.#reclaim(mapping, frame);
  }

  create(kind: CacheKind, name: string, store: PageStore): PageCache {
    const cache = this.physical.backings.add((id) => new PageCache(this, id, kind, name, store));
    this.#caches.add(cache);
    return cache;
  }

  /** Another process runs from now on: what it maps has the newest bytes. */
  switchedTo(mm: Mm): void {
    this.current = mm;
    for (const cache of this.#caches) cache.refresh(mm);
  }

  /** An area over the cache is gone: what was written through it goes to the file. */
  closed(cache: PageCache, mm: Mm, vma: Vma): void {
    const first = linearPageIndex(vma, vma.start);
    const cause = mm === this.current ? Cause.unmap : Cause.exit;
    if (isShared(vma)) writeBack(cache, first, first + (vma.end - vma.start), cause);
    this.releaseUnused(cache);
  }

  /** Lets go of a cache that nobody can reach any more, or whose storage has all that it has. */
  releaseUnused(cache: PageCache): void {
    if (cache.users > 0) return;
    for (const mm of this.physical.spaces()) for (const vma of mm.vmas()) if (vma.backing === cache) return;
    const needed = [...cache.pages.values()].some((found) => cache.isOnDevice(found) || cache.isDirty(found));
    if (!needed || !cache.store.persistent || cache.kind === 'dax') this.release(cache);
  }

  /** Writes everything back. @returns 0, or the first error. */
  sync(cause: Cause): 0 | Errno {
    let error: 0 | Errno = 0;
    for (const cache of this.#caches) {
      const failed = writeBack(cache, 0, Infinity, cause);
      if (error === 0) error = failed;
    }
    return error;
  }

  /** Nobody refers to it any more, by descriptor or by mapping. */
  release(cache: PageCache): void {
    for (const found of [...cache.pages.values()]) {
      cache.unmap(found);
      cache.drop(found);
    }
    if (!this.#caches.delete(cache)) return;
    cache.store.close?.();
    this.physical.backings.remove(cache);
  }

  /** The run is over: everything is written back and all frames are free. */
  releaseAll(): void {
    this.sync(Cause.exit);
    for (const cache of [...this.#caches]) this.release(cache);
  }

  allocateFrame(): FrameNumber {
    const { system } = this.physical;
    const frame = system.allocate();
    if (frame !== NO_FRAME || !reclaimFrame(this.physical)) return frame;
    return system.allocate();
  }

  takeBack(cache: PageCache, found: CachePage): boolean {
    const { frame } = found;
    const target = this.allocateFrame();
    if (target === NO_FRAME) return false;
    const page = placeOf(cache, found);
    const [source, bytes] = [frameNode(frame), PAGE_SIZE];
    cache.replacePage(found.index, frame, target);
    this.physical.system.put(target);
    this.#record(EventKind.migrate, page, source, SYSTEM_NODE, Cause.fault, bytes);
    return true;
  }

  recordSwapIn(found: CachePage): void {
    this.#record(
      EventKind.swapIn,
      this.physical.of(found.frame).pageOf(found.frame),
      NO_NODE,
      SYSTEM_NODE,
      Cause.fault,
      0,
    );
  }

  #reclaim(mapping: number, frame: FrameNumber): boolean {
    const backing = this.physical.backings.get(mapping);
    if (!(backing instanceof PageCache) || backing.kind === 'dax') return false;
    const frames = this.physical.of(frame);
    const found = backing.pages.get(frames.indexOf(frame));
    if (found?.frame !== frame || frames.refcount(frame) !== frames.mapcount(frame) + 1) return false;
    const mappings = backing.mappings(found);
    if (mappings.some(({ mm, page }) => ((mm.findVma(page)?.flags ?? VmaFlag.LOCKED) & VmaFlag.LOCKED) !== 0))
      return false;
    if (backing.store.persistent) {
      if (backing.isDirty(found) && writeBack(backing, found.index, found.index + 1, Cause.reclaim) !== 0) return false;
      if (frames.hasFlag(frame, FrameFlag.DIRTY)) return false;
      backing.unmap(found);
      backing.drop(found);
      return true;
    }
    const slot = this.physical.swap.allocate();
    if (slot < 0) return false;
    const page = placeOf(backing, found);
    backing.unmap(found);
    found.slot = slot;
    found.frame = NO_FRAME;
    this.physical.cachedFrames--;
    frames.put(frame);
    this.#record(EventKind.swapOut, page, SYSTEM_NODE, NO_NODE, Cause.reclaim, 0);
    return true;
  }

  #record(
    kind: EventKind,
    firstPage: ReturnType<typeof placeOf>,
    source: NodeId,
    target: NodeId,
    cause: Cause,
    extra: number,
  ): void {
    this.current.sink.record({
      kind,
      agent: CPU,
      source,
      target,
      firstPage,
      pageCount: 1,
      access: Access.none,
      cause,
      durationNs: 0,
      extra,
    });
  }
}
