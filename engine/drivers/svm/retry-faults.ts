/**
 * The service of devices' faults: the granularity slice around the page goes to where it should be for this device, or stays in system memory
 * if it cannot, and is mapped. Without xnack no fault can be served: what devices may reach is mapped before they ask.
 *
 * Invariant: a fault that is resolved leaves a mapping that allows the access. Source: kfd_svm.c (svm_range_restore_pages), amdgpu_ih.c,
 * amdgpu_gmc.c (amdgpu_gmc_filter_faults). Its errors: -EFAULT nothing is mapped there, or nobody registered it and there is no xnack; -EPERM
 * the area forbids it; -EACCES the device has no access to the range.
 *
 * One thing differs: where the slice cannot be mapped because memory is short, the kernel gives the fault up; here the page alone is tried.
 */

import { deviceFaultNs } from '../../machine/cost-model.js';
import { Cause, EventKind, isWrite, type Access } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import { pteType, PteType } from '../../memory/page-table.js';
import { NO_NODE, type PageIndex } from '../../memory/units.js';
import type { Vma } from '../../memory/vma.js';
import { rangeFaultFailure, refuseDeviceAccess } from '../access.js';
import type { DeviceEvents } from '../device-events.js';
import type { Device, DriverContext } from '../driver.js';
import { FaultOutcome, type FaultBatch } from '../fault-batch.js';
import { bestRestoreLocation } from './location.js';
import { deviceBit, type SvmRange } from './range.js';
import { isBufferObject, NOTHING, type SvmProcess } from './svm-process.js';

/** AMDGPU_SVM_RANGE_RETRY_FAULT_PENDING: faults on a range that was mapped this recently are dropped, wherever in it they are. */
const RESTORED_RECENTLY_NS = 2_000_000;

/** The slice of a batch that is served: the first that can be, soonest. */
interface Survey {
  readonly first: PageIndex;
  readonly pageCount: number;
  /** Pages of it that were asked for. */
  readonly faults: number;
  readonly onCpu: boolean;
  /** How long nothing can be served. */
  readonly heldNs: number;
}

export class RetryFaults {
  readonly #context: DriverContext;
  readonly #events: DeviceEvents;
  readonly #process: SvmProcess;

  constructor(context: DriverContext, events: DeviceEvents, process: SvmProcess) {
    this.#context = context;
    this.#events = events;
    this.#process = process;
  }

