/**
 * What a driver of the user's own does its work with: the moves and mappings of the drivers here, each safe by itself, and what they are
 * recorded as. A driver that uses nothing else can be slow, and cannot be wrong.
 */

import { makeHmmRange, mirrorFault } from '../../hmm/mirror-fault.js';
import type { HmmRange } from '../../hmm/range-fault.js';
import { deviceFaultNs, mapNs } from '../../machine/cost-model.js';
import { Access, Cause, EventKind, isWrite } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FatalReason, type FaultResult } from '../../memory/fault.js';
import type { Mm } from '../../memory/mm.js';
import { pteFrame, pteType, PteType, pteWritable } from '../../memory/page-table.js';
import { frameNode, type PageIndex } from '../../memory/units.js';
import { mayMigrate } from '../../memory/vma.js';
import { rangeFaultFailure, refuseDeviceAccess } from '../access.js';
import { DeviceEvents } from '../device-events.js';
import type { Device, DriverContext } from '../driver.js';
import { PageMigration } from '../migration/page-migration.js';

export class DeviceTools {
  readonly Access = Access;
  readonly resolved: FaultResult = FAULT_RESOLVED;
  readonly #context: DriverContext;
  readonly #events: DeviceEvents;
  readonly #migration: PageMigration;
  readonly #ranges = new Map<Device, HmmRange>();

  constructor(context: DriverContext) {
    this.#context = context;
    this.#events = new DeviceEvents(context);
    this.#migration = new PageMigration(context, this.#events);
  }

  /** The program ends for this reason. */
  fatal(reason: FatalReason): FaultResult {
    return fatalFault(reason);
  }

  /** Why this access can never be allowed, or undefined. */
  refuse(device: Device, page: PageIndex, access: Access): FaultResult | undefined {
    return refuseDeviceAccess(this.#context.mm.findVma(page), device.agent, page, access);
  }

  /** Records the device's fault and lets the time pass that its service takes. */
  recordFault(device: Device, page: PageIndex, access: Access): void {
    const { mm, machine } = this.#context;
    const onCpu = pteType(mm.pageTable.get(page)) === PteType.present;
    this.#events.record(EventKind.deviceFault, device, {
      source: mm.nodeOf(page),
      target: device.node,
      firstPage: page,
      pageCount: 1,
      access,
      durationNs: deviceFaultNs(machine.costs, 1, 1, onCpu),
    });
  }

  /** Whether pages of this kind of memory can move to a device. */
  canMigrate(page: PageIndex): boolean {
    const vma = this.#context.mm.findVma(page);
    return vma !== undefined && mayMigrate(vma);
  }

  /** Whether the page is in the memory of this device. */
  isOn(device: Device, page: PageIndex): boolean {
    const pte = this.#context.mm.pageTable.get(page);
    return pteType(pte) === PteType.devicePrivate && frameNode(pteFrame(pte)) === device.node;
  }

  /** Moves a range to the device and maps it there, as far as there is room and pages can move. @returns pages that have moved */
  moveToDevice(device: Device, start: PageIndex, count: number, reason: 'fault' | 'prefetch' = 'fault'): number {
    return this.#move(device, true, start, count, reason);
  }

  /** Moves a range from the device to system memory. @returns pages that have moved */
  moveToSystem(device: Device, start: PageIndex, count: number, reason: 'fault' | 'prefetch' = 'fault'): number {
    return this.#move(device, false, start, count, reason);
  }

  /** What `migrateToRam` has to do at least: the page that the CPU faulted on. */
  bringBack(device: Device, page: PageIndex, mm: Mm): FaultResult {
    return this.#migration.toRam(device, page, mm);
  }

  /** Moves the pages to system memory that have been on the device longest. False if none moved. */
  evict(device: Device, count: number): boolean {
    return this.#migration.evict(device, count);
  }

  /** As if the CPU had touched the page: fills it, brings it back from another device, copies on write. */
  faultIn(page: PageIndex, access: Access): FaultResult {
    return this.#context.mm.faultIn(page, access);
  }

  /** Lets the device use a page where it is: in its own memory, or in system memory over the link. */
  map(device: Device, page: PageIndex, access: Access): FaultResult {
    const { mm, machine } = this.#context;
    const write = isWrite(access);
    const pte = mm.pageTable.get(page);
    if (this.isOn(device, page) && (!write || pteWritable(pte))) {
      device.mirror.map(page, pteFrame(pte), pteWritable(pte));
      return FAULT_RESOLVED;
    }
    const range = this.#ranges.get(device) ?? makeHmmRange(device.mirror, 1);
    this.#ranges.set(device, range);
    const error = mirrorFault(mm, device.mirror, range, page, 1, write);
    if (error !== 0) return rangeFaultFailure(error);
    const source = mm.nodeOf(page);
    if (source !== device.node) {
      this.#events.record(EventKind.remoteMap, device, {
        source,
        target: device.node,
        firstPage: page,
        pageCount: 1,
        cause: Cause.fault,
        durationNs: mapNs(machine.costs, 1),
      });
    }
    return FAULT_RESOLVED;
  }

  #move(device: Device, toDevice: boolean, start: number, count: number, reason: 'fault' | 'prefetch'): number {
    const { mm } = this.#context;
    let moved = 0;
    const causeOf = (): Cause => (reason === 'fault' ? Cause.fault : Cause.prefetch);
    for (let page = start; page < start + count;) {
      const vma = mm.findVma(page as PageIndex);
      const end = Math.min(start + count, vma?.end ?? page + 1, page + Math.min(512, device.memory.frames.capacity));
      if (vma !== undefined && mayMigrate(vma)) {
        const piece = { device, toDevice, start: page as PageIndex, count: end - page, reason, causeOf, mm };
        moved += this.#migration.moveRange({ ...piece, mapped: toDevice });
      }
      page = end;
    }
    return moved;
  }
}
