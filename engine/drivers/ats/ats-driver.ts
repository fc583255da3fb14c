/**
 * The driver `ats`: solution 2 of the original HMM proposal. The device translates addresses through the IOMMU, which walks the process's own
 * page table (ATS), and asks the kernel for pages that are missing (PRI). It works on system memory where it lies, and nothing has to be pinned.
 * Nothing migrates, unless the machine is coherent and its devices count accesses: what a device often uses moves to it then.
 *
 * Invariant: what the device holds is a cache of the CPU's entries (the translation cache): it never allows more than they do, and goes when
 * the CPU changes them. Sources: PCI Express ATS and PRI, Linux drivers/iommu/io-pgfault.c (iommu_sva), Documentation/mm/hmm.rst; the counters
 * as in ats-service.ts.
 */

import { deviceFaultNs } from '../../machine/cost-model.js';
import type { Machine } from '../../machine/machine.js';
import { EventKind, isWrite, type Access } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import type { PageIndex } from '../../memory/units.js';
import { refuseDeviceAccess } from '../access.js';
import { DeviceEvents } from '../device-events.js';
import { notAttached, type AccessCounterPolicy, type Device, type Driver, type DriverContext } from '../driver.js';
import { PageMigration } from '../migration/page-migration.js';
import { AtsService, isCoherent } from './ats-service.js';

/** As nvidia-uvm sets them. */
const COUNTERS: AccessCounterPolicy = { threshold: 256, batchNotifications: 256 };
const PREFETCH_THRESHOLD = 51;

interface Attached {
  readonly context: DriverContext;
  readonly events: DeviceEvents;
  readonly service: AtsService;
}

export class AtsDriver implements Driver {
  readonly name = 'ats';
  readonly servesPageableMemory = true;
  #attached: Attached | undefined;

  mapsDeviceMemory(machine: Machine): boolean {
    return isCoherent(machine);
  }

  attach(context: DriverContext): void {
    const events = new DeviceEvents(context);
    const policy = { prefetchThreshold: PREFETCH_THRESHOLD, preferred: () => undefined };
    const service = new AtsService(context, events, new PageMigration(context, events), policy);
    this.#attached = { context, events, service };
  }

  /** A page that the CPU's table has is translated without a fault; a page request brings in any other. */
  deviceFault(device: Device, page: PageIndex, access: Access): FaultResult {
    const { context, events, service } = this.#attached ?? notAttached(this);
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
    service.translate(device, page, access);
    return device.mirror.allows(page, write) ? FAULT_RESOLVED : fatalFault('driver-failed');
  }

  accessCounters(device: Device): AccessCounterPolicy | undefined {
    const { context } = this.#attached ?? notAttached(this);
    return device.spec.accessCounters && isCoherent(context.machine) ? COUNTERS : undefined;
  }

  serviceAccessCounters(device: Device, regions: readonly PageIndex[]): readonly PageIndex[] {
    const { context, service } = this.#attached ?? notAttached(this);
    return regions.filter((region) => {
      const vma = context.mm.findVma(region);
      return vma === undefined || service.migrateCounted(device, vma, region);
    });
  }

  /** The CPU maps what is on a device. */
  migrateToRam(): FaultResult {
    return fatalFault('driver-failed');
  }

  /** What fills the device was put there by the program and cannot be moved. */
  makeRoom(): boolean {
    return false;
  }
}
