/**
 * The first half of migrate_vma_setup: which pages of a range may move. Each candidate is locked and referenced and has a migration entry
 * afterwards. Source: mm/migrate_device.c (migrate_vma_collect_pmd, migrate_vma_collect_huge_pmd, migrate_vma_collect_hole).
 *
 * Invariant: a page that is collected keeps its reference count (the mapping's reference becomes the migration's) and cannot be reached; one
 * that is not is untouched. Skipping is silent: it is noted in `skipped` and is no error.
 */

import { Errno } from '../memory/errno.js';
import { Cause } from '../memory/event.js';
import { FrameField, FrameFlag, frameRecord } from '../memory/frames.js';
import { splitHuge } from '../memory/huge-split.js';
import type { Mm } from '../memory/mm.js';
import { MmuNotifyEvent } from '../memory/mmu-notifier.js';
import { isSameKind, makePte, pteFrame, pteType, PteType, pteWritable } from '../memory/page-table.js';
import {
  frameNode,
  HUGE_PAGES,
  hugeBlockStart,
  SYSTEM_NODE,
  ZERO_FRAME,
  type FrameNumber,
  type PageIndex,
} from '../memory/units.js';
import { isAnonymous, isOrdinary, VmaFlag, type Vma } from '../memory/vma.js';
import { MigratePfn, MigrateSelect, MigrateSkip, type MigrateVma } from './migrate-vma.js';

const SPECIAL_AREA = VmaFlag.HUGETLB | VmaFlag.IO | VmaFlag.PFNMAP | VmaFlag.DONTEXPAND | VmaFlag.MIXEDMAP;
/** Flags of a frame that stays where it is. */
const UNMOVABLE = FrameFlag.LOCKED | FrameFlag.SPECIAL;
const CANDIDATE = MigratePfn.VALID | MigratePfn.MIGRATE;

/** @returns 0 even if nothing could be collected; -EINVAL as migrateVmaSetup says. */
export function migrateVmaCollect(mm: Mm, args: MigrateVma): 0 | Errno {
  const { start, count, owner } = args;
  args.collected = 0;
  const vma = mm.findVma(start);
  if (vma === undefined || !isMigratable(vma)) return Errno.EINVAL;
  if (count <= 0 || count > args.src.length || start + count > vma.end) return Errno.EINVAL;
  if (!isFaultPageGood(mm, args)) return Errno.EINVAL;
  mm.notifiers.start({ event: MmuNotifyEvent.MIGRATE, start, count, owner, blockable: true });
  new Collector(mm, args, vma).run();
  mm.notifiers.end();
  return 0;
}

/** Neither a huge page pool's, nor a special one, nor storage that is memory, nor pinned, nor a device's. */
function isMigratable(vma: Vma): boolean {
  if (!isOrdinary(vma) || vma.kind === 'pinned' || (vma.flags & SPECIAL_AREA) !== 0) return false;
  const kind = vma.backing?.kind;
  if (kind === 'dax' || vma.kind === 'dax') return vma.backing?.deviceEntriesAllowed === true;
  return kind !== 'hugetlb' && kind !== 'special' && vma.kind !== 'special';
}

function isFaultPageGood(mm: Mm, { faultPage }: MigrateVma): boolean {
  if (faultPage < 0) return true;
  return mm.physical.pagemapOf(faultPage)?.type === 'private' && mm.physical.of(faultPage).isLocked(faultPage);
}

class Collector {
  readonly #mm: Mm;
  readonly #args: MigrateVma;
  readonly #anonymous: boolean;
  /** The node that the last candidate was on, and its frames' records. */
  #node = SYSTEM_NODE;
  #records: Int32Array;
  /** Every page so far was collected by `#collectRun`, mapped nowhere else and held by nobody. */
  #onlyOurs = true;

  constructor(mm: Mm, args: MigrateVma, vma: Vma) {
    this.#mm = mm;
    this.#args = args;
    this.#anonymous = isAnonymous(vma);
    this.#records = mm.physical.system.records;
  }

