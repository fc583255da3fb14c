/**
 * Faults on the CPU's page table: first touch, a device-private entry, a write to a read-only entry. Source: mm/memory.c
 * (handle_mm_fault, do_anonymous_page, do_swap_page, do_wp_page).
 *
 * Invariant: a fault that is resolved leaves an entry that allows the access; one that is not leaves everything as it was.
 * Not here yet: zero page, copy-on-write, swap, file pages.
 */

import { Access, Cause, EventKind, isWrite } from './event.js';
import { restoreExclusive } from './exclusive.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from './fault.js';
import type { Mm } from './mm.js';
import { makePte, pteFrame, pteType, PteType } from './page-table.js';
import { CPU, NO_FRAME, SYSTEM_NODE, type PageIndex } from './units.js';
import { isAccessible, isOrdinary, isWritable, Protection, type Vma } from './vma.js';

/** Pages at the bottom of the address space where an address is a null pointer plus an offset (mmap_min_addr, 64 KiB). */
const NULL_PAGES = 16;
/** A driver that says "resolved" so often without it being so is broken. */
const MAX_ROUNDS = 8;

export type PopulateResult = FaultResult & { /** The page that could not be reached. */ readonly page?: PageIndex };

export function handleCpuFault(mm: Mm, page: PageIndex, access: Access): FaultResult {
  if (mm.pageTable.allows(page, isWrite(access)) && access !== Access.exec) return FAULT_RESOLVED;
  const vma = mm.findVma(page);
  const refused = refuseCpuAccess(vma, page, access);
  if (refused !== undefined) return refused;
  const { timing } = mm;
  const migrates = pteType(mm.pageTable.get(page)) === PteType.devicePrivate;
  const durationNs = timing === undefined ? 0 : migrates ? timing.cpuFaultMigrationNs : timing.cpuFirstTouchNs;
  mm.sink.record({
    kind: EventKind.cpuFault,
    agent: CPU,
    source: mm.nodeOf(page),
    target: SYSTEM_NODE,
    firstPage: page,
    pageCount: 1,
    access,
    cause: Cause.none,
    durationNs,
    extra: 0,
  });
  timing?.advance(durationNs);
  return faultIn(mm, page, access);
}

export function faultIn(mm: Mm, page: PageIndex, access: Access): FaultResult {
  const vma = mm.findVma(page);
  const refused = refuseCpuAccess(vma, page, access);
  if (refused !== undefined || vma === undefined) return refused ?? nothingMapped(page);
  const write = isWrite(access);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (mm.pageTable.allows(page, write)) return FAULT_RESOLVED;
    const result = resolveEntry(mm, vma, page, access);
    if (!result.ok) return result;
  }
  return fatalFault('driver-failed');
}

export function populate(mm: Mm, start: PageIndex, count: number, access: Access): PopulateResult {
  const write = isWrite(access);
  for (let page = start; page < start + count; page++) {
    if (mm.pageTable.allows(page, write)) continue;
    const result = faultIn(mm, page, access);
    if (!result.ok) return { ...result, page };
  }
  return FAULT_RESOLVED;
}

/** Why an access to the page can never be done by the CPU, or undefined. */
function refuseCpuAccess(vma: Vma | undefined, page: PageIndex, access: Access): FaultResult | undefined {
  if (vma === undefined) return nothingMapped(page);
  if (!isOrdinary(vma)) return fatalFault(vma.kind === 'reserved' ? 'unmapped' : 'device-only');
  return allowedByProtection(vma, access) ? undefined : fatalFault('protection');
}

/** Whether the area's protection lets anybody do this access. */
function allowedByProtection(vma: Vma, access: Access): boolean {
  if (access === Access.exec) return (vma.protection & Protection.exec) !== 0;
  return isWrite(access) ? isWritable(vma) : isAccessible(vma);
}

/** The failure of an access to a page where nothing is mapped: for a device as for the CPU. */
export function nothingMapped(page: PageIndex): FaultResult {
  return fatalFault(page < NULL_PAGES ? 'null' : 'unmapped');
}

function resolveEntry(mm: Mm, vma: Vma, page: PageIndex, access: Access): FaultResult {
  const pte = mm.pageTable.get(page);
  switch (pteType(pte)) {
    case PteType.none:
      return firstTouch(mm, vma, page);
    case PteType.present:
      // A write to a read-only entry of a writable area: nobody shares the frame, so the entry may just become writable.
      mm.pageTable.set(page, makePte(PteType.present, pteFrame(pte), true));
      return FAULT_RESOLVED;
    case PteType.devicePrivate:
      return bringBack(mm, page, access);
    case PteType.exclusive:
      return restoreExclusive(mm, vma, page) === 'ready' ? FAULT_RESOLVED : fatalFault('driver-failed');
    case PteType.migration:
    case PteType.deviceOnly:
    case PteType.copy:
    case PteType.swap:
      return fatalFault('driver-failed');
  }
}

function firstTouch(mm: Mm, vma: Vma, page: PageIndex): FaultResult {
  const { system } = mm.physical;
  const frame = system.allocate();
  if (frame === NO_FRAME) return fatalFault('out-of-memory');
  system.map(frame, page);
  system.put(frame);
  mm.pageTable.set(page, makePte(PteType.present, frame, isWritable(vma)));
  return FAULT_RESOLVED;
}

/** The device-private branch of do_swap_page: the fault locks the page and holds it while the driver moves it. */
function bringBack(mm: Mm, page: PageIndex, access: Access): FaultResult {
  const frame = pteFrame(mm.pageTable.get(page));
  const pagemap = mm.physical.pagemapOf(frame);
  if (pagemap?.frames.tryLock(frame) !== true) return fatalFault('driver-failed');
  pagemap.frames.get(frame);
  // A debugger that watches the driver may end the program from within.
  try {
    return pagemap.migrateToRam(mm, page, access);
  } finally {
    pagemap.frames.unlock(frame);
    pagemap.frames.put(frame);
  }
}
