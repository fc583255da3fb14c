/**
 * The driver `hmm`: the kernel's generic way. A device fault migrates the faulting page to the device, a CPU fault brings it back, one page
 * at a time; a full device evicts the pages that have been resident longest. What cannot migrate is mapped where it lies, in system memory.
 *
 * Invariant: a page has one place; the device's entry for it and the CPU's never both allow an access while the page is on the device.
 * Source: lib/test_hmm.c (the kernel's test driver), Documentation/mm/hmm.rst.
 */

import { makeHmmRange, mirrorFault } from '../../hmm/mirror-fault.js';
import type { HmmRange } from '../../hmm/range-fault.js';
import { deviceFaultNs, mapNs } from '../../machine/cost-model.js';
import { Cause, EventKind, isWrite, type Access } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import type { Mm } from '../../memory/mm.js';
import { pteFrame, pteType, PteType, pteWritable } from '../../memory/page-table.js';
import { frameNode, type PageIndex } from '../../memory/units.js';
import { Errno } from '../../memory/errno.js';
import { mayMigrate } from '../../memory/vma.js';
import { rangeFaultFailure, refuseDeviceAccess } from '../access.js';
import { DeviceEvents } from '../device-events.js';
import { notAttached, type Device, type Driver, type DriverContext } from '../driver.js';
import { PageMigration } from '../migration/page-migration.js';

/** Whoever needs more rounds for one fault makes no progress. */
const MAX_ROUNDS = 8;

interface Attached {
  readonly context: DriverContext;
  readonly events: DeviceEvents;
  readonly migration: PageMigration;
  /** For mapping what cannot migrate, by agent. */
  readonly ranges: readonly (HmmRange | undefined)[];
}

export class HmmDriver implements Driver {
  readonly name = 'hmm';
  readonly servesPageableMemory = true;
  #attached: Attached | undefined;

  attach(context: DriverContext): void {
    const events = new DeviceEvents(context);
    const ranges: HmmRange[] = [];
    for (const device of context.devices) ranges[device.agent] = makeHmmRange(device.mirror, 1);
    this.#attached = { context, events, migration: new PageMigration(context, events), ranges };
  }

  deviceFault(device: Device, page: PageIndex, access: Access): FaultResult {
    const { context, events, migration } = this.#attached ?? notAttached(this);
    const { mm, machine } = context;
    const write = isWrite(access);
    if (device.mirror.allows(page, write)) return FAULT_RESOLVED;
    const vma = mm.findVma(page);
    const refused = refuseDeviceAccess(vma, device.agent, page, access);
    if (refused !== undefined) return refused;
    const onCpu = pteType(mm.pageTable.get(page)) === PteType.present;
    events.record(EventKind.deviceFault, device, {
      source: mm.nodeOf(page),
      target: device.node,
      firstPage: page,
      pageCount: 1,
      access,
      durationNs: deviceFaultNs(machine.costs, 1, 1, onCpu),
    });
    const movable = vma !== undefined && mayMigrate(vma);
    for (let round = 0; movable && round < MAX_ROUNDS; round++) {
      const pte = mm.pageTable.get(page);
      const type = pteType(pte);
      const onDevice = type === PteType.devicePrivate;
      if (onDevice && frameNode(pteFrame(pte)) === device.node && (!write || pteWritable(pte))) {
        device.mirror.map(page, pteFrame(pte), pteWritable(pte));
        return FAULT_RESOLVED;
      }
      const missing = type === PteType.none && vma.backing !== undefined;
      if (onDevice || missing || (write && type === PteType.present && !pteWritable(pte))) {
        // On another device, not read in yet, or read-only where the area is writable: the CPU's fault handler sorts that out first.
        const result = mm.faultIn(page, access);
        if (!result.ok) return result;
      } else if (!migration.toDevice(device, page)) break;
    }
    return this.#mapWhereItLies(device, page, write);
  }

  migrateToRam(device: Device, page: PageIndex, _access: Access, mm: Mm): FaultResult {
    const { migration } = this.#attached ?? notAttached(this);
    return migration.toRam(device, page, mm);
  }

  makeRoom(device: Device, count: number): boolean {
    const { migration } = this.#attached ?? notAttached(this);
    return migration.evict(device, count);
  }

  prefetch(target: Device | undefined, start: PageIndex, count: number): 0 | Errno {
    const { context, migration } = this.#attached ?? notAttached(this);
    const { mm, devices } = context;
    const end = start + count;
    for (let page = start; page < end;) {
      const vma = mm.findVma(page);
      if (vma === undefined) return Errno.EINVAL;
      const pieceEnd = Math.min(vma.end, end);
      // To system memory from whichever device has some of it; to a device from system memory and, on the way through it, from others.
      for (const device of mayMigrate(vma) ? devices : []) {
        if (device !== target) migration.prefetch(device, false, page, pieceEnd - page);
      }
      if (target !== undefined && mayMigrate(vma)) migration.prefetch(target, true, page, pieceEnd - page);
      page = pieceEnd as PageIndex;
    }
    return 0;
  }

  #mapWhereItLies(device: Device, page: PageIndex, write: boolean): FaultResult {
    const { context, events, ranges } = this.#attached ?? notAttached(this);
    const range = ranges[device.agent];
    if (range === undefined) return fatalFault('driver-failed');
    const result = mirrorFault(context.mm, device.mirror, range, page, 1, write);
    if (result !== 0) return rangeFaultFailure(result);
    const source = context.mm.nodeOf(page);
    if (source !== device.node) {
      events.record(EventKind.remoteMap, device, {
        source,
        target: device.node,
        firstPage: page,
        pageCount: 1,
        cause: Cause.fault,
        durationNs: mapNs(context.machine.costs, 1),
      });
    }
    return FAULT_RESOLVED;
  }
}
