/**
 * Moving ranges between system memory and a device: always within a range, area by area, through system memory from one device to another.
 *
 * Invariant: a range's buffer is dropped as soon as none of its pages is on the device. One thing differs from the kernel, which gives a whole
 * slice up when system memory is short: here, what there is room for moves. Source: kfd_migrate.c (svm_migrate_ram_to_vram,
 * svm_migrate_vram_to_ram, svm_migrate_vram_to_vram), kfd_svm.c (svm_range_evict_svm_bo_worker).
 */

import { Errno } from '../../memory/errno.js';
import { Cause } from '../../memory/event.js';
import type { Mm } from '../../memory/mm.js';
import type { PageIndex } from '../../memory/units.js';
import { mayMigrate } from '../../memory/vma.js';
import type { Device, DriverContext } from '../driver.js';
import { RANGE_PAGES, type PageMigration } from '../migration/page-migration.js';
import type { MigrationReason } from '../migration-step.js';
import { SvmBuffers } from './buffers.js';
import type { SvmRange } from './range.js';

/** Times that a range which does not become empty is tried. */
const TRIES = 3;

const CAUSES: Readonly<Record<MigrationReason, Cause>> = {
  fault: Cause.fault,
  prefetch: Cause.prefetch,
  evict: Cause.evict,
};

interface Move {
  readonly device: Device;
  readonly toDevice: boolean;
  readonly mm: Mm;
  readonly reason: MigrationReason;
  readonly faultPage?: PageIndex;
}

export class RangeMigration {
  readonly buffers = new SvmBuffers((buffer) => {
    if (this.#moving?.buffer === buffer) return;
    for (const range of [...buffer.ranges]) this.#empty(range, 'evict');
  });
  readonly #context: DriverContext;
  readonly #migration: PageMigration;
  /** The range that moves to a device: its buffer is no victim. */
  #moving: SvmRange | undefined;

  constructor(context: DriverContext, migration: PageMigration) {
    this.#context = context;
    this.#migration = migration;
  }

  /** @returns 0, also if some pages stay; -ENOMEM (no room for the range), -EDEADLK (it does not leave another device) */
  toDevice(range: SvmRange, device: Device, start: number, end: number, reason: MigrationReason): 0 | Errno {
    const before = this.#moving;
    this.#moving = range;
    try {
      const elsewhere = range.buffer !== undefined && range.buffer.device !== device;
      if (elsewhere && !this.#empty(range, reason)) return Errno.EDEADLK;
      if (!this.buffers.hold(range, device)) return Errno.ENOMEM;
      range.devicePages += this.#move({ device, toDevice: true, mm: this.#context.mm, reason }, start, end);
      if (range.devicePages === 0) this.buffers.drop(range);
      return 0;
    } finally {
      this.#moving = before;
    }
  }

  /** Brings what the range has on its device back. @param mm whose pages: a child's have the same range */
  toRam(range: SvmRange, start: number, end: number, reason: MigrationReason, mm: Mm, faultPage?: PageIndex): void {
    const device = range.buffer?.device;
    if (device === undefined) return;
    const move = { device, toDevice: false, mm, reason, ...(faultPage === undefined ? {} : { faultPage }) };
    range.devicePages -= this.#move(move, start, end);
    if (range.devicePages <= 0) this.recount(range);
  }

  /** Counts what a range has on its device; it may have lost pages in other ways (unmapped, thrown away). */
  recount(range: SvmRange): void {
    const node = range.buffer?.device.node;
    if (node === undefined) return;
    range.devicePages = this.#context.mm.residency(range.start as PageIndex, range.pages)[node] ?? 0;
    if (range.devicePages === 0) this.buffers.drop(range);
  }

  /** False if some page stays on the device. */
  #empty(range: SvmRange, reason: MigrationReason): boolean {
    for (let tries = 0; tries < TRIES && range.buffer !== undefined; tries++) {
      this.toRam(range, range.start, range.end, reason, this.#context.mm);
      this.recount(range);
    }
    return range.buffer === undefined;
  }

  /** @returns pages moved */
  #move(move: Move, start: number, end: number): number {
    const { faultPage } = move;
    // The page that somebody waits for comes first: there may not be room for all.
    const first = faultPage === undefined ? start : Math.max(start, faultPage - (faultPage % RANGE_PAGES));
    return this.#movePieces(move, first, end) + this.#movePieces(move, start, first);
  }

  #movePieces({ device, toDevice, mm, reason, faultPage }: Move, start: number, end: number): number {
    let moved = 0;
    for (let page = start; page < end;) {
      const vma = mm.findVma(page as PageIndex);
      const aligned = page - (page % RANGE_PAGES) + RANGE_PAGES;
      const pieceEnd = Math.min(vma?.end ?? page + 1, end, aligned);
      if (vma !== undefined && mayMigrate(vma)) {
        const holdsFault = faultPage !== undefined && faultPage >= page && faultPage < pieceEnd;
        moved += this.#migration.moveRange({
          device,
          toDevice,
          start: page as PageIndex,
          count: pieceEnd - page,
          reason,
          causeOf: () => CAUSES[reason],
          mm,
          mapped: false,
          ...(holdsFault ? { faultPage } : {}),
        });
      }
      page = pieceEnd;
    }
    return moved;
  }
}
