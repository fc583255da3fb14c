/**
 * Write-back: dirty pages of a file go to its storage. Source: mm/page-writeback.c (write_cache_pages, folio_clear_dirty_for_io), mm/rmap.c
 * (folio_mkclean), mm/filemap.c (filemap_check_errors).
 *
 * Invariant: a page is made read-only wherever it is mapped, its mirrors are told, and only then it counts as clean; so whatever is written
 * while or after it is written back makes it dirty again. A page that is pinned, or that a device holds with write access (the 2014 design),
 * may be written without anybody hearing of it, and stays dirty.
 */

import { Errno } from './errno.js';
import { Access, EventKind, type Cause } from './event.js';
import { FrameFlag } from './frames.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import type { CachePage, PageCache } from './page-cache.js';
import { pteWritable } from './page-table.js';
import { CPU, frameNode, NO_FRAME, NO_NODE, PAGE_SIZE, type NodeId, type PageIndex } from './units.js';

/** Writes back the dirty pages of [first, end). @returns 0, or the error of the storage; what could not be written stays dirty. */
export function writeBack(cache: PageCache, first: number, end: number, cause: Cause): 0 | Errno {
  if (!cache.store.persistent) return 0;
  const runs = new RunRecorder(cache, cause);
  let error: 0 | Errno = 0;
  for (const index of dirtyPages(cache, first, end)) {
    const found = cache.pages.get(index);
    if (found === undefined) continue;
    const failed = writePage(cache, found, runs);
    if (failed !== 0) error = failed;
  }
  runs.flush();
  if (error !== 0) cache.error = error;
  return error;
}

/** fsync, fdatasync, msync(MS_SYNC): 0, or what went wrong since somebody asked last. */
export function sync(cache: PageCache, first: number, end: number, cause: Cause): 0 | Errno {
  writeBack(cache, first, end, cause);
  const { error } = cache;
  cache.error = 0;
  return error;
}

function dirtyPages(cache: PageCache, first: number, end: number): number[] {
  const dirty: number[] = [];
  for (const found of cache.pages.values())
    if (found.index >= first && found.index < end && cache.isDirty(found)) dirty.push(found.index);
  return dirty.sort((a, b) => a - b);
}

function writePage(cache: PageCache, found: CachePage, runs: RunRecorder): 0 | Errno {
  // 2025: write-back is a look-up as any other. 2014: the file system is told where the page is, and gets a copy to write.
  if (cache.kind === 'file' && cache.host.options.filePages === '2025' && !cache.bringBack(found).ok) return Errno.EIO;
  const frames = cache.framesOf(found);
  const { frame } = found;
  const node = frameNode(frame);
  let writableStill = frames.pincount(frame) > 0 || cache.kind === 'dax';
  if (cache.isOnDevice(found)) writableStill = dropDeviceEntries(cache, found) || writableStill;
  else if (!writableStill) cache.writeProtect(found);
  const bytes = cache.newest(found).slice(0, Math.max(0, cache.store.sizeBytes - found.index * PAGE_SIZE));
  if (!writableStill) frames.clearFlag(frame, FrameFlag.DIRTY);
  frames.setFlag(frame, FrameFlag.WRITEBACK);
  const error = cache.store.write(found.index * PAGE_SIZE, bytes);
  frames.clearFlag(frame, FrameFlag.WRITEBACK);
  if (error !== 0) frames.setFlag(frame, FrameFlag.DIRTY);
  else if (cache.kind !== 'dax') runs.add(found, node);
  return error;
}

/** The device's own entries go, so that what is copied holds still; the page does not. Whether it may be written where it is. */
function dropDeviceEntries(cache: PageCache, found: CachePage): boolean {
  let writable = false;
  for (const { mm, page } of cache.mappings(found)) {
    mm.notifiers.start({
      event: MmuNotifyEvent.PROTECTION_PAGE,
      start: page,
      count: 1,
      owner: undefined,
      blockable: true,
    });
    mm.notifiers.end();
    writable ||= pteWritable(mm.pageTable.get(page));
  }
  return writable;
}

/** One event for pages that follow each other in the file, in memory and on one node. */
class RunRecorder {
  #first: CachePage | undefined;
  #page = 0 as PageIndex;
  #node: NodeId = NO_NODE;
  #count = 0;

  constructor(
    private readonly cache: PageCache,
    private readonly cause: Cause,
  ) {}

  add(found: CachePage, node: NodeId): void {
    const page = placeOf(this.cache, found);
    const first = this.#first;
    const follows =
      first !== undefined &&
      found.index === first.index + this.#count &&
      page === this.#page + this.#count &&
      node === this.#node;
    if (!follows) {
      this.flush();
      this.#first = found;
      this.#page = page;
      this.#node = node;
    }
    this.#count++;
  }

  flush(): void {
    const first = this.#first;
    if (first === undefined) return;
    this.cache.host.current.sink.record({
      kind: EventKind.writeback,
      agent: CPU,
      source: this.#node,
      target: NO_NODE,
      firstPage: this.#page,
      pageCount: this.#count,
      access: Access.none,
      cause: this.cause,
      durationNs: 0,
      extra: first.index,
    });
    this.#first = undefined;
    this.#count = 0;
  }
}

/** Where a page is mapped, or was mapped last. */
export function placeOf(cache: PageCache, found: CachePage): PageIndex {
  if (found.frame === NO_FRAME) return 0 as PageIndex;
  return cache.mappings(found)[0]?.page ?? cache.framesOf(found).pageOf(found.frame);
}
