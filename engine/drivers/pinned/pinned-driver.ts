/**
 * The driver `pinned`: solution 1 of the original HMM proposal, what GPUs without page faults do (userptr, cudaHostRegister). Memory that a
 * device is to reach is pinned in system memory and mapped over the link; no page ever moves.
 *
 * Invariant: every page that a device maps is pinned, except areas that need no fault; a page is pinned at most once, whoever maps it, and
 * unpinned when its allocation is freed or its area goes. Sources: mm/gup.c (FOLL_PIN | FOLL_LONGTERM), Documentation/mm/hmm.rst.
 */

import { mirrorFault, makeHmmRange } from '../../hmm/mirror-fault.js';
import type { HmmRange } from '../../hmm/range-fault.js';
import { deviceFaultNs, mapNs, pinNs } from '../../machine/cost-model.js';
import { isErrno, type Errno } from '../../memory/errno.js';
import { Cause, EventKind, isWrite, type Access } from '../../memory/event.js';
import { FAULT_RESOLVED, fatalFault, type FaultResult } from '../../memory/fault.js';
import { MmuNotifyEvent, type MmuIntervalSubscriber, type MmuNotifierRange } from '../../memory/mmu-notifier.js';
import { CPU, PAGE_COUNT, SYSTEM_NODE, type PageIndex } from '../../memory/units.js';
import { isAnonymous, isWritable, type VmaKind } from '../../memory/vma.js';
import { rangeFaultFailure, refuseDeviceAccess } from '../access.js';
import { DeviceEvents } from '../device-events.js';
import { notAttached, type Device, type Driver, type DriverContext } from '../driver.js';
import { PinnedPages } from './pinned-pages.js';

/** Pages that one walk of the CPU's table maps. */
const MAP_BATCH = 512;

interface Attached {
  readonly context: DriverContext;
  readonly events: DeviceEvents;
  readonly pins: PinnedPages;
  readonly ranges: readonly (HmmRange | undefined)[];
}

export class PinnedDriver implements Driver, MmuIntervalSubscriber {
  readonly name = 'pinned';
  readonly servesPageableMemory = true;
  #attached: Attached | undefined;

  attach(context: DriverContext): void {
    const ranges: HmmRange[] = [];
    for (const device of context.devices) ranges[device.agent] = makeHmmRange(device.mirror, MAP_BATCH);
    this.#attached = { context, events: new DeviceEvents(context), pins: new PinnedPages(context.mm), ranges };
    context.mm.notifiers.insert(0 as PageIndex, PAGE_COUNT, this);
  }

  deviceFault(device: Device, page: PageIndex, access: Access): FaultResult {
    const { context, events, pins } = this.#attached ?? notAttached(this);
    const { mm, machine } = context;
    const write = isWrite(access);
    if (device.mirror.allows(page, write)) return FAULT_RESOLVED;
    const vma = mm.findVma(page);
    const refused = refuseDeviceAccess(vma, device.agent, page, access);
    if (refused !== undefined || vma === undefined) return refused ?? fatalFault('unmapped');
    events.record(EventKind.deviceFault, device, {
      source: mm.nodeOf(page),
      target: device.node,
      firstPage: page,
      pageCount: 1,
      access,
      durationNs: deviceFaultNs(machine.costs),
    });
    if (isAnonymous(vma) && !pins.has(page)) {
      const pinned = pins.pin(page, isWritable(vma));
      if (pinned !== 0) return rangeFaultFailure(pinned);
      this.#recordPins(EventKind.pin, page, 1, Cause.fault, pinNs(machine.costs, 1));
    }
    const result = this.#map(device, page, 1, write);
    return result === 0 ? FAULT_RESOLVED : rangeFaultFailure(result);
  }

  /** No page of this driver's is ever on a device. */
  migrateToRam(): FaultResult {
    return fatalFault('driver-failed');
  }

  /** What fills the device was put there by the program and cannot be moved. */
  makeRoom(): boolean {
    return false;
  }

  /** Managed memory is pinned, populated and mapped on every device at once: kernels take no faults on it. */
  allocated(start: PageIndex, count: number, kind: VmaKind): 0 | Errno {
    if (kind !== 'managed') return 0;
    const { context, pins } = this.#attached ?? notAttached(this);
    const vma = context.mm.findVma(start);
    const writable = vma !== undefined && isWritable(vma);
    let done = 0;
    for (; done < count; done++) {
      const page = (start + done) as PageIndex;
      const pinned = pins.has(page) ? 0 : pins.pin(page, writable);
      if (isErrno(pinned)) {
        pins.unpinRange(start, done);
        return pinned;
      }
    }
    this.#recordPins(EventKind.pin, start, count, Cause.api, pinNs(context.machine.costs, count));
    for (const device of context.devices) {
      const result = this.#map(device, start, count, writable);
      if (result !== 0) return result;
    }
    return 0;
  }

  freed(start: PageIndex, count: number): void {
    const { context } = this.#attached ?? notAttached(this);
    for (const device of context.devices) device.mirror.unmap(start, count, Cause.unmap);
    this.#unpin(start, count, Cause.unmap);
  }

  /** Pages that are unmapped or thrown away are given back: their pins would keep frames that nobody can reach. */
  invalidate(range: MmuNotifierRange): boolean {
    const gone = range.event === MmuNotifyEvent.UNMAP || range.event === MmuNotifyEvent.CLEAR;
    if (gone || range.event === MmuNotifyEvent.RELEASE) {
      this.#unpin(range.start, range.count, range.event === MmuNotifyEvent.RELEASE ? Cause.exit : Cause.unmap);
    }
    return true;
  }

  #map(device: Device, start: PageIndex, count: number, write: boolean): 0 | Errno {
    const { context, events, ranges } = this.#attached ?? notAttached(this);
    const range = ranges[device.agent];
    if (range === undefined) return 0;
    for (let done = 0; done < count; done += MAP_BATCH) {
      const batch = Math.min(MAP_BATCH, count - done);
      const result = mirrorFault(context.mm, device.mirror, range, (start + done) as PageIndex, batch, write);
      if (result !== 0) return result;
    }
    events.record(EventKind.remoteMap, device, {
      source: SYSTEM_NODE,
      target: device.node,
      firstPage: start,
      pageCount: count,
      cause: Cause.pin,
      durationNs: mapNs(context.machine.costs, count),
    });
    return 0;
  }

  #unpin(start: PageIndex, count: number, cause: Cause): void {
    const { pins } = this.#attached ?? notAttached(this);
    const unpinned = pins.unpinRange(start, count);
    if (unpinned > 0 && cause !== Cause.exit) this.#recordPins(EventKind.unpin, start, count, cause, 0);
  }

  #recordPins(kind: EventKind, firstPage: PageIndex, pageCount: number, cause: Cause, durationNs: number): void {
    const { context } = this.#attached ?? notAttached(this);
    context.sink.record({
      kind,
      agent: CPU,
      source: SYSTEM_NODE,
      target: SYSTEM_NODE,
      firstPage,
      pageCount,
      access: 0,
      cause,
      durationNs,
      extra: context.mm.physical.system.pinnedFrames,
    });
    context.clock.advance(durationNs);
  }
}
