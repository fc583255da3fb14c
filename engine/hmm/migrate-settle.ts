/**
 * The end of a migration, frame by frame: what maps a frame now, and who lets go of what. Source: mm/migrate_device.c
 * (migrate_device_finalize).
 *
 * Invariant: quick where one entry of this process is all there is, by the reverse mapping otherwise; both do the same. References are moved,
 * not dropped and taken again, so a frame is never free in between.
 */

import { FrameField, FrameFlag, frameRecord, type FrameAllocator } from '../memory/frames.js';
import type { Mm } from '../memory/mm.js';
import { makePte, PTE_PROT_NONE, pteFrame, pteType, PteType, pteWritable } from '../memory/page-table.js';
import { frameNode, HUGE_PAGES, type FrameNumber, type PageIndex } from '../memory/units.js';
import { isAccessible } from '../memory/vma.js';
import { CARRIED_FLAGS, release, replaceEntries } from './migrate-entries.js';
import { migrateFrame, MigratePfn, type MigrateVma } from './migrate-vma.js';

const MOVING = MigratePfn.VALID | MigratePfn.MIGRATE;
const TARGET = MigratePfn.VALID | MigratePfn.COMPOUND;

export class Settler {
  readonly #mm: Mm;
  readonly #faultPage: FrameNumber;
  /** The nodes of the frames that came last, with their records. */
  #fromNode = -1;
  #source: FrameAllocator;
  #from: Int32Array;
  #toNode = -1;
  #target: FrameAllocator;
  #to: Int32Array;
  #onDevice = false;
  /** The area that the last page was in: [start, end), and what its entries get. */
  #areaStart = 0;
  #areaEnd = 0;
  #protNone = 0;

  constructor(mm: Mm, faultPage: FrameNumber) {
    this.#mm = mm;
    this.#faultPage = faultPage;
    this.#source = this.#target = mm.physical.system;
    this.#from = this.#to = this.#source.records;
  }

  /**
   * The common case, many at once: small pages that move between two nodes and are mapped once, here. The mapping takes over the driver's
   * reference. @returns the index of the first word that is another case.
   */
  settleRun({ src, dst, pages, count, scratch }: MigrateVma, first: number): number {
    const word = src[first]!;
    const target = dst[first]!;
    if ((word & MOVING) !== MOVING || target === 0) return first;
    this.#enterSource(migrateFrame(word));
    this.#enterTarget(migrateFrame(target));
    this.#enterArea(pages[first]! as PageIndex);
    const faultPage = this.#faultPage;
    const fromNode = this.#fromNode;
    const toNode = this.#toNode;
    const areaStart = this.#areaStart;
    const areaEnd = this.#areaEnd;
    const source = this.#from;
    const goal = this.#to;
    const table = this.#mm.pageTable;
    const { entries } = table;
    const space = this.#mm.id;
    const onDevice = this.#onDevice;
    const protNone = this.#protNone;
    let index = first;
    for (; index < count; index++) {
      const word = src[index]!;
      const target = dst[index]!;
      const from = migrateFrame(word);
      const there = migrateFrame(target);
      const page = pages[index]! as PageIndex;
      const pte = entries[page]!;
      if ((word & (MOVING | MigratePfn.COMPOUND)) !== MOVING || (target & TARGET) !== MigratePfn.VALID) break;
      if (frameNode(from) !== fromNode || frameNode(there) !== toNode) break;
      if (pteType(pte) !== PteType.migration || pteFrame(pte) !== from || from === faultPage) break;
      if (page < areaStart || page >= areaEnd) break;
      const old = frameRecord(from);
      const flags = source[old + FrameField.FLAGS]!;
      if ((flags & FrameFlag.SHARED) !== 0) break;
      source[old + FrameField.FLAGS] = flags & ~FrameFlag.LOCKED;
      const record = frameRecord(there);
      goal[record + FrameField.FLAGS]! |= flags & CARRIED_FLAGS;
      goal[record + FrameField.MAPS]!++;
      goal[record + FrameField.PAGE] = page;
      goal[record + FrameField.SPACE] = space;
      goal[record + FrameField.INDEX] = source[old + FrameField.INDEX]!;
      if (onDevice) table.setUnreachable(page, makePte(PteType.devicePrivate, there, pteWritable(pte)));
      else table.set(page, makePte(PteType.present, there, pteWritable(pte)) | protNone);
      scratch[index - first] = from;
    }
    this.#source.putMany(scratch, index - first);
    return index;
  }

