/**
 * Moving a range to the device and back, on the program's request. Source: lib/test_hmm.c (dmirror_migrate_to_device,
 * dmirror_migrate_to_system, dmirror_migrate_alloc_and_copy).
 *
 * Invariant: whatever cannot move stays where it is and is mapped as before; the device's table gets an entry for exactly the pages that
 * moved.
 */

import { MirrorFlag } from '../../hmm/mirror-table.js';
import { MigratePfn, migrateFrame, migratePfn, MigrateSelect, MigrateVma } from '../../hmm/migrate-vma.js';
import { migrateVmaFinalize, migrateVmaPages, migrateVmaSetup } from '../../hmm/migrate.js';
import { allocateFrame } from '../../memory/entries.js';
import { Errno } from '../../memory/errno.js';
import { Cause } from '../../memory/event.js';
import type { Mm } from '../../memory/mm.js';
import { HUGE_PAGES, NO_FRAME, PAGE_COUNT, type FrameNumber, type PageIndex } from '../../memory/units.js';
import { isReadable } from '../../memory/vma.js';
import type { DmirrorCmd } from './uapi.js';
import type { MirrorFile, TestDevice } from './test-device.js';

/** Pages of one migration: what one table of the lowest level holds. */
const MIGRATION_PAGES = 512;

/** @returns 0, even if pages stayed; -EINVAL where there is no area, an unreadable one, or one whose pages never migrate. */
export function migrateToDevice(file: MirrorFile, start: number, count: number): 0 | Errno {
  const { device, mm } = file;
  return inPieces(file, start, count, MigrateSelect.SYSTEM, (args) => {
    allocateOnDevice(device, mm, args);
    migrateVmaPages(mm, args);
    recordTransfers(device, args, true, Cause.api);
    mapMigrated(file, args);
    migrateVmaFinalize(mm, args);
    return 0;
  });
}

/** `cmd.cpages` gets the pages that moved. @returns 0, -EINVAL as above, -ENOMEM: no system memory for a page. */
export function migrateToSystem(file: MirrorFile, start: number, count: number, cmd: DmirrorCmd): 0 | Errno {
  const { device, mm } = file;
  return inPieces(file, start, count, selectOf(device), (args) => {
    if (!allocateInSystem(device, mm, args)) {
      migrateVmaFinalize(mm, args);
      return Errno.ENOMEM;
    }
    forgetMoving(device, mm, args);
    migrateVmaPages(mm, args);
    recordTransfers(device, args, false, Cause.api);
    cmd.cpages += BigInt(movedPages(args));
    migrateVmaFinalize(mm, args);
    return 0;
  });
}

/** Which pages a device's driver collects when it brings its own back. */
export function selectOf(device: TestDevice): number {
  return device.type === 'private' ? MigrateSelect.DEVICE_PRIVATE : MigrateSelect.DEVICE_COHERENT;
}

/**
 * Finds system memory for what was collected (dmirror_devmem_fault_alloc_and_copy).
 * @returns false if there is none for a page: nothing of the migration is to move then, and no dst is left.
 */
export function allocateInSystem(device: TestDevice, mm: Mm, args: MigrateVma): boolean {
  const { system } = mm.physical;
  const enough = eachCollected(args, (index, huge) => {
    if (!args.hasContents(index)) return true;
    const first = huge && !device.failsHuge(mm) ? system.allocateHuge() : NO_FRAME;
    if (first !== NO_FRAME) setHuge(args, index, first);
    return first !== NO_FRAME || setPages(args, index, pagesOf(huge), () => allocateFrame(mm));
  });
  if (!enough) giveUp(mm, args);
  return enough;
}

/** Drops the device's entries for what is about to leave it, which no notifier tells it of: it is the owner. */
export function forgetMoving(device: TestDevice, mm: Mm, args: MigrateVma): void {
  eachCollected(args, (index, huge) => {
    device.forget(mm, args.pageAt(index), pagesOf(huge));
    return true;
  });
}

/** One event for each run of neighbouring pages that moved and had contents. */
export function recordTransfers(device: TestDevice, args: MigrateVma, toDevice: boolean, cause: Cause): void {
  let first = 0 as PageIndex;
  let count = 0;
  const flush = (): void => {
    if (count > 0) device.events.transfer(toDevice, first, count, cause);
    count = 0;
  };
  eachMoved(args, (page, pages) => {
    if (count > 0 && page === first + count) count += pages;
    else {
      flush();
      first = page;
      count = pages;
    }
  });
  flush();
}