  /** A fault that comes alone. */
  serve(device: Device, page: PageIndex, access: Access): FaultResult {
    const settled = this.#withoutFault(device, page, access);
    if (settled !== undefined) return settled;
    const { machine, mm } = this.#context;
    this.#events.record(EventKind.deviceFault, device, {
      source: mm.nodeOf(page),
      target: device.node,
      firstPage: page,
      pageCount: 1,
      access,
      durationNs: this.#heldNs(page) + deviceFaultNs(machine.costs, 1, 1, this.#onCpu(page)),
    });
    return this.#restore(device, page, access);
  }

  /**
   * What the interrupt handler takes from its ring at once. It serves one fault after the other, and waves try again all the time: those that
   * wait for the first slice have gone on before the second makes it leave. So one slice is served; what is not of it waits for the next call.
   */
  serveBatch(device: Device, batch: FaultBatch): void {
    const survey = this.#survey(device, batch);
    if (survey !== undefined) this.#recordBatch(device, batch, survey);
    let served = false;
    for (let index = 0; index < batch.count; index++) served = this.#serveEntry(device, batch, index, served) || served;
    this.#process.unmapped = NOTHING;
  }

  /** @param served whether another entry has been served @returns whether this one had to be */
  #serveEntry(device: Device, batch: FaultBatch, index: number, served: boolean): boolean {
    const page = batch.pageAt(index);
    const access = batch.accessAt(index);
    batch.charge(index);
    if (!device.mirror.allows(page, isWrite(access)) && (this.#isStale(page) || this.#heldNs(page) > 0)) return false;
    const settled = this.#withoutFault(device, page, access);
    if (settled === undefined && served) return false;
    const result = settled ?? this.#restore(device, page, access);
    if (result.ok) batch.setOutcome(index, FaultOutcome.resolved);
    else batch.fail(index, result);
    return settled === undefined;
  }

  /** A fault that may be older than the munmap of its page: the wave asks again, if it still wants to know. */
  #isStale(page: PageIndex): boolean {
    const { start, end } = this.#process.unmapped;
    return start <= page && page < end && this.#vmaOf(page) === undefined;
  }

  /** How long faults on the page are dropped because its range was mapped just now. */
  #heldNs(page: PageIndex): number {
    const { ranges, options } = this.#process;
    const range = options.xnack ? ranges.find(page) : undefined;
    if (range === undefined) return 0;
    return Math.max(0, range.restoredNs + RESTORED_RECENTLY_NS - this.#context.clock.nowNs);
  }

  #survey(device: Device, batch: FaultBatch): Survey | undefined {
    let chosen: PageIndex | undefined;
    let heldNs = Infinity;
    const missing: PageIndex[] = [];
    for (let index = 0; index < batch.count; index++) {
      const page = batch.pageAt(index);
      if (device.mirror.allows(page, isWrite(batch.accessAt(index)))) continue;
      missing.push(page);
      const held = this.#isStale(page) ? 0 : this.#heldNs(page);
      if (held >= heldNs) continue;
      heldNs = held;
      chosen = page;
    }
    if (chosen === undefined) return undefined;
    const range = this.#process.ranges.find(chosen) ?? this.#process.unregisteredAt(chosen);
    const { start, end } = range.sliceOf(chosen);
    const inside = [...new Set(missing)].filter((page) => start <= page && page < end);
    const first = inside.reduce((low, page) => (page < low ? page : low));
    const last = inside.reduce((high, page) => (page > high ? page : high));
    const onCpu = inside.some((page) => this.#onCpu(page));
    return { first, pageCount: last - first + 1, faults: inside.length, onCpu, heldNs };
  }

  #recordBatch(device: Device, batch: FaultBatch, { first, pageCount, faults, onCpu, heldNs }: Survey): void {
    this.#events.record(EventKind.faultBatch, device, {
      source: NO_NODE,
      target: device.node,
      firstPage: first,
      pageCount,
      durationNs: heldNs + deviceFaultNs(this.#context.machine.costs, faults, 1, onCpu),
      extra: batch.count,
    });
  }

  /** The outcome of an access that needs no fault to be served, or can have none; undefined if one has to be served. */
  #withoutFault(device: Device, page: PageIndex, access: Access): FaultResult | undefined {
    const write = isWrite(access);
    if (device.mirror.allows(page, write)) return FAULT_RESOLVED;
    const vma = this.#vmaOf(page);
    const refused = refuseDeviceAccess(vma, device.agent, page, access);
    if (refused !== undefined || vma === undefined) return refused ?? fatalFault('unmapped');
    if (this.#process.queues.stopped) this.#process.restoreQueues();
    else if (isBufferObject(vma)) device.mirror.mapPopulated(page, 1);
    if (device.mirror.allows(page, write)) return FAULT_RESOLVED;
    if (isBufferObject(vma)) return fatalFault('driver-failed');
    return this.#process.options.xnack ? undefined : this.#mappedBefore(device, page, vma, write);
  }

  /** Without xnack: what is registered is mapped. Managed variables the runtime registers when it loads the program, which is noticed here. */
  #mappedBefore(device: Device, page: PageIndex, vma: Vma, write: boolean): FaultResult {
    const { ranges } = this.#process;
    if (ranges.find(page) === undefined && vma.kind === 'managed') this.#process.registerManaged(vma.start, vma.end);
    const range = ranges.find(page);
    if (range === undefined || ((range.access | range.inPlace) & deviceBit(device.agent)) === 0) {
      return fatalFault('host-only');
    }
    return this.#mapSlice(range, device, page, write);
  }

  #restore(device: Device, page: PageIndex, access: Access): FaultResult {
    const process = this.#process;
    const vma = this.#vmaOf(page);
    if (vma === undefined) return fatalFault('unmapped');
    const range = process.ranges.find(page) ?? process.createUnregistered(page, vma);
    const place = bestRestoreLocation(range, device);
    if (place === undefined) return fatalFault('host-only');
    const { start, end } = range.sliceOf(page);
    if (place === 'cpu') process.migration.toRam(range, start, end, 'fault', this.#context.mm);
    else if (process.migration.toDevice(range, place, start, end, 'fault') !== 0 && range.buffer?.device !== place) {
      process.migration.toRam(range, start, end, 'fault', this.#context.mm);
    }
    return this.#mapSlice(range, device, page, isWrite(access));
  }

  #mapSlice(range: SvmRange, device: Device, page: PageIndex, write: boolean): FaultResult {
    const { start, end } = range.sliceOf(page);
    const { mirror } = device;
    let error = this.#process.mapPart(range, device, start, end, Cause.fault);
    if (!mirror.allows(page, write)) error = this.#process.mapping.map(device, page, page + 1, Cause.fault);
    if (mirror.allows(page, write)) return FAULT_RESOLVED;
    return error === 0 ? fatalFault('driver-failed') : rangeFaultFailure(error);
  }

  #vmaOf(page: PageIndex): Vma | undefined {
    return this.#context.mm.findVma(page);
  }

  #onCpu(page: PageIndex): boolean {
    return pteType(this.#context.mm.pageTable.get(page)) === PteType.present;
  }
}
