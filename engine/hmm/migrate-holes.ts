/**
 * Filling holes with device pages: memory that nobody has touched yet is born on the device. Source: mm/migrate_device.c
 * (migrate_vma_insert_page, migrate_vma_insert_huge_pmd_page).
 *
 * Invariant: a page is inserted only where there still is none, or the zero page, in an anonymous area whose missing pages are nobody else's
 * business; mirrors hear of it (a second MIGRATE event) before the first entry is written.
 */

import type { Mm } from '../memory/mm.js';
import { MmuNotifyEvent } from '../memory/mmu-notifier.js';
import { isZeroPage, makePte, PTE_PROT_NONE, PteType } from '../memory/page-table.js';
import { splitHuge } from '../memory/huge-split.js';
import { Cause } from '../memory/event.js';
import { HUGE_PAGES, ZERO_FRAME, type FrameNumber, type PageIndex } from '../memory/units.js';
import { isAccessible, isAnonymous, isWritable, linearPageIndex, VmaFlag, type Vma } from '../memory/vma.js';
import { MigrateSkip, type MigrateVma } from './migrate-vma.js';

export class HoleFiller {
  readonly #mm: Mm;
  readonly #args: MigrateVma;
  #notified = false;
  #vma: Vma | undefined;

  constructor(mm: Mm, args: MigrateVma) {
    this.#mm = mm;
    this.#args = args;
  }

  /** Inserts the frame (with `huge`, it and the following) where the hole was, or gives the hole up. */
  fill(index: number, frame: FrameNumber, huge: boolean): void {
    const page = this.#args.pageAt(index);
    if (!this.#notified) this.#notify(page, this.#args.count - index);
    const why = this.#whyNot(page, huge);
    if (why !== MigrateSkip.none) this.#args.giveUp(index, why);
    else if (huge) this.#insertHuge(page, frame);
    else this.#insert(page, frame);
  }

  end(): void {
    if (this.#notified) this.#mm.notifiers.end();
  }

  #notify(start: PageIndex, count: number): void {
    const { owner } = this.#args;
    this.#mm.notifiers.start({ event: MmuNotifyEvent.MIGRATE, start, count, owner, blockable: true });
    this.#notified = true;
  }

  #whyNot(page: PageIndex, huge: boolean): MigrateSkip {
    const mm = this.#mm;
    let vma = this.#vma;
    if (vma === undefined || page >= vma.end || page < vma.start) this.#vma = vma = mm.findVma(page);
    if (vma === undefined || !isAnonymous(vma)) return MigrateSkip.changed;
    if (huge ? !this.#isHugeHole(vma, page) : !isHole(mm.pageTable.entries[page]!)) return MigrateSkip.changed;
    if ((vma.flags & VmaFlag.UFFD_MISSING) !== 0) return MigrateSkip.userfault;
    return this.#args.charge?.(mm) === false ? MigrateSkip.overLimit : MigrateSkip.none;
  }

  /** Nothing at all, or the huge zero page. */
  #isHugeHole(vma: Vma, start: PageIndex): boolean {
    const { entries } = this.#mm.pageTable;
    if (start + HUGE_PAGES > vma.end) return false;
    if (this.#mm.pageTable.isHuge(start)) return isZeroPage(entries[start]!);
    for (let page = start; page < start + HUGE_PAGES; page++) if (entries[page] !== 0) return false;
    return true;
  }

  #insertHuge(start: PageIndex, first: FrameNumber): void {
    for (let at = 0; at < HUGE_PAGES; at++) this.#write((start + at) as PageIndex, (first + at) as FrameNumber);
    this.#mm.pageTable.setHuge(start, true);
  }

  #insert(page: PageIndex, frame: FrameNumber): void {
    splitHuge(this.#mm, page, Cause.none);
    this.#write(page, frame);
  }

  /** The mapping takes a reference of its own; finalize drops the driver's. */
  #write(page: PageIndex, frame: FrameNumber): void {
    const mm = this.#mm;
    const vma = this.#vma!;
    const before = mm.pageTable.entries[page]!;
    const { physical } = mm;
    physical.of(frame).map(frame, page, mm.id, linearPageIndex(vma, page));
    if (physical.pagemapOf(frame)?.type === 'private') {
      mm.pageTable.setUnreachable(page, makePte(PteType.devicePrivate, frame, isWritable(vma)));
    } else {
      const protNone = isAccessible(vma) ? 0 : PTE_PROT_NONE;
      mm.pageTable.set(page, makePte(PteType.present, frame, isWritable(vma)) | protNone);
    }
    if (before !== 0) physical.system.unmap(ZERO_FRAME);
  }
}

function isHole(pte: number): boolean {
  return pte === 0 || isZeroPage(pte);
}