/** Calls for each page, or huge page, that moved and is no hole. */
export function eachMoved(args: MigrateVma, visit: (page: PageIndex, pages: number) => void): void {
  for (let index = 0; index < args.count; index += args.span(index)) {
    if (args.moves(index) && args.hasContents(index) && args.dst[index] !== 0)
      visit(args.pageAt(index), args.span(index));
  }
}

/** Cuts a range where areas end, and at MIGRATION_PAGES, and collects each piece. */
function inPieces(
  file: MirrorFile,
  start: number,
  count: number,
  select: number,
  move: (args: MigrateVma) => 0 | Errno,
): 0 | Errno {
  const { mm, device } = file;
  const args = new MigrateVma(MIGRATION_PAGES);
  args.owner = device.owner;
  args.select = select | MigrateSelect.COMPOUND;
  for (let page = start; page < start + count; page += args.count) {
    const vma = page < PAGE_COUNT ? mm.findVma(page as PageIndex) : undefined;
    if (vma === undefined || !isReadable(vma)) return Errno.EINVAL;
    args.start = page as PageIndex;
    args.count = Math.min(start + count - page, MIGRATION_PAGES, vma.end - page);
    const result = migrateVmaSetup(mm, args);
    if (result !== 0) return result;
    const moved = move(args);
    if (moved !== 0) return moved;
  }
  return 0;
}

/** A device frame for each page that was collected; a huge page falls back to single ones. Where there is none, the page stays. */
function allocateOnDevice(device: TestDevice, mm: Mm, args: MigrateVma): void {
  eachCollected(args, (index, huge) => {
    const first = huge && !device.failsHuge(mm) ? device.allocateHuge() : NO_FRAME;
    if (first !== NO_FRAME) setHuge(args, index, first);
    else setPages(args, index, pagesOf(huge), () => device.allocate());
    return true;
  });
}

/** Calls for each page, or huge page, that was collected, until one call answers false. */
function eachCollected(args: MigrateVma, visit: (index: number, huge: boolean) => boolean): boolean {
  for (let index = 0; index < args.count; index += args.span(index)) {
    if (args.moves(index) && !visit(index, args.span(index) > 1)) return false;
  }
  return true;
}

function setHuge(args: MigrateVma, index: number, first: FrameNumber): void {
  args.dst[index] = migratePfn(first) | writeBit(args, index) | MigratePfn.COMPOUND;
}

/** False if a frame was missing; what was found before stays in dst. */
function setPages(args: MigrateVma, index: number, count: number, allocate: () => FrameNumber): boolean {
  for (let at = index; at < index + count; at++) {
    const frame = allocate();
    if (frame === NO_FRAME) return false;
    args.dst[at] = migratePfn(frame) | writeBit(args, index);
  }
  return true;
}

/** The device may write what the CPU's entry let write; finalize goes by the entry itself. */
function writeBit(args: MigrateVma, index: number): number {
  return args.src[index]! & MigratePfn.WRITE;
}

/** Puts every frame of dst back. */
function giveUp(mm: Mm, args: MigrateVma): void {
  for (let index = 0; index < args.count; index++) {
    const target = args.dst[index]!;
    args.dst[index] = 0;
    if (target === 0) continue;
    const first = migrateFrame(target);
    const frames = mm.physical.of(first);
    for (let at = 0; at < pagesOf((target & MigratePfn.COMPOUND) !== 0); at++) frames.put((first + at) as FrameNumber);
  }
}

/** dmirror_migrate_finalize_and_map: the device's entries for what has moved there; other files' entries are stale. */
function mapMigrated(file: MirrorFile, args: MigrateVma): void {
  const { device, mm, table } = file;
  for (let index = 0; index < args.count;) {
    const target = args.dst[index]!;
    const pages = args.span(index);
    const page = args.pageAt(index);
    index += pages;
    if (target === 0 || !args.moves(index - pages)) continue;
    device.forget(mm, page, pages);
    const flags = (target & MigratePfn.WRITE) === 0 ? MirrorFlag.READ : MirrorFlag.WRITE;
    for (let at = 0; at < pages; at++)
      table.set((page + at) as PageIndex, (migrateFrame(target) + at) as FrameNumber, flags);
  }
}

/** dmirror_successful_migrated_pages: words that are VALID and MIGRATE; the kernel counts a huge page as one, as it does. */
function movedPages(args: MigrateVma): number {
  let moved = 0;
  eachMoved(args, () => {
    moved++;
  });
  return moved;
}

function pagesOf(huge: boolean): number {
  return huge ? HUGE_PAGES : 1;
}
