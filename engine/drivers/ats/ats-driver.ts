/**
 * The driver `ats`: solution 2 of the original HMM proposal. The device translates addresses through the IOMMU, which walks the process's own
 * page table (ATS), and asks the kernel for pages that are missing (PRI). It works on system memory where it lies; nothing migrates and
 * nothing has to be pinned.
 *
 * Invariant: what the device holds is a cache of the CPU's entries (the translation cache): it never allows more than they do, and goes when
 * the CPU changes them. Sources: PCI Express ATS and PRI, Linux drivers/iommu/io-pgfault.c (iommu_sva), Documentation/mm/hmm.rst.
 */

import { deviceFaultNs, mapNs } from '../../machine/cost-model.js';
import { Cause, EventKind, isWrite, type Access } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import { pteFrame, pteWritable } from '../../memory/page-table.js';
import type { PageIndex } from '../../memory/units.js';
import { refuseDeviceAccess } from '../access.js';
import { DeviceEvents } from '../device-events.js';
import { notAttached, type Device, type Driver, type DriverContext } from '../driver.js';

interface Attached {
  readonly context: DriverContext;
  readonly events: DeviceEvents;
}

export class AtsDriver implements Driver {
  readonly name = 'ats';
  #attached: Attached | undefined;

  attach(context: DriverContext): void {
    this.#attached = { context, events: new DeviceEvents(context) };
  }

  /** A page that the CPU's table has is translated without a fault; a page request brings in any other. */
  deviceFault(device: Device, page: PageIndex, access: Access): FaultResult {
    const { context, events } = this.#attached ?? notAttached(this);
    const { mm, machine } = context;
    const write = isWrite(access);
    if (device.mirror.allows(page, write)) return FAULT_RESOLVED;
    const refused = refuseDeviceAccess(mm.findVma(page), device.agent, page, access);
    if (refused !== undefined) return refused;
    if (!mm.pageTable.allows(page, write)) {
      const source = mm.nodeOf(page);
      const durationNs = deviceFaultNs(machine.costs);
      events.record(EventKind.deviceFault, device, {
        source,
        target: source,
        firstPage: page,
        pageCount: 1,
        access,
        durationNs,
      });
      const result = mm.faultIn(page, access);
      if (!result.ok) return result;
    }
    const pte = mm.pageTable.get(page);
    device.mirror.map(page, pteFrame(pte), pteWritable(pte));
    events.record(EventKind.remoteMap, device, {
      source: mm.nodeOf(page),
      target: device.node,
      firstPage: page,
      pageCount: 1,
      access,
      cause: Cause.fault,
      durationNs: mapNs(machine.costs, 1),
    });
    return device.mirror.allows(page, write) ? FAULT_RESOLVED : fatalFault('driver-failed');
  }

  /** No page of a process is ever on a device. */
  migrateToRam(): FaultResult {
    return fatalFault('driver-failed');
  }

  /** What fills the device was put there by the program and cannot be moved. */
  makeRoom(): boolean {
    return false;
  }
}
