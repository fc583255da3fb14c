/**
 * The arguments and results of one migration (the kernel's struct migrate_vma), in typed arrays that are made once and used again.
 * Source: include/linux/migrate.h.
 *
 * Invariant: a COMPOUND word speaks for the HUGE_PAGES pages from its own on, whose words are 0; any other word speaks for its page alone.
 */

import type { FrameAllocator } from '../memory/frames.js';
import type { Mm } from '../memory/mm.js';
import type { PgmapOwner } from '../memory/mmu-notifier.js';
import { HUGE_PAGES, NO_FRAME, type FrameNumber, type PageIndex } from '../memory/units.js';
import type { DeviceMemory } from './device-memory.js';

/** Bits of a src or dst word; the frame number lies above them. */
export const MigratePfn = { VALID: 1, MIGRATE: 2, WRITE: 8, COMPOUND: 16, SHIFT: 6 } as const;

export const MigrateSelect = { SYSTEM: 1, DEVICE_PRIVATE: 2, DEVICE_COHERENT: 4, COMPOUND: 8 } as const;

/** Why a page does not move. The kernel skips silently; a debugger wants to know. */
export const MigrateSkip = {
  none: 0,
  /** It is where it is wanted. */
  alreadyThere: 1,
  /** Another device's page: its owner is not the one who migrates. */
  otherDevice: 2,
  /** Its entry says that another migration is under way. */
  migrating: 3,
  /** Of a kind that has no place to go to: neither system memory's nor a device's, or not an ordinary page. */
  notMigratable: 4,
  /** Somebody holds the page's lock. */
  locked: 5,
  /** Pinned by get_user_pages. */
  pinned: 6,
  /** Somebody else refers to it: input or output under way, a fault. */
  referenced: 7,
  /** It was to be filled and something else did that first, or its area is gone. */
  changed: 8,
  /** It is in the swap area. */
  swapped: 9,
  /** A device has it for itself until the CPU touches it. */
  exclusive: 10,
  /** It belongs to a file or to memory that processes share, which does not go to a device; or it is a hole of such an area. */
  fileBacked: 11,
  /** A huge page was offered for a small one. */
  tooLarge: 12,
  /** Missing pages of its area are filled by a program (userfaultfd). */
  userfault: 13,
  /** The process may not have another page (memory cgroup). */
  overLimit: 14,
} as const;
export type MigrateSkip = (typeof MigrateSkip)[keyof typeof MigrateSkip];

/** The word for a frame (the kernel's migrate_pfn): what a driver writes into dst; for a huge frame with COMPOUND. */
export function migratePfn(frame: FrameNumber): number {
  return ((frame << MigratePfn.SHIFT) | MigratePfn.VALID) >>> 0;
}

/** The frame of a word that is VALID. */
export function migrateFrame(word: number): FrameNumber {
  return (word >>> MigratePfn.SHIFT) as FrameNumber;
}

export class MigrateVma {
  start = 0 as PageIndex;
  count = 0;
  /** MigrateSelect bits: which pages are to be collected. */
  select = 0;
  /** Only device pages of this owner are collected; notifiers of this owner ignore the invalidation. */
  owner: PgmapOwner | undefined;
  /** The device frame whose CPU fault is being resolved: the fault holds its lock and a reference. */
  faultPage: FrameNumber = NO_FRAME;
  /** Whether the process may have another page (mem_cgroup_charge), asked before a hole is filled. Absent: always. */
  charge: ((mm: Mm) => boolean) | undefined;
  /** Out: how many words say MIGRATE and have not been given up since; a huge page counts once. */
  collected = 0;
  /** Out: every page that was collected is small, was mapped once and is held by nobody else: there is nothing left to unmap. */
  onlyOurs = false;
  /** Out: a MIGRATE word for each page that may move; VALID and a frame unless it is a hole. */
  readonly src: Uint32Array;
  /** In: migratePfn of the frame to move to, 0 to leave the page where it is. */
  readonly dst: Uint32Array;
  /** Out: which page each word is about. */
  readonly pages: Int32Array;
  /** Out: MigrateSkip of each page. */
  readonly skipped: Uint8Array;
  /** For whoever allocates or frees many frames at once; nothing stays in it. */
  readonly scratch: Int32Array;

  /** @param capacity the most pages that one migration can be about. */
  constructor(capacity: number) {
    this.src = new Uint32Array(capacity);
    this.dst = new Uint32Array(capacity);
    this.pages = new Int32Array(capacity);
    this.skipped = new Uint8Array(capacity);
    this.scratch = new Int32Array(capacity);
  }

  pageAt(index: number): PageIndex {
    return this.pages[index]! as PageIndex;
  }

