/**
 * Faults on the CPU's page table: first touch, a device-private entry, swap, a write to a shared page. Source: mm/memory.c (handle_mm_fault,
 * do_anonymous_page, do_swap_page, do_wp_page).
 *
 * Invariant: a fault that is resolved leaves an entry that allows the access; one that is not leaves everything as it was. Holes of anonymous
 * areas are zeros already, so a first touch writes no bytes.
 */

import { copyOnWrite } from './copy-on-write.js';
import { allocateFrame, installPage } from './entries.js';
import { Access, Cause, EventKind, isWrite } from './event.js';
import { restoreExclusive } from './exclusive.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from './fault.js';
import { faultHuge } from './huge.js';
import { waitUntil, type Mm, type WaitOutcome } from './mm.js';
import { HWPOISON_SLOT, pteFrame, pteSlot, pteType, PteType } from './page-table.js';
import { recordSwap } from './reclaim.js';
import { CPU, NO_NODE, NO_FRAME, SYSTEM_NODE, ZERO_FRAME, type FrameNumber, type PageIndex } from './units.js';
import type { FrameAllocator } from './frames.js';
import {
  isAccessible,
  isAnonymous,
  isOrdinary,
  isShared,
  isWritable,
  Protection,
  readsAsZeros,
  type Vma,
} from './vma.js';

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
  const source = mm.nodeOf(page);
  const migrates = source !== SYSTEM_NODE && source !== NO_NODE;
  const durationNs = timing === undefined ? 0 : migrates ? timing.cpuFaultMigrationNs : timing.cpuFirstTouchNs;
  mm.sink.record({
    kind: EventKind.cpuFault,
    agent: CPU,
    source,
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
  const write = isWrite(access);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    // While somebody waited, another thread may have changed the areas.
    const vma = mm.findVma(page);
    const refused = refuseCpuAccess(vma, page, access);
    if (refused !== undefined || vma === undefined) return refused ?? nothingMapped(page);
    if (mm.pageTable.allows(page, write)) return FAULT_RESOLVED;
    const result = resolveEntry(mm, vma, page, access);
    if (!result.ok) return result;
  }
  return mm.pageTable.allows(page, write) ? FAULT_RESOLVED : fatalFault('driver-failed');
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
  const type = pteType(pte);
  const { managedFault } = mm;
  if (managedFault !== undefined && vma.kind === 'managed' && (type === PteType.none || type === PteType.present)) {
    return managedFault(mm, page, access);
  }
  switch (type) {
    case PteType.none:
      return firstTouch(mm, vma, page, access);
    case PteType.present:
      return isShared(vma) && vma.backing !== undefined
        ? vma.backing.makeWritable(mm, vma, page)
        : copyOnWrite(mm, vma, page);
    case PteType.devicePrivate:
      return bringBack(mm, page, access);
    case PteType.swap:
      return pteSlot(pte) === HWPOISON_SLOT ? fatalFault('poisoned') : swapIn(mm, vma, page, pteSlot(pte));
    case PteType.exclusive:
      return waited(restoreExclusive(mm, vma, page));
    case PteType.migration:
      return waited(
        waitUntil(mm, { kind: 'migration', page }, () => pteType(mm.pageTable.get(page)) !== PteType.migration),
      );
    case PteType.deviceOnly:
    case PteType.copy:
      return fatalFault('driver-failed');
  }
}

/** What a wait in a fault means for the access. */
function waited(outcome: WaitOutcome): FaultResult {
  if (outcome === 'ready') return FAULT_RESOLVED;
  return fatalFault(outcome === 'deadlock' ? 'driver-failed' : 'timeout');
}

function firstTouch(mm: Mm, vma: Vma, page: PageIndex, access: Access): FaultResult {
  const { backing } = vma;
  if (backing !== undefined) return backing.fault(mm, vma, page, isShared(vma) ? access : Access.read);
  if (isAnonymous(vma) && faultHuge(mm, vma, page, access)) return FAULT_RESOLVED;
  if (!isWrite(access) && readsAsZeros(vma)) {
    mm.physical.system.get(ZERO_FRAME);
    installPage(mm, vma, page, ZERO_FRAME, false);
    return FAULT_RESOLVED;
  }
  const frame = allocateFrame(mm);
  if (frame === NO_FRAME) return fatalFault('out-of-memory');
  installPage(mm, vma, page, frame, isWritable(vma));
  return FAULT_RESOLVED;
}

/**
 * The page comes back from the swap area. There is no swap cache: processes that share the slot each get a page of their own, so it may be
 * written at once.
 */
function swapIn(mm: Mm, vma: Vma, page: PageIndex, slot: number): FaultResult {
  const frame = allocateFrame(mm);
  if (frame === NO_FRAME) return fatalFault('out-of-memory');
  mm.physical.swap.release(slot);
  installPage(mm, vma, page, frame, isWritable(vma));
  recordSwap(mm, EventKind.swapIn, page, Cause.fault);
  return FAULT_RESOLVED;
}

/** The device-private branch of do_swap_page: the fault locks the page and holds it while the driver moves it. */
function bringBack(mm: Mm, page: PageIndex, access: Access): FaultResult {
  const pte = mm.pageTable.get(page);
  const frame = pteFrame(pte);
  const pagemap = mm.physical.pagemapOf(frame);
  if (pagemap === undefined) return fatalFault('driver-failed');
  const outcome = waitUntil(mm, { kind: 'pageLock', page }, () => !pagemap.frames.isLocked(frame));
  if (outcome !== 'ready') return waited(outcome);
  if (pagemap.frames.pincount(frame) > 0) return waitForUnpin(mm, page, access, pagemap.frames, frame);
  if (mm.pageTable.get(page) !== pte || !pagemap.frames.tryLock(frame)) return FAULT_RESOLVED;
  pagemap.frames.get(frame);
  // A debugger that watches the driver may end the program from within.
  try {
    return pagemap.migrateToRam(mm, page, access);
  } finally {
    pagemap.frames.unlock(frame);
    pagemap.frames.put(frame);
  }
}

/** The page is pinned in a device's memory (see hmm/device-pins.ts): the CPU is blocked out until it no longer is. */
function waitForUnpin(
  mm: Mm,
  page: PageIndex,
  access: Access,
  frames: FrameAllocator,
  frame: FrameNumber,
): FaultResult {
  mm.sink.record({
    kind: EventKind.pinWait,
    agent: CPU,
    source: frames.node,
    target: SYSTEM_NODE,
    firstPage: page,
    pageCount: 1,
    access,
    cause: Cause.pin,
    durationNs: 0,
    extra: frames.pincount(frame),
  });
  const outcome = waitUntil(mm, { kind: 'devicePin', page }, () => frames.pincount(frame) === 0);
  return outcome === 'deadlock' ? fatalFault('deadlock') : waited(outcome);
}