  run(): void {
    const { start, count, src, dst, pages, skipped } = this.#args;
    dst.fill(0, 0, count);
    skipped.fill(MigrateSkip.none, 0, count);
    let collected = 0;
    for (let index = 0; index < count;) {
      const page = (start + index) as PageIndex;
      if (index === 0 || page % HUGE_PAGES === 0) {
        const taken = this.#collectBlock(index, page, count - index);
        if (taken > 0) {
          if ((src[index]! & MigratePfn.MIGRATE) !== 0) collected++;
          for (const end = index + taken; index < end; index++) pages[index] = start + index;
          continue;
        }
      }
      const end = this.#collectRun(index, Math.min(count, hugeBlockStart(page) + HUGE_PAGES - start));
      collected += end - index;
      if (end > index) {
        index = end;
        continue;
      }
      const word = this.#collectPage(index, page);
      src[index] = word;
      pages[index] = page;
      if (word !== 0) collected++;
      index++;
    }
    this.#args.collected = collected;
    this.#args.onlyOurs = this.#onlyOurs;
  }

  /**
   * What nearly every page is, many at once: like the one before it of a kind that is wanted, neither locked nor special.
   * @returns the index of the first page that may be another case.
   */
  #collectRun(first: number, end: number): number {
    const { start, src, pages } = this.#args;
    const table = this.#mm.pageTable;
    const { entries } = table;
    const kind = entries[start + first]!;
    if (kind === 0 || this.#whyNot(kind) !== MigrateSkip.none) return first;
    const records = this.#of(pteFrame(kind));
    let others = 0;
    let index = first;
    for (; index < end; index++) {
      const page = (start + index) as PageIndex;
      const pte = entries[page]!;
      const frame = pteFrame(pte);
      if (!isSameKind(pte, kind) || frame === ZERO_FRAME) break;
      const record = frameRecord(frame);
      const flags = records[record + FrameField.FLAGS]!;
      if ((flags & UNMOVABLE) !== 0) break;
      records[record + FrameField.FLAGS] = flags | FrameFlag.LOCKED;
      const maps = records[record + FrameField.MAPS]! - 1;
      records[record + FrameField.MAPS] = maps;
      others |= maps | (records[record + FrameField.REFS]! - 1);
      const writable = pteWritable(pte);
      table.setUnreachable(page, makePte(PteType.migration, frame, writable));
      src[index] = (frame << MigratePfn.SHIFT) | CANDIDATE | (writable ? MigratePfn.WRITE : 0);
      pages[index] = page;
    }
    if (others !== 0) this.#onlyOurs = false;
    return index;
  }

  /** @returns the page's src word. */
  #collectPage(index: number, page: PageIndex): number {
    const table = this.#mm.pageTable;
    const pte = table.entries[page]!;
    if (pte === 0) return this.#anonymous ? MigratePfn.MIGRATE : this.#skip(index, MigrateSkip.fileBacked);
    const why = this.#whyNot(pte);
    if (why !== MigrateSkip.none) return this.#skip(index, why);
    const frame = pteFrame(pte);
    if (frame === ZERO_FRAME) return MigratePfn.MIGRATE;
    if (!this.#lock(frame)) return this.#skip(index, MigrateSkip.locked);
    return this.#enter(page, pte, frame);
  }