  /** Index of the word that speaks for a page: its own, or that of the huge page which it is part of. */
  speaker(index: number): number {
    const head = index - (this.pages[index]! % HUGE_PAGES);
    if (head < 0 || this.pages[index]! - this.pages[head]! !== index - head) return index;
    return (this.src[head]! & MigratePfn.COMPOUND) === 0 ? index : head;
  }

  /** Whether the page will move, or has moved, as things stand. */
  moves(index: number): boolean {
    return (this.src[this.speaker(index)]! & MigratePfn.MIGRATE) !== 0;
  }

  /** Whether it has contents to move; a hole has none. */
  hasContents(index: number): boolean {
    return (this.src[this.speaker(index)]! & MigratePfn.VALID) !== 0;
  }

  /** How many pages will move as things stand. */
  movingPages(): number {
    let moving = 0;
    for (let index = 0; index < this.count; index++) if (this.moves(index)) moving++;
    return moving;
  }

  /** How many pages the word speaks for. */
  span(index: number): number {
    return (this.src[index]! & MigratePfn.COMPOUND) === 0 ? 1 : HUGE_PAGES;
  }

  /** Gives up a page: it does not move, because of `why`. */
  giveUp(index: number, why: MigrateSkip): void {
    this.src[index]! &= ~MigratePfn.MIGRATE;
    this.skipped[index] = why;
  }
}

/** Where frames come from, many at once or one by one. */
interface FrameSource {
  /** Writes up to `count` new frames to `out`. @returns how many there were. */
  allocateMany(out: Int32Array, count: number): number;
  allocateHuge(): FrameNumber;
}

/**
 * Fills dst with new frames of a device for everything that moves; huge frames for huge pages, or, where there are none, single ones.
 * @returns pages for which there was no frame.
 */
export function allocateOnDevice(args: MigrateVma, memory: DeviceMemory): number {
  return fill(args, MigratePfn.MIGRATE, memory);
}

/**
 * Fills dst with new frames of system memory for everything that moves and has contents.
 * @param allocate a single frame, if need be after reclaiming one. @returns pages for which there was no frame.
 */
export function allocateInSystem(args: MigrateVma, allocate: () => FrameNumber, system: FrameAllocator): number {
  return fill(args, MigratePfn.MIGRATE | MigratePfn.VALID, new SystemFrames(system, allocate));
}

/** System memory's frames: free ones first, then those that `allocate` finds. */
class SystemFrames implements FrameSource {
  readonly #system: FrameAllocator;
  readonly #allocate: () => FrameNumber;

  constructor(system: FrameAllocator, allocate: () => FrameNumber) {
    this.#system = system;
    this.#allocate = allocate;
  }

  allocateMany(out: Int32Array, count: number): number {
    let found = this.#system.allocateMany(out, count);
    for (; found < count; found++) {
      const frame = this.#allocate();
      if (frame === NO_FRAME) break;
      out[found] = frame;
    }
    return found;
  }

  allocateHuge(): FrameNumber {
    return this.#system.allocateHuge();
  }
}

/** Fills dst for the words that have all bits of `wanted`. @returns pages for which there was no frame. */
function fill(args: MigrateVma, wanted: number, source: FrameSource): number {
  const { src, dst, count } = args;
  let missing = 0;
  for (let index = 0; index < count;) {
    const word = src[index]!;
    if ((word & MigratePfn.COMPOUND) === 0) {
      // One reading finds the end of the small pages and how many of them need a frame.
      const first = index;
      let needed = 0;
      for (; index < count; index++) {
        const word = src[index]!;
        if ((word & MigratePfn.COMPOUND) !== 0) break;
        if ((word & wanted) === wanted) needed++;
      }
      missing += fillBasePages(args, first, wanted, needed, source);
      continue;
    }
    if ((word & wanted) === wanted) {
      const huge = source.allocateHuge();
      if (huge !== NO_FRAME) dst[index] = migratePfn(huge) | MigratePfn.COMPOUND;
      else missing += fillBasePages(args, index, 0, HUGE_PAGES, source);
    }
    index += HUGE_PAGES;
  }
  return missing;
}

/** Single frames for the next `needed` pages from `first` on whose words have all bits of `wanted`. @returns how many are missing. */
function fillBasePages(args: MigrateVma, first: number, wanted: number, needed: number, source: FrameSource): number {
  const { src, dst, scratch } = args;
  const found = source.allocateMany(scratch, needed);
  for (let index = first, at = 0; at < found; index++)
    if ((src[index]! & wanted) === wanted) dst[index] = migratePfn(scratch[at++]! as FrameNumber);
  return needed - found;
}
