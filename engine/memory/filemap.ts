/**
 * What read(), write(), truncate and direct I/O do to a file that has pages in its cache: they meet the pages wherever these are, dirty,
 * mapped, or in a device's memory. Sources: mm/filemap.c (filemap_read, generic_perform_write, kiocb_invalidate_pages), mm/truncate.c.
 *
 * Invariant: a byte is read as whoever wrote it last left it, by system call or by mapping. Pages that are not in the cache are not brought
 * in: nobody maps them, so their bytes may as well be the storage's.
 */

import { Errno, isErrno } from './errno.js';
import { Access, Cause, EventKind } from './event.js';
import { FrameFlag } from './frames.js';
import { zapPage } from './entries.js';
import type { Mm } from './mm.js';
import { MmuNotifyEvent } from './mmu-notifier.js';
import type { CachePage, PageCache } from './page-cache.js';
import { CPU, NO_NODE, PAGE_SIZE, pagesFor, SYSTEM_NODE, type PageIndex } from './units.js';
import { sync, writeBack } from './writeback.js';

/** A file's pages as system calls reach them. Offsets and counts in bytes. */
export class MappedFile {
  constructor(readonly cache: PageCache) {}

  get sizeBytes(): number {
    return this.cache.store.sizeBytes;
  }

  /** At most so many bytes; fewer at the end of the file. -EIO: the page could not be brought in, or back. */
  read(offset: number, mostBytes: number): Uint8Array | Errno {
    const { store, pages } = this.cache;
    const count = Math.max(0, Math.min(mostBytes, store.sizeBytes - offset));
    const bytes = new Uint8Array(count);
    const error = store.read(offset, bytes);
    if (error !== 0) return error;
    if (pages.size === 0) return bytes;
    for (const { index, from, at, length } of pieces(offset, count)) {
      if (!pages.has(index)) continue;
      const found = this.cache.lookUp(index);
      if ('ok' in found) return Errno.EIO;
      bytes.set(this.cache.newest(found).subarray(from, from + length), at);
    }
    return bytes;
  }

  /** @returns the bytes written: all, or those before what failed; or -EIO, -ENOSPC, -EFBIG. */
  write(offset: number, bytes: Uint8Array): number {
    const { store } = this.cache;
    const end = offset + bytes.length;
    if (end > store.sizeBytes && bytes.length > 0) {
      const grown = this.#grow(end);
      if (grown !== 0) return grown;
    }
    for (const { index, from, at, length } of pieces(offset, bytes.length)) {
      const error = this.#writePiece(index, from, bytes.subarray(at, at + length));
      if (error !== 0) return at > 0 ? at : error;
    }
    return bytes.length;
  }

  /** truncate: pages behind the new end are taken out of every process, private copies included; the last one ends in zeros. */
  truncate(bytes: number): 0 | Errno {
    const { cache } = this;
    const before = cache.store.sizeBytes;
    if (bytes >= before) return bytes === before ? 0 : this.#grow(bytes);
    const partial = cache.pages.get(Math.floor(bytes / PAGE_SIZE));
    const keepsPart = bytes % PAGE_SIZE !== 0;
    if (keepsPart && partial !== undefined && 'ok' in cache.lookUp(partial.index)) return Errno.EIO;
    // i_size changes first: a fault from now on is behind the end.
    const error = cache.store.resize(bytes);
    if (error !== 0) return error;
    const first = pagesFor(bytes);
    for (const mm of cache.host.physical.spaces()) this.#unmapBehind(mm, first, pagesFor(before), bytes);
    for (const found of [...cache.pages.values()]) if (found.index >= first) cache.drop(found);
    if (keepsPart && partial !== undefined) this.#zeroTail(partial, bytes % PAGE_SIZE);
    return 0;
  }

  /** fsync and fdatasync: 0, or -EIO. */
  sync(): 0 | Errno {
    return sync(this.cache, 0, Infinity, Cause.user);
  }

  /** read() with O_DIRECT: from the storage, after it has what is newer. */
  readDirect(offset: number, mostBytes: number): Uint8Array | Errno {
    const { store } = this.cache;
    if (!store.persistent || this.cache.kind === 'dax') return this.read(offset, mostBytes);
    const count = Math.max(0, Math.min(mostBytes, store.sizeBytes - offset));
    const written = writeBack(this.cache, ...range(offset, count), Cause.user);
    if (written !== 0) return written;
    const bytes = new Uint8Array(count);
    const error = store.read(offset, bytes);
    return error === 0 ? bytes : error;
  }