  /** Takes a mapping away from a frame that is locked; its reference is the migration's from now on. @returns the src word. */
  #enter(page: PageIndex, pte: number, frame: FrameNumber): number {
    this.#onlyOurs = false;
    const writable = pteWritable(pte);
    this.#records[frameRecord(frame) + FrameField.MAPS]!--;
    this.#mm.pageTable.setUnreachable(page, makePte(PteType.migration, frame, writable));
    return (frame << MigratePfn.SHIFT) | CANDIDATE | (writable ? MigratePfn.WRITE : 0);
  }

  /** Why an entry that is there is no candidate as it says; `none` if it is one (or the zero page). */
  #whyNot(pte: number): MigrateSkip {
    const { select, owner } = this.#args;
    switch (pteType(pte)) {
      case PteType.present: {
        const frame = pteFrame(pte);
        const node = frameNode(frame);
        if (node === SYSTEM_NODE) {
          if ((select & MigrateSelect.SYSTEM) === 0) return MigrateSkip.alreadyThere;
        } else {
          if ((select & MigrateSelect.DEVICE_COHERENT) === 0) return MigrateSkip.alreadyThere;
          if (this.#mm.physical.pagemap(node)?.owner !== owner) return MigrateSkip.otherDevice;
        }
        const special = this.#of(frame)[frameRecord(frame) + FrameField.FLAGS]! & FrameFlag.SPECIAL;
        return special === 0 ? MigrateSkip.none : MigrateSkip.notMigratable;
      }
      case PteType.devicePrivate:
        if (this.#mm.physical.pagemapOf(pteFrame(pte))?.owner !== owner) return MigrateSkip.otherDevice;
        return (select & MigrateSelect.DEVICE_PRIVATE) === 0 ? MigrateSkip.alreadyThere : MigrateSkip.none;
      case PteType.migration:
        return MigrateSkip.migrating;
      case PteType.exclusive:
        return MigrateSkip.exclusive;
      case PteType.swap:
        return MigrateSkip.swapped;
      case PteType.none:
      case PteType.deviceOnly:
      case PteType.copy:
        return MigrateSkip.notMigratable;
    }
  }

  /** The page lock, if it can be had at once; the fault page is locked for us. */
  #lock(frame: FrameNumber): boolean {
    const records = this.#of(frame);
    const at = frameRecord(frame) + FrameField.FLAGS;
    if ((records[at]! & FrameFlag.LOCKED) !== 0) return frame === this.#args.faultPage;
    records[at]! |= FrameFlag.LOCKED;
    return true;
  }

  /** The records of a frame's node. */
  #of(frame: FrameNumber): Int32Array {
    const node = frameNode(frame);
    if (node !== this.#node) {
      this.#node = node;
      this.#records = this.#mm.physical.of(frame).records;
    }
    return this.#records;
  }

  /** The block that begins or goes on at a page. @returns how many pages have been dealt with; 0: page by page, then. */
  #collectBlock(index: number, page: PageIndex, left: number): number {
    const { pageTable } = this.#mm;
    const huge = pageTable.isHuge(page);
    const whole = page % HUGE_PAGES === 0 && left >= HUGE_PAGES;
    const compound = whole && (this.#args.select & MigrateSelect.COMPOUND) !== 0;
    if (!huge) return compound && this.#isEmpty(page) ? this.#collectHole(index) : 0;
    const pte = pageTable.get(page);
    const why = this.#whyNot(pte);
    if (!compound) {
      // What is not wanted need not be split.
      if (why === MigrateSkip.none) splitHuge(this.#mm, page, Cause.none);
      return 0;
    }
    if (why !== MigrateSkip.none) return this.#skipBlock(index, why);
    if (pteFrame(pte) === ZERO_FRAME) return this.#collectHole(index);
    return this.#collectHuge(index, page);
  }

  #isEmpty(start: PageIndex): boolean {
    const { entries } = this.#mm.pageTable;
    if (!this.#anonymous) return false;
    for (let page = start; page < start + HUGE_PAGES; page++) if (entries[page] !== 0) return false;
    return true;
  }

  #collectHole(index: number): number {
    this.#args.src.fill(0, index + 1, index + HUGE_PAGES);
    this.#args.src[index] = MigratePfn.MIGRATE | MigratePfn.COMPOUND;
    return HUGE_PAGES;
  }

  /** All of a huge page or nothing: its frames are locked like one. */
  #collectHuge(index: number, start: PageIndex): number {
    const { pageTable } = this.#mm;
    const { src } = this.#args;
    for (let at = 0; at < HUGE_PAGES; at++) {
      if (this.#lock(pteFrame(pageTable.get((start + at) as PageIndex)))) continue;
      while (at-- > 0) this.#unlock(pteFrame(pageTable.get((start + at) as PageIndex)));
      return this.#skipBlock(index, MigrateSkip.locked);
    }
    for (let at = 0; at < HUGE_PAGES; at++) {
      const page = (start + at) as PageIndex;
      const pte = pageTable.get(page);
      src[index + at] = at === 0 ? this.#enter(page, pte, pteFrame(pte)) | MigratePfn.COMPOUND : 0;
      if (at > 0) this.#enter(page, pte, pteFrame(pte));
    }
    return HUGE_PAGES;
  }

  #unlock(frame: FrameNumber): void {
    if (frame !== this.#args.faultPage) this.#of(frame)[frameRecord(frame) + FrameField.FLAGS]! &= ~FrameFlag.LOCKED;
  }

  #skipBlock(index: number, why: MigrateSkip): number {
    this.#args.src.fill(0, index, index + HUGE_PAGES);
    this.#args.skipped.fill(why, index, index + HUGE_PAGES);
    return HUGE_PAGES;
  }

  #skip(index: number, why: MigrateSkip): 0 {
    this.#args.skipped[index] = why;
    return 0;
  }
}
