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
  /** Out: a MIGRATE word for each page that may move; VALID and a frame unless it is a hole. */
  readonly src: Uint32Array;
  /** In: migratePfn of the frame to move to, 0 to leave the page where it is. */
  readonly dst: Uint32Array;
  /** Out: which page each word is about. */
  readonly pages: Int32Array;
  /** Out: MigrateSkip of each page. */
  readonly skipped: Uint8Array;

  /** @param capacity the most pages that one migration can be about. */
  constructor(capacity: number) {
    this.src = new Uint32Array(capacity);
    this.dst = new Uint32Array(capacity);
    this.pages = new Int32Array(capacity);
    this.skipped = new Uint8Array(capacity);
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

/**
 * Fills dst with new frames of a device for everything that moves; huge frames for huge pages, or, where there are none, single ones.
 * @returns pages for which there was no frame.
 */
export function allocateOnDevice(args: MigrateVma, memory: DeviceMemory): number {
  const { src, dst, count } = args;
  let missing = 0;
  for (let index = 0; index < count; index++) {
    const word = src[index]!;
    if ((word & MigratePfn.MIGRATE) === 0) continue;
    if ((word & MigratePfn.COMPOUND) === 0) {
      const frame = memory.allocate();
      if (frame === NO_FRAME) missing++;
      else dst[index] = migratePfn(frame);
      continue;
    }
    const huge = memory.allocateHuge();
    if (huge !== NO_FRAME) dst[index] = migratePfn(huge) | MigratePfn.COMPOUND;
    else missing += fillBlock(dst, index, memory);
    index += HUGE_PAGES - 1;
  }
  return missing;
}

/**
 * Fills dst with new frames of system memory for everything that moves and has contents.
 * @param allocate a single frame, if need be after reclaiming one. @returns pages for which there was no frame.
 */
export function allocateInSystem(args: MigrateVma, allocate: () => FrameNumber, system: FrameAllocator): number {
  const { src, dst, count } = args;
  const source = { allocate };
  let missing = 0;
  for (let index = 0; index < count; index++) {
    const word = src[index]!;
    const huge = (word & MigratePfn.COMPOUND) !== 0;
    if ((word & MigratePfn.MIGRATE) !== 0 && (word & MigratePfn.VALID) !== 0) {
      const frame = huge ? system.allocateHuge() : allocate();
      if (frame !== NO_FRAME) dst[index] = migratePfn(frame) | (huge ? MigratePfn.COMPOUND : 0);
      else if (huge) missing += fillBlock(dst, index, source);
      else missing++;
    }
    if (huge) index += HUGE_PAGES - 1;
  }
  return missing;
}

/** Single frames for the pages of a huge one. @returns how many are missing. */
function fillBlock(dst: Uint32Array, from: number, source: { allocate(): FrameNumber }): number {
  for (let at = 0; at < HUGE_PAGES; at++) {
    const frame = source.allocate();
    if (frame === NO_FRAME) return HUGE_PAGES - at;
    dst[from + at] = migratePfn(frame);
  }
  return 0;
}
