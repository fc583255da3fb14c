/**
 * Atomic operations of a device that are to be atomic for every processor, on memory that it reaches without native atomics: nobody else may
 * write the page meanwhile. Source: NVIDIA open-gpu-kernel-modules, uvm_va_block.c (block_service_finish_revoke_prot), uvm_hmm.c
 * (hmm_block_atomic_fault_locked); Linux mm/rmap.c (make_device_exclusive).
 *
 * Invariant: while a device has the permission, the CPU may not write the page, and no other device maps it. The next who writes takes it away.
 */

import { makeDeviceExclusive, putDeviceExclusive } from '../../hmm/exclusive.js';
import type { Errno } from '../../memory/errno.js';
import { Cause, EventKind } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import { mapManagedPage, revokeManagedWrite } from '../../memory/managed.js';
import { SYSTEM_NODE, type FrameNumber, type PageIndex } from '../../memory/units.js';
import { isShared, VmaFlag, type Vma } from '../../memory/vma.js';
import { rangeFaultFailure } from '../access.js';
import type { Device } from '../driver.js';
import type { ServiceParts } from './service-parts.js';

export class SystemAtomics {
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** Whether the device may do them on the page as it is mapped. */
  allows(device: Device, page: PageIndex): boolean {
    const { context, topology } = this.#parts;
    const { mm } = context;
    if (!device.mirror.allows(page, true)) return false;
    const kind = mm.findVma(page)?.kind;
    // What the driver has not allocated and cannot take away from anybody.
    if (kind === 'pinned' || kind === 'device' || kind === 'local') return true;
    return topology.hasNativeAtomics(device.node, mm.nodeOf(page)) || device.mirror.isAtomic(page);
  }

  /** The device, which may write the page, gets the permission. */
  grant(device: Device, page: PageIndex): FaultResult {
    const vma = this.#parts.context.mm.findVma(page);
    if (vma === undefined || this.allows(device, page)) return FAULT_RESOLVED;
    return vma.kind === 'managed' ? this.#revokeOthers(device, page) : this.#makeExclusive(device, vma, page);
  }

  /** Somebody else writes managed memory: devices lose the permission. @param vma the page's */
  withdraw(vma: Vma, page: PageIndex): void {
    const { context, thrashing } = this.#parts;
    for (const { mirror, node } of context.devices) {
      if (!mirror.isAtomic(page)) continue;
      mirror.setAtomic(page, false);
      thrashing.revoked(page, node);
    }
    mapManagedPage(context.mm, vma, page);
  }

  #revokeOthers(device: Device, page: PageIndex): FaultResult {
    const { context, thrashing } = this.#parts;
    if (revokeManagedWrite(context.mm, page)) {
      this.#record(device, page);
      thrashing.revoked(page, SYSTEM_NODE);
    }
    for (const { mirror, node } of context.devices) {
      if (node === device.node || !mirror.allows(page, false)) continue;
      mirror.unmap(page, 1, Cause.exclusive);
      thrashing.revoked(page, node);
    }
    device.mirror.setAtomic(page, true);
    return FAULT_RESOLVED;
  }

  #makeExclusive(device: Device, vma: Vma, page: PageIndex): FaultResult {
    const { mm } = this.#parts.context;
    if (isShared(vma) || (vma.flags & VmaFlag.HUGETLB) !== 0) return fatalFault('driver-failed');
    const frame = makeDeviceExclusive(mm, page, device.mirror.owner, device.node);
    if (frame < 0) return rangeFaultFailure(frame as Errno);
    device.mirror.map(page, frame as FrameNumber, true);
    device.mirror.setAtomic(page, true);
    putDeviceExclusive(mm.physical, frame as FrameNumber);
    return FAULT_RESOLVED;
  }

  /** As the exclusive access of memory that is not managed is recorded. */
  #record(device: Device, firstPage: PageIndex): void {
    const where = { source: SYSTEM_NODE, target: device.node, firstPage, pageCount: 1 };
    this.#parts.events.record(EventKind.exclusive, device, { ...where, cause: Cause.exclusive, durationNs: 0 });
  }
}