  /** write() with O_DIRECT: to the storage; pages of the range leave the cache before, so that whoever maps them reads them in again. Returns as `write`. */
  writeDirect(offset: number, bytes: Uint8Array): number {
    const { store } = this.cache;
    if (!store.persistent || this.cache.kind === 'dax') return this.write(offset, bytes);
    const [first, end] = range(offset, bytes.length);
    const written = writeBack(this.cache, first, end, Cause.user);
    if (written !== 0) return written;
    // Pages that are pinned cannot go: those are written through the cache (the kernel falls back likewise).
    if (!this.#invalidate(first, end)) return this.write(offset, bytes);
    const old = store.sizeBytes;
    if (offset > old) {
      const grown = this.#grow(offset);
      if (grown !== 0) return grown;
    }
    const error = store.write(offset, bytes);
    return isErrno(error) ? error : bytes.length;
  }

  #writePiece(index: number, from: number, bytes: Uint8Array): 0 | Errno {
    const { cache } = this;
    if (!cache.pages.has(index) && cache.store.persistent) return cache.store.write(index * PAGE_SIZE + from, bytes);
    const found = cache.lookUp(index);
    if ('ok' in found) return found.reason === 'out-of-memory' ? Errno.ENOSPC : Errno.EIO;
    this.#patch(found, from, bytes);
    return 0;
  }

  /** Changes the bytes of a page wherever they are. */
  #patch(found: CachePage, from: number, bytes: Uint8Array): void {
    found.bytes?.set(bytes, from);
    for (const { mm, page } of this.cache.mappings(found)) mm.contents?.bytes(page).set(bytes, from);
    this.cache.framesOf(found).setFlag(found.frame, FrameFlag.DIRTY);
  }

  /** What a mapping left behind the end of the last page must not become part of the file. */
  #grow(bytes: number): 0 | Errno {
    const { store, pages } = this.cache;
    const last = pages.get(Math.floor(store.sizeBytes / PAGE_SIZE));
    const used = store.sizeBytes % PAGE_SIZE;
    if (last !== undefined && used !== 0) {
      if ('ok' in this.cache.lookUp(last.index)) return Errno.EIO;
      this.#zeroTail(last, used);
    }
    return store.resize(bytes);
  }

  #zeroTail(found: CachePage, from: number): void {
    const dirty = this.cache.isDirty(found);
    this.#patch(found, from, new Uint8Array(PAGE_SIZE - from));
    if (!dirty) this.cache.framesOf(found).clearFlag(found.frame, FrameFlag.DIRTY);
  }

  #unmapBehind(mm: Mm, first: number, end: number, left: number): void {
    const mapped: PageIndex[] = [];
    for (let index = first; index < end; index++)
      for (const page of mm.pagesOf(index, this.cache.id)) if (mm.pageTable.get(page) !== 0) mapped.push(page);
    mapped.sort((a, b) => a - b);
    for (let at = 0; at < mapped.length;) {
      const start = mapped[at] ?? (0 as PageIndex);
      let count = 1;
      while (mapped[at + count] === start + count) count++;
      record(mm, EventKind.truncate, start, count, left);
      mm.notifiers.start({ event: MmuNotifyEvent.CLEAR, start, count, owner: undefined, blockable: true });
      for (let page = start; page < start + count; page++) {
        const vma = mm.findVma(page);
        if (vma !== undefined) zapPage(mm, vma, page);
      }
      mm.notifiers.end();
      at += count;
    }
  }

  /** Takes clean pages out of the cache and out of every process. False: one is pinned and stays. */
  #invalidate(first: number, end: number): boolean {
    const { cache } = this;
    const inRange = [...cache.pages.values()].filter(({ index }) => index >= first && index < end);
    if (inRange.some((found) => cache.framesOf(found).pincount(found.frame) > 0)) return false;
    for (const found of inRange) {
      // What a device could still write is not clean before it is back.
      if (!cache.bringBack(found).ok) return false;
      cache.unmap(found);
      cache.drop(found);
    }
    return true;
  }
}

/** The parts of a range that lie in one page each: `from` within the page, `at` within the range. */
function* pieces(
  offset: number,
  count: number,
): Iterable<{ readonly index: number; readonly from: number; readonly at: number; readonly length: number }> {
  for (let at = 0; at < count;) {
    const from = (offset + at) % PAGE_SIZE;
    const length = Math.min(PAGE_SIZE - from, count - at);
    yield { index: Math.floor((offset + at) / PAGE_SIZE), from, at, length };
    at += length;
  }
}

/** First page of a range of bytes, and the one after its last. */
function range(offset: number, count: number): [first: number, end: number] {
  return [Math.floor(offset / PAGE_SIZE), pagesFor(offset + count)];
}

function record(mm: Mm, kind: EventKind, firstPage: PageIndex, pageCount: number, extra: number): void {
  mm.sink.record({
    kind,
    agent: CPU,
    source: SYSTEM_NODE,
    target: NO_NODE,
    firstPage,
    pageCount,
    access: Access.none,
    cause: Cause.truncate,
    durationNs: 0,
    extra,
  });
}
