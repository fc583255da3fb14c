/**
 * Whether a device could come to evict: a bound, so that nothing is done about it where all that there is fits. Source of the unit: NVIDIA
 * open-gpu-kernel-modules, uvm_pmm_gpu.h (root chunks of 2 MiB).
 *
 * Invariant: where this says no, no page leaves the device for want of room while a kernel runs: a kernel cannot make areas.
 */
import type { Device } from '../../drivers/driver.js';
import type { AddressSpace } from '../../memory/address-space.js';
import { HUGE_PAGES } from '../../memory/units.js';
import { mayMigrate } from '../../memory/vma.js';

/** Areas count as the blocks of 2 MiB that they lie in: a driver may keep a whole one for a part of it. */
export function isOversubscribed(mm: AddressSpace, device: Device): boolean {
  let pages = 0;
  for (const vma of mm.areas) {
    if (vma.agent === device.agent) pages += vma.end - vma.start;
    else if (mayMigrate(vma)) pages += blocksOf(vma.start, vma.end) * HUGE_PAGES;
  }
  return pages > device.memory.frames.capacity;
}

function blocksOf(start: number, end: number): number {
  return Math.floor((end - 1) / HUGE_PAGES) - Math.floor(start / HUGE_PAGES) + 1;
}