  /** `from` and `to` are the same if the page stays. The migration lets go of `from`. */
  settle(page: PageIndex, from: FrameNumber, to: FrameNumber): void {
    if (frameNode(from) !== this.#fromNode) this.#enterSource(from);
    if (frameNode(to) !== this.#toNode) this.#enterTarget(to);
    const mm = this.#mm;
    const source = this.#from;
    const old = frameRecord(from);
    const table = mm.pageTable;
    const pte = table.entries[page]!;
    const flags = source[old + FrameField.FLAGS]!;
    if ((flags & FrameFlag.SHARED) !== 0 || pteType(pte) !== PteType.migration || pteFrame(pte) !== from) {
      replaceEntries(mm.physical, from, to);
      release(mm.physical, from, this.#faultPage);
      return;
    }
    const goal = this.#to;
    const record = frameRecord(to);
    goal[record + FrameField.FLAGS]! |= flags & CARRIED_FLAGS;
    goal[record + FrameField.REFS]!++;
    goal[record + FrameField.MAPS]!++;
    goal[record + FrameField.PAGE] = page;
    goal[record + FrameField.SPACE] = mm.id;
    goal[record + FrameField.INDEX] = source[old + FrameField.INDEX]!;
    if (this.#onDevice) table.setUnreachable(page, makePte(PteType.devicePrivate, to, pteWritable(pte)));
    else table.set(page, makePte(PteType.present, to, pteWritable(pte)) | this.#protNoneAt(page));
    if (from !== this.#faultPage) source[old + FrameField.FLAGS]! &= ~FrameFlag.LOCKED;
    this.#source.put(from);
  }

  /** Drops the driver's reference of a frame that it offered. */
  put(frame: FrameNumber): void {
    if (frameNode(frame) !== this.#toNode) this.#enterTarget(frame);
    this.#target.put(frame);
  }

  /** One of the two words is COMPOUND: a huge page that moves to a huge one or stays, or a huge frame that was of no use. */
  settleHuge(start: PageIndex, word: number, target: number): void {
    const moved = (word & MigratePfn.MIGRATE) !== 0 && target !== 0;
    const span = (word & MigratePfn.COMPOUND) === 0 ? 1 : HUGE_PAGES;
    for (let at = 0; (word & MigratePfn.VALID) !== 0 && at < span; at++) {
      const from = (migrateFrame(word) + at) as FrameNumber;
      this.settle((start + at) as PageIndex, from, moved ? ((migrateFrame(target) + at) as FrameNumber) : from);
    }
    const offered = target === 0 ? 0 : (target & MigratePfn.COMPOUND) === 0 ? 1 : HUGE_PAGES;
    for (let at = 0; at < offered; at++) this.put((migrateFrame(target) + at) as FrameNumber);
  }

  #enterSource(from: FrameNumber): void {
    this.#fromNode = frameNode(from);
    this.#source = this.#mm.physical.of(from);
    this.#from = this.#source.records;
  }

  #enterTarget(to: FrameNumber): void {
    const { physical } = this.#mm;
    this.#toNode = frameNode(to);
    this.#target = physical.of(to);
    this.#to = this.#target.records;
    this.#onDevice = physical.pagemapOf(to)?.type === 'private';
  }

  /** The area may have become PROT_NONE while the page was away. */
  #protNoneAt(page: PageIndex): number {
    if (page < this.#areaStart || page >= this.#areaEnd) this.#enterArea(page);
    return this.#protNone;
  }

  #enterArea(page: PageIndex): void {
    const vma = this.#mm.findVma(page);
    this.#areaStart = vma?.start ?? page;
    this.#areaEnd = vma?.end ?? page + 1;
    this.#protNone = vma === undefined || !isAccessible(vma) ? PTE_PROT_NONE : 0;
  }
}
