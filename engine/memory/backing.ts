/**
 * What the pages of an area are pages of, when they are not anonymous: a file, memory shared between processes, a DAX region, a device's own
 * buffer (the kernel's struct address_space and vm_operations_struct).
 *
 * Invariant: memory management asks a backing for pages and tells it what becomes of them; a backing never writes a page table but through
 * the functions of this room.
 */

import type { Errno } from './errno.js';
import type { Access } from './event.js';
import type { FaultResult } from './fault.js';
import type { Mm } from './mm.js';
import type { FrameNumber, PageIndex } from './units.js';
import type { Vma } from './vma.js';

/**
 * file: a file's page cache · shmem: memory shared between processes, or memfd · dax: a file whose storage is memory, mapped in place ·
 * special: a device's buffer inserted page by page (VM_MIXEDMAP) · hugetlb: pages of a huge page pool.
 */
export const BACKING_KINDS = ['file', 'shmem', 'dax', 'special', 'hugetlb'] as const;
export type BackingKind = (typeof BACKING_KINDS)[number];

export interface Backing {
  readonly kind: BackingKind;
  /** Positive and unique; frames in the cache carry it (FrameAllocator.mappingOf). */
  readonly id: number;
  /** What a person calls it: a file's name. */
  readonly name: string;
  /** An area over it appears, or one that was told of goes: what the reverse mapping looks in (i_mmap). Splits and merges are not told. */
  opened(mm: Mm, vma: Vma): void;
  closed(mm: Mm, vma: Vma): void;
  /**
   * Maps the page, whose entry is none. `access` write: for a shared mapping, with a writable entry (page_mkwrite: the page is dirty from now
   * on); a private mapping always asks for a read and copies the page itself if it is to be written. SIGBUS beyond the end of a file.
   */
  fault(mm: Mm, vma: Vma, page: PageIndex, access: Access): FaultResult;
  /** A shared mapping's entry is read-only and its area writable: the first write since write-back. Makes it writable, or refuses. */
  makeWritable(mm: Mm, vma: Vma, page: PageIndex): FaultResult;
  /** Throws away pages of it, and what maps them (MADV_REMOVE, fallocate's punch). Absent: it cannot. */
  punch?(firstPage: number, count: number): 0 | Errno;
  /** A mapping of a frame of this backing was taken away (its entry is gone already; its bytes are still at `page`). `dirty`: it could be written. */
  unmapped(mm: Mm, page: PageIndex, frame: FrameNumber, dirty: boolean): void;
  /**
   * Whether a device's private memory may hold a page of it: migrate_vma takes such pages as candidates, and the backing's cache refers to
   * the device's frame meanwhile (a device entry). Absent or false: refused, as upstream does for every page that has a mapping. A candidate's
   * references are those of its entries, the cache's one, and the migration's own.
   */
  readonly deviceEntriesAllowed?: boolean;
  /**
   * A migration, to a device or back, is about to put `to` in the place of `from`, whose entries are migration entries (folio_migrate_mapping):
   * the cache refers to `to` from now on, with a reference of its own, and no longer to `from`; whether the page is dirty goes along. False:
   * `from` is not what the cache holds (truncated meanwhile), so the page must not migrate.
   */
  replacePage?(index: number, from: FrameNumber, to: FrameNumber): boolean;
}

/** The backings of one machine by id: who a frame with a mapping belongs to (FrameAllocator.mappingOf). */
export class Backings {
  readonly #byId = new Map<number, Backing>();
  #next = 1;

  /** Makes a backing with an id that nothing had before. */
  add<Kind extends Backing>(make: (id: number) => Kind): Kind {
    const backing = make(this.#next++);
    this.#byId.set(backing.id, backing);
    return backing;
  }

  get(id: number): Backing | undefined {
    return this.#byId.get(id);
  }

  remove(backing: Backing): void {
    this.#byId.delete(backing.id);
  }
}
