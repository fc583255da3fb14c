/**
 * The arguments and results of one migration (the kernel's struct migrate_vma), in typed arrays that are made once and used again.
 * Source: include/linux/migrate.h.
 */

import type { PgmapOwner } from '../memory/mmu-notifier.js';
import { NO_FRAME, type FrameNumber, type PageIndex } from '../memory/units.js';

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
  /** Of a kind that has no place to go to: neither system memory's nor device-private. */
  notMigratable: 4,
  /** Somebody holds the page's lock. */
  locked: 5,
  /** Pinned by get_user_pages. */
  pinned: 6,
  /** Somebody else refers to it: input or output under way, a fault. */
  referenced: 7,
  /** It was to be filled and something else did that first, or its area is gone. */
  changed: 8,
} as const;
export type MigrateSkip = (typeof MigrateSkip)[keyof typeof MigrateSkip];

/** The word for a frame (the kernel's migrate_pfn): what a driver writes into dst. */
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
  /** Out: how many pages were collected and not given up since. */
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
    return (this.pages[index] ?? 0) as PageIndex;
  }

  /** Whether the page will move, or has moved, as things stand. */
  moves(index: number): boolean {
    return ((this.src[index] ?? 0) & MigratePfn.MIGRATE) !== 0;
  }
}
