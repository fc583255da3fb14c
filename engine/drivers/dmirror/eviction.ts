/**
 * Pages that leave the device without a request for them: the CPU touches one, or the device is closed or released. Source: lib/test_hmm.c
 * (dmirror_devmem_fault, dmirror_device_evict_chunk).
 *
 * Invariant: a CPU fault moves the page that faulted, or the huge page that it is part of, and nothing else.
 */

import { migrateDevicePfns } from '../../hmm/migrate-device.js';
import { migrateVmaFinalize, migrateVmaPages, migrateVmaSetup } from '../../hmm/migrate.js';
import { MigrateSelect, MigrateVma } from '../../hmm/migrate-vma.js';
import { Cause } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import type { Mm } from '../../memory/mm.js';
import { pteFrame } from '../../memory/page-table.js';
import type { PhysicalMemory } from '../../memory/physical-memory.js';
import { frameNumber, HUGE_PAGES, hugeBlockStart, type PageIndex } from '../../memory/units.js';
import { allocateInSystem, eachMoved, forgetMoving, recordTransfers, selectOf } from './migration.js';
import type { TestDevice } from './test-device.js';

/** Frames of one eviction at most: no huge page is cut in two. */
const EVICTION_PAGES = HUGE_PAGES;

/** The CPU touched a page of the device's, whose lock the fault holds. */
export function faultToRam(device: TestDevice, mm: Mm, page: PageIndex): FaultResult {
  const huge = mm.pageTable.isHuge(page);
  const args = new MigrateVma(huge ? HUGE_PAGES : 1);
  args.start = huge ? hugeBlockStart(page) : page;
  args.count = huge ? HUGE_PAGES : 1;
  args.owner = device.owner;
  args.select = selectOf(device) | (huge ? MigrateSelect.COMPOUND : 0);
  args.faultPage = pteFrame(mm.pageTable.get(page));
  if (migrateVmaSetup(mm, args) !== 0) return fatalFault('driver-failed');
  if (!allocateInSystem(device, mm, args)) {
    migrateVmaFinalize(mm, args);
    return fatalFault('out-of-memory');
  }
  forgetMoving(device, mm, args);
  migrateVmaPages(mm, args);
  recordTransfers(device, args, false, Cause.fault);
  migrateVmaFinalize(mm, args);
  return FAULT_RESOLVED;
}

/** Moves all of the device's pages, of every process, to system memory; what somebody holds stays. */
export function evictAll(device: TestDevice, physical: PhysicalMemory): void {
  const { frames } = device.memory;
  const [mm] = physical.spaces();
  if (mm === undefined || frames.usedFrames === 0) return;
  const args = new MigrateVma(EVICTION_PAGES);
  const victims = new Int32Array(EVICTION_PAGES);
  args.select = MigrateSelect.COMPOUND;
  for (let index = 0, found = 0; index < frames.highest; index++) {
    const frame = frameNumber(device.node, index);
    if (frames.refcount(frame) > 0) victims[found++] = frame;
    if ((index + 1) % EVICTION_PAGES !== 0 && index + 1 < frames.highest) continue;
    if (found > 0) evict(device, mm, args, victims, found);
    found = 0;
  }
}

function evict(device: TestDevice, mm: Mm, args: MigrateVma, victims: Int32Array, count: number): void {
  migrateDevicePfns(mm, args, victims, count);
  allocateInSystem(device, mm, args);
  migrateVmaPages(mm, args);
  eachMoved(args, (page, pages) => {
    device.events.evicted(page, pages);
  });
  recordTransfers(device, args, false, Cause.evict);
  migrateVmaFinalize(mm, args);
}
